"""The pages of certificates and numbers: who sees what, what is asked for, what is printed again."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from openpyxl import Workbook
from sqlmodel import select
from starlette.testclient import TestClient

from issuer.db import transaction
from issuer.handout import hand_out
from issuer.issue import Issued, issued
from issuer.numbers.check_digit import check_digit
from issuer.tables import AuditEntry, Certificate, Tenant
from tests.issuer.desk import INSTITUTION, demo_id_number, issue, orders
from tests.issuer.office import Office, csrf_of, open_office
from verifier.pdf import read_pdf

PAGE = "/console/certificates"
ID_NUMBER = demo_id_number(0)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Sixty certificates; each test changes others."""
    office = open_office(tmp_path_factory.mktemp("office"))
    issue(office.service.desk(INSTITUTION, "clerk"), orders(60))
    yield office
    office.service.engine.dispose()


def post(office: Office, login: str, path: str, **data: str) -> tuple[int, str]:
    """(status, where to or the page) of a form that was sent."""
    answer = office.browser(login).post(path, data={"csrf": office.csrf(login), **data})
    return answer.status_code, answer.headers.get("location", answer.text)


def page(office: Office, login: str, path: str) -> str:
    answer = office.browser(login).get(path)
    assert 200 == answer.status_code, path
    return unescape(answer.text)


def certificate(office: Office, certificate_id: int) -> Certificate:
    with transaction(office.service.engine) as session:
        found = session.get_one(Certificate, certificate_id)
        session.expunge(found)
    return found


# Search


def numbers(text: str) -> list[str]:
    return re.findall(r'<a class="code" href="/console/certificates/[0-9]+">(PJ[0-9]+)</a>', text)


def test_an_id_number_finds_its_certificates_and_is_in_no_address(office: Office) -> None:
    status, address = post(office, "clerk", PAGE, id_number=ID_NUMBER, name="张测试")
    assert 303 == status
    assert ID_NUMBER not in unquote(address)
    assert "张" not in unquote(address)
    found = page(office, "clerk", address)
    assert ["PJ2025000001"] == numbers(found)
    assert ID_NUMBER not in found
    assert 'value="张测试"' in found


def test_an_address_of_a_search_is_nobody_elses(office: Office) -> None:
    _, address = post(office, "clerk", PAGE, id_number=ID_NUMBER)
    answer = office.browser("approver").get(address)
    assert (303, PAGE) == (answer.status_code, answer.headers["location"])
    for broken in ("x", "AAAA", "é", address.partition("=")[2][:-4]):
        assert 303 == office.browser("clerk").get(PAGE, params={"person": broken}).status_code


def test_pages_of_fifty(office: Office) -> None:
    first = page(office, "clerk", PAGE)
    [following] = re.findall(r'href="(/console/certificates\?after=[^"]+)"', first)
    second = page(office, "clerk", following)
    assert (50, 10) == (len(numbers(first)), len(numbers(second)))
    assert not set(numbers(first)) & set(numbers(second))
    assert "共 60 张" in first


def test_the_certificates_of_one_roster(office: Office) -> None:
    batch = certificate(office, 1).batch_id
    shown = page(office, "clerk", f"{PAGE}?batch={batch}")
    assert f"只显示第 {batch} 批的证书" in shown
    assert "PJ2025000060" in numbers(shown)
    assert [] == numbers(page(office, "clerk", f"{PAGE}?batch={batch + 999}"))
    assert numbers(page(office, "clerk", PAGE)) == numbers(page(office, "clerk", f"{PAGE}?batch=x"))


@pytest.mark.parametrize("value", ["x", "-1", "9" * 40, "１"])
def test_a_page_that_is_none_is_the_first(office: Office, value: str) -> None:
    answer = office.browser("clerk").get(PAGE, params={"after": value})
    assert 200 == answer.status_code


# Whose


ROUTES = {
    "GET": [
        "",
        "/credential",
        "/qr.svg",
        "/qr.png",
        "/certificate.pdf",
        "/certificate.png",
        "/correct",
    ],
    "POST": ["/status", "/correct", "/corrections/1/approve", "/corrections/1/drop"],
}


@pytest.mark.parametrize("login", ["other-clerk", "other-approver", "other-admin", "district"])
def test_another_institutions_certificates_do_not_exist(office: Office, login: str) -> None:
    """The same answer as for one that is nowhere, and nothing in it."""
    client, token = office.browser(login), office.csrf(login)
    assert [] == numbers(page(office, login, PAGE + "?number=PJ2025000001"))
    for method, paths in ROUTES.items():
        for path in paths:
            answers = [
                client.request(method, f"{PAGE}/{one}{path}", headers={"x-csrf-token": token})
                for one in (1, 999_999, 2**40)
            ]
            assert {answer.status_code for answer in answers} <= {403, 404}, path
            assert 1 == len({answer.text for answer in answers}), path
            assert "PJ2025" not in answers[0].text
    assert "valid" == certificate(office, 1).status


