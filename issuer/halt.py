"""The halt: nothing is signed any more, within a second, until somebody allows it again.

Whoever works for an institution may stop its signing, the bureau and the command line all signing.
What the bureau stopped an institution does not start again.
"""

import json
from dataclasses import asdict, dataclass
from math import inf
from time import monotonic

from sqlalchemy import Engine
from sqlmodel import Session

from issuer import audit
from issuer.db import lock, reading
from issuer.tables import Setting
from schemas import strict_json
from schemas.errors import CommandError

EVERYBODY = ""
"""In place of an institution: all of them."""

LOOK_EVERY = 0.25  # seconds
_LOCK = "halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """That signing is stopped: whose, since when, by whom and why."""

    institution: str = EVERYBODY
    who: str
    at: int
    """Seconds."""
    reason: str = ""
    by_bureau: bool = False


def find(session: Session, institution: str) -> Halt | None:
    """What stops an institution's signing: the halt of all, else its own."""
    return of(session, EVERYBODY) or of(session, institution)


def of(session: Session, institution: str) -> Halt | None:
    """The halt of this institution alone, or of `EVERYBODY`."""
    setting = session.get(Setting, _name(institution))
    return Halt(**json.loads(setting.value)) if setting is not None else None


def require_not_halted(session: Session, institution: str) -> None:
    """Refuse to sign while someone has stopped it; whoever stops it now waits for us (`begin`).

    Raises:
        CommandError: `halted`.
    """
    lock(session, _LOCK, shared=True)
    _require_running(session, institution)


class HaltWatch:
    """Looks, during a long signing, whether somebody has stopped it; waits for nobody."""

    def __init__(self, engine: Engine, institution: str) -> None:
        self._engine = engine
        self._institution = institution
        self._looked = -inf

    def look(self) -> None:
        """Ask the database again, if the last answer is older than `LOOK_EVERY`.

        Raises:
            CommandError: `halted`.
        """
        if monotonic() - self._looked < LOOK_EVERY:
            return
        with reading(self._engine) as session:
            _require_running(session, self._institution)
        self._looked = monotonic()


def _require_running(session: Session, institution: str) -> None:
    if find(session, institution) is not None:
        raise CommandError("halted")


def begin(session: Session, halt: Halt) -> None:
    """Stop signing; who stopped it first stays named, unless the bureau takes it over.

    Once it is committed no signature is stored any more.
    """
    lock(session, _LOCK)
    before = of(session, halt.institution)
    if before is None or (halt.by_bureau and not before.by_bureau):
        value = strict_json.dumps(asdict(halt)).decode()
        session.merge(Setting(name=_name(halt.institution), value=value))
    reason = {"reason": halt.reason} if halt.reason else {}
    _log(session, "halt", halt.who, halt.institution, halt.at, **reason)


def end(session: Session, institution: str, *, who: str, by_bureau: bool, at: int) -> None:
    """Allow signing again.

    Raises:
        CommandError: `halt_of_bureau`.
    """
    lock(session, _LOCK)
    before = of(session, institution)
    if before is not None:
        if not by_bureau and (before.by_bureau or institution == EVERYBODY):
            raise CommandError("halt_of_bureau")
        session.delete(session.get_one(Setting, _name(institution)))
    _log(session, "resume", who, institution, at)


def _log(
    session: Session, action: str, who: str, institution: str, at: int, **details: str
) -> None:
    audit.append(session, at=at, who=who, action=action, subject=institution or "issuer", **details)


def _name(institution: str) -> str:
    return f"halted {institution}" if institution else "halted"
