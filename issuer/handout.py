"""Files for people: per certificate the holder's SD-JWT, the QR pictures, and the page if wanted.

`certificates/{number}/` appears by one rename, so a full disk or a kill leaves no half folder; the
same certificate written again gives the same bytes.
"""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import repeat
from pathlib import Path

from issuer.documents import papers
from issuer.documents.certificate import Printing
from issuer.documents.pool import in_order
from issuer.documents.qr_image import QrPictures, draw
from issuer.issue import Issued
from schemas.errors import CommandError

FOLDER = "certificates"

_STAGED = ".writing-"  # how the name of what is not whole yet begins


def folder_name(number: str) -> str:
    """A certificate number as a folder's name, another one for each number.

    What file systems refuse is written as `%` and the byte, as in addresses (RFC 3986 §2.1).
    """
    return "".join(
        c if c.isalnum() or c in "-_()（）〔〕" else "".join(f"%{byte:02X}" for byte in c.encode())
        for c in number
    )


def require_writable(directory: Path) -> None:
    """Refuse a folder that cannot take files, before anything is signed.

    Raises:
        CommandError: `cannot_write`.
    """
    with _writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass


def require_file_writable(path: Path) -> None:
    """Refuse a file that cannot be written, likewise.

    Raises:
        CommandError: `cannot_write`.
    """
    require_writable(path.parent)
    with _writing(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Keep other runs out of `directory`, and clear away what a killed one left unfinished.

    Raises:
        CommandError: `cannot_write`.
    """
    with _writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        lock = _lock(directory)
    try:
        with _writing(directory):
            for left in (*directory.glob(f"{_STAGED}*"), *directory.glob(f"*/{_STAGED}*")):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield
    finally:
        if lock is not None:
            os.close(lock)


def hand_out(
    directory: Path,
    certificates: Sequence[Issued],
    origin: str,
    executor: Executor | None,
    progress: Callable[[int], None] = lambda _: None,
    *,
    printings: Iterable[Printing] = (),
    names: Sequence[str] = (),
) -> Iterator[tuple[Issued, QrPictures]]:
    """Write each certificate's folder below `directory`, drawing through `executor` if given.

    With `names` of papers (issuer/documents/papers.py), these are among its files; `printings` has
    then one for each certificate.

    Raises:
        CommandError: `cannot_write`, and as `certificate_pdf`; the folders written until then are
            whole.
    """
    digits = [certificate.digits(origin) for certificate in certificates]
    origins = [origin] * len(digits)
    drawn: Iterator[QrPictures] = map(draw, origins, digits)
    if executor is not None:
        drawn = executor.map(draw, origins, digits, chunksize=8)
    pages: Iterator[Mapping[str, bytes]] = repeat({}, len(certificates))
    if names:
        pages = in_order(executor, partial(papers.papers, names), printings)
    ready = zip(certificates, drawn, pages, strict=True)
    for done, (certificate, pictures, page) in enumerate(ready, start=1):
        files = {
            "credential.sd-jwt": certificate.token.text.encode(),
            "qr.svg": pictures.svg,
            "qr.png": pictures.png,
            **page,
        }
        write_folder(directory / FOLDER / folder_name(certificate.number), files)
        progress(done)
        yield certificate, pictures


def write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` as the folder `target`, replacing what was there.

    Raises:
        CommandError: `cannot_write`.
    """
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=_STAGED, dir=target.parent))
        try:
            for name, data in files.items():
                (making / name).write_bytes(data)
            making.chmod(0o755)
            if target.exists():
                for name in files:
                    (making / name).replace(target / name)
            else:
                making.rename(target)
        finally:
            shutil.rmtree(making, ignore_errors=True)


def write_file(target: Path, data: bytes) -> None:
    """Write one file, whole or not at all.

    Raises:
        CommandError: `cannot_write`.
    """
    write_pieces(target, [data])


def write_pieces(target: Path, pieces: Iterable[bytes]) -> None:
    """Write one file as its pieces come, whole or not at all.

    Raises:
        CommandError: `cannot_write`.
    """
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_STAGED, dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say in words what the disk refuses."""
    try:
        yield
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=path) from None


def _lock(directory: Path) -> int | None:
    """Lock a folder until the descriptor closes; None where the system cannot (Windows, some NFS)."""
    if sys.platform == "win32":
        return None
    import fcntl  # noqa: PLC0415 (not on Windows)

    descriptor = os.open(directory, os.O_RDONLY)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor
