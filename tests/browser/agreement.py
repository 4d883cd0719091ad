"""The same questions to Python and to a browser: what is presented, and what is published.

The browser needs no driver: it opens a page, built from `verifier/web/tests/agreement` with the
core as it is shipped, which fetches the questions and posts the answers back.
"""

import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Literal, NamedTuple

from keys.trust import TrustState, update
from schemas import base64url, codes, qr, strict_json
from schemas.errors import TrustError, VerificationError
from schemas.sd_jwt import SdJwt
from tests.browser.chromium import SWITCHES
from tests.browser.mutants import Asked, Given
from tests.world import ORIGIN, moment
from verifier.verdict import Verdict, check

Engine = Literal["webcrypto", "library"]
Command = Callable[[Path, str], list[str]]
"""The command line that opens an address, with a profile of its own."""
ENGINES: tuple[Engine, ...] = ("webcrypto", "library")
FIRST: Mapping[Engine, int] = {"webcrypto": 100_000, "library": 1_500}
"""How many of the questions an engine answers; the library takes a hundred times as long for each."""
FIRST_UPDATES: Mapping[Engine, int] = {"webcrypto": 100_000, "library": 200}

WEB = Path(__file__).parents[2] / "verifier" / "web"
_VITE = WEB / "node_modules" / "vite" / "bin" / "vite.js"
_PATIENCE = 600  # seconds for all answers of one engine

_SAYS_SOMETHING = frozenset(
    {"replaced", "expired", "registry_expired", "issued_after_snapshot", "issuer_unknown"}
)
"""Codes whose sentence has a number, a date or a key in it, and no detail."""


class Questions(NamedTuple):
    """Everything that is asked."""

    asked: Sequence[Asked]
    states: Mapping[str, Given]
    updates: Sequence[Sequence[Given]]
    """What a verifier is given one after the other."""


class Answers(NamedTuple):
    """One text for each question."""

    asked: list[str]
    updates: list[str]


# Python's answers


def answers(questions: Questions) -> Answers:
    """What Python says."""
    states = {name: given.believed() for name, given in questions.states.items()}
    return Answers(
        [_answer(one, states) for one in questions.asked],
        [_answer_updates(steps) for steps in questions.updates],
    )


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _answer(asked: Asked, states: Mapping[str, TrustState]) -> str:
    """The verdict: what people see first, in the open; all the rest of it, hashed."""
    trust = None if asked.trust is None else states[asked.trust]
    verdict = check(asked.text, trust=trust, now=moment(asked.at))
    said = verdict.message if verdict.code in _SAYS_SOMETHING else {}
    return "|".join(
        (
            verdict.code,
            "".join(one.state[0] for one in verdict.checks),
            " ".join(one.code for one in verdict.warnings),
            " ".join(said[language] for language in codes.LANGUAGES if said),
            _unpacked(asked.text),
            _hash(strict_json.dumps(_report(verdict))),
        )
    )


def _report(verdict: Verdict) -> dict[str, Any]:
    """The verdict without its sentences, which may have a detail in it that is said in other words."""
    report = verdict.to_dict("")
    return {name: report[name] for name in report if name not in ("input", "message", "hint")}


def _unpacked(text: str) -> str:
    """The SD-JWT that a text stands for, or why there is none."""
    try:
        if text.endswith("~") and text.count(".") == 2 and len(text) <= 16_384:
            return _hash(SdJwt.parse(text).text.encode())
        origin, packed = qr.read_text(text)
        return _hash(qr.unpack_token(packed, origin or ORIGIN).text.encode())
    except VerificationError as error:
        return error.code


def _answer_updates(steps: Sequence[Given]) -> str:
    """The codes of the updates, and what is believed in the end."""
    state: TrustState | None = None
    found = []
    for step in steps:
        try:
            state = update(state, step.documents, pins=step.pins, now=step.now)
            found.append("")
        except TrustError as error:
            found.append(error.code)
    return f"{','.join(found)}|{_hash(strict_json.dumps(_believed(state))) if state else ''}"


