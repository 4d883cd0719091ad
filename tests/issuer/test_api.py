"""The API as a training system uses it: a roster in, approved by a person, certificates out."""

import csv
import io
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from issuer import submission
from issuer.db import reading, transaction
from issuer.entry import open_entry
from issuer.examination import examine
from issuer.issue import Order
from issuer.people import clients
from issuer.people.access import Caller, Role, Scope
from issuer.running.jobs import Jobs
from issuer.tables import Account, AuditEntry, Submission
from schemas.sd_jwt import SdJwt
from tests.issuer.api_clients import system, token_of
from tests.issuer.desk import HEADINGS, INSTITUTION, issue, orders
from tests.issuer.office import Office, open_office

FILE = {"type": "technical_level", "name": "2026-11.csv"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def api(office: Office) -> TestClient:
    return system(office)


def csv_of(wanted: list[Order]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEADINGS.values())
    for one in wanted:
        rows.writerow([one.claims.get(name, "") for name in HEADINGS])
    return text.getvalue().encode()


def hand_in(api: TestClient, data: bytes, **query: str) -> Any:
    return api.post("/api/v1/rosters", params=FILE | query, content=data)


def approve(office: Office, roster_id: int) -> None:
    """What the approver does in the console."""
    service = office.service
    with transaction(service.engine) as session:
        account = session.exec(select(Account).where(Account.login == "approver")).one()
        by = Caller(
            name=account.name,
            who=account.login,
            institution=INSTITUTION,
            account_id=account.id,
            role=Role.APPROVER,
        )
        seen = session.get_one(Submission, roster_id)
        session.expunge(seen)
    desk = service.desk(INSTITUTION, by.who)
    examined = examine(desk, open_entry(service.vault, seen), now=service.now())
    with transaction(service.engine) as session:
        submission.approve(session, seen, examined, by, seen.digest, now=service.seconds())


def test_the_whole_way(office: Office, api: TestClient) -> None:
    data = csv_of(orders(3))
    first = hand_in(api, data)
    assert 201 == first.status_code, first.text
    roster = first.json()
    assert ("draft", 3, 0) == (roster["state"], roster["rows"], roster["errors"])
    path = f"/api/v1/rosters/{roster['id']}"
    assert 200 == hand_in(api, data).status_code  # sent again: the same roster
    assert roster["id"] == hand_in(api, data).json()["id"]
    for _ in range(2):
        assert "submitted" == api.post(f"{path}/submit").json()["state"]
    approve(office, roster["id"])
    Jobs(office.service).once()
    issued = api.get(path).json()
    assert "issued" == issued["state"], issued
    found = api.get("/api/v1/certificates", params={"batch": issued["batch"]}).json()
    assert 3 == len(found["certificates"])
    assert None is found["next"]
    one = found["certificates"][0]
    text = api.get(f"/api/v1/certificates/{one['id']}/credential").text
    token = SdJwt.parse(text)
    assert one["number"] == token.claims()["certificate_number"]
    assert "id_number" in token.reveal(token.claims())
    bare = api.get(f"/api/v1/certificates/{one['id']}/credential", params={"disclose": "none"})
    assert () == SdJwt.parse(bare.text).disclosures
    for _ in range(2):
        answer = api.post(f"/api/v1/certificates/{one['id']}/revoke", json={"reason": "信息有误"})
        assert (200, "revoked") == (answer.status_code, answer.json()["status"])
    with reading(office.service.engine) as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.action == "revoke")).all()
        assert ["API 测试系统 admin"] == [line.who for line in lines]


