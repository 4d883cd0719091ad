"""Compare a certificate that is to be signed with what the registry says of its issuer (E16, E17).

The rule is the verifier's own (verifier.verify, step grant): one grant must cover type, occupation,
direction and level on the date of issue, and the institution must have been acting on that day. Who
is suspended today signs nothing, whatever date it would bear.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from issuer.roster.columns import ISSUER_NAME
from issuer.roster.findings import Finding, finding
from schemas.certificate_types import CertificateType
from schemas.codes import Language
from schemas.errors import CommandError
from schemas.registry import Grant, Institution
from schemas.vocabulary import fold

_SCOPE = ("occupation", "direction", "level")

GrantCheck = Callable[[Mapping[str, Any]], list[Finding]]


def grant_check(
    institution: Institution, certificate_type: CertificateType, *, today: date
) -> GrantCheck:
    """Return a check of claims, to be signed `today`, against the grants.

    It remembers what it was asked before.
    """

    @lru_cache(maxsize=4096)
    def check(
        day: str, occupation: str | None, direction: str | None, level: str | None
    ) -> tuple[Finding, ...]:
        scope = (occupation, direction, level)
        name, signed_on = certificate_type.name, today.isoformat()
        if institution.grant_for(name, *scope, day, signed_on=signed_on):
            return ()
        grants = [grant for grant in institution.grants if grant.covers(name, *scope)]
        # Where the date would do, the suspension of today is what is wrong.
        granted = institution.grant_for(name, *scope, day)
        if granted:
            day, grants = signed_on, [granted]
        return (_refusal(institution, certificate_type, scope, day, grants),)

    def check_claims(claims: Mapping[str, Any]) -> list[Finding]:
        day = claims.get("issue_date")
        occupation, direction, level = (claims.get(name) for name in _SCOPE)
        return list(check(day, occupation, direction, level)) if day else []

    return check_claims


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeGrant:
    """Whether an institution may issue a type of certificate today, for any occupation."""

    type: CertificateType
    state: Literal["granted", "suspended", "ended", "planned", "none"]
    day: str = ""
    """Since when, or from when, the state is; empty where the registry has no date."""


def type_grant(
    institution: Institution, certificate_type: CertificateType, *, today: date
) -> TypeGrant:
    """Say whether certificates of a type may be issued today, and if not, why."""
    day, name = today.isoformat(), certificate_type.name
    grants = [grant for grant in institution.grants if grant.type == name]
    if not grants:
        return TypeGrant(type=certificate_type, state="none")
    if not institution.acts_on(day):
        since = institution.status_from or ""
        return TypeGrant(type=certificate_type, state="suspended", day=since)
    if any(grant.covers_day(day) and grant.signs_on(day) for grant in grants):
        return TypeGrant(type=certificate_type, state="granted")
    last = max(grants, key=lambda grant: grant.from_)
    if last.from_ > day:
        return TypeGrant(type=certificate_type, state="planned", day=last.from_)
    if last.state == "suspended":
        return TypeGrant(type=certificate_type, state="suspended", day=last.state_from or "")
    return TypeGrant(type=certificate_type, state="ended", day=last.to or last.state_from or "")


def require_type_grant(
    institution: Institution, certificate_type: CertificateType, *, today: date, language: Language
) -> None:
    """Refuse a type that may not be issued today, by its name in `language`.

    Raises:
        CommandError: `type_not_granted`.
    """
    if type_grant(institution, certificate_type, today=today).state != "granted":
        raise CommandError("type_not_granted", type=certificate_type.labels[language])


def check_issuer_name(institution: Institution, name: str, day: str) -> list[Finding]:
    """Return what is wrong with the institution's name in a roster, as of the date of issue."""
    expected = institution.name_on(day)
    if name == expected:
        return []
    if fold(name) == fold(expected):
        return [finding("issuer_name_folded", column=ISSUER_NAME, expected=expected)]
    return [finding("issuer_name_mismatch", column=ISSUER_NAME, given=name, expected=expected)]


def _refusal(
    institution: Institution,
    certificate_type: CertificateType,
    scope: tuple[str | None, str | None, str | None],
    day: str,
    grants: list[Grant],
) -> Finding:
    """What is wrong on `day`; `grants` are for such a certificate, whenever they are in force."""
    details: dict[str, Any] = {
        "institution": institution.name_on(day),
        "date": day,
        "scope": " ".join(filter(None, (certificate_type.labels["zh-CN"], *scope))),
    }
    if grants and not institution.acts_on(day):
        since = institution.status_from or ""
        return finding("grant_suspended", column="issue_date", **details, since=since)
    begun = [grant for grant in grants if grant.from_ <= day]
    if not begun:
        return finding("grant_missing", column="occupation" if scope[0] else None, **details)
    last = max(begun, key=lambda grant: grant.from_)
    if last.state == "suspended":
        since = last.state_from or ""
        return finding("grant_suspended", column="issue_date", **details, since=since)
    until = last.to if last.state == "active" else last.state_from
    return finding("grant_ended", column="issue_date", **details, until=until or "")
