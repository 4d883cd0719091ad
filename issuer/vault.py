"""ID numbers at rest: encrypted, and found again by a keyed hash (DESIGN's issuing invariant 6).

The key lies in a file outside the database, so a copy of the database alone shows no number.
"""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.pkcs8 import PRIVATE, create_file
from schemas.errors import CommandError

KEY = 32  # bytes of the key file: AES-256
NONCE = 12  # bytes (NIST SP 800-38D §8.2)
HASH = 16  # bytes of a keyed hash


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts with one key and hashes with another, both made from the key file's 32 bytes."""

    _cipher: AESGCM = field(repr=False)
    _keyed: hashlib.blake2b = field(repr=False)
    """A hash that has taken in its key already: a copy is a third quicker than a new one."""

    @classmethod
    def of(cls, secret: bytes) -> "Vault":
        """The vault of a key file's content."""
        keyed = hashlib.blake2b(key=_derive(secret, b"look up"), digest_size=HASH)
        return cls(AESGCM(_derive(secret, b"encrypt")), keyed)

    @classmethod
    def open(cls, path: Path) -> "Vault":
        """Read the key file; make it when there is none.

        Raises:
            CommandError: `data_key_unusable`.
        """
        try:
            if not path.exists():
                create_file(path, os.urandom(KEY), PRIVATE)
        except CommandError as error:
            if error.code != "key_file_exists":  # another process was quicker
                detail = str(error.details["detail"])
                raise CommandError("data_key_unusable", detail, path=path) from None
        try:
            secret, mode = path.read_bytes(), path.stat().st_mode
        except OSError as error:
            raise CommandError("data_key_unusable", error.strerror or "", path=path) from None
        if len(secret) != KEY or mode & 0o077:
            raise CommandError(
                "data_key_unusable", "not 32 bytes that only the owner may read", path=path
            )
        return cls.of(secret)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt; `context` (what it belongs to) must be the same when it is opened."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, context)

    def open_sealed(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt.

        Raises:
            CommandError: `data_key_other`: another key, another context or altered data.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], context)
        except (InvalidTag, ValueError):  # too short to have a nonce
            raise CommandError("data_key_other") from None

    @property
    def fingerprint(self) -> str:
        """What tells one key file from another."""
        return self.keyed_hash("zhengyin data key")

    def keyed_hash(self, *parts: str) -> str:
        """What stands for `parts` in look-ups; nothing can be told from it without the key.

        Keyed BLAKE2b (RFC 7693 §2.9) of 128 bits, in a third of HMAC's time.
        """
        keyed = self._keyed.copy()
        keyed.update("\x00".join(parts).encode())
        return keyed.hexdigest()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY, salt=None, info=b"zhengyin " + purpose).derive(secret)
