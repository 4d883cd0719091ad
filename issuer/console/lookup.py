"""The public look-up, for people and for systems: no account, no captcha, nothing kept (DOMAIN §3.4, §5.3).

What is typed comes in the body of a POST, never in an address, and stands in no log.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from issuer.console.pages import render, say
from issuer.db import reading
from issuer.desk import day_at
from issuer.guard import FormOf, ServiceOf, address_of, text_of
from issuer.holders import folded
from issuer.json_body import json_body
from issuer.lookup import Found, Typed, look_up
from issuer.service import Service
from issuer.throttle import (
    LOOK_UP_ADDRESS,
    LOOK_UP_ALL,
    LOOK_UP_NUMBER,
    give_back,
    require_allowed,
)
from schemas import strict_json
from schemas.codes import LANGUAGES
from schemas.errors import CommandError

router = APIRouter()

CAUSES = ("lookup.cause_typed", "lookup.cause_absent", "lookup.cause_elsewhere")
"""Why nothing may have been found, as 中国人事考试网 words it; which of them it is nobody is told."""


@router.get("/lookup", name="look_up")
def form(request: Request) -> Response:
    """The form."""
    return _page(request)


@router.post("/lookup", name="look_up_answer")
def answer(request: Request, service: ServiceOf, form: FormOf) -> Response:
    """The answer: the status of what was typed, or the same page for every miss."""
    typed = Typed.read(
        text_of(form, "holder_name"),
        text_of(form, "id_number"),
        text_of(form, "certificate_number"),
    )
    try:
        found = _ask(request, service, typed)
    except CommandError as error:
        response = _page(request, 429, error=error)
        response.headers["Retry-After"] = str(error.details["seconds"])
        return response
    # What was typed is said again only beside a hit: two misses differ in nothing.
    return _page(request, found=found, typed=typed if found else None)


class LookUp(BaseModel):
    """What a system asks."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    holder_name: str
    id_number: str = Field(default="", description="Empty for a certificate that has none.")
    certificate_number: str


@router.post("/api/v1/lookup", name="api_look_up")
def api_look_up(
    request: Request, service: ServiceOf, wanted: Annotated[LookUp, Depends(json_body(LookUp))]
) -> Response:
    """The same for systems: `certificates`, empty for every miss, with what may be the cause."""
    typed = Typed.read(wanted.holder_name, wanted.id_number, wanted.certificate_number)
    found = _ask(request, service, typed)
    body: dict[str, object] = {
        "certificates": [
            {
                "institution": one.institution,
                "status": one.status,
                "replaced_by": one.replaced_by,
            }
            for one in found
        ]
    }
    if not found:
        body["causes"] = [
            {language: say(key, language) for language in LANGUAGES} for key in CAUSES
        ]
    return Response(strict_json.dumps(body), media_type="application/json")


def _ask(request: Request, service: Service, typed: Typed) -> list[Found]:
    """Look up, within the limits; who knows all three does not guess, and is not held up by it.

    Raises:
        CommandError: `too_many_tries`.
    """
    number = folded(typed.certificate_number)
    tries = [(LOOK_UP_ADDRESS, address_of(request)), (LOOK_UP_NUMBER, number), (LOOK_UP_ALL, "")]
    require_allowed(service.engine, service.vault, tries, now=service.clock())
    institutions = service.trust().registry.institutions
    today = day_at(service.now()).isoformat()
    with reading(service.engine) as session:
        found = look_up(session, service.vault, typed, institutions, today)
    if found:
        give_back(service.engine, service.vault, LOOK_UP_NUMBER, number)
    return found


def _page(
    request: Request,
    status: int = 200,
    *,
    found: list[Found] | None = None,
    typed: Typed | None = None,
    error: CommandError | None = None,
) -> Response:
    return render(
        request, "lookup.html", status, found=found, typed=typed, error=error, causes=CAUSES
    )
