"""The audit log outside the database: lines with their hashes, and the check of such a file.

Whoever has an export can check it without the database: every line by itself, and that none is
missing where numbers follow each other. What was cut off at the end shows only when the last hash
is compared with another copy.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from issuer import audit
from issuer.tables import AuditEntry
from schemas import strict_json
from schemas.errors import CommandError, MalformedError
from verifier.csv_cell import csv_cell

COLUMNS = ("id", "time", "who", "action", "subject", "details", "digest")


def json_lines(session: Session, entries: Iterable[AuditEntry]) -> Iterator[bytes]:
    """The lines as JSON, each with its hash and the one that it covers."""
    last = None
    for entry in entries:
        if last is None or last.id != entry.id - 1:
            last = session.get(AuditEntry, entry.id - 1)
        yield (
            strict_json.dumps(
                {
                    "id": entry.id,
                    "at": entry.at,
                    "who": entry.who,
                    "action": entry.action,
                    "subject": entry.subject,
                    "details": json.loads(entry.details),
                    "previous": last.digest if last else "",
                    "digest": entry.digest,
                }
            )
            + b"\n"
        )
        last = entry


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[bytes]:
    """The lines as a spreadsheet opens them: UTF-8 with its mark, times in UTC."""
    yield "\ufeff".encode() + _csv_line(COLUMNS)
    for entry in entries:
        time = datetime.fromtimestamp(entry.at, UTC).isoformat()
        cells = (entry.id, time, entry.who, entry.action, entry.subject, entry.details)
        yield _csv_line([csv_cell(cell) for cell in (*cells, entry.digest)])


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An export that holds."""

    lines: int
    first: int
    last: int
    missing: int
    """Lines between the first and the last that the export leaves out, as a filtered one does."""
    digest: str
    """Of the last line: to compare with what another copy says of it."""


def check(lines: Iterable[bytes]) -> Checked:
    """Check an export.

    Raises:
        CommandError: `audit_export_unreadable`; `audit_broken`, with the line's number in the log.
    """
    count, first, last, digest = 0, 0, 0, ""
    for place, line in enumerate(lines, start=1):
        entry = _read(line, place)
        number = entry["id"]
        made = audit.digest(
            entry["previous"],
            number,
            entry["at"],
            entry["who"],
            entry["action"],
            entry["subject"],
            strict_json.dumps(entry["details"]).decode(),
        )
        follows = entry["previous"] == digest if number == last + 1 else number > last + 1
        if made != entry["digest"] or not follows:
            raise CommandError("audit_broken", line=number)
        count, first, last, digest = count + 1, first or number, number, made
    missing = last - first + 1 - count if count else 0
    return Checked(lines=count, first=first, last=last, missing=missing, digest=digest)


_MEMBERS: Mapping[str, type] = {
    "id": int,
    "at": int,
    "who": str,
    "action": str,
    "subject": str,
    "details": dict,
    "previous": str,
    "digest": str,
}


def _read(line: bytes, place: int) -> dict[str, Any]:
    try:
        entry = strict_json.loads_object(line.rstrip(b"\r\n"))
    except MalformedError:
        entry = {}
    if {name: type(value) for name, value in entry.items()} != _MEMBERS:
        raise CommandError("audit_export_unreadable", line=place)
    return entry
