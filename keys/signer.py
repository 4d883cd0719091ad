"""Signers by URI: whoever holds a key signs, and nobody else sees it.

`file:` opens a PKCS#8 file (keys/pkcs8.py), `pkcs11:` a key in a token (keys/pkcs11.py). A signer is
never printed with its secret, copied to another process or written anywhere.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Never, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import pkcs8
from keys.jwk import Jwk
from keys.jws import Signer, sign_with
from keys.passphrase import PassphraseSource
from keys.public_file import public_path, read_public_key
from schemas.errors import CommandError

__all__ = ["FileSigner", "MemorySigner", "Signer", "open_signer"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)  # RFC 3986 §3.1


class HeldSigner:
    """What every signer that holds a key of its own has in common."""

    __slots__ = ("jwk",)

    def __init__(self, jwk: Jwk) -> None:
        self.jwk = jwk

    @property
    def kid(self) -> str:
        """The public key's identifier, 11 characters."""
        return self.jwk.kid

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kid={self.kid!r})"

    def __reduce__(self) -> Never:
        raise TypeError("a signer stays in its process")


class MemorySigner(HeldSigner):
    """Signs with a private key in this process."""

    __slots__ = ("_private_key",)

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        super().__init__(Jwk.of(private_key.public_key()))
        self._private_key = private_key

    @classmethod
    def generate(cls) -> Self:
        """A signer with a new key that ends with the process."""
        return cls(Ed25519PrivateKey.generate())

    def sign(self, data: bytes) -> bytes:
        """The 64-byte Ed25519 signature over exactly `data`."""
        return sign_with(self._private_key, data)


class FileSigner(MemorySigner):
    """Signs with the key of a file."""

    __slots__ = ()

    @classmethod
    def open(cls, path: Path, passphrases: PassphraseSource) -> Self:
        """Open the key file `path`.

        Raises:
            CommandError: as `open_key`.
        """
        return cls(open_key(path, passphrases))


def open_key(path: Path, passphrases: PassphraseSource) -> Ed25519PrivateKey:
    """Open the private key in `path`, asking for its passphrase when the file can be a key.

    PKCS#8 has no checksum: a damaged file may open as another key. So the public file, where it
    stands beside the private one, has to fit.

    Raises:
        CommandError: as `pkcs8.read_sealed`, `pkcs8.unseal` and `PassphraseSource.read`;
            `key_file_mismatch`.
    """
    sealed = pkcs8.read_sealed(path)
    key = pkcs8.unseal(sealed, passphrases.read(path), path)
    public = public_path(path)
    if public.exists() and read_public_key(public) != Jwk.of(key.public_key()):
        raise CommandError("key_file_mismatch", path=path, public=public)
    return key


def open_signer(uri: str, passphrases: PassphraseSource) -> Signer:
    """Open the key that `uri` names: `pkcs11:…` (RFC 7512), `file:PATH`, or just a path.

    The path is taken as typed: relative to the working folder, without percent-encoding.

    Raises:
        CommandError: `signer_scheme_unknown`, or what the scheme's own signer raises.
    """
    scheme, rest = split_uri(uri)
    return _OPENERS[scheme](rest, passphrases)


def split_uri(uri: str) -> tuple[str, str]:
    """The scheme of a signer URI, in lower case, and what follows.

    Raises:
        CommandError: `signer_scheme_unknown`.
    """
    match = _SCHEME.fullmatch(uri)
    if match is None:
        return "file", uri
    scheme = match[1].lower()
    if scheme not in _OPENERS:
        supported = [f"{name}:…" for name in _OPENERS]
        raise CommandError("signer_scheme_unknown", scheme=scheme, supported=supported)
    return scheme, match[2].removeprefix("//")


def require_file(uri: str) -> Path:
    """The path of a key that has to be a file.

    Raises:
        CommandError: `signer_scheme_unknown`, `key_not_a_file`.
    """
    scheme, rest = split_uri(uri)
    if scheme != "file":
        raise CommandError("key_not_a_file", scheme=scheme)
    return Path(rest)


def _open_file(path: str, passphrases: PassphraseSource) -> Signer:
    return FileSigner.open(Path(path), passphrases)


def _open_token(text: str, passphrases: PassphraseSource) -> Signer:
    from keys.pkcs11 import TokenSigner  # noqa: PLC0415 (most never need the PKCS #11 library)

    return TokenSigner.open(text, passphrases)


_OPENERS: Mapping[str, Callable[[str, PassphraseSource], Signer]] = {
    "file": _open_file,
    "pkcs11": _open_token,
}
