"""Token Status List with 2 bits an entry (draft-ietf-oauth-status-list §4): packing and bytes.

Entry i stands in byte i // 4, at bits 2·(i % 4) and above (least significant first).
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from schemas import base64url
from schemas.errors import TrustError
from schemas.limits import MAX_LIST_ENTRIES

BITS = 2
TYP = "statuslist+jwt"
_PER_BYTE = 8 // BITS


class Status(IntEnum):
    """The registered status types (draft §7.1)."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


_BY_VALUE: tuple[Status, ...] = (*Status, Status.INVALID)  # 3 is not used


def byte_length(count: int) -> int:
    """Bytes that hold `count` entries."""
    return -(-count // _PER_BYTE)


@dataclass(frozen=True, slots=True)
class StatusList:
    """The statuses of the first `count` slots of one list."""

    count: int
    data: bytes

    @classmethod
    def of(cls, count: int, changed: Iterable[tuple[int, Status]]) -> "StatusList":
        """All VALID but the `changed` (index, status) ones."""
        data = bytearray(byte_length(count))
        for idx, status in changed:
            data[idx // _PER_BYTE] |= status << (BITS * (idx % _PER_BYTE))
        return cls(count, bytes(data))

    def __getitem__(self, idx: int) -> Status:
        """The status of slot `idx`.

        Raises:
            IndexError: the list has no such slot.
        """
        if not 0 <= idx < self.count:
            raise IndexError(idx)
        return _BY_VALUE[self.data[idx // _PER_BYTE] >> (BITS * (idx % _PER_BYTE)) & 3]

    def indexes(self, status: Status) -> list[int]:
        """The slots that have `status`, ascending."""
        return [idx for idx in range(self.count) if self[idx] == status]

    def compressed(self) -> bytes:
        """The published bytes: zlib (RFC 1950), level 9."""
        return zlib.compress(self.data, 9)

    @classmethod
    def from_compressed(cls, count: int, compressed: bytes) -> "StatusList":
        """Read published bytes.

        Raises:
            TrustError: `file_unreadable`: not one zlib stream of exactly `count` entries.
        """
        if not 0 <= count <= MAX_LIST_ENTRIES:
            raise TrustError("file_unreadable", "status list: count")
        inflater = zlib.decompressobj()
        try:
            data = inflater.decompress(compressed, byte_length(count) + 1)
        except zlib.error as error:
            raise TrustError("file_unreadable", f"status list: {error}") from None
        if not inflater.eof or inflater.unused_data or len(data) != byte_length(count):
            raise TrustError("file_unreadable", "status list: another length than announced")
        return cls(count, data)

    def merged_with_revoked(self, earlier: "StatusList") -> "StatusList":
        """This list, but what `earlier` has as INVALID stays so: revocation has no way back."""
        bits = int.from_bytes(self.data, "little")
        low = int.from_bytes(b"\x55" * byte_length(min(self.count, earlier.count)), "little")
        slots = (1 << BITS * earlier.count) - 1  # what fills up the last byte says nothing
        revoked = int.from_bytes(earlier.data, "little") & low & slots  # 1, and 3 which counts as 1
        kept = (bits & ~(revoked << 1)) | revoked
        return StatusList(self.count, kept.to_bytes(len(self.data), "little"))

    def with_reinstated(self, idx: int) -> "StatusList":
        """This list with slot `idx` VALID."""
        data = bytearray(self.data)
        data[idx // _PER_BYTE] &= ~(3 << (BITS * (idx % _PER_BYTE))) & 0xFF
        return StatusList(self.count, bytes(data))

    def claims(self, uri: str, *, iat: int, exp: int) -> dict[str, Any]:
        """The claims of the standard status list token (draft §5.1); times in seconds."""
        lst = base64url.encode(self.compressed())
        return {
            "sub": uri,
            "iat": iat,
            "exp": exp,
            "ttl": 3600,
            "status_list": {"bits": BITS, "lst": lst},
        }
