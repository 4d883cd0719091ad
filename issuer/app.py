"""The institution's service as one ASGI app: console, public look-up, API, and the phone page below.

Routes parse, call and render; who is let in stands in issuer/people/access.py and is asked here for every
route, so that one that was forgotten lets nobody in.
"""

import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from issuer.api import certificates as api_certificates
from issuer.api import description
from issuer.api import public as api_public
from issuer.api import rosters as api_rosters
from issuer.console import (
    audit_log,
    bulk,
    certificates,
    corrections,
    design,
    directory,
    home,
    keys,
    lookup,
    numbers,
    offline,
    operations,
    pages,
    papers,
    people,
    roster,
    roster_files,
    rosters,
    sign_in,
    sign_on,
)
from issuer.console.pages import HEADERS, problem, say, static_files
from issuer.people.guard import SignInNeeded, guard
from issuer.running import metrics
from issuer.running.jobs import Jobs
from issuer.running.observe import Observe
from issuer.running.problems import plain_problem, problem_response, status_of
from issuer.running.service import Service
from issuer.running.settings import read_settings
from schemas.errors import CommandError, ZhengyinError
from verifier import verify_app
from verifier.app import page_app
from verifier.headers import AddHeaders
from verifier.page_files import Page, built_page

_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
BARE: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""On answers that are for programs only, where each header is a hundredth of the work."""

_OURS = (
    "/console",
    "/api/",
    "/lookup",
    "/directory",
    "/language/",
    "/healthz",
    "/readyz",
    "/metrics",
)
"""How the paths begin that are the service's and not the phone page's."""

LOG = logging.getLogger("zhengyin")

ROUTERS = (
    sign_in.router,
    home.router,
    lookup.router,
    directory.router,
    operations.router,
    rosters.router,
    roster.router,
    roster_files.router,
    papers.router,
    offline.router,
    bulk.router,
    certificates.router,
    corrections.router,
    numbers.router,
    design.router,
    keys.router,
    people.router,
    audit_log.router,
    sign_on.router,
    api_rosters.router,
    api_certificates.router,
    api_public.router,
    description.router,
)
"""Everything that answers, but for `IN_FRONT` and the phone page."""

IN_FRONT: Mapping[str, str] = dict.fromkeys(verify_app.PATHS, "api_verify")
"""Path → route of what answers before the routers: the table of access must let everybody in there."""


class ServiceApp(FastAPI):
    """FastAPI behind what watches, verifies and adds headers: its own errors pass there too."""

    def __init__(self, service: Service) -> None:
        super().__init__(
            title="Zhengyin 证印",
            openapi_url=None,
            redirect_slashes=False,
            dependencies=[Depends(guard)],
            lifespan=_life,
            # Spans would have addresses and exceptions' words in them; ours are issuer/running/metrics.py.
            telemetry={"tracing": False, "metrics": False, "logs": False},
        )
        self.state.service = service
        headers = {**HEADERS, **_secured(service)}
        self._front = Observe(
            verify_app.VerifyFirst(
                AddHeaders(super().__call__, partial(_headers, headers)),
                trust=service.published,
                clock=service.clock,
                count=metrics.count_verdicts,
                refuse=_not_verified,
                headers={**BARE, **_secured(service)},
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the process."""
        if scope["type"] == "http":
            await self._front(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def service_app(service: Service, page: Page | None = None) -> ServiceApp:
    """The app of an open service; `page` is the phone page, the built one where none is given."""
    app = ServiceApp(service)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(ZhengyinError, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _status)
    app.add_exception_handler(Exception, _failed)
    app.add_api_route("/console/static/{name}", _static, name="static", include_in_schema=False)
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/console/{rest:path}", _nowhere, name="nowhere", include_in_schema=False)
    pinned = (page or built_page()).pinned(service.pin, demo=service.trust().demo)
    pins = frozenset({service.pin})
    app.mount("/", page_app(pinned, trust=service.settings.trust, pins=pins, clock=service.clock))
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    jobs = app.state.jobs = Jobs(app.state.service)
    jobs.start()
    LOG.info("started")
    try:
        yield
    finally:
        await run_in_threadpool(app.state.service.drawing.stop)
        await run_in_threadpool(jobs.stop)
        app.state.service.engine.dispose()
        LOG.info("stopped")


def from_environment() -> ServiceApp:
    """The app that the environment's settings ask for: what each worker process runs.

    Raises:
        ZhengyinError: as `read_settings` and `Service.open`.
    """
    return service_app(Service.open(read_settings(os.environ)))


def _static(name: str) -> Response:
    file = static_files().get(name)
    if file is None:
        raise HTTPException(404)
    content, media_type = file
    # The address has a hash of the content in it.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, headers=headers, media_type=media_type)


def _nowhere(request: Request, rest: str) -> Response:
    """The console's own answer where it has no page: the phone page's is not for people."""
    if rest:
        raise HTTPException(404)
    return RedirectResponse(request.app.url_path_for("home"), 307)


def _headers(headers: Mapping[str, str], path: str) -> Mapping[str, str]:
    """On every answer; the phone page and the published files have their own, and https all the same."""
    if path.startswith(_OURS):
        return headers
    return {name: headers[name] for name in _HTTPS if name in headers}


def _secured(service: Service) -> dict[str, str]:
    return dict(_HTTPS) if service.settings.secure else {}


def _not_verified(error: CommandError | None) -> Response:
    """The answer to what POST /verify cannot read, or to another method."""
    if error is None:
        response = plain_problem(405, say("problem.405", "en"), instance="/verify")
        response.headers["Allow"] = "POST"
    else:
        metrics.count_refusal(error)
        response = problem_response(error, instance="/verify")
    return response


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _sign_in(request: Request, error: Exception) -> Response:
    route = error.route if isinstance(error, SignInNeeded) else "sign_in"
    address = request.app.url_path_for(route)
    if "hx-request" in request.headers:  # a part of a page would show the form in its midst
        return Response(status_code=200, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, ZhengyinError):
        raise error
    metrics.count_refusal(error)
    if _wants_json(request):
        return problem_response(error, instance=request.url.path)
    return problem(request, error, status_of(error))


async def _unreadable(request: Request, error: Exception) -> Response:
    """A part of an address that is no number, say; FastAPI's own answer would repeat it."""
    places = error.errors() if isinstance(error, RequestValidationError) else [{"loc": ()}]
    where = ".".join(map(str, places[0]["loc"]))
    return await _refused(request, CommandError("request_malformed", where=where))


async def _status(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = getattr(error, "headers", None) or {}
    response: Response
    if _wants_json(request):
        key = f"problem.{status}" if f"problem.{status}" in pages.words() else "problem.404"
        response = plain_problem(status, say(key, "en"), instance=request.url.path)
    else:
        response = pages.plain_problem(request, status)
    response.headers.update(headers)
    return response


async def _failed(request: Request, _error: Exception) -> Response:
    return await _status(request, HTTPException(500))
