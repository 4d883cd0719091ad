"""The public look-up: no account, no captcha, nothing kept (DOMAIN §3.4, §5.3).

What is typed comes in the body of a POST, never in an address, and stands in no log.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.console.pages import render
from issuer.lookup import Found, Typed, ask
from issuer.people.guard import FormOf, ServiceOf, address_of, text_of
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
        found = ask(service, typed, address_of(request))
    except CommandError as error:
        response = _page(request, 429, error=error)
        response.headers["Retry-After"] = str(error.details["seconds"])
        return response
    # What was typed is said again only beside a hit: two misses differ in nothing.
    return _page(request, found=found, typed=typed if found else None)


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
