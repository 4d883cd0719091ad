"""Systems with tokens, for tests of the API."""

from sqlmodel import select
from starlette.testclient import TestClient

from issuer.db import transaction
from issuer.people import clients
from issuer.people.access import Scope
from issuer.tables import Account
from tests.issuer.office import PEOPLE, Office


def token_of(office: Office, admin: str = "admin", *scopes: Scope) -> str:
    """The token of a system that `admin` has let in; without `scopes`, with all of them."""
    with transaction(office.service.engine) as session:
        account = session.exec(select(Account).where(Account.login == admin)).one()
        _, token = clients.add(
            session,
            institution=str(PEOPLE[admin][1]),
            name=f"测试系统 {admin}",
            scopes=scopes or list(Scope),
            days=30,
            created_by=account.id or 0,
            now=office.service.seconds(),
        )
    return token


def system(office: Office, admin: str = "admin", *scopes: Scope) -> TestClient:
    """A client that sends such a token."""
    client = office.stranger()
    client.headers["Authorization"] = f"Bearer {token_of(office, admin, *scopes)}"
    return client
