"""Signing offline from the console: taken out, signed elsewhere, brought back, issued."""

import re
from itertools import count
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from issuer.desk import find_institution
from issuer.offline_key import check_batch, sign_batch
from tests.issuer.desk import INSTITUTION, SIGNER, demo_id_number, orders
from tests.issuer.office import Office, open_office
from tests.issuer.submitting import workbook
from tests.world import key

_FIRST = count(0, 50)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An institution whose key the service does not have."""
    return open_office(tmp_path, signs=False)


def approved(office: Office) -> str:
    """The address of an approved roster of three."""
    clerk, approver = office.browser("clerk"), office.browser("approver")
    answer = clerk.post(
        "/console/rosters",
        data={"csrf": office.csrf("clerk"), "type": "technical_level"},
        files={"file": ("名单.xlsx", workbook(orders(3, first=next(_FIRST))))},
    )
    at = answer.headers["location"]
    clerk.post(f"{at}/submit", data={"csrf": office.csrf("clerk")})
    found = re.search(r'name="digest" value="([^"]+)"', approver.get(at).text)
    assert found
    token = office.csrf("approver")
    approver.post(f"{at}/approve", data={"csrf": token, "digest": found[1]})
    return at


def export(office: Office, at: str) -> bytes:
    answer = office.browser("approver").post(f"{at}/export", data={"csrf": office.csrf("approver")})
    assert "attachment" in answer.headers["content-disposition"], answer.text
    return answer.content


def bring_back(office: Office, at: str, data: bytes) -> tuple[int, str]:
    client: TestClient = office.browser("approver")
    answer = client.post(
        f"{at}/import",
        data={"csrf": office.csrf("approver")},
        files={"signatures": ("signatures.json", data)},
    )
    return answer.status_code, answer.text


def signed_elsewhere(office: Office, document: bytes) -> bytes:
    trust, now = office.service.trust(), office.service.now()
    institution = find_institution(trust, INSTITUTION)
    checked = check_batch(document, trust, institution, now=now)
    return sign_batch(checked, key(SIGNER), now=now)


def test_a_roster_goes_out_and_comes_back_issued(office: Office) -> None:
    at = approved(office)
    assert "离线签发" in office.browser("approver").get(at).text
    document = export(office, at)
    assert document == export(office, at)
    for number in range(3):
        assert demo_id_number(number).encode() not in document
    assert "指纹" in office.browser("approver").get(at).text
    assert 303 == bring_back(office, at, signed_elsewhere(office, document))[0]
    page = office.browser("clerk").get(at).text
    assert "已签发 3 张证书" in page
    assert 200 == office.browser("clerk").get(f"{at}/certificates.zip").status_code


def test_what_does_not_belong_to_it_is_refused_and_nothing_is_stored(office: Office) -> None:
    first, second = approved(office), approved(office)
    one, two = export(office, first), export(office, second)
    result = signed_elsewhere(office, one)
    for data in (b"", b"{}", one, signed_elsewhere(office, two), result[:-10]):
        assert 303 != bring_back(office, first, data)[0]
    assert "已签发" not in office.browser("clerk").get(first).text
    assert 303 == bring_back(office, first, result)[0]
    assert 303 == bring_back(office, second, signed_elsewhere(office, two))[0]


def test_only_an_approved_roster_is_exported(office: Office) -> None:
    clerk = office.browser("clerk")
    answer = clerk.post(
        "/console/rosters",
        data={"csrf": office.csrf("clerk"), "type": "technical_level"},
        files={"file": ("名单.xlsx", workbook(orders(1, first=900)))},
    )
    at = answer.headers["location"]
    refused = office.browser("approver").post(
        f"{at}/export", data={"csrf": office.csrf("approver")}
    )
    assert "content-disposition" not in refused.headers
