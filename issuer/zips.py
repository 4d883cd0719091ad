"""A zip that is sent or written while it is made; the same files give the same bytes."""

import zipfile
from collections.abc import Iterable, Iterator

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say
_READABLE = 0o644 << 16
_SQUEEZED = (".pdf", ".png")  # already


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A zip of these files, by their names in it, in pieces as they come."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for name, data in files:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = _READABLE
            if not name.endswith(_SQUEEZED):
                entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """What a zip is written to piece by piece; it cannot go back, so sizes follow their files."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
