"""`zhengyin serve` of an institution: one process or several, all they answer, and how they end."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

import zhengyin
from issuer.people.access import ROUTES, Scope
from issuer.running.signing_job import sign_approved
from tests.issuer.api_clients import token_of
from tests.issuer.desk import INSTITUTION, Town, orders, settle
from tests.issuer.office import open_office
from tests.issuer.submitting import Roster, workbook

PATIENCE = 120  # seconds
PUBLIC = {
    "/": 200,
    "/t/snapshot.json": 200,
    "/healthz": 200,
    "/readyz": 200,
    "/metrics": 200,
    "/lookup": 200,
    "/directory": 200,
    "/language/en": 303,
    "/console/sign-in": 200,
    "/console": 303,
    "/nowhere": 404,
}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """An institution's folder as of now, its key opened at the start."""
    town = settle(tmp_path / "town")
    town.home.mkdir()
    (town.home / "signers.toml").write_text(
        f'[{INSTITUTION}]\nkey = "../key.pem"\npassphrase_file = "../passphrase"\n'
    )
    return town


class Running:
    """The command in a process of its own, from its last word on."""

    def __init__(self, process: subprocess.Popen[str], said: list[str]) -> None:
        self.process = process
        self.said = said
        self.url = next(line for line in said if "http://" in line).partition(": ")[2]
        self.port = int(self.url.rpartition(":")[2].partition("/")[0])

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Any:
        """The answer, over a connection of its own; the kernel chooses the process."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def ended(self) -> list[dict[str, Any]]:
        """Wait until it has ended; give the lines of its log."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert (0, "") == (self.process.returncode, out), err
        return [json.loads(line) for line in err.splitlines()]


