"""The protected header is one byte string or it is refused, whatever the signature says (RFC 8725)."""

import hashlib
import hmac

from schemas import base64url
from tests.vectors.cases.case import SIGNER, Case, Cases, case, genuine, with_header
from tests.world import World, key

KID = key(SIGNER).kid
JWK = f'{{"crv":"Ed25519","kty":"OKP","x":"{base64url.encode(key("thief").jwk.x)}"}}'


def _swap(old: str, new: str) -> Case:
    return case(with_header(lambda header: header.replace(old, new)), "malformed")


def _add(member: str) -> Case:
    return case(with_header(lambda header: header[:-1] + f",{member}}}"), "malformed")


def _hmac(world: World) -> str:
    """HS256 with the published key as the secret: the classic confusion."""
    header = f'{{"alg":"HS256","kid":"{KID}","typ":"dc+sd-jwt"}}'
    text = f"{base64url.encode(header.encode())}.{base64url.encode(genuine(world).token.payload)}"
    tag = hmac.digest(key(SIGNER).jwk.x, text.encode(), hashlib.sha256)
    return f"{text}.{base64url.encode(tag)}~"


def _unsigned(world: World) -> str:
    header = f'{{"alg":"none","kid":"{KID}","typ":"dc+sd-jwt"}}'
    payload = base64url.encode(genuine(world).token.payload)
    return f"{base64url.encode(header.encode())}.{payload}.~"


HEADER: Cases = {
    "alg_none": case(_unsigned, "malformed"),
    "alg_none_with_a_signature": _swap('"Ed25519"', '"none"'),
    "alg_None": _swap('"Ed25519"', '"None"'),
    "alg_EdDSA": _swap('"Ed25519"', '"EdDSA"'),
    "alg_in_lower_case": _swap('"Ed25519"', '"ed25519"'),
    "alg_Ed448": _swap('"Ed25519"', '"Ed448"'),
    "alg_ES256": _swap('"Ed25519"', '"ES256"'),
    "alg_HS256_keyed_with_the_public_key": case(_hmac, "malformed"),
    "alg_in_a_list": _swap('"Ed25519"', '["Ed25519"]'),
    "alg_missing": _swap('"alg":"Ed25519",', ""),
    "alg_twice": _swap('{"alg"', '{"alg":"none","alg"'),
    "kid_missing": _swap(f'"kid":"{KID}",', ""),
    "kid_is_a_number": _swap(f'"{KID}"', "12345678901"),
    "kid_is_a_path": _swap(KID, "../../../a/"),
    "kid_is_sql": _swap(KID, "' OR 1=1 --"),
    "kid_of_10_characters": _swap(KID, KID[:-1]),
    "kid_of_12_characters": _swap(KID, KID + "A"),
    "kid_not_canonical": _swap(KID, KID[:-1] + "B"),
    "kid_not_ascii": _swap(KID, KID[:-1] + "中"),
    "typ_missing": _swap(',"typ":"dc+sd-jwt"', ""),
    "typ_JWT": _swap("dc+sd-jwt", "JWT"),
    "typ_of_the_old_draft": _swap("dc+sd-jwt", "vc+sd-jwt"),
    "typ_in_upper_case": _swap("dc+sd-jwt", "DC+SD-JWT"),
    "typ_as_media_type": _swap("dc+sd-jwt", "application/dc+sd-jwt"),
    "typ_of_a_status_list": _swap("dc+sd-jwt", "statuslist+jwt"),
    "typ_of_a_snapshot": _swap("dc+sd-jwt", "snapshot+jws"),
    "members_in_another_order": _swap(
        f'"kid":"{KID}","typ":"dc+sd-jwt"', f'"typ":"dc+sd-jwt","kid":"{KID}"'
    ),
    "header_with_a_space": _swap('{"alg"', '{ "alg"'),
    "header_with_a_line_end": _swap('jwt"}', 'jwt"}\n'),
    "header_with_a_byte_order_mark": _swap('{"alg"', '\ufeff{"alg"'),
    "header_with_an_escape": _swap("dc+sd", "\\u0064c+sd"),
    "header_is_an_array": case(with_header(lambda header: f"[{header}]"), "malformed"),
    "header_is_empty": case(with_header(lambda _: ""), "malformed"),
    "header_jwk": _add(f'"jwk":{JWK}'),
    "header_jku": _add('"jku":"https://attacker.example/jwks.json"'),
    "header_x5u": _add('"x5u":"https://attacker.example/chain.pem"'),
    "header_x5c": _add('"x5c":["MIIB"]'),
    "header_crit_empty": _add('"crit":[]'),
    "header_crit_unknown": _add('"crit":["exp"],"exp":1900000000'),
    "header_crit_null": _add('"crit":null'),
    "header_b64_false": _add('"b64":false,"crit":["b64"]'),
    "header_zip": _add('"zip":"DEF"'),
    "header_cty": _add('"cty":"JWT"'),
}
