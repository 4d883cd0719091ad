"""Stored certificates as they are printed, a few at a time: with the institution's design and photographs.

However many there are, a hundred are in memory.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import ColumnElement, func, select

from issuer import photos
from issuer.db import reading
from issuer.designs import design_of
from issuer.desk import Desk
from issuer.documents import typesetter
from issuer.documents.certificate import Design, Printing, printing_of
from issuer.documents.printable import texts
from issuer.issue import Issued, issued
from issuer.tables import CERTIFICATES
from schemas.errors import CommandError

AT_ONCE = 100  # certificates in memory
_NAMED = 3  # certificates that a refusal names

_CERTIFICATE = CERTIFICATES.c


def stored(desk: Desk, batch_id: int, *, but_revoked: bool = False) -> Iterator[Issued]:
    """The signed certificates of a batch by row; not those that were erased.

    `but_revoked`: nor those that were revoked or replaced, which nobody prints.
    """
    wanted = select(CERTIFICATES).where(*_of(batch_id, but_revoked=but_revoked))
    last = -1
    while True:
        with reading(desk.engine) as session:
            rows = session.execute(
                wanted.where(_CERTIFICATE.row > last).order_by(_CERTIFICATE.row).limit(AT_ONCE)
            ).all()
        if not rows:
            return
        yield from (issued(desk.vault, row) for row in rows)
        last = rows[-1].row


def to_print(desk: Desk, batch_id: int) -> int:
    """How many certificates of a batch are printed: those that `stored` gives but the revoked."""
    wanted = select(func.count()).select_from(CERTIFICATES)
    with reading(desk.engine) as session:
        return session.scalars(wanted.where(*_of(batch_id, but_revoked=True))).one()


def require_faces(certificates: Iterable[Issued]) -> None:
    """Refuse certificates with characters that no face has, all of them before any is drawn.

    Raises:
        CommandError: `nothing_to_print`, `certificates_without_face`, `fonts_missing`.
    """
    characters: dict[str, str] = {}
    for one in certificates:
        for text in (one.number, *(said for _, said in texts(one.token.claims()))):
            for character in text:
                characters.setdefault(character, one.number)
    if not characters:
        raise CommandError("nothing_to_print")
    missing = typesetter.without_face(characters)
    if missing:
        numbers = sorted({characters[one] for one in missing})[:_NAMED]
        raise CommandError(
            "certificates_without_face",
            numbers=numbers,
            characters=typesetter.code_points(missing),
        )


def printings(
    desk: Desk, certificates: Iterable[Issued], design: Design | None = None
) -> Iterator[Printing]:
    """How certificates are printed, with the institution's design where no other is given."""
    rest = iter(certificates)
    while some := list(islice(rest, AT_ONCE)):
        with reading(desk.engine) as session:
            here = design or design_of(session, desk.institution.id)
            made = [
                printing_of(
                    one.token,
                    desk.institution,
                    here,
                    digest and photos.load(session, desk.vault, desk.institution.id, digest),
                )
                for one in some
                for digest in (one.token.claims().get("photo_digest"),)
            ]
        design = here  # one run has one design, whatever changes meanwhile
        yield from made


def _of(batch_id: int, *, but_revoked: bool) -> tuple[ColumnElement[bool], ...]:
    """The certificates of a batch that can be printed."""
    signed = (
        _CERTIFICATE.batch_id == batch_id,
        _CERTIFICATE.signature.is_not(None),
        _CERTIFICATE.erased.is_(None),
    )
    return (*signed, _CERTIFICATE.status != "revoked") if but_revoked else signed
