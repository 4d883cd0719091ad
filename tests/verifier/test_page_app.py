"""The service over real HTTP: the page, the published files, metadata, and nothing else."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from keys.published import read_tree
from tests.verifier.page_host import PageHost, hosting, publish
from tests.verifier.pages import CSP, FILES, HEADERS, build
from tests.world import NOW, SECOND_ORIGIN, World, key
from verifier.refresh import fetch

LIST = "demo-pingjia/2025"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[PageHost]:
    world = World()
    world.issue()
    publish(world, tmp_path / "public" / "t")
    (tmp_path / "public" / "secret").write_text("secret")
    with hosting(build(tmp_path / "page"), tmp_path / "public" / "t", world) as host:
        yield host


# The page


def test_the_page(host: PageHost) -> None:
    for path in ("/", "/index.html"):
        answer = host.ask(path)
        assert (200, FILES["index.html"]) == (answer.status, answer.body)
        assert "text/html; charset=utf-8" == answer.headers["content-type"]
        assert "no-cache" == answer.headers["cache-control"]


def test_the_page_has_its_pin(host: PageHost) -> None:
    (pin,) = host.world.pins
    assert {"v": 1, "pins": [pin], "demo": False} == json.loads(host.ask("/pin.json").body)
    worker = host.ask("/sw.js")
    assert pin.encode() in worker.body
    assert b"unpinned" not in worker.body
    assert "no-cache" == worker.headers["cache-control"]


def test_wasm_compiles_while_it_loads(host: PageHost) -> None:
    answer = host.ask("/assets/zxing-3c4d.wasm")
    assert "application/wasm" == answer.headers["content-type"]
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZip;q=0.5", True),
        ("*", True),
        ("identity;q=1, *;q=0", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0.001", True),
        ("br", False),
        ("", False),
    ],
)
def test_a_compressed_copy_goes_to_who_reads_it(
    host: PageHost, accepted: str, compressed: bool
) -> None:
    answer = host.ask("/", accept_encoding=accepted)
    assert compressed == (answer.headers.get("content-encoding") == "gzip")
    body = gzip.decompress(answer.body) if compressed else answer.body
    assert FILES["index.html"] == body
    assert "Accept-Encoding" == answer.headers["vary"]


@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_what_has_not_changed_does_not_travel(host: PageHost, accepted: str) -> None:
    tag = host.ask("/", accept_encoding=accepted).headers["etag"]
    again = host.ask("/", accept_encoding=accepted, if_none_match=tag)
    assert (304, b"") == (again.status, again.body)
    assert 200 == host.ask("/", accept_encoding=accepted, if_none_match='"other"').status


def test_head(host: PageHost) -> None:
    for path in ("/", "/t/snapshot.json", "/vct/technical_level/1", "/nothing"):
        whole, head = host.ask(path), host.ask(path, "HEAD")
        assert b"" == head.body
        assert (whole.status, whole.headers["content-length"]) == (
            head.status,
            head.headers["content-length"],
        )


# Headers


PLACES = ("/", "/sw.js", "/t/snapshot.json", "/t/", "/nothing", "/vct/technical_level/1")


@pytest.mark.parametrize("path", PLACES)
def test_every_answer_has_the_headers(host: PageHost, path: str) -> None:
    headers = host.ask(path).headers
    assert HEADERS.items() <= {name.title(): value for name, value in headers.items()}.items()
    assert "server" not in headers


def test_a_fault_of_ours_is_said_without_its_details(host: PageHost) -> None:
    for path in sorted(host.tree.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    answer = host.ask("/vct/technical_level/1")
    assert (500, CSP) == (answer.status, answer.headers["content-security-policy"])
    assert "稍后再试" in answer.body.decode()
    assert str(host.tree) not in answer.body.decode()


# The published tree


def test_the_tree_is_served_as_it_is(host: PageHost) -> None:
    files = [path for path in host.tree.rglob("*") if path.is_file()]
    assert 10 < len(files)
    for path in files:
        name = path.relative_to(host.tree).as_posix()
        answer = host.ask(f"/t/{quote(name)}")
        assert (200, path.read_bytes()) == (answer.status, answer.body), name
        assert "*" == answer.headers["access-control-allow-origin"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("snapshot.json", "application/json"),
        ("bundle.zip", "application/zip"),
        ("poster", "text/plain"),
        (f"status/{LIST}", "application/statuslist+jwt"),
        (f"issued/{LIST}.bin", "application/octet-stream"),
    ],
)
def test_media_types_of_the_tree(host: PageHost, name: str, kind: str) -> None:
    assert kind == host.ask(f"/t/{name}").headers["content-type"]


def test_a_verifier_refreshes_from_it(host: PageHost) -> None:
    documents = fetch(f"http://127.0.0.1:{host.port}/t/")
    assert host.world.history[-1] == documents


def test_only_the_tail_of_a_list_travels(host: PageHost) -> None:
    whole = (host.tree / f"issued/{LIST}.bin").read_bytes()
    answer = host.ask(f"/t/issued/{LIST}.bin", range="bytes=4-9")
    assert (206, whole[4:10]) == (answer.status, answer.body)
    assert f"bytes 4-9/{len(whole)}" == answer.headers["content-range"]
    assert 416 == host.ask(f"/t/issued/{LIST}.bin", range="bytes=4000-").status


def test_what_is_published_later_is_served_at_once(host: PageHost) -> None:
    tag = host.ask("/t/snapshot.json").headers["etag"]
    assert 304 == host.ask("/t/snapshot.json", if_none_match=tag).status
    host.world.issue()
    publish(host.world, host.tree)
    answer = host.ask("/t/snapshot.json", if_none_match=tag)
    assert (200, host.world.history[-1].snapshot) == (answer.status, answer.body)


# Nothing else


OUTSIDE = (
    "/t/../secret",
    "/t/..%2fsecret",
    "/t/%2e%2e/secret",
    "/t/..%5csecret",
    "/t//../secret",
    "/t/root/../../secret",
    "/t/root/%2e%2e%2f..%2fsecret",
    "/t/%2fetc/passwd",
    "//etc/passwd",
    "/t//etc/passwd",
    "/../secret",
    "/..%2f..%2fsecret",
    "/secret",
    "/t/secret%00.json",
    "/%00",
    "/t/" + "a" * 5000,
    "/t",
    "/t/",
    "/t/root",
    "/t/root/",
    "/assets/",
    "/single.html",
    "/headers.json",
    "/index.html.gz",
    "/docs",
    "/openapi.json",
    "/i/demo-pingjia",
)


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_else_is_there(host: PageHost, path: str) -> None:
    """No listing, no way out, nothing that the framework brings along; said in words."""
    answer = host.ask(path)
    assert 404 == answer.status
    assert "没有这个文件" in answer.body.decode()
    assert "no-store" == answer.headers["cache-control"]
    assert path.strip("/")[:9] not in answer.body.decode() or len(path) < 4


def test_what_only_lies_beside_is_not_published(host: PageHost) -> None:
    """Unfinished files, notes, links that lead out."""
    (host.tree / ".lock").write_text("x")
    (host.tree / "root" / ".2.json.tmp").write_text("x")
    (host.tree / "notes.txt").write_text("x")
    (host.tree / "keys").mkdir()
    (host.tree / "keys" / "root.pem").write_text("x")
    (host.tree / "registry" / "9.json").symlink_to(host.tree.parent / "secret")
    (host.tree / "types" / "out").symlink_to(host.tree.parent, target_is_directory=True)
    for name in (
        ".lock",
        "root/.2.json.tmp",
        "notes.txt",
        "keys/root.pem",
        "registry/9.json",
        "types/out/secret",
    ):
        assert 404 == host.ask(f"/t/{name}").status, name


def test_there_is_no_newer_root_yet(host: PageHost) -> None:
    """Each refresh of a phone ends so, and none is to be told of an error."""
    answer = host.ask("/t/root/2.json")
    assert (204, b"") == (answer.status, answer.body)
    assert 404 == host.ask("/t/root/02.json").status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_can_only_be_read(host: PageHost, method: str) -> None:
    for path in ("/", "/t/snapshot.json", "/vct/technical_level/1"):
        answer = host.ask(path, method)
        assert 405 == answer.status
        assert "只能读取" in answer.body.decode()


# Metadata


def test_issuer_metadata(host: PageHost) -> None:
    """SD-JWT VC §5: the institution's own address, and its keys."""
    answer = host.ask("/.well-known/jwt-vc-issuer/i/demo-pingjia")
    metadata = json.loads(answer.body)
    assert "https://zs.example.cn/i/demo-pingjia" == metadata["issuer"]
    first = metadata["jwks"]["keys"][0]
    (entry, *_) = host.world.institution("demo-pingjia")["keys"]
    expected = {**entry["jwk"], "kid": entry["kid"], "use": "sig", "alg": "Ed25519"}
    assert expected == first
    assert "*" == answer.headers["access-control-allow-origin"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [(SECOND_ORIGIN, SECOND_ORIGIN), ("attacker.example", "zs.example.cn")],
)
def test_the_host_chooses_among_our_origins_only(host: PageHost, asked: str, said: str) -> None:
    answer = host.ask("/.well-known/jwt-vc-issuer/i/demo-pingjia", host=asked)
    assert f"https://{said}/i/demo-pingjia" == json.loads(answer.body)["issuer"]


