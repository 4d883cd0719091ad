"""Timing things side by side: rounds interleaved in one process, the best of each (as timeit does).

Times depend on the machine; what is worth reading is a ratio of two that ran in the same minute.
"""

import time
from collections.abc import Callable, Mapping
from itertools import cycle
from typing import Any

from schemas import qr

ROUNDS = 100
REPEAT = 10  # calls of a contender in a round: short, so that some rounds have the machine alone
CALLS = ROUNDS * REPEAT  # with as many different inputs no cache remembers one


def best(
    contenders: Mapping[str, Callable[[], object]],
) -> dict[str, float]:
    """The least seconds a call of each contender, over `ROUNDS` interleaved rounds."""
    least = dict.fromkeys(contenders, float("inf"))
    for _ in range(ROUNDS):
        for name, call in contenders.items():
            start = time.perf_counter()
            for _ in range(REPEAT):
                call()
            least[name] = min(least[name], (time.perf_counter() - start) / REPEAT)
    return least


def over(items: list[Any], call: Callable[[Any], object]) -> Callable[[], object]:
    """A contender that takes the next of `items` at each call."""
    following = cycle(items)
    return lambda: call(next(following))


def how() -> str:
    """How the codec runs here (docs/adr/0016-compiled-modules.md)."""
    return "interpreted" if qr.__file__.endswith(".py") else "compiled"


def table(title: str, times: Mapping[str, float], *, unit: str) -> None:
    """Print microseconds and the ratio to the contender `unit`."""
    print(f"\n{title}")
    for name, seconds in times.items():
        print(f"  {name:44} {seconds * 1e6:10.1f} µs  {seconds / times[unit]:7.2f} ×")
