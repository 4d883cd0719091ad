"""`zhengyin issue --pdf`: pages beside the credentials, and what stops them before anything is signed."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

import zhengyin
from issuer import designs
from issuer.commands import issuing
from issuer.db import transaction
from issuer.documents import fonts
from issuer.documents.design_file import read_design
from issuer.documents.pictures import seal
from issuer.handout import FOLDER
from tests.issuer.desk import (
    INSTITUTION,
    Town,
    at_desk,
    content,
    one_line_and_a_hint,
    orders,
    settle,
    stored,
    write_roster,
)
from tests.issuer.documents.papers import encoded, page_text
from tests.refused import code_of


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    for name in ("ZHENGYIN_HOME", "ZHENGYIN_DATABASE_URL", "ZHENGYIN_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return settle(tmp_path)


@pytest.fixture
def design(tmp_path: Path) -> Path:
    (tmp_path / "seal.png").write_bytes(
        encoded(Image.new("RGBA", (400, 400), (200, 0, 0, 90)), "PNG")
    )
    path = tmp_path / "design.toml"
    path.write_text(
        'seal = "seal.png"\nseal_kind = "代章"\nline = "地址：示例路一号"\n'
        'addresses = ["http://www.osta.org.cn"]\nverifier = "示例核验"\n',
        encoding="utf-8",
    )
    return path


def fails(capsys: pytest.CaptureFixture[str], line: Sequence[str]) -> str:
    capsys.readouterr()
    assert 1 == zhengyin.main(line)
    return one_line_and_a_hint(capsys.readouterr().err)


@pytest.mark.parametrize("serial", [24, 0], ids=["here", "in other processes"])
def test_each_certificate_has_its_page(
    town: Town, design: Path, serial: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "SERIAL_DRAWING", serial)
    roster = write_roster(town.folder / "roster.xlsx", orders(2))
    assert 0 == zhengyin.main(town.issue(roster, "--pdf", "--design", str(design)))
    for number in ("PJ2025000001", "PJ2025000002"):
        text = page_text((town.out / FOLDER / number / "certificate.pdf").read_bytes())
        for words in (number, "地址：示例路一号", "http://www.osta.org.cn", "（代章）", "示例核验"):
            assert words in text


def test_without_a_file_the_design_in_use_prints(town: Town, design: Path) -> None:
    used = read_design(design)
    town.home.mkdir()
    with transaction(at_desk(town.home).engine) as session:
        designs.prepare(session, INSTITUTION, used, at=0, who="admin")
        designs.use(session, INSTITUTION, designs.digest(used), at=0, who="admin")
    roster = write_roster(town.folder / "roster.xlsx", orders(1))
    assert 0 == zhengyin.main(town.issue(roster, "--pdf"))
    [made] = (town.out / FOLDER).glob("*/certificate.pdf")
    assert "地址：示例路一号" in page_text(made.read_bytes())


@pytest.fixture
def only_the_body(monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine without faces for rare characters; gives one that is missing there."""
    body = fonts.families()[:1]
    monkeypatch.setattr(fonts, "families", lambda: body)
    return "\U00020001"


def test_a_character_without_a_face_stops_the_roster_before_it_is_signed(
    town: Town, only_the_body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = orders(1, holder_name=f"王{only_the_body}") + orders(1, first=1)
    roster = write_roster(town.folder / "roster.xlsx", rows)
    assert "roster has errors" in fails(capsys, town.issue(roster, "--pdf"))
    assert [] == stored(at_desk(town.home))
    assert ["roster.checked.xlsx"] == list(content(town.out))


def test_and_is_named_with_its_row_and_its_code_point(
    town: Town, only_the_body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = orders(1, holder_name=f"王{only_the_body}") + orders(1, first=1)
    roster = write_roster(town.folder / "roster.xlsx", rows)
    assert 1 == zhengyin.main(town.issue(roster, "--pdf", "--check"))
    said = capsys.readouterr().out
    assert "U+20001" in said
    assert "row 2, name" in said


DESIGNS = {
    "not TOML": "seal = ",
    "no such picture": 'seal = "nothing.png"',
    "an unknown member": 'colour = "red"',
    "another seal": 'seal_kind = "公章"',
    "a number": "line = 1",
    "addresses in one text": 'addresses = "http://www.osta.org.cn"',
}


@pytest.mark.parametrize("case", DESIGNS)
def test_a_design_that_cannot_be_used_is_refused(case: str, tmp_path: Path) -> None:
    path = tmp_path / "design.toml"
    path.write_text(DESIGNS[case], encoding="utf-8")
    assert "design_unusable" == code_of(lambda: read_design(path))


def test_what_is_wrong_with_a_design_is_said_before_anything_is_signed(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = write_roster(town.folder / "roster.xlsx", orders(1))
    assert "design" in fails(
        capsys, town.issue(roster, "--pdf", "--design", str(tmp_path / "none.toml"))
    )
    long = tmp_path / "long.toml"
    long.write_text(f'line = "{"字" * 41}"', encoding="utf-8")
    assert "41" in fails(capsys, town.issue(roster, "--pdf", "--design", str(long)))
    assert [] == stored(at_desk(town.home))


def test_a_design_has_its_pictures_ready(design: Path, tmp_path: Path) -> None:
    assert seal((tmp_path / "seal.png").read_bytes()) == read_design(design).seal
