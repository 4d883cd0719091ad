"""Each request is counted, and most have a line in the log; its id stands in the answer and in the line."""

import itertools
import logging
import secrets
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from issuer.running import log, metrics

LOG = logging.getLogger("zhengyin.request")

PAGE = "page"
"""What is no route of ours: the phone page, the published files, what is not there."""

COUNTED_ONLY = frozenset({PAGE, "static", "health", "ready", "metrics", "api_verify"})
"""What comes by the thousand, and what strangers do with their phones: nobody's visit is kept."""

ID = "request_id"
_PROCESS = secrets.token_hex(4)
_NUMBERS = itertools.count(1)
HEADER = b"x-request-id"


class Observe:
    """Watches everything that `app` answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        state: dict[str, Any] = scope.setdefault("state", {})
        state[ID] = request_id = f"{_PROCESS}-{next(_NUMBERS)}"
        status = 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                header = HEADER, request_id.encode()
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        failure: Exception | None = None
        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            failure, status = error, 500
            error.add_note(log.NOTED)
            raise
        finally:
            seconds = perf_counter() - started
            route = state.get("route", PAGE)
            metrics.count_request(route, status, seconds)
            if failure is not None or route not in COUNTED_ONLY:
                _write(state, route, status, seconds, failure)


def _write(
    state: dict[str, Any], route: str, status: int, seconds: float, failure: Exception | None
) -> None:
    caller = state.get("caller")
    fields = {
        "request": state[ID],
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "who": caller.who if caller else "-",
    }
    level = logging.ERROR if status >= 500 else logging.INFO
    LOG.log(level, "request", exc_info=failure, extra={log.FIELDS: fields})
