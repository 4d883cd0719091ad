"""For whoever runs the service: alive, ready, and its numbers."""

import ipaddress
import secrets

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer.people.guard import ServiceOf
from issuer.running import metrics, operations
from issuer.running.service import Service
from schemas import strict_json

router = APIRouter()

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz", name="health")
def health() -> Response:
    """The process answers; restart it where it does not."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz", name="ready")
def ready(request: Request, service: ServiceOf) -> Response:
    """Whether requests should come here: 503 with the parts that do not work."""
    jobs = getattr(request.app.state, "jobs", None)
    broken = operations.not_ready(service, jobs_alive=jobs is not None and jobs.alive)
    body = strict_json.dumps({"ready": not broken, "broken": broken})
    return Response(body, 503 if broken else 200, media_type="application/json")


@router.get("/metrics", name="metrics")
def numbers(request: Request, service: ServiceOf) -> Response:
    """The numbers, for this machine or with the token of the settings."""
    if not (_is_local(request) or _has_token(request, service)):
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    return Response(metrics.exposition(operations.facts(service)), media_type=_PROMETHEUS)


def _is_local(request: Request) -> bool:
    """Whether this machine asks for itself: what a proxy passes on comes from here too."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


def _has_token(request: Request, service: Service) -> bool:
    wanted = service.settings.metrics_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not wanted or scheme.lower() != "bearer":
        return False
    return secrets.compare_digest(given.strip().encode(), wanted.encode())
