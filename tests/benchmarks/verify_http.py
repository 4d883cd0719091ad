"""POST /verify beside raw Ed25519: the whole service in a real uvicorn, driven by a client in another process.

What counts is verdicts per second of the server's processor time (it has one thread at work at a
time), as a share of raw verifies per second of processor time, the best of short rounds that take
turns, as in `side_by_side`: other programs on the machine then weigh less. The client speaks HTTP/1.1 over kept-alive connections, one request
under way on each; what it reaches against an app that only answers shows that it is not measured.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import cast

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from issuer.app import service_app
from issuer.db import sqlite_url
from issuer.running.service import Service
from issuer.running.settings import Settings
from keys.published import write_tree
from keys.signer import MemorySigner
from tests.benchmarks.serving import served
from tests.benchmarks.verify import NOW, Sample, published, scanned
from tests.verifier import pages
from verifier.page_files import built_page

CONNECTIONS = 32
ROUNDS = 40
SECONDS = 0.3  # of a round: short, so that some have the machine alone
BATCH = 100  # texts of a request
RAW = 3_000  # raw verifies of a round: as long as the others
GOAL = 0.45  # of raw Ed25519


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How many verdicts there were, in how much time on the clock and of the server's processor."""

    verdicts: int
    wall: float
    cpu: float


def main() -> None:
    """Print what an HTTP verdict costs beside a raw verify."""
    signer = MemorySigner(Ed25519PrivateKey.generate())
    samples = scanned(signer)
    single = [_request("/verify", one.text.encode(), "text/plain") for one in samples]
    texts = [one.text for one in samples]
    batches = [
        _request("/verify", "\n".join(texts[at : at + BATCH]).encode(), "text/plain")
        for at in range(0, len(texts), BATCH)
    ]
    arrays = [
        _request("/verify", json.dumps(texts[at : at + BATCH]).encode(), "application/json")
        for at in range(0, len(texts), BATCH)
    ]
    ping = [b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    bare = [_request("/raw", one.token.signature + one.token.signing_input, "x") for one in samples]
    contenders: dict[str, tuple[list[bytes], int]] = {
        "an app that only answers": (ping, 1),
        "an app that verifies and answers": (bare, 1),
        "one text a request": (single, 1),
        f"{BATCH} lines a request": (batches, BATCH),
        f"{BATCH} texts a request, JSON": (arrays, BATCH),
    }
    raw: list[float] = []
    rounds: dict[str, list[Round]] = {name: [] for name in contenders}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        documents = published(signer, samples, institutions=39, slots=10_000)
        write_tree(folder / "trust", documents, tokens={}, poster="")
        pages.build(folder / "page")
        (folder / "key").write_bytes(signer.jwk.public_key.public_bytes_raw())
        port, cpu = stack.enter_context(served(_app, folder))
        for _ in range(ROUNDS):
            raw.append(_raw(samples, signer))
            for contender, (requests, each) in contenders.items():
                before, started = cpu(), time.perf_counter()
                answered = _run(_load(port, requests, SECONDS))
                wall, spent = time.perf_counter() - started, cpu() - before
                rounds[contender].append(Round(verdicts=answered * each, wall=wall, cpu=spent))
    base = min(raw)
    print(f"\nPOST /verify beside raw Ed25519 ({1 / base:,.0f} verifies per second of a core)")
    for contender, made in rounds.items():
        best = max(one.verdicts / one.cpu for one in made)
        usual = statistics.median(
            one.verdicts / one.cpu * least for one, least in zip(made, raw, strict=True)
        )
        clock = max(one.verdicts / one.wall for one in made)
        print(
            f"  {contender:32} {best:9,.0f} per second of a core, {best * base:6.1%} of raw"
            f" (median of rounds {usual:6.1%}; {clock:9,.0f} per second on the clock)"
        )
    print(f"  target: ≥ {GOAL:.0%} of raw")


def _raw(samples: Sequence[Sample], signer: MemorySigner) -> float:
    """Seconds of processor time for one raw verify."""
    public = signer.jwk.public_key
    signed = [(one.token.signature, one.token.signing_input) for one in samples[:RAW]]
    started = time.process_time()
    for one in signed:
        public.verify(*one)
    return (time.process_time() - started) / len(signed)


# The client


def _run(load: Coroutine[None, None, int]) -> int:
    """In the fastest loop there is: the client must not be what is measured."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(load)


def _request(path: str, body: bytes, media_type: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class _Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last one is whole."""

    def __init__(self, following: Callable[[], bytes | None]) -> None:
        self._following = following
        self.answered = 0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._got = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self.finished.set_exception(exc)
        else:
            self.finished.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._got.find(b"content-length: ")
        length = int(self._got[at + 16 : self._got.find(b"\r\n", at)])
        if len(self._got) < head + 4 + length:
            return
        if not self._got.startswith(b"HTTP/1.1 200"):
            raise AssertionError(bytes(self._got[:200]))
        if b'"outcome"' in self._got and b'"outcome":"valid"' not in self._got:
            raise AssertionError(bytes(self._got))
        self._got.clear()
        self.answered += 1
        self._next()

    def _next(self) -> None:
        assert self._transport is not None
        request = self._following()
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)


async def _load(port: int, requests: list[bytes], seconds: float) -> int:
    """How many answers there were within `seconds`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    endless = cycle(requests)

    def following() -> bytes | None:
        return next(endless) if loop.time() < until else None

    clients = [_Client(following) for _ in range(CONNECTIONS)]
    for one in clients:
        await loop.create_connection(partial(_same, one), "127.0.0.1", port)
    await asyncio.gather(*(one.finished for one in clients))
    return sum(one.answered for one in clients)


def _same(client: _Client) -> _Client:
    return client


# The server


def _app(folder: Path) -> ASGIApp:
    """The service as it is, and in front of it two paths that do less."""
    home = folder / "home"
    settings = Settings(
        home=home,
        database_url=sqlite_url(home / "issuer.sqlite"),
        trust=folder / "trust",
        url="http://127.0.0.1",
        signers={},
    )
    service = Service.open(settings, lambda: float(NOW))
    app = service_app(service, built_page(folder / "page"))

    public = Ed25519PublicKey.from_public_bytes((folder / "key").read_bytes())

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in ("/ping", "/raw"):
            await app(scope, receive, send)
            return
        if scope["path"] == "/raw":  # what no verifier over HTTP can beat
            body = (await receive())["body"]
            public.verify(body[:64], body[64:])
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    return front


if __name__ == "__main__":
    main()
