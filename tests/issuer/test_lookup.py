"""The public look-up: all three or nothing, every miss the same, and not for long."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select
from starlette.testclient import TestClient

from issuer import status
from issuer.db import transaction
from issuer.desk import Desk
from issuer.issue import Issued
from issuer.lookup import MAX_TYPED, Found, Typed, look_up
from issuer.people.throttle import LOOK_UP_ADDRESS, LOOK_UP_NUMBER
from issuer.tables import Certificate
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    book,
    demo_id_number,
    issue,
    order,
    orders,
)
from tests.issuer.office import Office, open_office
from tests.world import key

NAME = "示例机械评价中心（演示）"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return at_desk(tmp_path_factory.mktemp("desk"))


def ask(desk: Desk, name: str, id_number: str, number: str) -> list[Found]:
    with transaction(desk.engine) as session:
        return look_up(
            session,
            desk.vault,
            Typed.read(name, id_number, number),
            desk.trust.registry.institutions,
            "2025-06-02",
        )


def three(certificate: Issued, number: int) -> tuple[str, str, str]:
    """What the certificate of order `number` has printed on it."""
    return (
        str(certificate.token.claims()["holder_name"]),
        demo_id_number(number),
        certificate.number,
    )


# The rule


def test_all_three_are_found_and_nothing_less(desk: Desk) -> None:
    name, id_number, number = three(issue(desk, orders(1))[0], 0)
    assert [Found(institution=NAME, status="valid")] == ask(desk, name, id_number, number)
    for wrong in (
        ("别人", id_number, number),
        (name, demo_id_number(5), number),
        (name, id_number, f"{number}9"),
        (name, "", number),
        ("", id_number, number),
        (name, id_number, ""),
        ("", "", ""),
    ):
        assert [] == ask(desk, *wrong)


@pytest.mark.parametrize(
    ("name", "id_number", "number"),
    [
        ("阿卜杜拉・测试", "{id}", "{number}"),
        (" 阿卜杜拉测试 ", "{id}", "{number}"),
        ("阿卜杜拉•测试", "{wide}", "{number}"),
        ("阿卜杜拉·测试", " {id} ", "{small}"),
        ("阿卜杜拉·测试", "{id}", "{wide_number}"),
    ],
)
def test_it_does_not_matter_how_it_is_typed(
    desk: Desk, name: str, id_number: str, number: str
) -> None:
    made = issue(desk, [order(11, holder_name="阿卜杜拉·测试")])[0]
    wide = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
    blanks = {
        "id": demo_id_number(11),
        "wide": demo_id_number(11).translate(wide),
        "number": made.number,
        "small": made.number.lower(),
        "wide_number": made.number.translate(wide),
    }
    assert ask(desk, name, id_number.format(**blanks), number.format(**blanks))


def test_a_certificate_without_an_id_number(desk: Desk) -> None:
    without: Mapping[str, Any] = dict.fromkeys(("id_type", "id_number", "id_number_tail"))
    made = issue(desk, [order(21, "training_completion", **without)], "training_completion")[0]
    name = str(made.token.claims()["holder_name"])
    assert ask(desk, name, "", made.number)
    assert [] == ask(desk, name, demo_id_number(21), made.number)


def test_what_became_of_it(desk: Desk) -> None:
    made = issue(desk, orders(3, first=30))

    def change(action: str, at: int) -> None:
        status.change(desk, action, made[at].number, type_name=None, reason="测试", now=ISSUE_TIME)

    change("suspend", 0)
    change("revoke", 1)
    new = status.replace(
        desk,
        key(SIGNER),
        made[2].number,
        type_name=None,
        changes={"holder_name": "更正测试"},
        reason="更正",
        pattern=None,
        now=ISSUE_TIME,
    )
    expected = [("suspended", None), ("revoked", None), ("replaced", new.number)]
    found = [ask(desk, *three(one, 30 + at))[0] for at, one in enumerate(made)]
    assert expected == [(one.status, one.replaced_by) for one in found]


def test_nothing_is_found_before_it_is_signed(desk: Desk) -> None:
    batch = book(desk, orders(1, first=40))
    with transaction(desk.engine) as session:
        row = session.exec(select(Certificate).where(Certificate.batch_id == batch)).one()
        number = row.number
    assert [] == ask(desk, order(40).claims["holder_name"], demo_id_number(40), number)


def test_several_institutions_may_have_one_number(desk: Desk) -> None:
    made = issue(desk, orders(1, first=50))[0]
    with transaction(desk.engine) as session:
        row = session.exec(select(Certificate).where(Certificate.number == made.number)).one()
        copied = row.model_dump(exclude={"id"}) | {"institution": "demo-xueyuan", "row": 999}
        session.add(Certificate(**copied | {"status": "suspended"}))
    found = ask(desk, *three(made, 50))
    expected = [(NAME, "valid"), ("样例开放学院（演示）", "suspended")]
    assert expected == [(one.institution, one.status) for one in found]


def test_every_question_is_one_equality(desk: Desk) -> None:
    """A hit and each kind of miss ask the database the same one thing, through an index."""
    name, id_number, number = three(issue(desk, orders(1, first=60))[0], 60)
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(desk.engine, "before_cursor_execute", note)
    try:
        for typed in ((name, id_number, number), ("", "", ""), ("\x00", "x" * 9999, "\ud800")):
            ask(desk, *typed)
    finally:
        event.remove(desk.engine, "before_cursor_execute", note)
    asked = [one for one in asked if one.startswith("SELECT")]
    assert 3 == len(asked)
    assert 1 == len(set(asked))
    with transaction(desk.engine) as session:
        raw = asked[0].replace("?", "'x'")
        plan = str(session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {raw}").all())
    assert "ix_certificate_lookup" in plan


# The page and the API


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def printed(office: Office) -> dict[str, str]:
    """A certificate's three, as the form names them."""
    made = issue(office.service.desk(INSTITUTION, "test"), orders(1))[0]
    fields = ("holder_name", "id_number", "certificate_number")
    return dict(zip(fields, three(made, 0), strict=True))


