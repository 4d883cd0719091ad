"""The dictionaries of the QR code: words that every reader knows (schemas/README.md §3.3).

`v1.bin` is immutable once released: paper lives for decades. Its digest is pinned here and in
TypeScript. It is UTF-8, three parts with a line feed between: the characters; the words, a comma
between; the skeletons, a NUL between. The third part is also the preset dictionary of DEFLATE.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

V1_SHA256 = "09293d7cfd086c8f3e34828fedba3f1d5267875d2789840ab7eaf939e21bc086"
MAX_ENTRIES = 800  # an entry is three digits, 000 to 799
MAX_SKELETONS = 128  # a skeleton is one byte, the top bit clear

_VALUE = re.compile(r'(?<=[:\[,])"([^"\x00-\x1f]+)"(?=[,\]}])')


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dictionary:
    """What a version byte stands for."""

    # No mappings: compiled code looks things up in a dict without asking what it is.
    version: int
    entries: dict[bytes, bytes]
    """Three digits → character or word in UTF-8, in the order of the file."""
    codes: dict[str, str]
    """Character or word → three digits."""
    words: dict[str, tuple[str, ...]]
    """First character → the words of two and more characters that start with it, longest first."""
    skeletons: tuple[str, ...]
    """One byte names one."""
    numbers: Mapping[str, int]
    """Skeleton → its number."""
    literals: frozenset[str]
    """Values that stand in the skeletons as they are."""
    preset: bytes
    """The preset dictionary of DEFLATE, for other skeletons."""

    @classmethod
    def of(cls, version: int, data: bytes) -> "Dictionary":
        """Read a dictionary file; no bytes are the dictionary without words.

        Raises:
            ValueError: more entries or skeletons than there are numbers, or one stands twice.
        """
        characters, words, preset = data.split(b"\n", 2) if data else (b"", b"", b"")
        listed = words.decode().split(",") if words else []
        texts = (*characters.decode(), *listed)
        codes = {entry: f"{code:03}" for code, entry in enumerate(texts)}
        skeletons = tuple(preset.decode().split("\0")) if preset else ()
        numbers = {skeleton: number for number, skeleton in enumerate(skeletons)}
        if not len(codes) == len(texts) <= MAX_ENTRIES:
            raise ValueError(f"dictionary {version}: {len(texts)} entries, {len(codes)} different")
        if not len(numbers) == len(skeletons) <= MAX_SKELETONS:
            raise ValueError(f"dictionary {version}: {len(skeletons)} skeletons")
        by_first: dict[str, list[str]] = {}
        for word in sorted(listed, key=len, reverse=True):
            by_first.setdefault(word[0], []).append(word)
        return cls(
            version=version,
            entries={code.encode(): entry.encode() for entry, code in codes.items()},
            codes=codes,
            words={first: tuple(group) for first, group in by_first.items()},
            skeletons=skeletons,
            numbers=numbers,
            literals=frozenset(_VALUE.findall(preset.decode())),
            preset=preset,
        )


def _load(name: str, digest: str) -> bytes:
    data = files("schemas").joinpath("dictionary", name).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise RuntimeError(f"schemas/dictionary/{name} is not the file that was released")
    return data


V1: Final = Dictionary.of(1, _load("v1.bin", V1_SHA256))
NONE: Final = Dictionary.of(255, b"")
DICTIONARIES: Final[Mapping[int, Dictionary]] = {
    dictionary.version: dictionary for dictionary in (V1, NONE)
}