def test_another_institutions_list_is_not_found(office: Office) -> None:
    _, text = post(office, "other-approver", PAGE + "/revoke/check", numbers="PJ2025000001")
    assert "没有找到" in text
    assert "撤销这" not in text
    assert 'name="digest"' not in text


def test_district_officers_see_the_institutions_of_their_district(office: Office) -> None:
    with transaction(office.service.engine) as session:
        session.merge(Tenant(institution=INSTITUTION, district="海淀区"))
    try:
        assert ["PJ2025000001"] == numbers(page(office, "district", PAGE + "?number=PJ2025000001"))
        shown = page(office, "district", PAGE + "/1")
        assert 'name="action"' not in shown
        assert ID_NUMBER not in shown
        assert 403 == post(office, "district", PAGE + "/1/status", action="suspend")[0]
        assert 403 == office.browser("district").get(PAGE + "/1/credential").status_code
    finally:
        with transaction(office.service.engine) as session:
            session.delete(session.get_one(Tenant, INSTITUTION))


# One


def test_all_that_is_known_of_one(office: Office) -> None:
    shown = page(office, "clerk", PAGE + "/1")
    for said in ("张测试", "智能制造工程技术人员", "2025年5月20日", "签发（整批）", "测试clerk"):
        assert said in shown
    assert f"{'*' * 14}{ID_NUMBER[-4:]}" in shown
    assert ID_NUMBER not in shown
    assert "签发清单尚未包含" in shown  # not published yet


def test_printed_again_it_is_the_same_as_from_the_command(office: Office, tmp_path: Path) -> None:
    desk = office.service.desk(INSTITUTION, "clerk")
    [first] = files_of(desk.origin, issued_one(office), tmp_path)
    client = office.browser("approver")
    for path, name in (
        ("/credential", "credential.sd-jwt"),
        ("/qr.svg", "qr.svg"),
        ("/qr.png", "qr.png"),
    ):
        once, again = client.get(PAGE + "/1" + path), client.get(PAGE + "/1" + path)
        assert first[name] == once.content == again.content
        tag = once.headers["etag"]
        unchanged = client.get(PAGE + "/1" + path, headers={"if-none-match": f'W/{tag}, "x"'})
        assert (304, b"") == (unchanged.status_code, unchanged.content)
        assert "PJ2025000001" in once.headers["content-disposition"]
    without = client.get(PAGE + "/1/credential?without=id").text
    assert first["credential.sd-jwt"].decode().startswith(without)
    assert 0 == without.count("~") - 1
    assert 404 == client.get(PAGE + "/1/qr.pdf").status_code


def test_a_certificate_on_paper_holds_its_credential(office: Office) -> None:
    client, token = office.browser("clerk"), issued_one(office).token
    once, again = (client.get(PAGE + "/1/certificate.pdf") for _ in range(2))
    assert once.content == again.content
    [printed] = read_pdf(once.content)
    assert token.without_disclosures().text == printed.text
    [own] = read_pdf(client.get(PAGE + "/1/certificate.pdf?copy=holder").content)
    assert token.text == own.text
    picture = client.get(PAGE + "/1/certificate.png")
    assert picture.content.startswith(b"\x89PNG")
    assert "image/png" == picture.headers["content-type"]


def issued_one(office: Office) -> Issued:
    return issued(office.service.vault, certificate(office, 1))


def files_of(origin: str, one: Issued, folder: Path) -> list[dict[str, bytes]]:
    """What `zhengyin issue` writes."""
    for _ in hand_out(folder, [one], origin, None):
        pass
    [made] = folder.glob("certificates/*")
    return [{path.name: path.read_bytes() for path in made.iterdir()}]


# Its status


def test_a_change_needs_a_reason_and_says_what_it_did(office: Office) -> None:
    status, text = post(office, "approver", PAGE + "/2/status", action="suspend", reason=" ")
    assert (400, True) == (status, "请说明原因" in text)
    status, address = post(office, "approver", PAGE + "/2/status", action="suspend", reason="核实")
    assert (303, PAGE + "/2") == (status, address)
    shown = page(office, "approver", PAGE + "/2")
    assert "证书已暂停" in shown
    assert "核实" in shown
    status, text = post(office, "approver", PAGE + "/2/status", action="suspend", reason="核实")
    assert 409 == status
    assert 400 == post(office, "approver", PAGE + "/2/status", action="erase", reason="x")[0]


