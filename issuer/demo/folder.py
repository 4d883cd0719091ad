"""The demonstration's folder: made beside its place, swapped in whole, nobody else's touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keys.folders import replacing
from schemas.errors import CommandError

MARK = "demo.json"
"""The file that says that a folder is a demonstration's and may be made anew."""


@contextmanager
def fresh(directory: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `directory` when the block ends well.

    Raises:
        CommandError: as `require_ours`; `directory` is as it was then.
    """
    require_ours(directory)
    with _named(directory), replacing(directory) as making:
        yield making


def require_ours(directory: Path) -> None:
    """Refuse a place that holds anything else than a demonstration.

    Raises:
        CommandError: `demo_folder_taken`; `demo_folder_in_use`: a shell in it would be left nowhere;
            `cannot_write`.
    """
    with _named(directory):
        if not directory.exists():
            return
        if Path.cwd().is_relative_to(directory.resolve()):
            raise CommandError("demo_folder_in_use", path=directory)
        if not directory.is_dir():
            raise CommandError("demo_folder_taken", path=directory)
        if not (directory / MARK).is_file() and any(directory.iterdir()):
            raise CommandError("demo_folder_taken", path=directory)


def size(directory: Path) -> int:
    """Bytes of all files below `directory`."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


@contextmanager
def _named(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=directory) from None
