"""Write the revision that leads from the newest one to the tables as they are now.

`python -m tests.issuer.new_revision "what changes"`: read it, and mend it, before it is committed.
"""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from issuer import migrate
from issuer.db import open_database, transaction


def main() -> None:
    """Compare a database made by all revisions with the tables."""
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    number = f"{len(migrate.REVISIONS) + 1:04}"
    with transaction(open_database("sqlite://")) as session:
        config.attributes["connection"] = session.connection()
        made = command.revision(config, sys.argv[1], autogenerate=True, rev_id=number)
    path = Path(made.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")


if __name__ == "__main__":
    main()
