"""The published directory as a table: one row for each grant, filtered as people ask (区块链 + 培训)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from schemas.registry import Grant, Institution, Registry

State = Literal["in_force", "planned", "past", "suspended", "ended"]
Standing = Literal["active", "suspended", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to show; empty: everything."""

    occupation: str = ""
    """The name or a part of it."""
    role: str = ""
    level: str = ""
    type: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return not any(getattr(self, one.name) for one in fields(self))

    def fits(self, grant: Grant) -> bool:
        """Whether a grant is asked for; one that is for all occupations or levels is for each."""
        return (
            (grant.occupation == "*" or self.occupation in grant.occupation)
            and self.role in ("", grant.role)
            and (not self.level or grant.levels == "*" or self.level in grant.levels)
            and self.type in ("", grant.type)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One grant of one institution, as of a day."""

    institution: str
    """Its name on that day."""
    standing: Standing
    grant: Grant
    state: State
    has_key: bool
    """Whether a public key is registered with which it may sign now or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What there is to filter by, in the registry's order."""

    occupations: tuple[str, ...]
    roles: tuple[str, ...]
    levels: tuple[str, ...]
    types: tuple[str, ...]


def rows(registry: Registry, wanted: Filter, *, today: str, now: int) -> list[Row]:
    """The grants that `wanted` asks for, in the registry's order.

    Args:
        registry: the published one.
        wanted: what to show.
        today: YYYY-MM-DD.
        now: the same in seconds, for keys.
    """
    return [
        Row(
            institution=institution.name_on(today),
            standing="active" if institution.acts_on(today) else institution.status,
            grant=grant,
            state=state_on(grant, today),
            has_key=has_key(institution, now),
        )
        for institution in registry.institutions
        for grant in institution.grants
        if wanted.fits(grant)
    ]


def choices(registry: Registry) -> Choices:
    """What the registry's grants have."""
    grants = [grant for institution in registry.institutions for grant in institution.grants]

    def each(values: Callable[[Grant], Sequence[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for grant in grants for one in values(grant) if one != "*"))

    return Choices(
        occupations=each(lambda grant: [grant.occupation]),
        roles=each(lambda grant: [grant.role]),
        levels=each(lambda grant: grant.levels),
        types=each(lambda grant: [grant.type]),
    )


def state_on(grant: Grant, day: str) -> State:
    """How a grant stands on `day` (YYYY-MM-DD)."""
    if grant.state != "active" and not (grant.state_from and day < grant.state_from):
        return grant.state
    if day < grant.from_:
        return "planned"
    return "past" if grant.to is not None and day > grant.to else "in_force"


def has_key(institution: Institution, now: int) -> bool:
    """Whether it has a registered key that is not retired, stolen or over at `now` (seconds)."""
    return any(
        key.state in ("planned", "active") and now < key.sign_until for key in institution.keys
    )
