"""Fetching over real HTTP: only what is new travels, and no host can do more than refuse."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from keys import published
from keys.published import write_tree
from keys.store import TrustStore
from keys.trust import Documents, update
from schemas.limits import MAX_SNAPSHOT
from tests.refused import code_of
from tests.verifier.hosts import Answer, Handler, Host, serving
from tests.world import DAY, NOW, PUBLISHED, World
from verifier import web_source
from verifier.refresh import fetch

LIST = "demo-pingjia/2025"
ISSUED = f"/t/issued/{LIST}.bin"


@pytest.fixture
def world() -> World:
    world = World()
    world.issue()
    world.issue()
    return world


def put(world: World, folder: Path) -> Documents:
    documents = world.publish()
    write_tree(folder, documents, tokens={}, poster="")
    return documents


@pytest.fixture
def host(world: World, tmp_path: Path) -> Iterator[Host]:
    """A host with the world's first publication."""
    put(world, tmp_path / "t")
    with serving(tmp_path / "t") as host:
        yield host


# What is fetched


def test_everything_is_fetched(world: World, host: Host) -> None:
    documents = fetch(host.url)
    assert world.history[-1] == documents
    update(None, documents, pins=world.pins, now=NOW)
    assert len(host.paths) == len(set(host.paths))


def test_a_host_alone_means_its_published_files(world: World, host: Host) -> None:
    assert world.history[-1] == fetch(host.url.removesuffix("t/"))
    assert world.history[-1] == fetch(host.url.removesuffix("/t/"))


def test_a_folder_and_a_bundle_are_the_same(world: World, host: Host) -> None:
    for source in (host.folder, str(host.folder), host.folder / "bundle.zip"):
        assert world.history[-1] == fetch(source)


def test_what_is_known_does_not_travel_again(world: World, host: Host) -> None:
    known = fetch(host.url)
    host.requests.clear()
    assert world.history[-1] == fetch(host.url, known=known)
    assert [
        "/t/root/1.json",
        "/t/root/2.json",
        "/t/snapshot.json",
        "/t/registry/1.sigs.json",
    ] == host.paths


def test_only_the_tail_of_an_issued_list_travels(world: World, host: Host) -> None:
    known = fetch(host.url)
    world.issue(iat=PUBLISHED - DAY)
    documents = put(world, host.folder)
    host.requests.clear()
    assert documents == fetch(host.url, known=known)
    assert [(ISSUED, "bytes=20-29")] == [one for one in host.requests if one[0] == ISSUED]


def test_a_host_without_ranges_sends_the_whole_list(world: World, host: Host) -> None:
    known = fetch(host.url)
    world.issue(iat=PUBLISHED - DAY)
    documents = put(world, host.folder)
    host.ranges = False
    assert documents == fetch(host.url, known=known)


def test_a_beginning_that_is_another_is_fetched_whole(world: World, host: Host) -> None:
    """Then the rules decide whether it was rewritten."""
    known = fetch(host.url)
    world.issue(iat=PUBLISHED - DAY)
    documents = put(world, host.folder)
    wrong = replace(known, issued={LIST: bytes(20)})
    assert documents == fetch(host.url, known=wrong)
    longer = replace(known, issued={LIST: bytes(40)})
    assert documents == fetch(host.url, known=longer)


def test_a_list_that_has_grown_meanwhile_is_cut(world: World, host: Host) -> None:
    path = host.folder / ISSUED.removeprefix("/t/")
    path.write_bytes(path.read_bytes() + bytes(50))
    assert world.history[-1] == fetch(host.url)
    host.ranges = False
    assert world.history[-1] == fetch(host.url)


def test_new_roots_are_fetched_from_the_newest_known(world: World, host: Host) -> None:
    known = fetch(host.url)
    world.new_root()
    world.new_root()
    documents = put(world, host.folder)
    host.requests.clear()
    assert documents == fetch(host.url, known=known)
    roots = [path for path in host.paths if "root" in path]
    assert [f"/t/root/{n}.json" for n in (1, 2, 3, 4)] == roots


