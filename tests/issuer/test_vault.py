"""ID numbers at rest: one key file, encryption bound to its place, a keyed hash for look-ups."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.vault import KEY, NONCE, Vault
from schemas.errors import CommandError

VAULT = Vault.of(bytes(KEY))
OTHER = Vault.of(bytes([1]) * KEY)
NUMBER = b'["ITKcKSlArJ8OWMYhcjN55w","id_number","119999199001010012"]'
PLACE = b"demo-pingjia/2025/17"


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_is_sealed_opens_again(plain: bytes, context: bytes) -> None:
    assert plain == VAULT.open_sealed(VAULT.seal(plain, context), context)


def test_nothing_of_a_number_is_seen() -> None:
    assert b"119999" not in VAULT.seal(NUMBER, PLACE)


def test_the_same_number_is_sealed_differently_each_time() -> None:
    """A nonce that is used twice gives AES-GCM away (NIST SP 800-38D §8)."""
    assert 100 == len({VAULT.seal(NUMBER, PLACE)[:NONCE] for _ in range(100)})


def test_another_key_or_place_or_an_altered_byte_does_not_open() -> None:
    sealed = VAULT.seal(NUMBER, PLACE)
    wrong = [(OTHER, sealed, PLACE), (VAULT, sealed, b"demo-pingjia/2025/18")]
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        wrong += [(VAULT, sealed[:at], PLACE), (VAULT, altered, PLACE)]
    for vault, data, place in wrong:
        with pytest.raises(CommandError) as error:
            vault.open_sealed(data, place)
        assert "data_key_other" == error.value.code


def test_a_hash_is_the_same_for_the_same_parts_and_key_only() -> None:
    found = VAULT.keyed_hash("a", "b")
    assert found == VAULT.keyed_hash("a", "b")
    others = {VAULT.keyed_hash("ab"), VAULT.keyed_hash("b", "a"), VAULT.keyed_hash("a", "b", "")}
    assert found not in others | {OTHER.keyed_hash("a", "b")}


def test_a_vault_does_not_print_its_keys() -> None:
    secret = os.urandom(KEY)
    shown = repr(Vault.of(secret))
    assert "Vault()" == shown


def test_the_first_use_makes_the_key_file(tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    sealed = Vault.open(path).seal(NUMBER, PLACE)
    assert KEY == path.stat().st_size
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert NUMBER == Vault.open(path).open_sealed(sealed, PLACE)
    assert [path] == list(tmp_path.iterdir())


def test_two_first_uses_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(Vault.open, [tmp_path / "data.key"] * 32))
    assert 1 == len({vault.fingerprint for vault in vaults})


@pytest.mark.parametrize("content", [b"", bytes(KEY - 1), bytes(KEY + 1)])
def test_a_key_file_of_another_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.key"
    path.write_bytes(content)
    path.chmod(0o600)
    assert "data_key_unusable" == refusal(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_file_that_others_may_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "data.key"
    path.write_bytes(bytes(KEY))
    path.chmod(mode)
    assert "data_key_unusable" == refusal(path)


def test_a_key_file_that_cannot_be_made_or_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "data_key_unusable" == refusal(tmp_path / "file" / "data.key")
    assert "data_key_unusable" == refusal(tmp_path)


def refusal(path: Path) -> str:
    with pytest.raises(CommandError) as error:
        Vault.open(path)
    return error.value.code
