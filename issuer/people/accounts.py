"""People who may sign in: passwords (argon2id, RFC 9106) and the second factor (TOTP, RFC 6238)."""

import re
import secrets
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlmodel import Session, select

from issuer.people.access import Role
from issuer.tables import Account
from issuer.vault import Vault
from schemas.errors import CommandError

MIN_PASSWORD = (
    12  # characters (NIST SP 800-63B §5.1.1.2 asks for 8 where there is no second factor)
)
MAX_PASSWORD = 256
STEP = 30  # seconds that a code is good for (RFC 6238 §5.2)
DRIFT = 1  # steps that a clock may be off
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,63}", re.ASCII)

_HASHER = PasswordHasher()  # argon2-cffi's defaults: RFC 9106 §4's second recommended option
_NOBODY = _HASHER.hash(secrets.token_hex(16))
"""Compared with when there is no such login: the answer takes as long."""

OF_THE_BUREAU = frozenset({Role.BUREAU, Role.DISTRICT})


def add(
    session: Session,
    *,
    login: str,
    name: str,
    role: Role,
    institution: str | None,
    district: str = "",
    now: int,
) -> tuple[Account, str]:
    """A new account with a password to hand over; its owner must choose another at first.

    Raises:
        CommandError: `login_taken`, `login_malformed`, `account_incomplete`.
    """
    login = login.strip().lower()
    if _LOGIN.fullmatch(login) is None:
        raise CommandError("login_malformed", login=login)
    if (role in OF_THE_BUREAU) != (institution is None) or not name.strip():
        raise CommandError("account_incomplete")
    if role is Role.DISTRICT and not district.strip():
        raise CommandError("account_incomplete")
    if session.exec(select(Account).where(Account.login == login)).first() is not None:
        raise CommandError("login_taken", login=login)
    password = secrets.token_urlsafe(12)
    account = Account(
        login=login,
        name=name.strip(),
        role=role,
        institution=institution,
        district=district.strip(),
        password=_HASHER.hash(password),
        new_password=True,
        created=now,
    )
    session.add(account)
    session.flush()
    return account, password


def by_password(session: Session, login: str, password: str) -> Account | None:
    """The active account of this login and password; a miss takes as long as a hit."""
    wanted = select(Account).where(Account.login == login.strip().lower())
    account = session.exec(wanted).first()
    known = account is not None and account.active and bool(account.password)
    try:
        _HASHER.verify(account.password if account and known else _NOBODY, password[:MAX_PASSWORD])
    except VerificationError:
        return None
    return account if known else None


def set_password(account: Account, password: str) -> None:
    """Choose a password.

    Raises:
        CommandError: `password_too_short`, `password_too_easy`.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise CommandError("password_too_short", minimum=MIN_PASSWORD)
    easy = account.login in password.lower() or len(set(password)) < MIN_PASSWORD // 2
    if easy or password.isdigit():
        raise CommandError("password_too_easy")
    account.password = _HASHER.hash(password)
    account.new_password = False


def reset_password(account: Account) -> str:
    """A password to hand over, in place of a forgotten one; the second factor is set up anew too."""
    password = secrets.token_urlsafe(12)
    account.password = _HASHER.hash(password)
    account.new_password = True
    account.totp, account.totp_proven = b"", False
    return password


def new_totp(vault: Vault, account: Account) -> str:
    """The secret (base32) of a second factor that is being set up; it counts once a code is given."""
    if account.totp:
        return _secret(vault, account)
    secret = pyotp.random_base32()
    account.totp = vault.seal(secret.encode(), _context(account))
    account.totp_step = 0
    return secret


def totp_uri(vault: Vault, account: Account, issuer: str) -> str:
    """What an authenticator scans."""
    return pyotp.TOTP(_secret(vault, account)).provisioning_uri(
        name=account.login, issuer_name=issuer
    )


def take_code(vault: Vault, account: Account, code: str, now: datetime) -> bool:
    """Whether `code` is right now, and was not used before (RFC 6238 §5.2)."""
    code = "".join(code.split())
    if not account.totp or not (code.isascii() and code.isdigit()):
        return False
    totp = pyotp.TOTP(_secret(vault, account))
    step = int(now.timestamp()) // STEP
    for candidate in range(step - DRIFT, step + DRIFT + 1):
        right = secrets.compare_digest(totp.at(candidate * STEP), code)
        if right and candidate > account.totp_step:
            account.totp_step = candidate
            return True
    return False


def _secret(vault: Vault, account: Account) -> str:
    return vault.open_sealed(account.totp, _context(account)).decode()


def _context(account: Account) -> bytes:
    return f"second factor of {account.login}".encode()
