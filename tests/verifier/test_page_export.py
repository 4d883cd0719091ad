"""The exported page: complete, pinned, and never in the place of somebody else's files."""

import gzip
import io
import json
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from keys.bundle import write_bundle
from keys.published import layout, read_tree
from keys.store import TrustStore
from keys.trust import update
from schemas import base64url, strict_json
from tests.refused import code_of
from tests.verifier.page_host import publish
from tests.verifier.pages import CSP, FILES, build
from tests.world import NOW, World
from verifier import page_export
from verifier.page_export import export
from verifier.page_files import Page, built_page
from verifier.page_trust import PageTrust, page_trust
from verifier.refresh import fetch


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is pinned on this machine."""
    monkeypatch.setenv("ZHENGYIN_TRUST", str(tmp_path / "store"))


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return built_page(build(tmp_path / "page"))


@pytest.fixture
def world() -> World:
    world = World()
    world.issue()
    return world


@pytest.fixture
def tree(world: World, tmp_path: Path) -> Path:
    publish(world, tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture
def root(world: World, tmp_path: Path) -> Path:
    """The first root as somebody got it from the authority."""
    (tmp_path / "root.json").write_bytes(world.roots[0])
    return tmp_path / "root.json"


@pytest.fixture
def trust(tree: Path, root: Path) -> PageTrust:
    return page_trust(tree, root=root, now=NOW)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# What is exported


def test_the_folder_is_complete(page: Page, trust: PageTrust, tree: Path, tmp_path: Path) -> None:
    written = export(tmp_path / "site", page, trust)
    found = files(tmp_path / "site")
    assert written == found
    assert {f"t/{name}": data for name, data in files(tree).items()}.items() <= found.items()
    unchanged = set(FILES) - {"single.html", "headers.json", "sw.js", "pin.json"}
    assert {name: FILES[name] for name in unchanged}.items() <= found.items()
    assert not {"single.html", "headers.json"} & set(found)
    for name in found:
        if name.endswith(".gz"):
            assert found[name.removesuffix(".gz")] == gzip.decompress(found[name])


def test_the_pin(page: Page, trust: PageTrust, world: World, tmp_path: Path) -> None:
    found = export(tmp_path / "site", page, trust)
    (pin,) = world.pins
    expected = {"v": 1, "pins": [pin], "demo": False}
    assert expected == strict_json.loads_object(found["pin.json"])
    assert f'"{pin}"'.encode() in found["sw.js"]


def test_the_self_contained_file_verifies_by_itself(
    page: Page, trust: PageTrust, world: World, tmp_path: Path
) -> None:
    """Its bundle is a whole tree, good under its pin."""
    text = export(tmp_path / "site", page, trust)["zhengyin-verify.html"].decode()
    data = json.loads(text.partition('id="embedded">')[2].partition("</script>")[0])
    assert world.pins == data["pins"]
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(base64url.decode(data["bundle"]))
    update(None, read_tree(bundle), pins=data["pins"], now=NOW)
    assert zipfile.ZipFile(io.BytesIO(bundle.read_bytes())).testzip() is None


def test_hosts_are_told_the_headers(page: Page, trust: PageTrust, tmp_path: Path) -> None:
    found = export(tmp_path / "site", page, trust)
    for name in ("_headers", "nginx.conf.example"):
        note = found[name].decode()
        assert CSP in note
        assert "Strict-Transport-Security" in note
        assert "immutable" in note
        assert "no-cache" in note
        assert "attachment" in note
    assert "gzip_static on" in found["nginx.conf.example"].decode()


def test_a_plain_web_server_is_enough(
    page: Page, trust: PageTrust, world: World, tmp_path: Path
) -> None:
    export(tmp_path / "site", page, trust)
    handler = partial(_Quiet, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            found = fetch(f"http://127.0.0.1:{server.server_port}/t/")
        finally:
            server.shutdown()
            thread.join()
    assert world.history[-1] == found


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Say nothing."""


def test_the_same_export_twice_is_the_same(page: Page, trust: PageTrust, tmp_path: Path) -> None:
    assert export(tmp_path / "a", page, trust) == export(tmp_path / "b", page, trust)


def test_only_what_is_published_is_copied(
    page: Page, tree: Path, root: Path, tmp_path: Path
) -> None:
    """Not what only lies in the same folder, and nothing through a link."""
    (tree / ".lock").write_text("x")
    (tree / "notes.txt").write_text("x")
    (tree / "keys").mkdir()
    (tree / "keys" / "root.pem").write_text("x")
    (tree / "root" / "9.json").symlink_to(root)
    (tree / "types" / "loop").symlink_to(tree, target_is_directory=True)
    found = export(tmp_path / "site", page, page_trust(tree, root=root, now=NOW))
    assert not [name for name in found if "lock" in name or "notes" in name or "pem" in name]
    assert not [name for name in found if "9.json" in name or "loop" in name]


# Whom the page trusts


def test_a_production_root_is_never_taken_unasked(tree: Path) -> None:
    assert "root_not_pinned" == code_of(lambda: page_trust(tree, now=NOW))


def test_what_is_pinned_on_this_machine_is_taken(world: World, tree: Path) -> None:
    TrustStore().pin(world.roots[0], now=NOW)
    assert world.pins == [page_trust(tree, now=NOW).fingerprint]


def test_what_refresh_keeps_is_exported(page: Page, world: World, tmp_path: Path) -> None:
    store = TrustStore()
    store.pin(world.roots[0], now=NOW)
    documents = world.publish()
    store.replace(documents, now=NOW)
    trust = page_trust(None, now=NOW)
    found = export(tmp_path / "site", page, trust)
    expected = {f"t/{name}": data for name, data in layout(documents).items()}
    assert expected.items() <= found.items()
    assert found["t/bundle.zip"] == write_bundle(layout(documents))


