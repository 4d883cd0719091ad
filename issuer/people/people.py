"""Who gives accounts to whom: an administrator within the institution, the bureau to its own people.

Those are its officers, the districts' and the administrators of institutions. Nobody changes an
account of their own, and no house is left without anybody who could let people in.
"""

from collections.abc import Mapping

from sqlmodel import Session, col, func, select

from issuer import audit
from issuer.db import lock
from issuer.people import accounts, sessions
from issuer.people.access import Caller, Role
from issuer.tables import Account
from schemas.errors import CommandError

GIVES: Mapping[Role, tuple[Role, ...]] = {
    Role.ADMIN: (Role.CLERK, Role.APPROVER, Role.ADMIN),
    Role.BUREAU: (Role.ADMIN, Role.DISTRICT, Role.BUREAU),
}
"""Role → the roles of the accounts that it looks after."""

_HEADS = (Role.ADMIN, Role.BUREAU)


def looked_after(session: Session, caller: Caller) -> list[Account]:
    """The accounts that a caller looks after, those in use first."""
    wanted = select(Account).where(col(Account.role).in_(_given(caller)))
    if caller.institution is not None:
        wanted = wanted.where(Account.institution == caller.institution)
    wanted = wanted.order_by(col(Account.active).desc(), col(Account.institution))
    return list(session.exec(wanted.order_by(col(Account.role), col(Account.login))))


def find(session: Session, caller: Caller, account_id: int) -> Account:
    """An account that a caller looks after; one change at a time, so that two never end each other.

    Raises:
        CommandError: `account_unknown`.
    """
    lock(session, "people")
    account = session.get(Account, account_id)
    if (
        account is None
        or account.role not in _given(caller)
        or (caller.institution is not None and account.institution != caller.institution)
    ):
        raise CommandError("account_unknown")
    return account


def add(
    session: Session,
    caller: Caller,
    *,
    login: str,
    name: str,
    role: str,
    institution: str | None,
    district: str,
    now: int,
) -> tuple[Account, str]:
    """A new account and the password to hand over.

    Raises:
        CommandError: as `accounts.add`; `account_incomplete` for a role that the caller cannot give.
    """
    if role not in _given(caller):
        raise CommandError("account_incomplete")
    account, password = accounts.add(
        session,
        login=login,
        name=name,
        role=Role(role),
        institution=caller.institution or institution or None,
        district=district,
        now=now,
    )
    log(session, caller.who, "account added", account, now, role=account.role)
    return account, password


def set_role(session: Session, caller: Caller, account: Account, role: str, *, now: int) -> None:
    """Give another role of the same house; whoever is signed in must sign in again.

    Raises:
        CommandError: `own_account`, `last_head`, `account_incomplete`.
    """
    _require_other(caller, account)
    of_the_bureau = account.institution is None
    if role not in _given(caller) or (Role(role) in accounts.OF_THE_BUREAU) != of_the_bureau:
        raise CommandError("account_incomplete")
    if role == Role.DISTRICT and not account.district:
        raise CommandError("account_incomplete")
    _require_another_head(session, account)
    account.role = role
    _changed(session, caller, account, "role changed", now, role=role)


def put_out_of_use(session: Session, caller: Caller, account: Account, *, now: int) -> None:
    """Let somebody in no more, from this moment on.

    Raises:
        CommandError: `own_account`, `last_head`.
    """
    _require_other(caller, account)
    _require_another_head(session, account)
    account.active = False
    _changed(session, caller, account, "account ended", now)


def put_into_use(session: Session, caller: Caller, account: Account, *, now: int) -> str:
    """Let somebody in again, with a password to hand over.

    Raises:
        CommandError: `own_account`.
    """
    _require_other(caller, account)
    account.active = True
    return _reset(session, caller, account, "account reopened", now)


def reset(session: Session, caller: Caller, account: Account, *, now: int) -> str:
    """A password to hand over; the second factor and single sign-on are set up anew too.

    Raises:
        CommandError: `own_account`.
    """
    _require_other(caller, account)
    return _reset(session, caller, account, "account reset", now)


def log(
    session: Session, who: str, action: str, account: Account, now: int, **details: str
) -> None:
    """Write it down, for the institution whose account it is."""
    subject = account.institution or "service"
    audit.append(
        session, at=now, who=who, action=action, subject=subject, login=account.login, **details
    )


def _given(caller: Caller) -> tuple[Role, ...]:
    return GIVES.get(caller.role, ()) if caller.role is not None else ()


def _require_other(caller: Caller, account: Account) -> None:
    if account.id == caller.account_id:
        raise CommandError("own_account")


def _require_another_head(session: Session, account: Account) -> None:
    """Refuse to take away the last one who could let people in."""
    if account.role not in _HEADS or not account.active:
        return
    others = select(func.count()).where(
        Account.role == account.role,
        Account.institution == account.institution,
        col(Account.active).is_(True),
        Account.id != account.id,
    )
    if session.exec(others).one() == 0:
        raise CommandError("last_head")


def _reset(session: Session, caller: Caller, account: Account, action: str, now: int) -> str:
    password = reset_password(session, account)
    log(session, caller.who, action, account, now)
    return password


def reset_password(session: Session, account: Account) -> str:
    """A password to hand over; nobody who is signed in stays so, single sign-on is unlinked."""
    password = accounts.reset_password(account)
    account.subject = None
    _let_nobody_stay(session, account)
    return password


def _let_nobody_stay(session: Session, account: Account) -> None:
    session.add(account)
    if account.id is not None:
        sessions.end_all(session, account.id)


def _changed(
    session: Session, caller: Caller, account: Account, action: str, now: int, **details: str
) -> None:
    _let_nobody_stay(session, account)
    log(session, caller.who, action, account, now, **details)
