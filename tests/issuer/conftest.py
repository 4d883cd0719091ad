"""The demonstration as a fixture."""

import os
from pathlib import Path

import pytest

from keys import files
from tests.issuer.demonstration import Made, in_home, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One demonstration for all processes of a test run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    home = shared / "demonstration"
    with files.locked(home):
        if not (home / "exit.txt").exists():
            make(home)
    return Made(home)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test stands in another folder and has an empty home."""
    in_home(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
