"""Heavy drawing in other processes, in order, with no more in memory than is being drawn.

A pool begins with the first who draws many documents and ends with the last, so that nothing of it
stays in memory.

Executors spawn their processes and never fork them: a child would inherit signing keys, locks of
the database, and a typesetter whose threads are gone.
"""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Lock, Thread
from typing import TypeVar

from schemas.errors import CommandError

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

AHEAD = 64  # documents that wait for their turn: 10 MB
SERIAL = 24  # documents that are drawn faster here than in new processes

_NICE = 5


def spawned(processes: int | None = None) -> Executor:
    """A pool of processes of this machine; each ends when this one does."""
    context = get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_begin)


class Drawing:
    """A pool that all who draw at one time share."""

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes
        self._lock = Lock()
        self._executor: Executor | None = None
        self._users = 0

    @contextmanager
    def lent(self, count: int) -> Iterator[Executor | None]:
        """The pool for `count` documents, until the end of the block; None for a few.

        Raises:
            CommandError: `drawing_ended`, where the block asks for more than a process could give.
        """
        if count <= SERIAL:
            yield None
            return
        with self._lock:
            executor = self._executor = self._executor or spawned(self._processes)
            self._users += 1
        try:
            yield executor
        except BrokenExecutor:
            with self._lock:
                if self._executor is executor:
                    self._executor = None  # whoever comes next need not wait until all have noticed
            raise CommandError("drawing_ended") from None
        finally:
            with self._lock:
                self._users -= 1
                if not self._users and self._executor is not None:
                    self._executor.shutdown(wait=False, cancel_futures=True)
                    self._executor = None

    def stop(self) -> None:
        """End after the documents that are being drawn, whoever waits for others."""
        with self._lock:
            executor = self._executor
        if executor is not None:
            executor.shutdown(cancel_futures=True)


def in_order(
    executor: Executor | None,
    work: Callable[[_Item], _Made],
    items: Iterable[_Item],
    *,
    ahead: int | None = None,
) -> Iterator[_Made]:
    """`work` of each item in order, through `executor` if there is one, `ahead` items at a time (`AHEAD`).

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
            if len(waiting) >= (ahead or AHEAD):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()


def _begin() -> None:
    """Let requests and signing go first, and end with the parent: when it has finished, or is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    os.environ["RAYON_NUM_THREADS"] = "1"  # typst's threads would get into each other's way
    if sys.platform != "win32":
        os.nice(_NICE)
    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()
