"""Key files: scrypt PKCS#8 that a stock library reads, owner only, whole or not at all."""

import contextlib
import errno
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import pkcs8
from schemas.errors import CommandError

PASSPHRASE = "正确的 口令".encode()
KEY = Ed25519PrivateKey.generate()


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase costs 0.1 s and 128 MiB on purpose; here it need not."""
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 2**4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "institution.pem"


def raised(action: object) -> CommandError:
    assert callable(action)
    with pytest.raises(CommandError) as caught:
        action()
    for language in ("zh-CN", "en"):
        assert caught.value.message(language)
    return caught.value


def same(one: Ed25519PrivateKey, other: object) -> bool:
    assert isinstance(other, Ed25519PrivateKey)
    return one.private_bytes_raw() == other.private_bytes_raw()


# The form


def test_the_library_reads_what_we_write_at_full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """N = 2^17 = 0x20000, r = 8, p = 1 stand in the file (RFC 7914 §7.1)."""
    monkeypatch.undo()
    sealed = pkcs8.seal(KEY, PASSPHRASE)
    assert same(KEY, load_pem_private_key(sealed, PASSPHRASE))
    assert bytes.fromhex("0203020000 020108 020101") in pkcs8._unarmoured(sealed)


@settings(max_examples=50)
@given(
    st.binary(min_size=32, max_size=32).map(Ed25519PrivateKey.from_private_bytes),
    st.binary(min_size=1, max_size=1023),
    st.integers(1, 12),
)
def test_the_library_reads_every_file(key: Ed25519PrivateKey, passphrase: bytes, cost: int) -> None:
    """Whatever the key, the passphrase and the cost, whose DER has 1 or 2 bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 2**cost)
        assert same(key, load_pem_private_key(pkcs8.seal(key, passphrase), passphrase))


def test_salt_and_initialisation_vector_are_fresh() -> None:
    assert 20 == len({pkcs8.seal(KEY, PASSPHRASE) for _ in range(20)})


def test_the_pem_text_is_that_of_rfc7468() -> None:
    lines = pkcs8.seal(KEY, PASSPHRASE).decode().split("\n")
    label = "ENCRYPTED PRIVATE KEY"
    assert (f"-----BEGIN {label}-----", f"-----END {label}-----", "") == (lines[0], *lines[-2:])
    assert {64} == {len(line) for line in lines[1:-3]}


# Reading


def test_a_key_comes_back(path: Path) -> None:
    pkcs8.write_private_key(path, KEY, PASSPHRASE)
    assert same(KEY, pkcs8.read_private_key(path, PASSPHRASE))


@pytest.mark.parametrize("passphrase", [b"", b"wrong", PASSPHRASE + b"\n"])
def test_a_wrong_passphrase_is_named(path: Path, passphrase: bytes) -> None:
    pkcs8.write_private_key(path, KEY, PASSPHRASE)
    error = raised(lambda: pkcs8.read_private_key(path, passphrase))
    assert ("key_file_wrong_passphrase", path) == (error.code, error.details["path"])


def test_a_wrong_passphrase_is_never_anything_else(path: Path) -> None:
    """One in 256 leaves a legal padding and nonsense inside."""
    pkcs8.write_private_key(path, KEY, PASSPHRASE)
    codes = {raised(lambda n=n: pkcs8.read_private_key(path, b"%d" % n)).code for n in range(1000)}
    assert {"key_file_wrong_passphrase"} == codes


def private_file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def sealed_cheaply() -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 2**4)
        return pkcs8.seal(KEY, PASSPHRASE)


SEALED = sealed_cheaply()
NOT_KEYS = {
    "empty": b"",
    "a text": "口令".encode(),
    "random": bytes(range(256)),
    "cut short": SEALED[:-80],
    "a line missing": b"".join(SEALED.splitlines(keepends=True)[i] for i in (0, 1, 3, 4, 5)),
    "armour only": b"\n".join(SEALED.splitlines()[i] for i in (0, -1)),
    "bad base64": SEALED[:40] + SEALED[41:],
    "something before it": b"key\n" + SEALED,
    "too large": SEALED + b" " * pkcs8.MAX_KEY_FILE,
    "not encrypted": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    "public": KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "DER": KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
}


@pytest.mark.parametrize("content", NOT_KEYS.values(), ids=NOT_KEYS)
def test_what_is_not_a_key_file_is_named(path: Path, content: bytes) -> None:
    private_file(path, content)
    assert "key_file_not_a_key" == raised(lambda: pkcs8.read_private_key(path, PASSPHRASE)).code


def test_a_key_of_an_unknown_kind_is_named(path: Path) -> None:
    class Unknown:
        """The last arc of id-Ed25519 (RFC 8410 §3) changed."""

        def private_bytes(self, *_: object) -> bytes:
            clear = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            return clear.replace(bytes.fromhex("06032b6570"), bytes.fromhex("06032b657f"))

    private_file(path, pkcs8.seal(Unknown(), PASSPHRASE))  # type: ignore[arg-type]
    assert "key_file_not_ed25519" == raised(lambda: pkcs8.read_private_key(path, PASSPHRASE)).code


