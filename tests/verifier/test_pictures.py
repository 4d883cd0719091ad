"""Codes are found in every kind of picture, or the refusal says what is wrong with it."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random

import pillow_heif
import pytest
from PIL import Image, ImageFilter, ImageOps

from schemas.errors import CommandError
from tests.verifier.pictures import DIGITS, PREFIX, on_page, qr, saved
from verifier.picture_kinds import MAX_FILE, kind
from verifier.pictures import MAX_PIXELS, MAX_SIDE, read_codes

TEXT = PREFIX + DIGITS
ORIENTATION = 0x0112  # EXIF 2.3 §4.6.4


def texts(data: bytes) -> list[str]:
    return [code.text for code in read_codes(data)]


def code_of(data: bytes) -> str:
    with pytest.raises(CommandError) as caught:
        read_codes(data)
    assert all(caught.value.message(language) for language in ("zh-CN", "en"))
    assert all(caught.value.hint(language) for language in ("zh-CN", "en"))
    return caught.value.code


def heic(picture: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=60, **options)
    return file.getvalue()


def palette_with_clear_paper() -> Image.Image:
    picture = qr().convert("P", palette=Image.Palette.ADAPTIVE, colors=2)
    lightest = max(range(2), key=lambda index: sum(picture.getpalette()[3 * index :][:3]))  # type: ignore[index]
    picture.info["transparency"] = lightest
    return picture


def clear_paper() -> Image.Image:
    """Black modules, everything else transparent black: all black without its alpha."""
    picture = Image.new("LA", qr().size)
    picture.putalpha(ImageOps.invert(qr()))
    return picture


def sixteen_bits() -> Image.Image:
    values = b"".join(struct.pack("<H", 9_000 + 160 * value) for value in qr().tobytes())
    return Image.frombytes("I;16", qr().size, values)


KINDS: dict[str, Callable[[], bytes]] = {
    "PNG, grey": lambda: saved(qr(), "PNG"),
    "PNG, black and white": lambda: saved(qr().convert("1"), "PNG"),
    "PNG, palette": lambda: saved(qr().convert("P"), "PNG"),
    "PNG, palette, clear paper": lambda: saved(palette_with_clear_paper(), "PNG"),
    "PNG, alpha, clear paper": lambda: saved(clear_paper(), "PNG"),
    "PNG, colours and alpha": lambda: saved(clear_paper().convert("RGBA"), "PNG"),
    "PNG, 16 bits": lambda: saved(sixteen_bits(), "PNG"),
    "PNG, animated": lambda: saved(
        qr(), "PNG", save_all=True, append_images=[Image.new("L", qr().size, 255)]
    ),
    "JPEG, grey": lambda: saved(qr(), "JPEG"),
    "JPEG, colours": lambda: saved(qr().convert("RGB"), "JPEG"),
    "JPEG, colours without conversion": lambda: saved(qr().convert("RGB"), "JPEG", keep_rgb=True),
    "JPEG, progressive": lambda: saved(qr().convert("RGB"), "JPEG", progressive=True, quality=30),
    "JPEG, CMYK": lambda: saved(qr().convert("CMYK"), "JPEG"),
    "JPEG, several pictures": lambda: saved(
        qr().convert("RGB"), "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))]
    ),
    "WebP": lambda: saved(qr(), "WEBP"),
    "WebP, alpha": lambda: saved(clear_paper().convert("RGBA"), "WEBP", lossless=True),
    "WebP, animated": lambda: saved(
        qr(), "WEBP", save_all=True, append_images=[Image.new("L", qr().size, 255)]
    ),
    "HEIC": lambda: heic(qr().convert("RGB")),
    "HEIC, alpha": lambda: heic(clear_paper().convert("RGBA")),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind(name: str) -> None:
    """The same code comes out of every kind of file."""
    assert [TEXT] == texts(KINDS[name]())


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("file", ["JPEG", "WEBP", "HEIF"])
def test_exif_orientation(file: str, turn: int) -> None:
    """The order of two codes is that of the picture as people see it."""
    left, right = qr("1" * 40), qr("2" * 40)
    seen = on_page((left, (0, 0)), (right, (left.width, 20)), size=(2 * left.width, 300))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # orientation → Image.Transpose
    stored = seen.transpose(Image.Transpose(undo[turn])) if turn > 1 else seen
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    data = (
        heic(stored.convert("RGB"), exif=exif.tobytes())
        if file == "HEIF"
        else saved(stored, file, exif=exif)
    )
    assert [PREFIX + "1" * 40, PREFIX + "2" * 40] == texts(data)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif() -> None:
    """A picture is read although the notes beside it are broken."""
    data = saved(qr(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\0\1")
    assert [TEXT] == texts(data)


def test_quiet(tmp_path: Path) -> None:
    """What Pillow thinks of a file is no message for people."""
    file = tmp_path / "notes.jpg"
    file.write_bytes(saved(qr(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"))
    program = (
        "import sys, pathlib, verifier.pictures as p;"
        "print(p.read_codes(pathlib.Path(sys.argv[1]).read_bytes())[0].text)"
    )
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, check=False)
    assert (TEXT.encode(), b"") == (done.stdout.strip(), done.stderr)


def test_order() -> None:
    """Row by row, left to right, each text once, wherever a row is a little crooked."""
    small = [qr(str(number) * 40, scale=3) for number in range(1, 6)]
    side = small[0].width
    page = on_page(
        (small[2], (20, 520)),
        (small[1], (20 + 2 * side, 20)),
        (small[0], (20, 60)),
        (small[3], (20 + side, 480)),
        (small[4], (20 + 2 * side, 530)),
        (small[4], (20, 900)),
        size=(900, 1200),
    )
    assert [PREFIX + str(number) * 40 for number in range(1, 6)] == texts(saved(page, "PNG"))


def test_place() -> None:
    """The middle of a code, in pixels, also where it was found in a piece of the picture."""
    page = on_page((qr(scale=2), (3400, 2500)), size=(4000, 3000))
    (code,) = read_codes(saved(page, "PNG", compress_level=1))
    middle = qr(scale=2).width // 2
    assert abs(3400 + middle - code.x) <= 3
    assert abs(2500 + middle - code.y) <= 3


def test_a_small_code_in_a_large_photograph() -> None:
    """Two pixels a module, turned, somewhere in twelve megapixels full of lines."""
    page = Image.new("L", (4000, 3000), 225)
    for top in range(0, 3000, 40):
        page.paste(60 + top % 90, (30 + top % 17, top, 3900 - 7 * (top % 40), top + 18))
    code = on_page((qr(scale=4), (60, 60)), size=(400, 400)).rotate(
        23, Image.Resampling.BICUBIC, fillcolor=225
    )
    page.paste(code.resize((200, 200), Image.Resampling.BOX), (2900, 310))
    assert [TEXT] == texts(saved(page, "JPEG", quality=80))


HARD: dict[str, Callable[[], Image.Image]] = {
    "inverted": lambda: ImageOps.expand(ImageOps.invert(qr()), 20, 0),
    "mirrored": lambda: ImageOps.mirror(qr()),
    "turned": lambda: qr().rotate(37, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    "dim": lambda: qr().point(lambda value: 60 + value // 8),
    "blurred": lambda: qr(scale=8).filter(ImageFilter.GaussianBlur(3.4)),
    "blurred and dim": lambda: (
        qr(scale=6).filter(ImageFilter.GaussianBlur(2.4)).point(lambda value: 60 + value // 4)
    ),
    "1.3 pixels a module": lambda: qr(scale=8).resize((86, 86), Image.Resampling.BOX),
    "one pixel a module": lambda: qr(scale=1),
    "40 pixels a module": lambda: qr(scale=40),
    "without a quiet zone": lambda: ImageOps.crop(qr(), 16),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_pictures(name: str) -> None:
    assert [TEXT] == texts(saved(HARD[name](), "PNG"))


def png_header(width: int, height: int) -> bytes:
    """A PNG whose header promises what its few bytes of data do not hold."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def webp_header(width: int, height: int) -> bytes:
    """An animated WebP whose canvas is much larger than its pictures."""
    frames = [Image.new("RGB", (16, 16), color) for color in ("black", "white")]
    data = bytearray(saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    canvas = data.index(b"VP8X") + 12
    data[canvas : canvas + 3] = (width - 1).to_bytes(3, "little")
    data[canvas + 3 : canvas + 6] = (height - 1).to_bytes(3, "little")
    return bytes(data)


def jpeg_header(width: int, height: int) -> bytes:
    data = bytearray(saved(qr(), "JPEG"))
    frame = data.index(b"\xff\xc0") + 5
    data[frame : frame + 4] = struct.pack(">HH", height, width)
    return bytes(data)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "PNG bomb": (lambda: png_header(60_000, 60_000), "picture_too_large"),
    "PNG just too large": (
        lambda: png_header(10_000, MAX_PIXELS // 10_000 + 1),
        "picture_too_large",
    ),
    "PNG of the largest size": (
        lambda: png_header(10_000, MAX_PIXELS // 10_000),
        "picture_unreadable",
    ),
    "WebP bomb": (lambda: webp_header(16_383, 16_383), "picture_too_large"),
    "JPEG bomb": (lambda: jpeg_header(65_000, 65_000), "picture_too_large"),
    "PNG too wide": (
        lambda: saved(Image.new("1", (MAX_SIDE + 1, 2)), "PNG"),
        "picture_too_large",
    ),
    "PNG as wide as can be": (
        lambda: saved(Image.new("1", (MAX_SIDE, 2)), "PNG"),
        "picture_no_code",
    ),
    "too many bytes": (lambda: saved(qr(), "PNG") + bytes(MAX_FILE), "picture_too_large"),
    "PNG cut short": (lambda: saved(qr(), "PNG")[:-400], "picture_unreadable"),
    "PNG header only": (lambda: saved(qr(), "PNG")[:20], "picture_unreadable"),
    "JPEG cut short": (lambda: saved(qr(), "JPEG")[:-2000], "picture_unreadable"),
    "JPEG marker only": (lambda: b"\xff\xd8\xff", "picture_unreadable"),
    "WebP cut short": (lambda: saved(qr(), "WEBP")[:-500], "picture_unreadable"),
    "HEIC cut short": (lambda: heic(qr().convert("RGB"))[:-2000], "picture_unreadable"),
    "HEIC without anything": (lambda: b"\0\0\0\x18ftypheic" + bytes(16), "picture_unreadable"),
    "PNG of no size": (lambda: png_header(0, 10), "picture_unreadable"),
    "not a picture": (TEXT.encode, "picture_unreadable"),
    "nothing": (lambda: b"", "picture_unreadable"),
    "white paper": (lambda: saved(Image.new("L", (500, 700), 255), "PNG"), "picture_no_code"),
    "one pixel": (lambda: saved(Image.new("L", (1, 1)), "PNG"), "picture_no_code"),
    "all transparent": (lambda: saved(Image.new("RGBA", (90, 90)), "PNG"), "picture_no_code"),
    "blurred beyond reading": (
        lambda: saved(qr().filter(ImageFilter.GaussianBlur(8)), "PNG"),
        "picture_no_code",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, code = REFUSED[name]
    assert code == code_of(make())


def test_micro_qr_is_no_certificate() -> None:
    """A blurred corner of a code can look like one; it never stands beside or for the code."""
    import segno

    file = BytesIO()
    segno.make_micro("55916").save(file, kind="png", scale=6, border=4)
    assert code_of(file.getvalue()) == "picture_no_code"


def test_foreign_code() -> None:
    """Whose code it is, is not for the eye to say."""
    import segno

    file = BytesIO()
    segno.make("HC1:6BF 你好", micro=False).save(file, kind="png", scale=6, border=4)
    assert texts(file.getvalue()) == ["HC1:6BF 你好"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"\0\0\0\x1cftypheic", "HEIC"),
        (b"\0\0\0\x1cftypmif1", "HEIC"),
        (b"\0\0\0\x1cftypavif", None),
        (b"GIF89a", None),
        (b"https://zs.example.cn/#1", None),
        (b"", None),
    ],
)
def test_kind(head: bytes, expected: str | None) -> None:
    assert expected == kind(head)


@pytest.mark.parametrize("name", KINDS)
def test_any_bytes(name: str) -> None:
    """Whatever is wrong with a file, it is read or refused in words."""
    source = KINDS[name]()
    random = Random(name)
    for _ in range(12):
        data = bytearray(source)
        for _ in range(random.randrange(1, 6)):
            data[random.randrange(random.choice((64, 400, len(data))))] = random.randrange(256)
        refusal = None
        try:
            assert texts(bytes(data))
        except CommandError as error:
            refusal = error.code
        assert refusal is None or refusal.startswith("picture_")
