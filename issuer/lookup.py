"""The public look-up: a name, an ID number and a certificate number together, or nothing (DOMAIN §5.3).

Whatever is wrong, the work is the same: three foldings, one keyed hash, one equality in the database.
Who asks is told the status of what they typed and who issued it; nothing that they did not know.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from issuer.db import reading
from issuer.desk import day_at
from issuer.holders import folded, lookup_key
from issuer.people.throttle import (
    LOOK_UP_ADDRESS,
    LOOK_UP_ALL,
    LOOK_UP_NUMBER,
    give_back,
    require_allowed,
)
from issuer.running.service import Service
from issuer.tables import Certificate
from issuer.vault import Vault
from schemas.registry import Institution

MAX_TYPED = (
    256  # characters that are read; no name or number is as long, so what is cut is not found
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What somebody typed; `id_number` is empty for certificates that have none."""

    holder_name: str
    id_number: str
    certificate_number: str

    @classmethod
    def read(cls, holder_name: str, id_number: str, certificate_number: str) -> "Typed":
        """Anything that was sent; what is no text in UTF-8 is found nowhere."""
        return cls(
            holder_name=_cut(holder_name),
            id_number=_cut(id_number),
            certificate_number=_cut(certificate_number),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One certificate with all that was typed."""

    institution: str
    """Its name today, from the registry."""
    status: str
    """`valid`, `suspended`, `revoked`, `replaced`."""
    replaced_by: str | None = None
    """The number of the certificate that replaces it."""


def look_up(
    session: Session, vault: Vault, typed: Typed, institutions: Iterable[Institution], today: str
) -> list[Found]:
    """The issued certificates with exactly these three, in the registry's order; mostly one or none.

    Args:
        session: one equality on an indexed column is asked of it.
        vault: its key made the column.
        typed: however it was typed (`issuer.holders.folded`, `issuer.roster.names.comparison_key`).
        institutions: of the published registry.
        today: YYYY-MM-DD, for the institutions' names.
    """
    key = lookup_key(vault, typed.holder_name, typed.id_number, typed.certificate_number)
    rows = session.exec(
        select(Certificate.institution, Certificate.status, Certificate.replaced_by)
        .where(Certificate.lookup == key, col(Certificate.signature).is_not(None))
        .order_by(col(Certificate.id))
    ).all()
    if not rows:
        return []
    return [
        Found(
            institution=one.name_on(today),
            status="replaced" if replaced_by else status,
            replaced_by=replaced_by,
        )
        for one in institutions
        for institution, status, replaced_by in rows
        if institution == one.id
    ]


def _cut(text: str) -> str:
    # A lone surrogate, which JSON may name, is no text.
    return text[:MAX_TYPED].encode(errors="replace").decode()


def ask(service: Service, typed: Typed, address: str) -> list[Found]:
    """Look up, within the limits; who knows all three does not guess, and is not held up by it.

    Args:
        service: the institution's.
        typed: what was asked.
        address: who asks, for the limits.

    Raises:
        CommandError: `too_many_tries`.
    """
    number = folded(typed.certificate_number)
    tries = [(LOOK_UP_ADDRESS, address), (LOOK_UP_NUMBER, number), (LOOK_UP_ALL, "")]
    require_allowed(service.engine, service.vault, tries, now=service.clock())
    institutions = service.trust().registry.institutions
    today = day_at(service.now()).isoformat()
    with reading(service.engine) as session:
        found = look_up(session, service.vault, typed, institutions, today)
    if found:
        give_back(service.engine, service.vault, LOOK_UP_NUMBER, number)
    return found
