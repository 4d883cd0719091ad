"""Whether the time of a look-up tells what was wrong: 2,000 tries of each kind of miss, over HTTP.

The kinds take turns in random order over one kept-alive connection to the service in another
process, its limits working (the clock runs fast, so that no bucket is empty). Each kind is compared
with all others together: Mann-Whitney's U and Kolmogorov-Smirnov's D, with their two-sided
probabilities. Small ones (below 0.05 divided by the number of kinds) would tell kinds apart.
"""

import http.client
import json
import math
import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from starlette.types import ASGIApp

from issuer.app import service_app
from issuer.db import sqlite_url
from issuer.running.service import Service
from issuer.running.settings import Settings
from tests.benchmarks.serving import served
from tests.issuer.desk import INSTITUTION, demo_id_number, demo_name, issue, orders, settle
from tests.verifier import pages
from tests.world import NOW
from verifier.page_files import built_page

TRIES = 2_000  # of each kind
CERTIFICATES = 1_000
STEP = 3_600.0  # seconds that the service's clock jumps each time it is read


def main() -> None:
    """Print the distributions and how far they are apart."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        town = settle(folder, now=NOW)
        service = Service.open(_settings(folder), lambda: float(NOW))
        desk = service.desk(INSTITUTION, "benchmark")
        numbers = [one.number for one in issue(desk, orders(CERTIFICATES))]
        service.engine.dispose()
        pages.build(town.folder / "page")
        port, _ = stack.enter_context(served(_app, folder))
        times = _measure(port, numbers)
    print(f"\nA look-up that finds nothing, {TRIES:,} tries of each kind")
    for kind, mine in times.items():
        others = [one for name, values in times.items() if name != kind for one in values]
        low, median, high = (statistics.quantiles(mine, n=20)[at] for at in (0, 9, 18))
        z, p_z = mann_whitney(mine, others)
        d, p_d = kolmogorov_smirnov(mine, others)
        print(
            f"  {kind:28} median {median * 1e3:6.3f} ms (5 % {low * 1e3:6.3f}, 95 % {high * 1e3:6.3f})"
            f"  U: z = {z:+5.2f}, p = {p_z:.3f}   D = {d:.4f}, p = {p_d:.3f}"
        )
    print(f"  told apart where p < {0.05 / len(times):.3f}")


def _measure(port: int, numbers: Sequence[str]) -> Mapping[str, list[float]]:
    """Seconds to the answer, by kind."""
    chance = random.Random(1)
    kinds = ("another name", "another ID number", "another certificate number", "nothing is right")
    kinds += ("no ID number at all",)
    turns = [kind for kind in kinds for _ in range(TRIES)]
    chance.shuffle(turns)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    # Numbers that nobody has, as many as those that somebody has; each was asked for before, so that
    # the limit of the number has a row to update and none to insert, whoever has it.
    nobody_s = [f"{number[:-6]}9{number[-5:]}" for number in numbers]
    for number in (*numbers, *nobody_s):
        _ask(connection, "x", "1" * 18, number)
    for kind in turns:
        at = chance.randrange(CERTIFICATES)
        wrong = kinds.index(kind)
        name = demo_name(at) if wrong in (1, 2, 4) else demo_name(at + 1)
        id_number = demo_id_number(at if wrong in (0, 2) else at + 20_000)
        number = numbers[at] if wrong in (0, 1, 4) else nobody_s[at]
        times[kind].append(_ask(connection, name, "1" * 18 if wrong == 4 else id_number, number))
    return times


def _ask(connection: http.client.HTTPConnection, name: str, id_number: str, number: str) -> float:
    """Seconds to the answer that nothing is found."""
    body = json.dumps({"holder_name": name, "id_number": id_number, "certificate_number": number})
    started = time.perf_counter()
    connection.request("POST", "/api/v1/lookup", body)
    answer = connection.getresponse()
    content = answer.read()
    seconds = time.perf_counter() - started
    if answer.status != 200 or json.loads(content)["certificates"]:
        raise AssertionError(content)
    return seconds


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """(z, two-sided probability) of U, by the normal approximation; times hardly ever tie."""
    ranks = {value: rank for rank, value in enumerate(sorted([*one, *other]), start=1)}
    n, m = len(one), len(other)
    u = sum(ranks[value] for value in one) - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return z, math.erfc(abs(z) / math.sqrt(2))


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """(D, two-sided probability) by Kolmogorov's limit, good for samples as large as these."""
    steps = [(value, 1 / len(one)) for value in one] + [(value, -1 / len(other)) for value in other]
    above = largest = 0.0
    for _, step in sorted(steps):
        above += step
        largest = max(largest, abs(above))
    reach = largest * math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * reach * reach) for k in range(1, 101))
    return largest, min(1.0, max(0.0, sum(terms))) if reach > 0.2 else 1.0


def _settings(folder: Path) -> Settings:
    home = folder / "home"
    return Settings(
        home=home,
        database_url=sqlite_url(home / "issuer.sqlite"),
        trust=folder / "trust",
        url="http://127.0.0.1",
        signers={},
    )


def _app(folder: Path) -> ASGIApp:
    ticks = count()
    service = Service.open(_settings(folder), lambda: NOW + next(ticks) * STEP)
    return service_app(service, built_page(folder / "page"))


if __name__ == "__main__":
    main()
