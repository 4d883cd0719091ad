"""Importing this does all that a process does before it issues for the first time.

The process that others are forked from imports it, so that they are at work within milliseconds.
It keeps no connection and no thread.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import create_engine

import tests.issuer.dying  # noqa: F401 (with all that the command needs)
from tests.issuer.desk import at_desk, issue, orders

with TemporaryDirectory() as folder:
    desk = at_desk(Path(folder))
    issue(desk, orders(1))
    desk.engine.dispose()
create_engine("postgresql+psycopg://").dispose()  # the driver is loaded; nobody was asked
