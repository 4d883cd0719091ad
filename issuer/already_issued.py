"""Was it issued before? Numbers and people that the database knows (E14, E15)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlmodel import Session

from issuer.issue import Order, person_key
from issuer.numbers.paper_numbers import on_paper
from issuer.roster.findings import Finding, finding
from issuer.tables import CERTIFICATES
from issuer.vault import Vault
from schemas.certificate_types import CertificateType

_CHUNK = 500  # values of one IN (…); SQLite's limit is 32,766 variables


def check_not_issued(
    session: Session,
    vault: Vault,
    institution: str,
    certificate_type: CertificateType,
    orders: Sequence[Order],
) -> list[Finding]:
    """Numbers that are used already, and people who hold the very same certificate already."""
    table = CERTIFICATES.c
    numbers = {str(order.claims.get("certificate_number", "")): order for order in orders}
    numbers.pop("", None)
    persons = {
        vault.keyed_hash(*person_key(certificate_type, order.claims)): order for order in orders
    }
    findings = []
    for chunk in _chunks(list(numbers)):
        used = select(table.number).where(
            table.institution == institution,
            table.type == certificate_type.name,
            table.number.in_(chunk),
        )
        findings += [
            finding(
                "number_used", row=numbers[number].row, column="certificate_number", number=number
            )
            for (number,) in session.execute(used)
        ]
    findings += [
        finding(
            "number_on_paper", row=numbers[number].row, column="certificate_number", number=number
        )
        for number in sorted(on_paper(session, institution, certificate_type.name, numbers))
    ]
    for chunk in _chunks(list(persons)):
        held = select(table.person, table.number).where(
            table.institution == institution,
            table.status != "revoked",
            table.person.in_(chunk),
        )
        findings += [
            finding(
                "person_issued",
                row=persons[person].row,
                column="holder_name",
                name=persons[person].claims.get("holder_name"),
                number=number,
            )
            for person, number in session.execute(held)
        ]
    return findings


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
