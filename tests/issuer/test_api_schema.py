"""The whole API asked what nobody would, from its own description: no failure, answers as described.

In this process, without a socket; the same requests in every run.
"""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import CHECKS, load_all_checks

from issuer.api.description import description
from issuer.db import transaction
from issuer.people import clients
from issuer.people.access import ROUTES, Scope
from tests.issuer.desk import INSTITUTION, issue, orders
from tests.issuer.office import HOST, Office, open_office

load_all_checks()
ASKED = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]
EXAMPLES = 30  # of each operation


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = open_office(tmp_path_factory.mktemp("office"))
    issue(office.service.desk(INSTITUTION, "officer"), orders(3), now=office.service.now())
    return office


@pytest.fixture(scope="module")
def token(office: Office) -> str:
    with transaction(office.service.engine) as session:
        _, token = clients.add(
            session,
            institution=INSTITUTION,
            name="测试系统",
            scopes=list(Scope),
            days=30,
            created_by=4,
            now=office.service.seconds(),
        )
    return token


schema = schemathesis.openapi.from_dict(description())


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_answers_as_described(case: Case, office: Office, token: str) -> None:
    asked = requests.Request(**case.as_transport_kwargs(base_url=HOST)).prepare()
    headers = {**asked.headers, "Authorization": f"Bearer {token}"}
    answer = office.stranger().request(
        str(asked.method), str(asked.url), headers=headers, content=asked.body
    )
    case.validate_response(answer, checks=ASKED)


def test_every_route_of_the_api_is_described() -> None:
    described = {
        operation["operationId"]
        for path in description()["paths"].values()
        for operation in path.values()
    }
    assert {name for name in ROUTES if name.startswith("api_")} - {"api_description"} == described
