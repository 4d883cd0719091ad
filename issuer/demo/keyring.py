"""The demonstration's keys: real key files under one passphrase that lies beside them, for play only."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuer.running.settings import DEMO_PASSPHRASE
from keys import pkcs8
from keys.public_file import public_path
from keys.signer import MemorySigner

FOLDER = "keys"
PASSPHRASE = "passphrase"  # noqa: S105 - the name of the file


def new_keys(names: tuple[str, ...]) -> dict[str, Ed25519PrivateKey]:
    """A new key for each name."""
    return {name: Ed25519PrivateKey.generate() for name in names}


def new_passphrase() -> str:
    """A new one that says what it is for: production refuses it (issuer/running/settings.py)."""
    return f"{DEMO_PASSPHRASE}{secrets.token_hex(8)}"


def write_keys(directory: Path, keys: Mapping[str, Ed25519PrivateKey], passphrase: str) -> None:
    """Write the passphrase, and each key with its public file; a third of a second for each.

    Raises:
        CommandError: `key_file_unwritable`.
    """
    pkcs8.create_file(directory / PASSPHRASE, f"{passphrase}\n".encode(), pkcs8.PRIVATE)
    folder = directory / FOLDER
    folder.mkdir(mode=0o700)
    for name, key in keys.items():
        path = folder / f"{name}.pem"
        pkcs8.write_private_key(path, key, passphrase.encode())
        pkcs8.create_file(public_path(path), MemorySigner(key).jwk.write(), pkcs8.PUBLIC)
