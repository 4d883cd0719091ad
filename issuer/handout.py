"""Files for people: per certificate the holder's SD-JWT and the QR pictures, written whole or not.

`certificates/{number}/` appears by one rename, so a full disk or a kill leaves no half folder; the
same certificate written again gives the same bytes.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path

from issuer.issue import Issued
from issuer.qr_image import QrPictures, draw
from schemas.errors import CommandError

FOLDER = "certificates"


def folder_name(number: str) -> str:
    """A certificate number as a folder's name: what file systems refuse becomes `_`."""
    return "".join(c if c.isalnum() or c in "-()（）〔〕" else "_" for c in number)


def require_writable(directory: Path) -> None:
    """Refuse a folder that cannot take files, before anything is signed.

    Raises:
        CommandError: `cannot_write`.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=directory) from None


def hand_out(
    directory: Path,
    certificates: Sequence[Issued],
    origin: str,
    executor: Executor | None,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[tuple[Issued, QrPictures]]:
    """Write each certificate's folder below `directory`, drawing through `executor` if given.

    Raises:
        CommandError: `cannot_write`; the folders written until then are whole.
    """
    digits = [certificate.digits(origin) for certificate in certificates]
    origins = [origin] * len(digits)
    if executor is None:
        drawn: Iterator[QrPictures] = map(draw, origins, digits)
    else:
        drawn = executor.map(draw, origins, digits, chunksize=8)
    for done, (certificate, pictures) in enumerate(zip(certificates, drawn, strict=True), start=1):
        files = {
            "credential.sd-jwt": certificate.token.text.encode(),
            "qr.svg": pictures.svg,
            "qr.png": pictures.png,
        }
        write_folder(directory / FOLDER / folder_name(certificate.number), files)
        progress(done)
        yield certificate, pictures


def write_folder(target: Path, files: dict[str, bytes]) -> None:
    """Write `files` as the folder `target`, replacing what was there.

    Raises:
        CommandError: `cannot_write`.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=target) from None
    try:
        for name, data in files.items():
            (making / name).write_bytes(data)
        making.chmod(0o755)
        if target.exists():
            for name in files:
                (making / name).replace(target / name)
        else:
            making.rename(target)
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=target) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def write_file(target: Path, data: bytes) -> None:
    """Write one file, whole or not at all.

    Raises:
        CommandError: `cannot_write`.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=target) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise CommandError("cannot_write", error.strerror or "", path=target) from None
