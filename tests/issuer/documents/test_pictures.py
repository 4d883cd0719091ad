"""Pictures of strangers: what is made of them, and what is refused before any work."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw

from issuer.documents.pictures import SEAL_PIXELS, as_svg, logo, seal
from issuer.photos import HEIGHT, WIDTH, one_inch
from tests.issuer.documents.papers import encoded
from tests.refused import code_of


def photo(data: bytes) -> bytes:
    return one_inch(data, "photo")


RED, BLUE = (220, 30, 30), (30, 30, 220)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red above, blue below."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (0, height // 2, width, height))
    return picture.convert(mode)


def turned(width: int, height: int) -> bytes:
    """`halves` as a phone stores it that was held sideways: turned, and EXIF says how."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    return encoded(halves(width, height).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)


PHOTOS = {
    "RGB": encoded(halves(600, 840), "JPEG"),
    "PNG": encoded(halves(600, 840), "PNG"),
    "WebP": encoded(halves(600, 840), "WEBP"),
    "CMYK": encoded(halves(600, 840, "CMYK"), "JPEG"),
    "turned by EXIF": turned(600, 840),
    "a palette": encoded(halves(600, 840).quantize(8), "PNG"),
}


@pytest.mark.parametrize("case", PHOTOS)
def test_a_photograph_becomes_295_by_413_upright_and_in_rgb(case: str) -> None:
    made = photo(PHOTOS[case])
    picture = opened(made)
    assert ("JPEG", "RGB", (WIDTH, HEIGHT)) == (picture.format, picture.mode, picture.size)
    assert not picture.getexif()
    for place, colour in (((147, 40), RED), ((147, 380), BLUE)):
        found = picture.getpixel(place)
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 60 for a, b in zip(found, colour, strict=True)), (case, place)
    assert made == photo(PHOTOS[case])


def test_what_is_transparent_becomes_white_paper() -> None:
    clear = Image.new("RGBA", (300, 420), (255, 0, 0, 0))
    assert (255, 255, 255) == opened(photo(encoded(clear, "PNG"))).getpixel((100, 100))


def test_sixteen_bits_are_not_cut_off() -> None:
    grey = Image.new("I;16", (300, 420), 0x8000)
    found = opened(photo(encoded(grey, "PNG"))).getpixel((100, 100))
    assert isinstance(found, tuple)
    assert 120 <= found[0] <= 136


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


REFUSED = {
    "no picture": (b"this is a letter", "picture_unreadable"),
    "empty": (b"", "picture_unreadable"),
    "a program": (b"MZ" + bytes(100), "picture_unreadable"),
    "cut short": (PHOTOS["PNG"][:200], "picture_unreadable"),
    "200 megapixels": (bomb(20_000, 10_000), "picture_too_large"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_unreadable"),
}


@pytest.mark.parametrize("make", [photo, seal, logo])
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_picture_is_refused(case: str, make: object) -> None:
    data, code = REFUSED[case]
    assert callable(make)
    assert code == code_of(lambda: make(data))


def test_a_seal_on_white_paper_loses_the_paper() -> None:
    paper = Image.new("RGB", (800, 800), "white")
    paper.paste((200, 20, 20), (200, 200, 600, 600))
    made = opened(seal(encoded(paper, "JPEG"))).convert("RGBA")
    assert (SEAL_PIXELS, SEAL_PIXELS) == made.size
    corner, middle = made.getpixel((5, 5)), made.getpixel((SEAL_PIXELS // 2, SEAL_PIXELS // 2))
    assert isinstance(corner, tuple)
    assert isinstance(middle, tuple)
    assert 10 > corner[3]
    assert 200 < middle[3]


def test_a_seal_that_is_transparent_already_stays_so() -> None:
    clear = Image.new("RGBA", (480, 480))
    clear.paste((200, 20, 20, 255), (100, 100, 380, 380))
    made = opened(seal(encoded(clear, "PNG"))).convert("RGBA")
    assert (480, 480) == made.size
    assert 0 == made.getchannel("A").getpixel((5, 5))


def test_a_seal_of_one_ink_is_drawn_as_a_mask_over_it() -> None:
    """One channel in place of four; its softened edge is less of the ink, not another colour."""
    ring = Image.new("RGBA", (1200, 1200))
    ImageDraw.Draw(ring).ellipse((40, 40, 1160, 1160), outline=(200, 20, 30, 255), width=33)
    made = seal(encoded(ring, "PNG"))
    assert [(200, 20, 30)] == [one for _, one in opened(made).convert("RGB").getcolors() or ()]
    assert len(opened(made).getchannel("A").getcolors() or ()) > 32
    assert '<rect width="496" height="496" fill="rgb(200, 20, 30)" mask=' in as_svg(made)


def test_a_seal_of_several_colours_keeps_them() -> None:
    assert "<mask" not in as_svg(seal(SQUARES["CMYK"]))


@pytest.mark.parametrize(
    ("size", "code"), [((800, 600), "seal_not_square"), ((100, 100), "seal_too_coarse")]
)
def test_a_seal_of_a_wrong_size_is_refused(size: tuple[int, int], code: str) -> None:
    assert code == code_of(lambda: seal(encoded(Image.new("RGB", size), "PNG")))


SQUARES = {
    "CMYK": encoded(halves(600, 600, "CMYK"), "JPEG"),
    "turned by EXIF": turned(600, 600),
    "a palette": encoded(halves(600, 600).quantize(8), "PNG"),
    "grey and transparent": encoded(halves(600, 600, "LA"), "PNG"),
    "16 bits of grey": encoded(Image.new("I;16", (600, 600), 0x8000), "PNG"),
    "black and white": encoded(halves(600, 600, "1"), "PNG"),
}


@pytest.mark.parametrize("make", [seal, logo])
@pytest.mark.parametrize("case", SQUARES)
def test_seals_and_logos_of_every_kind_become_upright_pngs(case: str, make: object) -> None:
    assert callable(make)
    made = make(SQUARES[case])
    picture = opened(made)
    assert "PNG" == picture.format
    assert not picture.getexif()
    assert made == make(SQUARES[case])
    above, below = (picture.convert("RGBA").getpixel((100, at)) for at in (60, picture.height - 60))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    if case in ("CMYK", "turned by EXIF", "a palette"):  # red above, blue below
        assert above[0] > above[2]
        assert below[0] < below[2]
    if case == "16 bits of grey":
        assert 100 <= above[0] <= 150


def test_a_logo_keeps_its_shape() -> None:
    assert (480, 120) == opened(logo(encoded(Image.new("RGB", (2000, 500)), "PNG"))).size


def test_a_picture_in_svg_is_the_picture() -> None:
    made = photo(PHOTOS["PNG"])
    text = as_svg(made)
    assert 'width="295" height="413"' in text
    assert "data:image/jpeg;base64," in text
