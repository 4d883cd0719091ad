"""Private keys at rest: PKCS#8 encrypted with scrypt and AES-256-CBC (RFC 5958, 8018, 7914 §7).

`cryptography` reads this form but writes PBKDF2 with 2,048 rounds, so we write it ourselves. A key
file belongs to its owner alone (POSIX mode 0600), appears whole or not at all, and replaces no
other file.
"""

import base64
import binascii
import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from schemas.errors import CommandError

SCRYPT_N = 2**17  # 128 MiB and a third of a second for each guess (OWASP's first choice)
SCRYPT_R = 8
SCRYPT_P = 1
SALT_SIZE = 16  # bytes
MAX_KEY_FILE = 16 * 1024  # bytes

PRIVATE = 0o600
PUBLIC = 0o644

_LABEL = "ENCRYPTED PRIVATE KEY"  # RFC 7468 §11
_PEM = re.compile(
    rf"-----BEGIN {_LABEL}-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END {_LABEL}-----\s*".encode()
)
_BLOCK = 16  # bytes of an AES block

# Object identifiers, DER: PBES2 1.2.840.113549.1.5.13, scrypt 1.3.6.1.4.1.11591.4.11,
# AES-256-CBC 2.16.840.1.101.3.4.1.42
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES256_CBC = bytes.fromhex("060960864801650304012a")
_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04


def seal(key: Ed25519PrivateKey, passphrase: bytes) -> bytes:
    """Encrypt `key` under `passphrase` with a fresh salt, as PEM text."""
    salt, iv = secrets.token_bytes(SALT_SIZE), secrets.token_bytes(_BLOCK)
    kdf = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P)
    encryptor = Cipher(algorithms.AES256(kdf.derive(passphrase)), modes.CBC(iv)).encryptor()
    padder = PKCS7(8 * _BLOCK).padder()
    clear = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    encrypted = encryptor.update(padder.update(clear) + padder.finalize()) + encryptor.finalize()

    cost = (_integer(SCRYPT_N), _integer(SCRYPT_R), _integer(SCRYPT_P))
    derivation = _der(_SEQUENCE, _SCRYPT, _der(_SEQUENCE, _der(_OCTETS, salt), *cost))
    encryption = _der(_SEQUENCE, _AES256_CBC, _der(_OCTETS, iv))
    algorithm = _der(_SEQUENCE, _PBES2, _der(_SEQUENCE, derivation, encryption))
    der = _der(_SEQUENCE, algorithm, _der(_OCTETS, encrypted))

    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {_LABEL}-----", *lines, f"-----END {_LABEL}-----", ""]).encode()


def read_sealed(path: Path) -> bytes:
    """Read a key file's encrypted DER and check all that can be checked without its passphrase.

    Raises:
        CommandError: `key_file_missing`, `key_file_unreadable`, `key_file_permissions` (others
            than the owner may read or write it) or `key_file_not_a_key`.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise CommandError("key_file_not_a_key", path=path)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise CommandError("key_file_permissions", path=path, mode=f"{mode & 0o777:04o}")
            text = file.read(MAX_KEY_FILE + 1)
    except FileNotFoundError:
        raise CommandError("key_file_missing", path=path) from None
    except OSError as error:
        raise CommandError("key_file_unreadable", error.strerror or "", path=path) from None
    der = _unarmoured(text) if len(text) <= MAX_KEY_FILE else b""
    if not _is_sealed(der):
        raise CommandError("key_file_not_a_key", path=path)
    return der


def unseal(sealed: bytes, passphrase: bytes, path: Path) -> Ed25519PrivateKey:
    """Decrypt what `read_sealed` gave; `path` is named in errors.

    Raises:
        CommandError: `key_file_wrong_passphrase` or `key_file_not_ed25519`.
    """
    try:
        key = load_der_private_key(sealed, passphrase)
    except UnsupportedAlgorithm:
        raise CommandError("key_file_not_ed25519", path=path) from None
    except (TypeError, ValueError, InternalError):
        # In turn: no passphrase; a wrong one or damage; damaged costs. A wrong passphrase may even
        # pass the padding by chance and fail later, so these cannot be told apart.
        raise CommandError("key_file_wrong_passphrase", path=path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError("key_file_not_ed25519", path=path)
    return key


def read_private_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """Read and decrypt the private key in the file `path`.

    Raises:
        CommandError: as `read_sealed` and `unseal`.
    """
    return unseal(read_sealed(path), passphrase, path)


def write_private_key(path: Path, key: Ed25519PrivateKey, passphrase: bytes) -> None:
    """Write `key` to the new file `path`.

    Raises:
        CommandError: `key_file_exists` or `key_file_unwritable`.
    """
    create_file(path, seal(key, passphrase), PRIVATE)


def replace_private_key(path: Path, key: Ed25519PrivateKey, passphrase: bytes) -> None:
    """Put `key` under another passphrase; the old file stays until the new one reads back.

    Raises:
        CommandError: `key_file_unwritable`.
    """
    target = path.resolve()  # a symbolic link stays one

    def swap(staged: Path) -> None:
        read_private_key(staged, passphrase)
        staged.replace(target)

    _stage(target, seal(key, passphrase), PRIVATE, swap)


def create_file(path: Path, data: bytes, mode: int) -> None:
    """Write `data` to the new file `path`, whole or not at all.

    Raises:
        CommandError: `key_file_exists` or `key_file_unwritable`.
    """
    # A hard link is the rename that never overwrites.
    _stage(path, data, mode, path.hardlink_to)


def _stage(path: Path, data: bytes, mode: int, publish: Callable[[Path], None]) -> None:
    """Write `data` beside `path`, on the disk, and hand it to `publish`; leave nothing else."""
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            publish(staged)
        finally:
            staged.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        raise CommandError("key_file_exists", path=path) from None
    except OSError as error:
        raise CommandError("key_file_unwritable", error.strerror or "", path=path) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _der(tag: int, *contents: bytes) -> bytes:
    """One DER element (X.690 §8.1)."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _unarmoured(text: bytes) -> bytes:
    """The content of a PEM text, or nothing."""
    match = _PEM.fullmatch(text)
    try:
        return base64.b64decode(match[1]) if match else b""
    except binascii.Error:
        return b""


def _is_sealed(der: bytes) -> bool:
    """Whether `der` is a whole EncryptedPrivateKeyInfo under PBES2 (RFC 5958 §3)."""
    if len(der) < 4:
        return False
    head = 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)
    # The outermost length tells a truncated file from a wrong passphrase.
    return der == _der(_SEQUENCE, der[head:]) and der.startswith(_PBES2, head + 2)


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
