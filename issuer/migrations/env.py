"""What Alembic runs: the connection is given, its transaction has begun and holds the lock."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

from issuer.tables import METADATA


def _plain_types(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Revisions say `sa.String()`: they must run when SQLModel's own type is no more."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_item=_plain_types,
    render_as_batch=True,  # SQLite cannot alter a column
    transactional_ddl=True,  # SQLite can: `BEGIN IMMEDIATE` is ours (issuer/db.py)
)
with context.begin_transaction():
    context.run_migrations()
