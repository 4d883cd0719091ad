"""Every page of the institution's console, for everybody: by day and night, on a desk and a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import col, select

from issuer.db import reading
from issuer.tables import Certificate
from tests.browser import chromium as machine
from tests.browser.axe import VIOLATIONS, axe
from tests.issuer.desk import demo_id_number, orders
from tests.issuer.live import live_office
from tests.issuer.office import PASSWORD
from tests.issuer.submitting import Roster, workbook

pytestmark = pytest.mark.skipif(machine.ABSENT, reason=f"{machine.NONE} is set")

VIEWS: tuple[dict[str, Any], ...] = (
    {"locale": "zh-CN", "viewport": {"width": 1366, "height": 768}},
    {"locale": "en-US", "viewport": {"width": 390, "height": 844}},
)

_ROLES = ("clerk", "approver", "admin", "bureau")
_TOUCH = 44  # CSS pixels (WCAG 2.2, 2.5.5)

_AWRY = """
(touch) => {
  const awry = [];
  const words = (one) => `${one.tagName} ${(one.textContent || one.name || '').trim().slice(0, 30)}`;
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) awry.push(`${over} px too wide`);
  const reached = 'a, button, input:not([type=hidden]), select, summary, textarea';
  for (const one of innerWidth < 600 ? document.querySelectorAll(reached) : []) {
    const box = (one.closest('label') ?? one).getBoundingClientRect();
    // A link amid a sentence is as high as the sentence (WCAG 2.2, 2.5.8).
    const inText = getComputedStyle(one).display === 'inline' && one.matches('p *, li *, dd *, label *, div[role] *');
    if (box.width && box.height + 0.5 < touch && !inText && !one.closest('.skip')) {
      awry.push(`${Math.round(box.height)} px high: ${words(one)}`);
    }
  }
  return awry;
}
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A console in which there is something of everything."""

    url: str
    pages: tuple[tuple[str, str], ...]
    """(who looks, path)."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Desk]:
    with live_office(tmp_path_factory.mktemp("office")) as (office, url):

        def broken(row: int, cells: dict[str, Any]) -> None:
            cells.update({3: {"level": "超级"}, 4: {"holder_name": None}}.get(row, {}))

        mending = Roster.enter(office, workbook(orders(4), broken))
        pasted = f"姓名\t证件号码\t岗位\n张测试\t{demo_id_number(50)}\t教师\n".encode()
        mapping = Roster.enter(office, pasted, name="粘贴的名单.tsv")
        ready = Roster.enter(office, workbook(orders(2, first=60)))
        deciding = Roster.enter(office, workbook(orders(2, first=70))).submit()
        returned = Roster.enter(office, workbook(orders(2, first=80))).submit()
        returned.send_back("请补填职业方向")
        withdrawn = Roster.enter(office, workbook(orders(2, first=90)))
        withdrawn.withdraw()
        issued = Roster.enter(office, workbook(orders(2, first=100))).submit().approve()
        page = _enter(chromium.new_context(locale="zh-CN"), url, "approver")
        page.goto(f"{url}/console/rosters/{issued.id}")
        expect(page.get_by_text("已签发 2 张证书")).to_be_visible(timeout=30_000)
        with reading(office.service.engine) as session:
            certificates = select(Certificate.id).order_by(col(Certificate.id))
            revoked, good = session.exec(certificates).all()
        page.goto(f"{url}/console/certificates/{revoked}")
        page.check("input[value=revoke]")
        page.fill("#reason", "资料不实")
        page.click("#status button.grave")
        page.context.close()
        rosters = (mending, mapping, ready, deciding, returned, withdrawn, issued)
        yield Desk(
            url,
            (
                *(("", path) for path in ("/lookup", "/directory", "/console/sign-in")),
                *(("", path) for path in ("/console/nothing-here", "/directory?occupation=无")),
                *((role, "/console") for role in _ROLES),
                *(("clerk", f"/console/rosters/{one.id}") for one in rosters),
                *(("clerk", f"/console/rosters{path}") for path in ("", "/new", "/999")),
                ("clerk", f"/console/rosters/{ready.id}/preview"),
                ("clerk", "/console/people"),
                ("clerk", "/console/account"),
                ("clerk", "/console/new-password"),
                ("clerk", f"/console/certificates/{good}/correct"),
                ("approver", f"/console/rosters/{deciding.id}"),
                ("approver", "/console/certificates"),
                ("approver", "/console/certificates?number=none"),
                ("approver", f"/console/certificates/{good}"),
                ("approver", f"/console/certificates/{revoked}"),
                ("approver", "/console/certificates/revoke"),
                *(
                    ("admin", f"/console/{path}")
                    for path in ("numbers", "design", "keys", "people", "clients", "audit")
                ),
                *(("bureau", f"/console/{path}") for path in ("keys", "people", "tenants")),
            ),
        )


def _enter(context: BrowserContext, url: str, login: str) -> Page:
    """Somebody signed in; nobody, where there is no login."""
    page = context.new_page()
    if login:
        page.goto(f"{url}/console/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click("button.main")
        page.wait_for_url("**/console")
    return page


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view["locale"]))
def test_axe_and_fit(view: dict[str, Any], desk: Desk, chromium: Browser) -> None:
    """axe-core finds nothing, nothing scrolls the page sideways, a finger hits what it aims at."""
    found: dict[str, list[str]] = {}
    for login in ("", *_ROLES):
        context = chromium.new_context(**view, reduced_motion="reduce")
        context.add_init_script(axe())
        page = _enter(context, desk.url, login)
        for path in (path for who, path in desk.pages if who == login):
            page.emulate_media(color_scheme="light")
            page.goto(desk.url + path)
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            awry = page.evaluate(VIOLATIONS) + page.evaluate(_AWRY, _TOUCH)
            page.emulate_media(color_scheme="dark")
            awry += page.evaluate(VIOLATIONS, ["color-contrast"])
            if awry:
                found[f"{login} {path}"] = awry
        context.close()
    assert {} == found


def test_a_printed_page_is_ink_on_paper(desk: Desk, chromium: Browser) -> None:
    """At night, too: no navigation, no buttons, dark on white."""
    context = chromium.new_context(locale="zh-CN", color_scheme="dark")
    page = _enter(context, desk.url, "approver")
    page.goto(f"{desk.url}/console/certificates")
    page.emulate_media(media="print")
    for selector in (".top", "form", "a.button"):
        assert not page.locator(selector).first.is_visible(), selector
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('td')).color")
    assert ("rgb(255, 255, 255)", "rgb(0, 0, 0)") == (back, ink)
    context.close()
