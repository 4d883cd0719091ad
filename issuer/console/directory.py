"""The directory for everybody: who may train and who may evaluate what, from when, and how it stands.

A filter is in the address, for it names nobody; it works without a script.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.console.pages import language_of, render
from issuer.desk import day_at
from issuer.directory import Filter, choices, rows
from issuer.people.guard import ServiceOf
from keys.published import BUNDLE, SNAPSHOT, registry_path, registry_signatures_path
from schemas import vocabulary
from schemas.codes import Language
from verifier.verdict_text import type_label

router = APIRouter()

PAGE = 200  # rows; the annexes of 京人社专技字〔2023〕91号 have 40


@router.get("/directory", name="directory")
def directory(
    request: Request,
    service: ServiceOf,
    occupation: str = "",
    role: str = "",
    level: str = "",
    type: str = "",  # noqa: A002 (the grant's own word)
    page: int = 1,
) -> Response:
    """The rows of the published registry that are asked for."""
    registry, today = service.trust().registry, day_at(service.now()).isoformat()
    wanted = Filter(
        occupation=occupation.strip(), role=role.strip(), level=level.strip(), type=type.strip()
    )
    found = rows(registry, wanted, today=today, now=service.seconds())
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, page), pages)
    offered = choices(registry)
    language = language_of(request)
    version = registry.version
    return render(
        request,
        "directory.html",
        rows=found[(page - 1) * PAGE : page * PAGE],
        count=len(found),
        institutions=len({row.institution for row in found}),
        page=page,
        pages=pages,
        wanted=wanted,
        choices=offered,
        roles={one: _role(one, language) for one in offered.roles},
        levels={one: one for one in offered.levels},
        types={one: type_label(one, language) for one in offered.types},
        registry=registry,
        files={
            "registry": registry_path(version),
            "signatures": registry_signatures_path(version),
            "snapshot": SNAPSHOT,
            "bundle": BUNDLE,
        },
    )


def _role(role: str, language: Language) -> str:
    known = vocabulary.roles()[role]
    return known.name if language == "zh-CN" else known.en