def test_clerks_change_no_status_and_the_bureau_only_suspends(office: Office) -> None:
    assert 403 == post(office, "clerk", PAGE + "/3/status", action="revoke", reason="x")[0]
    status, text = post(office, "bureau", PAGE + "/3/status", action="revoke", reason="x")
    assert (403, True) == (status, "市局可以暂停证书" in text)
    assert "valid" == certificate(office, 3).status
    assert 303 == post(office, "bureau", PAGE + "/3/status", action="suspend", reason="群众反映")[0]
    assert 409 == post(office, "admin", PAGE + "/3/status", action="reinstate", reason="x")[0]
    shown = page(office, "admin", PAGE + "/3")
    assert 'value="reinstate"' not in shown
    assert 'value="revoke"' in shown
    assert 303 == post(office, "bureau", PAGE + "/3/status", action="reinstate", reason="x")[0]


def test_two_people_revoke_at_once(office: Office) -> None:
    tokens = {login: office.csrf(login) for login in ("approver", "admin")}

    def revoke(login: str) -> int:
        client: TestClient = office.browser(login)
        data = {"csrf": tokens[login], "action": "revoke", "reason": login}
        return client.post(PAGE + "/4/status", data=data).status_code

    with ThreadPoolExecutor(2) as threads:
        assert [303, 409] == sorted(threads.map(revoke, tokens))
    with transaction(office.service.engine) as session:
        entries = session.exec(
            select(AuditEntry).where(
                AuditEntry.subject == "demo-pingjia technical_level PJ2025000004"
            )
        ).all()
        assert 1 == len(entries)


# Corrections


def test_a_correction_from_form_to_new_certificate(office: Office) -> None:
    form = page(office, "clerk", PAGE + "/5/correct")
    fields = dict(re.findall(r'<input id="[a-z_]+" name="(claim-[a-z_]+)" value="([^"]*)"', form))
    assert "周测试" == fields["claim-holder_name"]
    assert "" == fields["claim-id_number"]
    new = demo_id_number(500)
    status, text = post(
        office, "clerk", PAGE + "/5/correct", **{**fields, "claim-id_number": new, "reason": ""}
    )
    assert 400 == status
    assert new in text  # what was typed is not typed again
    sent = {**fields, "claim-id_number": new, "claim-level": "中级", "reason": "证件号码录错"}
    assert (303, PAGE + "/5") == post(office, "clerk", PAGE + "/5/correct", **sent)
    shown = page(office, "approver", PAGE + "/5")
    assert new in shown
    assert demo_id_number(4) in shown
    assert new not in page(office, "bureau", PAGE + "/5")
    assert "有 1 项证书更正在办理" in page(office, "approver", "/console")
    [decision] = re.findall(r'action="([^"]+/approve)"', shown)
    assert "PJ2025000005" in page(office, "approver", PAGE)
    assert 403 == post(office, "clerk", decision)[0]
    assert 404 == post(office, "approver", decision.replace("/5/", "/6/"))[0]
    assert 404 == post(office, "approver", decision.replace("/approve", "9" * 30 + "/approve"))[0]
    assert 303 == post(office, "approver", decision)[0]
    old = certificate(office, 5)
    assert ("revoked", "PJ2025000061") == (old.status, old.replaced_by)
    shown = page(office, "approver", PAGE + "/5")
    assert 'href="/console/certificates/61">PJ2025000061</a>' in shown
    assert 'href="/console/certificates/5">PJ2025000005</a>' in page(office, "clerk", PAGE + "/61")
    assert 409 == post(office, "approver", decision)[0]


def test_a_correction_is_taken_back(office: Office) -> None:
    sent = {"claim-holder_name": "吴试用", "reason": "录错"}
    post(office, "clerk", PAGE + "/6/correct", **sent)
    assert 409 == post(office, "clerk-2", PAGE + "/6/correct", **sent)[0]
    shown = page(office, "clerk", PAGE + "/6")
    [back] = re.findall(r'action="([^"]+/drop)"', shown)
    assert "撤回" in shown
    assert 303 == post(office, "clerk", back)[0]
    assert "valid" == certificate(office, 6).status


