"""A roster as it was handed in and what people said about it since; sealed in the database.

The file and the cells that were mended hold ID numbers; both are encrypted (issuer/vault.py) and are
only valid for this institution and this very file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from issuer.roster.roster import Roster, read_roster
from issuer.roster.sheet import RosterError
from issuer.tables import Submission
from issuer.vault import Vault
from schemas import certificate_types
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was handed in, and what people said about it."""

    type: CertificateType
    name: str
    """The file's; its ending says the format."""
    data: bytes = field(repr=False)
    columns: Mapping[int, str] = field(default_factory=dict)
    """Column, from 0 → claim, where people corrected what was recognised; empty: passed over."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    corrections: Mapping[tuple[int, str], str] = field(default_factory=dict, repr=False)
    left_out: frozenset[int] = frozenset()
    """Rows that are not to be issued."""
    photos: Mapping[int, str] = field(default_factory=dict)
    """Row → digest of the holder's picture."""

    def read(self) -> Roster:
        """The roster that all this makes.

        Raises:
            RosterError: as `read_roster`; `roster_empty`: everybody is left out.
        """
        roster = read_roster(
            self.data,
            self.name,
            self.type,
            defaults=self.defaults,
            columns=self.columns,
            corrections=self.corrections,
        )
        if not (self.left_out or self.photos):
            return roster
        rows = [
            replace(row, claims={**row.claims, "photo_digest": self.photos[row.number]})
            if row.number in self.photos
            else row
            for row in roster.rows
            if row.number not in self.left_out
        ]
        if not rows:
            raise RosterError("roster_empty", name=self.name)
        findings = tuple(one for one in roster.findings if one.row not in self.left_out)
        return replace(roster, rows=tuple(rows), findings=findings)


def open_entry(vault: Vault, submission: Submission) -> Entry:
    """The entry of a stored submission.

    Raises:
        CommandError: `roster_state`: its file is erased; `data_key_other`.
    """
    if not submission.sealed:
        raise CommandError("roster_state")
    file, mended = _contexts(submission.institution, submission.sha256)
    said = json.loads(vault.open_sealed(submission.corrections, mended))
    return Entry(
        type=certificate_types.load(submission.type),
        name=submission.name,
        data=vault.open_sealed(submission.sealed, file),
        columns={int(at): claim for at, claim in json.loads(submission.columns).items()},
        defaults=json.loads(submission.defaults),
        corrections={(row, claim): text for row, claim, text in said["cells"]},
        left_out=frozenset(said["left_out"]),
        photos=dict(said["photos"]),
    )


def photos_of(vault: Vault, submission: Submission) -> set[str]:
    """The digests of the pictures that a stored submission has; none once it is erased.

    Raises:
        CommandError: `data_key_other`.
    """
    if not submission.corrections:
        return set()
    _, mended = _contexts(submission.institution, submission.sha256)
    said = json.loads(vault.open_sealed(submission.corrections, mended))
    return {digest for _, digest in said["photos"]}


def seal_file(vault: Vault, institution: str, sha256: str, entry: Entry) -> bytes:
    """The file's bytes as they are stored."""
    return vault.seal(entry.data, _contexts(institution, sha256)[0])


def seal_corrections(vault: Vault, institution: str, sha256: str, entry: Entry) -> bytes:
    """What was mended as it is stored."""
    said = {
        "cells": [[row, claim, text] for (row, claim), text in entry.corrections.items()],
        "left_out": sorted(entry.left_out),
        "photos": [[row, digest] for row, digest in sorted(entry.photos.items())],
    }
    return vault.seal(json.dumps(said).encode(), _contexts(institution, sha256)[1])


def _contexts(institution: str, sha256: str) -> tuple[bytes, bytes]:
    """What the sealed file and the sealed corrections belong to."""
    place = f"{institution}/{sha256}"
    return f"roster {place}".encode(), f"corrections {place}".encode()
