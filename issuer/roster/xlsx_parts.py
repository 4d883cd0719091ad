"""Take parts out of a ZIP archive that nobody vouches for (ECMA-376 part 2, APPNOTE 6.3).

What an archive says about itself is not believed: a part is inflated piece by piece, never past
the size that its entry names, and only by DEFLATE, whose output Python can bound.
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from issuer.roster.sheet import RosterError

MAX_ENTRIES = 5_000  # parts; a roster with 2,000 photographs has fewer
MAX_RATIO = 250  # unpacked to packed bytes of one part; sheets of real workbooks stay below 40
RATIO_FROM = 1024 * 1024  # bytes; smaller parts may be as repetitive as they like

_PIECE = 1024 * 1024  # bytes
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # all that ECMA-376 part 2 §7.3.5 allows
_ENCRYPTED = 0x1  # APPNOTE §4.4.4
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # zipfile: a version or a flag that it does not know
    OSError,
    ValueError,
)


class Parts:
    """The parts of an archive, inflated within limits.

    Raises:
        RosterError: `roster_not_a_workbook`, `roster_unsafe_zip`, `roster_encrypted`.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except _BROKEN_ZIP as error:
            said = "cut short" if isinstance(error, zipfile.BadZipFile) else type(error).__name__
            raise RosterError("roster_not_a_workbook", said) from None
        entries = self._archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise RosterError("roster_unsafe_zip", entry=f"{len(entries)} > {MAX_ENTRIES}")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.filename
            outside = name.startswith("/") or "\\" in name or ".." in name.split("/")
            if outside or name in self._entries or entry.compress_type not in _METHODS:
                raise RosterError("roster_unsafe_zip", entry=name)
            if entry.flag_bits & _ENCRYPTED:
                raise RosterError("roster_encrypted")
            self._entries[name] = entry

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def read(self, name: str, limit: int) -> bytearray:
        """Return a part of XML of at most `limit` bytes.

        Raises:
            RosterError: As `pieces`, and `roster_unsafe_zip` for a document type or UTF-16.
        """
        part = bytearray()
        for piece in self.pieces(name, limit):
            part += piece
        require_plain_xml(part, name)
        return part

    def pieces(self, name: str, limit: int) -> Iterator[bytes]:
        """Give a part of at most `limit` bytes, a megabyte at a time.

        Raises:
            RosterError: `roster_too_large`, `roster_unsafe_zip`, `roster_not_a_workbook`.
        """
        entry = self._entries[name]
        if entry.file_size > limit:
            megabytes = entry.file_size >> 20
            raise RosterError("roster_too_large", megabytes=megabytes, limit=limit >> 20)
        if entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
            ratio = entry.file_size // max(1, entry.compress_size)
            raise RosterError("roster_unsafe_zip", entry=f"{name} {ratio}:1")
        try:
            with self._archive.open(entry) as part:
                while piece := part.read(_PIECE):  # up to file_size bytes, checked against the CRC
                    yield piece
        except _BROKEN_ZIP as error:
            raise RosterError("roster_not_a_workbook", f"{name} {type(error).__name__}") from None


def require_plain_xml(part: bytes | bytearray, name: str) -> None:
    """Refuse what could make XML mean something else than its bytes say.

    Raises:
        RosterError: `roster_unsafe_zip`.
    """
    if part.startswith(_UTF_16):
        raise RosterError("roster_unsafe_zip", entry=f"{name} UTF-16")
    for declaration in _DECLARATIONS:
        if declaration in part:
            raise RosterError("roster_unsafe_zip", entry=f"{name} {declaration.decode()}")
