"""What anybody may ask without a token: the look-up, and the verifier, which answers before the routers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from issuer.api.answers import Answer, problems
from issuer.console.lookup import CAUSES
from issuer.console.pages import say
from issuer.lookup import Typed, ask
from issuer.people.guard import ServiceOf, address_of
from issuer.running.json_body import json_body
from schemas import strict_json
from schemas.codes import LANGUAGES
from verifier.verify_app import MAX_TEXTS

router = APIRouter()


class LookUp(BaseModel):
    """What a look-up asks."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    holder_name: str = Field(examples=["周演练"])
    id_number: str = Field(default="", description="Empty for a certificate that has none.")
    certificate_number: str = Field(examples=["PJ2026000001"])


class FoundCertificate(Answer):
    """A certificate to which all three belong."""

    institution: str
    status: str
    """`valid`, `suspended`, `revoked` or `replaced`."""
    replaced_by: str | None
    """The number of the certificate that replaces it."""


class LookUpAnswer(Answer):
    """What was found; the same for every miss."""

    certificates: list[FoundCertificate]
    causes: list[dict[str, str]] | None = None
    """Of a miss: what may be the reason, language → sentence."""


@router.post(
    "/api/v1/lookup",
    name="api_look_up",
    summary="Look a certificate up",
    openapi_extra={"x-body": "LookUp"},
    response_model=LookUpAnswer,
    responses=problems("too_many_tries", "request_too_large"),
)
def api_look_up(
    request: Request, service: ServiceOf, wanted: Annotated[LookUp, Depends(json_body(LookUp))]
) -> Response:
    """The status of the certificate to which name, ID number and certificate number belong.

    Without a token; limited by address, by number and overall. A signed code says more and asks nobody:
    scan it where there is one.
    """
    typed = Typed.read(wanted.holder_name, wanted.id_number, wanted.certificate_number)
    found = ask(service, typed, address_of(request))
    body: dict[str, object] = {
        "certificates": [
            {"institution": one.institution, "status": one.status, "replaced_by": one.replaced_by}
            for one in found
        ]
    }
    if not found:
        body["causes"] = [
            {language: say(key, language) for language in LANGUAGES} for key in CAUSES
        ]
    return Response(strict_json.dumps(body), media_type="application/json")


_TEXTS: dict[str, Any] = {
    "oneOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MAX_TEXTS},
    ]
}

VERIFY: dict[str, Any] = {
    "summary": "Verify credentials",
    "description": "What `zhengyin verify --json -` says of the same texts: digits, addresses of codes or "
    "SD-JWT. Without a token. One text a line, or a JSON string or array.",
    "operationId": "api_verify",
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {"schema": {"type": "string"}},
            "application/json": {"schema": _TEXTS},
        },
    },
    "responses": {
        "200": {
            "description": "A verdict for each text, in order.",
            "content": {
                "application/x-ndjson": {"schema": {"type": "string"}},
                "application/json": {
                    "schema": {
                        "oneOf": [
                            {"type": "object", "required": ["outcome", "code"]},
                            {"type": "array", "items": {"type": "object"}},
                        ]
                    }
                },
            },
        }
    },
}
"""`POST /api/v1/verify`, described by hand: verifier/verify_app.py knows no framework."""

VERIFY_REFUSALS = problems("input_empty", "too_many_texts", "request_too_large")
