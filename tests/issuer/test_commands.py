"""`zhengyin issue` and its companions as a clerk meets them: real files in, real files out."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

import zhengyin
from issuer import handout
from issuer.documents import pool
from issuer.documents.qr_image import QrPictures
from issuer.handout import FOLDER
from schemas.sd_jwt import SdJwt
from tests.issuer.desk import (
    INSTITUTION,
    Town,
    at_desk,
    content,
    exported,
    one_line_and_a_hint,
    orders,
    settle,
    stored,
    tokens,
    write_roster,
)
from tests.postgres import Databases
from tests.world import key
from verifier.pictures import read_codes


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    for name in ("ZHENGYIN_HOME", "ZHENGYIN_DATABASE_URL", "ZHENGYIN_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZHENGYIN_TRUST", str(tmp_path / "nothing is kept here"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return settle(tmp_path)


@pytest.fixture
def shared(postgresql: Databases, town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a PostgreSQL database that the environment names."""
    with postgresql.lent() as url:
        monkeypatch.setenv("ZHENGYIN_DATABASE_URL", url)
        yield url


@pytest.fixture
def roster(town: Town) -> Path:
    return write_roster(town.folder / "roster.xlsx", orders(3))


def fails(capsys: pytest.CaptureFixture[str], line: Sequence[str]) -> str:
    """Run a command that fails; give its one line of error, after which there is one of hint."""
    capsys.readouterr()
    assert 1 == zhengyin.main(line)
    return one_line_and_a_hint(capsys.readouterr().err)


# from a roster to certificates


