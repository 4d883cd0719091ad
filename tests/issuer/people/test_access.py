"""Who may do what: every route is in the table, and the table is what happens."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from issuer.app import IN_FRONT
from issuer.people.access import ROUTES, Role
from issuer.running.observe import Observe
from tests.issuer.office import PEOPLE, Office, open_office
from verifier.headers import AddHeaders
from verifier.verify_app import VerifyFirst


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


def every_route(office: Office) -> Iterator[APIRoute]:
    """All but the phone page's, which is mounted at the end."""
    routes: list[BaseRoute] = list(office.app.routes)
    assert isinstance(routes[-1], Mount)
    for route in routes[:-1]:
        included = getattr(route, "original_router", None)
        for one in included.routes if included else [route]:
            assert isinstance(one, APIRoute), f"{type(one)} goes round the door"
            yield one


def asked(route: APIRoute) -> tuple[str, str]:
    """A method and an address that the route answers, of objects that are not there."""
    method = next(iter(sorted(route.methods - {"HEAD"})))
    return method, re.sub(r"\{[^}]+\}", "999", route.path)


def test_every_route_is_in_the_table_and_nothing_else(office: Office) -> None:
    assert set(ROUTES) == {route.name for route in every_route(office)} | set(IN_FRONT.values())


def test_what_answers_before_the_routers_is_in_the_table(office: Office) -> None:
    """There is the verifier, for anybody; no middleware of another kind goes round the door."""
    assert {"/verify", "/api/v1/verify"} == set(IN_FRONT)
    assert all(ROUTES[name].public for name in IN_FRONT.values())
    assert not office.app.user_middleware
    chain, kinds = office.app._front, []
    while hasattr(chain, "_app"):
        kinds.append(type(chain))
        chain = chain._app
    assert [Observe, VerifyFirst, AddHeaders] == kinds
    assert chain == super(type(office.app), office.app).__call__
    for path in IN_FRONT:
        assert 200 == office.stranger().post(path, content="9").status_code


def test_every_route_is_named_once(office: Office) -> None:
    names = [route.name for route in every_route(office)]
    assert len(names) == len(set(names))


def test_nothing_but_what_is_public_answers_a_stranger(office: Office) -> None:
    client = office.stranger()
    for route in every_route(office):
        access = ROUTES[route.name]
        method, path = asked(route)
        answer = client.request(method, path)
        if access.public:
            assert answer.headers.get("location") != "/console/sign-in", path
            assert 403 != answer.status_code, path
        elif access.scope is not None:
            assert 401 == answer.status_code, path
        else:
            assert (303, "/console/sign-in") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize("login", ["clerk", "approver", "admin", "bureau", "district"])
def test_the_table_is_what_happens(office: Office, login: str) -> None:
    """A role that is not named is refused; one that is gets past the door."""
    role = PEOPLE[login][0]
    client, token = office.browser(login), office.csrf(login)
    for route in every_route(office):
        access = ROUTES[route.name]
        if access.public or access.scope is not None or route.name == "sign_out":
            continue
        method, path = asked(route)
        answer = client.request(method, path, headers={"x-csrf-token": token})
        if role in access.roles:
            assert 403 != answer.status_code or "halt" in path, f"{login} {method} {path}"
            assert 500 > answer.status_code, f"{login} {method} {path}"
        else:
            assert 403 == answer.status_code, f"{login} {method} {path}"


def test_every_form_needs_its_token(office: Office) -> None:
    for login, (role, _, _) in PEOPLE.items():
        client = office.browser(login)
        for route in every_route(office):
            access = ROUTES[route.name]
            method, path = asked(route)
            if method == "GET" or access.public or role not in access.roles:
                continue
            assert 403 == client.request(method, path).status_code, f"{login} {method} {path}"
            wrong = {"x-csrf-token": "x" * 32}
            assert 403 == client.request(method, path, headers=wrong).status_code


def test_nothing_is_kept_by_browsers_and_nothing_foreign_is_loaded(office: Office) -> None:
    client = office.browser("admin")
    for route in every_route(office):
        method, path = asked(route)
        if method != "GET" or route.name == "static":
            continue
        answer = client.get(path)
        assert "no-store" == answer.headers["cache-control"], path
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert "nosniff" == answer.headers["x-content-type-options"], path


def test_an_address_that_is_none_is_answered_by_a_page_that_leads_on(office: Office) -> None:
    """Not by the phone page's line of text."""
    for client, leads in (
        (office.stranger(), "/console/sign-in"),
        (office.browser("clerk"), "/console"),
    ):
        answer = client.get("/console/nothing/here")
        assert 404 == answer.status_code
        assert "没有这个页面" in answer.text
        assert f'class="button" href="{leads}"' in answer.text
    assert "/console" == office.stranger().get("/console/").headers["location"]


def test_every_role_can_do_something() -> None:
    for role in Role:
        assert [name for name, access in ROUTES.items() if role in access.roles]
