"""A backup of the institution's database: one encrypted file, read back into an empty database.

The file is a line of JSON that says what it is, then sealed chunks of compressed JSON lines, one a
row. It is encrypted with the data key, which must be kept elsewhere: without it the file says
nothing, and with it alone there is nothing to read. A chunk is bound to its place and to whether it
is the last one, so that a file that was cut off or put together from two is refused (the STREAM
construction, Hoang, Reyhanitabar, Rogaway, Vizár 2015). Rows are neutral: what was SQLite may become
PostgreSQL.
"""

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from sqlalchemy import Engine, LargeBinary, Table, func, insert, select, text
from sqlmodel import Session

from issuer import audit
from issuer.db import reading, transaction
from issuer.desk import restored_setting
from issuer.migrate import REVISIONS
from issuer.tables import CERTIFICATES, METADATA, Setting
from issuer.vault import Vault
from schemas import base64url, strict_json
from schemas.errors import CommandError

TYP = "zhengyin-backup"
VERSION = 1
CHUNK = 1 << 20  # bytes of compressed rows in one chunk
MAX_CHUNK = CHUNK + (1 << 16)  # bytes of a sealed chunk
_LENGTH = 4  # bytes of a chunk's length
_ROWS = 1000  # rows that are written by one statement
_PASSING = frozenset({"loginsession", "lease", "throttle", "progress"})
"""Tables of a moment: nobody is signed in or waits, and no key is open, in a database that was restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a backup says of itself."""

    created: int
    revision: str
    fingerprint: str
    """Of the data key."""
    rows: int = 0
    """How many were read back."""


def write(engine: Engine, vault: Vault, out: IO[bytes], *, now: int) -> int:
    """Write a backup of one moment; give the number of rows.

    Raises:
        CommandError: `database_unusable`.
    """
    head = {
        "typ": TYP,
        "v": VERSION,
        "created": now,
        "revision": REVISIONS[-1],
        "key": vault.fingerprint,
        "id": base64url.encode(os.urandom(12)),
    }
    line = strict_json.dumps(head)
    out.write(line + b"\n")
    count = 0
    packer = zlib.compressobj(6)
    waiting = bytearray()
    number = 0
    with reading(engine) as session:
        for row in _rows(session):
            count += 1
            waiting += packer.compress(row + b"\n")
            while len(waiting) > CHUNK:
                _write_chunk(out, vault, bytes(waiting[:CHUNK]), line, number, last=False)
                del waiting[:CHUNK]
                number += 1
    waiting += packer.flush()
    while len(waiting) > CHUNK:
        _write_chunk(out, vault, bytes(waiting[:CHUNK]), line, number, last=False)
        del waiting[:CHUNK]
        number += 1
    _write_chunk(out, vault, bytes(waiting), line, number, last=True)
    return count


