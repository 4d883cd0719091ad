"""Reads a transcript: the commands, what each prints and its exit code, and embedded files.

The form is described in README.md of this folder.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

_FILE = re.compile(r"-- (\S+) --")
_EXIT = re.compile(r"\[(\d+)\]")
_STDERR = "2> "
_ANY = "…"

_KINDS = {
    "kid": r"[A-Za-z0-9_-]{11}",
    "base64url": r"[A-Za-z0-9_-]+",
    "day": r"\d{4}-\d\d-\d\d",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)",
    "year": r"\d{4}",
    "fingerprint": r"(?:[0-9a-f]{4} ){15}[0-9a-f]{4}",
    "sha256": r"[0-9a-f]{64}",
    "n": r"\d+",
    "bom": "\ufeff",
    "url": r"http://127\.0\.0\.1:\d+/",
}
_BLANK = re.compile(rf"<({'|'.join(_KINDS)})(?: ([a-z][a-z-]*|[+-]\d+))?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command and what it must do."""

    line: int
    command: str
    exit: int
    stdout: tuple[str, ...]
    stderr: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One session, and the files that it begins with."""

    name: str
    steps: tuple[Step, ...]
    files: dict[str, str]


def read(path: Path) -> Transcript:
    """The transcript in a file.

    Raises:
        ValueError: it is not in the form.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    heads = [number for number, line in enumerate(lines) if _FILE.fullmatch(line)]
    files = {
        lines[head][3:-3]: "".join(f"{line}\n" for line in lines[head + 1 : end])
        for head, end in pairwise([*heads, len(lines)])
    }
    session = lines[: heads[0]] if heads else lines
    return Transcript(name=path.stem, steps=tuple(_steps(path, session)), files=files)


def _steps(path: Path, lines: Sequence[str]) -> Iterator[Step]:
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for line in lines[: starts[0] if starts else len(lines)]:
        if line and not line.startswith("#"):
            raise ValueError(f"{path}: no command prints {line!r}")
    for start, end in pairwise([*starts, len(lines)]):
        command, after = lines[start][2:], start + 1
        while command.endswith("\\"):
            command = command[:-1] + lines[after].strip()
            after += 1
        shown = [line for line in lines[after:end] if not line.startswith("#")]
        exits = [line for line in shown if _EXIT.fullmatch(line)]
        shown = [line for line in shown if line not in exits]
        if len(exits) > 1:
            raise ValueError(f"{path}:{start + 1}: two exit codes")
        yield Step(
            line=start + 1,
            command=command,
            exit=int(exits[0][1:-1]) if exits else 0,
            stdout=_trimmed([one for one in shown if not one.startswith(_STDERR)]),
            stderr=tuple(one[len(_STDERR) :] for one in shown if one.startswith(_STDERR)),
        )


def _trimmed(lines: list[str]) -> tuple[str, ...]:
    """Without the empty lines at the end: they stand between commands."""
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


class Blanks:
    """What the placeholders of one session stand for.

    Args:
        today: What days and years are counted from.
        known: Values that are known before the first command, by their placeholder's inner text.
    """

    def __init__(self, today: date, **known: str) -> None:
        self._today = today
        self._known = known

    def fill(self, text: str) -> str:
        """The text of a command or a file with the values in place of the placeholders.

        Raises:
            ValueError: nothing printed a value for one of them.
        """

        def value(match: re.Match[str]) -> str:
            known = self._value(match)
            if known is None:
                raise ValueError(f"{match[0]} is not known yet")
            return known

        return _BLANK.sub(value, text)

    def fits(self, expected: Sequence[str], actual: str) -> bool:
        """Whether output is as expected; keeps the values of its named placeholders."""
        groups: dict[str, str] = {}
        pattern = "".join(
            r"(?:.*\n)*?" if line.strip() == _ANY else f"{self._pattern(line, groups)}\n"
            for line in expected
        )
        text = "".join(f"{line}\n" for line in _trimmed(re.split(r"\r?\n", actual)))
        match = re.fullmatch(pattern, text)
        if match:
            self._known |= {name: match[group] for name, group in groups.items()}
        return match is not None

    def misfit(self, expected: Sequence[str], actual: str) -> str:
        """The first expected line from which on the output goes another way."""
        fitting = [n for n in range(len(expected)) if self.fits([*expected[:n], _ANY], actual)]
        return expected[max(fitting)] if fitting and expected else "nothing"

    def _pattern(self, line: str, groups: dict[str, str]) -> str:
        parts, end = [], 0
        for match in _BLANK.finditer(line):
            parts += [_literal(line[end : match.start()]), self._blank(match, groups)]
            end = match.end()
        return "".join([*parts, _literal(line[end:])])

    def _blank(self, match: re.Match[str], groups: dict[str, str]) -> str:
        known, kind, name = self._value(match), match[1], match[2]
        if known is not None:
            return re.escape(known)
        if name is None:
            return _KINDS[kind]
        if (inner := f"{kind} {name}") in groups:
            return f"(?P={groups[inner]})"
        groups[inner] = f"g{len(groups)}"
        return f"(?P<{groups[inner]}>{_KINDS[kind]})"

    def _value(self, match: re.Match[str]) -> str | None:
        kind, name = match[1], match[2]
        if name is not None and name[0] in "+-":
            day = self._today + timedelta(days=int(name))
            return str(day.year) if kind == "year" else day.isoformat()
        return self._known.get(f"{kind} {name}")


def _literal(text: str) -> str:
    return ".*?".join(map(re.escape, text.split(_ANY)))
