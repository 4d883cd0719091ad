"""The service on a real socket, for browsers: in a thread, with the real clock."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from tests.issuer.office import Clock, Office, open_office


class _RunningClock(Clock):
    """The real time, and what tests add to it."""

    def __call__(self) -> float:
        return time.time() + self.now


@contextmanager
def live_office(
    folder: Path, *, database: str | None = None, opened: Callable[..., Office] = open_office
) -> Iterator[tuple[Office, str]]:
    """(office, address) of a service that answers until the end of the block; no second factor."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    office = opened(
        folder,
        database=database,
        second_factor=False,
        url=url,
        now=int(time.time()),
        clock=_RunningClock(0),
    )
    config = uvicorn.Config(office.app, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield office, url
    finally:
        server.should_exit = True
        thread.join()
