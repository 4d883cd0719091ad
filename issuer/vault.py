"""ID numbers at rest: encrypted, and found again by a keyed hash (DESIGN's issuing invariant 6).

The key lies in a file outside the database, so a copy of the database alone shows no number.
"""

import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.errors import CommandError

KEY = 32  # bytes of the key file: AES-256
NONCE = 12  # bytes (NIST SP 800-38D §8.2)


@dataclass(frozen=True, slots=True)
class Vault:
    """Encrypts with one key and hashes with another, both made from the key file's 32 bytes."""

    _cipher: AESGCM = field(repr=False)
    _hash_key: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> "Vault":
        """The vault of a key file's content."""
        return cls(AESGCM(_derive(secret, b"encrypt")), _derive(secret, b"look up"))

    @classmethod
    def open(cls, path: Path) -> "Vault":
        """Read the key file; make it when there is none.

        Raises:
            CommandError: `data_key_unusable`.
        """
        try:
            if not path.exists():
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(os.urandom(KEY))
                    os.fsync(file.fileno())
            secret = path.read_bytes()
        except OSError as error:
            raise CommandError("data_key_unusable", error.strerror or "", path=path) from None
        if len(secret) != KEY or path.stat().st_mode & 0o077:
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
        except InvalidTag:
            raise CommandError("data_key_other") from None

    def keyed_hash(self, *parts: str) -> str:
        """What stands for `parts` in look-ups; nothing can be told from it without the key."""
        return hmac.digest(self._hash_key, "\x00".join(parts).encode(), "sha256").hex()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY, salt=None, info=b"zhengyin " + purpose).derive(secret)
