"""An app in a real uvicorn in a process of its own, and what that process costs."""

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

from issuer.running.serve import service_config

Make = Callable[[Path], ASGIApp]
"""Makes the app of a folder; a function of a module, for another process runs it."""


@contextmanager
def served(make: Make, folder: Path) -> Iterator[tuple[int, Callable[[], float]]]:
    """(port, what tells the server's processor time in seconds) until the end of the block."""
    here, there = Pipe()
    process = get_context("spawn").Process(target=_serve, args=(make, folder, there), daemon=True)
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


def _serve(make: Make, folder: Path, told: Connection) -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    config = service_config(make(folder), None, level="WARNING")
    server = uvicorn.Server(config)

    def answer() -> None:
        while not server.started:
            time.sleep(0.01)
        told.send(listening.getsockname()[1])
        while told.recv():
            told.send(time.process_time())

    Thread(target=answer, daemon=True).start()
    server.run(sockets=[listening])
