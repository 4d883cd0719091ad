"""An institution's lists of one year, as it keeps and publishes them, rightly or not."""

import struct
import zlib
from dataclasses import dataclass, field

from keys import publication
from keys.trust import sha256
from schemas import strict_json
from schemas.limits import LOG_DELAY
from schemas.snapshot import PublishedList
from schemas.status_list import Status, StatusList


def stored_zlib(data: bytes) -> bytes:
    """A zlib stream of one stored block: the same bytes whatever zlib is installed (RFC 1951 §3.2.4)."""
    head = b"\x78\x01\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF)
    return head + data + struct.pack(">I", zlib.adler32(data))


@dataclass(slots=True)
class Lists:
    """One institution's lists of one year, and which of them verifiers get."""

    slots: list[bytes] = field(default_factory=list)
    epochs: list[list[int]] = field(default_factory=list)
    statuses: dict[int, Status] = field(default_factory=dict)
    replaced: dict[int, str] = field(default_factory=dict)
    delay: int = LOG_DELAY
    fixed: int = 0
    """Epochs that are published: what is logged later has an epoch of its own."""
    loaded: tuple[str, ...] = ("status", "issued", "replaced")
    """Which files verifiers get."""
    forged: dict[str, bytes] = field(default_factory=dict)
    """Other bytes than the true ones, pinned by the snapshot like them."""

    def log(self, slot: bytes, time: int) -> None:
        """Append a slot that was logged by `time`."""
        self.slots.append(slot)
        if len(self.epochs) > self.fixed and self.epochs[-1][1] >= time:
            self.epochs[-1][0] += 1
        else:
            self.epochs.append([len(self.slots), time])

    def files(self) -> dict[str, bytes]:
        """The published files by kind."""
        count = len(self.slots)
        status = StatusList.of(count, self.statuses.items())
        files = {"status": stored_zlib(status.data), "issued": b"".join(self.slots)}
        if self.replaced:
            files["replaced"] = strict_json.dumps(sorted(map(list, self.replaced.items())))
        return files | self.forged

    def published(self, name: str) -> PublishedList:
        """The snapshot's entry."""
        institution, list_id = name.split("/")
        files = self.files()
        return PublishedList(
            institution=institution,
            list=list_id,
            count=len(self.slots),
            status=publication.pin(files["status"]),
            issued=sha256(files["issued"]),
            delay=self.delay,
            epochs=[list(epoch) for epoch in self.epochs],
            replaced=publication.pin(files["replaced"]) if "replaced" in files else None,
        )
