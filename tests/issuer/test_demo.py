"""`zhengyin demo`: a whole world, whose every story ends as it says."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from issuer.demo import keyring
from issuer.demo.broken_roster import broken_rows
from issuer.demo.people import HOLDERS
from issuer.demo.produce import produce
from issuer.demo.stories import Judge
from issuer.demo.times import Times
from issuer.demo.workbooks import FIRST_ROW
from schemas import certificate_types, codes
from tests.issuer.demonstration import STORIES, Made, names, run, tokens, verdicts

pytestmark = pytest.mark.usefixtures("elsewhere")

EXIT = {"valid": 0, "undecided": 2, "not_ours": 2}  # the others: 1
TRAINING = ("--as", "demo-xueyuan", "--type", "training_completion")


# The stories


def test_the_command_says_that_all_is_as_expected(made: Made) -> None:
    assert 0 == made.exit
    assert "✕ expected" not in made.output
    assert f"all {len(STORIES)} situations as expected" in made.output
    assert len(STORIES) == made.output.count("✓ expected")


def test_stories_are_described(made: Made) -> None:
    """What `stories.json` has for each: its file, its time, its registry, its verdict, its words."""
    told = made.stories()
    assert STORIES == tuple(told)
    for one in told.values():
        assert {"story", "title", "file", "at", "trust", "expected", "warnings", "note"} == set(one)
        assert {"outcome", "code"} == set(one["expected"])
        assert codes.outcome(one["expected"]["code"]) == one["expected"]["outcome"]
        assert (made.path / one["file"]).is_file()
        assert not Path(one["file"]).is_absolute()
        assert one["trust"] is None or (made.path / one["trust"]).is_dir()
        assert one["at"] is None or datetime.fromisoformat(one["at"]).tzinfo is not None
        for words in filter(None, (one["title"], one["note"])):
            assert set(codes.LANGUAGES) == set(words)
            assert re.search(r"[\u4e00-\u9fff]", words["zh-CN"])


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_says(name: str, made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """On the command line, from the picture, from another folder."""
    one = made.stories()[name]
    at = ["--at", one["at"]] if one["at"] else []
    code, (verdict,) = verdicts(
        capsys, "--trust", made.path / (one["trust"] or "trust"), *at, made.path / one["file"]
    )
    assert one["expected"] == {"outcome": verdict["outcome"], "code": verdict["code"]}
    assert one["warnings"] == [warning["code"] for warning in verdict["warnings"]]
    assert EXIT.get(verdict["outcome"], 1) == code
    assert verdict["demo"]


def test_a_holders_file_ends_like_its_picture(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted((made.path / "stories").glob("*/credential.sd-jwt")):
        folder = path.parent
        _, (file, picture) = verdicts(
            capsys, "--trust", made.path / "trust", path, folder / "qr.png"
        )
        assert picture["code"] == file["code"], folder.name


def test_the_replaced_certificate_names_the_new_one(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (made.stories()[f"13-{which}"]["file"] for which in ("replaced", "replacement"))
    _, (was, now) = verdicts(
        capsys, "--trust", made.path / "trust", made.path / old, made.path / new
    )
    assert now["certificate_number"] in was["message"]["zh-CN"]
    assert was["certificate_number"] == now["claims"]["replaces"]
    assert ("李事例", "李示例") == (was["holder_name"], now["holder_name"])


def test_two_institutions_gave_one_number(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    names = [
        made.path / made.stories()[f"11-same-number-{one}"]["file"] for one in ("one", "other")
    ]
    _, (one, other) = verdicts(capsys, "--trust", made.path / "trust", *names)
    assert one["certificate_number"] == other["certificate_number"]
    assert one["institution"]["id"] != other["institution"]["id"]


def test_the_exam_desk_says_what_does_not_fit(made: Made) -> None:
    note = made.stories()["09-wrong-level-at-exam-desk"]["note"]
    assert "“专业技术等级”是“初级”，与本行“中级”不同" in note["zh-CN"]
    assert note["en"] in made.output


# The certificates


def test_all_certificates_are_good(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """From another folder, without a warning, all three files of each."""
    code, found = verdicts(capsys, "--trust", made.path / "trust", made.path / "certificates")
    assert 0 == code
    assert {("valid", "ok", True)} == {(one["outcome"], one["code"], one["demo"]) for one in found}
    assert not [one for one in found if one["warnings"]]
    assert 3 * len(list((made.path / "certificates").iterdir())) == len(found)
    assert set(certificate_types.names()) == {one["type"] for one in found}


def test_all_twelve_holders_are_there(made: Made) -> None:
    """Names and numbers as they are, whatever the clerk typed; every certificate says `demo`."""
    people = set()
    for path, token in tokens(made):
        claims = token.claims()
        assert claims["demo"] is True
        if path.is_relative_to(made.path / "certificates"):
            revealed = token.reveal(claims)
            people.add((claims["holder_name"], claims["id_type"], revealed["id_number"]))
    assert people <= {(one.name, one.id_type, one.id_number) for one in HOLDERS}
    assert {one.id_number for one in HOLDERS} == {number for _, _, number in people}


def test_no_picture_has_an_id_number(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = verdicts(capsys, "--trust", made.path / "trust", made.path / "stories")
    for one in found:
        if one["input"].endswith(".png") and one["claims"]:
            assert "id_number" not in one["claims"]


# The rosters


def test_every_broken_row_is_named(
    made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One run names them all, in both languages; nothing is signed."""
    rows = list(enumerate(broken_rows(Times.before(datetime.now(UTC))), start=FIRST_ROW))
    wrong = {number for number, row in rows if row.severity == "error"}
    desk = made.desk("demo-xueyuan")
    path = str(made.path / "roster.broken.xlsx")
    code, out, error = run(capsys, "issue", path, *TRAINING, *desk, "--out", "out")
    assert 1 == code
    assert wrong == set(map(int, re.findall(r"^  row (\d+)", out, re.MULTILINE)))
    assert "nothing was signed" in error
    assert ["roster.checked.xlsx"] == names(Path("out"))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    _, out, error = run(capsys, "issue", path, *TRAINING, *desk, "--out", "out")
    assert wrong == set(map(int, re.findall(r"^  第 (\d+) 行", out, re.MULTILINE)))
    assert "没有签发任何证书" in error


