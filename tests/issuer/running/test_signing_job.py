"""Approved rosters are signed once each, whatever stops it, and what stops it is said."""

import os
import shutil
import signal
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import event
from sqlmodel import col, select

from issuer import audit, halt, issue
from issuer.archives import issued_workbook
from issuer.db import reading, transaction
from issuer.erasure import erase
from issuer.roster_state import State
from issuer.running import signing_job
from issuer.running.service import Service
from issuer.running.signing_job import sign_approved, signed_rows
from issuer.tables import Certificate, Pattern
from tests.issuer.desk import INSTITUTION, halt_all, orders, refusal
from tests.issuer.office import Office, open_office
from tests.issuer.submitting import Roster, workbook
from tests.world import DAY


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path / "office")


def approved(office: Office, rows: int = 3, first: int = 0) -> Roster:
    return Roster.enter(office, workbook(orders(rows, first=first))).submit().approve()


def numbers(service: Service) -> list[str]:
    """Of all certificates that are signed, by slot."""
    with reading(service.engine) as session:
        return list(
            session.exec(
                select(Certificate.number)
                .where(col(Certificate.signature).is_not(None))
                .order_by(col(Certificate.idx))
            )
        )


def serials(*serial: int) -> list[str]:
    return [f"PJ2025{one:06}" for one in serial]


def test_what_is_approved_is_issued_and_nothing_else(office: Office) -> None:
    first, second = approved(office), approved(office, 2, first=10)
    draft = Roster.enter(office, workbook(orders(1, first=20)))
    waiting = Roster.enter(office, workbook(orders(1, first=30))).submit()
    sign_approved(office.service)
    states = [one.stored.state for one in (first, second, draft, waiting)]
    assert [State.ISSUED, State.ISSUED, State.DRAFT, State.SUBMITTED] == states
    assert serials(*range(1, 6)) == numbers(office.service)


def test_the_log_names_who_approved(office: Office) -> None:
    approved(office)
    sign_approved(office.service)
    with reading(office.service.engine) as session:
        audit.verify(session)
        lines = session.exec(select(audit.AuditEntry)).all()
        done = {line.action: line.who for line in lines if "batch" in line.subject}
    assert {"reserve": "approver", "sign": "approver"} == done


def test_a_halt_stops_it_and_it_goes_on_by_itself(office: Office) -> None:
    roster = approved(office)
    stop(office)
    sign_approved(office.service)
    assert (State.APPROVED, "") == (roster.stored.state, roster.stored.failure)
    assert [] == numbers(office.service)
    resume(office)
    sign_approved(office.service)
    assert State.ISSUED == roster.stored.state


def stop(office: Office) -> None:
    halt_all(office.service.desk(INSTITUTION, "bureau"))


def resume(office: Office) -> None:
    with transaction(office.service.engine) as session:
        halt.end(session, halt.EVERYBODY, who="bureau", by_bureau=True, at=office.service.seconds())


def test_a_halt_in_the_midst_stops_it_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue, "TOGETHER", 2)
    roster = approved(office, 5)
    store = issue._store

    def then_halt(*args: Any) -> int:
        done = store(*args)
        stop(office)
        return done

    monkeypatch.setattr(issue, "_store", then_halt)
    sign_approved(office.service)
    assert serials(1, 2) == numbers(office.service)
    with reading(office.service.engine) as session:
        assert 2 == signed_rows(session, roster.stored)
    monkeypatch.setattr(issue, "_store", store)
    resume(office)
    sign_approved(office.service)
    assert serials(1, 2, 3, 4, 5) == numbers(office.service)
    assert State.ISSUED == roster.stored.state


def test_a_locked_key_lets_it_wait(office: Office) -> None:
    roster = approved(office)
    office.service.signers.lock(INSTITUTION)
    sign_approved(office.service)
    assert (State.APPROVED, "") == (roster.stored.state, roster.stored.failure)
    office.service.signers.open_all()
    sign_approved(office.service)
    assert State.ISSUED == roster.stored.state


def set_pattern(office: Office, pattern: str) -> None:
    with transaction(office.service.engine) as session:
        session.merge(Pattern(institution=INSTITUTION, type="technical_level", pattern=pattern))


def test_what_stops_it_is_said_and_tried_again(office: Office) -> None:
    set_pattern(office, "KS{year}-{serial:1}")
    roster, other = approved(office, 12), approved(office, 2, first=50)
    sign_approved(office.service)
    assert (State.APPROVED, "numbers_exhausted") == (roster.stored.state, roster.stored.failure)
    assert State.ISSUED == other.stored.state  # one roster does not stop another
    sign_approved(office.service)
    assert "numbers_exhausted" == roster.stored.failure
    set_pattern(office, "KS{year}-{serial:4}")
    roster.retry()
    sign_approved(office.service)
    assert State.ISSUED == roster.stored.state
    assert 14 == len(numbers(office.service))


