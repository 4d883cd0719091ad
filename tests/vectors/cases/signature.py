"""Signatures that one library takes and another refuses: the gate decides before all of them."""

from collections.abc import Callable

from schemas.sd_jwt import SdJwt
from tests.institutions import WEAK
from tests.keys import curve
from tests.vectors.cases.case import SIGNER, Case, Cases, case, genuine, with_claims, with_signature
from tests.world import World, key

Change = Callable[[bytes, bytes], bytes]


def _bad(change: Change) -> Case:
    return case(with_signature(change), "bad_signature")


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _scalar(number: int) -> bytes:
    return number.to_bytes(32, "little")


def _flipped(bit: int) -> Change:
    def change(signature: bytes, _: bytes) -> bytes:
        data = bytearray(signature)
        data[bit // 8] ^= 1 << bit % 8
        return bytes(data)

    return change


def _chosen_nonce(r: int, torsion: int, *, r_bytes: bytes = b"") -> Change:
    """What a registered signer can make who does not follow RFC 8032: R = r·B + T."""

    def change(_: bytes, message: bytes) -> bytes:
        point = curve.add(curve.multiply(r, curve.BASE), curve.TORSION[torsion])
        encoded = r_bytes or curve.encode(point)
        k = curve.challenge(encoded, key(SIGNER).jwk.x, message)
        return encoded + _scalar((r + k * curve.secret_scalar(key(SIGNER).seed)) % curve.L)

    return change


def _by(name: str) -> Change:
    return lambda _, message: key(name).sign(message)


def _over(part: int) -> Change:
    """A signature over one part alone."""
    return lambda _, message: key(SIGNER).sign(message.split(b".")[part])


def _weak(world: World) -> str:
    """Under the identity as key, R = S·B satisfies the equation for every message."""
    payload = genuine(world).token.payload.replace(b"demo-pingjia", b"demo-beidao")
    kid = next(
        entry["kid"]
        for entry in world.institution("demo-beidao")["keys"]
        if entry["jwk"]["x"] == WEAK
    )
    return SdJwt(kid, payload, curve.encode(curve.BASE) + _scalar(1)).text


def _of_another(world: World) -> str:
    other = world.issue()
    return genuine(world).token._replace(signature=other.token.signature).text


def _reworded(token: SdJwt, old: str, new: str) -> SdJwt:
    return token._replace(payload=token.payload.replace(old.encode(), new.encode()))


_R_NOT_CANONICAL = _scalar(curve.P + 1)  # the identity, written as y = p + 1

SIGNATURE: Cases = {
    "level_altered": case(
        lambda world: _reworded(genuine(world).token, "初级", "高级").text,
        "bad_signature",
        "the oldest forgery: one word of a genuine certificate",
    ),
    "name_altered": case(
        lambda world: _reworded(genuine(world).token, "张测试", "李示例").text,
        "bad_signature",
    ),
    "first_bit_of_R": _bad(_flipped(0)),
    "sign_bit_of_R": _bad(_flipped(255)),
    "first_bit_of_S": _bad(_flipped(256)),
    "bit_250_of_S": _bad(_flipped(506)),
    "all_zero": _bad(lambda *_: bytes(64)),
    "S_zero": _bad(lambda signature, _: signature[:32] + bytes(32)),
    "S_plus_L": _bad(lambda sig, _: sig[:32] + _scalar(_number(sig[32:]) + curve.L)),
    "S_is_L": _bad(lambda sig, _: sig[:32] + _scalar(curve.L)),
    "R_is_the_identity": _bad(_chosen_nonce(0, 0)),
    "R_is_the_identity_not_canonical": _bad(_chosen_nonce(0, 0, r_bytes=_R_NOT_CANONICAL)),
    "R_of_order_8": _bad(_chosen_nonce(0, 1)),
    "R_of_mixed_order": _bad(_chosen_nonce(7, 1)),
    "R_and_S_swapped": _bad(lambda signature, _: signature[32:] + signature[:32]),
    "a_chosen_nonce": case(
        with_signature(_chosen_nonce(7, 0)),
        comment="a signature as good as the usual one: the signer may make others for the same text",
    ),
    "of_another_credential": case(_of_another, "bad_signature"),
    "over_the_payload_alone": _bad(_over(1)),
    "over_the_header_alone": _bad(_over(0)),
    "by_another_institution": case(
        with_signature(_by("xueyuan 2025")), "bad_signature", "under the kid of the named one"
    ),
    "by_a_stranger": _bad(_by("stranger")),
    "by_the_snapshot_key": _bad(_by("prod snapshot 1")),
    "a_key_of_small_order": case(
        _weak, "issuer_unknown", "S = 1 and R = B hold for every message under the identity as key"
    ),
    "signed_again_with_another_member": case(
        with_claims(note="备注"),
        "not_in_issued_list",
        "a good signature; the slot has the credential without it",
    ),
}