def test_a_list_that_is_not_there_is_absent(world: World, host: Host) -> None:
    (host.folder / ISSUED.removeprefix("/t/")).unlink()
    documents = fetch(host.url)
    assert {} == documents.issued
    assert world.history[-1].status == documents.status


@pytest.mark.parametrize("status", [403, 404, 410])
def test_there_is_no_next_root(world: World, host: Host, status: int) -> None:
    """An object store that hides its listing answers 403."""
    host.answers["/t/root/2.json"] = lambda handler: handler.send(status, b"")
    assert world.history[-1] == fetch(host.url)


def test_progress_names_each_file(host: Host) -> None:
    seen: list[tuple[str, int, int]] = []
    fetch(host.url, progress=lambda *step: seen.append(step))
    assert ("snapshot.json", 0, 0) in seen
    done = [step[1] for step in seen if step[2]]
    assert sorted(done) == done
    assert seen[-1][1] == seen[-1][2]


def test_a_chunked_answer_is_read(world: World, host: Host) -> None:
    def chunked(handler: Handler) -> None:
        data = world.history[-1].snapshot
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in (data[:100], data[100:]):
            handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    host.answers["/t/snapshot.json"] = chunked
    assert world.history[-1] == fetch(host.url)


# What a host can do


def truncated(handler: Handler) -> None:
    handler.close_connection = True
    handler.send(200, b"{}", {"Content-Length": "100"})


def chunk_missing(handler: Handler) -> None:
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"64\r\nabc")