def test_a_whole_list_is_walked_page_by_page(office: Office, api: TestClient) -> None:
    desk = office.service.desk(INSTITUTION, "officer")
    issue(desk, orders(120, first=500), now=office.service.now())
    numbers: list[str] = []
    after: dict[str, int] = {}
    while True:
        page = api.get("/api/v1/certificates", params={"type": "technical_level", **after}).json()
        numbers += [one["number"] for one in page["certificates"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(numbers) == len(set(numbers))
    assert 120 <= len(numbers)


def test_rows_with_errors_are_told_and_stop_the_submission(api: TestClient) -> None:
    wrong = orders(2, first=40, level="大师")
    roster = hand_in(api, csv_of(wrong)).json()
    assert 2 == roster["errors"]
    assert {2, 3} == {one["row"] for one in roster["findings"] if one["severity"] == "error"}
    answer = api.post(f"/api/v1/rosters/{roster['id']}/submit")
    assert (409, "roster_not_ready") == (answer.status_code, answer.json()["code"])
    for _ in range(2):
        gone = api.post(f"/api/v1/rosters/{roster['id']}/withdraw", json={"remark": "有误"})
        assert "withdrawn" == gone.json()["state"]
    assert 201 == hand_in(api, csv_of(wrong)).status_code  # a new roster


REFUSED = {
    "no type": ({"type": ""}, b"x", 400, "certificate_type_unknown"),
    "another type": ({"type": "driving"}, b"x", 400, "certificate_type_unknown"),
    "not granted": ({"type": "skill_level"}, b"x", 409, "type_not_granted"),
    "nothing": ({}, b"", 400, "roster_nothing_sent"),
    "another ending": ({"name": "a.pdf"}, b"x", 400, "request_malformed"),
    "no workbook": ({"name": "a.xlsx"}, b"no zip", 400, "roster_wrong_extension"),
}


@pytest.mark.parametrize(("query", "data", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(
    api: TestClient, query: dict[str, str], data: bytes, status: int, code: str
) -> None:
    answer = hand_in(api, data, **query)
    assert (status, code) == (answer.status_code, answer.json()["code"])
    assert "application/problem+json" == answer.headers["content-type"]
    assert {"zh-CN", "en"} == set(answer.json()["message"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "request_malformed"),
        (b"[]", "request_malformed"),
        (b'{"reason": 1}', "request_malformed"),
        (b'{"reason": "x", "more": 1}', "request_malformed"),
        ('{"reason": "证件 11999919900307001X 有误"}'.encode(), "reason_has_id_number"),
        (b'{"reason": " "}', "reason_missing"),
    ],
)
def test_reasons_that_are_refused(office: Office, api: TestClient, body: bytes, code: str) -> None:
    [one] = api.get("/api/v1/certificates", params={"batch": batch(office)}).json()["certificates"]
    answer = api.post(f"/api/v1/certificates/{one['id']}/suspend", content=body)
    assert (400, code) == (answer.status_code, answer.json()["code"])
    assert "119999" not in answer.text
    assert "valid" == api.get(f"/api/v1/certificates/{one['id']}").json()["status"]


def batch(office: Office) -> int:
    """Of one certificate; the same whenever it is asked."""
    from tests.issuer.desk import book

    desk = office.service.desk(INSTITUTION, "officer")
    issue(desk, orders(1, first=300), now=office.service.now())
    return book(desk, orders(1, first=300), now=office.service.now())


# Tokens

SCOPES = {
    Scope.ROSTERS: ("GET", "/api/v1/rosters/1"),
    Scope.CERTIFICATES: ("GET", "/api/v1/certificates"),
    Scope.STATUS: ("POST", "/api/v1/certificates/999/revoke"),
}


@pytest.mark.parametrize("scope", Scope)
def test_a_token_reaches_as_far_as_its_scope(office: Office, scope: Scope) -> None:
    client = system(office, "admin", scope)
    for other, (method, path) in SCOPES.items():
        answer = client.request(method, path, content=b'{"reason":"x"}')
        assert (403 == answer.status_code) == (other is not scope), (other, answer.text)
        assert "application/problem+json" == answer.headers["content-type"] or other is scope


def test_tokens_that_are_none(office: Office) -> None:
    token = token_of(office)
    for authorization in ("", "Bearer", "Bearer x", f"Basic {token}", f"bearer {token[:-1]}"):
        answer = office.stranger().get(
            "/api/v1/certificates", headers={"authorization": authorization}
        )
        assert 401 == answer.status_code
        assert "Bearer" == answer.headers["www-authenticate"]
    clerk = office.browser("clerk").get("/api/v1/certificates")  # a person is no system
    assert 401 == clerk.status_code


def test_a_token_ends(office: Office) -> None:
    token = token_of(office)
    with transaction(office.service.engine) as session:
        client = clients.find(session, token, now=office.service.seconds())
        assert client is not None
        client.expires = office.service.seconds()
        session.add(client)
    headers = {"authorization": f"Bearer {token}"}
    assert 401 == office.stranger().get("/api/v1/certificates", headers=headers).status_code


# Another institution's


def test_what_is_another_s_is_not_there(office: Office, api: TestClient) -> None:
    roster = hand_in(api, csv_of(orders(1, first=80))).json()
    listed = api.get("/api/v1/certificates", params={"batch": batch(office)}).json()
    [one] = listed["certificates"]
    other = system(office, "other-admin")
    assert [] == other.get("/api/v1/certificates").json()["certificates"]
    reason = {"reason": "x"}
    for method, path, body in (
        ("GET", f"rosters/{roster['id']}", None),
        ("POST", f"rosters/{roster['id']}/submit", None),
        ("POST", f"rosters/{roster['id']}/withdraw", {"remark": ""}),
        ("GET", f"certificates/{one['id']}", None),
        ("GET", f"certificates/{one['id']}/credential", None),
        ("POST", f"certificates/{one['id']}/revoke", reason),
        ("POST", f"certificates/{one['id']}/suspend", reason),
        ("POST", f"certificates/{one['id']}/reinstate", reason),
    ):
        answer = other.request(method, f"/api/v1/{path}", json=body)
        assert 404 == answer.status_code, path
        for said in (one["number"], one["holder_name"], roster["sha256"], INSTITUTION):
            assert said not in answer.text


def test_the_description_is_public(office: Office) -> None:
    answer = office.stranger().get("/api/v1/openapi.json")
    assert 200 == answer.status_code
    assert "3.1.0" == answer.json()["openapi"]
