"""Alive, ready, counted and logged: for whoever runs the service, without anybody's data."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import select
from starlette.testclient import TestClient

from issuer.app import service_app
from issuer.console import operations as routes
from issuer.db import transaction
from issuer.running import log, metrics
from issuer.running.jobs import Jobs
from issuer.running.operations import facts, not_ready
from issuer.tables import Account, Setting, Submission
from tests.issuer.desk import INSTITUTION, demo_id_number, issue, orders
from tests.issuer.office import HOST, Office, open_office
from tests.verifier import pages
from tests.world import DAY, HOUR
from verifier.page_files import built_page

TOKEN = "a token of the test"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office whose numbers may be asked for with a token."""
    folder = tmp_path_factory.mktemp("office")
    office = open_office(folder)
    settings = replace(office.service.settings, metrics_token=TOKEN)
    office.service = replace(office.service, settings=settings)
    office.app = service_app(office.service, built_page(pages.build(folder / "page")))
    return office


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the service writes into its log."""
    into = io.StringIO()
    config = log.config()
    config["handlers"]["stderr"]["stream"] = into
    before = logging.root.handlers[:], logging.root.level
    logging.config.dictConfig(config)
    try:
        yield into
    finally:
        logging.root.handlers, logging.root.level = before


def lines_of(written: io.StringIO) -> list[dict[str, Any]]:
    """Without those of the test client."""
    lines = map(json.loads, written.getvalue().splitlines())
    return [line for line in lines if line["logger"] != "httpx2"]


def numbers(office: Office) -> dict[tuple[str, ...], float]:
    """All numbers: (name, label, value, …) → number."""
    answer = office.stranger().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert 200 == answer.status_code
    return {
        (
            sample.name,
            *(part for pair in sorted(sample.labels.items()) for part in pair),
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


# Alive and ready


def test_a_process_is_alive(office: Office) -> None:
    answer = office.stranger().get("/healthz")
    assert (200, "ok\n") == (answer.status_code, answer.text)


def test_it_is_ready_while_it_runs(office: Office) -> None:
    with TestClient(office.app, base_url=HOST) as client:
        answer = client.get("/readyz")
        assert (200, {"ready": True, "broken": []}) == (answer.status_code, answer.json())
    stopped = office.stranger().get("/readyz")
    assert (503, {"ready": False, "broken": ["jobs"]}) == (stopped.status_code, stopped.json())


def test_which_part_is_broken_is_told(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    assert [] == not_ready(office.service, jobs_alive=True)
    office.clock.now += 10 * DAY  # old: every verdict says so
    assert [] == not_ready(office.service, jobs_alive=True)
    office.clock.now += 90 * DAY  # expired: there are no verdicts
    assert ["trust"] == not_ready(office.service, jobs_alive=True)
    office.service.engine.dispose()
    database = office.service.settings.home / "issuer.sqlite"
    database.unlink()
    database.mkdir()
    assert ["database", "trust"] == not_ready(office.service, jobs_alive=True)


def test_the_thread_of_jobs_is_alive_between_start_and_stop(office: Office) -> None:
    jobs = Jobs(office.service, ())
    assert not jobs.alive
    jobs.start()
    assert jobs.alive
    jobs.stop()
    assert not jobs.alive


# Numbers


def test_numbers_are_for_this_machine_or_with_the_token(office: Office) -> None:
    """A proxy of this machine asks for somebody else."""

    def asked(host: str, name: str = "X-Other", value: str = "") -> bool:
        client = TestClient(office.app, base_url=HOST, client=(host, 50_000))
        answer = client.get("/metrics", headers={name: value.encode()})
        assert answer.status_code in (200, 401)
        assert (answer.status_code == 401) == (not answer.text)
        return answer.status_code == 200

    assert asked("127.0.0.1")
    assert asked("::1")
    assert not asked("10.0.0.1")
    for name in ("X-Forwarded-For", "Forwarded"):
        assert not asked("127.0.0.1", name, "10.0.0.1")
    assert asked("10.0.0.1", "Authorization", f"Bearer {TOKEN}")
    for wrong in (f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", "Bearer 中"):
        assert not asked("10.0.0.1", "Authorization", wrong)


def test_without_a_token_nobody_else_has_them(tmp_path: Path) -> None:
    answer = open_office(tmp_path).stranger().get("/metrics", headers={"Authorization": "Bearer "})
    assert 401 == answer.status_code


def test_requests_refusals_and_verdicts_are_counted(office: Office) -> None:
    client = office.stranger()
    before = numbers(office)
    client.get("/lookup")
    client.post("/api/v1/lookup", content=b"{")
    client.post("/verify", content="https://example.cn/\n9")
    client.get("/nowhere")
    after = numbers(office)
    grown = {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if name[0].endswith(("_total", "_count")) and value != before.get(name, 0)
    }
    assert 1 == grown["zhengyin_requests_total", "route", "look_up", "status", "200"]
    assert 1 == grown["zhengyin_requests_total", "route", "api_look_up", "status", "400"]
    assert 1 == grown["zhengyin_requests_total", "route", "api_verify", "status", "200"]
    assert 1 == grown["zhengyin_requests_total", "route", "page", "status", "404"]
    assert 1 == grown["zhengyin_request_seconds_count", "route", "look_up"]
    assert 1 == grown["zhengyin_refused_total", "code", "request_malformed"]
    verdicts = [name for name in grown if name[0] == "zhengyin_verified_total"]
    assert 2 == sum(grown[name] for name in verdicts)
    assert ("zhengyin_verified_total", "code", "foreign_code", "outcome", "not_ours") in verdicts


def test_what_the_database_knows(office: Office) -> None:
    """Asked when Prometheus asks: the same from every process."""
    service = office.service
    before = numbers(office)
    issue(service.desk(INSTITUTION, "test"), orders(3))
    now = service.seconds()
    with transaction(service.engine) as session:
        clerk = session.exec(select(Account.id)).first()
        common = {
            "institution": INSTITUTION,
            "type": "technical_level",
            "name": "x",
            "sha256": "",
            "sealed": b"",
            "corrections": b"",
            "created_by": clerk,
            "created": now,
            "changed": now,
        }
        for at, (state, failure) in enumerate(
            [("draft", ""), ("submitted", ""), ("submitted", ""), ("approved", "halted")]
        ):
            times = {"submitted": now - at * HOUR} if state != "draft" else {}
            session.add(Submission(**common | times, state=state, failure=failure))
        session.add(Setting(name="halted", value="test"))
    found = numbers(office)
    with transaction(service.engine) as session:
        session.delete(session.get_one(Setting, "halted"))
    issued = ("zhengyin_issued", "institution", INSTITUTION)
    assert 3 == found[issued] - before.get(issued, 0)
    expected = {
        ("zhengyin_rosters_waiting", "state", "submitted"): 2,
        ("zhengyin_rosters_waiting", "state", "approved"): 1,
        ("zhengyin_rosters_oldest_seconds", "state", "submitted"): 2 * HOUR,
        ("zhengyin_rosters_oldest_seconds", "state", "approved"): 3 * HOUR,
        ("zhengyin_rosters_stopped", "code", "halted"): 1,
        ("zhengyin_open_keys",): 1,
        ("zhengyin_halted",): 1,
        ("zhengyin_snapshot_age_seconds",): now - service.trust().snapshot.iat,
    }
    assert expected == {name: found[name] for name in expected}
    assert (0, 0) == (
        before["zhengyin_halted",],
        before["zhengyin_rosters_waiting", "state", "approved"],
    )


def test_the_numbers_of_each_database(tmp_path: Path, database: str) -> None:
    office = open_office(tmp_path, database=database)
    issue(office.service.desk(INSTITUTION, "test"), orders(3))
    assert [] == not_ready(office.service, jobs_alive=True)
    text = metrics.exposition(facts(office.service)).decode()
    assert f'zhengyin_issued{{institution="{INSTITUTION}"}} 3.0' in text


def test_no_number_names_a_person(office: Office) -> None:
    labels = {value for _, _, labels, _ in facts(office.service) for value in labels.values()}
    assert labels <= {INSTITUTION, "submitted", "approved", "halted"}


# Headers


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", 200),
        ("GET", "/t/snapshot.json", 200),
        ("GET", "/t/nothing", 404),
        ("GET", "/nothing", 404),
        ("POST", "/nothing", 405),
        ("GET", "/.well-known/jwt-vc-issuer/i/demo-pingjia", 200),
        ("GET", "/console", 303),
        ("GET", "/console/static/console.css", 200),
        ("GET", "/console/static/nothing", 404),
        ("POST", "/console", 405),
        ("GET", "/lookup", 200),
        ("GET", "/directory?page=x", 400),
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/lookup", 400),
        ("GET", "/verify", 405),
        ("POST", "/verify", 400),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 503),
        ("GET", "/metrics", 401),
    ],
)
def test_every_answer_has_the_headers(
    office: Office, method: str, path: str, expected: int
) -> None:
    """ASVS 3.4: whatever is answered, and by which part."""
    answer = office.stranger().request(method, path)
    assert expected == answer.status_code
    assert "max-age=31536000" == answer.headers["strict-transport-security"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert answer.headers["x-request-id"]


# The log


def test_a_line_says_which_route_and_who_and_nothing_typed(
    office: Office, written: io.StringIO
) -> None:
    office.browser("clerk").get("/console?secret=119999")
    client = office.stranger()
    typed = {
        "holder_name": "张测试",
        "id_number": demo_id_number(1),
        "certificate_number": "PJ2025000009",
    }
    answer = client.post("/lookup?id=119999", data=typed)
    client.post("/verify", content="https://example.cn/119999")
    client.get("/healthz")
    client.get("/t/snapshot.json")
    *_, home, last = lines_of(written)
    assert {"time", "level", "logger", "event", "request", "route", "status", "ms", "who"} == set(
        last
    )
    assert ("home", 200, "clerk") == (home["route"], home["status"], home["who"])
    assert ("look_up_answer", 200, "-") == (last["route"], last["status"], last["who"])
    assert answer.headers["x-request-id"] == last["request"]
    for word in ("张测试", "119999", "PJ2025", "?", "secret"):
        assert word not in str(lines_of(written))


def test_an_exception_is_logged_by_its_kind_and_place(
    office: Office, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its words nor those of what caused it; once, and the answer has the line's number."""

    def fail(*_: object) -> bool:
        try:
            return bool({}["张测试"])
        except KeyError as error:
            raise ValueError("119999199001010012") from error

    monkeypatch.setattr(routes, "_has_token", fail)
    client = TestClient(office.app, base_url=HOST, raise_server_exceptions=False)
    answer = client.get("/metrics", headers={"Authorization": "Bearer x"})
    assert 500 == answer.status_code
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    [line] = lines_of(written)
    assert ("error", "metrics", 500) == (line["level"], line["route"], line["status"])
    assert ["ValueError", "KeyError"] == line["error"]
    assert line["at"][-1].endswith(" fail")
    assert answer.headers["x-request-id"] == line["request"]
    for word in ("119999", "张测试"):
        assert word not in str(line) + answer.text
    noted = ValueError("x")
    noted.add_note(log.NOTED)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=noted)
    assert 1 == len(lines_of(written))


def test_what_others_log_is_their_sentence_without_the_values(written: io.StringIO) -> None:
    logging.getLogger("sqlalchemy.pool").warning("gave back %s", "119999199001010012")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <119999>")
    logging.getLogger("httpx").info("GET https://example.cn/?id=119999")
    logging.getLogger("uvicorn.access").info("GET /?id=119999")
    expected = ["gave back %s", "Task exception was never retrieved"]
    assert expected == [line["event"] for line in lines_of(written)]
