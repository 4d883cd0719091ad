"""A web host for the page that keeps its files in memory, can go away, and remembers who asked.

It stands for any static host, so that these tests need no server of ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "wasm": "application/wasm",
    "svg": "image/svg+xml",
    "png": "image/png",
    "zip": "application/zip",
}
PATIENCE = 30.0  # seconds that a withheld file waits


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    path: str
    """With its query, if any."""
    span: str
    """The `Range` header, or nothing."""
    status: int


class Site:
    """Files by path at one local address.

    `files` may be changed at any time. A path in `withheld` is answered once its event is set.
    """

    def __init__(self, files: Mapping[str, bytes], headers: Mapping[str, str]) -> None:
        self.files = dict(files)
        self.headers = dict(headers)
        self.requests: list[Request] = []
        self.withheld: dict[str, Event] = {}
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        """The page's own address."""
        return f"http://{self.host}/"

    @property
    def host(self) -> str:
        """The part of the address that others must not have."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, at the same port as before."""
        site = self

        class Handler(_Handler):
            host = site

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Connections are refused from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def publish(self, tree: Mapping[str, bytes]) -> None:
        """Put these trust files in the place of the old ones."""
        for path in [path for path in self.files if path.startswith("t/")]:
            del self.files[path]
        self.files |= {f"t/{path}": data for path, data in tree.items()}

    def replace(self, changed: Mapping[str, bytes]) -> None:
        """Put other files in the place of those of the page."""
        for path, data in changed.items():
            self.files.pop(f"{path}.gz", None)
            self.files[path] = data

    def asked(self, pattern: str) -> list[Request]:
        """The requests for such paths, in order."""
        return [request for request in self.requests if re.search(pattern, request.path)]


class _Handler(BaseHTTPRequestHandler):
    host: Site

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/") or "index.html"
        waiting = self.host.withheld.get(path)
        if waiting is not None:
            waiting.wait(PATIENCE)
        span = self.headers.get("Range", "")
        packed = f"{path}.gz" in self.host.files and "gzip" in self.headers["Accept-Encoding"]
        data = self.host.files.get(f"{path}.gz" if packed else path)
        status, content, more = _answer(data, span, root=path.startswith("t/root/"))
        if packed:
            more = {**more, "Content-Encoding": "gzip"}
        self.host.requests.append(Request(self.path.lstrip("/"), span, status))
        try:
            self._send(status, path, content, more)
        except OSError:
            return  # the browser has gone

    def _send(self, status: int, path: str, content: bytes, more: Mapping[str, str]) -> None:
        self.send_response(status)
        kind = _TYPES.get(path.rpartition(".")[2], "application/octet-stream")
        for name, value in {**self.host.headers, "Content-Type": kind, **more}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
        """Say nothing; `requests` remembers."""


def _answer(data: bytes | None, span: str, *, root: bool) -> tuple[int, bytes, Mapping[str, str]]:
    """Status, body and headers (RFC 9110 §14.2)."""
    if data is None:
        return (204 if root else 404), b"", {}
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", span)
    if asked is None:
        return 200, data, {}
    start, end = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
    if start >= len(data):
        return 416, b"", {"Content-Range": f"bytes */{len(data)}"}
    part = data[start : end + 1]
    return 206, part, {"Content-Range": f"bytes {start}-{end}/{len(data)}"}
