"""The demonstration's service: its people sign in with the printed password, its keys are open."""

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from issuer.app import service_app
from issuer.db import reading
from issuer.demo import office
from issuer.demo.people import ZHANG
from issuer.running.service import Service
from issuer.running.settings import require_safe
from tests.issuer.demonstration import Made
from tests.refused import code_of
from tests.verifier import pages
from verifier.page_files import built_page

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def demo(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to change."""
    folder = tmp_path_factory.mktemp("copy") / "demo"
    shutil.copytree(made.path, folder)
    return folder


@pytest.fixture(scope="module")
def service(demo: Path) -> Service:
    return Service.open(office.settings(demo, URL))


@pytest.fixture
def client(service: Service, tmp_path: Path) -> TestClient:
    app = service_app(service, built_page(pages.build(tmp_path)))
    return TestClient(app, base_url=URL, follow_redirects=False)


@pytest.mark.parametrize("login", [one.login for one in office.PEOPLE])
def test_everybody_signs_in_with_one_password(demo: Path, client: TestClient, login: str) -> None:
    password = (demo / "passphrase").read_text(encoding="utf-8").strip()
    assert password.startswith("demo-only-")
    answer = client.post("/console/sign-in", data={"login": login, "password": password})
    assert (303, "/console") == (answer.status_code, answer.headers["location"])
    page = client.get("/console")
    assert 200 == page.status_code
    assert next(one.name for one in office.PEOPLE if one.login == login) in page.text


def test_the_district_has_its_institutions(demo: Path, client: TestClient) -> None:
    password = (demo / "passphrase").read_text(encoding="utf-8").strip()
    client.post("/console/sign-in", data={"login": "quju", "password": password})
    assert "示例机械评价中心（演示）" in client.get("/console").text


def test_every_institution_can_sign(service: Service) -> None:
    with reading(service.engine) as session:
        states = [
            service.signers.state(session, one.id) for one in service.trust().registry.institutions
        ]
    assert 5 == len(states)
    assert all(one.kid for one in states)


def test_what_was_issued_can_be_looked_up(made: Made, client: TestClient) -> None:
    number = next(
        path.name for path in sorted((made.path / "certificates").iterdir()) if "PJ" in path.name
    )
    typed = {"holder_name": ZHANG.name, "id_number": ZHANG.id_number, "certificate_number": number}
    [found] = client.post("/api/v1/lookup", json=typed).json()["certificates"]
    assert "valid" == found["status"]


def test_its_settings_are_refused_in_production(demo: Path) -> None:
    settings = office.settings(demo, URL)
    require_safe(settings, demo=True)
    assert "setting_unsafe" == code_of(lambda: require_safe(settings, demo=False))
