"""From a roster with mistakes to certificates that verify, in a real browser, counting every click."""

import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect

from issuer.issue import to_be_published
from tests.issuer.desk import INSTITUTION, demo_id_number, orders, write_roster
from tests.issuer.live import live_office
from tests.issuer.office import PASSWORD, Office
from verifier.presentation import Presentation
from verifier.verify import verify

ROWS = 300
MOST = 12  # clicks beyond typing, of both people together, until the certificates are there
DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}

# A click that a script makes, and the one that Enter makes of a form's button, are no clicks.
COUNT_CLICKS = """
addEventListener("click", (event) => {
  if (event.isTrusted && event.detail > 0) window.clicked(event.target.textContent.trim().slice(0, 40));
}, true);
"""

# The pictures of pages, once the browser has them: whether each is there.
DRAWN = """
async () => {
  const sheets = [...document.querySelectorAll(".sheet img")];
  for (const one of sheets) {
    one.loading = "eager";
    await one.decode().catch(() => {});
  }
  return sheets.length > 0 && sheets.every((one) => one.naturalWidth > 900);
}
"""

BROKEN: dict[int, dict[str, object]] = {
    5: {"id_number": "119999199001010013"},  # the check digit
    9: {"id_number": 119999199001010000.0},  # what Excel leaves of a number cell
    17: {"level": "超级"},
    30: {"holder_name": None},
    44: {"issue_date": "2025-13-40"},
    61: {"occupation": "航天员"},
    75: {"id_type": "学生证"},
    99: {"id_number": "119999900101001"},  # of 15 digits
    120: {"holder_name": "张3测试"},
    150: {"issue_date": "2099-01-01"},
    200: {"level": ""},
    250: {"id_number": None},
}
RIGHT = {
    "holder_name": "王样本",
    "id_type": "居民身份证",
    "occupation": "智能制造工程技术人员",
    "level": "初级",
    "issue_date": "2025-05-20",
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Office, str]]:
    with live_office(tmp_path / "office") as opened:
        yield opened


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    def spoil(row: int, cells: dict[str, Any]) -> None:
        cells.update(BROKEN.get(row, {}))

    return write_roster(tmp_path / "六月学员名单.xlsx", orders(ROWS), mend=spoil)


Enter = Callable[[str], Page]


@pytest.fixture
def clicks() -> list[str]:
    """The words of what was clicked, by everybody."""
    return []


