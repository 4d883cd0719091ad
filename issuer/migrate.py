"""Migrations: what makes the tables of an earlier program those of this one (Alembic).

A revision is a file `migrations/versions/NNNN_what.py`; its name alone says which is the newest, so that
opening a database that is up to date loads no Alembic. There is no way down: what a newer program
has written, an older one must not touch.
"""

from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, inspect, text

from issuer.tables import METADATA
from schemas.errors import CommandError

FOLDER = Path(__file__).with_name("migrations")
REVISIONS = sorted(path.name[:4] for path in FOLDER.glob("versions/[0-9]*.py"))

_VERSION_TABLE = "alembic_version"  # Alembic's own name for it
_VERSION = text(f"SELECT version_num FROM {_VERSION_TABLE}")  # noqa: S608 (a constant)
_ALEMBIC = Lock()  # its state is the process's


def revision(connection: Connection) -> str | None:
    """The revision of a database that has one.

    Raises:
        DBAPIError: there is no version table: the database is new.
    """
    return connection.execute(_VERSION).scalar()


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest revision, within the caller's transaction and lock.

    Raises:
        CommandError: `database_newer`; `database_unversioned`: it has tables and no revision.
    """
    tables = set(inspect(connection).get_table_names())
    if _VERSION_TABLE in tables:
        found = revision(connection)
        if found is not None and found not in REVISIONS:
            raise CommandError("database_newer", revision=found, known=REVISIONS[-1])
    elif tables & METADATA.tables.keys():
        raise CommandError("database_unversioned")
    from alembic import command  # noqa: PLC0415 (a fifth of a second)
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with _ALEMBIC:
        command.upgrade(config, "head")
