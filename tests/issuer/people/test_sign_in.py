"""Signing in: two factors, sessions that end, tries that are counted, cookies that stay at home."""

import re
from pathlib import Path

import pytest
from sqlmodel import select

from issuer.db import transaction
from issuer.people import accounts, sessions
from issuer.people.throttle import SIGN_IN_LOGIN
from issuer.tables import Account, LoginSession
from tests.issuer.office import (
    PASSWORD,
    Office,
    code_of,
    csrf_of,
    open_office,
    sign_in,
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def test_both_factors_let_in(office: Office) -> None:
    page = office.browser("clerk").get("/console")
    assert 200 == page.status_code
    assert "测试clerk" in page.text


def test_the_password_alone_leads_to_the_second_factor(office: Office) -> None:
    client = office.stranger()
    client.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    answer = client.get("/console")
    assert (303, "/console/second-factor") == (answer.status_code, answer.headers["location"])
    assert 303 == client.get("/console/new-password").status_code


@pytest.mark.parametrize(
    ("login", "password"),
    [("clerk", "wrong"), ("nobody", PASSWORD), ("", ""), ("clerk", "x" * 999)],
)
def test_a_miss_says_nothing_about_what_was_wrong(
    office: Office, login: str, password: str
) -> None:
    client = office.stranger()
    expected = client.post("/console/sign-in", data={"login": "clerk-2", "password": "no"})
    answer = client.post("/console/sign-in", data={"login": login, "password": password})
    assert 401 == answer.status_code
    assert expected.content == answer.content
    assert not answer.cookies


def test_a_refusal_is_a_sentence_on_a_page(office: Office) -> None:
    """The command line begins its lines small."""
    answer = office.stranger().post(
        "/console/sign-in",
        data={"login": "clerk", "password": "another one"},
        headers={"accept-language": "en"},
    )
    assert "The login or the password is wrong" in answer.text


def test_the_cookie_is_for_this_host_only(office: Office) -> None:
    client = office.stranger()
    answer = client.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    said = answer.headers["set-cookie"]
    name, _, rest = said.partition("=")
    assert "__Host-zhengyin" == name
    flags = {part.strip().lower() for part in rest.split(";")[1:]}
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= flags
    assert not [flag for flag in flags if flag.startswith("domain")]


def test_the_second_factor_gives_another_cookie(office: Office) -> None:
    """No fixation: what was half signed in is worth nothing afterwards."""
    client = office.stranger()
    client.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    before = client.cookies["__Host-zhengyin"]
    page = client.get("/console/second-factor")
    code = code_of(office.service, "clerk")
    client.post("/console/second-factor", data={"code": code, "csrf": csrf_of(page.text)})
    after = client.cookies["__Host-zhengyin"]
    assert before != after
    other = office.stranger()
    other.cookies.set("__Host-zhengyin", before)
    assert "/console/sign-in" == other.get("/console").headers["location"]


def test_a_code_is_taken_once(office: Office) -> None:
    sign_in(office, office.stranger(), "clerk")
    client = office.stranger()
    client.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    page = client.get("/console/second-factor")
    code = code_of(office.service, "clerk")
    answer = client.post("/console/second-factor", data={"code": code, "csrf": csrf_of(page.text)})
    assert 401 == answer.status_code


def test_the_secret_is_shown_until_a_code_was_right(office: Office) -> None:
    client = office.stranger()
    client.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    assert 'id="secret"' in client.get("/console/second-factor").text
    sign_in(office, client, "clerk")
    again = office.stranger()
    again.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    assert 'id="secret"' not in again.get("/console/second-factor").text


def test_the_code_to_scan_fills_its_place(office: Office) -> None:
    """A drawing without a viewBox stays of a pixel a module, whatever the place for it."""
    client = office.stranger()
    client.post("/console/sign-in", data={"login": "clerk-2", "password": PASSWORD})
    drawn = re.search(r"<svg [^>]*>", client.get("/console/second-factor").text)
    assert drawn
    assert "viewBox=" in drawn[0]
    assert " width=" not in drawn[0]


def test_codes_cannot_be_tried_out(office: Office) -> None:
    client = office.stranger()
    client.post("/console/sign-in", data={"login": "clerk", "password": PASSWORD})
    token = csrf_of(client.get("/console/second-factor").text)
    form = {"code": "000000", "csrf": token}
    statuses = [client.post("/console/second-factor", data=form).status_code for _ in range(8)]
    assert 429 in statuses


def test_a_login_cannot_be_tried_out(office: Office) -> None:
    """Not from many addresses either: the login is counted."""
    client = office.stranger()
    form = {"login": "clerk", "password": "wrong"}
    statuses = [
        client.post("/console/sign-in", data=form).status_code
        for _ in range(SIGN_IN_LOGIN.burst + 1)
    ]
    assert [401] * SIGN_IN_LOGIN.burst + [429] == statuses
    form["password"] = PASSWORD
    refused = client.post("/console/sign-in", data=form)
    assert 429 == refused.status_code
    office.clock.now += SIGN_IN_LOGIN.seconds + 1
    assert 303 == client.post("/console/sign-in", data=form).status_code


def test_one_password_cannot_be_tried_on_all_logins(office: Office) -> None:
    """A spray: other logins each time, from one address."""
    client = office.stranger()
    statuses = [
        client.post(
            "/console/sign-in", data={"login": f"user{number}", "password": "x"}
        ).status_code
        for number in range(40)
    ]
    assert statuses[-1] == 429


@pytest.mark.parametrize("wait", [sessions.IDLE + 1, sessions.LIFE + 1])
def test_sessions_end(office: Office, wait: int) -> None:
    client = office.browser("clerk")
    office.clock.now += wait
    assert "/console/sign-in" == client.get("/console").headers["location"]


def test_use_keeps_a_session_but_not_for_ever(office: Office) -> None:
    client = office.browser("clerk")
    for _ in range(sessions.LIFE // (sessions.IDLE - 60)):
        assert 200 == client.get("/console").status_code
        office.clock.now += sessions.IDLE - 60
    office.clock.now += 120
    assert 303 == client.get("/console").status_code


def test_signing_out_ends_the_session_itself(office: Office) -> None:
    client = office.browser("clerk")
    cookie = client.cookies["__Host-zhengyin"]
    client.post("/console/sign-out", data={"csrf": office.csrf("clerk")})
    other = office.stranger()
    other.cookies.set("__Host-zhengyin", cookie)
    assert 303 == other.get("/console").status_code


def test_a_form_of_another_site_is_refused(office: Office) -> None:
    client = office.browser("clerk")
    for form in ({}, {"csrf": "x"}, {"csrf": office.csrf("approver")}):
        assert 403 == client.post("/console/sign-out", data=form).status_code
    assert 200 == client.get("/console").status_code


def test_who_was_put_out_of_use_is_out_at_once(office: Office) -> None:
    client = office.browser("clerk")
    with transaction(office.service.engine) as session:
        account = session.exec(select(Account).where(Account.login == "clerk")).one()
        account.active = False
        session.add(account)
    assert 303 == client.get("/console").status_code


def test_a_password_that_was_handed_over_must_be_replaced(office: Office) -> None:
    with transaction(office.service.engine) as session:
        account = session.exec(select(Account).where(Account.login == "clerk")).one()
        given = accounts.reset_password(account)
        session.add(account)
    client = office.stranger()
    sign_in(office, client, "clerk", given)
    assert "/console/new-password" == client.get("/console").headers["location"]
    token = csrf_of(client.get("/console/new-password").text)
    form = {"password": "short", "again": "short", "csrf": token}
    assert 400 == client.post("/console/new-password", data=form).status_code
    differ = client.post("/console/new-password", data=form | {"again": "another"})
    assert "两次输入的密码不同" in differ.text
    form |= {"password": "另一句只有我知道的密码句子", "again": "另一句只有我知道的密码句子"}
    assert 303 == client.post("/console/new-password", data=form).status_code
    assert 200 == client.get("/console").status_code


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("x" * 300, "password_too_short"),
        ("123456789012345", "password_too_easy"),
        ("aaaaaaaaaaaaaaaa", "password_too_easy"),
        ("my login is clerk", "password_too_easy"),
    ],
)
def test_easy_passwords_are_refused(password: str, code: str) -> None:
    account = Account(login="clerk", name="x", role="clerk", created=0)
    with pytest.raises(accounts.CommandError) as error:
        accounts.set_password(account, password)
    assert code == error.value.code


def test_the_database_knows_no_cookie(office: Office) -> None:
    cookie = office.browser("clerk").cookies["__Host-zhengyin"]
    with transaction(office.service.engine) as session:
        digests = [one.digest for one in session.exec(select(LoginSession))]
    assert cookie not in digests


def test_a_chosen_language_is_kept(office: Office) -> None:
    client = office.stranger()
    client.get("/language/en", headers={"referer": "https://office.example/console/sign-in"})
    assert ">Sign in<" in client.get("/console/sign-in").text
    answer = client.get("/language/en", headers={"referer": "https://elsewhere.example/console"})
    assert "/console" == answer.headers["location"]
