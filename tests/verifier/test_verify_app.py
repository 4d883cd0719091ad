"""POST /verify: what the command says of the same lines, within limits, beside other routes."""

import io
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

import zhengyin
from keys.published import write_tree
from schemas.errors import CommandError
from schemas.limits import MAX_SD_JWT_TEXT
from tests.world import HOUR, NOW, World
from verifier.published_trust import PublishedTrust
from verifier.verify_app import AT_ONCE, LOOK, MAX_BODY, MAX_TEXTS, PATHS, VerifyFirst

HEADERS = {"X-Test": "here"}


@dataclass(slots=True)
class Stand:
    """The app in front of another one, over a demonstration's tree."""

    folder: Path
    world: World
    client: TestClient
    app: VerifyFirst
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    texts: tuple[str, ...] = ()

    def post(self, body: bytes | str, media_type: str = "text/plain", path: str = "/verify") -> Any:
        return self.client.post(path, content=body, headers={"Content-Type": media_type})


def refusal(error: CommandError | None) -> Response:
    if error is None:
        return PlainTextResponse("method", 405)
    return PlainTextResponse(error.code, 413 if "too" in error.code else 400)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    world = World(env="demo", single=True)
    world.new_root(exp=4_102_444_800)  # the command looks at the clock
    made = world.issue(), world.issue(), world.issue()
    write_tree(tmp_path / "trust", world.publish(), tokens={}, poster="")
    counted: Counter[tuple[str, str]] = Counter()
    app = VerifyFirst(
        PlainTextResponse("behind"),
        trust=PublishedTrust(tmp_path / "trust", frozenset(), lambda: NOW),
        clock=lambda: NOW,
        count=counted.update,
        refuse=refusal,
        headers=HEADERS,
    )
    texts = tuple(one.text for one in made)
    return Stand(tmp_path, world, TestClient(app), app, counted, texts)


def by_command(
    stand: Stand, body: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, Any]]:
    """What `zhengyin verify --json -` prints of `body`."""
    given = io.TextIOWrapper(io.BufferedReader(io.BytesIO(body)), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", given)
    at = datetime.fromtimestamp(NOW, UTC).isoformat()
    zhengyin.main(["verify", "--json", "--trust", str(stand.folder / "trust"), "--at", at, "-"])
    printed = capsys.readouterr()
    assert "" == printed.err
    return [json.loads(line) for line in printed.out.splitlines()]


def lines_of(answer: Response | Any) -> list[dict[str, Any]]:
    assert 200 == answer.status_code, answer.text
    assert "application/x-ndjson" == answer.headers["content-type"]
    return [json.loads(line) for line in answer.text.splitlines()]


BODIES: Mapping[str, str] = {
    "one": "{0}",
    "its line ended": "{0}\n",
    "several, and not all of them good": "{0}\r\n\n{1}x\nhttps://example.cn/\n  {2}  \n",
    "a byte-order mark": "\ufeff{0}",
    "too long": "{0}\n" + "9" * (MAX_SD_JWT_TEXT + 100) + "\n{1}",
    "altered": "{altered}",
}


@pytest.mark.parametrize("name", BODIES)
def test_it_says_what_the_command_says(
    stand: Stand, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    altered = stand.texts[0][:-10] + "AAAAAAAAA~"
    body = BODIES[name].format(*stand.texts, altered=altered).encode()
    expected = by_command(stand, body, monkeypatch, capsys)
    assert expected
    assert expected == lines_of(stand.post(body))
    assert Counter((one["outcome"], one["code"]) for one in expected) == stand.counted


def test_bytes_that_are_no_text(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    body = stand.texts[0].encode() + b"\n\xff\xfe\n"
    assert by_command(stand, body, monkeypatch, capsys) == lines_of(stand.post(body))


def test_a_batch_is_answered_in_its_order(stand: Stand) -> None:
    """As many as are checked at once, one more, and the most."""
    for count in (AT_ONCE, AT_ONCE + 1, MAX_TEXTS):
        wanted = [stand.texts[at % 3] if at % 2 else f"9{at}" for at in range(count)]
        found = lines_of(stand.post("\n".join(wanted)))
        assert [f"-:{number}" for number in range(1, count + 1)] == [one["input"] for one in found]
        expected = ["valid" if at % 2 else "other" for at in range(count)]
        assert expected == ["valid" if one["outcome"] == "valid" else "other" for one in found]


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_in_json_out(stand: Stand, media_type: str) -> None:
    """A string is answered by an object, an array by an array."""
    [expected] = lines_of(stand.post(stand.texts[0]))
    answer = stand.post(json.dumps(stand.texts[0]), media_type)
    assert "application/json" == answer.headers["content-type"]
    assert expected == answer.json()
    several = stand.post(f" {json.dumps([*stand.texts, ''])}", media_type).json()
    assert ["ok", "ok", "ok", "input_empty"] == [one["code"] for one in several]
    assert expected == several[0]
    assert [expected] == stand.post(json.dumps(stand.texts[:1]), media_type).json()
    long = stand.post(json.dumps(["9" * (MAX_SD_JWT_TEXT + 1)]), media_type).json()
    assert "input_too_long" == long[0]["code"]


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"", "text/plain", "input_empty"),
        (b"\n \n", "text/plain", "input_empty"),
        (b"[]", "application/json", "input_empty"),
        (b"{}", "application/json", "request_malformed"),
        (b"[1]", "application/json", "request_malformed"),
        (b'"\\ud800"', "application/json", "request_malformed"),
        (b'"\xff"', "application/json", "request_malformed"),
        (b"null", "application/json", "request_malformed"),
        (b"[" * 10_000, "application/json", "request_malformed"),
        (b"9\n" * (MAX_TEXTS + 1), "text/plain", "too_many_texts"),
        (b"[" + b'"9",' * MAX_TEXTS + b'"9"]', "application/json", "too_many_texts"),
        (b"9" * (MAX_BODY + 1), "text/plain", "request_too_large"),
    ],
)
def test_what_cannot_be_answered(stand: Stand, body: bytes, media_type: str, expected: str) -> None:
    answer = stand.post(body, media_type)
    assert expected == answer.text
    assert answer.status_code in (400, 413)
    assert not stand.counted


def test_everything_else_stands_behind(stand: Stand) -> None:
    for path in ("/", "/verify/", "/Verify", "/api/v1/verify/x"):
        assert "behind" == stand.client.post(path).text
    for path in PATHS:
        assert 405 == stand.client.get(path).status_code
        assert 200 == stand.post(stand.texts[0], path=path).status_code


def test_what_is_published_later_counts(stand: Stand) -> None:
    assert "ok" == lines_of(stand.post(stand.texts[0]))[0]["code"]
    new = stand.world.issue(iat=NOW - 2 * HOUR)
    assert "issued_after_snapshot" == lines_of(stand.post(new.text))[0]["code"]
    later = stand.world.publish(iat=NOW - HOUR // 2)
    write_tree(stand.folder / "trust", later, tokens={}, poster="")
    stand.app._look_again -= LOOK
    assert "ok" == lines_of(stand.post(new.text))[0]["code"]


def test_every_answer_has_the_headers(stand: Stand) -> None:
    assert "here" == stand.post(stand.texts[0]).headers["x-test"]
