"""Addresses of keys in tokens: `pkcs11:token=…;object=…?module-path=…&pin-source=file:…` (RFC 7512).

An attribute that is left out fits anything. One that is not known here is refused: it would choose
among keys, and to pass over it could choose another key than was meant.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import CommandError

TOKEN_ATTRIBUTES = ("token", "manufacturer", "serial", "model")  # RFC 7512 §2.3
_PATH = (*TOKEN_ATTRIBUTES, "object", "id", "type")
_QUERY = ("module-path", "pin-source", "pin-value")

_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})?")  # RFC 3986 §2.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs11Uri:
    """Which key in which token, and how to get there."""

    module: Path
    """The token's PKCS #11 library."""
    token: Mapping[str, str]
    """What the token says of itself, by the names of `TOKEN_ATTRIBUTES`."""
    label: str | None
    """CKA_LABEL of the key."""
    key_id: bytes | None
    """CKA_ID of the key."""
    pin_file: Path | None
    """What holds the PIN; None: ask as for any passphrase."""

    @property
    def token_name(self) -> str:
        """The token as people call it."""
        return " ".join(self.token.values()) or "*"

    @property
    def key_name(self) -> str:
        """The key as people call it."""
        return " ".join(filter(None, (self.label, id_attribute(self.key_id)))) or "*"

    @classmethod
    def parse(cls, text: str) -> "Pkcs11Uri":
        """Read what follows `pkcs11:`. Characters outside ASCII may stand as they are.

        Raises:
            CommandError: `pkcs11_uri_unusable`, `pkcs11_pin_in_uri`.
        """
        path, _, query = text.partition("?")
        of_key = _attributes(path, ";", _PATH)
        of_access = _attributes(query, "&", _QUERY)
        if "pin-value" in of_access:
            raise CommandError("pkcs11_pin_in_uri")
        if of_key.pop("type", b"private") != b"private":
            raise CommandError("pkcs11_uri_unusable", "type: not private")
        if not of_access.get("module-path"):
            raise CommandError("pkcs11_uri_unusable", "module-path: missing")
        return cls(
            module=Path(_text("module-path", of_access["module-path"])),
            token={name: _text(name, of_key[name]) for name in TOKEN_ATTRIBUTES if name in of_key},
            label=_text("object", of_key["object"]) if "object" in of_key else None,
            key_id=of_key.get("id"),
            pin_file=_pin_file(of_access["pin-source"]) if "pin-source" in of_access else None,
        )


def id_attribute(key_id: bytes | None) -> str:
    """A CKA_ID as an address says it."""
    return "id=" + "".join(f"%{byte:02X}" for byte in key_id) if key_id else ""


def _attributes(text: str, separator: str, known: tuple[str, ...]) -> dict[str, bytes]:
    """The `name=value` pairs of `text`, decoded."""
    found: dict[str, bytes] = {}
    for pair in text.split(separator) if text else ():
        name, equals, value = pair.partition("=")
        if name not in known or not equals:
            raise CommandError("pkcs11_uri_unusable", f"{name or pair}: not known here")
        if name in found:
            raise CommandError("pkcs11_uri_unusable", f"{name}: given twice")
        found[name] = _decoded(name, value)
    return found


def _decoded(name: str, value: str) -> bytes:
    def byte(match: re.Match[bytes]) -> bytes:
        if match[1] is None:
            raise CommandError("pkcs11_uri_unusable", f"{name}: % without two hexadecimal digits")
        return bytes.fromhex(match[1].decode())

    return _PERCENT.sub(byte, value.encode(errors="surrogateescape"))


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise CommandError("pkcs11_uri_unusable", f"{name}: not UTF-8") from None


def _pin_file(value: bytes) -> Path:
    """The file of `file:PATH`; RFC 7512 §2.4 would also let a command be run, which is refused."""
    scheme, _, path = _text("pin-source", value).partition(":")
    if scheme != "file" or not path:
        raise CommandError("pkcs11_uri_unusable", "pin-source: not file:PATH")
    return Path(path.removeprefix("//"))
