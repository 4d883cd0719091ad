"""The directory for everybody: the right rows, on the right day."""

import pytest
from starlette.testclient import TestClient

from issuer.directory import Filter, choices, has_key, rows, state_on
from schemas.registry import Grant, Registry
from tests.institutions import BIG_DATA, BLOCKCHAIN, MACHINES
from tests.issuer.desk import demo_world
from tests.issuer.office import Office, open_office
from tests.world import DAY, NOW

TODAY = "2025-06-02"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return demo_world().state().registry


def grant(**members: str) -> Grant:
    return Grant.model_validate(
        {
            "type": "technical_level",
            "role": "evaluation",
            "occupation": MACHINES,
            "directions": "*",
            "levels": ["初级"],
            "from": "2025-01-01",
            "basis": "测试",
        }
        | members
    )


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "in_force"),
        ({"from": "2025-06-02"}, "in_force"),
        ({"from": "2025-06-03"}, "planned"),
        ({"to": "2025-06-02"}, "in_force"),
        ({"to": "2025-06-01"}, "past"),
        ({"state": "suspended", "state_from": "2025-06-02"}, "suspended"),
        ({"state": "suspended", "state_from": "2025-06-03"}, "in_force"),
        ({"state": "ended", "state_from": "2025-05-01"}, "ended"),
        ({"state": "ended"}, "ended"),
        ({"state": "suspended", "state_from": "2025-06-03", "to": "2025-05-01"}, "past"),
    ],
)
def test_how_a_grant_stands(members: dict[str, str], expected: str) -> None:
    made = grant(**members)
    assert expected == state_on(made, TODAY)
    assert (expected == "in_force") == made.covers_day(TODAY)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), True),
        (Filter(occupation="智能制造"), True),
        (Filter(occupation="区块链"), False),
        (Filter(role="evaluation", level="初级", type="technical_level"), True),
        (Filter(role="training"), False),
        (Filter(level="高级"), False),
        (Filter(type="skill_level"), False),
    ],
)
def test_what_fits(wanted: Filter, expected: bool) -> None:
    assert expected == wanted.fits(grant())


def test_a_grant_for_everything_fits_each(registry: Registry) -> None:
    wide = grant().model_copy(update={"occupation": "*", "levels": "*"})
    assert Filter(occupation="区块链", level="高级").fits(wide)


def test_every_grant_has_its_row_under_the_name_of_the_day(registry: Registry) -> None:
    every = rows(registry, Filter(), today=TODAY, now=NOW)
    assert sum(len(one.grants) for one in registry.institutions) == len(every)
    renamed = [one for one in registry.institutions if len(one.names) > 1]
    assert renamed
    for one in renamed:
        for name in one.names:
            day = name.from_ or name.to or TODAY
            shown = rows(registry, Filter(), today=day, now=NOW)
            assert one.name_on(day) in {row.institution for row in shown}


def test_block_chain_and_training(registry: Registry) -> None:
    found = rows(registry, Filter(occupation="区块链", role="training"), today=TODAY, now=NOW)
    expected = [
        (one.name_on(TODAY), BLOCKCHAIN)
        for one in registry.institutions
        for each in one.grants
        if each.role == "training" and each.occupation == BLOCKCHAIN
    ]
    assert expected
    assert expected == [(row.institution, row.grant.occupation) for row in found]


def test_choices_are_what_there_is(registry: Registry) -> None:
    offered = choices(registry)
    assert {MACHINES, BIG_DATA, BLOCKCHAIN} <= set(offered.occupations)
    assert "*" not in offered.occupations + offered.levels
    assert {"evaluation", "training"} <= set(offered.roles)


def test_keys_that_may_sign_now_or_later(registry: Registry) -> None:
    listed = registry.institutions[0]
    assert has_key(listed, NOW)
    assert not has_key(listed.model_copy(update={"keys": []}), NOW)
    for state in ("retired", "compromised"):
        keys = [key.model_copy(update={"state": state}) for key in listed.keys]
        assert not has_key(listed.model_copy(update={"keys": keys}), NOW)
    assert not has_key(listed, max(key.sign_until for key in listed.keys))


# The page


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def client(office: Office) -> TestClient:
    return office.stranger()


def test_the_page_filters_by_its_address(client: TestClient) -> None:
    everything = client.get("/directory").text
    assert "示例机械评价中心（演示）" in everything
    assert MACHINES in everything
    page = client.get("/directory", params={"occupation": "大数据", "role": "training"}).text
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert BIG_DATA in table
    assert MACHINES not in table
    assert "没有符合这些条件" in client.get("/directory", params={"role": "none"}).text


def test_the_page_names_its_edition_and_the_signed_files(client: TestClient) -> None:
    page = client.get("/directory").text
    links = [one.partition('"')[0] for one in page.split('href="')[1:]]
    signed = [one for one in links if one.startswith("/t/")]
    assert 4 == len(signed)
    for one in signed:
        assert 200 == client.get(one).status_code, one


def test_who_has_no_key_is_marked(office: Office, client: TestClient) -> None:
    """Every key signs for a year."""
    assert "未登记公钥" not in client.get("/directory").text
    office.clock.now += 400 * DAY
    page = client.get("/directory").text
    office.clock.now -= 400 * DAY
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert 2 <= table.count("<tr>") == table.count("未登记公钥")
    assert "请向机构核实" in page


def test_what_is_asked_for_is_only_shown(client: TestClient) -> None:
    page = client.get("/directory", params={"occupation": '"><script>alert(1)</script>'})
    assert 200 == page.status_code
    assert "<script>alert" not in page.text
    for number in ("0", "-5", "99"):
        assert 200 == client.get("/directory", params={"page": number}).status_code