@pytest.fixture
def enter(chromium: Browser, live: tuple[Office, str], clicks: list[str]) -> Iterator[Enter]:
    """Sign somebody in, in a browser of their own."""
    contexts: list[BrowserContext] = []

    def count(words: str) -> None:
        clicks.append(words)

    def sign_in(login: str) -> Page:
        context = chromium.new_context(locale="zh-CN", viewport=DESKTOP, accept_downloads=True)
        contexts.append(context)
        context.expose_function("clicked", count)
        context.add_init_script(COUNT_CLICKS)
        page = context.new_page()
        page.goto(f"{live[1]}/console/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click("button.main")
        page.wait_for_url("**/console")
        return page

    yield sign_in
    for context in contexts:
        context.close()


def require_fitting(page: Page) -> None:
    """Nothing makes the page scroll sideways, on a desk or a phone."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{page.url} is {over} px too wide at {size['width']}"


def mend_all(page: Page) -> int:
    """Type into each marked field what belongs there."""
    marked = page.locator(".trouble input[aria-invalid]")
    count = marked.count()
    for at in range(count):
        field = marked.nth(at)
        _, row, claim = (field.get_attribute("name") or "").split(".", 2)
        right = demo_id_number(int(row) - 2) if claim == "id_number" else RIGHT[claim]
        field.fill(right)
    return count


def test_a_roster_with_mistakes_becomes_certificates(
    live: tuple[Office, str], roster: Path, enter: Enter, clicks: list[str]
) -> None:
    office, _ = live
    clerk = enter("clerk")
    clerk.click("text=导入学员名单")
    with clerk.expect_file_chooser() as chooser:
        clerk.click("text=把文件拖到这里，或点此选择")
    require_fitting(clerk)
    chooser.value.set_files(str(roster))
    clerk.click("text=导入并校验")
    expect(clerk.get_by_text("12 行有错误")).to_be_visible()
    require_fitting(clerk)
    assert len(BROKEN) == mend_all(clerk)
    clerk.locator(".mend button").first.click()
    clerk.click("text=提交复核（300 人）")
    expect(clerk.get_by_text("等待另一位复核人员审核")).to_be_visible()

    approver = enter("approver")
    approver.click("text=六月学员名单")
    require_fitting(approver)
    approver.click("text=通过并签发（300 张）")
    expect(approver.get_by_text("已签发 300 张证书")).to_be_visible(timeout=60_000)
    require_fitting(approver)
    assert len(clicks) <= MOST, clicks
    assert len(clicks) >= 8, clicks  # they are counted at all

    require_good(office, *downloads(approver))
    clerk.reload()
    expect(clerk.get_by_text("已签发 300 张证书")).to_be_visible()


def downloads(page: Page) -> tuple[bytes, bytes, bytes]:
    """What the three buttons give."""
    found = []
    for words in ("下载名单（", "下载二维码和签名文件", "下载持证人文件"):
        with page.expect_download() as download:
            page.click(f"text={words}")
        found.append(Path(download.value.path()).read_bytes())
    return found[0], found[1], found[2]


def require_good(office: Office, workbook: bytes, printed: bytes, holders: bytes) -> None:
    """They open, belong together, and verify as soon as the lists are published."""
    sheet = load_workbook(BytesIO(workbook)).worksheets[1]
    headings, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    said = [dict(zip(headings, row, strict=True)) for row in rows]
    assert ROWS == len({row["证书编号"] for row in said})
    assert ROWS == len(sheet._images)
    service = office.service
    now = service.now()
    future = to_be_published(service.desk(INSTITUTION, "tests"), now=now)
    require_valid = _Verifier(future, now)
    names = {require_valid(str(row["链接"]), str(row["证书编号"])) for row in said}
    assert {str(row["姓名"]) for row in said} >= names - {"王样本"}
    with zipfile.ZipFile(BytesIO(printed)) as archive:
        assert archive.testzip() is None
        assert 3 * ROWS == len(archive.namelist())
    with zipfile.ZipFile(BytesIO(holders)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            require_valid(archive.read(name).decode(), name.split("/")[1])


class _Verifier:
    def __init__(self, trust: Any, now: datetime) -> None:
        self._trust, self._now = trust, now

    def __call__(self, text: str, number: str) -> str:
        """The name of whom a certificate is for, which is as it says."""
        found = verify(Presentation.read(text), trust=self._trust, now=self._now).credential
        assert number == found.certificate_number
        return found.holder_name


def test_no_state_is_a_dead_end(live: tuple[Office, str], roster: Path, enter: Enter) -> None:
    """Returned, mended in Excel, submitted, the key locked, withdrawn: there is always a next step."""
    office, url = live
    clerk, approver = enter("clerk"), enter("approver")
    clerk.goto(f"{url}/console/rosters/new")
    people = "\n".join(f"张测试\t{demo_id_number(at)}\t智能制造\t\t初级" for at in (900, 901))
    clerk.fill("#pasted", f"姓名\t证件号码\t职业\t方向\t等级\n{people}")
    clerk.click("text=导入并校验")
    expect(clerk.get_by_text("表中没有这一列")).to_be_visible()
    require_fitting(clerk)
    clerk.fill("input[name='default.issue_date']", "2025-05-20")
    clerk.click("text=用于全部人员并重新校验")
    clerk.click("text=预览证书")
    expect(clerk.get_by_alt_text("张测试的证书样张")).to_be_visible()
    assert clerk.evaluate(DRAWN)
    require_fitting(clerk)
    clerk.go_back()
    clerk.click("text=提交复核（2 人）")
    address = clerk.url

    approver.goto(address)
    approver.click("summary:has-text('退回')")
    approver.fill("#remark", "请补填职业方向")
    approver.click("button:has-text('退回')")
    expect(approver.get_by_text("测试clerk 改正并提交")).to_be_visible()
    clerk.reload()
    expect(clerk.get_by_text("请补填职业方向")).to_be_visible()
    clerk.click("text=提交复核（2 人）")

    office.service.signers.lock(INSTITUTION)
    approver.goto(address)
    approver.click("text=通过并签发（2 张）")
    expect(approver.get_by_text("签发密钥未解锁")).to_be_visible()
    require_fitting(approver)
    office.service.signers.open_all()
    expect(approver.get_by_text("已签发 2 张证书")).to_be_visible(timeout=30_000)

    clerk.goto(f"{url}/console/rosters/new")
    clerk.set_input_files("#file", str(roster))
    clerk.click("text=导入并校验")
    clerk.click("summary:has-text('名单信息')")
    clerk.click("text=撤回名单")
    expect(clerk.get_by_text("其中的人员信息已清除")).to_be_visible()
    expect(clerk.locator("main >> text=导入学员名单")).to_be_visible()
    clerk.goto(f"{url}/console/rosters")
    require_fitting(clerk)
    expect(clerk.locator("tbody tr")).to_have_count(2)


def test_it_all_works_without_scripts(chromium: Browser, live: tuple[Office, str]) -> None:
    _, url = live
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{url}/console/sign-in")
    page.fill("#login", "clerk")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.goto(f"{url}/console/rosters/new")
    row = f"张测试\t{demo_id_number(950)}\t智能制造\t\t初级\t2025-05-20"
    page.fill("#pasted", f"姓名\t证件号码\t职业\t方向\t等级\t发证日期\n{row}")
    page.click("text=导入并校验")
    page.click("text=提交复核（1 人）")
    address = page.url
    page.click("text=退出")
    page.goto(f"{url}/console/sign-in")
    page.fill("#login", "approver")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.goto(address)
    page.click("text=通过并签发（1 张）")
    deadline = time.monotonic() + 30
    while "已签发 1 张证书" not in page.content() and time.monotonic() < deadline:
        page.click("text=刷新")
    expect(page.get_by_text("已签发 1 张证书")).to_be_visible()
    context.close()
