"""An institution's number patterns: what each would give next, and changing one.

The numbers that were given stay as they are; a new text around the serial begins to count at 1.
"""

from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from issuer import audit
from issuer.numbers import numbering
from issuer.tables import Pattern
from schemas import vocabulary
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """How certificates of one type are numbered now, or would be with another pattern."""

    type: CertificateType
    pattern: str
    """Empty: none, every roster brings its own numbers."""
    own: bool
    """Whether the institution has set it; else it is ours."""
    preview: numbering.Preview | None = None
    level: str = ""
    """The level that the preview takes as its example; empty where it does not matter."""
    shared_with: tuple[CertificateType, ...] = ()
    """Other types whose patterns give the very same numbers: people would take one for another."""
    problem: CommandError | None = None
    """Why the pattern cannot be used."""


def look(
    session: Session,
    institution: str,
    types: list[CertificateType],
    *,
    today: date,
    instead: tuple[str, str] | None = None,
) -> list[Numbering]:
    """The numbering of each of `types`; of the type in `instead` (type, pattern) with that one."""
    patterns = {}
    for one in types:
        pattern = numbering.pattern_of(session, institution, one.name)
        patterns[one.name] = instead[1] if instead and instead[0] == one.name else pattern
    return [_look(session, institution, types, one, patterns, today) for one in types]


def _look(
    session: Session,
    institution: str,
    types: list[CertificateType],
    certificate_type: CertificateType,
    patterns: dict[str, str],
    today: date,
) -> Numbering:
    name = certificate_type.name
    pattern = patterns[name]
    own = session.get(Pattern, (institution, name)) is not None
    claims = samples(name, today)[0]
    shown = Numbering(
        type=certificate_type,
        pattern=pattern,
        own=own,
        level=claims.get("level", "") if "{level}" in pattern else "",
    )
    if not pattern:
        return shown
    try:
        require_usable(name, pattern, today)
        found = numbering.preview(session, institution, name, pattern, claims)
    except CommandError as error:
        return replace(shown, problem=error)
    shared = tuple(
        other
        for other in types
        if other.name != name
        and patterns[other.name]
        and numbering.series(patterns[other.name], other.name, samples(other.name, today)[0])
        == found.series
    )
    return replace(shown, preview=found, shared_with=shared)


def samples(type_name: str, today: date) -> list[dict[str, str]]:
    """What certificates of today say that a pattern may take up; one for each level with a digit."""
    issued = {"issue_date": today.isoformat()}
    levels = [level for level in vocabulary.levels(type_name) if level.digit]
    return [{**issued, "level": level.name} for level in levels] or [issued]


def require_usable(type_name: str, pattern: str, today: date) -> None:
    """Refuse a pattern whose numbers could not be issued.

    Raises:
        CommandError: `number_pattern`, `number_too_long`, `number_pattern_skill`.
    """
    numbering.check_pattern(pattern)
    for claims in samples(type_name, today):
        form = numbering.Form.of(numbering.series(pattern, type_name, claims))
        numbering.require_fitting(type_name, form.number(1), claims, pattern=pattern)


def change(
    session: Session,
    institution: str,
    type_name: str,
    pattern: str,
    *,
    today: date,
    at: int,
    who: str,
) -> bool:
    """Set the pattern of a type; give whether it is another one than before.

    Raises:
        CommandError: as `require_usable`.
    """
    require_usable(type_name, pattern, today)
    before = numbering.pattern_of(session, institution, type_name)
    if before == pattern:
        return False
    session.merge(Pattern(institution=institution, type=type_name, pattern=pattern))
    audit.append(
        session,
        at=at,
        who=who,
        action="set pattern",
        subject=f"{institution} {type_name} numbers",
        before=before,
        after=pattern,
    )
    return True
