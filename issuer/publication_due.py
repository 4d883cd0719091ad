"""Whether something waits to be published: when the first change was that no snapshot shows yet."""

from sqlalchemy import text
from sqlmodel import Session

from issuer.tables import Setting

_DUE = "publication due"

_MARK = text(
    "INSERT INTO setting (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = setting.value"
)
"""One statement: two may be the first. It locks a mark that is there, so that nobody takes it and
reads the lists before this transaction's change can be seen in them."""


def mark_due(session: Session, *, at: int) -> None:
    """Have what this transaction changes published; `at` is now, in seconds."""
    session.execute(_MARK, {"name": _DUE, "value": str(at)})


def due_since(session: Session) -> int | None:
    """When the first change was that is not published, in seconds."""
    setting = session.get(Setting, _DUE)
    return int(setting.value) if setting is not None else None


def take_due(session: Session) -> int | None:
    """When the first unpublished change was; whoever asks must publish it, or mark it again.

    Commit before the lists are read: what is changed in between is then marked anew.
    """
    setting = session.get(Setting, _DUE)
    if setting is None:
        return None
    session.delete(setting)
    return int(setting.value)
