"""uvicorn's HTTP protocol, but head and body of an answer leave in one system call and one segment.

uvicorn writes them one after the other, and uvloop hands each to the kernel at once; for a short
answer the second call costs more than parsing the request.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 65_536  # bytes that are held back at most; a larger body goes as it is


class OneWrite(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the requests a transport that gathers what they write."""
        plain = cast("asyncio.Transport", transport)
        super().connection_made(plain)
        self.transport = cast("asyncio.Transport", _Gathering(plain, self.loop))


class _Gathering:
    """Holds writes back until the loop has nothing else to do for this request."""

    __slots__ = ("_loop", "_parts", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if len(data) > MOST:
            self._flush()
            self._transport.write(data)
            return
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > MOST:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            self._transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
