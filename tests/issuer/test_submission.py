"""A roster on its way: what may happen to it in each state, and who may do it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import select

from issuer import audit, submission
from issuer.db import reading, transaction
from issuer.documents import fonts
from issuer.erasure import KEPT, forget_files
from issuer.issue import Order
from issuer.roster_state import State
from issuer.running.signing_job import sign_approved
from issuer.submission import subject
from issuer.tables import Account, AuditEntry, ColumnWord, Submission
from schemas.errors import CommandError
from tests.issuer.desk import INSTITUTION, demo_id_number, orders, refusal
from tests.issuer.office import Office, open_office
from tests.issuer.rosters import csv
from tests.issuer.submitting import Roster, caller, workbook


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


_FIRST = count(0, 50)


def fresh(rows: int = 2) -> list[Order]:
    """People whom no other test of this file has."""
    return orders(rows, first=next(_FIRST))


def drafted(office: Office, rows: int = 2) -> Roster:
    return Roster.enter(office, workbook(fresh(rows)))


def in_state(office: Office, state: State) -> Roster:
    """A roster that came to `state`."""
    roster = drafted(office)
    if state == State.WITHDRAWN:
        roster.withdraw()
    elif state != State.DRAFT:
        roster.submit()
        if state == State.RETURNED:
            roster.send_back()
        elif state != State.SUBMITTED:
            roster.approve()
    if state == State.ISSUED:
        sign_approved(office.service)
    return roster


def do(roster: Roster, action: str) -> None:
    """Do it without looking at the file, which some states have no more."""
    actions: dict[str, Callable[[], object]] = {
        "change": lambda: roster.change(defaults={}),
        "submit": roster.submit,
        "approve": roster.approve,
        "return": roster.send_back,
        "withdraw": roster.withdraw,
        "retry": roster.retry,
    }
    actions[action]()


MAY = {
    State.DRAFT: {"change", "submit", "withdraw"},
    State.RETURNED: {"change", "submit", "withdraw"},
    State.SUBMITTED: {"approve", "return", "withdraw"},
    State.APPROVED: {"return", "retry"},
    State.ISSUED: set(),
    State.WITHDRAWN: set(),
}
ACTIONS = ("change", "submit", "approve", "return", "withdraw", "retry")


@pytest.mark.parametrize("state", State)
def test_each_state_lets_happen_what_the_table_says(office: Office, state: State) -> None:
    refused = set(ACTIONS) - MAY[state]
    roster = in_state(office, state)
    assert state == roster.stored.state
    for action in sorted(refused):
        if state == State.WITHDRAWN and action in ("change", "submit", "approve"):
            continue  # there is nothing to look at any more
        assert "roster_state" == refusal(do, roster, action), action
        assert state == roster.stored.state
    for action in sorted(MAY[state]):
        do(in_state(office, state), action)


def test_what_is_handed_in_is_sealed(office: Office) -> None:
    wanted = fresh()
    roster = Roster.enter(office, workbook(wanted))
    mended = {(2, "id_number"): demo_id_number(next(_FIRST) + 20_000)}
    roster.change(corrections=mended)
    stored = roster.stored
    readable = b"".join((stored.sealed, stored.corrections, stored.columns.encode()))
    for number in (*mended.values(), *(str(one.claims["id_number"]) for one in wanted)):
        assert number.encode() not in readable
    assert b"PK" != stored.sealed[:2]
    assert mended == roster.entry.corrections


def test_a_withdrawn_roster_says_nothing_of_anybody(office: Office) -> None:
    stored = in_state(office, State.WITHDRAWN).stored
    assert (b"", b"", "{}") == (stored.sealed, stored.corrections, stored.defaults)


def test_errors_keep_a_roster_from_being_submitted(office: Office) -> None:
    def mend(_row: int, cells: dict[str, object]) -> None:
        cells["level"] = "超级"

    roster = Roster.enter(office, workbook(fresh(), mend))
    assert 2 == roster.stored.errors
    assert "roster_not_ready" == refusal(roster.submit)
    roster.change(corrections={(row, "level"): "初级" for row in (2, 3)})
    assert 0 == roster.stored.errors
    assert State.SUBMITTED == roster.submit().stored.state


def test_a_name_that_cannot_be_printed_is_named_before_anything_is_signed(office: Office) -> None:
    """An ideograph of Extension I, which no face of any machine has yet; others are not kept."""
    first, *others = fresh(3)
    rare = replace(first, claims={**first.claims, "holder_name": "王\U0002ebf0"})
    roster = Roster.enter(office, workbook([rare, *others]))
    found = [one for one in roster.look().checked.findings if one.severity == "error"]
    assert [(2, "holder_name", "character_without_face")] == [
        (one.row, one.column, one.code) for one in found
    ]
    assert "U+2EBF0" in found[0].message("zh-CN")
    assert "roster_not_ready" == refusal(roster.submit)
    roster.change(left_out=frozenset({2}))
    assert State.SUBMITTED == roster.submit().stored.state


def test_a_machine_without_faces_signs_and_prints_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> tuple[str, ...]:
        raise CommandError("fonts_missing", known=(), variable="")

    monkeypatch.setattr(fonts, "families", missing)
    assert State.SUBMITTED == drafted(office).submit().stored.state


def test_rows_that_are_left_out_are_not_issued(office: Office) -> None:
    roster = Roster.enter(office, workbook(fresh(3)))
    roster.change(left_out=frozenset({3}))
    assert [2, 4] == [one.row for one in roster.look().orders]
    assert 2 == roster.stored.rows
    assert "roster_empty" == refusal(roster.change, left_out=frozenset({2, 3, 4}))


@pytest.mark.parametrize("deed", ["entered", "changed", "submitted"])
def test_whoever_had_a_hand_in_it_cannot_approve(office: Office, deed: str) -> None:
    """Also not with another role: the log remembers."""
    names = dict.fromkeys(("entered", "changed", "submitted"), "clerk") | {deed: "clerk-2"}
    roster = Roster.enter(office, workbook(fresh()), by=names["entered"])
    roster.change(by=names["changed"], defaults={})
    roster.submit(by=names["submitted"])
    promote(office, "clerk-2", "approver")
    try:
        assert "same_person" == refusal(roster.approve, by="clerk-2")
    finally:
        promote(office, "clerk-2", "clerk")
    assert State.APPROVED == roster.approve(by="approver").stored.state


def promote(office: Office, login: str, role: str) -> None:
    with transaction(office.service.engine) as session:
        account = session.exec(select(Account).where(Account.login == login)).one()
        account.role = role
        session.add(account)


def test_an_approval_is_for_one_digest(office: Office) -> None:
    roster = in_state(office, State.SUBMITTED)
    for digest in ("", "0" * 64, drafted(office).stored.digest):
        assert "roster_changed" == refusal(roster.approve, digest=digest)
    assert State.SUBMITTED == roster.stored.state


def test_what_may_not_be_issued_any_more_is_not_approved(office: Office) -> None:
    """Somebody of the roster got the same certificate in the meantime."""
    [first, second] = fresh()
    late = Roster.enter(office, workbook([first])).submit()
    Roster.enter(office, workbook([first, second])).submit().approve()
    sign_approved(office.service)
    assert "roster_changed" == refusal(late.approve)


def test_nobody_changes_it_while_another_looks(office: Office) -> None:
    roster = drafted(office)
    seen, entry, examined = roster.stored, roster.entry, roster.look()
    roster.change(by="clerk-2", defaults={"exam_site": "第一考点"})
    with transaction(office.service.engine) as session:
        code = refusal(
            submission.change,
            session,
            office.service.vault,
            seen,
            entry,
            examined,
            caller(office.service, "clerk"),
            now=office.service.seconds(),
        )
    assert "roster_state" == code
    assert {"exam_site": "第一考点"} == roster.entry.defaults


def test_the_same_roster_again_says_which_it_was(office: Office) -> None:
    data = workbook(fresh())
    first = Roster.enter(office, data, name="五月.xlsx").submit()
    second = Roster.enter(office, data, name="又一份.xlsx")
    assert "roster_known" == refusal(second.submit)
    first.approve()
    sign_approved(office.service)
    assert State.ISSUED == first.stored.state
    assert "roster_known" == refusal(second.submit)
    assert second.look().known is not None
    assert second.look().checked.ok  # nobody is told that they hold it already, row by row
    third = Roster.enter(office, data)
    third.withdraw()
    assert State.WITHDRAWN == third.stored.state


def test_two_that_were_submitted_alike_issue_once(office: Office) -> None:
    """The second was let through before the first was there: an approver still sees it."""
    data = workbook(fresh())
    one, two = Roster.enter(office, data), Roster.enter(office, data)
    one.submit()
    with transaction(office.service.engine) as session:
        twin = session.get_one(Submission, two.id)
        twin.state, twin.submitted_by = State.SUBMITTED, twin.created_by
        session.add(twin)
    assert "roster_known" == refusal(two.approve)


def test_a_remark_says_why(office: Office) -> None:
    roster = in_state(office, State.SUBMITTED)
    assert "remark_missing" == refusal(roster.send_back, "  ")
    roster.send_back("第 3 行姓名有误")
    assert "第 3 行姓名有误" == roster.stored.remark
    assert "" == roster.submit().stored.remark


def test_headings_are_remembered(office: Office) -> None:
    """What a clerk said of a heading is so in the next roster, and for this type only."""
    headings = ["姓名", "证件类型", "号码栏", "职业", "职业方向", "等级", "发证日期"]

    def table(first: int) -> bytes:
        people = [[str(one.claims.get(name, "")) for name in columns] for one in orders(2, first)]
        return csv([headings, *people])

    columns = (
        *("holder_name", "id_type", "id_number", "occupation"),
        *("direction", "level", "issue_date"),
    )
    roster = Roster.enter(office, table(40_000), name="a.csv")
    assert "id_number" not in roster.look().checked.roster.columns.values()
    roster.change(columns={2: "id_number"}, learn=True)
    assert "id_number" == roster.look().checked.roster.columns[2]
    again = Roster.enter(office, table(40_010), name="b.csv")
    assert {2: "id_number"} == again.entry.columns
    assert again.look().checked.ok
    with reading(office.service.engine) as session:
        [word] = session.exec(select(ColumnWord)).all()
        assert (INSTITUTION, "technical_level", "号码栏", "id_number") == (
            word.institution,
            word.type,
            word.heading,
            word.claim,
        )


def test_another_file_takes_its_place(office: Office) -> None:
    roster = drafted(office)
    before = roster.stored
    roster.change(data=workbook(fresh(5)), name="新.xlsx", corrections={})
    assert ("新.xlsx", 5) == (roster.stored.name, roster.stored.rows)
    assert before.sha256 != roster.stored.sha256
    assert 5 == len(roster.look().orders)


def test_every_change_is_in_the_log_and_names_nobody(office: Office) -> None:
    wanted = fresh()
    roster = Roster.enter(office, workbook(wanted))
    roster.change(corrections={(2, "holder_name"): "张样本"})
    roster.submit().send_back("张样本的姓名有误")
    roster.submit().approve()
    sign_approved(office.service)
    with reading(office.service.engine) as session:
        audit.verify(session)
        about = AuditEntry.subject == subject(roster.stored)
        lines = [
            (line.who, line.action, line.details)
            for line in session.exec(select(AuditEntry).where(about))
        ]
    assert [
        ("clerk", "roster entered"),
        ("clerk", "roster changed"),
        ("clerk", "roster submitted"),
        ("approver", "roster returned"),
        ("clerk", "roster submitted"),
        ("approver", "roster approved"),
        ("approver", "roster issued"),
    ] == [line[:2] for line in lines]
    said = "".join(details for _, _, details in lines)
    for one in wanted:
        assert str(one.claims["id_number"]) not in said
        assert str(one.claims["holder_name"]) not in said
    assert "张样本" not in said


def test_the_file_of_an_issued_roster_is_kept_for_a_month(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    roster = Roster.enter(office, workbook(orders(2))).submit().approve()
    sign_approved(office.service)
    for days, kept in ((KEPT - 1, True), (KEPT + 2, False)):
        with transaction(office.service.engine) as session:
            forget_files(session, now=roster.stored.changed + days)
        assert kept == bool(roster.stored.sealed)
