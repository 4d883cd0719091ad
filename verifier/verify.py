"""Verify one presented credential against the trust state (schemas/README.md §6; DESIGN's 13 steps).

Everything needed is passed in: nothing here reads a file, a socket or the clock. `verify` raises a
`VerificationError`, so a caller that forgets to look cannot accept a forgery.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from keys import jws
from keys.ed25519 import KeyRefusedError
from keys.jwk import Jwk
from keys.trust import TrustedList, TrustState, verification_key
from schemas import day, issued_list
from schemas.credential import Credential
from schemas.errors import (
    BackdatedError,
    BadSignatureError,
    ClockBehindError,
    ExpiredError,
    IssuedAfterSnapshotError,
    IssuedInFutureError,
    IssuerKeyMismatchError,
    IssuerNewerThanRegistryError,
    IssuerUnknownError,
    KeyCompromisedError,
    NoRegistryError,
    NotInIssuedListError,
    OutOfScopeError,
    OutsideKeyWindowError,
    RegistryExpiredError,
    ReplacedError,
    RevokedError,
    SuspendedError,
)
from schemas.limits import CLOCK_SKEW, LOG_DELAY
from schemas.registry import Institution, Key
from schemas.sd_jwt import SdJwt
from schemas.status_list import Status
from verifier.presentation import Presentation

Step = Literal[
    "format",
    "trust_state",
    "key_known",
    "signature",
    "issuer",
    "key_window",
    "grant",
    "issued_list",
    "key_integrity",
    "status",
    "expiry",
    "institution",
    "freshness",
]
STEPS: tuple[Step, ...] = Step.__args__  # type: ignore[attr-defined]

_DAY_SECONDS = 86_400
_NO_ORIGIN = "localhost"  # fills the gaps of bare digits when no trust state names an origin


@dataclass(frozen=True, slots=True)
class Caution:
    """Something people must be told about a credential that holds."""

    code: str
    details: dict[str, object]


class VerifiedCredential(NamedTuple):
    """A credential that held at `checked_at`. Only `verify` builds one."""

    credential: Credential
    institution: Institution
    institution_name: str
    """The registry's name for the institution on the day of issue."""
    warnings: tuple[Caution, ...]
    checked_at: datetime


@dataclass(slots=True)
class Examination:
    """How far an examination came, for telling people; filled by `examine`."""

    step: Step = "format"
    """The step under way, or failed."""
    unknown: set[Step] = field(default_factory=set)
    """Steps that were passed over because their data are not loaded."""
    warnings: list[Caution] = field(default_factory=list)
    credential: Credential | None = None
    """Set once its signature holds."""
    institution: Institution | None = None

    def warn(self, code: str, **details: object) -> None:
        """Note a warning."""
        self.warnings.append(Caution(code, details))


def verify(
    presentation: Presentation, *, trust: TrustState | None, now: datetime
) -> VerifiedCredential:
    """Verify `presentation` as of `now` (aware).

    Raises:
        VerificationError: One subclass for each reason, each with a stable `code`.
    """
    seen = Examination()
    credential, institution = examine(presentation, trust, now, seen)
    return VerifiedCredential(
        credential=credential,
        institution=institution,
        institution_name=institution.name_on(credential.issue_date),
        warnings=tuple(seen.warnings),
        checked_at=now,
    )


