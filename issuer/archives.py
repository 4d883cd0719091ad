"""What is downloaded of an issued roster: the annotated workbook, and zips that are made as they are sent.

All are renderings of what is stored (DESIGN's §8): the same again each time. A zip holds a hundred
certificates in memory, however many it has.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from issuer.db import reading
from issuer.desk import Desk
from issuer.documents.qr_image import draw
from issuer.entry import open_entry
from issuer.handout import FOLDER, folder_name
from issuer.issue import Issued, issued
from issuer.roster.columns import roster_claims
from issuer.roster.roster import Checked, Roster
from issuer.roster.rows import Row
from issuer.roster.sheet import Cell, Sheet
from issuer.roster.workbook import Outcome, annotate
from issuer.tables import CERTIFICATES, Submission
from schemas.certificate_types import CertificateType, load

AT_ONCE = 100  # certificates in memory
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold: the same bytes each time

_STATUS: Mapping[str, str] = {
    "valid": "已签发",
    "revoked": "已撤销",
    "suspended": "已暂停",
}


def certificates(desk: Desk, batch_id: int) -> Iterator[bytes]:
    """A zip of what is printed: each certificate without the ID number, and its QR pictures."""

    def files(one: Issued) -> Mapping[str, bytes]:
        drawn = draw(desk.origin, one.digits(desk.origin))
        return {
            "credential.sd-jwt": one.token.without_disclosures().text.encode(),
            "qr.svg": drawn.svg,
            "qr.png": drawn.png,
        }

    return _zip((one.number, files(one)) for one in _stored(desk, batch_id))


def holder_files(desk: Desk, batch_id: int) -> Iterator[bytes]:
    """A zip of what holders keep: each certificate with the ID number, which it can show or hide."""
    return _zip(
        (one.number, {"credential.sd-jwt": one.token.text.encode()})
        for one in _stored(desk, batch_id)
    )


def issued_workbook(desk: Desk, submission: Submission) -> bytes:
    """The roster with number, link, QR picture and remarks in each row.

    It is the clerk's own while the file is kept, and made of the certificates afterwards.

    Raises:
        CommandError: `data_key_other`.
    """
    batch_id = submission.batch_id or 0
    found = {one.row: one for one in _stored(desk, batch_id)}
    outcomes = {
        one.row: Outcome(
            certificate_number=one.number,
            link=f"https://{desk.origin}/#{one.digits(desk.origin)}",
            status=_STATUS[one.status],
        )
        for one in found.values()
    }

    def picture(row: int) -> bytes:
        return draw(desk.origin, found[row].digits(desk.origin)).png

    roster = (
        open_entry(desk.vault, submission).read()
        if submission.sealed
        else _rebuilt(load(submission.type), submission.name, list(found.values()))
    )
    said = (*roster.findings, *(one for row in roster.rows for one in row.findings))
    kept = tuple(one for one in said if one.severity != "error")
    # What the registry says by now does not matter any more: it is issued.
    checked = Checked(roster=roster, rows=roster.rows, findings=(), ok=True).plus(kept)
    return annotate(checked, outcomes, picture=picture)


def _rebuilt(certificate_type: CertificateType, name: str, found: list[Issued]) -> Roster:
    """A roster that says what its certificates say, in the rows where they stood."""
    said = {one.row: one.token.reveal(one.token.claims()) for one in found}
    claims = [
        claim
        for claim in roster_claims(certificate_type)
        if any(_text(one, claim) for one in said.values())
    ]
    header_row = max(1, min(said, default=2) - 1)
    rows: list[list[Cell]] = [[] for _ in range(max(said, default=header_row))]
    rows[header_row - 1] = [certificate_type.claim_labels[claim]["zh-CN"] for claim in claims]
    people = []
    for number, one in said.items():
        rows[number - 1] = [_text(one, claim) for claim in claims]
        people.append(Row(number=number, claims=one, issuer_name=None, findings=()))
    return Roster(
        name=name,
        type=certificate_type,
        sheet=Sheet(rows=rows),
        header_row=header_row,
        columns=dict(enumerate(claims)),
        rows=tuple(people),
        findings=(),
        sha256="",
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    """What a certificate says for a column of a roster."""
    head, _, member = name.partition(".")
    value = claims.get(head, "")
    return str(value.get(member, "") if isinstance(value, dict) else value)


def _stored(desk: Desk, batch_id: int) -> Iterator[Issued]:
    """The signed certificates of a batch by row, a few at a time; not those that were erased."""
    certificate = CERTIFICATES.c
    last = -1
    while True:
        with reading(desk.engine) as session:
            rows = session.execute(
                select(CERTIFICATES)
                .where(
                    certificate.batch_id == batch_id,
                    certificate.signature.is_not(None),
                    certificate.erased.is_(None),
                    certificate.row > last,
                )
                .order_by(certificate.row)
                .limit(AT_ONCE)
            ).all()
        if not rows:
            return
        yield from (issued(desk.vault, row) for row in rows)
        last = rows[-1].row


def _zip(folders: Iterator[tuple[str, Mapping[str, bytes]]]) -> Iterator[bytes]:
    """The bytes of a zip with a folder for each certificate number, as they come to be."""
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, files in folders:
            for name, content in files.items():
                entry = zipfile.ZipInfo(f"{FOLDER}/{folder_name(number)}/{name}", _LONG_AGO)
                entry.external_attr = 0o644 << 16
                stored = name.endswith(".png")  # compressed already
                entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
            yield out.taken()
    yield out.taken()


class _Pipe(io.RawIOBase):
    """Where a zip is written to and taken from in pieces."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Keep a piece."""
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
