"""Where a passphrase comes from, and that it comes from nowhere else."""

import argparse
import getpass
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.passphrase import ENVIRONMENT_VARIABLE, PassphraseSource, add_options, source_of
from schemas.codes import LANGUAGES, Language
from schemas.errors import CommandError

KEY = Path("institution.pem")


class Terminal:
    """Types the given answers and keeps the prompts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.prompts: list[str] = []
        self._answers = iter(answers)
        monkeypatch.setattr(getpass, "getpass", self.ask)

    def ask(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return next(self._answers)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        try:
            os.close(descriptor)
        except OSError:
            continue


def code_of(error: pytest.ExceptionInfo[CommandError]) -> str:
    for language in LANGUAGES:
        assert error.value.message(language)
    return error.value.code


def test_the_terminal_is_asked_once_for_an_old_key(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, "口令")
    assert "口令".encode() == PassphraseSource().read(KEY)
    assert ["passphrase of institution.pem: "] == terminal.prompts


@pytest.mark.parametrize(
    ("language", "prompt"),
    [("en", "PIN of token office: "), ("zh-CN", "密码令牌 office 的 PIN：")],
)
def test_the_terminal_is_asked_once_for_a_pin(
    monkeypatch: pytest.MonkeyPatch, language: Language, prompt: str
) -> None:
    terminal = Terminal(monkeypatch, "123456")
    assert b"123456" == PassphraseSource(language=language).read_pin("office")
    assert [prompt] == terminal.prompts


def test_the_terminal_is_asked_twice_for_a_new_key(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, "一二三四五六七八", "一二三四五六七八")
    source = PassphraseSource(language="zh-CN")
    assert "一二三四五六七八".encode() == source.read_new(KEY)
    assert ["为 institution.pem 设置口令：", "再输入一次："] == terminal.prompts


def test_two_different_answers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Terminal(monkeypatch, "password-1", "password-2")
    with pytest.raises(CommandError) as error:
        PassphraseSource().read_new(KEY)
    assert "passphrases_differ" == code_of(error)


@pytest.mark.parametrize("short", ["", "1234567", "一二三四五六七"])
def test_a_short_new_passphrase_is_refused(monkeypatch: pytest.MonkeyPatch, short: str) -> None:
    """Characters count, not bytes."""
    Terminal(monkeypatch, short, short)
    with pytest.raises(CommandError) as error:
        PassphraseSource().read_new(KEY)
    assert "passphrase_too_short" == code_of(error)


def test_a_short_old_passphrase_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    Terminal(monkeypatch, "1")
    assert b"1" == PassphraseSource().read(KEY)


def test_nothing_is_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    """U+F914 and U+6A02 look alike; NFC would make them one."""
    Terminal(monkeypatch, "\uf914" * 8, "\uf914" * 8)
    assert ("\uf914" * 8).encode() == PassphraseSource().read_new(KEY)


FILES = {
    "no line break": (b"correct horse", b"correct horse"),
    "a line break": (b"correct horse\n", b"correct horse"),
    "a Windows line break": (b"correct horse\r\n", b"correct horse"),
    "only the last one": (b"correct\nhorse\n\n", b"correct\nhorse\n"),
    "spaces stay": (b"  correct horse ", b"  correct horse "),
    "as long as it may be": (b"x" * 1023 + b"\r\n", b"x" * 1023),
}


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES)
def test_a_file_holds_one_passphrase(tmp_path: Path, content: bytes, expected: bytes) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(content)
    source = PassphraseSource(file=file)
    assert expected == source.read(KEY) == source.read_new(KEY)


BAD_FILES = {"empty": b"", "a line break": b"\n", "too long": b"x" * 1024, "not UTF-8": b"\xff"}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_named_without_its_content(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(content)
    with pytest.raises(CommandError) as error:
        PassphraseSource(file=file).read(KEY)
    assert "passphrase_unreadable" == code_of(error)
    assert str(file) in str(error.value)
    assert "xxx" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        PassphraseSource(file=tmp_path / "none").read(KEY)
    assert "passphrase_unreadable" == code_of(error)


def test_a_file_is_held_to_the_minimum_too(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(b"short\n")
    with pytest.raises(CommandError) as error:
        PassphraseSource(file=file).read_new(KEY)
    assert "passphrase_too_short" == code_of(error)


def test_a_descriptor_gives_one_a_line(pipe: tuple[int, int]) -> None:
    """What is asked for next finds the next line."""
    reader, writer = pipe
    os.write(writer, "old passphrase\n新的口令一二三四\nlast".encode())
    os.close(writer)
    source = PassphraseSource(descriptor=reader)
    assert b"old passphrase" == source.read(KEY)
    assert "新的口令一二三四".encode() == source.read_new(KEY)
    assert b"last" == source.read(KEY)
    with pytest.raises(CommandError) as error:
        source.read(KEY)
    assert "passphrase_unreadable" == code_of(error)


def test_a_closed_descriptor_is_named(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(CommandError) as error:
        PassphraseSource(descriptor=pipe[0]).read(KEY)
    assert "passphrase_unreadable" == code_of(error)
    assert f"descriptor {pipe[0]}" in str(error.value)


def test_an_endless_line_ends(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"x" * 2000)
    with pytest.raises(CommandError) as error:
        PassphraseSource(descriptor=pipe[0]).read(KEY)
    assert "passphrase_unreadable" == code_of(error)


def shows_what_is_typed(prompt: str) -> str:
    warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
    return "typed in clear"


def test_nothing_is_asked_where_it_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", shows_what_is_typed)
    with pytest.raises(CommandError) as error:
        PassphraseSource().read(KEY)
    assert "passphrase_no_terminal" == code_of(error)


def test_without_a_terminal_the_options_are_named() -> None:
    """In a session without a terminal, with a passphrase waiting on standard input in vain."""
    program = (
        "from pathlib import Path\n"
        "from keys.passphrase import PassphraseSource\n"
        "from schemas.errors import CommandError\n"
        "try: print(PassphraseSource().read(Path('key')))\n"
        "except CommandError as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=b"secret\n",
        capture_output=True,
        check=True,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    assert (b"passphrase_no_terminal\n", b"") == (done.stdout, done.stderr)


def parsed(*arguments: str, prefix: str = "") -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser, prefix)
    return parser.parse_args(arguments)


def test_options_name_a_file_or_a_descriptor() -> None:
    assert PassphraseSource(file=Path("f")) == source_of(parsed("--passphrase-file", "f"), {})
    assert PassphraseSource(descriptor=3) == source_of(parsed("--passphrase-fd", "3"), {})
    assert PassphraseSource() == source_of(parsed(), {})
    with pytest.raises(argparse.ArgumentError):
        parsed("--passphrase-fd", "3", "--passphrase-file", "f")


def test_the_new_passphrase_has_options_of_its_own() -> None:
    args = parsed("--new-passphrase-file", "f", prefix="new-")
    assert PassphraseSource(file=Path("f")) == source_of(args, {}, "new-")
    assert PassphraseSource() == source_of(args, {})


def test_the_environment_names_a_file_after_the_options_for_old_keys_only() -> None:
    environment = {ENVIRONMENT_VARIABLE: "e"}
    assert PassphraseSource(file=Path("e")) == source_of(parsed(), environment)
    assert PassphraseSource(descriptor=3) == source_of(parsed("--passphrase-fd", "3"), environment)
    assert PassphraseSource() == source_of(parsed(prefix="new-"), environment, "new-")
    assert PassphraseSource() == source_of(parsed(), {ENVIRONMENT_VARIABLE: ""})


def test_no_option_takes_a_passphrase() -> None:
    with pytest.raises(SystemExit):
        parsed("--passphrase", "secret")


def test_the_language_is_that_of_the_command() -> None:
    args = parsed()
    args.language = "zh-CN"
    assert "zh-CN" == source_of(args, {}).language
