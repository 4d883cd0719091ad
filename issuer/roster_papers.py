"""What is printed of an issued roster: drawn from what is stored while it is sent, flat in memory.

Certificates that are revoked or replaced are left out: nobody hands them out any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain
from typing import Literal

from issuer.desk import Desk
from issuer.documents import bulk
from issuer.documents.pool import Drawing
from issuer.printings import printings, require_faces, stored, to_print
from issuer.zips import zipped


class Paper(StrEnum):
    """What can be had."""

    PDFS = "pdfs"
    """A zip with a PDF for each certificate."""
    OWN_COPIES = "own-copies"
    """The same for the holders, the ID number disclosed in each."""
    PRINT_RUN = "print-run"
    """One PDF for the printer, or a zip of several."""
    SHEET = "sheet"
    """The codes of all, likewise."""


_PARTS = {Paper.PRINT_RUN: bulk.print_run, Paper.SHEET: bulk.verification_sheets}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A file that is being drawn. Whoever closes the pieces ends the drawing."""

    ending: Literal["pdf", "zip"]
    pieces: Iterator[bytes]


def drawn(
    desk: Desk,
    batch_id: int,
    paper: Paper,
    drawing: Drawing,
    stem: str,
    progress: Callable[[int], None] = lambda _: None,
) -> Drawn:
    """Begin to draw what is printed of a batch: the first piece is there, or it is said why not.

    Args:
        desk: Of the batch's institution.
        batch_id: Of an issued roster.
        paper: What is wanted.
        drawing: Whose processes draw.
        stem: How the names of several PDFs begin.
        progress: Is told how many certificates are drawn.

    Raises:
        CommandError: as `require_faces`, `certificate_pdf` and `Drawing.lent`.
    """
    require_faces(stored(desk, batch_id, but_revoked=True))
    if paper not in _PARTS:
        return Drawn(
            ending="zip", pieces=_begun(_certificates(desk, batch_id, paper, drawing, progress))
        )
    parts = _parts(desk, batch_id, paper, drawing, progress)
    ending, first = next(parts)
    if not ending:
        return Drawn(ending="pdf", pieces=iter([first]))
    named = ((f"{stem}{ending}.pdf", part) for ending, part in chain([(ending, first)], parts))
    return Drawn(ending="zip", pieces=zipped(named))


def _certificates(
    desk: Desk, batch_id: int, paper: Paper, drawing: Drawing, progress: Callable[[int], None]
) -> Iterator[bytes]:
    own = paper is Paper.OWN_COPIES
    with drawing.lent(to_print(desk, batch_id)) as executor:
        wanted = printings(desk, stored(desk, batch_id, but_revoked=True))
        copies = (replace(one, own_copy=own) for one in wanted)
        yield from bulk.certificates_zip(copies, executor, progress)


def _parts(
    desk: Desk, batch_id: int, paper: Paper, drawing: Drawing, progress: Callable[[int], None]
) -> Iterator[tuple[str, bytes]]:
    with drawing.lent(to_print(desk, batch_id)) as executor:
        wanted = printings(desk, stored(desk, batch_id, but_revoked=True))
        yield from bulk.endings(_PARTS[paper](wanted, executor, progress))


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same, the first of them made now."""
    first = next(pieces)

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()
