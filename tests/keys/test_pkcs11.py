"""Keys in a token: the real library, and a SoftHSM2 made for each test."""

import argparse
import copy
import pickle
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.mechanisms import KeyType, Mechanism
from pkcs11.types import Session, SignMixin

from keys import cli, jws, pkcs8
from keys.jwk import Jwk
from keys.passphrase import PassphraseSource
from keys.pkcs11 import CURVES, TokenSigner
from keys.signer import FileSigner, open_signer
from schemas.codes import LANGUAGES
from schemas.errors import CommandError
from tests.keys.curve import BASE, TORSION, add, encode, multiply
from tests.keys.softhsm import ANOTHER, PIN, SoftHsm, find

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
OCTET_STRING = b"\x04\x20"
P256 = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"


def loaded(module: Path) -> Any:
    """The module as `keys.pkcs11` loads it."""
    return pkcs11.lib(str(module.resolve()))


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    """A module of its own with one token, `office`; it forgets every login when the test ends."""
    module = find()
    if module is None:
        pytest.skip(f"no SoftHSM2 on this machine ({ANOTHER}): keys in tokens are not tested")
    hsm = SoftHsm(module=module, folder=tmp_path / "hsm")
    hsm.set_up()
    hsm.add_token("office")
    monkeypatch.setenv("SOFTHSM2_CONF", str(hsm.configuration))
    try:
        [token] = [one for one in loaded(module).get_tokens() if one.label == "office"]
        if Mechanism.EDDSA not in token.slot.get_mechanisms():
            pytest.skip("this machine's SoftHSM2 knows no Ed25519: keys in tokens are not tested")
        yield hsm
    finally:
        loaded(module).finalize()


@pytest.fixture
def pin(tmp_path: Path) -> PassphraseSource:
    file = tmp_path / "pin"
    file.write_text(f"{PIN}\n", encoding="utf-8")
    return PassphraseSource(file=file)


@contextmanager
def owner(hsm: SoftHsm) -> Iterator[Session]:
    """A session of the token's owner, who puts things into it; ends all logins when it ends."""
    module = loaded(hsm.module)
    [token] = [one for one in module.get_tokens() if one.label == "office"]
    yield token.open(rw=True, user_pin=PIN)
    module.finalize()


def put(
    session: Session,
    key: Ed25519PrivateKey = KEY,
    *,
    label: str = "centre",
    key_id: bytes = b"\x01",
    point: bytes | None = None,
    **private: Any,
) -> None:
    """Import a key; `point` is what the public part says instead, empty: no public part."""
    kind = {Attribute.KEY_TYPE: KeyType.EC_EDWARDS, Attribute.EC_PARAMS: CURVES[0]}
    name = {Attribute.LABEL: label, Attribute.ID: key_id, Attribute.TOKEN: True}
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            **kind,
            **name,
            Attribute.VALUE: key.private_bytes_raw(),
            Attribute.SIGN: True,
            **{Attribute[one]: value for one, value in private.items()},
        }
    )
    if point is None:
        point = OCTET_STRING + key.public_key().public_bytes_raw()
    if point:
        session.create_object(
            {Attribute.CLASS: ObjectClass.PUBLIC_KEY, **kind, **name, Attribute.EC_POINT: point}
        )


def refused(uri: str, source: PassphraseSource, code: str) -> CommandError:
    """The error of `code` that opening `uri` gives, whole in both languages."""
    with pytest.raises(CommandError) as error:
        open_signer(uri, source)
    assert code == error.value.code
    for language in LANGUAGES:
        assert error.value.message(language)
        assert error.value.hint(language)
    assert PIN not in str(error.value)
    return error.value


# Opening and signing


