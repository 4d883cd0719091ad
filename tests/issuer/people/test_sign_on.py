"""Single sign-on with a provider on a real socket, and everything that it must not believe."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from issuer.db import reading, transaction
from issuer.people import accounts, oidc
from issuer.running.settings import OidcSetting, read_settings
from issuer.tables import Account, AuditEntry
from schemas.errors import CommandError
from tests.issuer.office import HOST, PASSWORD, Office, code_of, csrf_of, hashed, open_office
from tests.issuer.sign_on import (
    CLIENT,
    SECRET,
    Claims,
    Identity,
    Person,
    identity_provider,
    signed,
    signed_by_a_stranger,
    signed_with_the_public_key,
    unsigned,
)

BACK = "/console/sign-in/oidc/back"
EMAIL = "clerk@example.org"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Identity]]:
    with identity_provider() as identity:
        setting = OidcSetting(issuer=identity.address, client_id=CLIENT, client_secret=SECRET)
        office = open_office(tmp_path_factory.mktemp("office"), oidc=setting)
        identity.now = office.clock
        with transaction(office.service.engine) as session:
            office_clerk = session.exec(select(Account).where(Account.login == "clerk")).one()
            office_clerk.login = EMAIL
            session.add(office_clerk)
        yield office, identity


@pytest.fixture
def office(shared: tuple[Office, Identity]) -> Office:
    """One office; its clerk is linked to nobody."""
    office, _ = shared
    office.clock.now += 2 * oidc.FRESH
    with transaction(office.service.engine) as session:
        clerk = session.exec(select(Account).where(Account.login == EMAIL)).one()
        clerk.subject, clerk.active = None, True
        clerk.password, clerk.new_password = hashed(), False
        session.add(clerk)
        for line in session.exec(select(AuditEntry)):
            session.delete(line)
    return office


@pytest.fixture
def identity(shared: tuple[Office, Identity]) -> Identity:
    """The same provider, honest again."""
    _, identity = shared
    fresh = Identity(now=identity.now)
    identity.person, identity.lie, identity.sign = Person(), fresh.lie, None
    identity.metadata, identity.algorithm = {}, "RS256"
    identity.new_key()
    return identity


def begin(office: Office) -> tuple[TestClient, str]:
    """(browser, where it is sent)."""
    client = office.stranger()
    answer = client.get("/console/sign-in/oidc")
    assert 303 == answer.status_code, answer.text
    return client, answer.headers["location"]


def come_back(office: Office, identity: Identity) -> Any:
    """The whole way; the service's last answer."""
    client, address = begin(office)
    return client, client.get(identity.authorize(address).removeprefix(HOST))


def is_signed_in(client: TestClient) -> bool:
    return 200 == client.get("/console").status_code


def clerk(office: Office) -> Account:
    with reading(office.service.engine) as session:
        found = session.exec(select(Account).where(Account.login == EMAIL)).one()
        session.expunge_all()
    return found


def test_the_provider_s_word_is_one_factor(office: Office, identity: Identity) -> None:
    client, answer = come_back(office, identity)
    assert (303, "/console") == (answer.status_code, answer.headers["location"])
    assert "/console/second-factor" == client.get("/console").headers["location"]
    page = client.get("/console/second-factor")
    office.clock.now += 30
    form = {"code": code_of(office.service, EMAIL), "csrf": csrf_of(page.text)}
    client.post("/console/second-factor", data=form)
    assert is_signed_in(client)
    assert f"{identity.address}#1001" == clerk(office).subject


@pytest.mark.parametrize(
    "said",
    [{"amr": ["pwd", "mfa"]}, {"acr": "phrh"}, {"acr": "https://refeds.org/profile/mfa"}],
)
def test_it_is_both_factors_where_it_says_so(
    office: Office, identity: Identity, said: Claims
) -> None:
    identity.person.more = said
    client, _ = come_back(office, identity)
    assert is_signed_in(client)
    with reading(office.service.engine) as session:
        actions = [one.action for one in session.exec(select(AuditEntry))]
    assert ["sign-on linked", "sign-in"] == actions


@pytest.mark.parametrize(
    "said",
    [{"amr": ["pwd", "otp"]}, {"amr": "mfa"}, {"acr": "0"}, {"acr": ["phrh"]}, {"amr": [["mfa"]]}],
)
def test_and_not_where_it_does_not(office: Office, identity: Identity, said: Claims) -> None:
    identity.person.more = said
    client, _ = come_back(office, identity)
    assert not is_signed_in(client)


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
def test_signatures_of_either_kind(office: Office, identity: Identity, algorithm: str) -> None:
    identity.algorithm = algorithm
    identity.new_key()
    identity.person.more = {"amr": ["mfa"]}
    client, _ = come_back(office, identity)
    assert is_signed_in(client)


