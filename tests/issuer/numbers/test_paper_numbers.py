"""Numbers of certificates on paper: taken in once, never given again."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlmodel import select

from issuer.already_issued import check_not_issued
from issuer.db import transaction
from issuer.desk import Desk
from issuer.numbers import number_list
from issuer.numbers.paper_numbers import Import, take_in
from issuer.tables import AuditEntry
from schemas import certificate_types
from tests.issuer.desk import at_desk, issue, order, orders, refusal

TYPE = "technical_level"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return at_desk(tmp_path)


def keep(desk: Desk, *numbers: str) -> Import:
    with transaction(desk.engine) as session:
        return take_in(session, desk.institution.id, TYPE, numbers, at=7, who="admin")


def test_a_list_is_sorted_out(desk: Desk) -> None:
    issue(desk, orders(2))
    keep(desk, "PJ2025000009")
    bad = ["1.1E+17", "=A1", "P J", "x" * 41, "PJ\u200b1", ""]
    found = keep(desk, "PJ2025000007", "PJ2025000001", "PJ2025000009", "PJ2025000007", *bad)
    assert Import(new=1, known=2, issued=("PJ2025000001",), malformed=tuple(bad)) == found


def test_the_same_list_again_changes_nothing_and_logs_nothing(desk: Desk) -> None:
    first, again = keep(desk, "A1", "A2"), keep(desk, "A2", "A1")
    assert ((2, 0), (0, 2)) == ((first.new, first.known), (again.new, again.known))
    with transaction(desk.engine) as session:
        [entry] = session.exec(select(AuditEntry)).all()
        assert "import numbers" == entry.action
        assert '{"count":2,"first":"A1","last":"A2"}' == entry.details


def test_issuing_goes_on_behind_the_numbers_on_paper(desk: Desk) -> None:
    keep(desk, *(f"PJ2025{serial:06}" for serial in range(1, 5001)))
    assert ["PJ2025005001", "PJ2025005002"] == [one.number for one in issue(desk, orders(2))]


def test_a_roster_that_brings_such_a_number_is_warned(desk: Desk) -> None:
    """It may well sign that very certificate on paper: a person has to say so."""
    keep(desk, "PJ2025000007")
    wanted = [order(0, certificate_number="PJ2025000007"), order(1, certificate_number="PJ7")]
    with transaction(desk.engine) as session:
        kind = certificate_types.load(TYPE)
        [found] = check_not_issued(session, desk.vault, desk.institution.id, kind, wanted)
    assert ("number_on_paper", "warning", 2) == (found.code, found.severity, found.row)


# Lists as people hand them in


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "file", "expected"),
    [
        ("A1\nA2\r\n\r\n A3 ", None, ["A1", "A2", "A3"]),
        ("A1,A2，A3、A4;A5；A6\tA7", None, ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]),
        ("", ("a.csv", b"A1\nA2\n"), ["A1", "A2"]),
        (
            "A0",
            ("a.txt", "序号,证书编号\n1,京〔2025〕1\n2,A2\n".encode("gb18030")),
            ["A0", "京〔2025〕1", "A2"],
        ),
        (
            "",
            ("a.xlsx", workbook(("序号", "证书编号"), (1, "A1"), (2, 20250001))),
            ["A1", "20250001"],
        ),
        ("", ("a.xlsx", workbook(("A1",), (None,), ("'A2",))), ["A1", "A2"]),
    ],
)
def test_lists(text: str, file: tuple[str, bytes] | None, expected: list[str]) -> None:
    assert expected == number_list.read_list(text, file)


@pytest.mark.parametrize(
    ("text", "file", "code"),
    [
        (" ,\n", None, "list_empty"),
        ("", ("a.csv", "证书编号\n".encode()), "list_empty"),
        ("", ("a.csv", b"1,A1\n2,A2\n"), "list_no_heading"),
        ("A " * 100_001, None, "list_too_long"),
        ("", ("a.pdf", b"%PDF-1.7"), "roster_not_a_workbook"),
        ("", ("a.xlsx", b"PK\x03\x04"), "roster_not_a_workbook"),
    ],
)
def test_what_is_no_list(text: str, file: tuple[str, bytes] | None, code: str) -> None:
    assert code == refusal(number_list.read_list, text, file)
