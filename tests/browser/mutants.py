"""Mutants of credentials: what is misread, forged, or written as no writer of ours would.

The same in every run. Half are signed anew after the change, and of these most are logged too, so
that they come as far as the last steps of the verification.
"""

import json
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from keys.published import read_tree
from keys.trust import Documents, TrustState, update
from schemas import base64url, issued_list, qr, sd_jwt, strict_json
from schemas import origin as address
from schemas.dictionary import DICTIONARIES
from schemas.errors import PackError, VerificationError
from schemas.limits import MAX_TIME
from schemas.sd_jwt import SdJwt
from schemas.status_list import Status
from tests.institutions import CLAIMS, INSTITUTIONS, ISSUERS
from tests.lists import Lists
from tests.vectors.cases.qr import Packed
from tests.world import DAY, HOUR, NOW, ORIGIN, PUBLISHED, SECOND_ORIGIN, World, seconds, sign

VECTORS = Path(__file__).parents[1] / "vectors"


class Asked(NamedTuple):
    """What is presented, to whom, and when."""

    text: str
    trust: str | None
    """The name of a trust state."""
    at: int
    """Seconds."""


class Given(NamedTuple):
    """What a trust state is made of."""

    documents: Documents
    pins: list[str]
    now: int

    def believed(self) -> TrustState:
        """The state."""
        return update(None, self.documents, pins=self.pins, now=self.now)


TEXT, BYTES, SKELETON, SIGNED, LOGGED = 5_000, 3_000, 3_500, 3_500, 6_000
"""How many there are of each kind."""

_FIRST = seconds("2025-04-01T00:00:00Z")  # when the first of the logged ones is signed
_TIMES = (
    NOW,
    PUBLISHED,
    PUBLISHED - DAY - 1,
    PUBLISHED + 7 * DAY,
    PUBLISHED + 90 * DAY,
    NOW - 30 * DAY,
    NOW + 20 * DAY,
    MAX_TIME,
)
_OTHERS = ("prod", "old_root", "demo", "fresh", "partial", None)
_CHARACTERS = 'AQgw-_~.=+/#: \n\0é长\U00020000０９0123456789:abcz%[]{}"\\'
_NAMES = (
    "nbf", "cnf", "exp", "demo", "_sd", "_sd_alg", "...", "constructor", "__proto__", "toString",
    "", "1", "1a", "a", "照片", "photo_digest", "replaces", "hasOwnProperty", "\u2028", "a.b",
)  # fmt: skip
_ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**24 - 1, 2**24, 2**53 - 1, 2**53, -(2**53), 10**30, 1.5, 1e21,
    MAX_TIME, MAX_TIME + 1, NOW, NOW - DAY, NOW + 2 * DAY, "", "x", "长" * 200, "长" * 201,
    "\U00020000" * 200, "\U00020000" * 201, "\x7f\x80\u2028\ufeff\uffff", '\x00\x1f"\\', [], {},
    ["a"], ["a", "a"], [[[[[[[[]]]]]]]], {"a": 1}, {"status_list": {}}, "sha-256", "sha-512",
    "2025-02-29", "2024-02-29", "2025-06-03", "2025-06-04", "0000-01-01", "0001-01-01",
    "9999-12-31", "2025-5-20", "2025-05-20\n", "2025-W21-2", "２０２５-05-20", "2022-01-01",
    "2021-12-31", "2025-03-31", "2025-04-01", "*", "初级", "高级", "智能制造工程技术人员",
    f"https://{ORIGIN}/i/demo-xueyuan", f"https://{SECOND_ORIGIN}/i/demo-pingjia",
    "https://evil.example/i/demo-pingjia", f"https://{ORIGIN}/vct/ce_training/1",
    f"https://{ORIGIN}/vct/technical_level/2", f"https://{ORIGIN}/t/status/demo-pingjia/2024",
)  # fmt: skip
_WRITTEN = (
    b"1.0", b"-0", b"1e3", b"1E+2", b"01", b"+1", b"1.", b".5", b"0x1", b"NaN", b"Infinity", b" 1",
    b"1 ", b"\t1", b"9007199254740992", b"9007199254740993", b"-9007199254740991", b"1e+21",
    b"true", b"True", b"nul", b"''", b"[1,]", b"[,1]", b'{"a":1,}', b'{"a":1,"a":1}', b'{"":1}',
    b'{"1":1}', b'{"b":1,"0":2}', b'{"__proto__":1}', b'{"constructor":1}', b"[[[[[[[1]]]]]]]",
    b"[[[[[[[[1]]]]]]]]", b"[" * 1000 + b"]" * 1000, b'"\\u0041"', b'"\\u4e2d"', b'"\\u001f"',
    b'"\\u001F"', b'"\\u007f"', b'"\x7f"', b'"\x1f"', b'"\\n"', b'"\\u000a"', b'"\\/"', b'"\\ud800"',
    b'"\\ud83d\\ude00"', b'"\\\\ud800"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xff"',
    b'"\xf4\x90\x80\x80"', b'"\xf0\x9f\x98\x80"', b'"\xef\xbb\xbf"', b'"\xef\xbf\xbf"',
    b'"\xe2\x80\xa8"', b'"\\u2028"', b"null//", b"null/**/", b'"', b"", b"{}", b"[]", b'"\\b\\f\\r\\t"',
    b'"\\x41"', b'"\\0"', b'"\\u00e9"', b'{"a":{"b":[{"c":[1]}]}}',
)  # fmt: skip


