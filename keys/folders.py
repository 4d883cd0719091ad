"""A folder that appears whole or not at all: made beside its place, then swapped in by renaming."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OPEN = 0o755  # what it is made in is open to its maker only


@contextmanager
def replacing(directory: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `directory` when the block ends well.

    Raises:
        OSError: what the disk refuses; `directory` is as it was then.
    """
    target = directory.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}.making-", dir=target.parent))
    try:
        yield making
        making.chmod(_OPEN)
        _swap(making, target)
    finally:
        shutil.rmtree(making, ignore_errors=True)


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
