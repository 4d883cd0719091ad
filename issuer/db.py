"""The institution's database, SQLite or PostgreSQL: every change is one transaction that begins by locking."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, Insert, Update, event
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, create_engine

from issuer.tables import METADATA
from schemas.errors import CommandError

BUSY_SECONDS = 60  # how long a process waits for another one's transaction
PAGE = (
    16_384  # bytes of a SQLite page: twelve certificates; with 4,096 storing takes a third longer
)


def open_database(url: str) -> Engine:
    """Open, and where it is new make, the database of `url`.

    Raises:
        CommandError: `database_unusable`.
    """
    try:
        engine = create_engine(url, hide_parameters=True)  # values are people's data
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_immediate)
        METADATA.create_all(engine)
    except (SQLAlchemyError, ImportError) as error:  # no such driver
        raise _unusable(error) from None
    return engine


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def _set_up_sqlite(connection: object, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them without the lock.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA page_size={PAGE}")  # has a say in a new database only
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _begin_immediate(connection: object) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: all of it or nothing.

    Raises:
        CommandError: `database_unusable`: locked for too long, full disk, read-only, damaged.
        IntegrityError: what is unique stands there already.
    """
    try:
        with Session(engine) as session, session.begin():
            yield session
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _unusable(error) from None


def write_many(
    session: Session, statement: Insert | Update, rows: Sequence[Mapping[str, object]]
) -> None:
    """Run a statement once for each of `rows`, whose values the driver takes as they are.

    SQLAlchemy's own way looks at every value and takes twice as long.
    """
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = getattr(compiled, "positiontup", None)
    parameters = list(map(itemgetter(*names), rows)) if names else list(rows)
    connection.exec_driver_sql(str(compiled), cast("Any", parameters))


def _unusable(error: Exception) -> CommandError:
    """Only the database's own words: SQLAlchemy's have the values in them, and the password."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return CommandError("database_unusable", str(said))
