"""How far a download has come that is drawn while it is sent: whoever waits sees a number grow.

In the database, since another process may be asked than the one that draws.
"""

import re
from collections.abc import Callable, Iterator

from sqlalchemy import Engine
from sqlmodel import Session, col, delete

from issuer.db import transaction
from issuer.tables import Progress

_ID = re.compile(r"[0-9a-f]{32}")  # 128 random bits, drawn by the page that waits


def is_id(text: str) -> bool:
    """Whether a page could have drawn this."""
    return _ID.fullmatch(text) is not None


def reporting(
    engine: Engine, progress_id: str, institution: str, total: int, now: Callable[[], int]
) -> Callable[[int], None]:
    """What is told how many are done, and notes it once a second at the most.

    Args:
        engine: The database.
        progress_id: The download's.
        institution: Whose it is.
        total: How many there will be.
        now: Seconds.
    """
    noted = -1

    def report(done: int) -> None:
        nonlocal noted
        at = now()
        if at == noted and done < total:
            return
        noted = at
        with transaction(engine) as session:
            session.merge(
                Progress(id=progress_id, institution=institution, done=done, total=total, at=at)
            )

    report(0)
    return report


def of_download(session: Session, progress_id: str, institution: str) -> Progress | None:
    """The progress of an institution's download; None before it begins and after it broke off."""
    found = session.get(Progress, progress_id)
    return found if found is not None and found.institution == institution else None


def broken_off(engine: Engine, progress_id: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces; where they do not come to their end, nobody waits for more."""
    whole = False
    try:
        yield from pieces
        whole = True
    finally:
        if not whole:
            with transaction(engine) as session:
                session.exec(delete(Progress).where(col(Progress.id) == progress_id))


def forget(session: Session, *, before: int) -> None:
    """Forget the downloads that nobody waits for any more."""
    session.exec(delete(Progress).where(col(Progress.at) < before))
