"""A full disk, wherever it happens: one clear line, nothing half written, the next run completes."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import zhengyin
from tests.issuer.desk import (
    at_desk,
    content,
    one_line_and_a_hint,
    orders,
    settle,
    stored,
    tokens,
    write_roster,
)

LIMITS = (0, 4096, 33_000, 70_000)  # bytes: making the database, then using it, takes more
PARTS = ("reserve", "sign", "hand out", "annotate", "write workbook")


def on_a_full_disk(part: str, limit: int, line: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.issuer.full_disk", part, str(limit), *line]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


@pytest.mark.parametrize(
    ("part", "limit"), [("-", limit) for limit in LIMITS] + [(part, 700) for part in PARTS]
)
def test_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, limit: int
) -> None:
    """Rather than one number for each try, the next run finds what the first has stored."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    town = settle(tmp_path)
    roster = write_roster(tmp_path / "roster.xlsx", orders(3))
    result = on_a_full_disk(part, limit, town.issue(roster))
    assert 1 == result.returncode
    said = one_line_and_a_hint(result.stderr)
    assert said.startswith(("the database cannot be used: ", f"cannot write {town.out}"))
    before = content(town.out)
    complete = {name for name in before if name.endswith("qr.png")}
    assert 3 * len(complete) == len(before)
    assert [] == list(town.out.rglob(".writing-*"))

    assert 0 == zhengyin.main(town.issue(roster))
    after = content(town.out)
    assert before == {name: after[name] for name in before}
    assert ["PJ2025000001", "PJ2025000002", "PJ2025000003"] == list(tokens(town))
    certificates = stored(at_desk(town.home))
    assert [0, 1, 2] == [one.idx for one in certificates]


@pytest.mark.parametrize("option", ["--zip", "--print-run", "--sheet"])
def test_no_room_for_a_file_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """Nothing half made has its name; the certificates are there, and are printed afterwards."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    town = settle(tmp_path)
    roster = write_roster(tmp_path / "roster.xlsx", orders(3))
    file = tmp_path / "papers" / "file.pdf"
    result = on_a_full_disk("print", 30_000, town.issue(roster, option, file))
    assert 1 == result.returncode
    assert one_line_and_a_hint(result.stderr).startswith(f"cannot write {file}")
    assert {} == content(file.parent)
    assert 3 == len(tokens(town))

    again = town.command("issuer", "print", "--batch", "1", option, file)
    assert 0 == zhengyin.main(again)
    assert [file.name] == list(content(file.parent))