def describe(source: IO[bytes]) -> tuple[Described, bytes]:
    """What the file says of itself, and the line that said it.

    Raises:
        CommandError: `backup_unreadable`.
    """
    line = source.readline(4096)
    try:
        head = json.loads(line)
        ours = (head["typ"], head["v"]) == (TYP, VERSION)
        said = Described(
            created=int(head["created"]),
            revision=str(head["revision"]),
            fingerprint=str(head["key"]),
        )
    except (ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise CommandError("backup_unreadable", "no backup of this program")
    return said, line.removesuffix(b"\n")


def restore(engine: Engine, vault: Vault, source: IO[bytes], *, who: str, now: int) -> Described:
    """Read a backup into an empty database, all of it or nothing.

    The database then knows that it was restored: before it issues again, it must have caught up
    with what was published since (issuer/catch_up.py).

    Raises:
        CommandError: `backup_unreadable`, `backup_of_another_key`, `backup_revision`,
            `database_not_empty`.
    """
    said, line = describe(source)
    if said.fingerprint != vault.fingerprint:
        raise CommandError("backup_of_another_key")
    if said.revision != REVISIONS[-1]:
        raise CommandError("backup_revision", found=said.revision, needed=REVISIONS[-1])
    count = 0
    with transaction(engine) as session:
        if session.execute(select(func.count()).select_from(METADATA.tables["setting"])).scalar():
            raise CommandError("database_not_empty")
        rows: list[dict[str, object]] = []
        table: Table | None = None
        for name, row in _read_rows(vault, source, line):
            there = METADATA.tables.get(name)
            if there is None:
                raise CommandError("backup_unreadable", f"an unknown table: {name}")
            if there is not table or len(rows) == _ROWS:
                _insert(session, table, rows)
                table, rows = there, []
            rows.append(row)
            count += 1
        _insert(session, table, rows)
        _set_sequences(session)
        for institution in session.execute(select(CERTIFICATES.c.institution).distinct()).scalars():
            name = restored_setting(institution)
            session.merge(Setting(name=name, value=str(said.created)))
        audit.append(
            session,
            at=now,
            who=who,
            action="restore",
            subject="database",
            created=said.created,
            rows=count,
        )
    return Described(
        created=said.created, revision=said.revision, fingerprint=said.fingerprint, rows=count
    )


def _rows(session: Session) -> Iterator[bytes]:
    for table in METADATA.sorted_tables:
        if table.name in _PASSING:
            continue
        blobs = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
        order = list(table.primary_key.columns)
        for found in session.execute(select(table).order_by(*order)).mappings().yield_per(_ROWS):
            row = {
                name: base64url.encode(value) if name in blobs and value is not None else value
                for name, value in found.items()
            }
            yield json.dumps([table.name, row], ensure_ascii=False, separators=(",", ":")).encode()


def _read_rows(
    vault: Vault, source: IO[bytes], line: bytes
) -> Iterator[tuple[str, dict[str, object]]]:
    unpacker = zlib.decompressobj()
    left = b""
    try:
        for chunk in _read_chunks(vault, source, line):
            left += unpacker.decompress(chunk)
            *whole, left = left.split(b"\n")
            for one in whole:
                yield _row(one)
    except (zlib.error, ValueError, KeyError, TypeError):
        raise CommandError("backup_unreadable", "damaged or cut off") from None
    if left or not unpacker.eof:
        raise CommandError("backup_unreadable", "damaged or cut off")


def _row(line: bytes) -> tuple[str, dict[str, object]]:
    name, row = json.loads(line)
    table = METADATA.tables.get(name)
    if table is not None:
        for column in table.columns:
            if isinstance(column.type, LargeBinary) and row.get(column.name) is not None:
                row[column.name] = base64url.decode(row[column.name])
    return name, row


def _insert(session: Session, table: Table | None, rows: list[dict[str, object]]) -> None:
    if table is not None and rows:
        session.execute(insert(table), rows)


def _set_sequences(session: Session) -> None:
    """PostgreSQL counts ids by sequences of its own, which rows that bring theirs do not move."""
    if session.connection().dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            session.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "  # noqa: S608 (names of ours)
                    f"(SELECT COALESCE(MAX({column.name}), 1) FROM {table.name}))"
                )
            )


def _context(line: bytes, number: int, *, last: bool) -> bytes:
    return line + b"\n" + number.to_bytes(8, "big") + bytes([last])


def _write_chunk(
    out: IO[bytes], vault: Vault, chunk: bytes, line: bytes, number: int, *, last: bool
) -> None:
    sealed = vault.seal(chunk, _context(line, number, last=last))
    out.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)


def _read_chunks(vault: Vault, source: IO[bytes], line: bytes) -> Iterator[bytes]:
    number = 0
    head = source.read(_LENGTH)
    while True:
        length = int.from_bytes(head, "big")
        if len(head) != _LENGTH or not 0 < length <= MAX_CHUNK:
            raise CommandError("backup_unreadable", "damaged or cut off")
        sealed = source.read(length)
        head = source.read(_LENGTH)
        last = not head
        try:
            yield vault.open_sealed(sealed, _context(line, number, last=last))
        except CommandError:
            raise CommandError("backup_unreadable", "damaged or cut off") from None
        if last:
            return
        number += 1