def test_every_oddity_of_the_broken_roster_has_its_code(made: Made) -> None:
    """The annotated workbook has each, in its row, in the words of its code."""
    book = load_workbook(made.path / "roster.broken.checked.xlsx")
    sheet = book.worksheets[0]
    said = {
        (row[0].value, row[3].value, row[2].value)
        for row in sheet.iter_rows()
        if isinstance(row[0].value, int)
    }
    table, marks = codes.table()["roster"], {"error": "✕ 错误", "notice": "· 已规范"}
    rows = broken_rows(Times.before(datetime.now(UTC)))
    expected = {
        (number, table[row.code]["id"], marks[row.severity])
        for number, row in enumerate(rows, start=FIRST_ROW)
    }
    assert expected <= said
    assert {number for number, _, mark in said if mark == marks["error"]} == {
        number for number, _, mark in expected if mark == marks["error"]
    }


def test_a_roster_is_not_issued_twice(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """The demonstration's own roster, by the command: the same certificates, byte for byte."""
    words = [str(made.path / "roster.xlsx"), "--as", "demo-pingjia", "--type", "technical_level"]
    code, out, error = run(capsys, "issue", *words, *made.desk("demo-pingjia"), "--out", "out")
    assert (0, "") == (code, error)
    assert "nothing was issued twice" in out
    again = {path.parent.name: path.read_bytes() for path in Path("out").rglob("credential.sd-jwt")}
    assert len(HOLDERS) == len(again)
    for path, _ in tokens(made):
        if path.parent.name in again:
            assert again[path.parent.name] == path.read_bytes()


def test_the_checked_roster_says_what_became_of_each(made: Made) -> None:
    sheet = load_workbook(made.path / "roster.checked.xlsx").worksheets[1]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=FIRST_ROW)]
    heads = [cell.value for cell in sheet[FIRST_ROW - 1]]
    numbers, states = heads.index("证书编号"), heads.index("状态")
    assert ["已签发"] * 10 + ["已撤销", "已签发"] == [row[states] for row in rows]
    handed_out = {path.name for path in (made.path / "certificates").iterdir()}
    missing = [row for row in rows if row[numbers] not in handed_out]
    assert ["已撤销"] == [row[states] for row in missing]


# When the year turns


@pytest.mark.parametrize("now", ["2027-01-05T03:00:00Z", "2028-02-29T16:30:00Z"])
def test_the_day_does_not_matter(now: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists, numbers and classes of two years; key files left out for the time they take."""
    monkeypatch.setattr(keyring, "write_keys", lambda *_: None)
    moment = datetime.fromisoformat(now)
    produced = produce(tmp_path, now=moment, progress=lambda _: None)
    judge = Judge(tmp_path, moment)
    assert not [one for one in map(judge.tell, produced.stories) if not one.as_expected]
    assert {"valid"} == {verdict["outcome"] for verdict in judge.verdicts("certificates")}
