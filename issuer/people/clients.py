"""Systems that call the API: a random token, shown once, kept as its hash; scoped and ending."""

import hashlib
import secrets
from collections.abc import Iterable

from sqlmodel import Session, select

from issuer.people.access import Scope
from issuer.tables import ApiClient
from schemas.errors import CommandError

PREFIX = "zy_"  # so that scanners of repositories recognise a token that leaked
MAX_DAYS = 366
MAX_NAME = 80  # characters


def add(
    session: Session,
    *,
    institution: str,
    name: str,
    scopes: Iterable[Scope],
    days: int,
    created_by: int,
    now: int,
) -> tuple[ApiClient, str]:
    """A new client; give its token, which nobody can be told again.

    Raises:
        CommandError: `client_incomplete`.
    """
    wanted = sorted(set(scopes))
    if not name.strip() or not wanted or not 1 <= days <= MAX_DAYS:
        raise CommandError("client_incomplete", days=MAX_DAYS)
    token = PREFIX + secrets.token_urlsafe(32)
    client = ApiClient(
        institution=institution,
        name=name.strip(),
        digest=_digest(token),
        scopes=" ".join(wanted),
        created_by=created_by,
        created=now,
        expires=now + days * 86_400,
    )
    session.add(client)
    session.flush()
    return client, token


def find(session: Session, token: str, *, now: int) -> ApiClient | None:
    """The client of a token, if it is still good."""
    client = session.exec(select(ApiClient).where(ApiClient.digest == _digest(token))).first()
    if client is None or client.revoked is not None or client.expires <= now:
        return None
    return client


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
