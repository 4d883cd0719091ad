"""POST /verify: what `zhengyin verify --json -` says of the same lines, for other systems over HTTP.

An ASGI app of its own that stands in front of another one: a framework's way to a route costs as
much as a check. Nothing that is sent is kept or logged; outcomes are counted.
"""

import io
from asyncio import Lock
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from time import monotonic

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keys.trust import TrustState
from schemas import strict_json
from schemas.errors import CommandError
from schemas.limits import MAX_QR_TEXT, MAX_SD_JWT_TEXT
from verifier.inputs import Input, lines, unreadable
from verifier.published_trust import PublishedTrust
from verifier.verdict import check

PATHS = frozenset({"/verify", "/api/v1/verify"})
MAX_TEXTS = 1_000  # of one request: a sixth of a second of a core
MAX_BODY = MAX_TEXTS * MAX_QR_TEXT  # bytes
AT_ONCE = 8  # texts that are checked where they arrive; more of them would keep others waiting

LOOK = 1.0  # seconds between two looks at what is published

NAME = "-"
"""What the command calls standard input: verdicts name their texts `-:1`, `-:2`, …"""

_JSON, _LINES = b"application/json", b"application/x-ndjson"
_GIVEN: TypeAdapter[str | list[str]] = TypeAdapter(str | list[str])

Count = Callable[[Mapping[tuple[str, str], int]], None]
"""Told how many verdicts of each (outcome, code) were given."""


class VerifyFirst:
    """Answers `PATHS`; hands everything else on to `app`.

    Args:
        app: what stands behind.
        trust: what texts are checked against.
        clock: seconds since 1970.
        count: told the outcomes.
        refuse: makes the answer to a request that cannot be answered; None: by its method.
        headers: on every answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        trust: PublishedTrust,
        clock: Callable[[], float],
        count: Count,
        refuse: Callable[[CommandError | None], Response],
        headers: Mapping[str, str],
    ) -> None:
        self._app = app
        self._trust = trust
        self._clock = clock
        self._count = count
        self._refuse = refuse
        self._state: TrustState | None = None
        self._look_again = 0.0
        self._batches = Lock()  # one at a time: threads of one process only wait for each other
        self._common = headers
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["route"] = "api_verify"
        if scope["method"] != "POST":
            await self._refused(None, scope, receive, send)
            return
        try:
            body = await _body(receive)
            if body is None:
                return
            media_type, texts = _texts(_content_type(scope), body)
        except CommandError as error:
            await self._refused(error, scope, receive, send)
            return
        trust = self._state
        if trust is None or monotonic() >= self._look_again:
            trust = await self._look()
        now = datetime.fromtimestamp(self._clock(), UTC)
        if len(texts) <= AT_ONCE:
            verdicts = self._verdicts(texts, trust, now)
        else:
            async with self._batches:
                verdicts = await run_in_threadpool(self._verdicts, texts, trust, now)
        answer = _written(verdicts, media_type, body)
        headers = [
            *self._headers,
            (b"content-type", media_type),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _refused(
        self, error: CommandError | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        response = self._refuse(error)
        response.headers.update(self._common)
        await response(scope, receive, send)

    async def _look(self) -> TrustState:
        """What is published now; what is new is read aside, so that others are not kept waiting."""
        state = self._trust.known()
        if state is None:
            state = await run_in_threadpool(self._trust.current)
        self._state, self._look_again = state, monotonic() + LOOK
        return state

    def _verdicts(self, texts: Iterable[Input], trust: TrustState, now: datetime) -> list[bytes]:
        """Each verdict as JSON, in order."""
        counts: dict[tuple[str, str], int] = {}
        written = []
        for one in texts:
            if one.error is not None:
                said = unreadable(one.name, one.error)
            else:
                said = check(one.text or "", trust=trust, now=now).to_dict(one.name)
            kind = said["outcome"], said["code"]
            counts[kind] = counts.get(kind, 0) + 1
            written.append(strict_json.dumps(said))
        self._count(counts)
        return written


def _written(verdicts: list[bytes], media_type: bytes, body: bytes) -> bytes:
    """One object a line; as JSON, an array where an array was sent."""
    if media_type == _LINES:
        return b"\n".join(verdicts) + b"\n"
    return b"[%b]" % b",".join(verdicts) if body.lstrip().startswith(b"[") else verdicts[0]


def _texts(content_type: bytes, body: bytes) -> tuple[bytes, list[Input]]:
    """How to answer, and what to check: a line each, or the strings of a JSON document.

    Raises:
        CommandError: `request_malformed`, `input_empty`, `too_many_texts`.
    """
    if content_type.partition(b";")[0].strip().lower() == _JSON:
        media_type, texts = _JSON, _strings(body)
    else:
        media_type, texts = _LINES, list(lines(NAME, io.BytesIO(body)))
    if not texts:
        raise CommandError("input_empty")
    if len(texts) > MAX_TEXTS:
        raise CommandError("too_many_texts", limit=MAX_TEXTS)
    return media_type, texts


def _strings(body: bytes) -> list[Input]:
    try:
        given = _GIVEN.validate_json(body, strict=True)
    except ValidationError:
        raise CommandError("request_malformed", where="JSON") from None
    texts = [given] if isinstance(given, str) else given
    return [_input(number, text.strip()) for number, text in enumerate(texts, start=1)]


def _input(number: int, text: str) -> Input:
    name = f"{NAME}:{number}"
    if len(text) > MAX_SD_JWT_TEXT:
        return Input(name=name, error=CommandError("input_too_long", limit=MAX_SD_JWT_TEXT))
    return (
        Input(name=name, text=text) if text else Input(name=name, error=CommandError("input_empty"))
    )


def _content_type(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-type":
            found: bytes = value
            return found
    return b""


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where whoever sent it has gone.

    Raises:
        CommandError: `request_too_large`.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise CommandError("request_too_large", limit=MAX_BODY)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts) if len(parts) > 1 else part
