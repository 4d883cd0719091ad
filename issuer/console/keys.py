"""Keys: which ones the registry lists, which are open here, and the halt."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer import audit, halt
from issuer.console.pages import redirect, render
from issuer.db import reading, transaction
from issuer.desk import day_at, require_signer
from issuer.halt import EVERYBODY, Halt
from issuer.people.access import Caller, Role
from issuer.people.guard import CallerOf, FormOf, ServiceOf, text_of
from issuer.people.throttle import UNLOCK, require_allowed
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.signing import FOR_EVER, KeyState
from issuer.status import MAX_REASON, require_reason
from schemas.errors import CommandError, ZhengyinError
from schemas.registry import Institution, Key

router = APIRouter()

MINUTES = (15, 30, 60, 120, 240, 480)
"""For which a key may be opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An institution as the page shows it."""

    id: str
    name: str
    keys: tuple[Key, ...]
    state: KeyState
    halt: Halt | None

    @property
    def for_ever(self) -> bool:
        """Whether the key was opened with the service."""
        return self.state.until is not None and self.state.until >= FOR_EVER


@router.get("/console/keys", name="keys")
def keys(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """All keys of the caller's institutions."""
    return _page(request, service, caller)


@router.post("/console/keys/{institution}/unlock", name="key_unlock")
def key_unlock(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, institution: str
) -> Response:
    """Open a key with its passphrase, for a while; wrong ones are counted and logged."""
    _mine(service, caller, institution)
    minutes = _minutes(text_of(form, "minutes"))
    tries = [(UNLOCK, f"of {institution}"), (UNLOCK, f"by {caller.who}")]
    try:
        require_allowed(service.engine, service.vault, tries, now=service.clock())
        _unlock(service, caller, institution, text_of(form, "passphrase"), minutes)
    except CommandError as error:
        _log(service, caller, institution, "unlock refused", reason=error.code)
        return _page(request, service, caller, refused=(institution, error))
    _log(service, caller, institution, "unlock", minutes=minutes)
    return redirect(request, "keys", said="keys.unlocked")


def _unlock(
    service: Service, caller: Caller, institution: str, passphrase: str, minutes: int
) -> None:
    signer = service.signers.unlock(institution, passphrase, minutes=minutes)
    try:
        require_signer(service.desk(institution, caller.who), signer, service.now())
    except CommandError:
        service.signers.lock(institution)
        raise


@router.post("/console/keys/{institution}/lock", name="key_lock")
def key_lock(request: Request, service: ServiceOf, caller: CallerOf, institution: str) -> Response:
    """Close a key in all processes."""
    _mine(service, caller, institution)
    service.signers.lock(institution)
    _log(service, caller, institution, "lock")
    return redirect(request, "keys", said="keys.locked")


@router.post("/console/halt", name="halt")
def stop(request: Request, service: ServiceOf, caller: CallerOf, form: FormOf) -> Response:
    """Stop the signing of an institution, or of all."""
    institution = _whose(service, caller, text_of(form, "institution"))
    reason = text_of(form, "reason").strip()
    if reason:
        require_reason(reason)
    stopped = Halt(
        institution=institution,
        who=caller.who,
        at=service.seconds(),
        reason=reason,
        by_bureau=caller.institution is None,
    )
    with transaction(service.engine) as session:
        halt.begin(session, stopped)
    return redirect(request, "keys", said="keys.halted")


@router.post("/console/resume", name="resume")
def resume(request: Request, service: ServiceOf, caller: CallerOf, form: FormOf) -> Response:
    """Allow signing again."""
    institution = _whose(service, caller, text_of(form, "institution"))
    by_bureau = caller.role is Role.BUREAU
    with transaction(service.engine) as session:
        halt.end(session, institution, who=caller.who, by_bureau=by_bureau, at=service.seconds())
    return redirect(request, "keys", said="keys.resumed")


def _whose(service: Service, caller: Caller, institution: str) -> str:
    """Whose signing a form is about; only the bureau asks for all at once."""
    if institution == EVERYBODY and caller.role is Role.BUREAU:
        return EVERYBODY
    return _mine(service, caller, institution or caller.institution or "").id


def _mine(service: Service, caller: Caller, institution: str) -> Institution:
    for one in service.institutions(caller):
        if one.id == institution:
            return one
    raise HTTPException(404)


def _minutes(text: str) -> int:
    return int(text) if text in map(str, MINUTES) else MINUTES[0]


def _log(
    service: Service, caller: Caller, institution: str, action: str, **details: str | int
) -> None:
    with transaction(service.engine) as session:
        audit.append(
            session,
            at=service.seconds(),
            who=caller.who,
            action=action,
            subject=institution,
            **details,
        )


def _page(
    request: Request,
    service: Service,
    caller: Caller,
    refused: tuple[str, ZhengyinError] | None = None,
) -> Response:
    """The page; `refused` is an institution and why its key was not opened."""
    with reading(service.engine) as session:
        everybody = halt.of(session, EVERYBODY)
        desks = [_desk(session, service, one) for one in service.institutions(caller)]
    return render(
        request,
        "keys.html",
        status_of(refused[1]) if refused else 200,
        everybody=everybody,
        desks=desks,
        minutes=MINUTES,
        now=service.seconds(),
        refused=dict([refused]) if refused else {},
        may_resume=caller.may("resume"),
        is_bureau=caller.role is Role.BUREAU,
        max_reason=MAX_REASON,
    )


def _desk(session: Session, service: Service, institution: Institution) -> Desk:
    return Desk(
        id=institution.id,
        name=institution.name_on(day_at(service.now()).isoformat()),
        keys=tuple(sorted(institution.keys, key=lambda one: -one.from_)),
        state=service.signers.state(session, institution.id),
        halt=halt.of(session, institution.id),
    )
