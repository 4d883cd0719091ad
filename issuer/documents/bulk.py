"""Many certificates at once: a zip that is sent while it is made, PDFs for the printer, sheets of codes.

Whoever asks for ten thousand needs no more memory than for a hundred: what is one document is cut
into parts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import chain, groupby, islice
from typing import Any

from issuer.documents import qr_vector, typesetter
from issuer.documents.certificate import (
    Printing,
    certificate_pdf,
    certificates_pdf,
    revealed,
)
from issuer.documents.pool import in_order
from issuer.handout import folder_name
from issuer.zips import zipped
from schemas import certificate_types, qr
from schemas.credential import Credential

PAGES = 100  # of one PDF for the printer: typesetting one takes 280 MB; a page 235, 400 pages 510
CODES = 500  # of one sheet: 25 pages, the same 280 MB
SHEET_ROOM = 40  # mm a code on a sheet: version 12 at 0.55 mm a module

_AHEAD = 2  # parts that are drawn at a time
_TITLES = ("class_name", "competition_name")


def certificates_zip(
    printings: Iterable[Printing],
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[bytes]:
    """A zip with `{number}.pdf` for each certificate, in pieces of one certificate.

    Raises:
        CommandError: as `certificate_pdf`, before the piece that is wrong.
    """
    files = in_order(executor, _file, printings)
    yield from zipped(_counted(files, progress))


def print_run(
    printings: Iterable[Printing],
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[bytes]:
    """PDFs for the printer, a page for each certificate; each of one type and at most `PAGES` pages.

    Raises:
        CommandError: as `certificate_pdf`.
    """
    yield from _parts(executor, certificates_pdf, printings, PAGES, progress)


def verification_sheets(
    printings: Iterable[Printing],
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[bytes]:
    """Sheets of the certificates' codes, at most `CODES` on each.

    Raises:
        CommandError: as `verification_sheet`.
    """
    yield from _parts(executor, verification_sheet, printings, CODES, progress)


def endings(parts: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    """What each part's name ends with: nothing for the only one, else `-001` and so on."""
    first = list(islice(parts, 2))
    if len(first) == 1:
        yield "", first[0]
        return
    for number, part in enumerate(chain(first, parts), start=1):
        yield f"-{number:03}", part


def verification_sheet(printings: Sequence[Printing]) -> bytes:
    """The codes of a class as a PDF, 20 on a page, each with name and number.

    Args:
        printings: Of one institution and type, at least one.

    Raises:
        CommandError: `qr_too_large`, `character_without_face`, `document_failed`, `fonts_missing`.
    """
    credentials = [revealed(one) for one in printings]
    files: dict[str, str] = {}
    codes: list[dict[str, Any]] = []
    for index, (printing, credential) in enumerate(zip(printings, credentials, strict=True)):
        digits = qr.checked_digits(printing.token.without_disclosures(), credential.origin)
        key = str(index)
        files[f"qr-{key}"], side = qr_vector.svg(credential.origin, digits, room=SHEET_ROOM)
        name, number = credential.holder_name, credential.certificate_number
        codes.append({"key": key, "qr_side": side, "holder": name, "number": number})
    data = {
        "title": _title(credentials),
        "author": printings[0].institution,
        "verifier": printings[0].design.verifier,
        "demo": any(one.demo for one in credentials),
        "codes": codes,
    }
    return typesetter.pdf("sheet", data, files, at=max(one.iat for one in credentials))


def _title(credentials: Sequence[Credential]) -> str:
    """What stands above a sheet: the class or competition, if it is one, else the type."""
    for name in _TITLES:
        [said, *others] = {one.claims.get(name) for one in credentials}
        if said and not others:
            return f"{said}核验码（{len(credentials)} 张）"
    label = certificate_types.load(credentials[0].type).labels["zh-CN"]
    return f"{label}核验码（{len(credentials)} 张）"


def _file(printing: Printing) -> tuple[str, bytes]:
    number = str(printing.token.claims()["certificate_number"])
    return f"{folder_name(number)}.pdf", certificate_pdf(printing)


def _counted(
    files: Iterable[tuple[str, bytes]], progress: Callable[[int], None]
) -> Iterator[tuple[str, bytes]]:
    for done, file in enumerate(files, start=1):
        yield file
        progress(done)


def _parts(
    executor: Executor | None,
    draw: Callable[[Sequence[Printing]], bytes],
    printings: Iterable[Printing],
    most: int,
    progress: Callable[[int], None],
) -> Iterator[bytes]:
    done = 0
    for count, part in in_order(
        executor, partial(_part, draw), _split(printings, most), ahead=_AHEAD
    ):
        done += count
        progress(done)
        yield part


def _part(
    draw: Callable[[Sequence[Printing]], bytes], printings: Sequence[Printing]
) -> tuple[int, bytes]:
    try:
        return len(printings), draw(printings)
    finally:
        typesetter.forget()  # the next part has other pages


def _split(printings: Iterable[Printing], most: int) -> Iterator[list[Printing]]:
    """Those of one type that follow each other, at most so many at a time."""
    for _, same in groupby(printings, lambda one: str(one.token.claims()["vct"])):
        while part := list(islice(same, most)):
            yield part
