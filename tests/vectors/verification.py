"""The verification vectors: each case with every layer between its claims and its text."""

import hashlib
import re
from typing import Any

from schemas import origin as address
from schemas import qr, strict_json
from schemas.errors import MalformedError, VerificationError, ZhengyinError
from schemas.sd_jwt import SdJwt
from tests.vectors import packing
from tests.vectors.cases import Shown, Stage
from tests.world import ORIGIN, moment
from verifier.verdict import Verdict, check

_DIGITS = re.compile("[1-9][0-9]{175,4095}", re.ASCII)


def vector(shown: Shown, stage: Stage) -> dict[str, Any]:
    """One case as it is stored."""
    case = shown.case
    verdict = check(shown.text, trust=stage.states.get(case.trust or ""), now=moment(case.at))
    return {
        "name": shown.name,
        "comment": case.comment,
        **_layers(shown.text, verdict.code),
        "text": shown.text,
        "trust": case.trust,
        "at": moment(case.at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expect": expected(verdict),
    }


def _layers(text: str, code: str) -> dict[str, Any]:
    """Each layer that the text has; None where the defect leaves none."""
    layers: dict[str, Any] = dict.fromkeys(("claims", "sd_jwt", "packed", "digits"))
    if code == "foreign_code":
        return layers
    digits = text.rpartition("#")[2]
    if _DIGITS.fullmatch(digits):
        token = _unpacked(text, digits)
        sd_jwt = token and token.text
        layers |= {"sd_jwt": sd_jwt, "digits": digits, "packed": _bytes(digits).hex()}
    else:
        token = _parsed(text)
    if token is None:
        return layers
    try:
        layers["claims"] = token.claims()
        origin, _ = address.split_issuer(str(layers["claims"].get("iss")))
        if layers["packed"] is None and code != "malformed":
            packed = packing.pack(token, origin)
            layers |= {"packed": packed.hex(), "digits": qr.to_digits(packed)}
    except ZhengyinError:
        pass
    return layers


def _bytes(digits: str) -> bytes:
    number = int(digits)
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8))


def _parsed(text: str) -> SdJwt | None:
    try:
        return SdJwt.parse(text)
    except MalformedError:
        return None


def _unpacked(text: str, digits: str) -> SdJwt | None:
    host = text.removesuffix(digits).removeprefix("https://").removesuffix("/#")
    try:
        return qr.unpack_token(qr.from_digits(digits), host if address.is_origin(host) else ORIGIN)
    except VerificationError:
        return None


def expected(verdict: Verdict) -> dict[str, Any]:
    """What of a verdict every implementation has in common."""
    claims = None if verdict.claims is None else strict_json.dumps(verdict.claims)
    return {
        "outcome": verdict.outcome,
        "code": verdict.code,
        "warnings": [warning.code for warning in verdict.warnings],
        "checks": "".join(one.state[0] for one in verdict.checks),
        "demo": verdict.demo,
        "institution": verdict.institution and verdict.institution["name"],
        "message": verdict.message["zh-CN"] if verdict.code in _NAMES_SOMETHING else None,
        "claims_sha256": claims and hashlib.sha256(claims).hexdigest(),
    }


# Codes whose sentence has a number, a date or a key in it that both languages must find alike.
_NAMES_SOMETHING = frozenset(
    {"replaced", "expired", "registry_expired", "issued_after_snapshot", "issuer_unknown"}
)
