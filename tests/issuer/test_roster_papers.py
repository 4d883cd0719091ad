"""What is printed of an issued roster, over HTTP: to people by their pages, to systems by the API."""

import io
import socket
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pypdfium2 as pdfium
import pytest
from sqlmodel import col, select

from issuer import designs, printings, status
from issuer.db import reading, transaction
from issuer.documents import bulk, fonts, pool
from issuer.documents.certificate import Design
from issuer.roster_papers import Paper, drawn
from issuer.running.signing_job import sign_approved
from issuer.tables import AuditEntry, Certificate
from tests.issuer.api_clients import system
from tests.issuer.desk import INSTITUTION, orders
from tests.issuer.documents.papers import page_text
from tests.issuer.live import live_office
from tests.issuer.office import PASSWORD, Office, open_office
from tests.issuer.submitting import Roster, workbook

ROWS = 3


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def roster(office: Office) -> Roster:
    return signed(office, ROWS, first=0)


def signed(office: Office, count: int, first: int) -> Roster:
    data = workbook(orders(count, first=first))
    made = Roster.enter(office, data, name="六月.xlsx").submit().approve()
    sign_approved(office.service)
    return made


def fetched(office: Office, roster: Roster, paper: str, who: str = "clerk") -> Any:
    return office.browser(who).get(f"/console/rosters/{roster.id}/papers/{paper}")


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def numbers(office: Office, roster: Roster) -> list[str]:
    with reading(office.service.engine) as session:
        wanted = select(Certificate.number).where(Certificate.batch_id == roster.stored.batch_id)
        return list(session.exec(wanted.order_by(col(Certificate.row))))


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("who", ["clerk", "approver", "admin"])
def test_everybody_at_the_desk_gets_each_paper_and_the_same_each_time(
    office: Office, roster: Roster, paper: Paper, who: str
) -> None:
    answer = fetched(office, roster, paper, who)
    assert 200 == answer.status_code
    zips = paper in {Paper.PDFS, Paper.OWN_COPIES}
    assert f"application/{'zip' if zips else 'pdf'}" == answer.headers["content-type"]
    assert answer.content == fetched(office, roster, paper).content


def test_the_page_offers_them_and_says_what_it_takes(office: Office, roster: Roster) -> None:
    page = office.browser("clerk").get(f"/console/rosters/{roster.id}").text
    assert all(f"/papers/{paper}" in page for paper in Paper)
    assert "分钟" not in page.partition("打印证书")[2].partition("</section>")[0]
    assert "/papers/" not in office.browser("bureau").get(f"/console/rosters/{roster.id}").text


@pytest.mark.parametrize("paper", [Paper.PDFS, Paper.OWN_COPIES])
def test_only_the_holders_copies_disclose(office: Office, roster: Roster, paper: Paper) -> None:
    files = unzipped(fetched(office, roster, paper).content)
    assert [f"{number}.pdf" for number in numbers(office, roster)] == list(files)
    for data in files.values():
        document = pdfium.PdfDocument(data)
        [token] = (
            bytes(document.get_attachment(at).get_data())
            for at in range(document.count_attachments())
        )
        assert (1 if paper is Paper.PDFS else 2) == token.count(b"~")


