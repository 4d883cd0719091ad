"""What the API answers: models of JSON, problems, and how both stand in its description."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from issuer.running.problems import MEDIA_TYPE, problem_body, status_of
from schemas.errors import CommandError

Disclose = Annotated[
    Literal["all", "none"],
    Query(description="`all`: with the ID number, for the holder; `none`: as in the QR code."),
]
"""What an attached or given credential tells."""

ALWAYS = ("request_malformed", "database_unusable")
"""Codes that every route may answer."""

_PLAIN = {
    401: "No token, or one that is wrong, ended or taken back.",
    403: "The token's scope does not reach this far.",
    404: "There is no such thing, or it is another institution's.",
    429: "Too many wrong tokens from this address.",
}


class Answer(BaseModel):
    """A frozen model; its docstring and its members' are what the description says."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Problem(Answer):
    """What went wrong (RFC 9457)."""

    type: str
    """`/api/v1/problems/{code}`, or `about:blank` where the status says all."""
    title: str
    """English; for people."""
    status: int
    code: str | None = None
    """Stable; to decide by."""
    instance: str | None = None
    """The path that was asked."""
    message: dict[str, str] | None = None
    """Language → sentence."""
    hint: dict[str, str] | None = None
    """Language → what to do about it."""


def time_text(seconds: int) -> str:
    """RFC 3339, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


Responses = dict[int | str, dict[str, Any]]
"""Status → how the description tells of an answer."""


def problems(*codes: str, also: Responses | None = None) -> Responses:
    """The answers of a route that may refuse with these codes; `also` gives others."""
    examples: dict[int, dict[str, Any]] = {}
    for code in (*ALWAYS, *codes):
        error = CommandError(code)
        body = problem_body(error, instance="/api/v1/…")
        examples.setdefault(status_of(error), {})[code] = {"summary": body["title"], "value": body}
    refusals: Responses = {
        status: {
            "model": Problem,
            "description": _PLAIN.get(status, "Refused; the code says why."),
            "content": {MEDIA_TYPE: {"examples": examples[status]} if status in examples else {}},
        }
        for status in sorted({*examples, *_PLAIN})
    }
    return {**(also or {}), **refusals}
