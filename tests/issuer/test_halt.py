"""The halt stops what is under way, in whichever process; who stopped it and why is known."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from issuer import halt
from issuer.db import reading, transaction
from issuer.desk import Desk
from issuer.halt import Halt
from issuer.issue import load, sign
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    book,
    halt_all,
    orders,
    refusal,
    settle,
    stored,
)
from tests.world import NOW, Key, key

OTHER = "demo-queshi"


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


class SlowSigner(Key):
    """A token that takes its time, and waits in the midst of its work until it may `go_on`."""

    __slots__ = ("begun", "count", "go_on")

    def __init__(self) -> None:
        super().__init__(SIGNER)
        self.count = 0
        self.begun, self.go_on = Event(), Event()

    def sign(self, data: bytes) -> bytes:
        self.count += 1
        if self.count == 3:
            self.begun.set()
            self.go_on.wait()
        time.sleep(0.01)
        return super().sign(data)


@contextmanager
def under_way(desk: Desk, batch: int) -> Iterator[list[str]]:
    """A signing in another thread, in its midst; then the code with which it has ended.

    It ends within a second's work of the block's end, where it could go on for three.
    """
    signer, codes = SlowSigner(), []
    thread = Thread(target=lambda: codes.append(refusal(sign, desk, signer, batch, now=ISSUE_TIME)))
    thread.start()
    signer.begun.wait()
    yield codes
    signer.go_on.set()
    thread.join()
    assert 3 + 100 > signer.count


def stop(desk: Desk, institution: str = halt.EVERYBODY, *, by_bureau: bool = False) -> None:
    with transaction(desk.engine) as session:
        halt.begin(
            session, Halt(institution=institution, who="officer", at=NOW, by_bureau=by_bureau)
        )


def resume(desk: Desk, institution: str = halt.EVERYBODY, *, by_bureau: bool = False) -> None:
    with transaction(desk.engine) as session:
        halt.end(session, institution, who="officer", by_bureau=by_bureau, at=NOW)


def test_a_signing_under_way_stops_and_goes_on_later(desk: Desk) -> None:
    """Whoever stops it waits neither for it nor for a lock."""
    batch = book(desk, orders(300))
    with under_way(desk, batch) as codes:
        halt_all(desk)
    assert ["halted"] == codes
    assert [] == load(desk, batch)
    resume(desk, by_bureau=True)
    assert 300 == sign(desk, key(SIGNER), batch, now=ISSUE_TIME)


def test_the_command_stops_a_signing_in_another_process(tmp_path: Path) -> None:
    town = settle(tmp_path)
    town.home.mkdir()
    desk = at_desk(town.home)
    batch = book(desk, orders(300))
    command = town.command("issuer", "halt", "--reason", "演练", desk=False)
    with under_way(desk, batch) as codes:
        subprocess.run([sys.executable, "-m", "zhengyin", *command], check=True)
    assert ["halted"] == codes
    with reading(desk.engine) as session:
        found = halt.find(session, INSTITUTION)
    assert found is not None
    assert ("演练", True) == (found.reason, found.by_bureau)


def test_two_processes_sign_a_batch_once(desk: Desk) -> None:
    """Both may make the signatures of what waits; one of them stores them."""
    batch = book(desk, orders(40))
    counts: list[int] = []
    threads = [
        Thread(
            target=lambda: counts.append(sign(desk, key(SIGNER), batch, now=ISSUE_TIME)),
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0, 40] == sorted(counts)
    assert all(one.signature for one in stored(desk))


def test_one_institution_s_halt_is_its_own(desk: Desk) -> None:
    stop(desk, OTHER)
    assert 2 == sign(desk, key(SIGNER), book(desk, orders(2)), now=ISSUE_TIME)
    stop(desk, INSTITUTION)
    assert "halted" == refusal(book, desk, orders(1, first=5))
    resume(desk, INSTITUTION)
    book(desk, orders(1, first=5))


@pytest.mark.parametrize("institution", [halt.EVERYBODY, INSTITUTION])
def test_an_institution_does_not_undo_what_the_bureau_stopped(desk: Desk, institution: str) -> None:
    stop(desk, institution, by_bureau=True)
    assert "halt_of_bureau" == refusal(resume, desk, institution)
    resume(desk, institution, by_bureau=True)
    book(desk, orders(1))


def test_the_first_who_stopped_it_stays_named_unless_the_bureau_comes(desk: Desk) -> None:
    def who() -> list[object]:
        with transaction(desk.engine) as session:
            found = halt.of(session, INSTITUTION)
        return [found.who, found.reason] if found else []

    for name, reason, by_bureau in (
        ("clerk", "编号有误", False),
        ("admin", "再停一次", False),
        ("bureau", "核查", True),
    ):
        with transaction(desk.engine) as session:
            halt.begin(
                session,
                Halt(institution=INSTITUTION, who=name, at=NOW, reason=reason, by_bureau=by_bureau),
            )
        assert (["bureau", "核查"] if by_bureau else ["clerk", "编号有误"]) == who()
