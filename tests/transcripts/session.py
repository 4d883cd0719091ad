"""Runs the commands of a transcript in a folder, an environment and a home of their own.

Not a shell: words are split as a shell does, `|` and `> FILE` stand between spaces, and the
programs are those of `programs.py` and the real command.
"""

import io
import os
import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

import zhengyin
from tests.transcripts.programs import PROGRAMS
from tests.transcripts.serve import serve

_OWN_PROCESS = {
    ("command", "zhengyin"): [str(Path(sys.executable).with_name("zhengyin"))],
    ("python", "-m", "zhengyin"): [sys.executable, "-m", "zhengyin"],
}

_PATIENCE = 60  # seconds for a server to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the last program of a command printed, and its exit code."""

    exit: int
    stdout: bytes
    stderr: bytes


class Session:
    """A folder to stand in, and what goes on until the session ends."""

    def __init__(self, patch: pytest.MonkeyPatch, closing: ExitStack) -> None:
        self._patch = patch
        self._closing = closing

    def run(self, command: str) -> Result:
        """Run a command line, its placeholders filled in."""
        words = shlex.split(command)
        target = None
        if ">" in words:
            *words, arrow, target = words
            if arrow != ">" or ">" in words:
                raise ValueError(f"{command}: > FILE stands at the end")
        result = Result(exit=0, stdout=b"", stderr=b"")
        stderr = b""
        for part in _split(words):
            result = self._one(part, result.stdout)
            stderr += result.stderr
        stdout = result.stdout
        if target is not None:
            Path(target).write_bytes(stdout)
            stdout = b""
        return Result(exit=result.exit, stdout=stdout, stderr=stderr)

    def _one(self, words: list[str], stdin: bytes) -> Result:
        program, *rest = words
        if program == "zhengyin":
            return _here(rest, stdin)
        for names, program_path in _OWN_PROCESS.items():
            if tuple(words[: len(names)]) == names:
                return _process([*program_path, *words[len(names) :]], stdin)
        if words[:2] == ["ctrl-c", "zhengyin"]:
            return _interrupted([*_OWN_PROCESS["command", "zhengyin"], *words[2:]])
        if program == "export":
            for name, _, value in (word.partition("=") for word in rest):
                self._patch.setenv(name, value)
            return _said(b"")
        if program == "serve":
            return _said(f"{self._closing.enter_context(serve(Path(rest[0])))}\n".encode())
        return _said(PROGRAMS[program](rest, stdin))


def _split(words: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _said(text: bytes) -> Result:
    return Result(exit=0, stdout=text, stderr=b"")


def _here(words: list[str], stdin: bytes) -> Result:
    """The command in this process: the real `main`, without 0.2 s to start Python each time."""
    out, err = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        given = io.BufferedReader(io.BytesIO(stdin))
        patch.setattr(sys, "stdin", io.TextIOWrapper(given, encoding="utf-8"))
        for name, stream in (("stdout", out), ("stderr", err)):
            text = io.TextIOWrapper(stream, encoding="utf-8", write_through=True)
            patch.setattr(sys, name, text)
        try:
            code = zhengyin.main(words)
        except SystemExit as end:  # --help and --version
            code = int(end.code or 0)
        return Result(exit=code, stdout=out.getvalue(), stderr=err.getvalue())


def _process(words: list[str], stdin: bytes) -> Result:
    """A program of its own, without a terminal that it could ask."""
    done = subprocess.run(
        words, input=stdin, capture_output=True, check=False, start_new_session=True, env=os.environ
    )
    return Result(exit=done.returncode, stdout=done.stdout, stderr=done.stderr)


def _interrupted(words: list[str]) -> Result:
    """A program of its own that serves; once it has said how to stop it, that is done."""
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ,
    )
    out = b""
    try:
        if process.stdout is None:
            raise ValueError
        while b"Ctrl-C" not in out and (line := process.stdout.readline()):
            out += line
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=_PATIENCE)
    finally:
        process.kill()
    return Result(exit=process.returncode, stdout=out + rest, stderr=err)
