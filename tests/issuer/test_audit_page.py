"""The log as a page and as files: what is asked for, and nothing of another institution."""

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import delete

import zhengyin
from issuer import audit, audit_export
from issuer.db import open_database, sqlite_url, transaction
from issuer.tables import AuditEntry
from schemas.errors import CommandError
from tests.issuer.desk import INSTITUTION
from tests.issuer.office import OTHER, Office, open_office

LINES = (
    ("clerk", "reserve", f"{INSTITUTION} batch 1"),
    ("approver", "sign", f"{INSTITUTION} batch 1"),
    ("other-admin", "lock", OTHER),
    ("=cmd|'/c calc'!A1", "revoke", f"{INSTITUTION} technical_level PJ2025000001"),
    ("bureau", "halt", "issuer"),
    ("admin", "unlock", INSTITUTION),
    ("x", "sign", f"{INSTITUTION}-not batch 7"),
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = open_office(tmp_path_factory.mktemp("office"))
    for login in ("admin", "bureau", "other-admin"):
        office.browser(login)
    with transaction(office.service.engine) as session:
        session.execute(delete(AuditEntry))
        for at, (who, action, subject) in enumerate(LINES):
            audit.append(
                session,
                at=office.service.seconds() + 86_400 * at,
                who=who,
                action=action,
                subject=subject,
                rows=at,
            )
    return office


def exported(office: Office, login: str, **query: str) -> list[int]:
    answer = office.browser(login).get("/console/audit/export.jsonl", params=query)
    assert 200 == answer.status_code
    return [json.loads(line)["id"] for line in answer.content.splitlines()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"subject": "PJ2025"}, [4]),
        ({"subject": "%"}, []),
        ({"who": "clerk"}, [1]),
        ({"action": "sign"}, [2, 7]),
        ({"since": "2025-06-04", "until": "2025-06-05"}, [3, 4]),
        ({"since": "no date", "until": "9999-12-31"}, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_the_filter(office: Office, query: dict[str, str], expected: list[int]) -> None:
    assert expected == exported(office, "bureau", **query)
    page = office.browser("bureau").get("/console/audit", params=query)
    assert 200 == page.status_code
    for number in range(1, len(LINES) + 1):
        shown = f"人数：{number - 1}</span>" in page.text
        assert (number in expected) == shown


def test_an_institution_sees_its_own_lines(office: Office) -> None:
    assert [1, 2, 4, 6] == exported(office, "admin")
    assert [3] == exported(office, "other-admin")
    assert [] == exported(office, "other-admin", subject=INSTITUTION)
    assert INSTITUTION not in office.browser("other-admin").get("/console/audit").text


def test_an_export_is_checked_without_the_database(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(office.browser("bureau").get("/console/audit/export.jsonl").content)
    with path.open("rb") as lines:
        whole = audit_export.check(lines)
    assert (7, 1, 7, 0) == (whole.lines, whole.first, whole.last, whole.missing)
    path.write_bytes(office.browser("admin").get("/console/audit/export.jsonl").content)
    with path.open("rb") as lines:
        part = audit_export.check(lines)
    assert (4, 1, 6, 2) == (part.lines, part.first, part.last, part.missing)
    assert 0 == zhengyin.main(["issuer", "audit", "--check", str(path)])
    assert part.digest in capsys.readouterr().out


def altered(lines: list[bytes], how: str) -> list[bytes]:
    if how == "changed":
        lines[2] = lines[2].replace(b'"rows":2', b'"rows":3')
    elif how == "left out, renumbered":
        lines[3:] = [
            one.replace(f'"id":{at + 5}'.encode(), f'"id":{at + 4}'.encode())
            for at, one in enumerate(lines[4:])
        ]
    elif how == "twice":
        lines.insert(3, lines[3])
    elif how == "exchanged":
        lines[3], lines[4] = lines[4], lines[3]
    elif how == "no JSON":
        lines[1] = b"{\n"
    elif how == "other members":
        lines[1] = b'{"id":2}\n'
    elif how == "other types":
        lines[1] = lines[1].replace(b'"id":2', b'"id":"2"')
    return lines


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("changed", "audit_broken"),
        ("left out, renumbered", "audit_broken"),
        ("twice", "audit_broken"),
        ("exchanged", "audit_broken"),
        ("no JSON", "audit_export_unreadable"),
        ("other members", "audit_export_unreadable"),
        ("other types", "audit_export_unreadable"),
    ],
)
def test_what_was_altered_shows(office: Office, how: str, code: str) -> None:
    content = office.browser("bureau").get("/console/audit/export.jsonl").content
    lines = content.splitlines(keepends=True)
    with pytest.raises(CommandError) as error:
        audit_export.check(altered(lines, how))
    assert code == error.value.code


def test_no_cell_of_the_csv_is_a_formula(office: Office) -> None:
    content = office.browser("admin").get("/console/audit/export.csv").content
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert list(audit_export.COLUMNS) == rows[0]
    assert "'=cmd|'/c calc'!A1" == rows[3][2]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_older_lines_are_a_page_further(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.console.audit_log.LINES", 3)
    page = office.browser("bureau").get("/console/audit", params={"since": "2020-01-01"}).text
    assert "since=2020-01-01&amp;before=5" in page
    older = office.browser("bureau").get("/console/audit", params={"before": "5"}).text
    assert "人数：3<" in older
    assert "人数：4<" not in older


def test_the_command_writes_what_it_can_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction(open_database(sqlite_url(tmp_path / "issuer.sqlite"))) as session:
        for who, action, subject in LINES:
            audit.append(session, at=1, who=who, action=action, subject=subject)
    path = str(tmp_path / "log.jsonl")
    assert 0 == zhengyin.main(["issuer", "audit", "--home", str(tmp_path), "--out", path])
    assert 0 == zhengyin.main(["issuer", "audit", "--check", path])
    assert "lines 1 to 7, 7 in all, fit together; left out between: 0" in capsys.readouterr().out
    assert 1 == zhengyin.main(["issuer", "audit", "--check", str(tmp_path / "nothing")])
