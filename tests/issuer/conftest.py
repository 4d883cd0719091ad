"""The demonstration, and a database of each kind, as fixtures."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from issuer.db import sqlite_url
from keys import files
from tests.issuer.demonstration import Made, in_home, make
from tests.issuer.leaks import Journal, leaks, sealed
from tests.postgres import Databases, databases

DEMONSTRATION = "demonstration"


@pytest.fixture(scope="session", autouse=True)
def nothing_leaks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After all tests: no ID number stands in a database, in a log or in an address."""
    base = tmp_path_factory.getbasetemp()
    journal = Journal(base / "journal.log")
    root, web = logging.getLogger(), logging.getLogger("httpx2")
    root.addHandler(journal)
    before, web.level = web.level, logging.INFO  # says every address that a test client asks for
    yield
    web.level = before
    root.removeHandler(journal)
    journal.close()
    shared = _shared(tmp_path_factory) / DEMONSTRATION
    assert not list(leaks({*sealed(base), *sealed(shared), base / "journal.log"}))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One demonstration for all processes of a test run."""
    home = _shared(tmp_path_factory) / DEMONSTRATION
    with files.locked(home):
        if not (home / "exit.txt").exists():
            make(home)
    return Made(home)


def _shared(factory: pytest.TempPathFactory) -> Path:
    """The folder of all processes of a test run."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test stands in another folder and has an empty home."""
    in_home(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    """Databases of one PostgreSQL, started by the first test that needs one."""
    with databases() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that nobody has used: the test runs with each kind."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "issuer.sqlite")
    else:
        server: Databases = request.getfixturevalue("postgresql")
        with server.lent() as url:
            yield url
