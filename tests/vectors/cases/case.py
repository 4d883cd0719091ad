"""One case, and the few ways in which cases change a genuine credential."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas import base64url, sd_jwt, strict_json
from schemas.sd_jwt import SdJwt
from tests.world import NOW, Issued, Key, World, key, sign

SIGNER = "pingjia 2025"
"""Who signs the genuine credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is presented, to whom, when, and the verdict."""

    comment: str
    show: Callable[[World], str]
    """The presented text."""
    code: str = "ok"
    warnings: tuple[str, ...] = ()
    at: int = NOW
    trust: str | None = "prod"
    """Which authority's documents the verifier has; None: no trust state."""


Cases = dict[str, Case]


def case(show: Callable[[World], str], code: str = "ok", comment: str = "", **more: Any) -> Case:
    """A case; the verdict is `valid` unless `code` says otherwise."""
    return Case(comment=comment, show=show, code=code, **more)


def genuine(world: World) -> Issued:
    """The credential that most cases start from."""
    if "genuine" not in world.named:
        world.named["genuine"] = world.issue()
    return world.named["genuine"]


def issued(type_name: str = "technical_level", **options: Any) -> Callable[[World], str]:
    """A new credential, nothing disclosed."""
    return lambda world: world.issue(type_name, **options).text


def compact(header: bytes, payload: bytes, signer: Key) -> str:
    """Any header over any payload, with a good signature over both."""
    text = f"{base64url.encode(header)}.{base64url.encode(payload)}"
    return f"{text}.{base64url.encode(signer.sign(text.encode()))}~"


def with_header(change: Callable[[str], str]) -> Callable[[World], str]:
    """The genuine payload under another header, signed with it; `change` gets the header's JSON."""

    def show(world: World) -> str:
        header = change(sd_jwt.header(key(SIGNER).kid).decode()).encode()
        return compact(header, genuine(world).token.payload, key(SIGNER))

    return show


def with_payload(change: Callable[[bytes], bytes]) -> Callable[[World], str]:
    """Another payload, signed by the genuine signer; `change` gets the genuine JSON."""
    return lambda world: sign(change(genuine(world).token.payload), SIGNER).text


def with_json(old: str, new: str) -> Callable[[World], str]:
    """One place of the genuine JSON written another way, signed like that."""

    def change(payload: bytes) -> bytes:
        if payload.count(old.encode()) != 1:
            raise AssertionError(old)
        return payload.replace(old.encode(), new.encode())

    return with_payload(change)


def with_claims(**members: Any) -> Callable[[World], str]:
    """Other members in the genuine payload, in their old place or at the end; None: left out."""

    def show(world: World) -> str:
        claims = {**genuine(world).claims, **members}
        kept = {name: value for name, value in claims.items() if value is not None}
        return sign(strict_json.dumps(kept), SIGNER).text

    return show


def logged(**members: Any) -> Callable[[World], str]:
    """A credential with other members of the payload, which the institution has logged."""
    return issued(members=members)


def with_text(change: Callable[[str], str]) -> Callable[[World], str]:
    """The genuine text, changed after it was signed."""
    return lambda world: change(genuine(world).text)


def with_parts(change: Callable[[list[str]], list[str]]) -> Callable[[World], str]:
    """The genuine header, payload and signature, changed after signing."""
    return with_text(lambda text: ".".join(change(text.removesuffix("~").split("."))) + "~")


def with_signature(change: Callable[[bytes, bytes], bytes]) -> Callable[[World], str]:
    """Another signature; `change` gets the genuine one and what it covers."""

    def show(world: World) -> str:
        token = genuine(world).token
        return token._replace(signature=change(token.signature, token.signing_input)).text

    return show


def shown(*disclosures: bytes, token: SdJwt) -> str:
    """A credential with these disclosures."""
    return token._replace(disclosures=disclosures).text


def salt(name: str) -> bytes:
    """16 bytes that are always the same."""
    return hashlib.sha256(b"zhengyin case salt " + name.encode()).digest()[: sd_jwt.SALT_LENGTH]
