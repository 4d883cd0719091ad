"""The public pages in a real browser: with a keyboard and a phone, in both languages, with and without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.issuer.desk import INSTITUTION, demo_id_number, issue, orders
from tests.issuer.live import live_office

pytestmark = pytest.mark.skipif(chromium.ABSENT, reason=f"{chromium.NONE} is set")

PHONE, DESKTOP = (390, 844), (1366, 768)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = chromium.launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """(address, what a certificate has printed on it)."""
    with live_office(tmp_path_factory.mktemp("office")) as (office, url):
        desk = office.service.desk(INSTITUTION, "test")
        made = issue(desk, orders(1), now=office.service.now())[0]
        yield (
            url,
            {
                "holder_name": str(made.token.claims()["holder_name"]),
                "id_number": demo_id_number(0),
                "certificate_number": made.number,
            },
        )


def look_up(page: Page, url: str, typed: dict[str, str]) -> None:
    page.goto(f"{url}/lookup")
    for name, text in typed.items():
        page.fill(f"#{name}", text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_look_up(
    browser: Browser, office: tuple[str, dict[str, str]], size: tuple[int, int], script: bool
) -> None:
    """Only the form's own address appears; with a script what was typed stays to be corrected."""
    url, printed = office
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=script,
        locale="zh-CN",
    )
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    look_up(page, url, printed)
    page.wait_for_selector(".verdict-valid")
    assert "示例机械评价中心（演示）" in page.inner_text("#answer")
    assert printed["id_number"] not in page.inner_text("#answer")
    page.fill("#holder_name", "别人")
    if not script:
        page.fill("#id_number", printed["id_number"])
        page.fill("#certificate_number", printed["certificate_number"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer ol")
    assert 3 == page.locator("#answer ol li").count()
    if script:
        assert printed["id_number"] == page.input_value("#id_number")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert {f"{url}/lookup"} == {one for one in asked if "lookup" in one}
    assert not [one for one in asked if not one.startswith(url)]
    assert not told
    context.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_directory_fits_the_screen(
    browser: Browser, office: tuple[str, dict[str, str]], size: tuple[int, int], language: str
) -> None:
    url, _ = office
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=language)
    page = context.new_page()
    page.goto(f"{url}/directory")
    every = page.locator("tbody tr").count()
    page.select_option("#role", "training")
    page.click("form.filters button")
    page.wait_for_url("**/directory?*role=training*")
    assert 0 < page.locator("tbody tr").count() < every
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    context.close()
