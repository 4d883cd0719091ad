"""Files that appear whole or not at all: written beside, synced, then renamed (POSIX rename).

A crash or a full disk leaves the old file or the new one. Failures of the disk become TrustErrors.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import TrustError

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def read_file(path: Path, limit: int) -> bytes | None:
    """The content of `path`, None where there is no such file.

    Raises:
        TrustError: `file_too_large` (more than `limit` bytes) or `file_unreadable`.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise TrustError("file_unreadable", f"{path}: {error.strerror}") from None
    if len(data) > limit:
        raise TrustError("file_too_large", str(path))
    return data


def write_file(path: Path, data: bytes) -> None:
    """Make `data` the content of `path`, whatever it was.

    Raises:
        TrustError: `folder_unwritable`.
    """
    staged = path.with_name(f".{path.name}.tmp")
    with writing(path):
        make_folder(path.parent)
        try:
            _write(staged, data)
            staged.replace(path)
        except OSError:
            staged.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_folder(folder: Path, content: Mapping[str, bytes]) -> None:
    """Fill the new `folder`; nothing refers to it before this returns, so nothing is renamed.

    Args:
        folder: replaced where it exists.
        content: path inside the folder → bytes.

    Raises:
        TrustError: `folder_unwritable`; then the folder is gone again.
    """
    with writing(folder):
        remove_folder(folder)
        folders = {folder}
        try:
            for name, data in content.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                folders.update(p for p in path.parents if p.is_relative_to(folder))
                _write(path, data)
            for each in sorted(folders, key=lambda path: -len(path.parts)):
                sync_folder(each)
            sync_folder(folder.parent)
        except OSError:
            remove_folder(folder)
            raise


def make_folder(folder: Path) -> None:
    """Make `folder` and what is above it, on the disk."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def remove_folder(folder: Path) -> None:
    """Remove `folder` with its content, where it exists."""
    if folder.exists():
        shutil.rmtree(folder)


def sync_folder(folder: Path) -> None:
    """Bring the names in `folder` to the disk (POSIX; Windows has no such call)."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep out every other process that asks for the same `folder`, until the block ends.

    Raises:
        TrustError: `folder_unwritable`.
    """
    with writing(folder):
        make_folder(folder)
        lock = (folder / ".lock").open("wb")
    with lock:
        _lock(lock.fileno())
        yield


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into words.

    Raises:
        TrustError: `folder_unwritable`.
    """
    try:
        yield
    except OSError as error:
        raise TrustError("folder_unwritable", error.strerror or "", path=path) from None


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
