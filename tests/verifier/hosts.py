"""A web host on this machine with a published tree, which can be made to misbehave."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = Callable[["Handler"], None]


class Host:
    """A web host with the published tree of a folder, which can be made to misbehave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.ranges = True
        self.url = ""

    @property
    def paths(self) -> list[str]:
        """What was asked for."""
        return [path for path, _ in self.requests]


class Handler(BaseHTTPRequestHandler):
    host: Host
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.host.requests.append((self.path, wanted))
        answer = self.host.answers.get(self.path)
        if answer is not None:
            answer(self)
            return
        path = self.host.folder / self.path.removeprefix("/t/")
        if not self.path.startswith("/t/") or not path.is_file():
            self.send(404, b"<html>not here</html>")
            return
        data = path.read_bytes()
        if wanted is None or not self.host.ranges:
            self.send(200, data)
            return
        first, last = map(int, wanted.removeprefix("bytes=").split("-"))
        if first >= len(data):
            self.send(416, b"")
            return
        part = data[first : last + 1]
        self.send(
            206, part, {"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(data)}"}
        )

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_args: Any) -> None:
        """A connection that the test broke off is no news."""


@contextmanager
def serving(folder: Path) -> Iterator[Host]:
    host = Host(folder)
    handler = type("Bound", (Handler,), {"host": host})
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        host.url = f"http://127.0.0.1:{server.server_port}/t/"
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()
