"""The door of the service: who asks, whether the table lets them in, and whether the form is ours.

One dependency for all routes. A route that `access.ROUTES` does not name lets nobody in; every
request that changes something and comes with a cookie must bring the session's own token.
"""

import secrets
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import col, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from issuer.db import reading, transaction
from issuer.people import clients, sessions
from issuer.people.access import ROUTES, Access, Caller, Role, Scope
from issuer.people.throttle import API_TOKEN, require_allowed
from issuer.roster.sheet import MAX_FILE
from issuer.running.service import Service
from issuer.tables import Account
from schemas.errors import CommandError

COOKIE, SECURE_COOKIE = "zhengyin", "__Host-zhengyin"  # RFC 6265bis §4.1.3.2
_SAFE = ("GET", "HEAD")
_MAX_FIELDS = 20_000  # of a form: cells that are mended
_MAX_PART = 16 << 20  # bytes of a pasted roster
MAX_BODY = MAX_FILE + _MAX_PART  # bytes of a request
MAX_PUBLIC_BODY = 1 << 16  # of one that anybody may send


class SignInNeeded(Exception):  # noqa: N818 (a way, not an error: the browser is sent to sign in)
    """Nobody is signed in, or not whole, where somebody must be."""

    def __init__(self, route: str) -> None:
        self.route = route
        super().__init__(route)


def service_of(request: Request) -> Service:
    """The service that the app was made with."""
    service: Service = request.app.state.service
    return service


def cookie_name(service: Service) -> str:
    """The session cookie's name; `__Host-` binds it to this host and https."""
    return SECURE_COOKIE if service.settings.secure else COOKIE


async def guard(request: Request) -> None:
    """Let the request in, or not; leaves `request.state.caller` and `.form` for the route.

    Raises:
        SignInNeeded: for a person without a session.
        HTTPException: 401 for a system without a token, 403, 404 for routes that are in no table,
            413.
    """
    service = service_of(request)
    name = request.scope["route"].name
    access = ROUTES.get(name)
    if access is None:
        raise HTTPException(404)
    request.state.route = name
    _require_size(request, MAX_PUBLIC_BODY if access.public else MAX_BODY)
    caller = await run_in_threadpool(_caller, service, request, access)
    request.state.caller = caller
    request.state.form = FormData()
    if not access.public:
        if caller is None:
            if access.scope is not None:
                raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
            raise SignInNeeded("sign_in")
        if not caller.may(name):
            if caller.missing and caller.role in access.roles:
                raise SignInNeeded(caller.missing)
            raise HTTPException(403)
    if access.scope is None and request.method not in _SAFE and not name.startswith("api_"):
        request.state.form = await request.form(
            max_fields=_MAX_FIELDS, max_part_size=_MAX_PART, max_files=1000
        )
        if not access.public:
            _require_own_form(request, caller)


def _require_size(request: Request, limit: int) -> None:
    length = request.headers.get("content-length", "0")
    if request.method not in _SAFE and "transfer-encoding" in request.headers:
        raise HTTPException(411)
    if not (length.isascii() and length.isdigit() and int(length) <= limit):
        raise HTTPException(413)


def _require_own_form(request: Request, caller: Caller | None) -> None:
    """Refuse what another site had the browser send (ASVS 3.5.1)."""
    sent = request.headers.get("x-csrf-token") or request.state.form.get("csrf") or ""
    if caller is None or not isinstance(sent, str):
        raise HTTPException(403)
    if not secrets.compare_digest(sent.encode(), caller.csrf.encode()):
        raise HTTPException(403)


def address_of(request: Request) -> str:
    """The address of whoever asks; a proxy's word is taken only from a known proxy."""
    peer = request.client.host if request.client else ""
    if peer in service_of(request).settings.proxies:
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return forwarded or peer
    return peer


def _caller(service: Service, request: Request, access: Access) -> Caller | None:
    if access.scope is not None:
        return _system(service, request)
    cookie = request.cookies.get(cookie_name(service))
    if cookie is None:
        return None
    now = service.seconds()
    with reading(service.engine) as session:
        found = sessions.find(session, cookie, now=now)
        session.expunge_all()
    if found is None:
        return None
    if sessions.is_due(found, now=now):
        with transaction(service.engine) as session:
            sessions.note(session, cookie, now=now)
    account = found.account
    return Caller(
        name=account.name,
        who=account.login,
        institution=account.institution,
        account_id=account.id,
        role=Role(account.role),
        district=account.district,
        missing=_missing(found),
        csrf=found.session.csrf,
        address=address_of(request),
    )


def _missing(found: sessions.SignedIn) -> str:
    if not found.session.verified:
        return "second_factor"
    return "new_password" if found.account.new_password else ""


def _system(service: Service, request: Request) -> Caller | None:
    """The API client whose token the request bears (RFC 6750 §2.1)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    address = address_of(request)
    with reading(service.engine) as session:
        client = clients.find(session, token.strip(), now=service.seconds())
        if client is not None:
            return Caller(
                name=client.name,
                who=f"API {client.name}",
                institution=client.institution,
                account_id=client.created_by,
                scopes=frozenset(map(Scope, client.scopes.split())),
                address=address,
            )
    try:  # wrong tokens only: a right one is never slowed down
        require_allowed(service.engine, service.vault, [(API_TOKEN, address)], now=service.clock())
    except CommandError as error:
        raise HTTPException(429, headers={"Retry-After": str(error.details["seconds"])}) from None
    return None


def caller_of(request: Request) -> Caller:
    """Who asks, on a route that is not public."""
    caller: Caller | None = request.state.caller
    if caller is None:
        raise HTTPException(403)
    return caller


def form_of(request: Request) -> FormData:
    """What was sent in the form."""
    form: FormData = request.state.form
    return form


def text_of(form: FormData, name: str) -> str:
    """One text field of a form; empty where it is not there."""
    value: Any = form.get(name)
    return value if isinstance(value, str) else ""


def file_of(form: FormData, name: str) -> tuple[str, bytes] | None:
    """(name, content) of an uploaded file; None where none was chosen."""
    value = form.get(name)
    if not isinstance(value, UploadFile) or not value.filename:
        return None
    return value.filename, value.file.read()


def account_names(service: Service, ids: set[int | None]) -> dict[int | None, str]:
    """The names of accounts, for pages."""
    with transaction(service.engine) as session:
        found = session.exec(
            select(Account).where(col(Account.id).in_([one for one in ids if one]))
        )
        return {account.id: account.name for account in found}


ServiceOf = Annotated[Service, Depends(service_of)]
CallerOf = Annotated[Caller, Depends(caller_of)]
FormOf = Annotated[FormData, Depends(form_of)]