def test_a_token_signs_as_a_file_does(hsm: SoftHsm, pin: PassphraseSource, tmp_path: Path) -> None:
    """The same seed: the same public key, the same bytes."""
    with owner(hsm) as session:
        put(session)
    pkcs8.write_private_key(tmp_path / "key.pem", KEY, PIN.encode())
    signer = open_signer(hsm.uri(token="office", object="centre"), pin)
    file = FileSigner.open(tmp_path / "key.pem", pin)
    assert isinstance(signer, TokenSigner)
    assert (file.jwk, file.kid) == (signer.jwk, signer.kid)
    for data in (b"", b"a", b"header.payload" * 400):
        assert file.sign(data) == signer.sign(data)
        jws.verify(data, signer.sign(data), signer.jwk)


ADDRESSES: dict[str, dict[str, str]] = {
    "token and object": {"token": "office", "object": "centre"},
    "by its id": {"token": "office", "id": "\x01"},
    "the only token, the only key": {},
    "all that a token says": {"manufacturer": "SoftHSM project", "model": "SoftHSM v2"},
    "a private key": {"object": "centre", "type": "private"},
}


@pytest.mark.parametrize("path", ADDRESSES.values(), ids=ADDRESSES)
def test_what_is_left_out_fits_anything(
    path: dict[str, str], hsm: SoftHsm, pin: PassphraseSource
) -> None:
    with owner(hsm) as session:
        put(session)
    assert Jwk.of(KEY.public_key()) == open_signer(hsm.uri(**path), pin).jwk


def test_names_in_chinese(hsm: SoftHsm, pin: PassphraseSource) -> None:
    """Percent-encoded, as the standard wants it, or typed as they are."""
    hsm.add_token("印章")
    with owner(hsm) as session:
        put(session, label="机构 甲")
    module = loaded(hsm.module)
    assert "印章" in {token.label for token in module.get_tokens()}
    for name in ("%E6%9C%BA%E6%9E%84%20%E7%94%B2", "机构 甲"):
        uri = f"pkcs11:token=office;object={name}?module-path={hsm.module}"
        assert Jwk.of(KEY.public_key()) == open_signer(uri, pin).jwk


@pytest.mark.parametrize("curve", CURVES)
def test_both_names_of_the_curve(curve: bytes, hsm: SoftHsm, pin: PassphraseSource) -> None:
    with owner(hsm) as session:
        put(session, EC_PARAMS=curve)
    open_signer(hsm.uri(object="centre"), pin)


def test_two_keys_of_one_token(hsm: SoftHsm, pin: PassphraseSource) -> None:
    """A token knows one login for the whole process."""
    with owner(hsm) as session:
        put(session)
        put(session, OTHER, label="spare", key_id=b"\x02")
    first = open_signer(hsm.uri(object="centre"), pin)
    second = open_signer(hsm.uri(object="spare"), pin)
    assert (KEY.sign(b"a"), OTHER.sign(b"a")) == (first.sign(b"a"), second.sign(b"a"))


def test_one_login_does_not_let_in_whoever_comes_next(
    hsm: SoftHsm, pin: PassphraseSource, tmp_path: Path
) -> None:
    """A token that is logged in takes any PIN; we do not."""
    with owner(hsm) as session:
        put(session)
    open_signer(hsm.uri(object="centre"), pin)
    (tmp_path / "wrong").write_text("654321", encoding="utf-8")
    refused(
        hsm.uri(object="centre"), PassphraseSource(file=tmp_path / "wrong"), "token_pin_refused"
    )
    open_signer(hsm.uri(object="centre"), pin)


def test_a_module_by_another_name_is_the_same(
    hsm: SoftHsm, pin: PassphraseSource, tmp_path: Path
) -> None:
    with owner(hsm) as session:
        put(session)
    (tmp_path / "linked.so").symlink_to(hsm.module)
    open_signer(hsm.uri(object="centre"), pin)
    uri = f"pkcs11:object=centre?module-path={tmp_path / 'linked.so'}"
    assert Jwk.of(KEY.public_key()) == open_signer(uri, pin).jwk


def test_a_public_key_without_an_id_is_found_by_its_label(
    hsm: SoftHsm, pin: PassphraseSource
) -> None:
    with owner(hsm) as session:
        put(session, key_id=b"")
        put(session, OTHER, key_id=b"", label="spare")
    assert Jwk.of(KEY.public_key()) == open_signer(hsm.uri(object="centre"), pin).jwk