@cache
def stage() -> tuple[list[Asked], dict[str, Given]]:
    """Every vector, then every mutant; and the trust states that they are shown to."""
    draw = random.Random(20_250_602)
    world = World()
    logged = [*_logged(draw, world)]
    published = world.publish()
    given = {"fresh": Given(published, world.pins, NOW)}
    bare = replace(published, status={}, issued={}, replaced={}, types={})
    given["partial"] = Given(bare, world.pins, NOW)
    for name in ("prod", "old_root", "demo"):
        about = json.loads((VECTORS / "trust" / name / "set.json").read_text("utf-8"))
        documents = read_tree(VECTORS / "trust" / name / "t")
        given[name] = Given(documents, about["pins"], seconds(about["loaded"]))
    sound = filter(_is_sound, [*vectors(), *draw.sample(logged, 400)])
    genuine = [_printed(one) if draw.randrange(2) else one for one in sound]
    asked = [*logged]
    asked += _many(draw, TEXT, lambda: _text(draw, draw.choice(genuine)))
    codes = [code for one in genuine if (code := _packed(_printed(one)))]
    asked += _many(draw, BYTES, lambda: _bytes(draw, draw.choice(codes)))
    asked += _many(draw, SKELETON, lambda: _skeleton(draw, draw.choice(codes)))
    asked += _many(draw, SIGNED, lambda: _signed(draw, draw.choice(codes)[0]))
    draw.shuffle(asked)
    return [*vectors(), *asked], given


def _many(draw: random.Random, count: int, make: Callable[[], Asked]) -> Iterator[Asked]:
    """`count` mutants; every eighth at another time, every tenth before another trust state."""
    for number in range(count):
        asked = make()
        if number % 8 == 0:
            asked = asked._replace(at=draw.choice(_TIMES))
        if number % 10 == 0:
            asked = asked._replace(trust=draw.choice(_OTHERS))
        yield asked


@cache
def vectors() -> tuple[Asked, ...]:
    """What the vectors present."""
    files = sorted((VECTORS / "verify").glob("*.json"))
    found = [one for file in files for one in json.loads(file.read_text("utf-8"))["vectors"]]
    return tuple(Asked(one["text"], one["trust"], seconds(one["at"])) for one in found)


