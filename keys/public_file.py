"""The public part of a key as a file, `FILE.jwk.json` beside the private `FILE`: what is enrolled."""

from pathlib import Path

from keys.jwk import Jwk
from schemas.errors import CommandError

SUFFIX = ".jwk.json"
MAX_SIZE = 4 * 1024  # bytes


def public_path(path: Path) -> Path:
    """Where the public part of the key file `path` stands; a public file stands for itself."""
    return path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)


def read_public_key(path: Path) -> Jwk:
    """Read and vet a public key file.

    Raises:
        CommandError: `key_file_missing` or `key_file_unreadable`.
        KeyRefusedError: not a public key that a registry may list.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SIZE)
    except FileNotFoundError:
        raise CommandError("key_file_missing", path=path) from None
    except OSError as error:
        raise CommandError("key_file_unreadable", error.strerror or "", path=path) from None
    return Jwk.read(data)
