"""Single sign-on: to the provider and back."""

import logging
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from issuer import audit
from issuer.console.pages import render
from issuer.console.sign_in import signed_in
from issuer.db import transaction
from issuer.people import oidc, sessions
from issuer.people.guard import ServiceOf, address_of
from issuer.people.throttle import SIGN_IN_ADDRESS, SIGN_IN_ALL, require_allowed
from issuer.running.problems import status_of
from issuer.running.service import SIGN_ON_BACK, Service
from schemas.errors import CommandError

LOG = logging.getLogger("zhengyin.sign_on")

router = APIRouter()


@router.get("/console/sign-in/oidc", name="sign_in_oidc")
def to_provider(request: Request, service: ServiceOf) -> Response:
    """Send the browser to the provider."""
    provider = _provider(service)
    try:
        _require_allowed(request, service)
        address, begun = provider.begin(service.now())
    except CommandError as error:
        return _refused(request, error)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        _cookie(service),
        begun.sealed(service.vault),
        max_age=oidc.LIFE,
        httponly=True,
        secure=service.settings.secure,
        samesite="lax",  # the provider sends the browser back here
        path="/",
    )
    return response


@router.get(SIGN_ON_BACK, name="sign_in_oidc_back")
def back(request: Request, service: ServiceOf) -> Response:
    """Take the provider's answer; whatever it is, the same one is not taken again."""
    provider = _provider(service)
    try:
        _require_allowed(request, service)
        begun = oidc.unsealed(service.vault, request.cookies.get(_cookie(service), ""))
        person = provider.finish(begun, _answer(request), service.now())
        cookie = _begin_session(service, person)
    except CommandError as error:
        LOG.warning("single sign-on: %s %s", error.code, error.details["detail"])
        response = _refused(request, error)
    else:
        response = signed_in(request, service, cookie)
    response.delete_cookie(_cookie(service), path="/", secure=service.settings.secure)
    return response


def _begin_session(service: Service, person: oidc.Person) -> str:
    """A session of the person's account; the second factor is asked for where none was given."""
    now = service.seconds()
    with transaction(service.engine) as session:
        account = oidc.account_of(session, person)
        subject = account.institution or "service"
        linked = oidc.link(account, person)
        session.add(account)
        verified = person.two_factors or not service.settings.second_factor
        if account.id is None:
            raise CommandError("sign_on_unknown")
        cookie = sessions.begin(session, account.id, verified=verified, now=now)
        if linked:
            audit.append(
                session, at=now, who=account.login, action="sign-on linked", subject=subject
            )
        if verified:
            audit.append(session, at=now, who=account.login, action="sign-in", subject=subject)
    return cookie


def _answer(request: Request) -> Mapping[str, str]:
    """The parameters, each of them once (RFC 6749 §3.1)."""
    found = request.query_params.multi_items()
    if len({name for name, _ in found}) < len(found):
        raise CommandError("sign_on_refused", "another sign-in")
    return dict(found)


def _provider(service: Service) -> oidc.Provider:
    if service.provider is None:
        raise HTTPException(404)
    return service.provider


def _cookie(service: Service) -> str:
    return "__Host-zhengyin-sign-on" if service.settings.secure else "zhengyin-sign-on"


def _require_allowed(request: Request, service: Service) -> None:
    tries = [(SIGN_IN_ADDRESS, address_of(request)), (SIGN_IN_ALL, "")]
    require_allowed(service.engine, service.vault, tries, now=service.clock())


def _refused(request: Request, error: CommandError) -> Response:
    return render(request, "sign_in.html", status_of(error), error=error, oidc=True)
