"""Whether a roster or a design can be printed: asked before anything is signed."""

import re
from collections.abc import Iterable, Mapping

from issuer.documents import typesetter
from issuer.documents.certificate import (
    MAX_ADDRESS,
    MAX_ADDRESSES,
    MAX_LINE,
    MAX_VERIFIER,
    Design,
)
from issuer.roster.findings import Finding, finding
from issuer.roster.rows import Row
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError

_ADDRESS = re.compile(r"(https?://)?([a-z0-9-]+\.)+[a-z]{2,}(:[0-9]+)?(/[!-~]*)?", re.IGNORECASE)


def require_printable(design: Design) -> None:
    """Refuse a design whose texts do not fit or cannot be set.

    Raises:
        CommandError: `line_too_long`, `design_addresses`, `design_verifier`,
            `character_without_face`, `fonts_missing`.
    """
    if len(design.line) > MAX_LINE:
        raise CommandError("line_too_long", length=len(design.line), limit=MAX_LINE)
    wrong = [one for one in design.addresses if not _is_address(one)]
    if wrong or len(design.addresses) > MAX_ADDRESSES:
        raise CommandError(
            "design_addresses",
            " ".join(wrong or design.addresses),
            count=MAX_ADDRESSES,
            limit=MAX_ADDRESS,
        )
    if not 0 < len(design.verifier) <= MAX_VERIFIER:
        raise CommandError("design_verifier", length=len(design.verifier), limit=MAX_VERIFIER)
    missing = typesetter.without_face([design.line, design.verifier])
    if missing:
        raise CommandError("character_without_face", characters=typesetter.code_points(missing))


def _is_address(text: str) -> bool:
    return len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) is not None


def check_printable(rows: Iterable[Row], certificate_type: CertificateType) -> list[Finding]:
    """A finding for each cell with a character that no face has.

    Raises:
        CommandError: `fonts_missing`.
    """
    cells = [
        (row.number, column, text)
        for row in rows
        for column, text in texts(row.claims)
        if column.partition(".")[0] not in certificate_type.hidden
    ]
    missing = typesetter.without_face({text for _, _, text in cells})
    return [
        finding(
            "character_without_face",
            row=row,
            column=column,
            characters=typesetter.code_points(missing.intersection(text)),
            type=certificate_type.name,
        )
        for row, column, text in cells
        if not missing.isdisjoint(text)
    ]


def texts(claims: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """The text claims, those of an object under dotted names."""
    for name, value in claims.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in texts(value))
