"""One line on a terminal that says how far a long command is; nothing where there is no terminal."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

PATIENCE = 0.5  # seconds before anything is shown: a short command stays quiet
INTERVAL = 0.1  # seconds between two redraws
_ERASE = "\r\x1b[K"  # to the start of the line, and clear it (ECMA-48 EL)


class Progress:
    """How many steps are done. The line is gone when the block ends.

    Args:
        total: How many steps there will be, where it is known.
        label: What is counted, in the user's language.
        stream: Where to write if it is a terminal; standard error if not given.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        total: int | None = None,
        *,
        label: str = "",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._label = f"{label} " if label else ""
        self._of = "" if total is None else f"/{total}"
        self._clock = clock
        self._done = 0
        self._enabled = self._stream.isatty()
        self._next = clock() + PATIENCE
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()

    def step(self) -> None:
        """One more step is done."""
        self.update(self._done + 1)

    def update(self, done: int) -> None:
        """`done` steps are done by now."""
        self._done = done
        if not self._enabled or self._clock() < self._next:
            return
        self._stream.write(f"{_ERASE}{self._label}{done}{self._of}")
        self._stream.flush()
        self._next = self._clock() + INTERVAL
        self._shown = True

    def clear(self) -> None:
        """Take the line away, so that something else can be written."""
        if self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._shown = False