@pytest.fixture
def client(office: Office) -> TestClient:
    """A browser, an hour after the last one: no bucket is empty."""
    office.clock.now += 36_000
    return office.stranger()


MISSES = {
    "another name": {"holder_name": "别人"},
    "another ID": {"id_number": demo_id_number(99)},
    "another number": {"certificate_number": "PJ2025999999"},
    "nothing": {"holder_name": "", "id_number": "", "certificate_number": ""},
    "no ID number": {"id_number": "110"},
    "markup": {"holder_name": "<b>张</b>"},
    "far too long": {"certificate_number": "9" * (MAX_TYPED + 1000)},
    "control characters": {"holder_name": "张\x00\u202e三"},
}


def test_a_hit_says_what_was_typed_and_no_more(client: TestClient, printed: dict[str, str]) -> None:
    answer = client.post("/lookup", data=printed)
    assert 200 == answer.status_code
    for word in (printed["holder_name"], printed["certificate_number"], NAME, "证书有效"):
        assert word in answer.text
    for word in (printed["id_number"], "智能制造", "初级", "2025-"):
        assert word not in answer.text


def test_every_miss_is_the_same_page(client: TestClient, printed: dict[str, str]) -> None:
    """Byte by byte, headers too but for the number of the request."""
    answers = [client.post("/lookup", data=printed | typed) for typed in MISSES.values()]
    assert [200] * len(MISSES) == [one.status_code for one in answers]
    assert "未查询到证书信息" in answers[0].text
    assert 1 == len({one.content for one in answers})
    assert 1 == len({str(said(one.headers)) for one in answers})