@settings(max_examples=200)
@given(st.data())
def test_damage_is_never_anything_but_a_named_error(data: st.DataObject) -> None:
    """Any changed bit is named, unless it opens as another key (open_key then sees it)."""
    damaged = bytearray(pkcs8._unarmoured(SEALED))
    bit = data.draw(st.integers(0, 8 * len(damaged) - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    with contextlib.suppress(CommandError):
        pkcs8.unseal(bytes(damaged), PASSPHRASE, Path("key.pem"))


@pytest.mark.parametrize(
    "key", [Ed448PrivateKey.generate(), generate_private_key(SECP256R1())], ids=["Ed448", "P-256"]
)
def test_another_kind_of_key_is_named(path: Path, key: Ed448PrivateKey) -> None:
    encryption = BestAvailableEncryption(PASSPHRASE)
    private_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    assert "key_file_not_ed25519" == raised(lambda: pkcs8.read_private_key(path, PASSPHRASE)).code


def test_a_key_encrypted_by_another_tool_is_read(path: Path) -> None:
    encryption = BestAvailableEncryption(PASSPHRASE)
    content = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    private_file(path, content.replace(b"\n", b"\r\n"))
    assert same(KEY, pkcs8.read_private_key(path, PASSPHRASE))


def test_a_missing_file_is_named(path: Path) -> None:
    assert "key_file_missing" == raised(lambda: pkcs8.read_sealed(path)).code


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    assert "key_file_unreadable" == raised(lambda: pkcs8.read_sealed(tmp_path)).code


def test_a_device_is_not_a_key_file() -> None:
    assert "key_file_not_a_key" == raised(lambda: pkcs8.read_sealed(Path(os.devnull))).code


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o666])
def test_a_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    pkcs8.write_private_key(path, KEY, PASSPHRASE)
    path.chmod(mode)
    error = raised(lambda: pkcs8.read_private_key(path, PASSPHRASE))
    assert "key_file_permissions" == error.code
    assert f"chmod 600 {path}" in error.hint("en")
    assert f"chmod 600 {path}" in error.hint("zh-CN")


# Writing


def test_a_file_is_its_owners_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        pkcs8.write_private_key(path, KEY, PASSPHRASE)
    finally:
        os.umask(before)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 1 == path.stat().st_nlink
    assert [path] == list(path.parent.iterdir())


def occupy_with_link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


def occupy_with_folder(path: Path) -> None:
    path.mkdir()


def occupy_with_file(path: Path) -> None:
    path.write_bytes(b"precious")


@pytest.mark.parametrize("occupy", [occupy_with_file, occupy_with_folder, occupy_with_link])
def test_nothing_is_overwritten(path: Path, occupy: object) -> None:
    """A file, a folder or a link to nowhere stays what it is."""
    assert callable(occupy)
    occupy(path)
    before = path.lstat()
    assert "key_file_exists" == raised(lambda: pkcs8.write_private_key(path, KEY, PASSPHRASE)).code
    assert before == path.lstat()
    assert [path] == list(path.parent.iterdir())


def test_a_full_disk_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    error = raised(lambda: pkcs8.write_private_key(path, KEY, PASSPHRASE))
    assert "key_file_unwritable" == error.code
    assert "No space left" in str(error)
    assert [] == list(path.parent.iterdir())


@pytest.mark.parametrize("name", ["missing/key.pem", "file/key.pem", "k" * 300])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    action = lambda: pkcs8.write_private_key(tmp_path / name, KEY, PASSPHRASE)  # noqa: E731
    assert "key_file_unwritable" == raised(action).code
    assert ["file"] == os.listdir(tmp_path)  # noqa: PTH208


# Another passphrase


def test_a_key_gets_another_passphrase(path: Path) -> None:
    pkcs8.write_private_key(path, KEY, b"old")
    pkcs8.replace_private_key(path, KEY, PASSPHRASE)
    assert same(KEY, pkcs8.read_private_key(path, PASSPHRASE))
    assert "key_file_wrong_passphrase" == raised(lambda: pkcs8.read_private_key(path, b"old")).code
    assert [path] == list(path.parent.iterdir())


def test_a_link_to_a_key_stays_a_link(path: Path) -> None:
    link = path.with_name("current.pem")
    pkcs8.write_private_key(path, KEY, b"old")
    link.symlink_to(path.name)
    pkcs8.replace_private_key(link, KEY, PASSPHRASE)
    assert link.is_symlink()
    assert same(KEY, pkcs8.read_private_key(path, PASSPHRASE))


def test_the_old_file_stays_until_the_new_one_reads_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pkcs8.write_private_key(path, KEY, b"old")
    monkeypatch.setattr(pkcs8, "seal", lambda *_: b"damaged")
    raised(lambda: pkcs8.replace_private_key(path, KEY, PASSPHRASE))
    assert same(KEY, pkcs8.read_private_key(path, b"old"))
    assert [path] == list(path.parent.iterdir())
