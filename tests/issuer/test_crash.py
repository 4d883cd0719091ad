"""Killed at random and at every statement: no number or slot twice, skipped or lost."""

import os
import random
import re
import shutil
import signal
import sys
import time
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import event

import zhengyin
from issuer import audit
from issuer.db import transaction
from issuer.desk import Desk
from issuer.handout import FOLDER, alone_in, hand_out
from issuer.status import replace
from schemas import issued_list
from schemas.sd_jwt import SdJwt
from tests.issuer import dying
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    Town,
    at_desk,
    content,
    exported,
    issue,
    orders,
    settle,
    stored,
    write_roster,
)
from tests.issuer.dying import PARTS
from tests.issuer.forked import FORKED
from tests.keys.crashes import count_steps, killed_at
from tests.world import ORIGIN, key

KILLS = 30
SEED = 5
OUTSIDE = 0.25  # of the kills are by the clock; the others in a part of the work that is drawn
FEW, MANY = 4, 26  # rows; many are drawn in processes of their own
FILES = {"credential.sd-jwt", "qr.svg", "qr.png"}


# The real command, killed from outside.


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return settle(tmp_path)


class Runs:
    """Runs of the command, each in a process group of its own."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._calls: dict[str, int] = {}
        self._seconds = 0.0
        self._errors = town.folder / "errors.txt"

    def measure(self, roster: Path) -> None:
        """Let one run to its end, and see how long it takes and how much each part does."""
        begun = time.monotonic()
        process = self._start("-", 0, roster)
        process.join()
        said = self._errors.read_text()
        assert 0 == process.exitcode, said
        self._calls = {
            part: int(calls) for part, calls in re.findall(r"^(.+):([0-9]+)$", said, re.MULTILINE)
        }
        assert PARTS.keys() == self._calls.keys()
        self._seconds = time.monotonic() - begun

    def kill(self, roster: Path, dice: random.Random) -> None:
        """Kill one: at any time of its run, or in the middle of one of its parts."""
        if dice.random() < OUTSIDE:
            process = self._start("check", sys.maxsize, roster)
            time.sleep(dice.random() * self._seconds)
            process.kill()
        else:
            part = dice.choice([*self._calls, *2 * ["hand out"]])
            process = self._start(part, dice.randrange(self._calls[part]), roster)
        process.join()
        assert process.pid is not None
        wait_until_gone(process.pid)

    def _start(self, part: str, call: int, roster: Path) -> BaseProcess:
        line = self._town.issue(roster)
        process = FORKED.Process(target=dying.run, args=(part, call, line, self._errors))
        process.start()
        return process


def wait_until_gone(group: int) -> None:
    """No process that drew for the killed one stays behind."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a process of the killed run is still there")


def handed_out(town: Town) -> dict[str, dict[str, bytes]]:
    """Folder → its files; each folder that is there is whole."""
    folder = town.out / FOLDER
    found = {}
    for certificate in sorted(folder.glob("[!.]*")) if folder.exists() else []:
        files = {path.name: path.read_bytes() for path in certificate.iterdir()}
        assert FILES == set(files)
        token = SdJwt.parse(files["credential.sd-jwt"].decode())
        assert certificate.name == token.claims()["certificate_number"]
        found[certificate.name] = files
    return found


