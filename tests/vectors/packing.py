"""Compressed bytes that stay the same whatever zlib is installed.

Builds of zlib compress differently, and all of it inflates to the same. So what is stored is kept
as long as it gives what it should; only what is new, or no longer right, is compressed anew.
"""

import json
import zlib
from pathlib import Path

from schemas import origin as address
from schemas import qr
from schemas.errors import VerificationError
from schemas.sd_jwt import SdJwt

_PACKED: dict[tuple[str, str], bytes] = {}
_ZLIB: dict[str, bytes] = {}


def remember(folder: Path) -> None:
    """Take over what the vectors in `folder` hold."""
    for path in sorted(folder.glob("*/*.json")):
        for vector in json.loads(path.read_text("utf-8"))["vectors"]:
            if vector.get("packed"):
                _remember(vector["sd_jwt"] or vector["text"], bytes.fromhex(vector["packed"]))
            if vector.get("zlib"):
                _ZLIB[vector["name"]] = bytes.fromhex(vector["zlib"])


def _remember(text: str, packed: bytes) -> None:
    try:
        origin, _ = address.split_issuer(str(SdJwt.parse(text).claims().get("iss")))
        if qr.unpack(qr.to_digits(packed), origin) == text:
            _PACKED[text, origin] = packed
    except VerificationError:
        return


def pack(token: SdJwt, origin: str) -> bytes:
    """The packed bytes of a credential.

    Raises:
        PackError: it cannot be packed.
    """
    key = token.text, origin
    if key not in _PACKED:
        _PACKED[key] = qr.from_digits(qr.pack(token.text, origin))
    return _PACKED[key]


def compress(name: str, data: bytes) -> bytes:
    """The zlib bytes of `data` in the vector `name`."""
    stored = _ZLIB.get(name)
    if stored is not None and zlib.decompress(stored) == data:
        return stored
    return zlib.compress(data, 9)
