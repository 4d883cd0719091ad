"""An institution's service in front of a test client: people of every role, time that is set by hand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
from sqlmodel import select
from starlette.testclient import TestClient

from issuer.app import ServiceApp, service_app
from issuer.db import sqlite_url, transaction
from issuer.people import accounts
from issuer.people.access import Role
from issuer.running.service import Service
from issuer.running.settings import Settings, SignerSetting
from issuer.tables import Account
from tests.issuer.desk import INSTITUTION, OTHER, Town, settle
from tests.verifier import pages
from tests.world import NOW
from verifier.page_files import built_page

HOST = "https://office.example"
PASSWORD = "a password for tests only"

PEOPLE: Mapping[str, tuple[Role, str | None, str]] = {
    "clerk": (Role.CLERK, INSTITUTION, ""),
    "clerk-2": (Role.CLERK, INSTITUTION, ""),
    "approver": (Role.APPROVER, INSTITUTION, ""),
    "admin": (Role.ADMIN, INSTITUTION, ""),
    "bureau": (Role.BUREAU, None, ""),
    "district": (Role.DISTRICT, None, "海淀区"),
    "other-clerk": (Role.CLERK, OTHER, ""),
    "other-approver": (Role.APPROVER, OTHER, ""),
    "other-admin": (Role.ADMIN, OTHER, ""),
}
"""Login → role, institution, district."""


@dataclass(slots=True)
class Clock:
    """Time that only tests move."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Office:
    """The service, its app, and who works there."""

    town: Town
    clock: Clock
    service: Service
    app: ServiceApp
    clients: dict[str, TestClient] = field(default_factory=dict)

    def stranger(self) -> TestClient:
        """A browser that nobody has signed in with."""
        return TestClient(self.app, base_url=HOST, follow_redirects=False)

    def browser(self, login: str) -> TestClient:
        """A browser in which somebody of `PEOPLE` is signed in, both factors given."""
        if login not in self.clients:
            client = self.stranger()
            sign_in(self, client, login)
            self.clients[login] = client
        return self.clients[login]

    def csrf(self, login: str) -> str:
        """The token of the session's forms."""
        return csrf_of(self.browser(login).get("/console").text)


def csrf_of(page: str) -> str:
    """The token that a page's forms have."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "no token on the page"
    return found[1]


def open_office(
    folder: Path,
    *,
    database: str | None = None,
    second_factor: bool = True,
    url: str = HOST,
    now: int = NOW,
    clock: Clock | None = None,
    signs: bool = True,
    town: Town | None = None,
    **changes: Any,
) -> Office:
    """Lay out a town in `folder` and open its service, with all `PEOPLE`; with the key if it `signs`.

    `town` is there already, if it is given; `changes` are other settings.
    """
    clock = clock or Clock(now)
    town = town or settle(folder, now=now)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    signer = SignerSetting(key=str(folder / "key.pem"), passphrase_file=folder / "passphrase")
    settings = Settings(
        home=home,
        database_url=database or sqlite_url(home / "issuer.sqlite"),
        trust=town.trust,
        url=url,
        signers={INSTITUTION: signer} if signs else {},
        second_factor=second_factor,
    )
    service = Service.open(replace(settings, **changes), clock)
    hire(service)
    page = built_page(pages.build(folder / "page"))
    return Office(town=town, clock=clock, service=service, app=service_app(service, page))


def hire(service: Service) -> None:
    """Give everybody of `PEOPLE` an account; all have `PASSWORD`."""
    with transaction(service.engine) as session:
        for login, (role, institution, district) in PEOPLE.items():
            session.add(
                Account(
                    login=login,
                    name=f"测试{login}",
                    role=role,
                    institution=institution,
                    district=district,
                    password=hashed(),
                    created=service.seconds(),
                )
            )


@cache
def hashed() -> str:
    """`PASSWORD`, hashed once: it takes long on purpose."""
    account = Account(login="x", name="x", role="clerk", created=0)
    accounts.set_password(account, PASSWORD)
    return account.password


def code_of(service: Service, login: str) -> str:
    """What the authenticator of `login` shows now."""
    with transaction(service.engine) as session:
        account = session.exec(select(Account).where(Account.login == login)).one()
        secret = accounts.new_totp(service.vault, account)
        session.add(account)
    return pyotp.TOTP(secret).at(int(service.clock()))


def sign_in(office: Office, client: TestClient, login: str, password: str = PASSWORD) -> None:
    """Go the whole way through the forms."""
    answer = client.post("/console/sign-in", data={"login": login, "password": password})
    assert 303 == answer.status_code, answer.text
    page = client.get("/console/second-factor")
    # Each code is good once: everybody waits for the next one.
    office.clock.now += 30
    code = code_of(office.service, login)
    answer = client.post("/console/second-factor", data={"code": code, "csrf": csrf_of(page.text)})
    assert 303 == answer.status_code, answer.text