def test_a_correction_that_nobody_could_sign_is_not_approved(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This service has no key of the institution: it would wait for ever."""
    post(office, "clerk", PAGE + "/7/correct", **{"claim-holder_name": "吴试用", "reason": "录错"})
    shown = page(office, "approver", PAGE + "/7")
    [decision] = re.findall(r'action="([^"]+/approve)"', shown)
    with monkeypatch.context() as patched:
        patched.setattr(office.service.signers, "_settings", {})
        status, text = post(office, "approver", decision)
    assert (400, True) == (status, "没有为 demo-pingjia 设置签发密钥" in text)
    assert "valid" == certificate(office, 7).status
    assert 303 == post(office, "approver", decision.replace("/approve", "/drop"))[0]


# A list


def test_a_list_is_checked_then_revoked(office: Office) -> None:
    listed = "PJ2025000010\nPJ2025000011\nPJ1"
    status, text = post(office, "approver", PAGE + "/revoke/check", numbers=listed)
    assert 200 == status
    assert "撤销这 2 张证书" in text
    assert "valid" == certificate(office, 10).status
    [digest] = re.findall(r'name="digest" value="([0-9a-f]+)"', text)
    sent = {"numbers": listed, "digest": digest, "type": ""}
    status, text = post(office, "approver", PAGE + "/revoke", **sent, reason="")
    assert (400, True) == (status, "请说明原因" in text)
    assert (303, PAGE) == post(office, "approver", PAGE + "/revoke", **sent, reason="未完成学时")
    assert ["revoked", "revoked"] == [certificate(office, one).status for one in (10, 11)]
    status, text = post(office, "approver", PAGE + "/revoke", **sent, reason="未完成学时")
    assert (409, True) == (status, "核对之后情况有变化" in text)


def test_a_list_from_a_workbook(office: Office) -> None:
    book = Workbook()
    for row in (("序号", "证书编号"), (1, "PJ2025000012")):
        book.active.append(row)  # type: ignore[union-attr]
    data = BytesIO()
    book.save(data)
    answer = office.browser("approver").post(
        PAGE + "/revoke/check",
        data={"csrf": office.csrf("approver")},
        files={"file": ("a.xlsx", data.getvalue())},
    )
    assert "撤销这 1 张证书" in answer.text
    answer = office.browser("approver").post(
        PAGE + "/revoke/check",
        data={"csrf": office.csrf("approver")},
        files={"file": ("a.xlsx", b"no workbook")},
    )
    assert 400 == answer.status_code
    assert 400 == post(office, "approver", PAGE + "/revoke/check", numbers=" ")[0]


# Numbers


def test_a_pattern_is_looked_at_then_used(office: Office) -> None:
    given = {"type": "training_completion", "pattern": "京{yy}-{serial:4}{check}"}
    status, text = post(office, "admin", "/console/numbers/preview", **given)
    assert 200 == status
    first = f"京25-0001{check_digit('250001')}"
    assert first in text
    assert "尚未启用" in text
    assert first not in page(office, "clerk", "/console/numbers")
    assert (303, "/console/numbers") == post(office, "admin", "/console/numbers/set", **given)
    assert first in page(office, "clerk", "/console/numbers")
    assert first not in page(office, "other-admin", "/console/numbers")
    for login in ("clerk", "approver"):
        assert 403 == post(office, login, "/console/numbers/set", **given)[0]


@pytest.mark.parametrize("pattern", ["", "PJ", "{serial:6}" * 2, "<b>{serial:6}"])
def test_what_is_no_pattern_is_said_beside_it(office: Office, pattern: str) -> None:
    given = {"type": "technical_level", "pattern": pattern}
    for step, expected in (("preview", 200), ("set", 400)):
        status, text = post(office, "admin", f"/console/numbers/{step}", **given)
        assert expected == status
        assert "<b>{serial" not in text
        assert not pattern or "编号规则有误" in text


def test_an_unknown_type_is_refused(office: Office) -> None:
    for step in ("preview", "set", "import"):
        given = {"type": "x", "pattern": "A{serial:6}", "numbers": "A1"}
        assert 400 == post(office, "admin", f"/console/numbers/{step}", **given)[0]


def test_numbers_on_paper_are_taken_in(office: Office) -> None:
    listed = "PJ2025000070 PJ2025000001 1.1E+17"
    given = {"type": "technical_level", "numbers": listed}
    status, text = post(office, "admin", "/console/numbers/import", **given)
    assert 200 == status
    assert "新登记 1 个，之前已登记或重复 0 个" in text
    assert "本系统已签发的编号" in text
    status, text = post(office, "admin", "/console/numbers/import", **given)
    assert "新登记 0 个，之前已登记或重复 1 个" in text
    assert 400 == post(office, "admin", "/console/numbers/import", type="technical_level")[0]


def test_english_pages_are_whole(office: Office) -> None:
    client = office.browser("admin")
    for path in (PAGE, PAGE + "/1", "/console/numbers"):
        answer = client.get(path, headers={"accept-language": "en"})
        assert 200 == answer.status_code
        assert csrf_of(answer.text)
        assert 'lang="en"' in answer.text
