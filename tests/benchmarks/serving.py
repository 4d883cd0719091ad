"""An app in a real uvicorn in a process of its own, on a core of its own where the machine lets it."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

Make = Callable[[Path], ASGIApp]
"""Makes the app of a folder; a function of a module, for another process runs it."""


@contextmanager
def served(
    make: Make, folder: Path, core: int | None = None
) -> Iterator[tuple[int, Callable[[], float]]]:
    """(port, what tells the server's processor time in seconds) until the end of the block."""
    here, there = Pipe()
    process = get_context("spawn").Process(
        target=_serve, args=(make, folder, core, there), daemon=True
    )
    process.start()
    port = here.recv()

    def cpu() -> float:
        here.send("time")
        spent: float = here.recv()
        return spent

    try:
        yield port, cpu
    finally:
        process.terminate()
        process.join()


def pin(core: int | None) -> None:
    """Have this process run on one core, where the system knows how."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def cores() -> tuple[int | None, int | None]:
    """The core for a server and the one for its client."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    found = sorted(os.sched_getaffinity(0))
    return found[0], found[-1]


def _serve(make: Make, folder: Path, core: int | None, told: Connection) -> None:
    pin(core)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    config = uvicorn.Config(make(folder), ws="none", access_log=False, log_level="warning")
    server = uvicorn.Server(config)

    def answer() -> None:
        while not server.started:
            time.sleep(0.01)
        told.send(listening.getsockname()[1])
        while told.recv():
            told.send(time.process_time())

    Thread(target=answer, daemon=True).start()
    server.run(sockets=[listening])