def _token(asked: Asked) -> SdJwt | None:
    """The credential of a text, if it is one."""
    try:
        if asked.text.endswith("~"):
            return SdJwt.parse(asked.text)
        origin, packed = qr.read_text(asked.text)
        return qr.unpack_token(packed, origin or ORIGIN)
    except VerificationError:
        return None


def _is_sound(asked: Asked) -> bool:
    """Whether there is anything to spoil."""
    token = _token(asked)
    try:
        return token is not None and bool(token.claims())
    except VerificationError:
        return False


def _printed(asked: Asked) -> Asked:
    """As the code's text, where it can be packed."""
    token = _token(asked)
    try:
        return asked._replace(text=_code(qr.pack(token.text, ORIGIN))) if token else asked
    except PackError:
        return asked


def _code(digits: str) -> str:
    return f"https://{ORIGIN}/#{digits}"


def _packed(asked: Asked) -> tuple[Asked, Packed] | None:
    """The parts of a code whose digits unpack."""
    if asked.text.endswith("~") or _token(asked) is None:
        return None
    _, packed = qr.read_text(asked.text)
    return asked, Packed.of(packed)


# Nothing is signed anew


def _text(draw: random.Random, asked: Asked) -> Asked:
    """One to three characters altered, left out, put in or exchanged."""
    text = asked.text or "~"
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        at = draw.randrange(len(text)) if text else 0
        if draw.random() < 0.2:
            at = min(at, draw.randrange(40))
        match draw.randrange(6):
            case 0 | 1:
                text = text[:at] + draw.choice("0123456789" + _CHARACTERS) + text[at + 1 :]
            case 2:
                text = text[:at] + text[at + 1 :]
            case 3:
                text = text[:at] + draw.choice(_CHARACTERS) + text[at:]
            case 4:
                text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
            case _:
                text = draw.choice(
                    (text[:at], text[at:], text + text[at:], text.upper(), text + " ")
                )
    return asked._replace(text=text)


def altered(draw: random.Random, data: bytes) -> bytes:
    """One to three bytes altered, left out or put in."""
    for _ in range(draw.choice((1, 1, 2, 3))):
        at = draw.randrange(len(data)) if data else 0
        match draw.randrange(5):
            case 0 | 1:
                data = (
                    data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]
                    if data
                    else data
                )
            case 2:
                data = data[:at] + draw.randbytes(1) + data[at + 1 :]
            case 3:
                data = data[:at] + data[at + 1 :]
            case _:
                data = data[:at] + draw.randbytes(1) + data[at:]
    return data


def _bytes(draw: random.Random, code: tuple[Asked, Packed]) -> Asked:
    """Other bytes behind the digits: version, skeleton, key, stream or signature."""
    asked, packed = code
    part = draw.choice(("skeleton", "skeleton", "kid", "rest", "rest", "signature", "version"))
    if part == "version":
        packed = packed._replace(version=draw.choice((0, 1, 2, 128, 254, 255)))
    else:
        changed: dict[str, Any] = {part: altered(draw, getattr(packed, part))}
        packed = packed._replace(**changed)
    if packed.version == 0:
        packed = packed._replace(version=255)
    return asked._replace(text=_code(packed.digits))


# Signed anew


