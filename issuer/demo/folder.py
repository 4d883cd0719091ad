"""The demonstration's folder: made beside its place, swapped in whole, nobody else's touched."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import CommandError

MARK = "demo.json"
"""The file that says that a folder is a demonstration's and may be made anew."""


@contextmanager
def fresh(directory: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `directory` when the block ends well.

    Raises:
        CommandError: as `require_ours`; `directory` is as it was then.
    """
    target = directory.resolve()
    require_ours(directory)
    with _named(directory):
        target.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{target.name}.making-", dir=target.parent))
    try:
        with _named(directory):
            yield making
            making.chmod(0o755)
            _swap(making, target)
    finally:
        shutil.rmtree(making, ignore_errors=True)


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


def _swap(making: Path, target: Path) -> None:
    old = making.with_name(making.name.replace(".making-", ".old-"))
    if target.exists():
        target.rename(old)
    try:
        making.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _named(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=directory) from None
