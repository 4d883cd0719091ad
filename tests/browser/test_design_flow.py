"""An institution's design in a real browser: a seal is uploaded, looked at, used, and stands on what prints."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from issuer.db import reading
from issuer.designs import design_of
from issuer.documents.pictures import SEAL_PIXELS
from schemas.codes import LANGUAGES
from tests.browser.axe import VIOLATIONS, axe
from tests.browser.test_roster_flow import DRAWN, require_fitting
from tests.issuer.desk import INSTITUTION, issue, orders
from tests.issuer.live import live_office
from tests.issuer.office import PASSWORD, Office

RED = (200, 30, 30)
MORE = 5_000  # pixels at 72 dpi: half of the disc


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Office, str]]:
    with live_office(tmp_path / "office") as (office, url):
        desk = office.service.desk(INSTITUTION, "tests")
        issue(desk, orders(1), now=office.service.now())
        yield office, url


@pytest.fixture
def seal(tmp_path: Path) -> Path:
    """A scan on white paper of a seal that nobody has: a disc."""
    paper = Image.new("RGB", (700, 700), "white")
    ImageDraw.Draw(paper).ellipse((10, 10, 690, 690), fill=RED)
    path = tmp_path / "seal.png"
    paper.save(path)
    return path


def enter(chromium: Browser, url: str, **how: Any) -> Page:
    """An administrator's browser."""
    context = chromium.new_context(**{"locale": "zh-CN", "accept_downloads": True} | how)
    page = context.new_page()
    page.goto(f"{url}/console/sign-in")
    page.fill("#login", "admin")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    return page


def prepare(page: Page, url: str, seal: Path) -> None:
    page.goto(f"{url}/console/design")
    page.set_input_files("#seal", str(seal))
    page.check("input[value='代章']")
    page.fill("#line", "地址：示例路 1 号")
    page.click("button:has-text('预览')")
    expect(page.get_by_text("尚未启用。")).to_be_visible()


def use(page: Page) -> None:
    page.click("button:has-text('启用此版式')")
    expect(page.get_by_text("新版式已启用。")).to_be_visible()
    expect(page.locator("#draft")).to_have_count(0)


def redness(data: bytes) -> int:
    """How many pixels of the first page are as red as the seal."""
    [first, *_] = pdfium.PdfDocument(data)
    picture = first.render(scale=1).to_pil().convert("RGB")
    red, green, blue = (band.tobytes() for band in picture.split())
    return sum(r > 180 and g < 100 and b < 100 for r, g, b in zip(red, green, blue, strict=True))


def downloaded(page: Page, words: str) -> bytes:
    with page.expect_download() as download:
        page.locator(f"a:has-text('{words}')").first.click()
    return Path(download.value.path()).read_bytes()


def test_a_seal_is_uploaded_looked_at_and_used(
    chromium: Browser, live: tuple[Office, str], seal: Path
) -> None:
    office, url = live
    admin = enter(chromium, url)
    certificate = f"{url}/console/certificates/1"
    admin.goto(certificate)
    plain = redness(downloaded(admin, "打印证书"))
    prepare(admin, url, seal)
    require_fitting(admin)
    assert admin.evaluate(DRAWN)
    assert plain + MORE < redness(downloaded(admin, "下载 PDF"))
    admin.goto(certificate)
    assert plain == redness(downloaded(admin, "打印证书"))
    admin.go_back()
    use(admin)
    require_fitting(admin)
    admin.goto(certificate)
    printed = downloaded(admin, "打印证书")
    assert plain + MORE < redness(printed)
    text = pdfium.PdfDocument(printed)[0].get_textpage().get_text_range()
    assert "（代章）" in text
    assert "地址：示例路 1 号" in text
    with reading(office.service.engine) as session:
        stored = design_of(session, INSTITUTION).seal
    assert stored
    assert (SEAL_PIXELS, SEAL_PIXELS) == Image.open(io.BytesIO(stored)).size
    admin.context.close()


def test_it_works_without_scripts(chromium: Browser, live: tuple[Office, str], seal: Path) -> None:
    admin = enter(chromium, live[1], java_script_enabled=False)
    prepare(admin, live[1], seal)
    use(admin)
    admin.context.close()


# What the page shows once a form is on its way: its last task before the answer takes its place.
TELL = """
addEventListener("submit", () => setTimeout(() => {
  told(getComputedStyle(document.querySelector(".working")).display);
}, 0));
"""


def test_it_shows_that_it_works(chromium: Browser, live: tuple[Office, str]) -> None:
    """A large picture takes seconds: the page says so until the answer comes."""
    admin = enter(chromium, live[1])
    told: list[str] = []
    admin.expose_function("told", lambda display: told.append(display))  # noqa: PLW0108
    admin.add_init_script(TELL)
    admin.goto(f"{live[1]}/console/design")
    expect(admin.locator(".working")).to_be_hidden()
    admin.click("button:has-text('预览')")
    expect(admin.locator(".working")).to_be_hidden()
    assert ["flex"] == told  # an item of a row
    admin.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe(
    chromium: Browser, live: tuple[Office, str], seal: Path, language: Any, scheme: Any
) -> None:
    """No violation of WCAG 2.2 AA or of good practice that axe-core finds."""
    admin = enter(chromium, live[1], locale=language, color_scheme=scheme)
    admin.goto(f"{live[1]}/console/design")
    admin.set_input_files("#seal", str(seal))
    admin.locator("form[enctype] button").click()
    expect(admin.locator("#draft")).to_be_visible()
    admin.evaluate(axe())
    assert [] == admin.evaluate(VIOLATIONS)
    admin.context.close()
