"""Two processes issue at once and are killed, or their server is: nothing twice, skipped or lost.

Each test prints its seed; `ZHENGYIN_TEST_SEED` repeats it (as far as the machine's timing allows).
"""

import os
import random
import secrets
import time
from pathlib import Path

import pytest

from tests.issuer.rivals import PROCESSES, Rivals
from tests.postgres import Databases, cluster

KILLS = 104  # on each database
STOPS = 20
BATCHES = 2.0  # how many batches a process has time for, at most, before it is killed


@pytest.fixture
def dice() -> random.Random:
    seed = os.environ.get("ZHENGYIN_TEST_SEED") or str(secrets.randbelow(10**9))
    print(f"ZHENGYIN_TEST_SEED={seed}")
    return random.Random(seed)


def span(rivals: Rivals) -> float:
    """Seconds that `BATCHES` batches of a process take while the other works too."""
    rivals.start()
    time.sleep(0.5)
    for place in range(PROCESSES):
        rivals.kill(place)
    rivals.gather()
    return PROCESSES * 0.5 / max(1, len(rivals.done)) * BATCHES


def test_processes_killed_at_random(tmp_path: Path, database: str, dice: random.Random) -> None:
    rivals = Rivals(tmp_path, database)
    seconds, begun = span(rivals), time.monotonic()
    for _ in range(KILLS // PROCESSES):
        rivals.start()
        for place in dice.sample(range(PROCESSES), PROCESSES):
            time.sleep(dice.random() * seconds / PROCESSES)
            rivals.kill(place)
        rivals.gather()
        rivals.require_no_gap()
    spent = time.monotonic() - begun
    print(f"{KILLS} kills, {len(rivals.done)} rosters handed out before, {spent:.1f} s")
    assert {} == rivals.stopped
    assert rivals.require_complete() > KILLS


def test_a_server_stopped_at_random(tmp_path: Path, dice: random.Random) -> None:
    """As when its machine fails: what it said was stored is there when it comes back."""
    with cluster() as server:
        rivals = Rivals(tmp_path, Databases(server.url).new())
        seconds, begun = span(rivals), time.monotonic()
        for _ in range(STOPS):
            rivals.start()
            time.sleep(dice.random() * seconds)
            server.stop("immediate")
            rivals.gather()
            server.start()
            rivals.require_no_gap()
        spent = time.monotonic() - begun
        print(f"{STOPS} stops, {len(rivals.done)} rosters handed out before, {spent:.1f} s")
        assert {"database_unusable": STOPS * PROCESSES} == rivals.stopped
        assert rivals.require_complete() > STOPS
