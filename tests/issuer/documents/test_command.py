"""What `zhengyin issue` and `issuer print` print, and what stops them before anything is signed."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

import zhengyin
from issuer import designs
from issuer.db import transaction
from issuer.documents import bulk, fonts, pool
from issuer.documents.certificate import Design
from issuer.documents.design_file import read_design
from issuer.documents.pictures import seal
from issuer.handout import FOLDER
from schemas import qr
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
from verifier.pictures import read_codes


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
    monkeypatch.setattr(pool, "SERIAL", serial)
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


# for many certificates together, and afterwards


def papers_of(folder: Path) -> list[str]:
    """The options that ask for all of it, below `folder`."""
    files = {"--zip": "all.zip", "--print-run": "run.pdf", "--sheet": "sheet.pdf"}
    named = [word for option, name in files.items() for word in (option, str(folder / name))]
    return ["--pdf", "--own-copy", "--picture", *named]


def issued(town: Town, count: int, *words: str | Path) -> None:
    roster = write_roster(town.folder / "roster.xlsx", orders(count))
    assert 0 == zhengyin.main(town.issue(roster, *words))


def test_printed_again_it_is_the_same(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process or in others, with the roster or afterwards, by batch or by numbers."""
    issued(town, 3, *papers_of(town.folder / "first"))
    first = content(town.folder / "first")
    assert {"all.zip", "run.pdf", "sheet.pdf"} == set(first)
    monkeypatch.setattr(pool, "SERIAL", 0)
    numbers = [f"PJ2025{serial:06}" for serial in (1, 2, 3)]
    for name, which in (("batch", ["--batch", "1"]), ("numbers", numbers)):
        out, files = town.folder / name / "out", town.folder / name / "files"
        line = town.command("issuer", "print", *which, "--out", out, *papers_of(files))
        assert 0 == zhengyin.main(line)
        assert first == content(files)
        assert content(town.out / FOLDER) == content(out / FOLDER)


def test_each_paper_has_what_it_is_for(town: Town) -> None:
    issued(town, 1, *papers_of(town.folder / "papers"))
    [folder] = (town.out / FOLDER).iterdir()
    whole = (folder / "credential.sd-jwt").read_text()
    said = whole.partition("~")[0] + "~"
    attached = {name: attachments((folder / name).read_bytes()) for name in PDFS}
    assert {"certificate.pdf": [said], "own-copy.pdf": [whole]} == attached
    assert [said] == attachments((town.folder / "papers" / "run.pdf").read_bytes())
    with zipfile.ZipFile(town.folder / "papers" / "all.zip") as archive:
        assert [f"{folder.name}.pdf"] == archive.namelist()
        assert (folder / "certificate.pdf").read_bytes() == archive.read(archive.namelist()[0])
    [scanned] = read_codes((folder / "certificate.png").read_bytes())
    assert said == unpacked(scanned.text)


PDFS = ("certificate.pdf", "own-copy.pdf")


def attachments(data: bytes) -> list[str]:
    """The credentials in a PDF."""
    document = pdfium.PdfDocument(data)
    found = [
        bytes(document.get_attachment(at).get_data()).decode()
        for at in range(document.count_attachments())
    ]
    document.close()
    return found


def unpacked(text: str) -> str:
    """The credential in the text of a code."""
    origin, _, digits = text.removeprefix("https://").partition("/#")
    return qr.unpack(digits, origin)


def test_a_run_of_many_pages_is_several_files(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bulk, "PAGES", 2)
    issued(town, 3, "--print-run", town.folder / "papers" / "run.pdf")
    assert {"run-001.pdf", "run-002.pdf"} == set(content(town.folder / "papers"))
    assert "run-001.pdf … " in capsys.readouterr().out


def test_the_institution_s_own_design_is_used_where_none_is_named(town: Town, design: Path) -> None:
    issued(town, 1)
    desk = at_desk(town.home)
    with transaction(desk.engine) as session:
        own = Design(line="本机构自定的一行")
        designs.prepare(session, INSTITUTION, own, at=0, who="officer")
        designs.use(session, INSTITUTION, designs.digest(own), at=0, who="officer")
    run = town.folder / "run.pdf"
    again = town.command("issuer", "print", "--batch", "1", "--print-run", run)
    for words, expected in (([], "本机构自定的一行"), (["--design", str(design)], "示例路一号")):
        assert 0 == zhengyin.main([*again, *words])
        assert expected in page_text(run.read_bytes())


@pytest.mark.parametrize("option", ["--zip", "--print-run", "--sheet"])
def test_where_nothing_can_be_written_is_said_before_anything_is_signed(
    town: Town, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = write_roster(town.folder / "roster.xlsx", orders(1))
    for path in (town.folder / "passphrase" / "a.pdf", town.folder):
        assert "cannot write" in fails(capsys, town.issue(roster, option, str(path)))
    assert [] == stored(at_desk(town.home))


def test_what_a_killed_run_left_beside_a_file_is_cleared_away(town: Town) -> None:
    left = town.folder / "papers" / ".writing-left"
    left.parent.mkdir()
    left.write_bytes(b"half")
    issued(town, 1, *papers_of(left.parent))
    assert {"all.zip", "run.pdf", "sheet.pdf"} == set(content(left.parent))


def test_certificates_that_cannot_be_printed_are_named(
    town: Town, only_the_body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issued without a page, they may have what no face of this machine has."""
    rows = orders(1) + orders(1, first=1, holder_name=f"王{only_the_body}")
    assert 0 == zhengyin.main(town.issue(write_roster(town.folder / "roster.xlsx", rows)))
    line = town.command("issuer", "print", "--batch", "1", *papers_of(town.folder / "papers"))
    said = fails(capsys, [*line, "--out", str(town.folder / "again")])
    assert "PJ2025000002" in said
    assert "U+20001" in said
    assert "PJ2025000001" not in said
    assert not (town.folder / "papers").exists()


def test_whom_nothing_is_kept_of_is_not_printed(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    issued(town, 2)
    erase = town.command("issuer", "erase", "PJ2025000001", "--reason", "本人要求")
    assert 0 == zhengyin.main(erase)
    files = papers_of(town.folder / "papers")[3:]
    one = town.command("issuer", "print", "PJ2025000001", *files)
    assert "PJ2025000001 are erased" in fails(capsys, one)
    assert 0 == zhengyin.main(town.command("issuer", "print", "--batch", "1", *files))
    assert 1 == len(pdfium.PdfDocument(town.folder / "papers" / "run.pdf"))
