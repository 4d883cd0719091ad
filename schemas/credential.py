"""The claims of a credential, typed (schemas/README.md §2; the types' own claims are data).

`Credential.from_claims` refuses what every type has in common and gets wrong; what only one type
demands is its JSON Schema's business, which the issuer applies before it signs.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from schemas import origin as address
from schemas.errors import MalformedError
from schemas.limits import MAX_LIST_ENTRIES, MAX_TIME

MAX_TEXT = 200  # characters of any one text claim; the longest, a class name, is limited to 60


class Credential(NamedTuple):
    """What a certificate says. Who may say it is the registry's business.

    A named tuple is made in 1.3 µs, a frozen dataclass of so many fields in 3.2.
    """

    origin: str
    institution_id: str
    type: str
    type_version: int
    iat: int
    """When it was signed, seconds since 1970."""
    exp: int | None
    """When it ends, seconds since 1970; these certificates are for life unless a type says so."""
    list_id: str
    """The institution's status list, by year of signing."""
    idx: int
    """The slot in the status list and in the issued list."""
    certificate_number: str
    holder_name: str
    issue_date: str
    """发证日期, YYYY-MM-DD, what the certificate prints; may be years before `iat`."""
    occupation: str | None
    direction: str | None
    level: str | None
    demo: bool
    claims: Mapping[str, Any]
    """All revealed claims, in the order they were signed."""

    @property
    def list_key(self) -> str:
        """The list's name in the trust state: `{institution id}/{list id}`."""
        return f"{self.institution_id}/{self.list_id}"

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> "Credential":
        """Read revealed claims.

        Raises:
            MalformedError: a claim that every credential needs is missing or of another kind.
        """
        if "nbf" in claims or "cnf" in claims:
            raise MalformedError("nbf or cnf: another verifier would act on it")
        uri, idx = _status(claims)
        origin, institution_id, type_name, type_version, list_id = _addresses(
            _text(claims, "iss"), _text(claims, "vct"), uri
        )
        if claims.get("demo", True) is not True:
            raise MalformedError("demo: not true")
        return cls(
            origin=origin,
            institution_id=institution_id,
            type=type_name,
            type_version=type_version,
            iat=_time(claims, "iat"),
            exp=_time(claims, "exp") if "exp" in claims else None,
            list_id=list_id,
            idx=idx,
            certificate_number=_text(claims, "certificate_number"),
            holder_name=_text(claims, "holder_name"),
            issue_date=_date(_text(claims, "issue_date")),
            occupation=_optional_text(claims, "occupation"),
            direction=_optional_text(claims, "direction"),
            level=_optional_text(claims, "level"),
            demo="demo" in claims,
            claims=claims,
        )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if type(value) is not str or not 0 < len(value) <= MAX_TEXT:
        raise MalformedError(f"{name}: not a text of 1 to {MAX_TEXT} characters")
    return value


def _optional_text(claims: Mapping[str, Any], name: str) -> str | None:
    return _text(claims, name) if name in claims else None


def _time(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= MAX_TIME:
        raise MalformedError(f"{name}: not a time between 1970 and 2200")
    return value


@lru_cache(maxsize=4096)
def _date(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise MalformedError("issue_date: not a date YYYY-MM-DD")


def _status(claims: Mapping[str, Any]) -> tuple[str, int]:
    status = claims.get("status")
    entry = status.get("status_list") if type(status) is dict else None
    if type(entry) is not dict:
        raise MalformedError("status: no status_list")
    idx = entry.get("idx")
    if type(idx) is not int or not 0 <= idx < MAX_LIST_ENTRIES:
        raise MalformedError("status: idx is not an index")
    return _text(entry, "uri"), idx


@lru_cache(maxsize=1024)
def _addresses(iss: str, vct: str, status: str) -> tuple[str, str, str, int, str]:
    """(origin, institution, type, type version, list) of the three addresses of a credential."""
    origin, institution = address.split_issuer(iss)
    type_origin, type_name, type_version = address.split_type(vct)
    status_origin, status_institution, list_id = address.split_status(status)
    if not origin == type_origin == status_origin or institution != status_institution:
        raise MalformedError("iss, vct and status: not of one origin and institution")
    return origin, institution, type_name, type_version, list_id
