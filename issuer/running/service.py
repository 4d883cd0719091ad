"""The institution's service as one object: database, data key, registry, open keys, clock.

Routes ask it for a desk and call the rules; nothing here knows of HTTP.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import Engine

from issuer.db import open_database, reading
from issuer.desk import Desk, find_institution
from issuer.documents.pool import Drawing
from issuer.people.access import Caller, Role
from issuer.people.oidc import Provider
from issuer.running.settings import Settings, require_safe
from issuer.signing import Signers, open_snapshot_signer
from issuer.tables import Setting, Tenant
from issuer.vault import Vault
from keys.jws import Signer
from keys.trust import TrustState
from schemas.errors import CommandError
from schemas.registry import Institution
from verifier.page_trust import page_trust
from verifier.published_trust import PublishedTrust

DRAWING = 2
"""Processes that draw documents for each process of the service, while somebody downloads many."""
SIGN_ON_BACK = "/console/sign-in/oidc/back"
"""The path to which the provider of single sign-on sends browsers back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What every route works with."""

    settings: Settings
    engine: Engine
    vault: Vault
    published: PublishedTrust
    signers: Signers
    clock: Callable[[], float]
    pin: str
    """Fingerprint (hex) of the root document that is trusted."""
    snapshot_signer: Signer | None = None
    """Signs snapshots, where this service publishes for the authority."""
    provider: Provider | None = None
    """Of single sign-on."""
    drawing: Drawing = field(default_factory=lambda: Drawing(DRAWING))

    @classmethod
    def open(cls, settings: Settings, clock: Callable[[], float] = time.time) -> Self:
        """Open everything, and the keys whose passphrases lie in files.

        Raises:
            ZhengyinError: a setting is missing or unsafe; what is named cannot be opened.
        """
        trust = page_trust(settings.trust, root=settings.pin, now=int(clock()))
        require_safe(settings, demo=trust.state.demo)
        settings.home.mkdir(parents=True, exist_ok=True)
        engine = open_database(settings.database_url)
        _require_environment(engine, trust.state.root.env)
        signers = Signers(settings.signers, engine, clock)
        signers.open_all()
        return cls(
            settings=settings,
            engine=engine,
            vault=Vault.open(settings.data_key),
            published=PublishedTrust(settings.trust, frozenset({trust.fingerprint}), clock),
            signers=signers,
            clock=clock,
            pin=trust.fingerprint,
            snapshot_signer=open_snapshot_signer(settings),
            provider=_provider(settings, clock),
        )

    def now(self) -> datetime:
        """The time, aware."""
        return datetime.fromtimestamp(self.clock(), UTC)

    def seconds(self) -> int:
        """The time in seconds."""
        return int(self.clock())

    def trust(self) -> TrustState:
        """What is published now."""
        return self.published.current()

    def desk(self, institution: str, who: str) -> Desk:
        """The desk of an institution.

        Raises:
            CommandError: `institution_unknown`.
        """
        trust = self.trust()
        return Desk(
            engine=self.engine,
            vault=self.vault,
            trust=trust,
            institution=find_institution(trust, institution),
            who=who,
        )

    def institutions(self, caller: Caller) -> list[Institution]:
        """The institutions that a caller may look at, in the registry's order."""
        everybody = self.trust().registry.institutions
        if caller.institution is not None:
            return [one for one in everybody if one.id == caller.institution]
        if caller.role is Role.BUREAU:
            return list(everybody)
        with reading(self.engine) as session:
            here = {
                one.id
                for one in everybody
                if (tenant := session.get(Tenant, one.id)) and tenant.district == caller.district
            }
        return [one for one in everybody if one.id in here and caller.role is Role.DISTRICT]


def _provider(settings: Settings, clock: Callable[[], float]) -> Provider | None:
    if settings.oidc is None:
        return None
    return Provider(settings.oidc, f"{settings.url}{SIGN_ON_BACK}", clock)


def _require_environment(engine: Engine, env: str) -> None:
    """Refuse a demonstration's database in production, its accounts and all, and the other way round.

    Raises:
        CommandError: `database_of_another_environment`.
    """
    with reading(engine) as session:
        setting = session.get(Setting, "environment")
        was = setting.value if setting else env
    if was != env:
        raise CommandError("database_of_another_environment", was=was, now=env)
