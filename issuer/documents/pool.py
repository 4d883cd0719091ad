"""Heavy drawing in other processes, in order, with no more in memory than is being drawn.

Executors spawn their processes and never fork them: a child would inherit signing keys, locks of
the database, and a typesetter whose threads are gone.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

AHEAD = 64  # documents that wait for their turn: 10 MB


def spawned(processes: int | None = None) -> Executor:
    """A pool of processes of this machine; each ends when this one does."""
    context = get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_end_with_parent)


def in_order(
    executor: Executor | None, work: Callable[[_Item], _Made], items: Iterable[_Item]
) -> Iterator[_Made]:
    """`work` of each item in order, through `executor` if there is one.

    Raises:
        Exception: the first that `work` raises; nothing is begun after it.
    """
    if executor is None:
        yield from map(work, items)
        return
    waiting: deque[Future[_Made]] = deque()
    try:
        for item in items:
            waiting.append(executor.submit(work, item))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()


def _end_with_parent() -> None:
    """Have a drawing process end when this one is killed; it would wait for work for ever."""
    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()