def test_what_cannot_be_signed_can_be_returned_while_it_has_no_numbers(office: Office) -> None:
    set_pattern(office, "KS{year}-{serial:1}")
    roster = approved(office, 12)
    sign_approved(office.service)
    roster.send_back("请分成两份")
    assert State.RETURNED == roster.stored.state
    assert [] == numbers(office.service)


def test_with_numbers_taken_it_is_not_returned(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("broken on purpose")

    roster = approved(office)
    monkeypatch.setattr(signing_job, "require_accepted", broken)
    sign_approved(office.service)
    assert (State.APPROVED, "signing_failed") == (roster.stored.state, roster.stored.failure)
    assert "roster_state" == refusal(roster.send_back)
    monkeypatch.undo()
    roster.retry()
    sign_approved(office.service)
    assert State.ISSUED == roster.stored.state
    assert serials(1, 2, 3) == numbers(office.service)


def test_what_may_not_be_issued_any_more_is_not_signed(office: Office) -> None:
    """Between approval and signing somebody of the roster got the same certificate."""
    first = approved(office, 2)
    late = Roster.enter(office, workbook(orders(3)))
    late.change(left_out=frozenset({3}))
    late.submit().approve()
    sign_approved(office.service)
    assert State.ISSUED == first.stored.state
    assert (State.APPROVED, "roster_changed") == (late.stored.state, late.stored.failure)
    late.send_back("与已签发的重复")
    assert serials(1, 2) == numbers(office.service)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_before_every_statement(tmp_path: Path) -> None:
    """Whatever was stored before the kill is finished after it: the same numbers, none twice."""
    start = open_office(tmp_path / "office")
    approved(start)
    start.service.engine.dispose()
    home, kept = tmp_path / "office" / "home", tmp_path / "kept"
    shutil.copytree(home, kept)

    def again() -> Service:
        shutil.rmtree(home)
        shutil.copytree(kept, home)
        return Service.open(start.service.settings, start.clock)

    steps = statements(again(), None)
    assert steps > 15
    for step in range(steps):
        service = again()
        service.engine.dispose()
        child = os.fork()
        if child == 0:
            statements(service, step)
            os._exit(1)
        assert signal.SIGKILL == os.WTERMSIG(os.waitpid(child, 0)[1])
        service = Service.open(start.service.settings, start.clock)
        before = payloads(service)
        sign_approved(service)
        assert before == payloads(service)[: len(before)]
        assert State.ISSUED == Roster(service, 1).stored.state
        assert serials(1, 2, 3) == numbers(service)
        with reading(service.engine) as session:
            audit.verify(session)
        service.engine.dispose()


def payloads(service: Service) -> list[bytes]:
    with reading(service.engine) as session:
        return list(session.exec(select(Certificate.payload).order_by(col(Certificate.idx))))


def statements(service: Service, fatal: int | None) -> int:
    """Sign; be killed before statement number `fatal`, or count them."""
    seen = 0

    def count(*_args: object) -> None:
        nonlocal seen
        if seen == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    for kind in ("before_cursor_execute", "commit"):
        event.listen(service.engine, kind, count)
    sign_approved(service)
    service.engine.dispose()
    return seen


def test_two_at_once_do_no_harm(tmp_path: Path, database: str) -> None:
    """As two processes would: each with its own connections and its own key."""
    office = open_office(tmp_path / "office", database=database)
    rosters = [approved(office, 4, first=10 * at) for at in range(6)]
    other = Service.open(office.service.settings, office.clock)
    together(lambda: sign_approved(office.service), lambda: sign_approved(other))
    assert {(State.ISSUED, "")} == {(one.stored.state, one.stored.failure) for one in rosters}
    assert serials(*range(1, 25)) == numbers(office.service)
    with reading(office.service.engine) as session:
        audit.verify(session)
    other.engine.dispose()
    office.service.engine.dispose()


def together(*work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_workbook_outlives_the_file_and_leaves_out_who_is_erased(office: Office) -> None:
    roster = approved(office, 3)
    sign_approved(office.service)
    desk = office.service.desk(INSTITUTION, "clerk")
    office.clock.now += DAY
    assert issued_workbook(desk, roster.stored) == issued_workbook(desk, roster.stored)
    with transaction(office.service.engine) as session:
        certificate = session.exec(select(Certificate).where(Certificate.row == 3)).one()
        erase(session, certificate, who="admin", reason="本人申请", now=office.service.seconds())
    assert b"" == roster.stored.sealed
    sheet = load_workbook(BytesIO(issued_workbook(desk, roster.stored))).worksheets[1]
    said = [[cell.value for cell in row] for row in sheet.iter_rows()]
    kept = [one.claims for one in orders(3)]
    texts = {str(cell) for row in said for cell in row}
    assert {"姓名", "证件号码", "链接"} <= texts
    assert str(kept[0]["id_number"]) in texts
    assert str(kept[1]["id_number"]) not in texts
    assert {"PJ2025000001", "PJ2025000003"} <= texts
