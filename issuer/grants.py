"""Compare a certificate that is to be signed with what the registry says of its issuer (E16, E17).

The rule is the verifier's own (verifier.verify, step grant): one grant must cover type, occupation,
direction and level on the date of issue, and the institution must have been acting on that day.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from issuer.columns import ISSUER_NAME
from issuer.findings import Finding, finding
from schemas.certificate_types import CertificateType
from schemas.registry import Institution
from schemas.vocabulary import fold

_SCOPE = ("occupation", "direction", "level")

GrantCheck = Callable[[Mapping[str, Any]], list[Finding]]


def grant_check(institution: Institution, certificate_type: CertificateType) -> GrantCheck:
    """Return a check of claims against the grants; it remembers what it was asked before."""

    @lru_cache(maxsize=4096)
    def check(
        day: str, occupation: str | None, direction: str | None, level: str | None
    ) -> tuple[Finding, ...]:
        scope = (occupation, direction, level)
        if institution.grant_for(certificate_type.name, *scope, day):
            return ()
        return (_refusal(institution, certificate_type, scope, day),)

    def check_claims(claims: Mapping[str, Any]) -> list[Finding]:
        day = claims.get("issue_date")
        occupation, direction, level = (claims.get(name) for name in _SCOPE)
        return list(check(day, occupation, direction, level)) if day else []

    return check_claims


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
) -> Finding:
    details: dict[str, Any] = {
        "institution": institution.name_on(day),
        "date": day,
        "scope": " ".join(filter(None, (certificate_type.labels["zh-CN"], *scope))),
    }
    grants = [grant for grant in institution.grants if grant.covers(certificate_type.name, *scope)]
    if grants and not institution.acts_on(day):
        since = institution.status_from or ""
        return finding("grant_suspended", column="issue_date", **details, since=since)
    for grant in grants:
        if grant.from_ > day:
            continue
        if grant.state == "suspended":
            since = grant.state_from or ""
            return finding("grant_suspended", column="issue_date", **details, since=since)
        until = grant.to if grant.state == "active" else grant.state_from
        return finding("grant_ended", column="issue_date", **details, until=until or "")
    return finding("grant_missing", column="occupation" if scope[0] else None, **details)
