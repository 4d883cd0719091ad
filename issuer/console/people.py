"""People, systems and institutions: accounts, API clients, districts and how long data are kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlmodel import Session, col, select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer import audit
from issuer.console.pages import redirect, render
from issuer.db import reading, transaction
from issuer.desk import day_at
from issuer.people import clients, people
from issuer.people.access import Caller, Role, Scope
from issuer.people.guard import CallerOf, FormOf, ServiceOf, account_names, text_of
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.tables import Account, ApiClient, Tenant
from schemas.errors import CommandError

router = APIRouter()

DAYS = (30, 90, 180, 366)
"""Lives of an API client."""
MAX_RETENTION = 36_500  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What is shown once, to be handed over."""

    whose: str
    text: str


# People


@router.get("/console/people", name="people")
def people_page(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """The accounts that the caller looks after."""
    return _people(request, service, caller)


@router.post("/console/people", name="person_add")
def person_add(request: Request, service: ServiceOf, caller: CallerOf, form: FormOf) -> Response:
    """Give somebody an account; the password is shown this once."""
    entered = {name: text_of(form, name).strip() for name in _ENTERED}
    try:
        if caller.institution is None:
            entered["institution"] = _institution_for(service, entered)
        with transaction(service.engine) as session:
            account, password = people.add(session, caller, **entered, now=service.seconds())
            secret = Secret(whose=account.login, text=password)
    except CommandError as error:
        return _people(request, service, caller, error=error, entered=entered)
    return _people(request, service, caller, secret=secret)


_ENTERED = ("login", "name", "role", "institution", "district")


def _institution_for(service: Service, entered: Mapping[str, str]) -> str:
    """The institution of a new administrator; officers of the bureau have none."""
    if entered["role"] != Role.ADMIN:
        return ""
    return service.desk(entered["institution"], "").institution.id


@router.post("/console/people/{account_id}", name="person_change")
def person_change(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, account_id: int
) -> Response:
    """Another role, out of use, into use again, or a new password."""
    what, secret = text_of(form, "do"), None
    try:
        with transaction(service.engine) as session:
            account, now = people.find(session, caller, account_id), service.seconds()
            if what == "role":
                people.set_role(session, caller, account, text_of(form, "role"), now=now)
            elif what == "end":
                people.put_out_of_use(session, caller, account, now=now)
            elif what in _HANDING_OVER:
                password = _HANDING_OVER[what](session, caller, account, now=now)
                secret = Secret(whose=account.login, text=password)
            else:
                raise HTTPException(404)
    except CommandError as error:
        return _people(request, service, caller, error=error)
    if secret is not None:
        return _people(request, service, caller, secret=secret)
    return redirect(request, "people", said="people.changed")


_HANDING_OVER = {"reset": people.reset, "reopen": people.put_into_use}


def _people(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    error: CommandError | None = None,
    secret: Secret | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    with reading(service.engine) as session:
        found = people.looked_after(session, caller)
        session.expunge_all()
    return render(
        request,
        "people.html",
        status_of(error) if error else 200,
        accounts=found,
        roles=people.GIVES.get(caller.role, ()) if caller.role else (),
        institutions=_names(service, caller),
        error=error,
        secret=secret,
        entered=entered or {},
        of_bureau=caller.institution is None,
    )


# Systems


@router.get("/console/clients", name="clients")
def clients_page(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """The systems that may call the API."""
    return _clients(request, service, caller)


@router.post("/console/clients", name="client_add")
def client_add(request: Request, service: ServiceOf, caller: CallerOf, form: FormOf) -> Response:
    """Let a system in; its token is shown this once."""
    scopes = [one for one in Scope if text_of(form, f"scope-{one}")]
    days = text_of(form, "days")
    try:
        with transaction(service.engine) as session:
            client, token = clients.add(
                session,
                institution=_institution(caller),
                name=text_of(form, "name")[: clients.MAX_NAME],
                scopes=scopes,
                days=int(days) if days in map(str, DAYS) else 0,
                created_by=_account(caller),
                now=service.seconds(),
            )
            _log_client(session, service, caller, "client added", client)
            secret = Secret(whose=client.name, text=token)
    except CommandError as error:
        return _clients(request, service, caller, error=error)
    return _clients(request, service, caller, secret=secret)


@router.post("/console/clients/{client_id}/revoke", name="client_revoke")
def client_revoke(
    request: Request, service: ServiceOf, caller: CallerOf, client_id: int
) -> Response:
    """Take a token back, from this moment on."""
    with transaction(service.engine) as session:
        client = session.get(ApiClient, client_id, with_for_update=True)
        if client is None or client.institution != caller.institution:
            raise HTTPException(404)
        if client.revoked is None:
            client.revoked = service.seconds()
            session.add(client)
            _log_client(session, service, caller, "client ended", client)
    return redirect(request, "clients", said="clients.ended")


def _clients(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    error: CommandError | None = None,
    secret: Secret | None = None,
) -> Response:
    with reading(service.engine) as session:
        mine = select(ApiClient).where(ApiClient.institution == caller.institution)
        found = session.exec(mine.order_by(col(ApiClient.id).desc())).all()
        session.expunge_all()
    return render(
        request,
        "clients.html",
        status_of(error) if error else 200,
        clients=found,
        by=account_names(service, {one.created_by for one in found}),
        scopes=list(Scope),
        days=DAYS,
        now=service.seconds(),
        error=error,
        secret=secret,
    )


def _log_client(
    session: Session, service: Service, caller: Caller, action: str, client: ApiClient
) -> None:
    audit.append(
        session,
        at=service.seconds(),
        who=caller.who,
        action=action,
        subject=client.institution,
        client=client.name,
        scopes=client.scopes,
        expires=client.expires,
    )


# Institutions


@router.get("/console/tenants", name="tenants")
def tenants(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """What the registry does not say of institutions."""
    return _tenants(request, service, caller)


@router.post("/console/tenants/{institution}", name="tenant_set")
def tenant_set(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, institution: str
) -> Response:
    """Set an institution's district and how long it keeps holders' data."""
    if institution not in _names(service, caller):
        raise HTTPException(404)
    district, days = text_of(form, "district").strip(), text_of(form, "retention_days").strip()
    try:
        retention = _retention(days)
    except CommandError as error:
        return _tenants(request, service, caller, error=error)
    with transaction(service.engine) as session:
        tenant = Tenant(institution=institution, district=district, retention_days=retention)
        session.merge(tenant)
        audit.append(
            session,
            at=service.seconds(),
            who=caller.who,
            action="institution set",
            subject=institution,
            district=district,
            retention_days=retention,
        )
    return redirect(request, "tenants", said="tenants.changed")


def _retention(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_RETENTION:
        return int(text)
    raise CommandError("retention_malformed", days=MAX_RETENTION)


def _tenants(
    request: Request, service: Service, caller: Caller, *, error: CommandError | None = None
) -> Response:
    with reading(service.engine) as session:
        known = {one.institution: one for one in session.exec(select(Tenant))}
        heads = session.exec(
            select(Account.institution, Account.name).where(
                Account.role == Role.ADMIN, col(Account.active).is_(True)
            )
        ).all()
        session.expunge_all()
    admins: dict[str | None, list[str]] = {}
    for institution, name in heads:
        admins.setdefault(institution, []).append(name)
    return render(
        request,
        "tenants.html",
        status_of(error) if error else 200,
        institutions=_names(service, caller),
        tenants=known,
        admins=admins,
        error=error,
        max_retention=MAX_RETENTION,
    )


def _names(service: Service, caller: Caller) -> dict[str, str]:
    today = day_at(service.now()).isoformat()
    return {one.id: one.name_on(today) for one in service.institutions(caller)}


def _institution(caller: Caller) -> str:
    if caller.institution is None:
        raise HTTPException(403)
    return caller.institution


def _account(caller: Caller) -> int:
    if caller.account_id is None:
        raise HTTPException(403)
    return caller.account_id
