"""Signed-in browsers: a random cookie whose hash the database knows, and a token for each form."""

import hashlib
import secrets
from dataclasses import dataclass, field

from sqlalchemy import delete
from sqlmodel import Session, col

from issuer.tables import Account, LoginSession

IDLE = 30 * 60  # seconds without a request after which a session ends (ASVS 7.3.1)
LIFE = 10 * 3600  # seconds after which it ends in any case: a working day (ASVS 7.3.2)
_FRESH = 60  # seconds before a request is noted again


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An account and its session."""

    account: Account
    session: LoginSession
    cookie: str = field(default="", repr=False)


def begin(session: Session, account_id: int, *, verified: bool, now: int) -> str:
    """A new session; give the cookie's value. Who signs in never keeps an earlier cookie."""
    cookie = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            digest=_digest(cookie),
            account_id=account_id,
            csrf=secrets.token_urlsafe(24),
            verified=verified,
            created=now,
            seen=now,
        )
    )
    session.flush()
    return cookie


def find(session: Session, cookie: str, *, now: int) -> SignedIn | None:
    """The session of a cookie, if it still holds."""
    found = session.get(LoginSession, _digest(cookie))
    if found is None or now - found.seen > IDLE or now - found.created > LIFE:
        return None
    account = session.get(Account, found.account_id)
    if account is None or not account.active:
        return None
    return SignedIn(account=account, session=found, cookie=cookie)


def is_due(signed_in: SignedIn, *, now: int) -> bool:
    """Whether it is time to note that the session is in use."""
    return now - signed_in.session.seen >= _FRESH


def note(session: Session, cookie: str, *, now: int) -> None:
    """Note that the session is in use."""
    found = session.get(LoginSession, _digest(cookie))
    if found is not None:
        found.seen = now
        session.add(found)


def end(session: Session, cookie: str) -> None:
    """End one session."""
    session.execute(delete(LoginSession).where(col(LoginSession.digest) == _digest(cookie)))


def end_all(session: Session, account_id: int) -> None:
    """End all sessions of an account: another password, another role, or put out of use."""
    session.execute(delete(LoginSession).where(col(LoginSession.account_id) == account_id))


def forget(session: Session, *, now: int) -> None:
    """Delete the sessions that have ended by themselves."""
    ended = (col(LoginSession.seen) < now - IDLE) | (col(LoginSession.created) < now - LIFE)
    session.execute(delete(LoginSession).where(ended))


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