def test_killed_at_random(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """Thirty times; whatever was handed out before a kill is handed out after it, byte for byte."""
    dice, runs = random.Random(SEED), Runs(town)
    rosters = [write_roster(town.folder / "roster-0.xlsx", orders(FEW))]
    runs.measure(rosters[0])
    total, given = FEW, handed_out(town)
    for number in range(KILLS):
        if number % 2 == 0:  # a new one, whatever became of those before
            count = MANY if number in (10, 20) else FEW
            path = town.folder / f"roster-{len(rosters)}.xlsx"
            rosters.append(write_roster(path, orders(count, first=total)))
            total += count
        runs.kill(dice.choice(rosters[-2:]), dice)
        found = handed_out(town)
        assert given == {name: found.get(name) for name in given}
        given = found

    for roster in rosters:
        assert 0 == zhengyin.main(town.issue(roster))
    assert "error" not in capsys.readouterr().err
    found = handed_out(town)
    assert given == {name: found[name] for name in given}
    year = time.gmtime().tm_year
    assert [f"PJ2025{serial:06}" for serial in range(1, total + 1)] == list(found)
    assert [] == list(town.out.rglob(".writing-*"))

    assert 0 == zhengyin.main(town.command("issuer", "audit", desk=False))
    lists = town.folder / "lists"
    assert 0 == zhengyin.main(town.command("issuer", "lists", "--out", lists, signs=True))
    tokens = [SdJwt.parse(files["credential.sd-jwt"].decode()) for files in found.values()]
    places = [token.claims()["status"]["status_list"] for token in tokens]
    assert list(range(total)) == sorted(place["idx"] for place in places)
    assert {f"https://{ORIGIN}/t/status/{INSTITUTION}/{year}"} == {place["uri"] for place in places}
    slots = {
        place["idx"]: issued_list.slot(token.signing_input)
        for place, token in zip(places, tokens, strict=True)
    }
    desk = at_desk(town.home)
    [files] = exported(desk)
    assert b"".join(slots[idx] for idx in range(total)) == files.slots


# Every statement of the database, killed from inside.


class Killer:
    """Kills this process before statement or commit number `step`, and after the last."""

    def __init__(self, desk: Desk, step: int | None) -> None:
        self.seen = 0
        self._step = step
        event.listen(desk.engine, "before_cursor_execute", lambda *_: self._next())
        event.listen(desk.engine, "commit", lambda *_: self._next())

    def _next(self) -> None:
        if self.seen == self._step:
            os.kill(os.getpid(), signal.SIGKILL)
        self.seen += 1


def work(folder: Path, step: int | None = None) -> int:
    """Issue a roster and correct one of its certificates; give how many steps that were."""
    desk = at_desk(folder)
    killer = Killer(desk, step)
    issue(desk, orders(3, first=10))
    replace(
        desk,
        key(SIGNER),
        "PJ2025000004",
        type_name=None,
        changes={"holder_name": "吴试用"},
        reason="更正姓名",
        pattern=None,
        now=ISSUE_TIME,
    )
    return killer.seen


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_before_every_statement(tmp_path: Path) -> None:
    """Whatever was stored before the kill is signed after it, byte for byte."""
    start = tmp_path / "start"
    start.mkdir()
    desk = at_desk(start)
    issue(desk, orders(2))
    desk.engine.dispose()
    steps = work(copy(start, tmp_path / "whole"))
    assert steps > 60
    for step in range(steps):
        folder = copy(start, tmp_path / str(step))
        child = os.fork()
        if child == 0:
            work(folder, step)
            os._exit(1)
        assert signal.SIGKILL == os.WTERMSIG(os.waitpid(child, 0)[1])
        require_same_when_finished(folder)
        shutil.rmtree(folder)


def copy(start: Path, folder: Path) -> Path:
    return Path(shutil.copytree(start, folder))


def require_same_when_finished(folder: Path) -> None:
    desk = at_desk(folder)
    before = stored(desk)
    work(folder)
    after = stored(desk)
    assert [one.payload for one in before] == [one.payload for one in after[: len(before)]]
    signed = [one.signature for one in before if one.signature]
    assert signed == [one.signature for one in after[: len(signed)]]
    assert list(range(6)) == [one.idx for one in after]
    assert [f"PJ2025{serial:06}" for serial in range(1, 7)] == [one.number for one in after]
    assert [*3 * ["valid"], "revoked", *2 * ["valid"]] == [one.status for one in after]
    [files] = exported(desk)
    assert 6 == files.status.count
    with transaction(desk.engine) as session:
        audit.verify(session)
    desk.engine.dispose()


# Every call to the disk while certificates are handed out.


def test_killed_before_every_call_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is whole, and the next run leaves the same folder as one that was not killed."""
    certificates = issue(at_desk(tmp_path), orders(2))

    def write(out: Path) -> None:
        with alone_in(out):
            list(hand_out(out, certificates, ORIGIN, None))

    write(tmp_path / "whole")
    expected = content(tmp_path / "whole")
    steps = count_steps(monkeypatch, lambda: write(tmp_path / "counted"))
    assert steps > 2 * len(FILES)
    for step in range(steps):
        out = tmp_path / str(step)
        killed_at(monkeypatch, step, partial(write, out))
        for folder in out.glob(f"{FOLDER}/[!.]*"):
            assert FILES == {path.name for path in folder.iterdir()}
        write(out)
        assert expected == content(out)
