"""Many certificates at once: a zip that is sent while it is made, and a sheet of codes for a class."""

import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

from issuer.documents import qr_vector, typesetter
from issuer.documents.certificate import Printing, certificate_pdf, revealed
from issuer.documents.pool import in_order
from issuer.handout import folder_name
from schemas import certificate_types, qr

SHEET_ROOM = 40  # mm a code on a sheet: version 12 at 0.55 mm a module
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say: the same certificates, the same bytes


class _Sink:
    """What a zip is written to piece by piece; it cannot go back, so sizes follow their files."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def taken(self) -> bytes:
        data = b"".join(self.pieces)
        self.pieces.clear()
        return data


def certificates_zip(
    printings: Sequence[Printing],
    executor: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[bytes]:
    """A zip with `{number}.pdf` for each certificate, in pieces of one certificate.

    Raises:
        CommandError: as `certificate_pdf`, before the piece that is wrong.
    """
    numbers = [str(one.token.claims()["certificate_number"]) for one in printings]
    names = [f"{folder_name(number)}.pdf" for number in numbers]
    pages = in_order(executor, certificate_pdf, printings)
    yield from zipped(_counted(zip(names, pages, strict=True), progress))


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A zip of these files, in pieces as they come; not squeezed, since PDFs are already."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
            yield sink.taken()
    yield sink.taken()


def verification_sheet(printings: Sequence[Printing], title: str) -> bytes:
    """The codes of a class as a PDF, 20 on a page, each with name and number.

    Args:
        printings: Of one institution, at least one.
        title: What stands above them, such as the class's name.

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
        "title": title,
        "author": printings[0].institution,
        "verifier": printings[0].design.verifier,
        "demo": any(one.demo for one in credentials),
        "codes": codes,
    }
    return typesetter.pdf("sheet", data, files, at=max(one.iat for one in credentials))


def sheet_title(type_name: str, count: int) -> str:
    """A title for a sheet that has no other."""
    return f"{certificate_types.load(type_name).labels['zh-CN']}核验码（{count} 张）"


def _counted(
    files: Iterable[tuple[str, bytes]], progress: Callable[[int], None]
) -> Iterator[tuple[str, bytes]]:
    for done, file in enumerate(files, start=1):
        yield file
        progress(done)