def test_a_roster_becomes_certificates(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == zhengyin.main(town.issue(roster))
    said = capsys.readouterr()
    assert "issued 3 certificates: PJ2025000001 … PJ2025000003" in said.out
    assert "" == said.err
    names = [f"{FOLDER}/PJ202500000{n}/{file}" for n in (1, 2, 3) for file in FILES]
    assert {*names, "roster.checked.xlsx"} == set(content(town.out))
    for number, text in tokens(town).items():
        token = SdJwt.parse(text)
        assert number == token.claims()["certificate_number"]
        [code] = read_codes((town.out / FOLDER / number / "qr.png").read_bytes())
        assert code.text.startswith("https://zs.example.cn/#")


FILES = ("credential.sd-jwt", "qr.png", "qr.svg")


def test_the_same_roster_again_writes_the_same_files(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == zhengyin.main(town.issue(roster))
    before = content(town.out)
    (town.out / FOLDER / "PJ2025000002" / "qr.svg").unlink()
    assert 0 == zhengyin.main(town.issue(roster))
    assert "nothing was issued twice" in capsys.readouterr().out
    assert before == content(town.out)
    assert 3 == len(stored(at_desk(town.home)))


def test_a_person_of_an_earlier_roster_stops_the_next(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == zhengyin.main(town.issue(roster))
    again = write_roster(town.folder / "again.xlsx", orders(3, first=2))
    assert "roster has errors" in fails(capsys, town.issue(again, out=town.folder / "out 2"))
    assert 3 == len(stored(at_desk(town.home)))
    assert ["roster.checked.xlsx"] == list(content(town.folder / "out 2"))


def test_checking_signs_nothing(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == zhengyin.main(town.issue(roster, "--check"))
    assert ["roster.checked.xlsx"] == list(content(town.out))
    assert [] == stored(at_desk(town.home))


def test_numbers_of_ones_own_pattern(town: Town, roster: Path) -> None:
    pattern = "京数培字〔{year}〕第{serial:4}号"
    assert 0 == zhengyin.main(town.issue(roster, "--number-pattern", pattern))
    expected = [f"京数培字〔2025〕第000{n}号" for n in (1, 2, 3)]
    assert expected == list(tokens(town))


def test_a_value_for_the_whole_roster(town: Town) -> None:
    roster = write_roster(town.folder / "roster.xlsx", orders(2, issue_date=None))
    assert 0 == zhengyin.main(town.issue(roster, "--set", "issue_date=2025年5月20日"))
    dates = {SdJwt.parse(text).claims()["issue_date"] for text in tokens(town).values()}
    assert {"2025-05-20"} == dates


def test_300_rows_12_of_them_broken(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is signed and each broken row is named at once; mended, 300; again, none twice."""
    broken = dict(zip(range(14, 302, 24), BROKEN, strict=True))

    def spoil(row: int, cells: dict[str, Any]) -> None:
        cells.update(broken.get(row, {}))

    path = write_roster(town.folder / "roster.xlsx", orders(300), mend=spoil)
    assert "the roster has errors; nothing was signed" == fails(capsys, town.issue(path))
    assert [] == stored(at_desk(town.home))
    assert ["roster.checked.xlsx"] == list(content(town.out))
    marked = town.out / "roster.checked.xlsx"
    sheet = openpyxl.load_workbook(marked)["名单"]
    verdicts = {row: sheet.cell(row, 8).value for row in range(2, 302)}
    assert set(broken) == {row for row, said in verdicts.items() if "错误" in str(said)}
    read = CalamineWorkbook.from_filelike(io.BytesIO(marked.read_bytes()))
    assert 301 == len(read.get_sheet_by_name("名单").to_python())

    assert 1 == zhengyin.main(town.issue(path, "--check"))
    said = capsys.readouterr().out
    assert "rows: 300, with errors: 12," in said
    assert all(f"row {row}, " in said for row in broken)

    write_roster(path, orders(300))
    assert 0 == zhengyin.main(town.issue(path))
    assert "issued 300 certificates" in capsys.readouterr().out
    given = tokens(town)
    assert [f"PJ2025{serial:06}" for serial in range(1, 301)] == list(given)

    monkeypatch.setattr(pool, "SERIAL", 300)
    monkeypatch.setattr(handout, "draw", lambda *_: QrPictures(version=9, svg=b"", png=b""))
    assert 0 == zhengyin.main(town.issue(path))
    assert "nothing was issued twice" in capsys.readouterr().out
    assert given == tokens(town)
    certificates = stored(at_desk(town.home))
    assert list(range(300)) == [one.idx for one in certificates]


BROKEN: list[dict[str, Any]] = [
    {"id_number": "119999199001010013"},  # checksum
    {"id_number": 119999199001010000},  # a number cell
    {"id_number": "119999900101001"},  # fifteen digits
    {"id_number": None},
    {"holder_name": None},
    {"holder_name": "张\ue000"},  # private use
    {"level": "特级"},
    {"occupation": "数字化管理师"},  # no grant
    {"issue_date": "2025-13-01"},
    {"issue_date": "2199-01-01"},  # not yet
    {"id_type": "学生证"},
    {"issue_date": "2021-01-01"},  # before the grant
]


# what can be wrong


def test_a_wrong_passphrase(town: Town, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (town.folder / "passphrase").write_bytes(b"another passphrase")
    said = fails(capsys, town.issue(roster))
    assert "passphrase" in said
    assert "another" not in said
    nothing_happened(town)


def test_a_missing_key(town: Town, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (town.folder / "key.pem").unlink()
    assert "key.pem" in fails(capsys, town.issue(roster))
    nothing_happened(town)


def test_another_institutions_key(
    tmp_path: Path, town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = settle(tmp_path / "other", signer=key("demo queshi 2025"))
    (other.folder / "key.pem").replace(town.folder / "key.pem")
    assert f"under {INSTITUTION}" in fails(capsys, town.issue(roster))
    nothing_happened(town)


def test_a_missing_registry(town: Town, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = town.issue(roster)
    at = line.index("--trust")
    assert "no registry" in fails(capsys, line[:at] + line[at + 2 :])
    line[at + 1] = str(town.folder / "nowhere")
    assert "nowhere" in fails(capsys, line)
    (town.trust / "registry" / "1.json").unlink()
    fails(capsys, town.issue(roster))
    nothing_happened(town)


def test_an_institution_that_nobody_knows(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = town.issue(roster)
    line[line.index(INSTITUTION)] = "某机构"
    assert "某机构" in fails(capsys, line)
    nothing_happened(town)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("missing.xlsx", None),
        ("truncated.xlsx", b"PK\x03\x04"),
        ("text.xlsx", "姓名,证件号码\n".encode()),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
        ("headings.csv", "姓名,证件号码,职业,职业方向,等级,发证日期\n".encode()),
    ],
)
def test_a_roster_that_is_none(
    town: Town, capsys: pytest.CaptureFixture[str], name: str, data: bytes | None
) -> None:
    path = town.folder / name
    if data is not None:
        path.write_bytes(data)
    assert name in fails(capsys, town.issue(path))
    nothing_happened(town)


def test_a_cut_roster(town: Town, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At every place: never half of it is read."""
    whole = roster.read_bytes()
    for end in range(100, len(whole), len(whole) // 7):
        roster.write_bytes(whole[:end])
        assert "roster.xlsx" in fails(capsys, town.issue(roster))
    nothing_happened(town)


@pytest.mark.parametrize("below", ["file", "file/below", "file/far/below"])
def test_a_folder_that_cannot_be_written(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str], below: str
) -> None:
    (town.folder / "file").write_bytes(b"")
    assert "cannot write" in fails(capsys, town.issue(roster, out=town.folder / below))
    assert [] == stored(at_desk(town.home))
    line = town.issue(roster)
    line[line.index("--home") + 1] = str(town.folder / below)
    assert "cannot write" in fails(capsys, line)
    assert b"" == (town.folder / "file").read_bytes()


def test_a_broken_database(town: Town, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town.home.mkdir()
    (town.home / "issuer.sqlite").write_bytes(b"no database at all" * 300)
    assert "not a database" in fails(capsys, town.issue(roster))
    assert {} == content(town.out)


def test_a_data_key_that_got_lost(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == zhengyin.main(town.issue(roster))
    kept = (town.home / "data.key").read_bytes()
    (town.home / "data.key").unlink()
    other = write_roster(town.folder / "other.xlsx", orders(2, first=5))
    assert "data protection key" in fails(capsys, town.issue(other))
    assert "data protection key" in fails(capsys, town.issue(roster))
    (town.home / "data.key").write_bytes(kept)
    assert 0 == zhengyin.main(town.issue(other))


def test_what_the_registry_would_not_accept_is_not_handed_out(
    town: Town,
    roster: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even if the check of the roster let it pass."""
    monkeypatch.setattr("issuer.roster.roster.grant_check", lambda *_, **__: lambda _claims: [])
    other = write_roster(
        town.folder / "other.xlsx", orders(2, occupation="数字化管理师", direction="—")
    )
    assert "check before handing out failed in row 2" in fails(capsys, town.issue(other))
    assert {} == content(town.out)


def test_halted(town: Town, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == zhengyin.main(town.command("issuer", "halt", desk=False))
    assert "issuing is halted" == fails(capsys, town.issue(roster))
    assert {} == content(town.out)
    assert 0 == zhengyin.main(town.command("issuer", "resume", desk=False))
    assert 0 == zhengyin.main(town.issue(roster))
    assert 0 == zhengyin.main(town.command("issuer", "audit", desk=False))
    said = capsys.readouterr().out
    assert ["halt", "resume", "reserve", "sign"] == [
        line.split()[3] for line in said.splitlines()[-4:]
    ]


def nothing_happened(town: Town) -> None:
    """No certificate is stored, no file handed out; the next run with the right input works."""
    assert {} == content(town.out)
    if town.home.exists():
        assert [] == stored(at_desk(town.home))


# after issuing


def test_lists_are_exported_for_the_authority(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == zhengyin.main(town.issue(roster))
    line = town.command("issuer", "lists", "--out", town.folder / "lists", signs=True)
    assert 0 == zhengyin.main(line)
    [path] = (town.folder / "lists").rglob("*.json")
    assert INSTITUTION == path.parent.name
    [files] = exported(at_desk(town.home))
    assert files.slots == type(files).read(path.read_bytes()).slots


def test_revoke_suspend_reinstate_replace(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == zhengyin.main(town.issue(roster))
    capsys.readouterr()
    for action, number in (
        ("suspend", "PJ2025000001"),
        ("reinstate", "PJ2025000001"),
        ("revoke", "PJ2025000002"),
    ):
        assert 0 == zhengyin.main(town.command(action, number, "--reason", "复核"))
    line = town.command("replace", "PJ2025000003", "--reason", "更正姓名", signs=True)
    line += ["--out", str(town.out), "--set", "holder_name=吴试用"]
    assert 0 == zhengyin.main(line)
    said = capsys.readouterr().out
    for expected in ("suspended", "reinstated", "revoked", "replaced by PJ2025000004"):
        assert expected in said
    assert "吴试用" == SdJwt.parse(tokens(town)["PJ2025000004"]).claims()["holder_name"]
    statuses = [one.status for one in stored(at_desk(town.home))]
    assert ["valid", "revoked", "revoked", "valid"] == statuses
    assert 0 == zhengyin.main(line)  # again: its files may have been lost
    assert 4 == len(stored(at_desk(town.home)))


def test_the_whole_way_on_postgresql(
    town: Town, roster: Path, capsys: pytest.CaptureFixture[str], shared: str
) -> None:
    number = "PJ2025000001"
    again = write_roster(town.folder / "again.xlsx", orders(1))
    assert 0 == zhengyin.main(town.issue(roster))
    assert 0 == zhengyin.main(town.issue(roster))
    assert 1 == zhengyin.main(town.issue(again, out=town.folder / "out 2"))
    assert 0 == zhengyin.main(town.command("issuer", "halt", desk=False))
    assert "halted" in fails(capsys, town.issue(roster))
    assert 0 == zhengyin.main(town.command("issuer", "resume", desk=False))
    assert 0 == zhengyin.main(town.command("revoke", number, "--reason", "复核"))
    line = town.command("issuer", "lists", "--out", town.folder / "lists", signs=True)
    assert 0 == zhengyin.main(line)
    assert 0 == zhengyin.main(town.command("issuer", "audit", desk=False))
    assert ["revoked", "valid", "valid"] == [
        one.status for one in stored(at_desk(town.home, database=shared))
    ]
    assert not (town.home / "issuer.sqlite").exists()