def _believed(state: TrustState) -> list[Any]:
    """What a state believes."""
    lists = [
        [
            name,
            one.status and "".join(str(int(one.status[idx])) for idx in range(one.status.count)),
            None if one.issued is None else one.issued.data.hex(),
            [list(pair) for pair in one.replaced.items()],
            one.status_is_old,
        ]
        for name, one in state.lists.items()
    ]
    versions = [state.root.version, state.registry.version, state.snapshot.version]
    return [*versions, state.newest, state.demo, [*state.keys], [*state.types], lists]


# A browser's answers


def build(folder: Path) -> None:
    """Build the page into `folder`."""
    config = WEB / "tests" / "agreement" / "vite.config.ts"
    command = ["node", str(_VITE), "build", "--config", str(config), "--outDir", str(folder)]
    done = subprocess.run(
        [*command, "--emptyOutDir", "--logLevel", "error"],
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


def write(questions: Questions, path: Path) -> None:
    """The questions as the page reads them; documents that are the same stand there once."""
    shelf: dict[bytes, int] = {}

    def put(data: bytes) -> int:
        return shelf.setdefault(data, len(shelf))

    def put_all(given: Given) -> dict[str, Any]:
        documents = given.documents
        files = ("types", "status", "issued", "replaced")
        return {
            "roots": [put(root) for root in documents.roots],
            "snapshot": put(documents.snapshot),
            "registry": put(documents.registry),
            "registry_signatures": put(documents.registry_signatures),
            **{
                kind: {name: put(data) for name, data in getattr(documents, kind).items()}
                for kind in files
            },
            "pins": given.pins,
            "now": given.now,
        }

    content = {
        "states": {name: put_all(given) for name, given in questions.states.items()},
        "updates": [[put_all(step) for step in steps] for steps in questions.updates],
        "asked": questions.asked,
        "first": FIRST,
        "first_updates": FIRST_UPDATES,
    }
    content["shelf"] = [base64url.encode(data) for data in shelf]
    path.write_text(json.dumps(content), "utf-8")


def chromium(executable: str) -> Command:
    """How Chromium is started."""
    return lambda profile, address: [
        executable,
        "--headless",
        *SWITCHES,
        f"--user-data-dir={profile}",
        address,
    ]


def firefox(executable: str) -> Command:
    """How Firefox is started."""
    return lambda profile, address: [
        executable, "--headless", "--no-remote", "--profile", str(profile), address
    ]  # fmt: skip


class _Page(SimpleHTTPRequestHandler):
    """Serves the page, and keeps what it posts."""

    posted: Queue[tuple[str, Any]]

    def do_POST(self) -> None:
        """Keep what is posted, under the last part of its address."""
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.put((self.path.rpartition("/")[2], json.loads(data)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def opened(command: Command, folder: Path, profile: Path) -> Iterator[Queue[tuple[str, Any]]]:
    """A browser with the page in `folder`; what it posts. It is stopped in the end."""
    posted: Queue[tuple[str, Any]] = Queue()
    handler = partial(type("Page", (_Page,), {"posted": posted}), directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    browser = subprocess.Popen(
        command(profile, f"http://127.0.0.1:{server.server_port}/index.html"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield posted
    finally:
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()
        server.shutdown()
        server.server_close()


def collected(posted: Queue[tuple[str, Any]]) -> dict[str, Answers]:
    """The browser's answers, by engine.

    Raises:
        AssertionError: it has failed, or gives none.
    """
    found: dict[str, Answers] = {}
    while len(found) < len(ENGINES):
        try:
            engine, said = posted.get(timeout=_PATIENCE)
        except Empty:
            raise AssertionError(f"no answer within {_PATIENCE} s") from None
        if engine not in ENGINES:
            raise AssertionError(said)
        found[engine] = Answers(said["asked"], said["updates"])
    return found


def differences(questions: Questions, ours: Answers, theirs: Answers) -> list[str]:
    """Where two answers differ, with what was asked; `theirs` may be the first ones only."""
    asked = zip(questions.asked, ours.asked, theirs.asked, strict=False)
    updates = zip(range(len(ours.updates)), ours.updates, theirs.updates, strict=False)
    return [
        f"{python}\n{browser}\n{question}"
        for question, python, browser in (*asked, *updates)
        if python != browser
    ]
