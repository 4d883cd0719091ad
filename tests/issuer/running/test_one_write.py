"""Answers leave in one write, whole and in order, large ones and the last one of a connection too."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from issuer.running.one_write import MOST, OneWrite

SIZES = (0, 1, 1000, MOST - 200, MOST, MOST + 1, 10 * MOST)


async def app(scope: Scope, _receive: Receive, send: Send) -> None:
    """As many bytes as the path says, in as many parts as the query says."""
    size = int(scope["path"].removeprefix("/"))
    parts = int(scope["query_string"] or b"1")
    head = [(b"content-length", str(size * parts).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    for at in range(parts):
        more = at + 1 < parts
        await send({"type": "http.response.body", "body": b"%d" % at * size, "more_body": more})


@contextmanager
def served() -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=OneWrite, ws="none", lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()


def test_every_size_arrives_whole() -> None:
    with served() as port:
        for keep in ("keep-alive", "close"):
            for size in SIZES:
                for parts in (1, 3):
                    request = (
                        f"GET /{size}?{parts} HTTP/1.1\r\nHost: x\r\nConnection: {keep}\r\n\r\n"
                    )
                    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
                        one.sendall(request.encode())
                        got = b""
                        while len(got.partition(b"\r\n\r\n")[2]) < size * parts:
                            got += one.recv(1 << 20)
                        expected = b"".join(b"%d" % at * size for at in range(parts))
                        assert expected == got.partition(b"\r\n\r\n")[2]


def test_requests_in_a_row_on_one_connection() -> None:
    with served() as port, socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        for size in (5, 70_000, 1):
            one.sendall(f"GET /{size} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            got = b""
            while len(got.partition(b"\r\n\r\n")[2]) < size or b"\r\n\r\n" not in got:
                got += one.recv(1 << 20)
            assert size == len(got.partition(b"\r\n\r\n")[2])


class Wire(asyncio.Transport):
    """What a socket's transport would be told."""

    def __init__(self) -> None:
        super().__init__({"socket": None, "peername": ("127.0.0.1", 1), "sockname": ("::1", 2)})
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


@pytest.mark.parametrize(
    ("path", "keep", "expected"),
    [
        ("/10", "keep-alive", 1),
        ("/10", "close", 1),
        ("/10?3", "close", 1),
        (f"/{2 * MOST}", "close", 2),
    ],
)
def test_how_many_writes_an_answer_takes(path: str, keep: str, expected: int) -> None:
    async def answered() -> Wire:
        state = uvicorn.server.ServerState()
        config = uvicorn.Config(app, http=OneWrite, ws="none", lifespan="off")
        protocol = OneWrite(config, state, {}, asyncio.get_running_loop())
        wire = Wire()
        protocol.connection_made(wire)
        protocol.data_received(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: {keep}\r\n\r\n".encode()
        )
        await asyncio.gather(*state.tasks)
        await asyncio.sleep(0)
        assert (keep == "close") == wire.closed
        protocol.connection_lost(None)
        return wire

    wire = asyncio.run(answered())
    assert expected == len(wire.written)
    assert wire.written[0].startswith(b"HTTP/1.1 200 OK\r\n")
