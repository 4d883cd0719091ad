"""The READMEs tell the truth: both have the same commands, and these print what they show."""

import re
import shlex
from pathlib import Path

import pytest

import zhengyin
from tests.test_documents import ROOT

READMES = ("README.md", "README.zh-CN.md")
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def session(name: str) -> list[tuple[str, list[str]]]:
    """The commands of a README in order, each with the lines shown below it."""
    commands: list[tuple[str, list[str]]] = []
    for block in _BLOCK.findall((ROOT / name).read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            else:
                commands[-1][1].append(line)
    return commands


def test_both_languages_have_the_same_session() -> None:
    english, chinese = map(session, READMES)
    assert english == chinese
    assert 2 <= sum(command.startswith("make ") for command, _ in english)


def test_the_commands_print_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert zhengyin.main(["demo", "--once", "--dir", "demo"]) == 0
    capsys.readouterr()
    for command, shown in session("README.md"):
        program, *words = shlex.split(command)
        if program == "make":
            continue
        assert program == ".venv/bin/zhengyin"
        zhengyin.main(words)
        printed = "".join(capsys.readouterr())
        for line in shown:
            assert line in printed, command