def examine(
    presentation: Presentation, trust: TrustState | None, now: datetime, seen: Examination
) -> tuple[Credential, Institution]:
    """Go through the steps, noting in `seen` how far it came.

    Raises:
        VerificationError: as `verify`.
    """
    # 1. The text is a credential in our strict form.
    origin = presentation.origin or _first_origin(trust)
    token, claims = presentation.token_and_claims(origin)
    # 2. There is something to check against. The clock cannot be earlier than what was signed.
    seen.step = "trust_state"
    if trust is None:
        raise NoRegistryError
    clock = int(now.timestamp())
    moment = max(clock, trust.newest)
    # 3. The registry knows the key.
    seen.step = "key_known"
    owner, key = _owner(trust, token, claims)
    # 4. That key signed exactly these bytes, and each disclosed value belongs to a signed digest.
    seen.step = "signature"
    public = _public(key)
    signing_input = token.signing_input
    try:
        jws.verify(signing_input, token.signature, public)
    except BadSignatureError:
        origin, token, claims = _under_another_origin(presentation, trust, origin, public)
        signing_input = token.signing_input
    seen.credential = credential = Credential.from_claims(token.reveal(claims))
    if presentation.origin is not None and origin != presentation.origin:
        seen.warn("foreign_host", host=presentation.origin)
    # 5. The institution that is named owns the key.
    seen.step = "issuer"
    if owner.id != credential.institution_id or credential.origin not in trust.registry.origins:
        raise IssuerKeyMismatchError
    seen.institution = owner
    # 6. Signed while the key was in force, and not in the future.
    seen.step = "key_window"
    if max(credential.iat, day.start_of(credential.issue_date)) > moment + CLOCK_SKEW:
        raise IssuedInFutureError
    if not key.from_ <= credential.iat < key.sign_until:
        raise OutsideKeyWindowError
    # 7. The institution might issue this on the day that the certificate bears.
    seen.step = "grant"
    grants = owner.grants_for(
        credential.type, credential.occupation, credential.direction, credential.level
    )
    if owner.grant_among(grants, credential.issue_date, day.text_at(credential.iat)) is None:
        raise OutOfScopeError
    today = day.text_at(moment)
    if not [grant for grant in grants if grant.covers_day(today)]:
        seen.warn("grant_ended")
    # 8. The institution's issued list has it, 9. from before the key was stolen.
    seen.step = "issued_list"
    lists = trust.lists.get(credential.list_key)
    logged_at = _logged_at(trust, lists, key, credential, signing_input, seen)
    seen.step = "key_integrity"
    if key.state == "compromised":
        if logged_at is None or key.compromised_at is None or logged_at >= key.compromised_at:
            raise KeyCompromisedError
        seen.warn("key_later_compromised_but_logged_before")
    # 10. It is not withdrawn.
    seen.step = "status"
    _require_status(lists, credential, signing_input, seen)
    # 11. It has not ended by itself.
    seen.step = "expiry"
    if credential.exp is not None and moment >= credential.exp:
        raise ExpiredError(expired_on=day.text_at(credential.exp))
    # 12. The institution still stands; if not, what it issued before does.
    seen.step = "institution"
    if not owner.acts_on(today):
        seen.warn("issuer_suspended_now")
    # 13. The data are young enough; last, so that "revoked" wins over "stale".
    seen.step = "freshness"
    if clock < trust.newest - CLOCK_SKEW:
        raise ClockBehindError
    if moment >= min(trust.snapshot.exp, trust.root.exp):
        raise RegistryExpiredError(as_of=day.text_at(trust.snapshot.iat))
    if moment >= trust.snapshot.next:
        seen.warn("registry_stale", days=(moment - trust.snapshot.iat) // _DAY_SECONDS)
    return credential, owner


def _first_origin(trust: TrustState | None) -> str:
    return trust.registry.origins[0] if trust else _NO_ORIGIN


def _under_another_origin(
    presentation: Presentation, trust: TrustState, tried: str, public: Jwk
) -> tuple[str, SdJwt, dict[str, Any]]:
    """The first of the registry's other origins with which the digits are what the key signed."""
    if presentation.sd_jwt is None:
        for origin in dict.fromkeys(trust.registry.origins):
            if origin != tried:
                token, claims = presentation.token_and_claims(origin)
                with suppress(BadSignatureError):
                    jws.verify(token.signing_input, token.signature, public)
                    return origin, token, claims
    raise BadSignatureError


def _owner(trust: TrustState, token: SdJwt, claims: dict[str, Any]) -> tuple[Institution, Key]:
    found = trust.keys.get(token.kid)
    if found is not None:
        return found
    iat = claims.get("iat")
    if type(iat) is int and iat > trust.snapshot.iat:
        raise IssuerNewerThanRegistryError(kid=token.kid)
    raise IssuerUnknownError(kid=token.kid)


def _public(key: Key) -> Jwk:
    try:
        return verification_key(key.jwk)
    except KeyRefusedError:
        raise IssuerUnknownError(kid=key.kid) from None


def _logged_at(
    trust: TrustState,
    lists: TrustedList | None,
    key: Key,
    credential: Credential,
    signing_input: bytes,
    seen: Examination,
) -> int | None:
    """By when the credential had been logged, or None where the issued list is not loaded."""
    if lists is None or credential.idx >= lists.published.count:
        # Not logged: claiming a fresh date is all that a thief of a key has left.
        delay = lists.published.delay if lists else LOG_DELAY
        if credential.iat <= trust.snapshot.iat - delay:
            raise NotInIssuedListError
        if key.state == "compromised":
            seen.unknown.add("issued_list")
            seen.step = "key_integrity"
            raise KeyCompromisedError
        raise IssuedAfterSnapshotError(as_of=day.text_at(trust.snapshot.iat))
    if lists.issued is None or credential.idx >= lists.issued.count:
        seen.unknown.add("issued_list")
        seen.warn("issued_list_not_loaded")
        return None
    if lists.issued[credential.idx] != issued_list.slot(signing_input):
        raise NotInIssuedListError
    logged_at = lists.issued.logged_at(credential.idx)
    if logged_at - credential.iat > lists.published.delay:
        raise BackdatedError
    return logged_at


def _require_status(
    lists: TrustedList | None, credential: Credential, signing_input: bytes, seen: Examination
) -> None:
    status = lists.status if lists else None
    if lists is None or status is None or credential.idx >= status.count:
        seen.unknown.add("status")
        seen.warn("status_not_loaded")
        return
    match status[credential.idx]:
        case Status.VALID:
            if lists.status_is_old:
                seen.unknown.add("status")
                seen.warn("status_not_loaded")
        case Status.SUSPENDED:
            raise SuspendedError
        case Status.INVALID:
            sealed = lists.replaced.get(credential.idx)
            if sealed is None:
                raise RevokedError
            raise ReplacedError(replaced_by=issued_list.open_number(sealed, signing_input))