def test_the_address_may_name_the_file_of_the_pin(
    hsm: SoftHsm, pin: PassphraseSource, tmp_path: Path
) -> None:
    with owner(hsm) as session:
        put(session)
    nothing = PassphraseSource(file=tmp_path / "none")
    uri = hsm.uri(f"&pin-source=file:{pin.file}", object="centre")
    assert open_signer(uri, nothing).sign(b"a") == KEY.sign(b"a")


def test_a_signer_shows_no_secret_and_stays_in_its_process(
    hsm: SoftHsm, pin: PassphraseSource
) -> None:
    with owner(hsm) as session:
        put(session)
    signer = open_signer(hsm.uri(object="centre"), pin)
    assert f"TokenSigner(kid='{signer.kid}')" == repr(signer) == str(signer)
    takers: tuple[Callable[[object], object], ...] = (pickle.dumps, copy.copy, copy.deepcopy)
    for take in takers:
        with pytest.raises(TypeError, match="stays in its process"):
            take(signer)


def test_the_library_is_loaded_only_for_a_token() -> None:
    program = "import sys, keys.signer, keys.commands; print('pkcs11' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert b"False" == done.stdout.strip()


# What is refused

BAD_ADDRESSES = {
    "no module": "token=office",
    "an empty module": "token=office?module-path=",
    "an attribute that chooses": "slot-id=0?module-path=m.so",
    "an attribute of a vendor": "x-office=1?module-path=m.so",
    "no value": "token?module-path=m.so",
    "nothing between two": "token=a;;object=b?module-path=m.so",
    "twice": "token=a;token=b?module-path=m.so",
    "a public key": "type=public?module-path=m.so",
    "half an escape": "token=%4?module-path=m.so",
    "not UTF-8": "token=%FF?module-path=m.so",
    "not UTF-8 in the command line": "token=\udcff?module-path=m.so",
    "a command for the PIN": "token=a?module-path=m.so&pin-source=%7Ccat",
    "a PIN file without a scheme": "token=a?module-path=m.so&pin-source=/etc/pin",
}


