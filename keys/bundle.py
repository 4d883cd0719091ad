"""bundle.zip: a whole published tree in one file, for laptops that never see a network.

Its bytes are a function of its content (no dates, no compression, one order). It is read entry by
entry under the names that we ask for and never unpacked, so no name in it can lead anywhere.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from schemas.errors import TrustError

MAX_BUNDLE = 1024 * 1024 * 1024  # bytes
MAX_ENTRIES = 65_535  # of a plain zip file (APPNOTE 4.4.21)

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can say
_UNIX = 3
_MODE = 0o100644 << 16  # a plain file
_DAMAGED = (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError)


def write_bundle(content: Mapping[str, bytes]) -> bytes:
    """The zip file of `content` (path → bytes); the same content gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, content[name])
    return buffer.getvalue()


class BundleSource:
    """A tree in a zip file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        """Open the file.

        Raises:
            TrustError: `file_too_large`, or `file_unreadable`: no zip file, or one with names that
                lead out of it.
        """
        try:
            if self._path.stat().st_size > MAX_BUNDLE:
                raise TrustError("file_too_large", self.where)
            self._archive = zipfile.ZipFile(self._path)
        except _DAMAGED as error:
            raise self._unreadable(error) from None
        names = self._archive.namelist()
        if len(names) > MAX_ENTRIES or len(set(names)) != len(names):
            self._archive.close()
            raise TrustError("file_unreadable", f"{self.where}: entries")
        for name in names:
            if "\\" in name or name.startswith("/") or ".." in PurePosixPath(name).parts:
                self._archive.close()
                raise TrustError("file_unreadable", f"{self.where}: {name!r}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._archive.close()

    @property
    def where(self) -> str:
        """The file."""
        return str(self._path)

    def read(self, name: str, limit: int) -> bytes | None:
        """As `keys.published.Source`."""
        data = self._read(name, limit + 1)
        if data is not None and len(data) > limit:
            raise TrustError("file_too_large", f"{self.where}: {name}")
        return data

    def read_start(self, name: str, size: int, known: bytes) -> bytes | None:  # noqa: ARG002 (nothing to save)
        """As `keys.published.Source`."""
        return self._read(name, size)

    def _read(self, name: str, size: int) -> bytes | None:
        try:
            entry = self._archive.getinfo(name)
        except KeyError:
            return None
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TrustError("file_unreadable", f"{self.where}: {name}: compression")
        try:
            with self._archive.open(entry) as file:
                return file.read(size)
        except _DAMAGED as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> TrustError:
        return TrustError("file_unreadable", f"{self.where}: {error}")
