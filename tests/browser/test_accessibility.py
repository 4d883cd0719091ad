"""For everybody: screen readers, keyboards, large text, no colour, both languages, day and night."""

import json
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Playwright

from schemas import codes
from tests.browser import chromium as machine
from tests.browser.axe import MODULES, VIOLATIONS, axe
from tests.browser.clips import clip
from tests.browser.conftest import OpenPhone
from tests.browser.phone import Phone, settings
from tests.browser.site import Site
from tests.browser.stage import Stage, demonstration, digits

VERDICTS = (
    "valid",
    "foreign_host",
    "with ID number",
    "revoked",
    "replaced",
    "suspended",
    "expired",
    "bad_signature",
    "unsupported_version",
    "foreign_code",
)

_WIDE = """
() => {
  const wide = [];
  if (document.documentElement.scrollWidth > innerWidth) wide.push(`page ${document.documentElement.scrollWidth}`);
  for (const one of document.querySelectorAll('body *')) {
    const box = one.getBoundingClientRect();
    if (!box.width || !box.height || one.closest('[hidden], svg, video, input, textarea')) continue;
    const style = getComputedStyle(one);
    if (box.width <= 1 || style.visibility === 'hidden') continue;
    if (box.right > innerWidth + 1 || box.left < -1) wide.push(`${one.tagName}.${one.className} ${box.left}–${box.right}`);
    const cuts = ['hidden', 'clip'].includes(style.overflowX) || style.textOverflow === 'ellipsis';
    if (cuts && one.scrollWidth > one.clientWidth + 1) wide.push(`cut: ${one.tagName}.${one.className}`);
  }
  return wide;
}
"""


def tour(phone: Phone, stage: Stage) -> Iterator[str]:
    """Every screen, one after the other, by its name."""
    phone.open("#" + digits(stage.issued["valid"]))
    phone.verdict()
    yield "opened"
    phone.press("done")
    yield "home"
    for name in VERDICTS:
        phone.enter(stage.text(name))
        yield f"verdict: {name}"
        if name == "with ID number":
            phone.find('[data-screen="verdict"] input').fill("119999199001010012")
            phone.press("compare")
            yield "comparison"
        phone.press("done")
    for screen in ("ready", "session", "settings"):
        phone.press(screen)
        phone.await_screen(screen)
        yield screen
    phone.press("home")
    phone.scan(clip())
    phone.page.wait_for_function("() => document.querySelector('video')?.videoWidth")
    yield "scan"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", codes.LANGUAGES)
def test_axe(language: Any, scheme: Any, stage: Stage, open_phone: OpenPhone) -> None:
    """No violation of WCAG 2.2 AA or of good practice that axe-core finds, on any screen."""
    phone = open_phone(locale=language, color_scheme=scheme, script=axe())
    found = {screen: phone.page.evaluate(VIOLATIONS) for screen in tour(phone, stage)}
    assert {} == {screen: violations for screen, violations in found.items() if violations}


def test_axe_on_a_demonstration(demo_site: Site, open_phone: OpenPhone) -> None:
    """Its mark as well."""
    phone = open_phone(site=demo_site, script=axe()).open()
    phone.enter(demonstration().text("demo"))
    assert [] == phone.page.evaluate(VIOLATIONS)


def test_axe_on_a_problem(stage: Stage, open_phone: OpenPhone) -> None:
    """And what is said when there is no camera."""
    refuse = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); };"
    phone = open_phone(script=axe() + ";" + refuse).open()
    phone.press("scan")
    phone.page.wait_for_selector("[data-problem]:visible")
    assert [] == phone.page.evaluate(VIOLATIONS)


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("language", codes.LANGUAGES)
def test_text_of_twice_the_size(
    language: Any, width: int, stage: Stage, open_phone: OpenPhone
) -> None:
    """Nothing is cut and nothing has to be scrolled sideways (WCAG 1.4.4, 1.4.10)."""
    size = 100 if width == 320 else 200
    phone = open_phone(
        locale=language,
        script=settings(textSize=size),
        viewport={"width": width, "height": 844},
    )
    found = {screen: phone.page.evaluate(_WIDE) for screen in tour(phone, stage)}
    assert {} == {screen: wide for screen, wide in found.items() if wide}
    root = phone.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert root == 16 * size / 100