def hung_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def endless(handler: Handler) -> None:
    handler.close_connection = True
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(2 * MAX_SNAPSHOT // 65536 + 100):
            handler.wfile.write(b"x" * 65536)
    except OSError:
        pass  # the other side has seen enough


def wrong_range(handler: Handler) -> None:
    handler.send(206, b"x", {"Content-Range": "bytes 5-5/6"})


MISBEHAVIOUR: dict[str, tuple[str, Answer]] = {
    "an error": ("network_answer", lambda handler: handler.send(500, b"")),
    "nothing new": ("network_answer", lambda handler: handler.send(304, b"")),
    "no content": ("trust_folder_incomplete", lambda handler: handler.send(204, b"")),
    "compressed unasked": (
        "network_answer",
        lambda handler: handler.send(200, b"x", {"Content-Encoding": "gzip"}),
    ),
    "a range unasked": ("network_answer", wrong_range),
    "too much announced": (
        "file_too_large",
        lambda handler: handler.send(200, b"x" * (MAX_SNAPSHOT + 1)),
    ),
    "no end": ("file_too_large", endless),
    "cut off": ("network_truncated", truncated),
    "cut off in a chunk": ("network_truncated", chunk_missing),
    "hung up": ("network_truncated", hung_up),
    "a page": ("document_malformed", lambda handler: handler.send(200, b"<html></html>")),
    "gone": ("trust_folder_incomplete", lambda handler: handler.send(404, b"")),
}


@pytest.mark.parametrize("case", MISBEHAVIOUR)
def test_misbehaviour_is_one_clear_refusal(host: Host, case: str) -> None:
    code, answer = MISBEHAVIOUR[case]
    host.answers["/t/snapshot.json"] = answer
    assert code == code_of(lambda: fetch(host.url))


def redirect(target: str, status: int = 302) -> Answer:
    return lambda handler: handler.send(status, b"", {"Location": target})


def test_a_redirect_inside_the_tree_is_followed(world: World, host: Host) -> None:
    (host.folder / "v1.json").write_bytes(world.history[-1].snapshot)
    for status in (301, 302, 303, 307, 308):
        host.answers["/t/snapshot.json"] = redirect("/t/v1.json", status)
        assert world.history[-1] == fetch(host.url)


def test_a_redirect_leads_nowhere_else(world: World, host: Host, tmp_path: Path) -> None:
    """Not to another host or port, another protocol, a file, or out of the published files."""
    with serving(tmp_path / "t") as other:
        for target in (
            other.url + "snapshot.json",
            host.url.replace("127.0.0.1", "localhost") + "snapshot.json",
            host.url.replace("http:", "https:") + "snapshot.json",
            "file:///etc/hostname",
            "ftp://127.0.0.1/x",
            "/private/snapshot.json",
            "/t/../private/snapshot.json",
            "/t/..",
            "//elsewhere.example/t/snapshot.json",
        ):
            host.answers["/t/snapshot.json"] = redirect(target)
            assert code_of(lambda: fetch(host.url)) in ("network_redirect", "network_answer")
        assert [] == other.requests


def test_redirects_end(host: Host) -> None:
    host.answers["/t/snapshot.json"] = redirect("/t/snapshot.json")
    assert "network_answer" == code_of(lambda: fetch(host.url))
    assert host.paths.count("/t/snapshot.json") <= web_source.MAX_REDIRECTS + 1


def test_a_silent_host_is_given_up(host: Host) -> None:
    released = threading.Event()

    def silent(handler: Handler) -> None:
        handler.close_connection = True
        released.wait(30)

    host.answers["/t/snapshot.json"] = silent
    assert "network_unreachable" == code_of(lambda: fetch(host.url, timeout=0.2))
    released.set()


def test_a_dripping_host_is_given_up(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, all of them would take for ever."""
    monkeypatch.setattr(web_source, "DEADLINE", 0.3)

    def dripping(handler: Handler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            pass  # the other side has seen enough

    host.answers["/t/snapshot.json"] = dripping
    assert "network_slow" == code_of(lambda: fetch(host.url))


def test_all_files_together_have_a_cap(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_source, "MAX_TOTAL", 10_000)
    assert "file_too_large" == code_of(lambda: fetch(host.url))


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "network_unreachable" == code_of(lambda: fetch(f"http://127.0.0.1:{port}"))


def test_a_host_that_speaks_no_tls(host: Host) -> None:
    url = host.url.replace("http:", "https:")
    assert "network_untrusted" == code_of(lambda: fetch(url))


def test_no_proxy_of_the_environment_is_used(
    world: World, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert world.history[-1] == fetch(host.url)


ADDRESSES = [
    "http://zs.example.cn/t/",
    "ftp://zs.example.cn/",
    "file:///etc/",
    "https://",
    "https:///t/",
    "https://user:secret@zs.example.cn/",
    "https://zs.example.cn/t/?x=1",
    "https://zs.example.cn/t/#x",
    "https://zs.example.cn:99999/",
    "https://zs.example.cn:x/",
    "https://[::1/",
    "https://zs.example.cn/a b/",
    "https://zs.example.cn/\r\nX: y",
    "https://证书.example.cn/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_https_and_plain(address: str) -> None:
    """Plain http only to this machine."""
    assert "address_refused" == code_of(lambda: fetch(address))


def test_what_is_not_there() -> None:
    assert "trust_folder_missing" == code_of(lambda: fetch("no/such/folder"))


# With the store


def test_a_store_is_refreshed_over_the_network(world: World, host: Host, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust")
    store.pin(world.roots[0], now=NOW)
    store.replace(fetch(host.url, known=store.documents()), now=NOW)
    world.issue(iat=PUBLISHED - DAY)
    put(world, host.folder)
    state = store.replace(fetch(host.url, known=store.documents()), now=NOW)
    issued = state.lists[LIST].issued
    assert issued is not None
    assert 3 == issued.count
    assert state == store.load(now=NOW)


def test_another_root_under_the_same_number_is_noticed(
    world: World, host: Host, tmp_path: Path
) -> None:
    """The newest known root is read again: a host that swaps the authority shows itself."""
    store = TrustStore(tmp_path / "trust")
    store.pin(world.roots[0], now=NOW)
    store.replace(fetch(host.url), now=NOW)
    other = World(single=True)
    (host.folder / published.root_path(1)).write_bytes(other.roots[0])
    documents = fetch(host.url, known=store.documents())
    assert "equivocation" == code_of(lambda: store.replace(documents, now=NOW))
