"""From checked claims to the bytes that are signed (schemas/README.md §2)."""

from collections.abc import Mapping
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
    uri = address.status_uri(place.origin, place.institution, place.list_id)
    payload: dict[str, object] = {
        "iss": address.issuer_uri(place.origin, place.institution),
        "iat": iat,
        "vct": address.type_uri(place.origin, certificate_type.name, certificate_type.version),
        "status": {"status_list": {"idx": place.idx, "uri": uri}},
    }
    disclosures = []
    hidden = certificate_type.hidden
    for name in certificate_type.claims:
        value = claims.get(name)
        if value is None:
            continue
        if name in hidden:
            disclosures.append(sd_jwt.disclosure(salts[name], name, str(value)))
        else:
            payload[name] = value
    if demo:
        payload["demo"] = True
    if disclosures:
        payload["_sd"] = sorted(map(sd_jwt.digest, disclosures))
    return strict_json.dumps(payload), tuple(disclosures)


def signed_later(payload: bytes, iat: int) -> bytes:
    """The same payload with another time of signing."""
    return strict_json.dumps(strict_json.loads_object(payload) | {"iat": iat})