@contextmanager
def started(folder: Path, *words: str | Path, **environment: str) -> Iterator[Running]:
    line = [sys.executable, "-m", "zhengyin", "serve", "--port", "0", *map(str, words)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHENGYIN_")}
    given = {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TMPDIR": str(folder), **environment}
    process = subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=kept | given,
    )
    try:
        assert process.stdout is not None
        said: list[str] = []
        for text in process.stdout:
            said.append(text.rstrip("\n"))
            if "Ctrl-C" in text:
                break
        else:
            pytest.fail(str(process.communicate()))
        yield Running(process, said)
    finally:
        process.kill()
        process.communicate()


def test_two_processes_answer_everything_and_lose_nothing(town: Town, tmp_path: Path) -> None:
    with started(tmp_path, "--home", town.home, "--trust", town.trust, "--workers", "2") as running:
        assert (
            ["issuing desk: ", "look-up: ", "processes: 2"]
            == [
                re.match(r"[a-z -]+: 2?", line)[0]  # type: ignore[index]
                for line in running.said[:3]
            ]
        )
        for path, expected in PUBLIC.items():
            answer, _ = running.ask(path)
            assert expected == answer.status, path
            assert "nosniff" == answer.headers["x-content-type-options"], path
            assert answer.headers["x-request-id"]
        asked = 20
        ids = {running.ask("/directory")[0].headers["x-request-id"] for _ in range(asked)}
        assert asked == len(ids)
        # Whichever process is asked, it has the numbers of both.
        _, content = running.ask("/metrics")
        assert asked + 1 == counted(content.decode(), "directory")
        assert [1.0] == values(content.decode(), "zhengyin_open_keys")

        answer, content = running.ask(
            "/api/v1/lookup", "POST", '{"holder_name":"","certificate_number":""}'
        )
        assert (200, []) == (answer.status, json.loads(content)["certificates"])
        answer, content = running.ask("/verify", "POST", "9")
        assert (200, "not_ours") == (answer.status, json.loads(content)["outcome"])

        under_way = half_asked(running.port, 6)
        running.process.send_signal(signal.SIGTERM)
        wait_until_closed(running.port)
        for one in under_way:
            assert "HTTP/1.1 200 OK" in finished(one)
        log = running.ended()
    assert 2 == len({line["time"] for line in log if line["event"] == "started"})
    assert ["stopped", "stopped"] == [line["event"] for line in log[-2:]]
    routes = [line["route"] for line in log if line["event"] == "request"]
    assert asked + 1 == routes.count("directory")
    assert set(routes) <= set(ROUTES)
    assert not list(tmp_path.glob("zhengyin-*"))


def counted(exposition: str, route: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
        if sample.name == "zhengyin_requests_total" and sample.labels["route"] == route
    )


def values(exposition: str, name: str) -> list[float]:
    found = text_string_to_metric_families(exposition)
    return [one.value for family in found for one in family.samples if one.name == name]


def half_asked(port: int, count: int) -> list[socket.socket]:
    """Requests whose heads have arrived, and the first half of their bodies."""
    made = []
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        one.sendall(b"POST /verify HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n9")
        made.append(one)
    time.sleep(1)  # until they are read
    return made


def wait_until_closed(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("it still listens")


def finished(one: socket.socket) -> str:
    """The answer, once the other half is sent."""
    one.sendall(b"9")
    got = b""
    while more := one.recv(65_536):
        got += more
    one.close()
    return got.decode()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_process(town: Town, tmp_path: Path, how: signal.Signals) -> None:
    """Its settings from the environment."""
    settings = {"ZHENGYIN_HOME": str(town.home), "ZHENGYIN_TRUST": str(town.trust)}
    with started(tmp_path, **settings) as running:
        assert 200 == running.ask("/readyz")[0].status
        assert urlsplit(running.url).path == "/console"
        under_way = half_asked(running.port, 1)
        running.process.send_signal(how)
        assert "HTTP/1.1 200 OK" in finished(under_way[0])
        log = running.ended()
    assert "stopped" == log[-1]["event"]


def test_a_download_under_way_is_finished_and_no_process_is_left(tmp_path: Path) -> None:
    """That `ended` comes back tells that no drawing process has the log open any more."""
    office = open_office(tmp_path / "town", now=int(time.time()))
    roster = Roster.enter(office, workbook(orders(40))).submit().approve()
    sign_approved(office.service)
    token = token_of(office, "admin", Scope.CERTIFICATES)
    office.service.engine.dispose()
    with started(tmp_path, "--home", office.town.home, "--trust", office.town.trust) as running:
        one = socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE)
        path = f"/api/v1/rosters/{roster.id}/certificates.zip"
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        one.sendall(head.encode())
        got = one.recv(1_000)
        assert got.startswith(b"HTTP/1.1 200 OK")
        running.process.send_signal(signal.SIGTERM)
        while not got.endswith(b"0\r\n\r\n"):  # the last chunk (RFC 9112 §7.1)
            more = one.recv(1 << 20)
            assert more, "broken off"
            got += more
        assert "stopped" == running.ended()[-1]["event"]
    assert 40 == got.count(b"%PDF-")


def test_what_keeps_a_process_from_starting_ends_all(town: Town, tmp_path: Path) -> None:
    (town.folder / "passphrase").write_text("another")
    words = ("--home", town.home, "--trust", town.trust, "--workers", "2")
    line = [sys.executable, "-m", "zhengyin", "serve", "--port", "0", *map(str, words)]
    done = subprocess.run(
        line,
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        env=os.environ | {"LC_ALL": "C"},
    )
    assert (1, "") == (done.returncode, done.stdout)
    log = [json.loads(text) for text in done.stderr.splitlines() if text.startswith("{")]
    assert {"cannot start"} <= {one["event"] for one in log}
    assert "key_file_wrong_passphrase" in {one.get("code") for one in log}
    assert "zhengyin: error: a process of the service cannot start" in done.stderr
    assert "another" not in done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--workers", "2"], "--workers needs --home"),
        (["--home", "x", "--workers", "0"], "0: not 1 to 64"),
        (["--home", "x", "--workers", "many"], "many: not 1 to 64"),
    ],
)
def test_usage(
    words: list[str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("ZHENGYIN_HOME", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert zhengyin.USAGE == zhengyin.main(["serve", *words])
    assert expected in capsys.readouterr().err


def test_the_help_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        zhengyin.main(["serve", "--help"])
    said = capsys.readouterr().out
    for word in (
        "--home",
        "--workers",
        "--trust",
        "--pin",
        "--lan",
        "--host",
        "--port",
        "ZHENGYIN_",
    ):
        assert word in said
