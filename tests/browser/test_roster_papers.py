"""What is printed of an issued roster, downloaded in a real browser from a service on a socket."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from playwright.sync_api import Browser, Page, expect

import zhengyin
from tests.issuer.desk import orders
from tests.issuer.live import live_office
from tests.issuer.office import PASSWORD, Office
from tests.issuer.publishing import open_publishing_office
from tests.issuer.submitting import Roster, workbook

ROWS = 30  # more than are drawn in the service's own process


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Office, str]]:
    with live_office(tmp_path / "office", opened=open_publishing_office) as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser, live: tuple[Office, str]) -> Iterator[Page]:
    """The page of an issued roster, which is published too, before a clerk."""
    office, url = live
    roster = Roster.enter(office, workbook(orders(ROWS)), name="六月.xlsx").submit().approve()
    context = chromium.new_context(locale="zh-CN", accept_downloads=True)
    page = context.new_page()
    page.goto(f"{url}/console/sign-in")
    page.fill("#login", "clerk")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.goto(f"{url}/console/rosters/{roster.id}")
    expect(page.get_by_text(f"已签发 {ROWS} 张证书")).to_be_visible(timeout=60_000)
    while not any(one.published.count == ROWS for one in office.service.trust().lists.values()):
        page.wait_for_timeout(100)
    yield page
    context.close()


def fetched(page: Page, words: str, folder: Path) -> Path:
    """The file that a link gives, under its own name."""
    with page.expect_download(timeout=120_000) as download:
        page.click(f"text={words}")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize(
    ("words", "name"),
    [("下载证书 PDF", "六月-证书PDF.zip"), ("下载持证人自留 PDF", "六月-持证人PDF.zip")],
    ids=["to print", "for the holders"],
)
def test_every_pdf_of_the_zip_verifies(
    live: tuple[Office, str],
    page: Page,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: str,
    name: str,
) -> None:
    office, _ = live
    found = fetched(page, words, tmp_path)
    assert name == found.name
    expect(page.get_by_text(f"{ROWS} 份已全部完成").first).to_be_visible()
    with zipfile.ZipFile(found) as archive:
        archive.extractall(tmp_path / "pdfs")
    trust = str(office.service.settings.trust)
    assert 0 == zhengyin.main(["verify", "--trust", trust, str(tmp_path / "pdfs")])
    assert f"{ROWS} in all: {ROWS} valid" in capsys.readouterr().out


def test_the_printer_gets_one_pdf_and_the_class_one_sheet(page: Page, tmp_path: Path) -> None:
    run = fetched(page, "下载付印文件", tmp_path)
    assert ("六月-付印.pdf", ROWS) == (run.name, len(pdfium.PdfDocument(run)))
    sheet = fetched(page, "下载核验页", tmp_path)
    assert ("六月-核验页.pdf", 2) == (sheet.name, len(pdfium.PdfDocument(sheet)))