def test_type_metadata(host: PageHost) -> None:
    answer = host.ask("/vct/technical_level/1")
    assert host.world.types["technical_level"] == answer.body
    assert "application/json" == answer.headers["content-type"]


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/jwt-vc-issuer/i/nobody",
        "/.well-known/jwt-vc-issuer/",
        "/vct/technical_level/2",
        "/vct/nothing/1",
        "/vct/..%2f..%2fregistry/1",
    ],
)
def test_no_such_metadata(host: PageHost, path: str) -> None:
    assert 404 == host.ask(path).status


def test_metadata_follow_what_is_published(host: PageHost) -> None:
    """A stolen key is gone from them; a tree that breaks a rule changes nothing."""
    path = "/.well-known/jwt-vc-issuer/i/demo-pingjia"
    kids = [one["kid"] for one in json.loads(host.ask(path).body)["jwks"]["keys"]]
    entry = host.world.institution("demo-pingjia")["keys"][0]
    assert entry["kid"] in kids
    entry |= {"state": "compromised", "compromised_at": NOW}
    host.world.sign_registry()
    publish(host.world, host.tree)
    after = [one["kid"] for one in json.loads(host.ask(path).body)["jwks"]["keys"]]
    assert [kid for kid in kids if kid != entry["kid"]] == after

    before = read_tree(host.tree)
    forged = replace(before, snapshot=before.snapshot.replace(b"e", b"f", 1))
    (host.tree / "snapshot.json").write_bytes(forged.snapshot)
    assert after == [one["kid"] for one in json.loads(host.ask(path).body)["jwks"]["keys"]]
    assert key("stranger").kid not in after
