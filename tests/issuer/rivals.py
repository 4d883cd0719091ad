"""Two processes that issue at once for one institution, until they are killed; and what they said.

Roster number n is the same for everyone who issues it. A process says when it begins a roster and
when it has handed one out; what it had begun when it died is begun again by both of the next.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlmodel import col, select

from issuer import audit
from issuer.db import reading
from issuer.desk import Desk
from issuer.issue import Issued, Order
from issuer.tables import AuditEntry, Batch, Certificate
from schemas import issued_list
from schemas.errors import CommandError
from schemas.sd_jwt import SdJwt
from tests.issuer.desk import at_desk, bytes_of, exported, issue, orders, stored
from tests.issuer.forked import FORKED

ROWS = 3  # of a roster
PROCESSES = 2


def roster(number: int) -> list[Order]:
    """The rows of roster `number`."""
    return orders(ROWS, first=number * ROWS)


def digest(certificates: Iterable[Issued]) -> str:
    """What was handed out, byte for byte."""
    return hashlib.sha256("\n".join(bytes_of(list(certificates))).encode()).hexdigest()


def issue_on(
    folder: Path, database: str, said: Connection, again: list[int], first: int, step: int
) -> None:
    """Issue the rosters `again`, then `first`, `first + step`, …, until killed or without database."""
    desk = at_desk(folder, database=database)
    said.send(("ready", 0, ""))
    for number in chain(again, count(first, step)):
        said.send(("begun", number, ""))
        try:
            certificates = issue(desk, roster(number))
        except CommandError as error:
            said.send(("stopped", number, error.code))
            return
        said.send(("done", number, digest(certificates)))


@dataclass
class Rivals:
    """An institution's processes on one database, one generation after the other."""

    folder: Path
    database: str
    begun: list[set[int]] = field(default_factory=lambda: [set() for _ in range(PROCESSES)])
    """By process: the rosters that it began, of those that are its own."""
    done: dict[int, str] = field(default_factory=dict)
    """Roster → digest of what was handed out."""
    open: set[int] = field(default_factory=set)
    """Rosters that were in work when a process died."""
    stopped: Counter[str] = field(default_factory=Counter)
    """Codes with which processes ended by themselves."""
    _at_work: list[tuple[BaseProcess, Connection]] = field(default_factory=list)

    @cached_property
    def desk(self) -> Desk:
        """A desk of the same institution, in this process."""
        return at_desk(self.folder, database=self.database)

    def start(self) -> None:
        """Start the processes, and wait until both are at work."""
        for place in range(PROCESSES):
            ours, theirs = FORKED.Pipe(duplex=False)
            first = max(self.begun[place], default=place - PROCESSES) + PROCESSES
            words = (self.folder, self.database, theirs, sorted(self.open), first, PROCESSES)
            process = FORKED.Process(target=issue_on, args=words, daemon=True)
            process.start()
            theirs.close()
            self._at_work.append((process, ours))
        for _, ours in self._at_work:
            assert ("ready", 0, "") == ours.recv()

    def kill(self, place: int) -> None:
        """As kill -9 does."""
        process, _ = self._at_work[place]
        process.kill()
        process.join()

    def gather(self) -> None:
        """Note what the processes, which have ended, have said."""
        for process, ours in self._at_work:
            process.join()
            last: int | None = None
            with suppress(EOFError), ours:
                while True:
                    what, number, detail = ours.recv()
                    last = self._note(what, number, detail)
            if last is not None:
                self.open.add(last)
        self._at_work.clear()

    def _note(self, what: str, number: int, detail: str) -> int | None:
        """Give the roster that is in work after this."""
        if what == "done":
            assert self.done.setdefault(number, detail) == detail
            self.open.discard(number)
            return None
        if what == "stopped":
            self.stopped[detail] += 1
        self.begun[number % PROCESSES].add(number)
        return number

    def require_no_gap(self) -> None:
        """At any time: numbers and slots are the first ones, each once, and nothing is missing."""
        with reading(self.desk.engine) as session:
            rows = session.exec(select(Certificate.idx, Certificate.number)).all()
            batches = len(session.exec(select(Batch.id)).all())
        assert ROWS * batches == len(rows)
        assert list(range(len(rows))) == sorted(idx for idx, _ in rows)
        expected = [f"PJ2025{serial:06}" for serial in range(1, len(rows) + 1)]
        assert expected == sorted(number for _, number in rows)

    def require_complete(self) -> int:
        """Finish what was begun; then everything is there once, as it was handed out. Give its size."""
        desk = self.desk
        begun = sorted(chain.from_iterable(self.begun))
        for number in begun:
            certificates = issue(desk, roster(number))
            assert self.done.setdefault(number, digest(certificates)) == digest(certificates)
        self.require_no_gap()
        found, total = stored(desk), ROWS * len(begun)
        assert total == len(found)
        assert all(one.signature for one in found)
        [files] = exported(desk)
        signed = [bytes_of_slot(one) for one in found]
        assert b"".join(signed) == files.slots
        with reading(desk.engine) as session:
            lines = audit.verify(session)
            log = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
            for action in ("reserve", "sign"):
                rows = [json.loads(one.details)["rows"] for one in log if one.action == action]
                assert total == sum(rows)
        assert lines == len(log)
        desk.engine.dispose()
        return total


def bytes_of_slot(one: Certificate) -> bytes:
    """What the issued list must say of a certificate."""
    return issued_list.slot(SdJwt(one.kid, one.payload, one.signature or b"").signing_input)
