"""The institution's database: batches, certificates, counters, audit log (SQLite or PostgreSQL).

Tables are no parsers: nothing untrusted is put into one before a schema has read it, and none
leaves `issuer`. Every change is one transaction that begins by locking.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, Insert, LargeBinary, UniqueConstraint, Update, event
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Field, Session, SQLModel, create_engine

from schemas.errors import CommandError

BUSY_SECONDS = 60  # how long a process waits for another one's transaction
PAGE = (
    16_384  # bytes of a SQLite page: twelve certificates; with 4,096 storing takes a third longer
)


class Setting(SQLModel, table=True):
    """A fact about this database: its environment and origin, fixed by first use; the halt."""

    name: str = Field(primary_key=True)
    value: str


class Counter(SQLModel, table=True):
    """The next free value of one series: certificate numbers of one form, or slots of one list."""

    institution: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    next: int


class Batch(SQLModel, table=True):
    """One roster that was accepted; the same roster again is the same batch."""

    __table_args__ = (UniqueConstraint("institution", "type", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    institution: str
    type: str
    digest: str
    """SHA-256 of what the checked rows say: the idempotency key."""
    source: str
    """The file's name, for people."""
    rows: int
    created: int


class Certificate(SQLModel, table=True):
    """One certificate from the moment its number is reserved."""

    __table_args__ = (
        UniqueConstraint("batch_id", "row"),
        UniqueConstraint("institution", "type", "number"),
        UniqueConstraint("institution", "list_id", "idx"),
    )

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    row: int
    """The roster's row, as Excel counts; 0 for a certificate that replaces another."""
    institution: str
    type: str
    number: str
    list_id: str
    idx: int
    kid: str
    payload: bytes = Field(sa_type=LargeBinary)
    """What is to be signed, stored before it is: a retry signs the same bytes."""
    sealed: bytes = Field(sa_type=LargeBinary)
    """The disclosures, encrypted (issuer/vault.py)."""
    person: str = Field(index=True)
    """Keyed hash of who holds it and for what: to see a second one (E15)."""
    signature: bytes | None = Field(default=None, sa_type=LargeBinary)
    slot: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Its entry in the issued list."""
    status: str = "valid"
    reason: str | None = None
    replaced_by: str | None = None


class AuditEntry(SQLModel, table=True):
    """One line of the append-only log; each hash covers the line before (issuer/audit.py)."""

    id: int = Field(primary_key=True)
    at: int
    who: str
    action: str
    subject: str
    details: str
    digest: str


BATCHES = SQLModel.metadata.tables["batch"]
CERTIFICATES = SQLModel.metadata.tables["certificate"]
"""The table itself, for statements over many rows: an object for each would cost ten times more."""


def open_database(url: str) -> Engine:
    """Open, and where it is new make, the database of `url`.

    Raises:
        CommandError: `database_unusable`.
    """
    try:
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_immediate)
        SQLModel.metadata.create_all(engine)
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
