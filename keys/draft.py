"""Editing the next registry: pure functions from one draft to the next, each a rule of the directory.

Nothing is taken out: a name, a grant, a key or an institution gets a last day or another state.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from keys.authority_folder import Draft, checked
from keys.ed25519 import vet_public_key
from keys.jwk import Jwk
from keys.publication import DAY
from schemas import certificate_types, vocabulary
from schemas.errors import TrustError
from schemas.registry import Grant, Institution, Key, Reinstated

KEY_LIFE = 379 * DAY  # seconds that a key signs: a year, and 14 days beside the next one

GrantState = Literal["active", "suspended", "ended"]
InstitutionState = Literal["active", "suspended", "withdrawn"]


def find(draft: Draft, institution_id: str) -> Institution:
    """The institution with this id.

    Raises:
        TrustError: `institution_unknown`.
    """
    for institution in draft.institutions:
        if institution.id == institution_id:
            return institution
    raise TrustError("institution_unknown", id=institution_id)


def add(draft: Draft, institution: Institution) -> Draft:
    """List a new institution.

    Raises:
        TrustError: `institution_exists`.
    """
    if any(one.id == institution.id for one in draft.institutions):
        raise TrustError("institution_exists", id=institution.id)
    return draft.model_copy(update={"institutions": [*draft.institutions, institution]})


def merge(draft: Draft, institutions: Iterable[Institution]) -> Draft:
    """List the institutions that are not listed yet, and grants that the others lack.

    Bringing in the same directory again changes nothing.

    Raises:
        TrustError: `institution_exists`: an id that stands for another name here.
    """
    for new in institutions:
        old = next((one for one in draft.institutions if one.id == new.id), None)
        if old is None:
            draft = add(draft, new)
            continue
        if not {name.name for name in new.names} & {name.name for name in old.names}:
            raise TrustError("institution_exists", id=new.id)
        grants = [grant for grant in new.grants if grant not in old.grants]
        keys = [key for key in new.keys if key.kid not in {one.kid for one in old.keys}]
        if grants or keys:
            draft = _put(draft, old, grants=[*old.grants, *grants], keys=[*old.keys, *keys])
    return draft


def rename(draft: Draft, institution_id: str, name: str, day: str) -> Draft:
    """Give an institution another name from `day` (YYYY-MM-DD) on; the old one ends the day before.

    Raises:
        TrustError: `institution_unknown`, `document_malformed`.
    """
    institution = find(draft, institution_id)
    *earlier, last = [one.model_dump(exclude_none=True) for one in institution.names]
    ended = last | {"to": (day_of(day) - timedelta(days=1)).isoformat()}
    return _put(draft, institution, names=[*earlier, ended, {"name": name, "from": day}])


def set_status(draft: Draft, institution_id: str, status: InstitutionState, day: str) -> Draft:
    """Suspend, withdraw or reinstate an institution from `day` on.

    Raises:
        TrustError: `institution_unknown`, `document_malformed`.
    """
    day_of(day)
    return _put(draft, find(draft, institution_id), status=status, status_from=day)


def grant(
    *,
    type_name: str,
    role: str,
    occupation: str = "*",
    directions: Sequence[str] | Literal["*"] = "*",
    levels: Sequence[str] | Literal["*"] = "*",
    from_: str,
    to: str | None = None,
    basis: str,
) -> Grant:
    """A grant in the words that certificates use.

    Args:
        type_name: a certificate type.
        role: its id or Chinese name.
        occupation: a name, alias or code, or `*`.
        directions: or `*` for all.
        levels: or `*` for all.
        from_: first day, YYYY-MM-DD.
        to: last day; None: open.
        basis: notice, annex and row.

    Raises:
        CommandError: `certificate_type_unknown`.
        TrustError: `grant_role_unfit`, `grant_occupation_unknown`, `grant_level_unknown`,
            `document_malformed`.
    """
    certificate_type = certificate_types.load(type_name)
    roles = vocabulary.roles()
    known = next((one.role for one in roles.values() if role in (one.role, one.name)), role)
    if known not in certificate_type.roles:
        allowed = list(certificate_type.roles)
        raise TrustError("grant_role_unfit", role=role, type=type_name, allowed=allowed)
    found = vocabulary.occupation(occupation)
    closed = vocabulary.occupation_must_be_listed(type_name)
    if found is None and occupation != "*" and closed:
        raise TrustError("grant_occupation_unknown", occupation=occupation)
    name = found.name if found else occupation
    members = {
        "type": type_name,
        "role": known,
        "occupation": name,
        "directions": [vocabulary.direction(type_name, name, one).name for one in directions]
        if directions != "*"
        else "*",
        "levels": [_level(type_name, one) for one in levels] if levels != "*" else "*",
        "from": day_of(from_).isoformat(),
        "to": day_of(to).isoformat() if to else None,
        "basis": basis,
    }
    return checked(Grant, members)


def add_grant(draft: Draft, institution_id: str, new: Grant) -> Draft:
    """Give an institution a right.

    Raises:
        TrustError: `institution_unknown` or `grant_exists`.
    """
    institution = find(draft, institution_id)
    if new in institution.grants:
        raise TrustError("grant_exists", id=institution_id)
    return _put(draft, institution, grants=[*institution.grants, new])


def set_grant_state(
    draft: Draft, institution_id: str, number: int, state: GrantState, day: str
) -> Draft:
    """Suspend, end or resume the grant with this number (from 1, as shown) from `day` on.

    A resumed grant is a new one: the days between stay without it.

    Raises:
        TrustError: `institution_unknown`, `grant_unknown`, `document_malformed`.
    """
    institution = find(draft, institution_id)
    if not 1 <= number <= len(institution.grants):
        raise TrustError("grant_unknown", id=institution_id, number=number)
    grants = list(institution.grants)
    changed = grants[number - 1].model_dump(exclude={"state", "state_from"}, exclude_none=True)
    since = day_of(day).isoformat()
    if state == "active":
        grants.append(checked(Grant, changed | {"from": since}))
    else:
        grants[number - 1] = checked(Grant, changed | {"state": state, "state_from": since})
    return _put(draft, institution, grants=grants)


def add_key(
    draft: Draft,
    institution_id: str,
    jwk: Jwk,
    *,
    from_: int,
    sign_until: int | None = None,
    state: Literal["planned", "active"] = "active",
) -> Draft:
    """Register a public key that signs in [from, sign_until) (seconds).

    Raises:
        KeyRefusedError: no key that an honest signer has.
        TrustError: `institution_unknown`, `key_exists` (anywhere in the registry), `key_window`.
    """
    vet_public_key(jwk.x)
    institution = find(draft, institution_id)
    for one in draft.institutions:
        if any(key.kid == jwk.kid for key in one.keys):
            raise TrustError("key_exists", kid=jwk.kid, id=one.id)
    until = from_ + KEY_LIFE if sign_until is None else sign_until
    if until <= from_:
        raise TrustError("key_window", kid=jwk.kid)
    members = {
        "kid": jwk.kid,
        "jwk": jwk.to_dict(),
        "from": from_,
        "sign_until": until,
        "state": state,
    }
    return _put(draft, institution, keys=[*institution.keys, checked(Key, members)])


def retire_key(draft: Draft, kid: str, *, at: int) -> Draft:
    """Let a key sign no more from `at` (seconds) on; what it signed stays good.

    Raises:
        TrustError: `key_unknown`.
    """
    institution, key = find_key(draft, kid)
    changes = {"state": "retired", "sign_until": max(key.from_, min(key.sign_until, at))}
    return _put_key(draft, institution, kid, changes)


def compromise_key(draft: Draft, kid: str, *, at: int | None, reason: str) -> Draft:
    """Mark a key as stolen at `at` (seconds); only slots logged before stay good, None: no slot.

    Raises:
        TrustError: `key_unknown`.
    """
    changes: dict[str, Any] = {"state": "compromised", "compromised_at": at, "reason": reason}
    return _put_key(draft, find_key(draft, kid)[0], kid, changes)


def find_key(draft: Draft, kid: str) -> tuple[Institution, Key]:
    """Whose key it is, and the key.

    Raises:
        TrustError: `key_unknown`.
    """
    for institution in draft.institutions:
        for key in institution.keys:
            if key.kid == kid:
                return institution, key
    raise TrustError("key_unknown", kid=kid)


def reinstate(draft: Draft, institution_id: str, list_id: str, idx: int) -> Draft:
    """Make a slot good again that was revoked by mistake; only the registry can say so.

    Raises:
        TrustError: `institution_unknown`, `document_malformed`.
    """
    find(draft, institution_id)
    members = {"institution": institution_id, "list": list_id, "idx": idx}
    new = checked(Reinstated, members)
    if new in draft.reinstated:
        return draft
    return draft.model_copy(update={"reinstated": [*draft.reinstated, new]})


def day_of(text: str) -> date:
    """The day that `text` (YYYY-MM-DD) names.

    Raises:
        TrustError: `day_malformed`.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TrustError("day_malformed", text=text) from None


def _level(type_name: str, text: str) -> str:
    level = vocabulary.level(type_name, text)
    if level is None:
        allowed = [one.name for one in vocabulary.levels(type_name)]
        raise TrustError("grant_level_unknown", level=text, allowed=allowed)
    return level


def _put_key(draft: Draft, institution: Institution, kid: str, changes: dict[str, Any]) -> Draft:
    keys = [
        checked(Key, key.model_dump(exclude_none=True) | changes) if key.kid == kid else key
        for key in institution.keys
    ]
    return _put(draft, institution, keys=keys)


def _put(draft: Draft, institution: Institution, **changes: Any) -> Draft:
    """`draft` with members of this institution changed."""
    changed = checked(Institution, institution.model_dump(exclude_none=True) | changes)
    institutions = [changed if one.id == institution.id else one for one in draft.institutions]
    return draft.model_copy(update={"institutions": institutions})
