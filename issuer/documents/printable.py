"""Whether every character of a roster can be printed: asked before anything is signed."""

from collections.abc import Iterable, Mapping

from issuer.documents import typesetter
from issuer.roster.findings import Finding, finding
from issuer.roster.rows import Row
from schemas.certificate_types import CertificateType


def check_printable(rows: Iterable[Row], certificate_type: CertificateType) -> list[Finding]:
    """A finding for each cell with a character that no face has.

    Raises:
        CommandError: `fonts_missing`.
    """
    cells = [
        (row.number, column, text)
        for row in rows
        for column, text in _texts(row.claims)
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


def _texts(claims: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """The text claims, those of an object under dotted names."""
    for name, value in claims.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in _texts(value))
