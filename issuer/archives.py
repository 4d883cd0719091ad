"""What is downloaded of an issued roster: the annotated workbook, and zips that are made as they are sent.

All are renderings of what is stored (DESIGN's §8): the same again each time, and flat in memory. What
is printed of it is in issuer/roster_papers.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from issuer.desk import Desk
from issuer.documents.qr_image import draw
from issuer.entry import open_entry
from issuer.handout import FOLDER, folder_name
from issuer.issue import Issued
from issuer.printings import stored
from issuer.roster.columns import roster_claims
from issuer.roster.roster import Checked, Roster
from issuer.roster.rows import Row
from issuer.roster.sheet import Cell, Sheet
from issuer.roster.workbook import Outcome, annotate
from issuer.tables import Submission
from issuer.zips import zipped
from schemas.certificate_types import CertificateType, load

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

    return zipped(
        (_path(one, name), data)
        for one in stored(desk, batch_id)
        for name, data in files(one).items()
    )


def holder_files(desk: Desk, batch_id: int) -> Iterator[bytes]:
    """A zip of what holders keep: each certificate with the ID number, which it can show or hide."""
    return zipped(
        (_path(one, "credential.sd-jwt"), one.token.text.encode()) for one in stored(desk, batch_id)
    )


def _path(one: Issued, name: str) -> str:
    return f"{FOLDER}/{folder_name(one.number)}/{name}"


def issued_workbook(desk: Desk, submission: Submission) -> bytes:
    """The roster with number, link, QR picture and remarks in each row.

    It is the clerk's own while the file is kept, and made of the certificates afterwards.

    Raises:
        CommandError: `data_key_other`.
    """
    batch_id = submission.batch_id or 0
    found = {one.row: one for one in stored(desk, batch_id)}
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