def test_a_bundle_is_exported(page: Page, tree: Path, root: Path, tmp_path: Path) -> None:
    trust = page_trust(tree / "bundle.zip", root=root, now=NOW)
    found = export(tmp_path / "site", page, trust)
    assert found["t/snapshot.json"] == (tree / "snapshot.json").read_bytes()


def test_there_is_nothing_to_export() -> None:
    assert "page_without_trust" == code_of(lambda: page_trust(None, now=NOW))


def test_another_authoritys_root_is_refused(tree: Path, tmp_path: Path) -> None:
    other = World(env="demo", single=True)
    (tmp_path / "other.json").write_bytes(other.roots[0])
    code = code_of(lambda: page_trust(tree, root=tmp_path / "other.json", now=NOW))
    assert "root_not_pinned" == code


def test_there_is_no_such_root(tree: Path, tmp_path: Path) -> None:
    assert "root_missing" == code_of(lambda: page_trust(tree, root=tmp_path / "none", now=NOW))


def test_a_tree_that_breaks_a_rule_is_refused(tree: Path, root: Path) -> None:
    (tree / "registry" / "1.json").write_bytes(b"{}")
    assert "registry_hash" == code_of(lambda: page_trust(tree, root=root, now=NOW))


def test_the_page_follows_a_later_pin(world: World, tmp_path: Path) -> None:
    """Whoever pinned the second root has it on the page, not the first."""
    world.new_root()
    publish(world, tmp_path / "later")
    (tmp_path / "2.json").write_bytes(world.roots[1])
    trust = page_trust(tmp_path / "later", root=tmp_path / "2.json", now=NOW)
    assert world.pins != [trust.fingerprint]


class TestDemo:
    """A demonstration needs no pin; what it shows says so."""

    @pytest.fixture
    def world(self) -> World:
        world = World(env="demo", single=True)
        world.issue()
        return world

    def test_its_own_root_is_the_pin(
        self, page: Page, tree: Path, world: World, tmp_path: Path
    ) -> None:
        found = export(tmp_path / "site", page, page_trust(tree, now=NOW))
        expected = {"v": 1, "pins": world.pins, "demo": True}
        assert expected == strict_json.loads_object(found["pin.json"])

    def test_whoever_names_a_root_gets_that_one_or_nothing(
        self, tree: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "prod.json").write_bytes(World().roots[0])
        code = code_of(lambda: page_trust(tree, root=tmp_path / "prod.json", now=NOW))
        assert "root_not_pinned" == code


# The folder


def test_an_earlier_export_is_replaced(
    page: Page, trust: PageTrust, world: World, tree: Path, root: Path, tmp_path: Path
) -> None:
    """As a whole: nothing of the one before stays."""
    target = tmp_path / "site"
    first = export(target, page, trust)
    world.issue()
    publish(world, tree)
    old_asset = target / "assets" / "main-1a2b.js"
    assert old_asset.is_file()
    (tmp_path / "page" / "assets" / "main-1a2b.js").unlink()
    newer = built_page(tmp_path / "page")
    second = export(target, newer, page_trust(tree, root=root, now=NOW))
    assert second == files(target)
    assert first["t/snapshot.json"] != second["t/snapshot.json"]
    assert not old_asset.exists()


def test_an_empty_folder_is_taken(page: Page, trust: PageTrust, tmp_path: Path) -> None:
    (tmp_path / "site" / "empty").mkdir(parents=True)
    assert export(tmp_path / "site", page, trust) == files(tmp_path / "site")


@pytest.mark.parametrize("name", ["thesis.txt", ".git/config", "t/notes.txt", "index.htm"])
def test_other_files_are_left_alone(
    page: Page, trust: PageTrust, tmp_path: Path, name: str
) -> None:
    """Also beside an earlier export."""
    target = tmp_path / "site"
    for earlier in (False, True):
        if earlier:
            (target / name).unlink()
            export(target, page, trust)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("mine")
        before = files(target)
        assert "export_folder_taken" == code_of(lambda: export(target, page, trust))
        assert before == files(target)


@pytest.mark.parametrize("mark", ["{", "[]", "{}", '{"files":3}', '{"files":[[]]}'])
def test_a_mark_that_is_none(page: Page, trust: PageTrust, tmp_path: Path, mark: str) -> None:
    target = tmp_path / "site"
    target.mkdir()
    (target / "export.json").write_text(mark)
    (target / "mine").write_text("mine")
    assert "export_folder_taken" == code_of(lambda: export(target, page, trust))


def test_a_link_in_the_folder_is_not_followed(page: Page, trust: PageTrust, tmp_path: Path) -> None:
    target = tmp_path / "site"
    export(target, page, trust)
    (target / "linked").symlink_to(tmp_path / "tree", target_is_directory=True)
    assert "export_folder_taken" == code_of(lambda: export(target, page, trust))


def test_a_file_is_no_folder(page: Page, trust: PageTrust, tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    assert "export_folder_taken" == code_of(lambda: export(tmp_path / "site", page, trust))
    assert "mine" == (tmp_path / "site").read_text()


def test_the_folder_one_stands_in(
    page: Page, trust: PageTrust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path / "site")
    assert "folder_in_use" == code_of(lambda: export(Path(), page, trust))


def test_a_full_disk_leaves_what_was_there(
    page: Page, trust: PageTrust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half-written, nothing beside it."""
    target = tmp_path / "site"
    before = export(target, page, trust)
    beside = sorted(path.name for path in tmp_path.iterdir())
    written = []
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "cannot_write" == code_of(lambda: page_export.export(target, page, trust))
    assert before == files(target)
    assert beside == sorted(path.name for path in tmp_path.iterdir())
