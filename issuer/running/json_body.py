"""What a system sends: one JSON document, read with a cap and parsed by a schema (RFC 8259)."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from schemas.errors import CommandError

MAX_JSON = 1 << 20  # bytes

Body = TypeVar("Body", bound=BaseModel)


def json_body(schema: type[Body]) -> Callable[[Request], Awaitable[Body]]:
    """A dependency that gives the request's body as `schema`.

    FastAPI's own way reads the whole body before the door is asked, and repeats in its refusal what
    was sent.

    Raises:
        CommandError: `request_malformed`, with the place and never the value; `request_too_large`.
    """

    async def read(request: Request) -> Body:
        body = await read_capped(request, MAX_JSON)
        try:
            return schema.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"])) or "JSON"
            raise CommandError("request_malformed", where=where) from None

    return read


async def read_capped(request: Request, limit: int) -> bytes:
    """The body of a request.

    Raises:
        CommandError: `request_too_large`.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise CommandError("request_too_large", limit=limit)
    return bytes(body)
