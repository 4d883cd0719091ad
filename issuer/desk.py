"""A desk: everything an officer of one institution issues with, but the signing key."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from issuer.vault import Vault
from keys.jws import Signer
from keys.trust import TrustState
from schemas.errors import CommandError
from schemas.registry import Institution


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One institution's database, its entry in the registry, and who sits there."""

    engine: Engine
    vault: Vault
    trust: TrustState
    institution: Institution
    who: str
    """The officer, for the audit log."""

    @property
    def origin(self) -> str:
        """The deployment origin that new credentials carry: the registry's first."""
        return self.trust.registry.origins[0]


def find_institution(trust: TrustState, name: str) -> Institution:
    """The institution with this id or published name.

    Raises:
        CommandError: `institution_unknown`.
    """
    for institution in trust.registry.institutions:
        if name == institution.id or any(name == known.name for known in institution.names):
            return institution
    raise CommandError("institution_unknown", name=name)


def require_signer(desk: Desk, signer: Signer, now: datetime) -> None:
    """Refuse a key that verifiers would refuse.

    Raises:
        CommandError: `signer_not_registered`, `signer_not_in_force`.
    """
    owner, key = desk.trust.keys.get(signer.kid, (None, None))
    if owner is None or key is None or owner.id != desk.institution.id:
        raise CommandError("signer_not_registered", kid=signer.kid, institution=desk.institution.id)
    in_force = key.from_ <= int(now.timestamp()) < key.sign_until
    if key.state not in ("active", "planned") or not in_force:
        raise CommandError("signer_not_in_force", kid=signer.kid)