def test_every_miss_is_the_same_answer_for_systems(
    client: TestClient, printed: dict[str, str]
) -> None:
    answers = [client.post("/api/v1/lookup", json=printed | typed) for typed in MISSES.values()]
    answers.append(
        client.post(
            "/api/v1/lookup",
            content=b'{"holder_name":"","certificate_number":""}',
        )
    )
    assert {200} == {one.status_code for one in answers}
    assert [] == answers[0].json()["certificates"]
    assert 1 == len({one.content for one in answers})
    hit = client.post("/api/v1/lookup", json=printed).json()
    expected = [{"institution": NAME, "status": "valid", "replaced_by": None}]
    assert {"certificates": expected} == hit


def said(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "x-request-id"}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{", "JSON"),
        (b"[]", "JSON"),
        (b'{"holder_name":"x"}', "certificate_number"),
        (b'{"holder_name":1,"certificate_number":"x"}', "holder_name"),
        (b'{"holder_name":"x","certificate_number":"x","more":"119999"}', "more"),
    ],
)
def test_what_is_not_asked_for_is_refused_without_repeating_it(
    client: TestClient, body: bytes, where: str
) -> None:
    answer = client.post("/api/v1/lookup", content=body)
    assert (400, "application/problem+json") == (
        answer.status_code,
        answer.headers["content-type"],
    )
    assert "request_malformed" == answer.json()["code"]
    assert where in answer.json()["title"]
    assert "119999" not in answer.text


def test_a_large_body_is_not_read(client: TestClient) -> None:
    for path in ("/lookup", "/api/v1/lookup"):
        assert 413 == client.post(path, content=b"x" * 70_000).status_code


def test_guessing_ends_soon(client: TestClient, printed: dict[str, str]) -> None:
    """By number from wherever, and by address."""
    for at in range(LOOK_UP_NUMBER.burst):
        typed = printed | {"holder_name": f"别人{at}"}
        assert 200 == client.post("/lookup", data=typed).status_code
    refused = client.post("/lookup", data=printed)
    assert 429 == refused.status_code
    assert 0 < int(refused.headers["retry-after"]) <= LOOK_UP_NUMBER.seconds + 1
    assert printed["holder_name"] not in refused.text
    assert 429 == client.post("/api/v1/lookup", json=printed).status_code
    for at in range(LOOK_UP_ADDRESS.burst - LOOK_UP_NUMBER.burst):
        typed = printed | {"certificate_number": str(at)}
        assert 200 == client.post("/lookup", data=typed).status_code
    assert 429 == client.post("/lookup", data=printed | {"certificate_number": "x"}).status_code


def test_who_knows_all_three_is_not_held_up_by_others(
    client: TestClient, printed: dict[str, str]
) -> None:
    """A recruiter's look-ups do not use up what a number may be tried."""
    for _ in range(LOOK_UP_NUMBER.burst + 5):
        assert 200 == client.post("/lookup", data=printed).status_code


def test_on_each_database_with_everybody_at_once(tmp_path: Path, database: str) -> None:
    """Exactly as many tries as the limit says, although no bucket was there before."""
    office = open_office(tmp_path, database=database)
    made = issue(office.service.desk(INSTITUTION, "test"), orders(1))[0]
    name, id_number, number = three(made, 0)
    typed = {"holder_name": name, "id_number": id_number, "certificate_number": number}

    def post(at: int) -> int:
        wrong = typed | {"holder_name": f"别人{at}"}
        return office.stranger().post("/api/v1/lookup", json=wrong).status_code

    assert 1 == len(office.stranger().post("/api/v1/lookup", json=typed).json()["certificates"])
    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(post, range(LOOK_UP_NUMBER.burst + 6)))
    assert {200: LOOK_UP_NUMBER.burst, 429: 6} == answers


def test_no_address_ever_has_what_was_typed(office: Office) -> None:
    """The form posts, without a script too; a GET with fields shows the empty form."""
    page = office.stranger().get("/lookup", params={"holder_name": "张测试"}).text
    assert '<form method="post" action="/lookup"' in page
    assert "张测试" not in page