def test_many_pages_come_in_parts(
    office: Office, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PAGES", 2)
    answer = fetched(office, roster, Paper.PRINT_RUN)
    assert "application/zip" == answer.headers["content-type"]
    files = unzipped(answer.content)
    assert ["六月-付印-001.pdf", "六月-付印-002.pdf"] == list(files)
    assert [2, 1] == [len(pdfium.PdfDocument(data)) for data in files.values()]


def test_other_processes_draw_the_same(
    office: Office, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {paper: fetched(office, roster, paper).content for paper in Paper}
    monkeypatch.setattr(pool, "SERIAL", 0)
    assert here == {paper: fetched(office, roster, paper).content for paper in Paper}


def test_the_design_in_use_is_printed(office: Office) -> None:
    roster = signed(office, 1, first=900)
    service = office.service
    before = fetched(office, roster, Paper.PRINT_RUN).content
    with transaction(service.engine) as session:
        own = Design(line="本机构自定的一行")
        designs.prepare(session, INSTITUTION, own, at=0, who="admin")
        designs.use(session, INSTITUTION, designs.digest(own), at=0, who="admin")
    assert "本机构自定的一行" not in page_text(before)
    assert "本机构自定的一行" in page_text(fetched(office, roster, Paper.PRINT_RUN).content)


def test_what_is_revoked_is_not_printed_and_the_page_says_so(office: Office) -> None:
    roster = signed(office, 2, first=100)
    revoked, good = numbers(office, roster)
    desk = office.service.desk(INSTITUTION, "approver")

    def revoke(number: str) -> None:
        now = office.service.now()
        status.change(desk, "revoke", number, type_name=None, reason="信息有误", now=now)

    revoke(revoked)
    assert [f"{good}.pdf"] == list(unzipped(fetched(office, roster, Paper.PDFS).content))
    page = office.browser("clerk").get(f"/console/rosters/{roster.id}").text
    assert "1 张不再打印" in page
    revoke(good)
    answer = fetched(office, roster, Paper.PDFS)
    assert 409 == answer.status_code
    assert "没有可以打印的证书" in answer.text
    page = office.browser("clerk").get(f"/console/rosters/{roster.id}").text
    assert "/papers/" not in page
    assert "holders.zip" in page


def test_what_cannot_be_printed_is_said_instead(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the download begins, with the numbers; nothing is logged as taken along."""
    wanted = orders(1, first=200) + orders(1, first=201, holder_name="王\U00020001")
    roster = Roster.enter(office, workbook(wanted), name="六月.xlsx").submit().approve()
    sign_approved(office.service)
    body = fonts.families()[:1]
    monkeypatch.setattr(fonts, "families", lambda: body)
    before = logged(office)
    for paper in Paper:
        answer = fetched(office, roster, paper)
        assert 400 == answer.status_code
        assert numbers(office, roster)[1] in answer.text
        assert "U+20001" in answer.text
    assert before == logged(office)


def logged(office: Office) -> list[str]:
    with reading(office.service.engine) as session:
        wanted = select(AuditEntry.details).where(AuditEntry.action == "roster downloaded")
        return list(session.exec(wanted.order_by(col(AuditEntry.id))))


def test_who_took_what_along_stands_in_the_log(office: Office, roster: Roster) -> None:
    before = len(logged(office))
    for paper in Paper:
        fetched(office, roster, paper)
    assert [f'{{"what":"{paper}"}}' for paper in Paper] == logged(office)[before:]


def test_nobody_else_gets_any(office: Office, roster: Roster) -> None:
    draft = Roster.enter(office, workbook(orders(1, first=300)))
    for paper in Paper:
        assert 404 == fetched(office, roster, paper, "other-clerk").status_code
        assert 403 == fetched(office, roster, paper, "bureau").status_code
        assert 409 == fetched(office, draft, paper).status_code
    assert 404 == fetched(office, roster, "nonsense").status_code


# systems


def test_a_system_gets_the_same_zip_and_pdfs(office: Office, roster: Roster) -> None:
    api, at = system(office), f"/api/v1/rosters/{roster.id}/certificates.zip"
    assert fetched(office, roster, Paper.PDFS).content == api.get(at).content
    own = api.get(at, params={"disclose": "all"}).content
    assert fetched(office, roster, Paper.OWN_COPIES).content == own
    batch = {"batch": str(roster.stored.batch_id)}
    listed = api.get("/api/v1/certificates", params=batch).json()["certificates"]
    for query, zipped in (({}, api.get(at).content), ({"disclose": "all"}, own)):
        one = {
            f"{entry['number']}.pdf": api.get(
                f"/api/v1/certificates/{entry['id']}/certificate.pdf", params=query
            ).content
            for entry in listed
        }
        assert unzipped(zipped) == dict(sorted(one.items()))


def test_what_a_system_is_refused(office: Office) -> None:
    api = system(office)
    draft = Roster.enter(office, workbook(orders(1, first=400)))
    assert "roster_state" == api.get(f"/api/v1/rosters/{draft.id}/certificates.zip").json()["code"]
    assert 404 == api.get("/api/v1/rosters/99999/certificates.zip").status_code
    assert 404 == api.get("/api/v1/certificates/99999/certificate.pdf").status_code


# in a service on a socket


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Office, str]]:
    with live_office(tmp_path / "office") as opened:
        yield opened


def asked(office: Office, url: str, path: str) -> socket.socket:
    """A request under way, of which the head and the first bytes have come."""
    client = office.stranger()
    client.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    [cookie] = client.cookies.jar
    host, port = url.removeprefix("http://").split(":")
    one = socket.create_connection((host, int(port)))
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
    one.sendall(f"{head}Cookie: {cookie.name}={cookie.value}\r\n\r\n".encode())
    one.settimeout(60)
    assert one.recv(200).startswith(b"HTTP/1.1 200")
    return one


def rest(one: socket.socket) -> bytes:
    found = b""
    while data := one.recv(1 << 16):
        found += data
    return found


def test_who_goes_away_ends_the_drawing_and_no_other_download(
    live: tuple[Office, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, url = live
    roster = Roster.enter(office, workbook(orders(60))).submit().approve()
    while roster.stored.state != "issued":
        time.sleep(0.1)
    loaded: list[int] = []
    load = printings.printing_of

    def counted(*args: Any) -> Any:
        loaded.append(1)
        return load(*args)

    monkeypatch.setattr(printings, "printing_of", counted)
    monkeypatch.setattr(printings, "AT_ONCE", 1)
    monkeypatch.setattr(pool, "AHEAD", 2)
    path = f"/console/rosters/{roster.id}/papers/pdfs"
    leaving, staying = asked(office, url, path), asked(office, url, path)
    got: list[bytes] = []
    reader = Thread(target=lambda: got.append(rest(staying)))
    reader.start()
    leaving.close()
    reader.join()
    assert got[0].endswith(b"0\r\n\r\n")  # the last chunk (RFC 9112 §7.1)
    assert got[0].count(b"%PDF-") >= 59
    drawing = office.service.drawing
    while drawing._users:
        time.sleep(0.01)
    assert drawing._executor is None
    assert len(loaded) < 2 * 60


def test_memory_does_not_grow_with_the_roster(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the database to the last byte."""
    monkeypatch.setattr(printings, "AT_ONCE", 5)
    few, many = signed(office, 10, first=500), signed(office, 40, first=600)
    desk = office.service.desk(INSTITUTION, "clerk")

    def peak(roster: Roster) -> int:
        batch = roster.stored.batch_id or 0
        tracemalloc.start()
        pieces = drawn(desk, batch, Paper.PDFS, pool.Drawing(), "").pieces
        sent = sum(map(len, pieces))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sent > 50_000 * roster.stored.rows
        return most

    monkeypatch.setattr(pool, "SERIAL", 100)
    peak(few)
    assert peak(many) < peak(few) + 10 * 50_000
