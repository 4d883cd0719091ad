"""Migrations: from nothing to today's tables, on both databases, once, whoever starts first."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, make_url, text
from sqlmodel import Session, create_engine

from issuer import migrate
from issuer.db import open_database, sqlite_url, transaction
from issuer.tables import METADATA, Setting
from schemas.errors import CommandError
from tests.issuer.desk import refusal
from tests.issuer.forked import FORKED
from tests.postgres import Databases

PROCESSES = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "issuer.sqlite")
    server: Databases = request.getfixturevalue("postgresql")
    return server.new()


@pytest.fixture
def engine(empty: str) -> Iterator[Engine]:
    """As it is, nothing done to it."""
    engine = create_engine(make_url(empty))
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def differences(engine: Engine) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, METADATA))


def test_migrations_and_tables_say_the_same(empty: str) -> None:
    """Whoever changes issuer/tables.py adds a revision: python -m tests.issuer.new_revision."""
    engine = open_database(empty)
    assert [] == differences(engine)
    assert {*METADATA.tables, "alembic_version"} == tables(engine)
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE certificate ADD COLUMN colour VARCHAR",
        "DROP INDEX ix_certificate_person",
        "DROP TABLE throttle",
    ],
)
def test_a_difference_would_be_seen(empty: str, change: str) -> None:
    engine = open_database(empty)
    with transaction(engine) as session:
        session.execute(text(change))
    assert 1 <= len(differences(engine))
    engine.dispose()


def test_revisions_follow_one_another_as_their_names_say() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions("base", "heads"))
    expected = dict(zip(migrate.REVISIONS, [None, *migrate.REVISIONS], strict=False))
    assert expected == {one.revision: one.down_revision for one in scripts}
    assert [f"{number:04}" for number in range(1, len(expected) + 1)] == list(expected)


def test_a_database_of_a_newer_program_is_left_alone(empty: str, engine: Engine) -> None:
    open_database(empty).dispose()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CommandError) as error:
        open_database(empty)
    assert "database_newer" == error.value.code
    assert "9999" in error.value.message("en")
    with engine.connect() as connection:
        assert "9999" == migrate.revision(connection)


def test_a_database_of_the_revision_before_keeps_its_rows(
    empty: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody has issued is there after the new program was started."""
    upgrade = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda config, _head: upgrade(config, "0001"))
    open_database(empty).dispose()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO setting VALUES ('origin', 'zs.example.cn')"))
    assert "certificatedesign" not in tables(engine)
    monkeypatch.undo()
    open_database(empty).dispose()
    assert [] == differences(engine)
    assert ["origin"] == names(engine)


def test_tables_without_a_revision_are_left_alone(empty: str, engine: Engine) -> None:
    """A preview made them, or somebody else did: nobody knows what they lack."""
    METADATA.create_all(engine)
    before = tables(engine)
    assert "database_unversioned" == refusal(open_database, empty)
    assert before == tables(engine)


def test_other_tables_are_no_obstacle(empty: str, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_someone_else (id INTEGER)"))
    open_database(empty).dispose()
    assert tables(engine) > METADATA.tables.keys()


def test_a_migration_that_fails_leaves_nothing(
    empty: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = migrate.upgrade

    def fails(connection: object) -> None:
        upgrade(connection)  # type: ignore[arg-type]
        raise RuntimeError

    monkeypatch.setattr(migrate, "upgrade", fails)
    with pytest.raises(RuntimeError):
        open_database(empty)
    assert set() == tables(engine)
    monkeypatch.undo()
    open_database(empty).dispose()
    assert tables(engine) > METADATA.tables.keys()


def first_use(url: str, name: str) -> None:
    engine = open_database(url)
    with transaction(engine) as session:
        session.add(Setting(name=name, value="1"))
    engine.dispose()


def process(url: str, name: str, together: Barrier) -> None:
    together.wait()
    first_use(url, name)


def names(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return sorted(session.scalars(text("SELECT name FROM setting")))


def test_processes_that_are_the_first_at_once(empty: str, engine: Engine) -> None:
    together = FORKED.Barrier(PROCESSES)
    wanted = [str(number) for number in range(PROCESSES)]
    workers = [FORKED.Process(target=process, args=(empty, name, together)) for name in wanted]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert PROCESSES * [0] == [worker.exitcode for worker in workers]
    assert wanted == names(engine)


def test_threads_that_are_the_first_at_once(empty: str, engine: Engine) -> None:
    wanted = [str(number) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: first_use(empty, name), wanted))
    assert wanted == names(engine)


def test_opening_what_is_up_to_date_loads_no_alembic(tmp_path: Path) -> None:
    """A fifth of a second, at every start of the command."""
    url = sqlite_url(tmp_path / "issuer.sqlite")
    open_database(url).dispose()
    program = (
        "import sys; from issuer.db import open_database; "
        "open_database(sys.argv[1]); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, url], check=True, capture_output=True)
    assert b"False" == done.stdout.strip()
