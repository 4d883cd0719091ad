"""A download that is made while it is sent; whoever goes away ends the making."""

from collections.abc import Iterator
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class Streamed(StreamingResponse):
    """An answer of pieces, which are closed once it is over, whole or not.

    What goes wrong after the first piece breaks the connection off: no client takes half a file for
    a whole one.
    """

    def __init__(self, pieces: Iterator[bytes], **options: Any) -> None:
        super().__init__(pieces, **options)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if (close := getattr(self._pieces, "close", None)) is not None:
                close()