def test_keyboard_only(stage: Stage, phone: Phone) -> None:
    """From the first key to the next candidate, and one always sees where one is."""
    keyboard = phone.page.keyboard
    _tab_to(phone, "textarea")
    keyboard.insert_text(stage.text("valid"))
    _tab_to(phone, '[data-action="paste"]')
    keyboard.press("Enter")
    phone.verdict()
    assert phone.page.evaluate("!!document.activeElement.closest('[data-screen=\"verdict\"]')")
    _tab_to(phone, '[data-action="done"]')
    keyboard.press("Enter")
    phone.page.wait_for_selector('[data-screen="verdict"]', state="hidden")
    for screen in ("ready", "session", "settings", "home"):
        _tab_to(phone, f'[data-action="{screen}"]')
        keyboard.press("Enter")
        phone.await_screen(screen)


def _tab_to(phone: Phone, selector: str) -> None:
    for _ in range(40):
        phone.page.keyboard.press("Tab")
        if phone.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert phone.page.evaluate(_FOCUS_SHOWS)
            return
    pytest.fail(f"no way to {selector} by Tab")


_FOCUS_SHOWS = """
() => {
  const style = getComputedStyle(document.activeElement);
  return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
}
"""


def test_told_apart_without_colour(stage: Stage, phone: Phone) -> None:
    """In shades of grey each outcome has its own sign, and says its word."""
    signs: dict[str, Image.Image] = {}
    for name in (
        "valid",
        "revoked",
        "suspended",
        "expired",
        "bad_signature",
        "unsupported_version",
    ):
        seen = phone.enter(stage.text(name))
        word = codes.sentence("outcomes", seen.outcome, "zh-CN").partition("（")[0]
        assert word in phone.text
        sign = phone.find('[data-screen="verdict"] svg').screenshot()
        signs[seen.outcome] = _silhouette(sign)
        phone.press("done")
    names = sorted(signs)
    alike = [
        (one, other)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if _difference(signs[one], signs[other]) < 0.03
    ]
    assert [] == alike


def _silhouette(png: bytes) -> Image.Image:
    """Two shades: the sign and its ground."""
    grey = Image.open(BytesIO(png)).convert("L").resize((64, 64))
    low, high = grey.getextrema()
    middle = (float(low) + float(high)) / 2  # type: ignore[arg-type]
    corner = grey.getpixel((0, 0))
    return grey.point(lambda value: 255 * ((value > middle) != (float(corner) > middle)))  # type: ignore[arg-type]


def _difference(one: Image.Image, other: Image.Image) -> float:
    """The share of the pixels that differ."""
    counts = ImageChops.difference(one, other).histogram()
    return sum(counts[128:]) / sum(counts)


def test_without_motion(stage: Stage, open_phone: OpenPhone) -> None:
    """Who asked for less motion gets none."""
    phone = open_phone(reduced_motion="reduce").open()
    phone.enter(stage.text("valid"))
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert 0 == phone.page.evaluate(moving)


def test_lighthouse(playwright: Playwright, site: Site, tmp_path: Path) -> None:
    """Accessibility and best practices have nothing left to find; speed is the benchmark's."""
    report = lighthouse(playwright, site.address, tmp_path)
    found = {
        name: report["audits"][name]
        for category in ("accessibility", "best-practices")
        for name in unsatisfied(report, category)
    }
    assert {} == found


def unsatisfied(report: Any, category: str) -> list[str]:
    """The audits of a category that cost points."""
    audits = report["categories"][category]["auditRefs"]
    return [
        audit["id"]
        for audit in audits
        if audit["weight"] and report["audits"][audit["id"]]["score"] not in (1, None)
    ]


def lighthouse(playwright: Playwright, address: str, folder: Path) -> Any:
    """Lighthouse's report on a page."""
    port = machine.free_port()
    browser = machine.launch(playwright, f"--remote-debugging-port={port}")
    file = folder / "report.json"
    try:
        subprocess.run(
            [
                "node",
                MODULES / "lighthouse" / "cli" / "index.js",
                address,
                f"--port={port}",
                "--quiet",
                "--output=json",
                f"--output-path={file}",
                "--only-categories=accessibility,best-practices,performance",
            ],
            check=True,
            timeout=120,
        )
    finally:
        browser.close()
    return json.loads(file.read_text("utf-8"))
