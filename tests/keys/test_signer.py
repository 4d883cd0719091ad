"""Signers: opened by URI, silent about their secret, at home in one process."""

import copy
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import jws, pkcs8
from keys.ed25519 import KeyRefusedError
from keys.jwk import Jwk
from keys.passphrase import PassphraseSource
from keys.public_file import public_path, read_public_key
from keys.signer import FileSigner, MemorySigner, open_key, open_signer, split_uri
from schemas.codes import LANGUAGES
from schemas.errors import CommandError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PASSPHRASE = b"correct horse"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 2**4)


@pytest.fixture
def source(tmp_path: Path) -> PassphraseSource:
    file = tmp_path / "passphrase"
    file.write_bytes(PASSPHRASE)
    return PassphraseSource(file=file)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "institution key%20.pem"
    pkcs8.write_private_key(path, KEY, PASSPHRASE)
    return path


def test_a_memory_signer_signs() -> None:
    signer = MemorySigner(KEY)
    assert KEY.sign(b"data") == signer.sign(b"data")
    assert (signer.jwk, signer.jwk.kid) == (Jwk.of(KEY.public_key()), signer.kid)


def test_generated_signers_differ() -> None:
    assert MemorySigner.generate().kid != MemorySigner.generate().kid


def test_another_kind_of_key_does_not_sign() -> None:
    signer = MemorySigner(KEY)
    signer._private_key = Ed448PrivateKey.generate()  # type: ignore[assignment]
    with pytest.raises(KeyRefusedError):
        signer.sign(b"data")


URIS = {
    "file:": "file:{path}",
    "a scheme in capitals": "FILE:{path}",
    "an empty authority": "file://{path}",
    "just a path": "{path}",
}


@pytest.mark.parametrize("uri", URIS.values(), ids=URIS)
def test_a_file_is_opened(uri: str, path: Path, source: PassphraseSource) -> None:
    """The path is taken as typed: `%20` is no blank."""
    signer = open_signer(uri.format(path=path), source)
    assert isinstance(signer, FileSigner)
    jws.verify(b"data", signer.sign(b"data"), Jwk.of(KEY.public_key()))


def test_a_relative_path_starts_in_the_working_folder(
    path: Path, source: PassphraseSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    assert MemorySigner(KEY).kid == open_signer(f"file:{path.name}", source).kid


@pytest.mark.parametrize("uri", ["awskms://key", "env:KEY", "https://a/b"])
def test_another_scheme_is_refused_with_those_that_are_known(
    uri: str, source: PassphraseSource
) -> None:
    with pytest.raises(CommandError) as error:
        open_signer(uri, source)
    assert "signer_scheme_unknown" == error.value.code
    for language in LANGUAGES:
        assert f"{uri.split(':', 1)[0]}:" in error.value.message(language)
        assert "file:" in error.value.hint(language)


def test_a_drive_letter_is_no_scheme() -> None:
    assert ("file", r"C:\keys\institution.pem") == split_uri(r"C:\keys\institution.pem")


def test_no_passphrase_is_asked_for_what_is_no_key(tmp_path: Path) -> None:
    """The source would fail too; the file's own error comes first."""
    nothing = PassphraseSource(file=tmp_path / "none")
    with pytest.raises(CommandError) as error:
        open_signer(str(tmp_path / "missing.pem"), nothing)
    assert "key_file_missing" == error.value.code


def test_the_public_file_beside_it_has_to_fit(path: Path, source: PassphraseSource) -> None:
    """PKCS#8 has no checksum: damage can turn one key into another."""
    public_path(path).write_bytes(Jwk.of(KEY.public_key()).write())
    open_key(path, source)
    public_path(path).write_bytes(MemorySigner.generate().jwk.write())
    with pytest.raises(CommandError) as error:
        open_key(path, source)
    assert "key_file_mismatch" == error.value.code


def test_a_damaged_key_that_still_opens_is_seen(path: Path, source: PassphraseSource) -> None:
    public_path(path).write_bytes(Jwk.of(KEY.public_key()).write())
    sealed = bytearray(pkcs8._unarmoured(path.read_bytes()))
    sealed[-64 + 16] ^= 1  # the second block: the first half of the seed
    other = pkcs8.unseal(bytes(sealed), PASSPHRASE, path)
    assert KEY.private_bytes_raw() != other.private_bytes_raw()
    pkcs8.replace_private_key(path, other, PASSPHRASE)
    with pytest.raises(CommandError) as error:
        open_signer(str(path), source)
    assert "key_file_mismatch" == error.value.code


def test_a_public_file_is_read_from_its_own_path(tmp_path: Path) -> None:
    path = tmp_path / "key.pem.jwk.json"
    path.write_bytes(Jwk.of(KEY.public_key()).write())
    assert path == public_path(path) == public_path(tmp_path / "key.pem")
    assert MemorySigner(KEY).jwk == read_public_key(path)


BAD_PUBLIC_FILES = {"missing": "key_file_missing", "": "key_file_unreadable"}


@pytest.mark.parametrize(("name", "code"), BAD_PUBLIC_FILES.items())
def test_a_public_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(CommandError) as error:
        read_public_key(tmp_path / name)
    assert code == error.value.code


def test_a_signer_never_shows_its_secret(path: Path, source: PassphraseSource) -> None:
    for signer in (MemorySigner(KEY), FileSigner.open(path, source)):
        assert f"{type(signer).__name__}(kid='{signer.kid}')" == repr(signer) == str(signer)
        assert KEY.private_bytes_raw().hex() not in f"{signer!r} {signer.jwk!r}"


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_signer_stays_in_its_process(take: object) -> None:
    assert callable(take)
    with pytest.raises(TypeError, match="stays in its process"):
        take(MemorySigner(KEY))
