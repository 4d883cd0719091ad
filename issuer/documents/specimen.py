"""A certificate as it will print, before there is one: a sample of a design, or a roster's row.

Nothing is signed and nothing attached. The page has 样本 across it; its code, as large as the
certificate's will be, only says what it is: no verifier takes it for a certificate of ours.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from issuer import payload
from issuer.desk import Desk
from issuer.documents.certificate import Design, Printing, printing_of
from issuer.roster.columns import example
from issuer.roster.findings import masked
from issuer.roster.rows import TAIL
from schemas import sd_jwt
from schemas.certificate_types import CertificateType
from schemas.credential import Credential
from schemas.errors import MalformedError
from schemas.registry import Institution

NUMBER = "样本 SPECIMEN"
UNNUMBERED = "（签发时编号）"
_NOBODY = "A" * 11  # a key id that no key has
_WEEK = timedelta(days=7)


def of_row(
    desk: Desk,
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    design: Design,
    photo: bytes | None = None,
) -> Printing:
    """The page of a roster's row, the ID number covered but for its end.

    Raises:
        MalformedError: the row has no name, or no date of issue.
    """
    if "id_number" in claims:
        claims = {**claims, "id_number": masked(str(claims["id_number"]))}
    claims = {"certificate_number": UNNUMBERED, "issue_date": "", **claims}
    return _specimen(desk, certificate_type, claims, design, photo)


def of_design(
    desk: Desk, certificate_type: CertificateType, design: Design, today: date
) -> Printing:
    """The page of a holder who is nobody, within what the institution may issue today."""
    claims = sample(certificate_type, desk.institution, today)
    return _specimen(desk, certificate_type, claims, design, None)


def sample(
    certificate_type: CertificateType, institution: Institution, today: date
) -> dict[str, object]:
    """What such a certificate says: the examples of the roster's template, as far as granted."""
    day = today.isoformat()
    name = certificate_type.name
    wanted = {claim: example(name, claim)[0] for claim in certificate_type.claims}
    filled = {*certificate_type.mandatory, "id_type", "id_number", "id_number_tail"}
    claims: dict[str, object] = {
        claim: text for claim, text in wanted.items() if text and claim in filled
    }
    dates = {
        "start_date": (today - 4 * _WEEK).isoformat(),
        "end_date": (today - _WEEK).isoformat(),
        "year": today.year,
    }
    claims |= {claim: value for claim, value in dates.items() if claim in claims}
    claims |= {"certificate_number": NUMBER, "issue_date": day}
    if "id_number" in claims:
        claims["id_number_tail"] = str(claims["id_number"])[-TAIL:]
    grants = (one for one in institution.grants if one.type == name and one.covers_day(day))
    grant = next(grants, None)
    if grant is not None and grant.occupation != "*":
        direction = certificate_type.no_direction_mark
        claims["occupation"] = grant.occupation
        claims["direction"] = direction if grant.directions == "*" else grant.directions[0]
    if grant is not None and grant.levels != "*":
        claims["level"] = grant.levels[0]
    return claims


def _specimen(
    desk: Desk,
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    design: Design,
    photo: bytes | None,
) -> Printing:
    day = str(claims["issue_date"])
    place = payload.Place(
        origin=desk.origin, institution=desk.institution.id, list_id=day[:4], idx=0
    )
    signed, disclosures = payload.build(
        certificate_type,
        claims,
        place=place,
        iat=_midnight(day),
        demo=desk.trust.demo,
        salts=dict.fromkeys(certificate_type.hidden, bytes(sd_jwt.SALT_LENGTH)),
    )
    token = sd_jwt.SdJwt(_NOBODY, signed, bytes(sd_jwt.SIGNATURE_LENGTH), disclosures)
    Credential.from_claims(token.reveal(token.claims()))
    return replace(printing_of(token, desk.institution, design, photo), specimen=True)


def _midnight(day: str) -> int:
    """Seconds: a document's date, which is no clock's."""
    try:
        return max(0, int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()))
    except ValueError:
        raise MalformedError(f"issue_date: {day}") from None
