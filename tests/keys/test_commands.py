"""`zhengyin keys`: what each command writes, says and refuses."""

import argparse
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from keys import cli, pkcs8
from keys.jwk import Jwk
from keys.passphrase import ENVIRONMENT_VARIABLE
from schemas.errors import CommandError

Run = Callable[..., str]

OLD, NEW = b"old passphrase", b"new passphrase"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two passphrase files, and scrypt at a cost for tests."""
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 2**4)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    Path("old").write_bytes(OLD)
    Path("new").write_bytes(NEW)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(line: str, language: str = "en") -> str:
        parser = argparse.ArgumentParser(prog="zhengyin")
        cli.register(parser.add_subparsers())
        args = parser.parse_args(["keys", *line.split()])
        args.language = language
        assert 0 == args.run(args)
        return capsys.readouterr().out

    return run


def names() -> set[str]:
    return {path.name for path in Path().iterdir()} - {"old", "new"}


def public(path: str) -> Jwk:
    return Jwk.read(Path(path).read_bytes())


def test_new_writes_a_private_and_a_public_file(run: Run) -> None:
    out = run("new a.pem --passphrase-file old")
    assert {"a.pem", "a.pem.jwk.json"} == names()
    assert 0o600 == stat.S_IMODE(Path("a.pem").stat().st_mode)
    jwk = public("a.pem.jwk.json")
    assert jwk == Jwk.of(pkcs8.read_private_key(Path("a.pem"), OLD).public_key())
    assert [
        "private key: a.pem",
        "public key file: a.pem.jwk.json",
        f"kid: {jwk.kid}",
        f"fingerprint: {jwk.fingerprint}",
    ] == out.splitlines()[:4]
    assert "14 days" in out


def test_new_tells_what_to_do_in_chinese_for_a_role(run: Run) -> None:
    out = run("new a.pem --passphrase-file old --purpose registry", "zh-CN")
    assert "下一步：把 a.pem.jwk.json 交给制作根文件的人员，登记为机构目录的签名公钥" in out


@pytest.mark.parametrize("taken", ["a.pem", "a.pem.jwk.json"])
def test_new_overwrites_neither_file(run: Run, taken: str) -> None:
    """It says so before it asks for a passphrase."""
    Path(taken).write_bytes(b"precious")
    with pytest.raises(CommandError) as error:
        run("new a.pem --passphrase-file missing")
    assert "key_file_exists" == error.value.code
    assert {taken} == names()
    assert b"precious" == Path(taken).read_bytes()


def test_new_leaves_both_files_or_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise CommandError("key_file_unwritable", path=path)

    monkeypatch.setattr(
        pkcs8,
        "write_private_key",
        lambda path, key, passphrase: path.write_bytes(pkcs8.seal(key, passphrase)),
    )
    monkeypatch.setattr(pkcs8, "create_file", refuse)
    with pytest.raises(CommandError):
        run("new a.pem --passphrase-file old")
    assert set() == names()


def test_show_needs_no_passphrase_where_the_public_file_is(run: Run) -> None:
    run("new a.pem --passphrase-file old")
    jwk = public("a.pem.jwk.json")
    for key in ("a.pem", "file:a.pem", "a.pem.jwk.json"):
        first, *rest = run(f"show {key}").splitlines()
        assert jwk == Jwk.from_dict(json.loads(first))
        assert [
            f"kid: {jwk.kid}",
            f"fingerprint: {jwk.fingerprint}",
            "from: a.pem.jwk.json",
        ] == rest


def test_show_opens_the_key_where_it_is_not(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("new a.pem --passphrase-file old")
    jwk = public("a.pem.jwk.json")
    Path("a.pem.jwk.json").unlink()
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "old")
    assert jwk == Jwk.from_dict(json.loads(run("show a.pem").splitlines()[0]))


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("missing.pem", "key_file_missing"),
        ("awskms:key", "signer_scheme_unknown"),
        ("pkcs11:token=a", "pkcs11_uri_unusable"),
        ("old", "key_file_permissions"),
    ],
)
def test_show_names_what_is_wrong(run: Run, key: str, code: str) -> None:
    Path("old").chmod(0o644)
    with pytest.raises(CommandError) as error:
        run(f"show {key} --passphrase-file old")
    assert code == error.value.code


def test_protect_changes_the_passphrase_and_nothing_else(run: Run) -> None:
    run("new a.pem --passphrase-file old")
    jwk = public("a.pem.jwk.json")
    out = run("protect a.pem --passphrase-file old --new-passphrase-file new")
    assert f"passphrase changed: a.pem (kid {jwk.kid})\n" == out
    assert jwk == Jwk.of(pkcs8.read_private_key(Path("a.pem"), NEW).public_key())
    assert {"a.pem", "a.pem.jwk.json"} == names()


def test_protect_with_a_wrong_passphrase_changes_nothing(run: Run) -> None:
    run("new a.pem --passphrase-file old")
    before = Path("a.pem").read_bytes()
    with pytest.raises(CommandError) as error:
        run("protect a.pem --passphrase-file new --new-passphrase-file old")
    assert "key_file_wrong_passphrase" == error.value.code
    assert before == Path("a.pem").read_bytes()


def test_rotate_makes_the_next_key_beside_the_old_one(run: Run) -> None:
    run("new a.pem --passphrase-file old")
    before = Path("a.pem").read_bytes()
    out = run("rotate a.pem --passphrase-file new --purpose snapshot")
    assert f"kid {public('a.pem.jwk.json').kid} (a.pem)" in out
    assert f"kid: {public('a-2.pem.jwk.json').kid}" in out
    assert "for the role snapshot" in out
    assert before == Path("a.pem").read_bytes()
    run("rotate a.pem --passphrase-file new")
    assert {"a.pem", "a-2.pem", "a-3.pem"} == {n for n in names() if n.endswith(".pem")}


def test_rotate_needs_an_old_key(run: Run) -> None:
    with pytest.raises(CommandError) as error:
        run("rotate a.pem --passphrase-file old")
    assert "key_file_missing" == error.value.code
    assert set() == names()


@pytest.mark.parametrize("line", ["", "new", "forget a.pem", "new a.pem --passphrase secret"])
def test_wrong_usage_ends_before_anything_is_done(run: Run, line: str) -> None:
    with pytest.raises(SystemExit):
        run(line)
    assert set() == names()


def test_the_arguments_load_no_cryptography() -> None:
    """`zhengyin --help` and every other command start without it."""
    program = (
        "import argparse, sys, keys.cli\n"
        "keys.cli.register(argparse.ArgumentParser().add_subparsers())\n"
        "print([name for name in ('cryptography', 'jwt', 'pydantic') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert b"[]\n" == done.stdout
