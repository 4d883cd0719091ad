"""Signing in: login and password, then the second factor; a new password where one was handed over."""

import io

import segno
from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from issuer import audit
from issuer.console.pages import came_from, redirect, remember_language, render
from issuer.db import transaction
from issuer.people import accounts, sessions
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, address_of, cookie_name, text_of
from issuer.people.throttle import (
    SECOND_FACTOR,
    SIGN_IN_ADDRESS,
    SIGN_IN_ALL,
    SIGN_IN_LOGIN,
    require_allowed,
)
from issuer.running.service import Service
from issuer.tables import Account
from schemas.errors import CommandError

router = APIRouter()

ISSUER_NAME = "证印 Zhengyin"
"""What an authenticator shows beside the login."""


@router.get("/console/sign-in", name="sign_in")
def sign_in(request: Request, service: ServiceOf) -> Response:
    """The form."""
    return _form(request, service, None)


@router.post("/console/sign-in", name="sign_in_password")
def sign_in_password(request: Request, service: ServiceOf, form: FormOf) -> Response:
    """Compare; a miss says nothing about which of the two was wrong."""
    login = text_of(form, "login").strip().lower()
    tries = [
        (SIGN_IN_ADDRESS, address_of(request)),
        (SIGN_IN_LOGIN, login),
        (SIGN_IN_ALL, ""),
    ]
    try:
        require_allowed(service.engine, service.vault, tries, now=service.clock())
    except CommandError as error:
        return _form(request, service, error, 429)
    with transaction(service.engine) as session:
        account = accounts.by_password(session, login, text_of(form, "password"))
        if account is None or account.id is None:
            audit.append(
                session, at=service.seconds(), who="-", action="sign-in refused", subject="service"
            )
            cookie = None
        else:
            verified = not service.settings.second_factor
            cookie = sessions.begin(session, account.id, verified=verified, now=service.seconds())
            if verified:
                _log(session, service, account, "sign-in")
    if cookie is None:
        return _form(request, service, CommandError("sign_in_refused"), 401)
    return signed_in(request, service, cookie)


def signed_in(request: Request, service: Service, cookie: str) -> Response:
    """Go on to the first page with a session's cookie."""
    response = redirect(request, "home")
    response.set_cookie(
        cookie_name(service),
        cookie,
        max_age=sessions.LIFE,
        httponly=True,
        secure=service.settings.secure,
        samesite="lax",
        path="/",
    )
    return response


@router.get("/console/second-factor", name="second_factor")
def second_factor(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """Ask for the code; the first time, show the secret to scan."""
    return _factor(request, service, caller.account_id, None)


@router.post("/console/second-factor", name="second_factor_code")
def second_factor_code(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """Take the code. The session gets a new cookie: what was half signed in is not used again."""
    try:
        require_allowed(
            service.engine, service.vault, [(SECOND_FACTOR, caller.who)], now=service.clock()
        )
    except CommandError as error:
        return _factor(request, service, caller.account_id, error, 429)
    old = request.cookies.get(cookie_name(service), "")
    with transaction(service.engine) as session:
        account = session.get_one(Account, caller.account_id)
        right = accounts.take_code(service.vault, account, text_of(form, "code"), service.now())
        if right and account.id is not None:
            account.totp_proven = True
            session.add(account)
            sessions.end(session, old)
            cookie = sessions.begin(session, account.id, verified=True, now=service.seconds())
            _log(session, service, account, "sign-in")
    if not right:
        return _factor(request, service, caller.account_id, CommandError("code_refused"), 401)
    return signed_in(request, service, cookie)


@router.get("/console/new-password", name="new_password")
def new_password(request: Request, caller: CallerOf) -> Response:
    """Ask for a new password."""
    return render(request, "new_password.html", login=caller.who, error=None)


@router.post("/console/new-password", name="new_password_set")
def new_password_set(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """Set it; all other sessions of the account end."""
    try:
        cookie = _change_password(service, caller, form)
    except CommandError as error:
        return render(request, "new_password.html", 400, login=caller.who, error=error)
    return signed_in(request, service, cookie)


def _change_password(service: Service, caller: Caller, form: FormData) -> str:
    """Set the password that the form asks for; give the new session's cookie."""
    current, password = text_of(form, "current"), text_of(form, "password")
    if password != text_of(form, "again"):
        raise CommandError("passwords_differ")
    with transaction(service.engine) as session:
        account = session.get_one(Account, caller.account_id)
        known = account.new_password or accounts.by_password(session, account.login, current)
        if not known or account.id is None:
            raise CommandError("sign_in_refused")
        accounts.set_password(account, password)
        session.add(account)
        sessions.end_all(session, account.id)
        _log(session, service, account, "new password")
        return sessions.begin(session, account.id, verified=True, now=service.seconds())


@router.post("/console/sign-out", name="sign_out")
def sign_out(request: Request, service: ServiceOf) -> Response:
    """End the session here, not only in the browser."""
    cookie = request.cookies.get(cookie_name(service), "")
    with transaction(service.engine) as session:
        sessions.end(session, cookie)
    response = redirect(request, "sign_in", said="sign_in.signed_out")
    response.delete_cookie(cookie_name(service), path="/", secure=service.settings.secure)
    return response


@router.get("/console/account", name="account")
def account_page(request: Request, caller: CallerOf) -> Response:
    """One's own account."""
    return render(request, "account.html", login=caller.who)


@router.get("/language/{chosen}", name="choose_language")
def choose_language(request: Request, chosen: str) -> Response:
    """Keep the chosen language and go back."""
    response = Response(status_code=303, headers={"Location": came_from(request)})
    remember_language(response, "en" if chosen == "en" else "zh-CN")
    return response


def _form(
    request: Request, service: Service, error: CommandError | None, status: int = 200
) -> Response:
    return render(
        request,
        "sign_in.html",
        status,
        error=error,
        oidc=service.settings.oidc is not None,
    )


def _factor(
    request: Request,
    service: Service,
    account_id: int | None,
    error: CommandError | None,
    status: int = 200,
) -> Response:
    with transaction(service.engine) as session:
        account = session.get_one(Account, account_id)
        secret = picture = None
        if not account.totp_proven:
            secret = accounts.new_totp(service.vault, account)
            session.add(account)
            picture = _picture(accounts.totp_uri(service.vault, account, ISSUER_NAME))
    return render(
        request, "second_factor.html", status, error=error, secret=secret, picture=picture
    )


def _picture(uri: str) -> str:
    """A QR code as inline SVG."""
    drawn = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawn,
        kind="svg",
        border=4,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        light="white",
        omitsize=True,
    )
    return drawn.getvalue().decode()


def _log(session: Session, service: Service, account: Account, action: str) -> None:
    audit.append(
        session,
        at=service.seconds(),
        who=account.login,
        action=action,
        subject=account.institution or "service",
    )
