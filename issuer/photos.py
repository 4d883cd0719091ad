"""Photographs of holders: found by row, ID number or name, made one inch, kept by their digest.

A certificate signs the digest of the very bytes that are kept. They are encoded anew here, so that
nothing but the picture is in them: no place, no camera, no hidden file.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps
from sqlmodel import Session

from issuer.holders import folded
from issuer.roster.findings import masked
from issuer.roster.names import comparison_key
from issuer.roster.rows import Row
from issuer.tables import Photo
from issuer.vault import Vault
from schemas import base64url
from schemas.errors import CommandError
from verifier.pictures import eight_bits, open_picture

WIDTH, HEIGHT = 295, 413  # pixels of 25 × 35 mm at 300 dpi
MAX_STRETCH = 0.13  # of the height or width that may be cut off: 358 × 441 pixels are usual too
QUALITY = 90  # of the JPEG, of 100
MAX_FILES = 2_000  # in one zip
MAX_UNPACKED = 500 << 20  # bytes of all files of a zip

_ROW = re.compile(r"(?:第)?0*([0-9]{1,6})(?:行)?")
_LONG_NUMBER = re.compile(r"[0-9]{6,}[0-9Xx]")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Which pictures belong to whom, and what was wrong with the others."""

    photos: Mapping[int, bytes] = field(repr=False)
    """Row → a clean JPEG of `WIDTH` × `HEIGHT`."""
    problems: Sequence[CommandError]


def match(files: Iterable[tuple[str, bytes]], rows: Sequence[Row]) -> Matched:
    """Find each picture's person by the name of its file; each person has one picture.

    Args:
        files: Names and contents: pictures, or zips of pictures.
        rows: The roster's.
    """
    known = _names(rows)
    photos: dict[int, bytes] = {}
    problems: list[CommandError] = []
    for name, data in _pictures(files, problems):
        shown = _LONG_NUMBER.sub(lambda number: masked(number[0]), name)
        try:
            row = _row(name, shown, known, photos)
            photos[row] = one_inch(data, shown)
        except CommandError as error:
            problems.append(error)
    return Matched(photos=photos, problems=problems)


def one_inch(data: bytes, name: str) -> bytes:
    """The picture as a JPEG of one inch, upright and with nothing else in it.

    Raises:
        CommandError: `picture_unreadable`, `picture_too_large`, `photo_too_small`, `photo_shape`.
    """
    picture = eight_bits(open_picture(data))
    width, height = picture.size
    size = f"{width} × {height}"
    if width < WIDTH or height < HEIGHT:
        raise CommandError("photo_too_small", name=name, size=size, least=f"{WIDTH} × {HEIGHT}")
    stretch = (width * HEIGHT) / (height * WIDTH)
    if not 1 - MAX_STRETCH <= stretch <= 1 / (1 - MAX_STRETCH):
        raise CommandError("photo_shape", name=name, size=size)
    if picture.has_transparency_data:
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
        picture = paper
    fitted = ImageOps.fit(picture.convert("RGB"), (WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", fitted.size)  # without profile, comment and EXIF
    clean.paste(fitted)
    file = BytesIO()
    clean.save(file, "JPEG", quality=QUALITY, dpi=(300, 300))
    return file.getvalue()


def store(session: Session, vault: Vault, institution: str, photo: bytes) -> str:
    """Keep a picture; give its digest."""
    digest = base64url.encode(hashlib.sha256(photo).digest())
    if session.get(Photo, (institution, digest)) is None:
        sealed = vault.seal(photo, _place(institution, digest))
        session.add(Photo(institution=institution, digest=digest, sealed=sealed))
        session.flush()
    return digest


def load(session: Session, vault: Vault, institution: str, digest: str) -> bytes | None:
    """A picture that is kept.

    Raises:
        CommandError: `data_key_other`.
    """
    photo = session.get(Photo, (institution, digest))
    return vault.open_sealed(photo.sealed, _place(institution, digest)) if photo else None


def _place(institution: str, digest: str) -> bytes:
    return f"photo {institution}/{digest}".encode()


def _names(rows: Sequence[Row]) -> dict[str, set[int]]:
    """What a file may be called → the rows that are meant."""
    known: dict[str, set[int]] = {}
    for row in rows:
        claims = row.claims
        for name in (folded(str(claims.get("id_number", ""))), _key(claims.get("holder_name"))):
            if name:
                known.setdefault(name, set()).add(row.number)
    for row in rows:  # nobody's name or number is so short
        known[f"#{row.number}"] = {row.number}
    return known


def _row(name: str, shown: str, known: Mapping[str, set[int]], taken: Mapping[int, bytes]) -> int:
    """The row that a file is for."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    found = known.get(folded(stem)) or known.get(_key(stem)) or set()
    if not found and (number := _ROW.fullmatch(stem.strip())) is not None:
        found = known.get(f"#{int(number[1])}", set())
    if len(found) > 1:
        raise CommandError("photo_several_rows", name=shown)
    if not found:
        raise CommandError("photo_no_row", name=shown)
    [row] = found
    if row in taken:
        raise CommandError("photo_twice", row=row, name=shown)
    return row


def _key(name: object) -> str:
    return comparison_key(str(name)) if name else ""


def _pictures(
    files: Iterable[tuple[str, bytes]], problems: list[CommandError]
) -> Iterator[tuple[str, bytes]]:
    """The files, and those in zips; what is no picture by its name is passed over."""
    for name, data in files:
        if not data.startswith(_ZIP):
            yield name, data
            continue
        try:
            yield from _unpacked(name, data)
        except CommandError as error:
            problems.append(error)


def _unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = [one for one in archive.infolist() if _is_picture(one)]
            if len(entries) > MAX_FILES:
                raise CommandError("photos_unsafe_zip", name=name, what=len(entries))
            for entry in entries:
                with archive.open(entry) as file:
                    content = file.read(left + 1)  # whatever size the entry claims to have
                left -= len(content)
                if left < 0:
                    raise CommandError("photos_unsafe_zip", name=name, what=entry.file_size)
                yield _decoded(entry), content
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise CommandError("photos_unsafe_zip", name=name, what=type(error).__name__) from None


def _is_picture(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.rpartition("/")[2]
    hidden = name.startswith(".") or entry.filename.startswith("__MACOSX/")
    endings = (".jpg", ".jpeg", ".png", ".webp", ".heic")
    return not (entry.is_dir() or hidden) and name.lower().endswith(endings)


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The name; Chinese Windows writes it in GBK where the standard has code page 437 (APPNOTE §D.1)."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename
