"""A verdict is what people and programs are told: outcome, code, checks, dates (DESIGN's §5).

`check` never raises for what is presented; a caller that wants to be stopped uses `verify`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from keys.trust import TrustState
from schemas import codes
from schemas.errors import VerificationError
from schemas.registry import Institution
from verifier.presentation import Presentation
from verifier.verify import STEPS, Caution, Examination, Step, examine

State = Literal["passed", "failed", "unknown"]

_REGISTRY_STEPS = frozenset(
    {"trust_state", "key_known", "issuer", "key_window", "grant", "institution"}
)
_SNAPSHOT_STEPS = frozenset({"issued_list", "key_integrity", "status", "freshness"})
_SHOWS_PERSON = STEPS.index("issued_list")  # signature, issuer and grant hold from here on
_OK: Mapping[str, str] = {
    lang: codes.sentence("verification", "ok", lang) for lang in codes.LANGUAGES
}
_NO_HINT: Mapping[str, str] = dict.fromkeys(codes.LANGUAGES, "")


class Check(NamedTuple):
    """One step's result and the date of the data it rests on."""

    step: Step
    state: State
    as_of: str | None


class Verdict(NamedTuple):
    """The whole answer for one presented text."""

    outcome: str
    code: str
    warnings: tuple[Caution, ...]
    checks: tuple[Check, ...]
    demo: bool
    institution: Mapping[str, str] | None
    type: str | None
    certificate_number: str | None
    holder_name: str | None
    claims: Mapping[str, Any] | None
    issued_at: str | None
    registry: Mapping[str, Any] | None
    status_as_of: str | None
    message: Mapping[str, str]
    hint: Mapping[str, str]

    def to_dict(self, name: str) -> dict[str, Any]:
        """As JSON, for the input that people know as `name`."""
        return {
            "input": name,
            "outcome": self.outcome,
            "code": self.code,
            "warnings": [
                {
                    "code": warning.code,
                    **{
                        lang: codes.sentence("warnings", warning.code, lang, **warning.details)
                        for lang in codes.LANGUAGES
                    },
                }
                for warning in self.warnings
            ],
            "checks": [
                {"step": check.step, "state": check.state, "as_of": check.as_of}
                for check in self.checks
            ],
            "demo": self.demo,
            "institution": self.institution,
            "type": self.type,
            "certificate_number": self.certificate_number,
            "holder_name": self.holder_name,
            "claims": self.claims,
            "issued_at": self.issued_at,
            "registry": self.registry,
            "status_as_of": self.status_as_of,
            "message": dict(self.message),
            "hint": dict(self.hint),
        }


def check(text: str, *, trust: TrustState | None, now: datetime) -> Verdict:
    """The verdict on a presented text as of `now` (aware)."""
    seen = Examination()
    error: VerificationError | None = None
    try:
        examine(Presentation.read(text), trust, now, seen)
    except VerificationError as reason:
        error = reason
    code = error.code if error else "ok"
    outcome = codes.outcome(code)
    reached = STEPS.index(seen.step)
    stopped: State = "unknown" if outcome in ("undecided", "not_ours") else "failed"
    registry_as_of = _time(trust.registry.iat) if trust else None
    snapshot_as_of = _time(trust.snapshot.iat) if trust else None
    credential = seen.credential
    shown = credential if outcome != "invalid" and reached >= _SHOWS_PERSON else None
    return Verdict(
        outcome=outcome,
        code=code,
        warnings=tuple(seen.warnings) if outcome == "valid" else (),
        checks=_checks(
            reached,
            stopped if error else "passed",
            frozenset(seen.unknown),
            registry_as_of,
            snapshot_as_of,
        ),
        demo=bool((trust and trust.demo) or (credential and credential.demo)),
        institution=_institution(seen.institution, credential.issue_date if credential else ""),
        type=credential.type if credential else None,
        certificate_number=shown.certificate_number if shown else None,
        holder_name=shown.holder_name if shown else None,
        claims=shown.claims if shown else None,
        issued_at=_time(credential.iat) if credential else None,
        registry={
            "version": trust.registry.version,
            "edition": trust.registry.edition,
            "as_of": registry_as_of,
        }
        if trust
        else None,
        status_as_of=snapshot_as_of,
        message={lang: error.message(lang) for lang in codes.LANGUAGES} if error else _OK,
        hint={lang: error.hint(lang) for lang in codes.LANGUAGES} if error else _NO_HINT,
    )


@lru_cache(maxsize=1024)
def _checks(
    reached: int,
    state_reached: State,
    unknown: frozenset[Step],
    registry_as_of: str | None,
    snapshot_as_of: str | None,
) -> tuple[Check, ...]:
    """Steps before the one that was reached have passed; those after it are unknown."""
    checks = []
    for index, step in enumerate(STEPS):
        state: State = "passed" if index < reached else state_reached
        if index > reached or step in unknown:
            state = "unknown"
        as_of = None
        if state != "unknown":
            as_of = registry_as_of if step in _REGISTRY_STEPS else None
            as_of = snapshot_as_of if step in _SNAPSHOT_STEPS else as_of
        checks.append(Check(step, state, as_of))
    return tuple(checks)


def _institution(institution: Institution | None, day: str) -> dict[str, str] | None:
    if institution is None:
        return None
    return {"id": institution.id, "name": institution.name_on(day)}


@lru_cache(maxsize=1024)
def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat() + "Z"
