"""Sessions at the command line, run as they are written; every command is in one of them."""

import argparse
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

import zhengyin
from issuer.desk import day_at
from tests.issuer.demonstration import Made, in_home
from tests.transcripts.script import Blanks, Step, Transcript, read
from tests.transcripts.session import Session

TRANSCRIPTS = tuple(map(read, sorted(Path(__file__).parent.glob("*.txt"))))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda one: one.name)
def test_the_session_goes_as_written(
    transcript: Transcript, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copy of the demonstration, with an empty home."""
    folder = tmp_path / "demo"
    shutil.copytree(made.path, folder)
    in_home(monkeypatch, tmp_path)
    for name in [name for name in os.environ if name.startswith("ZHENGYIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    number = Path(made.stories()["01-valid"]["file"]).parent.name
    today = day_at(datetime.now(UTC))
    blanks = Blanks(today, **{"year demo": number[2:6]})
    for name, text in transcript.files.items():
        Path(name).write_text(blanks.fill(text), encoding="utf-8")
    with ExitStack() as closing:
        session = Session(monkeypatch, closing)
        for step in transcript.steps:
            _run(session, blanks, transcript, step)


def _words(command: str) -> list[str]:
    """What the command is given, without the language; nothing for another program."""
    *_, last = re.split(r" \| ", command)
    words = shlex.split(last)
    for before in ([], ["command"], ["ctrl-c"], ["python", "-m"]):
        start = [*before, "zhengyin"]
        if words[: len(start)] == start:
            words = words[len(start) :]
            return words[2:] if words[:1] == ["--lang"] else words
    return []


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, ...]]:
    """Every command and sub-command, the last ones only."""
    groups = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not groups:
        yield ()
    for group in groups:
        for name, inner in group.choices.items():
            yield from ((name, *rest) for rest in _commands(inner))


COMMANDS = frozenset(_commands(zhengyin.parser()))
CALLS = tuple((_words(step.command), step.exit) for one in TRANSCRIPTS for step in one.steps)


def _seen(*, failed: bool) -> set[tuple[str, ...]]:
    called = (words for words, code in CALLS if failed == bool(code))
    return {tuple(words[:depth]) for words in called for depth in (1, 2, 3)}


def test_every_command_is_there() -> None:
    assert set(zhengyin.COMMANDS) == {command[0] for command in COMMANDS}


@pytest.mark.parametrize("failed", [False, True], ids=["succeeds", "fails"])
def test_every_command_is_in_a_transcript(failed: bool) -> None:
    assert not COMMANDS - _seen(failed=failed)


def test_every_exit_code_is_in_a_transcript() -> None:
    """Of `verify` those that its help tells; a wrong command line is 64 everywhere."""
    verified = {code for words, code in CALLS if words[:1] == ["verify"]}
    assert {0, 1, 2, 64} == verified
    assert {0, 1, 2, 64} == {code for _, code in CALLS}


def _run(session: Session, blanks: Blanks, transcript: Transcript, step: Step) -> None:
    result = session.run(blanks.fill(step.command))
    stdout, stderr = result.stdout.decode(), result.stderr.decode()
    if (
        step.exit == result.exit
        and blanks.fits(step.stdout, stdout)
        and blanks.fits(step.stderr, stderr)
    ):
        return
    said = [*stdout.rstrip("\n").split("\n"), *(f"2> {line}" for line in stderr.splitlines())]
    lines = [f"{transcript.name}.txt:{step.line}: $ {step.command}"]
    for expected, actual in ((step.stdout, stdout), (step.stderr, stderr)):
        if not blanks.fits(expected, actual):
            lines.append(f"expected: {blanks.misfit(expected, actual)}")
    lines += [f"expected: [{step.exit}]", "printed:", *said, f"[{result.exit}]"]
    pytest.fail("\n".join(lines), pytrace=False)


def _said() -> Iterator[tuple[str, bool, str]]:
    """Where, whether in Chinese, and each line on standard error."""
    for one in TRANSCRIPTS:
        chinese = False
        for step in one.steps:
            if step.command.startswith("export LC_ALL="):
                chinese = "zh_CN" in step.command
            for line in step.stderr:
                if line.startswith('{"time":'):  # the service's log, for machines
                    continue
                spoken = chinese or re.search(r"--lang[ =]zh", step.command) is not None
                yield f"{one.name}.txt:{step.line}", spoken, line


SAID = tuple(_said())
BROKEN = re.compile(r"“”|\(\)|（）|[:：,，;；]{2}|[:：,，;；]$|  |\bNone\b|Traceback")
COMMAND = re.compile(r"zhengyin(?: [a-z]+)*|chmod 600")
ENGLISH = re.compile(r"(?<![\w.-])[a-z]+(?: [a-z]+){2,}")


def test_no_message_has_a_hole() -> None:
    """No blank that nothing filled, no sentence that breaks off."""
    assert not [(where, line) for where, _, line in SAID if BROKEN.search(line)]


def test_no_message_changes_its_language() -> None:
    """Names of files, options and commands are the same in both."""
    chinese = [(where, COMMAND.sub("", line)) for where, chinese, line in SAID if chinese]
    assert not [one for one in chinese if ENGLISH.search(one[1])]
    assert not [one for one in chinese if not re.search(r"[\u4e00-\u9fff]", one[1])]
    english = [(where, line) for where, chinese, line in SAID if not chinese]
    assert not [one for one in english if re.search(r"[，。：；]", one[1])]


def test_errors_come_in_two_lines() -> None:
    """What is wrong, and what to do about it unless the sentence says so."""
    for one in TRANSCRIPTS:
        for step in one.steps:
            if step.exit and step.stderr:
                error, *hint = step.stderr
                assert error.startswith("zhengyin: error: "), (one.name, step.line)
                assert ["zhengyin: hint: "] * len(hint) == [line[:16] for line in hint]
                assert len(hint) <= 1
