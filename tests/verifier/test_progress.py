"""A line for people who wait at a terminal."""

import io

from verifier.progress import INTERVAL, PATIENCE, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_long_command() -> None:
    """Quiet at first, then redrawn in place and not too often, and gone at the end."""
    stream, clock = Terminal(), Clock()
    with Progress(9, label="核验", stream=stream, clock=clock) as progress:
        progress.step()
        clock.now += PATIENCE
        progress.step()
        progress.step()
        clock.now += INTERVAL
        progress.update(7)
        progress.clear()
        progress.clear()
        stream.write("a line\n")
        clock.now += INTERVAL
        progress.step()
    erase = "\r\x1b[K"
    assert (
        f"{erase}核验 2/9{erase}核验 7/9{erase}a line\n{erase}核验 8/9{erase}" == stream.getvalue()
    )


def test_without_a_total() -> None:
    stream, clock = Terminal(), Clock()
    with Progress(stream=stream, clock=clock) as progress:
        clock.now += PATIENCE
        progress.step()
    assert "\r\x1b[K1\r\x1b[K" == stream.getvalue()


def test_a_short_command() -> None:
    stream = Terminal()
    with Progress(stream=stream, clock=Clock()) as progress:
        progress.step()
    assert "" == stream.getvalue()


def test_no_terminal() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress(stream=stream, clock=clock) as progress:
        clock.now += PATIENCE
        progress.step()
    assert "" == stream.getvalue()