def _skeleton(draw: random.Random, code: tuple[Asked, Packed]) -> Asked:
    """The skeleton spelled out and altered, or another stream, signed anew where it unpacks."""
    asked, packed = code
    skeleton = _spelled_out(packed)[:1000]
    if draw.random() < 0.5:
        for _ in range(draw.choice((1, 1, 2))):
            at = draw.randrange(len(skeleton) + 1)
            new = draw.choice(
                [*map(chr, range(32)), '"', "\ufeff", "长", "\t{}", '["\x08"]', "\x02\x03"]
            )
            skeleton = skeleton[:at] + new.encode() + skeleton[at + draw.randrange(2) :]
        size = len(skeleton).to_bytes(2, "little")
        stored = b"\x01" + size + bytes(255 - byte for byte in size) + skeleton
        packed = packed._replace(skeleton=(0x8000 + len(stored)).to_bytes(2) + stored)
    else:
        raw = 32 * skeleton.count(6) + 16 * skeleton.count(7) + skeleton.count(8)
        digits = str(int.from_bytes(packed.rest[raw:]))
        at = draw.randrange(max(1, len(digits)))
        digits = digits[:at] + draw.choice("0123456789") + digits[at + draw.randrange(2) :]
        stream = int(digits or "0")
        data = stream.to_bytes((stream.bit_length() + 7) // 8)
        packed = packed._replace(rest=packed.rest[:raw] + data)
    try:
        token = qr.unpack_token(qr.from_digits(packed.digits), ORIGIN)
    except VerificationError:
        return asked._replace(text=_code(packed.digits))
    signed = sign(token.payload, _signer(token, draw))
    kid = base64url.decode(signed.kid)
    packed = packed._replace(kid=kid, signature=signed.signature)
    return asked._replace(text=_code(packed.digits))


def _spelled_out(packed: Packed) -> bytes:
    """The skeleton's text."""
    dictionary = DICTIONARIES[packed.version]
    if len(packed.skeleton) == 1:
        return dictionary.skeletons[packed.skeleton[0]].encode()
    return zlib.decompressobj(-15, dictionary.preset).decompress(packed.skeleton[2:])


def _signer(token: SdJwt, draw: random.Random) -> str:
    """The name of the key that `token` names, or, one time in twenty, of any."""
    names = _key_names()
    return (
        names.get(token.kid, "pingjia 2025")
        if draw.randrange(20)
        else draw.choice([*names.values()])
    )


@cache
def _key_names() -> dict[str, str]:
    names = [one["name"] for entry in INSTITUTIONS for one in entry["keys"] if "x" not in one]
    return {sign(b"", name).kid: name for name in names}


def _signed(draw: random.Random, asked: Asked) -> Asked:
    """Another payload, or other disclosures, under a good signature; in no issued list."""
    token = _token(asked)
    if token is None:
        raise AssertionError(asked)
    try:
        claims = token.claims()
    except VerificationError:
        claims = {}
    disclosures: list[bytes] = []
    if draw.randrange(3) == 0:
        disclosures = [_disclosure(draw) for _ in range(draw.randrange(1, 4))]
        digests = [sd_jwt.digest(one) for one in disclosures]
        claims["_sd"] = sorted(digests) if draw.randrange(4) else digests[:-1] + digests[:1]
    payload = _payload(draw, claims)
    signed = sign(payload, _signer(token, draw))._replace(disclosures=tuple(disclosures))
    if draw.randrange(10) == 0:
        order = 2**252 + 27742317777372353535851937790883648493
        s = int.from_bytes(signed.signature[32:], "little") + order
        signed = signed._replace(signature=signed.signature[:32] + s.to_bytes(32, "little"))
    return asked._replace(text=_shown(draw, signed))


def _shown(draw: random.Random, token: SdJwt) -> str:
    """As a code, or as a text."""
    if draw.randrange(2):
        try:
            return _code(qr.pack(token.text, ORIGIN))
        except PackError:
            pass
    return token.text


def _disclosure(draw: random.Random) -> bytes:
    salt: Any = base64url.encode(draw.randbytes(draw.choice((16, 16, 16, 15, 17))))
    name: Any = draw.choice(("id_number", "photo", *_NAMES))
    value: Any = (
        draw.choice(("119999199001010012", "值", *_ODD)) if draw.randrange(3) == 0 else "值"
    )
    parts = [salt, name, value]
    if draw.randrange(8) == 0:
        parts[draw.randrange(3)] = draw.choice(_ODD)
    data = strict_json.dumps(parts[: draw.choice((3, 3, 3, 3, 2))])
    return altered(draw, data) if draw.randrange(8) == 0 else data


def _payload(draw: random.Random, claims: dict[str, Any]) -> bytes:
    """The claims with other members, or the same written otherwise."""
    claims = json.loads(json.dumps(claims))
    kind = draw.randrange(10)
    if kind < 6:
        for _ in range(draw.choice((1, 1, 2))):
            _change(draw, claims)
        return strict_json.dumps(claims)
    if kind < 9:
        data = strict_json.dumps(claims | {"x": "HERE"})
        return data.replace(b'"HERE"', draw.choice(_WRITTEN))
    return altered(draw, strict_json.dumps(claims))


def _change(draw: random.Random, claims: dict[str, Any]) -> None:
    """Another value, a member more or less, or another order."""
    names = [*claims] or ["iss"]
    match draw.randrange(7):
        case 0 | 1:
            claims[draw.choice(names)] = draw.choice(_ODD)
        case 2:
            claims.pop(draw.choice(names), None)
        case 3:
            claims[draw.choice(_NAMES)] = draw.choice(_ODD)
        case 4:
            entry = claims.get("status")
            entry = entry.get("status_list") if isinstance(entry, dict) else None
            if isinstance(entry, dict):
                entry[draw.choice(("idx", "uri", "x"))] = draw.choice(_ODD)
        case 5:
            items = [*claims.items()]
            draw.shuffle(items)
            claims.clear()
            claims.update(items)
        case _:
            name = draw.choice(names)
            if isinstance(claims.get(name), str):
                claims[name] = _text(draw, Asked(claims[name], None, 0)).text


# Logged too


def _logged(draw: random.Random, world: World) -> Iterator[Asked]:
    """Credentials of every institution, half of them with an odd claim, in the issued lists."""
    hours = (PUBLISHED - _FIRST) // HOUR
    types = [*ISSUERS]
    bodies = [
        (entry["id"], one["name"])
        for entry in INSTITUTIONS
        for one in entry["keys"]
        if "x" not in one
    ]
    for number in range(LOGGED):
        iat = _FIRST + number * hours // LOGGED * HOUR
        kind = draw.choice(types)
        own = ISSUERS[kind]
        by, name = draw.choice(
            [body for body in bodies if body[0] == own] if draw.randrange(3) else bodies
        )
        key = f"{by}/2025"
        lists = world.lists.setdefault(key, Lists())
        idx = len(lists.slots)
        claims = _claims(draw, kind, by, iat, idx) | {"certificate_number": f"CS{number}"}
        data = _payload(draw, claims) if draw.randrange(2) else strict_json.dumps(claims)
        token = sign(data, name)
        lists.log(issued_list.slot(token.signing_input), iat + HOUR)
        status = draw.randrange(12)
        if status in (Status.INVALID, Status.SUSPENDED):
            lists.statuses[idx] = Status(status)
            if draw.randrange(2):
                sealed = issued_list.seal_number(
                    draw.choice(("PJ1", "换发 𠀀", "\x7f")), token.signing_input
                )
                lists.replaced[idx] = draw.choice(
                    (sealed, sealed, base64url.encode(draw.randbytes(20)))
                )
        at = NOW if draw.randrange(4) else draw.choice((*_TIMES, iat - DAY, iat))
        trust = "fresh" if draw.randrange(12) else draw.choice(_OTHERS)
        yield Asked(_shown(draw, token) if draw.randrange(3) == 0 else token.text, trust, at)


def _claims(draw: random.Random, kind: str, by: str, iat: int, idx: int) -> dict[str, Any]:
    hidden = ("id_number",)
    shown = {name: value for name, value in CLAIMS[kind].items() if name not in hidden}
    exp = (
        {"exp": draw.choice((NOW, NOW + 1, PUBLISHED, MAX_TIME))} if draw.randrange(15) == 0 else {}
    )
    return {
        "iss": address.issuer_uri(ORIGIN, by),
        "iat": iat,
        "vct": address.type_uri(ORIGIN, kind, 1),
        "status": {"status_list": {"idx": idx, "uri": address.status_uri(ORIGIN, by, "2025")}},
        **shown,
        **exp,
    }
