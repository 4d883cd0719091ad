"""The service on a real socket, and requests to it byte for byte as they are written."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import uvicorn

from keys.published import write_tree
from tests.world import NOW, World
from verifier.app import page_app
from verifier.page_files import built_page
from verifier.serve import server_config


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHost:
    """A running service and its published tree."""

    port: int
    tree: Path
    world: World

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """One request; `accept_encoding="gzip"` is the header `accept-encoding`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.putrequest(method, path, skip_accept_encoding=True, skip_host="host" in sent)
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=found, body=answer.read())
        finally:
            connection.close()


def publish(world: World, tree: Path) -> None:
    """Publish the world's next snapshot, with a status list token and a poster."""
    documents = world.publish()
    tokens = {name: f"token.of.{name}" for name in world.lists}
    write_tree(tree, documents, tokens=tokens, poster="https://zs.example.cn/#1")


@contextmanager
def hosting(page: Path, tree: Path, world: World) -> Iterator[PageHost]:
    """Serve the page in `page` and the tree until the block ends."""
    pinned = built_page(page).pinned(world.pins[0], demo=world.env == "demo")
    app = page_app(pinned, trust=tree, pins=frozenset(world.pins), clock=lambda: NOW)
    config = server_config(app, None)
    config.port = 0
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield PageHost(port=port, tree=tree, world=world)
    finally:
        server.should_exit = True
        thread.join()
