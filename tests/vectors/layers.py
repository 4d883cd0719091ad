"""Vectors of the layers below a verdict, so that a port finds its first wrong one."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from schemas import base64url, issued_list
from tests.vectors import packing
from tests.vectors.layer_cases import (
    BASE64URL,
    BASE64URL_GOOD,
    EPOCHS,
    JSON,
    JSON_GOOD,
    KEYS,
    KEYS_GOOD,
    MERGED,
    NUMBERS,
    SIGNATURES,
    SIGNATURES_GOOD,
    STATUS_LISTS,
)


def files() -> Iterator[tuple[str, dict[str, Any]]]:
    """(file name, content) of each layer."""
    yield "base64url", _file("base64url", map(_base64url, BASE64URL.items()))
    yield "strict_json", _file("strict_json", map(_json, JSON.items()))
    yield "status_list", _file("status_list", map(_status_list, STATUS_LISTS.items()))
    yield "status_list_merged", _file("status_list_merged", map(_merged, MERGED.items()))
    yield "issued_list", _file("issued_list", map(_logged, EPOCHS.items()))
    yield "sealed_number", _file("sealed_number", map(_sealed, NUMBERS.items()))
    yield "ed25519_keys", _file("ed25519_key", map(_key, KEYS.items()))
    yield "ed25519_signatures", _file("ed25519_signature", map(_signature, SIGNATURES.items()))


def _file(layer: str, vectors: Iterable[Any]) -> dict[str, Any]:
    return {"layer": layer, "vectors": list(vectors)}


def _base64url(item: tuple[str, str]) -> dict[str, Any]:
    name, text = item
    data = base64.urlsafe_b64decode(text + "==").hex() if name in BASE64URL_GOOD else None
    return {"name": name, "text": text, "hex": data}


def _json(item: tuple[str, bytes]) -> dict[str, Any]:
    name, data = item
    try:
        shown: dict[str, Any] = {"utf8": data.decode()}
    except UnicodeDecodeError:
        shown = {"hex": data.hex()}
    return {"name": name, **shown, "accept": name in JSON_GOOD}


def _status_list(item: tuple[str, tuple[int, bytes, str | None]]) -> dict[str, Any]:
    name, (count, data, entries) = item
    if data and not data.startswith(b"\x78"):
        data = packing.compress(name, data)
    return {"name": name, "count": count, "zlib": data.hex(), "entries": entries}


def _merged(item: tuple[str, tuple[str, str, str]]) -> dict[str, Any]:
    name, (earlier, later, merged) = item
    return {"name": name, "earlier": earlier, "later": later, "merged": merged}


def _logged(item: tuple[str, tuple[bytes, int, list[list[int]], int]]) -> dict[str, Any]:
    name, (signing_input, idx, epochs, logged_at) = item
    return {
        "name": name,
        "signing_input": signing_input.decode(),
        "slot": hashlib.sha256(signing_input).hexdigest()[:20],
        "idx": idx,
        "epochs": epochs,
        "logged_at": logged_at,
    }


def _sealed(item: tuple[str, tuple[str, bytes, str | None]]) -> dict[str, Any]:
    name, (number, signing_input, sealed) = item
    if sealed is None:
        sealed = issued_list.seal_number(number, signing_input)
    return {
        "name": name,
        "signing_input": signing_input.decode(),
        "sealed": sealed,
        "number": issued_list.open_number(sealed, signing_input),
    }


def _key(item: tuple[str, bytes]) -> dict[str, Any]:
    name, raw = item
    x, accept = base64url.encode(raw), name in KEYS_GOOD
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'  # RFC 7638 §3
    thumbprint = hashlib.sha256(members.encode()).digest()
    return {
        "name": name,
        "x": x,
        "accept": accept,
        "kid": base64url.encode(thumbprint[:8]) if accept else None,
        "thumbprint": thumbprint.hex() if accept else None,
    }


def _signature(item: tuple[str, tuple[bytes, bytes, bytes]]) -> dict[str, Any]:
    name, (public, message, signature) = item
    return {
        "name": name,
        "public_key": public.hex(),
        "message": message.hex(),
        "signature": signature.hex(),
        "accept": name in SIGNATURES_GOOD,
    }