@pytest.mark.parametrize("text", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_an_address_that_is_none(text: str, tmp_path: Path) -> None:
    """It is refused before anything is loaded or asked for."""
    refused(f"pkcs11:{text}", PassphraseSource(file=tmp_path / "none"), "pkcs11_uri_unusable")


def test_a_pin_in_the_address_is_refused(tmp_path: Path) -> None:
    """And not repeated: what is refused is printed."""
    uri = f"pkcs11:token=office?module-path=m.so&pin-value={PIN}"
    refused(uri, PassphraseSource(file=tmp_path / "none"), "pkcs11_pin_in_uri")


@pytest.mark.parametrize("content", [None, b"", b"\x7fELF", b"text"])
def test_a_module_that_is_none(
    content: bytes | None, tmp_path: Path, pin: PassphraseSource
) -> None:
    path = tmp_path / "module.so"
    if content is not None:
        path.write_bytes(content)
    error = refused(f"pkcs11:token=a?module-path={path}", pin, "token_module_unusable")
    assert str(path) in str(error)


def test_a_token_that_is_not_there(hsm: SoftHsm, tmp_path: Path) -> None:
    """Said before the PIN is asked for, with those that are."""
    nothing = PassphraseSource(file=tmp_path / "none")
    error = refused(hsm.uri(token="offise"), nothing, "token_missing")
    assert error.hint("en").endswith("there are: office")


def test_two_tokens_that_fit(hsm: SoftHsm, pin: PassphraseSource) -> None:
    hsm.add_token("office")
    loaded(hsm.module).finalize()  # it looks for tokens when it starts
    error = refused(hsm.uri(token="office"), pin, "token_ambiguous")
    serial = error.hint("en").rpartition(" ")[2]
    refused(hsm.uri(token="office", serial=serial), pin, "token_key_missing")


@pytest.mark.parametrize("wrong", ["654321", "1", "1" * 300])
def test_a_wrong_pin(wrong: str, hsm: SoftHsm, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text(wrong, encoding="utf-8")
    source = PassphraseSource(file=tmp_path / "wrong")
    error = refused(hsm.uri(token="office"), source, "token_pin_refused")
    assert "PIN 不对" in error.message("zh-CN")


def test_a_key_that_is_not_there(hsm: SoftHsm, pin: PassphraseSource) -> None:
    with owner(hsm) as session:
        put(session)
    for path in ({"object": "center"}, {"object": "centre", "id": "\x02"}):
        error = refused(hsm.uri(**path), pin, "token_key_missing")
        assert error.hint("en").endswith("keys in the token: centre")


def test_two_keys_that_fit(hsm: SoftHsm, pin: PassphraseSource) -> None:
    with owner(hsm) as session:
        put(session)
        put(session, OTHER, key_id=b"\x02\xff")
    error = refused(hsm.uri(object="centre"), pin, "token_key_ambiguous")
    assert {"id=%01", "id=%02%FF"} == set(error.hint("en").partition(": ")[2].split(", "))
    uri = f"pkcs11:object=centre;id=%02%FF?module-path={hsm.module}"
    assert Jwk.of(OTHER.public_key()) == open_signer(uri, pin).jwk


UNFIT: dict[str, dict[str, Any]] = {
    "may not sign": {"SIGN": False},
    "no public key": {"point": b""},
    "another's public key": {"point": OCTET_STRING + OTHER.public_key().public_bytes_raw()},
    "a public key cut short": {"point": b"\x04\x1f" + bytes(31)},
}


@pytest.mark.parametrize("change", UNFIT.values(), ids=UNFIT)
def test_a_key_that_cannot_sign(
    change: dict[str, Any], hsm: SoftHsm, pin: PassphraseSource
) -> None:
    with owner(hsm) as session:
        put(session, **change)
    refused(hsm.uri(object="centre"), pin, "token_key_unfit")


def test_two_public_keys_of_one_id(hsm: SoftHsm, pin: PassphraseSource) -> None:
    """Which one belongs to the private key is not for us to guess."""
    with owner(hsm) as session:
        put(session)
        put(session, OTHER, label="spare")
    refused(hsm.uri(object="centre"), pin, "token_key_unfit")


MIXED = encode(add(multiply(7, BASE), TORSION[1]))


@pytest.mark.parametrize("point", [bytes(32), b"\xff" * 32, MIXED])
def test_a_public_key_that_no_registry_may_list(
    point: bytes, hsm: SoftHsm, pin: PassphraseSource
) -> None:
    with owner(hsm) as session:
        put(session, point=OCTET_STRING + point)
    refused(hsm.uri(object="centre"), pin, "key_refused")


def test_a_key_of_another_kind(hsm: SoftHsm, pin: PassphraseSource) -> None:
    with owner(hsm) as session:
        curve = {Attribute.EC_PARAMS: P256}
        made = session.create_domain_parameters(KeyType.EC, curve, local=True)
        made.generate_keypair(store=True, label="centre", id=b"\x01")
    error = refused(hsm.uri(object="centre"), pin, "token_key_unfit")
    assert "不是 Ed25519 密钥" in error.message("zh-CN")


def test_a_token_that_is_taken_away(hsm: SoftHsm, pin: PassphraseSource) -> None:
    with owner(hsm) as session:
        put(session)
    signer = open_signer(hsm.uri(object="centre"), pin)
    signer.sign(b"a")
    shutil.rmtree(hsm.tokens)
    with pytest.raises(CommandError) as error:
        signer.sign(b"a")
    assert "token_failed" == error.value.code
    assert "令牌已拔出" in error.value.message("zh-CN")


class FaultyKey(SignMixin):
    """A token's key that answers with something else."""

    def _sign(self, data: bytes, **_: object) -> bytes:
        return OTHER.sign(data)


def test_a_signature_that_does_not_fit_is_not_given_out() -> None:
    signer = TokenSigner(FaultyKey(), Jwk.of(KEY.public_key()), "office")
    with pytest.raises(CommandError) as error:
        signer.sign(b"a")
    assert "token_failed" == error.value.code


# `zhengyin keys` with a token

Zhengyin = Callable[..., str]


@pytest.fixture
def zhengyin(
    hsm: SoftHsm,
    pin: PassphraseSource,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Zhengyin:
    """`zhengyin keys …` in a folder of its own, every login forgotten afterwards."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run(line: str, language: str = "en") -> str:
        parser = argparse.ArgumentParser(prog="zhengyin")
        cli.register(parser.add_subparsers())
        args = parser.parse_args(["keys", *shlex.split(line), "--passphrase-file", str(pin.file)])
        args.language = language
        try:
            assert 0 == args.run(args)
        finally:
            loaded(hsm.module).finalize()
        return capsys.readouterr().out

    return run


def private_keys(hsm: SoftHsm) -> list[Any]:
    with owner(hsm) as session:
        names = (Attribute.LABEL, Attribute.EXTRACTABLE, Attribute.SENSITIVE)
        keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        return [tuple(key[name] for name in names) for key in keys]


def test_a_key_is_made_in_the_token(
    hsm: SoftHsm, pin: PassphraseSource, zhengyin: Zhengyin
) -> None:
    """It cannot be taken out, signs, and its public part is what is enrolled."""
    uri = hsm.uri(token="office", object="centre")
    out = zhengyin(f"new '{uri}' --public centre")
    jwk = Jwk.read(Path("centre.jwk.json").read_bytes())
    assert [
        f"private key: {uri}",
        "public key file: centre.jwk.json",
        f"kid: {jwk.kid}",
        f"fingerprint: {jwk.fingerprint}",
    ] == out.splitlines()[:4]
    assert "give centre.jwk.json to the authority" in out
    assert [("centre", False, True)] == private_keys(hsm)
    assert jwk.write().decode() in zhengyin(f"show '{uri}'")
    signer = open_signer(uri, pin)
    assert jwk == signer.jwk
    jws.verify(b"a", signer.sign(b"a"), jwk)


def test_a_name_that_is_taken_is_left_alone(hsm: SoftHsm, zhengyin: Zhengyin) -> None:
    uri = hsm.uri(token="office", object="centre")
    zhengyin(f"new '{uri}' --public a")
    with pytest.raises(CommandError) as error:
        zhengyin(f"new '{uri}' --public b")
    assert "token_key_exists" == error.value.code
    assert [Path("a.jwk.json")] == list(Path().iterdir())
    assert 1 == len(private_keys(hsm))


@pytest.mark.parametrize("public", ["taken", "no/such/folder"])
def test_no_key_is_left_where_its_public_part_cannot_be_written(
    public: str, hsm: SoftHsm, zhengyin: Zhengyin
) -> None:
    Path("taken.jwk.json").write_bytes(b"precious")
    with pytest.raises(CommandError):
        zhengyin(f"new '{hsm.uri(object='centre')}' --public {public}")
    assert [] == private_keys(hsm)
    assert b"precious" == Path("taken.jwk.json").read_bytes()


COMMANDS = {
    "new '{uri}'": "usage",
    "new '{unnamed}' --public a": "pkcs11_uri_unusable",
    "new a.pem --public a": "usage",
    "protect '{uri}'": "key_not_a_file",
    "rotate '{uri}'": "key_not_a_file",
}


@pytest.mark.parametrize(("line", "code"), COMMANDS.items())
def test_what_is_for_files_or_for_tokens_only(
    line: str, code: str, hsm: SoftHsm, zhengyin: Zhengyin
) -> None:
    with pytest.raises(CommandError) as error:
        zhengyin(line.format(uri=hsm.uri(object="centre"), unnamed=hsm.uri()))
    assert code == error.value.code
    assert [] == list(Path().iterdir())
