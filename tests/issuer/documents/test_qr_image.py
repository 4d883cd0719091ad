"""QR pictures: two segments, level M, the quiet zone, and the text that scanners get."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import segno
import zxingcpp
from PIL import Image

from issuer.documents.qr_image import MODULE, PNG_SCALE, QUIET_ZONE, draw, make
from tests.issuer.desk import at_desk, issue, orders
from tests.world import ORIGIN

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of a real certificate."""
    desk = at_desk(tmp_path_factory.mktemp("desk"))
    return issue(desk, orders(1))[0].digits(ORIGIN)


def side(version: int) -> int:
    """Modules with the quiet zone."""
    return 17 + 4 * version + 2 * QUIET_ZONE


def test_the_code_has_a_byte_and_a_numeric_segment_at_level_m(digits: str) -> None:
    """One segment would take five versions more (ISO/IEC 18004 §7.3)."""
    code = make(ORIGIN, digits)
    assert ("M", None, False) == (code.error, code.mode, code.is_micro)  # several modes
    one_text = segno.make(f"https://{ORIGIN}/#{digits}", error="m")
    assert int(code.version) + 4 <= int(one_text.version)


def test_scanners_read_the_address_and_the_digits(digits: str) -> None:
    pictures = draw(ORIGIN, digits)
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(pictures.png)))
    assert f"https://{ORIGIN}/#{digits}" == found.text
    assert "M" == found.ec_level
    assert pictures.version == int(make(ORIGIN, digits).version)


def test_the_png_has_whole_pixels_black_and_white(digits: str) -> None:
    pictures = draw(ORIGIN, digits)
    picture = Image.open(io.BytesIO(pictures.png))
    assert 2 * (side(pictures.version) * PNG_SCALE,) == picture.size
    assert {0, 255} == set(picture.convert("L").tobytes())


def test_there_is_a_quiet_zone_of_four_modules(digits: str) -> None:
    """ISO/IEC 18004 §6.3.8."""
    picture = Image.open(io.BytesIO(draw(ORIGIN, digits).png)).convert("L")
    width = QUIET_ZONE * PNG_SCALE
    far = picture.width - width
    for box in ((0, 0, width, far), (0, 0, far, width), (far, 0, picture.width, far)):
        assert {255} == set(picture.crop(box).tobytes())
    assert 0 == picture.getpixel((width, width))  # the finder's corner


def test_the_svg_is_as_wide_as_the_modules_are_in_millimetres(digits: str) -> None:
    pictures = draw(ORIGIN, digits)
    root = ET.fromstring(pictures.svg)
    expected = f"{side(pictures.version) * MODULE:g}mm"
    sizes = {re.sub(r"\.0(?=mm)", "", root.attrib[name]) for name in ("width", "height")}
    assert {expected} == sizes
    drawn = [element for element in root.iter() if element.tag not in (f"{SVG}svg", f"{SVG}g")]
    assert {f"{SVG}path"} == {element.tag for element in drawn}
    colours = {element.get("fill") or element.get("stroke") for element in drawn}
    assert {"#fff", "#000"} == colours


def test_the_same_digits_give_the_same_bytes(digits: str) -> None:
    assert draw(ORIGIN, digits) == draw(ORIGIN, digits)


def test_nothing_in_a_picture_says_who_made_it_or_when(digits: str) -> None:
    pictures = draw(ORIGIN, digits)
    chunks = re.findall(rb"(tIME|tEXt|iTXt|zTXt|eXIf)", pictures.png)
    assert [] == chunks
    assert b"<!--" not in pictures.svg


def test_svg_files_open_by_themselves(digits: str, tmp_path: Path) -> None:
    (tmp_path / "qr.svg").write_bytes(draw(ORIGIN, digits).svg)
    assert f"{SVG}svg" == ET.parse(tmp_path / "qr.svg").getroot().tag
