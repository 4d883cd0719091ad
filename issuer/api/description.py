"""The API's description (OpenAPI 3.1), made from its routes: examples, codes, the token."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from issuer.api import certificates, public, rosters
from issuer.api.answers import Problem
from issuer.people.access import ROUTES
from schemas import strict_json

ROUTERS = (rosters.router, certificates.router, public.router)
PATH = "/api/v1/openapi.json"

router = APIRouter()

_BODIES: Mapping[str, type[BaseModel]] = {
    "Withdrawal": rosters.Withdrawal,
    "Reason": certificates.Reason,
    "LookUp": public.LookUp,
}
_REF = "#/components/schemas/{model}"

_ABOUT = """For the systems of institutions: hand in rosters, follow them, read certificates, change
their status. Approving a roster takes a person, in the console.

- An administrator gives a system its token, on the page “API”; it is sent as `Authorization: Bearer`.
- A token sees its own institution; everything else is 404. Looking up and verifying take none.
- Whatever changes something may be sent again: the second time nothing happens, and the answer is the same.
- Refusals are problem details (RFC 9457); decide by `code`.
- Times are RFC 3339, days YYYY-MM-DD in Beijing."""


@router.get(PATH, name="api_description", include_in_schema=False)
def api_description() -> Response:
    """The description itself."""
    return Response(_written(), media_type="application/json")


@cache
def _written() -> bytes:
    return strict_json.dumps(description())


def description() -> dict[str, Any]:
    """The whole document."""
    routes = [route for each in ROUTERS for route in each.routes if isinstance(route, APIRoute)]
    document = get_openapi(
        title="Zhengyin 证印",
        version=version("zhengyin"),
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=routes,
    )
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the page “API”: scoped, ending, shown once.",
        }
    }
    schemas = components.setdefault("schemas", {})
    schemas |= _schemas()
    for route in routes:
        for method in route.methods or ():
            _complete(document["paths"][route.path_format][method.lower()], route.name)
    document["paths"]["/api/v1/verify"] = {"post": _verify()}
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which we never answer
        schemas.pop(name, None)
    return document


def _verify() -> dict[str, Any]:
    refusals = {
        str(status): {"description": said["description"], "content": dict(said["content"])}
        for status, said in public.VERIFY_REFUSALS.items()
    }
    for answer in refusals.values():
        _as_problem(answer["content"])
    return {**public.VERIFY, "responses": {**public.VERIFY["responses"], **refusals}}


def _schemas() -> dict[str, Any]:
    models = [(model, "validation") for model in _BODIES.values()]
    _, found = models_json_schema(
        [*models, (Problem, "serialization")],  # type: ignore[list-item]
        ref_template=_REF,
    )
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _complete(operation: dict[str, Any], name: str) -> None:
    """Add what FastAPI does not know: who may, what is sent, how refusals look."""
    scope = ROUTES[name].scope
    if scope is not None:
        operation["security"] = [{"token": []}]
        operation["description"] += f"\n\nScope of the token: `{scope}`."
    operation["operationId"] = name
    operation["responses"].pop("422", None)
    if model := operation.pop("x-body", None):
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REF.format(model=model)}}},
        }
    for answer in operation["responses"].values():
        _as_problem(answer.get("content", {}))


def _as_problem(content: dict[str, Any]) -> None:
    """A refusal's only form."""
    problem = content.get("application/problem+json")
    if problem is not None:
        problem["schema"] = {"$ref": _REF.format(model="Problem")}
        content.pop("application/json", None)