def test_a_new_key_is_asked_for(office: Office, identity: Identity) -> None:
    identity.person.more = {"amr": ["mfa"]}
    client, address = begin(office)
    identity.new_key()
    client.get(identity.authorize(address).removeprefix(HOST))
    assert is_signed_in(client)


# Who it is


def test_the_address_counts_once(office: Office, identity: Identity) -> None:
    """Whoever gets the address later is not the same person."""
    identity.person.more = {"amr": ["mfa"]}
    assert is_signed_in(come_back(office, identity)[0])
    identity.person.email = "renamed@example.org"
    assert is_signed_in(come_back(office, identity)[0])
    identity.person = Person(sub="1002", more={"amr": ["mfa"]})
    client, answer = come_back(office, identity)
    assert 403 == answer.status_code
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "person",
    [
        Person(email="nobody@example.org"),
        Person(email_verified=False),
        Person(email=""),
        Person(more={"email_verified": "true"}),
        Person(more={"email": None}),
    ],
)
def test_who_has_no_account_here(office: Office, identity: Identity, person: Person) -> None:
    identity.person = person
    client, answer = come_back(office, identity)
    assert 403 == answer.status_code
    assert not is_signed_in(client)
    assert None is clerk(office).subject


def test_an_account_out_of_use_stays_out(office: Office, identity: Identity) -> None:
    identity.person.more = {"amr": ["mfa"]}
    come_back(office, identity)
    with transaction(office.service.engine) as session:
        account = session.exec(select(Account).where(Account.login == EMAIL)).one()
        account.active = False
        session.add(account)
    client, answer = come_back(office, identity)
    assert 403 == answer.status_code
    assert not is_signed_in(client)


def test_a_password_to_hand_over_is_void_once_it_is_linked(
    office: Office, identity: Identity
) -> None:
    with transaction(office.service.engine) as session:
        account = session.exec(select(Account).where(Account.login == EMAIL)).one()
        given = accounts.reset_password(account)
        session.add(account)
    identity.person.more = {"amr": ["mfa"]}
    assert is_signed_in(come_back(office, identity)[0])
    form = {"login": EMAIL, "password": given}
    assert 401 == office.stranger().post("/console/sign-in", data=form).status_code


# What is not believed


def change(name: str, value: object) -> Callable[[Claims], None]:
    def lie(claims: Claims) -> None:
        claims[name] = value(claims) if callable(value) else value

    return lie


def without(name: str) -> Callable[[Claims], None]:
    def lie(claims: Claims) -> None:
        del claims[name]

    return lie


LIES: dict[str, Callable[[Claims], None]] = {
    "another issuer": change("iss", "https://elsewhere.example"),
    "an issuer with a slash": change("iss", lambda claims: claims["iss"] + "/"),
    "another audience": change("aud", "another client"),
    "for another one too, without azp": change("aud", ["another client", CLIENT]),
    "another authorized party": change("azp", "another client"),
    "another nonce": change("nonce", "x" * 43),
    "no nonce": without("nonce"),
    "no subject": without("sub"),
    "a subject that is none": change("sub", 7),
    "no audience": without("aud"),
    "no end": without("exp"),
    "over": change("exp", lambda claims: claims["iat"] - oidc.LEEWAY - 1),
    "from tomorrow": change("iat", lambda claims: claims["iat"] + 86_400),
    "not yet": change("nbf", lambda claims: claims["iat"] + 86_400),
    "of another access token": change("at_hash", "x" * 22),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_claims_that_are_refused(
    office: Office, identity: Identity, lie: Callable[[Claims], None]
) -> None:
    identity.lie, identity.person.more = lie, {"amr": ["mfa"]}
    client, answer = come_back(office, identity)
    assert 401 == answer.status_code
    assert not is_signed_in(client)
    assert None is clerk(office).subject


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        signed_with_the_public_key,
        signed_by_a_stranger,
        lambda identity, claims: signed(identity, claims)[:-4] + "AAAA",
        lambda _identity, _claims: "x",
        lambda _identity, _claims: None,
    ],
    ids=["none", "HS256", "a stranger's", "altered", "no token", "nothing"],
)
def test_signatures_that_are_refused(
    office: Office, identity: Identity, sign: Callable[[Identity, Claims], str]
) -> None:
    identity.sign, identity.person.more = sign, {"amr": ["mfa"]}
    client, answer = come_back(office, identity)
    assert 401 == answer.status_code
    assert not is_signed_in(client)


def test_a_provider_that_offers_nothing_but_none(office: Office, identity: Identity) -> None:
    identity.metadata = {"id_token_signing_alg_values_supported": ["none", "HS256"]}
    identity.sign = unsigned
    assert 401 == come_back(office, identity)[1].status_code


