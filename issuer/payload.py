"""From checked claims to the bytes that are signed (schemas/README.md §2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas import origin as address
from schemas import sd_jwt, strict_json
from schemas.certificate_types import CertificateType


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a certificate belongs: whose it is, and its slot."""

    origin: str
    institution: str
    list_id: str
    idx: int


def build(
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    *,
    place: Place,
    iat: int,
    demo: bool,
    salts: Mapping[str, bytes],
) -> tuple[bytes, tuple[bytes, ...]]:
    """(payload, disclosures) of a certificate; `salts` has 16 fresh bytes for each hidden claim."""
    disclosures = tuple(
        sd_jwt.disclosure(salts[name], name, str(claims[name]))
        for name in certificate_type.claims
        if name in certificate_type.hidden and claims.get(name) is not None
    )
    digests = sorted(map(sd_jwt.digest, disclosures))
    payload = compose(certificate_type, claims, place=place, iat=iat, demo=demo, digests=digests)
    return payload, disclosures


def compose(
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    *,
    place: Place,
    iat: int,
    demo: bool,
    digests: Sequence[str],
) -> bytes:
    """The payload: the envelope, the type's claims that are not hidden, the digests of the others.

    Nothing else of `claims` is taken: what composes to itself is of its type's form.
    """
    uri = address.status_uri(place.origin, place.institution, place.list_id)
    payload: dict[str, object] = {
        "iss": address.issuer_uri(place.origin, place.institution),
        "iat": iat,
        "vct": address.type_uri(place.origin, certificate_type.name, certificate_type.version),
        "status": {"status_list": {"idx": place.idx, "uri": uri}},
    }
    hidden = certificate_type.hidden
    for name in certificate_type.claims:
        value = claims.get(name)
        if value is not None and name not in hidden:
            payload[name] = value
    if demo:
        payload["demo"] = True
    if digests:
        payload["_sd"] = digests
    return strict_json.dumps(payload)


def signed_later(payload: bytes, iat: int) -> bytes:
    """The same payload with another time of signing."""
    return strict_json.dumps(strict_json.loads_object(payload) | {"iat": iat})
