"""Every route with another institution's objects: nothing answers, nothing is said (OWASP API1:2023).

The routes are the app's own; one that takes an object that this test does not know fails it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from fastapi.routing import APIRoute
from sqlmodel import select
from starlette.testclient import TestClient

from issuer import submission
from issuer.db import reading, transaction
from issuer.entry import Entry
from issuer.examination import examine
from issuer.people.access import ROUTES, Caller, Role
from issuer.tables import Account, ApiClient, AuditEntry, Certificate, Progress
from schemas import certificate_types
from tests.issuer.api_clients import system
from tests.issuer.desk import INSTITUTION, demo_name, issue, orders
from tests.issuer.office import PEOPLE, Office, open_office
from tests.issuer.people.test_access import every_route
from tests.issuer.test_api import csv_of

OTHERS = ("other-clerk", "other-approver", "other-admin")
ROSTER = "某机构的名单.csv"
CLIENT = "某机构的系统"

FREE: Mapping[str, str] = {
    "chosen": "en",
    "kind": "csv",
    "name": "console.css",
    "paper": "pdfs",
    "rest": "nothing-here",
    "row": "2",
    "type_name": "technical_level",
    "which": "used",
}
"""Parts of addresses that name no object of an institution."""

OF_EVERYBODY = frozenset({"choose_language", "static", "nowhere", "roster_template"})
"""Routes whose parts are all free."""


@dataclass(frozen=True, slots=True)
class World:
    """An office, an institution's objects by the name they have in addresses, and its secrets."""

    office: Office
    objects: Mapping[str, str]
    secrets: tuple[str, ...]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    office = open_office(tmp_path_factory.mktemp("office"))
    service = office.service
    desk = service.desk(INSTITUTION, "clerk")
    issue(desk, orders(2), now=service.now())
    system(office)
    with transaction(service.engine) as session:
        certificate = session.exec(select(Certificate)).first()
        clerk = session.exec(select(Account).where(Account.login == "clerk")).one()
        client = session.exec(select(ApiClient)).one()
        client.name = CLIENT
        session.add(client)
        by = Caller(
            name=clerk.name,
            who=clerk.login,
            institution=INSTITUTION,
            account_id=clerk.id,
            role=Role.CLERK,
        )
        assert certificate
        objects = {
            "certificate_id": str(certificate.id),
            "account_id": str(clerk.id),
            "client_id": str(client.id),
            "institution": INSTITUTION,
            "correction_id": "1",
            "progress_id": 32 * "a",
        }
        session.add(Progress(id=32 * "a", institution=INSTITUTION, done=1, total=2, at=0))
        number = certificate.number
    entry = Entry(
        type=certificate_types.load("technical_level"),
        name=ROSTER,
        data=csv_of(orders(2, first=50)),
    )
    examined = examine(desk, entry, now=service.now())
    with transaction(service.engine) as session:
        roster = submission.enter(
            session, service.vault, entry, examined, by, now=service.seconds()
        )
    objects["roster_id"] = str(roster)
    secrets = (number, demo_name(0), demo_name(50), ROSTER, CLIENT, "测试clerk", INSTITUTION)
    return World(office, objects, secrets)


def addresses(world: World) -> Iterator[tuple[APIRoute, str, str]]:
    """(route, method, address with the institution's own objects in it) of every route."""
    known = {**FREE, **world.objects}
    for route in every_route(world.office):
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda part: known[part[1]], route.path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield route, method, path


def takes_an_object(route: APIRoute) -> bool:
    return "{" in route.path and set(re.findall(r"\{(\w+)", route.path)) - set(FREE) != set()


def state(world: World) -> list[object]:
    """What an institution has: nothing of it may change."""
    with reading(world.office.service.engine) as session:
        found = [
            *(repr(one) for one in session.exec(select(Certificate))),
            *(repr((one.id, one.role, one.active)) for one in session.exec(select(Account))),
            *(repr(one.revoked) for one in session.exec(select(ApiClient))),
            *(
                repr((one.action, one.subject))
                for one in session.exec(select(AuditEntry))
                if one.subject.split()[0] == INSTITUTION
            ),
        ]
    return [*found, world.office.service.signers.signer(INSTITUTION) is not None]


def require_silent(world: World, body: str, where: str) -> None:
    for secret in world.secrets:
        assert secret not in body, f"{where} tells {secret}"


@pytest.mark.parametrize("login", OTHERS)
def test_people_of_another_institution(world: World, login: str) -> None:
    client, csrf = world.office.browser(login), world.office.csrf(login)
    before = state(world)
    reached = 0
    for route, method, path in addresses(world):
        if route.name in ("sign_out", *OF_EVERYBODY):
            continue
        answer = client.request(method, path, headers={"x-csrf-token": csrf})
        where = f"{login} {method} {path}"
        if takes_an_object(route):
            assert answer.status_code in (401, 403, 404), f"{where}: {answer.status_code}"
            reached += answer.status_code == 404
        require_silent(world, answer.text.replace(path, ""), where)
    assert before == state(world)
    assert reached, "nobody got past the door"


def test_systems_of_another_institution(world: World) -> None:
    client = system(world.office, "other-admin")
    before = state(world)
    for route, method, path in addresses(world):
        if not route.name.startswith("api_"):
            continue
        for body in (b"", b'{"reason": "x"}', b'{"remark": ""}'):
            answer = client.request(method, path, content=body)
            where = f"{method} {path}"
            if takes_an_object(route):
                # What is sent may be refused before it is looked for; it must not be taken.
                assert answer.status_code in (400, 401, 403, 404), f"{where}: {answer.text}"
            require_silent(world, answer.text.replace(path, ""), where)
    assert before == state(world)


def test_strangers(world: World) -> None:
    client: TestClient = world.office.stranger()
    for route, method, path in addresses(world):
        access = ROUTES[route.name]
        answer = client.request(method, path)
        if not access.public:
            assert answer.status_code in (303, 401), f"{method} {path}"
        if route.name not in ("directory", "look_up"):
            require_silent(world, answer.text.replace(path, ""), f"{method} {path}")


def test_the_institution_s_own_people_do_see_it(world: World) -> None:
    """The silence above is not that of a broken page."""
    seen = "".join(
        world.office.browser(login).get(path).text
        for login in ("clerk", "admin")
        for route, method, path in addresses(world)
        if method == "GET" and (PEOPLE[login][0] in ROUTES[route.name].roles)
    )
    for secret in world.secrets:
        assert secret in seen, secret