def test_an_answer_is_taken_once(office: Office, identity: Identity) -> None:
    """Neither by the same browser nor, with the code, by another one."""
    identity.person.more = {"amr": ["mfa"]}
    client, address = begin(office)
    answer = identity.authorize(address).removeprefix(HOST)
    kept = client.cookies["__Host-zhengyin-sign-on"]
    client.get(answer)
    assert is_signed_in(client)
    for cookie in (None, kept):
        thief = office.stranger()
        if cookie:
            thief.cookies.set("__Host-zhengyin-sign-on", cookie)
        assert 401 == thief.get(answer).status_code
        assert not is_signed_in(thief)


def test_an_answer_belongs_to_the_browser_that_asked(office: Office, identity: Identity) -> None:
    """Nobody is signed in as somebody else by a link that was sent to them."""
    identity.person.more = {"amr": ["mfa"]}
    _, address = begin(office)
    victim, other = begin(office)
    answer = identity.authorize(address).removeprefix(HOST)
    assert 401 == victim.get(answer).status_code
    assert not is_signed_in(victim)
    code = parse_qs(urlsplit(identity.authorize(other)).query)["code"][0]
    state = parse_qs(urlsplit(address).query)["state"][0]
    victim, _ = begin(office)
    assert 401 == victim.get(f"{BACK}?code={code}&state={state}").status_code


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "state={state}",
        "code=x&state=",
        "code={code}&state=x",
        "code=&state={state}",
        "error=access_denied&state={state}",
        "code={code}&code=x&state={state}",
        "code={code}&state={state}&iss=https://elsewhere.example",
    ],
)
def test_answers_that_are_refused(office: Office, identity: Identity, query: str) -> None:
    identity.person.more = {"amr": ["mfa"]}
    client, address = begin(office)
    answer = parse_qs(urlsplit(identity.authorize(address)).query)
    filled = query.format(code=answer["code"][0], state=answer["state"][0])
    assert 401 == client.get(f"{BACK}?{filled}").status_code
    assert not is_signed_in(client)
    assert "__Host-zhengyin-sign-on" not in client.cookies


@pytest.mark.parametrize("cookie", ["", "x", "AAAA" * 40])
def test_cookies_that_are_refused(office: Office, identity: Identity, cookie: str) -> None:
    client, address = begin(office)
    client.cookies.clear()
    client.cookies.set("__Host-zhengyin-sign-on", cookie)
    assert 401 == client.get(identity.authorize(address).removeprefix(HOST)).status_code


def test_an_answer_that_comes_too_late(office: Office, identity: Identity) -> None:
    client, address = begin(office)
    office.clock.now += oidc.LIFE
    assert 401 == client.get(identity.authorize(address).removeprefix(HOST)).status_code


@pytest.mark.parametrize("more", ["next=https://elsewhere.example", "next=//elsewhere.example"])
def test_nobody_is_sent_elsewhere(office: Office, identity: Identity, more: str) -> None:
    identity.person.more = {"amr": ["mfa"]}
    client = office.stranger()
    address = client.get(f"/console/sign-in/oidc?{more}").headers["location"]
    assert "elsewhere" not in address
    answer = client.get(identity.authorize(address).removeprefix(HOST) + f"&{more}")
    assert (303, "/console") == (answer.status_code, answer.headers["location"])


def test_the_cookie_is_for_this_host_and_a_few_minutes(office: Office) -> None:
    said = office.stranger().get("/console/sign-in/oidc").headers["set-cookie"]
    flags = {part.strip().lower() for part in said.split(";")[1:]}
    assert {"httponly", "secure", "samesite=lax", "path=/", f"max-age={oidc.LIFE}"} <= flags


# The provider itself


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"jwks_uri": "http://127.0.0.1:9/keys"},
    ],
)
def test_metadata_that_are_refused(office: Office, identity: Identity, metadata: Claims) -> None:
    identity.metadata = metadata
    answer = office.stranger().get("/console/sign-in/oidc")
    assert 503 == answer.status_code
    assert 'name="password"' in answer.text  # there is another way in


def test_metadata_are_asked_for_once(office: Office, identity: Identity) -> None:
    begin(office)
    before = len(identity.asked)
    begin(office)
    assert before == len(identity.asked)


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    for path in ("/console/sign-in/oidc", BACK):
        assert 404 == office.stranger().get(path).status_code


@pytest.mark.parametrize("issuer", ["http://sso.example", "sso.example", "ftp://sso.example"])
def test_a_provider_without_https_is_refused(tmp_path: Path, issuer: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    environment = {
        "ZHENGYIN_TRUST": str(tmp_path),
        "ZHENGYIN_OIDC_ISSUER": issuer,
        "ZHENGYIN_OIDC_CLIENT_ID": CLIENT,
        "ZHENGYIN_OIDC_CLIENT_SECRET_FILE": str(secret),
    }
    with pytest.raises(CommandError) as error:
        read_settings(environment)
    assert "setting_unusable" == error.value.code


def test_the_password_still_lets_in(office: Office) -> None:
    form = {"login": EMAIL, "password": PASSWORD}
    assert 303 == office.stranger().post("/console/sign-in", data=form).status_code
