"""The published tree: one layout, read with caps, written so that a reader always finds a whole one."""

import errno
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from keys import published
from keys.published import layout, read_tree, write_tree
from keys.trust import Documents, sha256, update
from schemas.errors import TrustError
from schemas.limits import MAX_ROOT, MAX_SNAPSHOT
from schemas.status_list import Status
from tests.keys.crashes import count_steps, killed_at
from tests.world import NOW, World

LIST = "demo-pingjia/2025"
TOKENS = {LIST: "header.payload.signature"}


@pytest.fixture
def world() -> World:
    """Two institutions with lists, one certificate replaced."""
    world = World()
    world.issue()
    old = world.issue()
    world.set_status(old, Status.INVALID, replaced_by="CS2025999999")
    world.issue("ce_training")
    return world


def publish(folder: Path, documents: Documents) -> None:
    write_tree(folder, documents, tokens=TOKENS, poster="poster text")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refusal(action: Callable[[], Any]) -> TrustError:
    with pytest.raises(TrustError) as caught:
        action()
    for language in ("zh-CN", "en"):
        assert caught.value.message(language)
    return caught.value


# Layout


def test_every_file_has_its_place(world: World, tmp_path: Path) -> None:
    """Immutable files carry their version or hash; only the list's own address has neither."""
    documents = world.publish()
    publish(tmp_path, documents)
    assert world.snapshot is not None
    entry = next(one for one in world.snapshot.lists if one.key == LIST)
    assert entry.replaced is not None
    expected = {
        "root/1.json": documents.roots[0],
        "registry/1.json": documents.registry,
        "registry/1.sigs.json": documents.registry_signatures,
        "snapshot.json": documents.snapshot,
        "types/technical_level/1.json": documents.types["technical_level/1"],
        f"status/{LIST}.{entry.status.sha256[:16]}.z": documents.status[LIST],
        f"issued/{LIST}.bin": documents.issued[LIST],
        f"replaced/{LIST}.{entry.replaced.sha256[:16]}.json": documents.replaced[LIST],
        f"status/{LIST}": b"header.payload.signature",
        "poster": b"poster text",
    }
    written = files_of(tmp_path)
    assert expected == {name: written.get(name) for name in expected}
    others = set(written) - set(expected)
    assert "bundle.zip" in others
    assert 4 == sum(name.startswith("types/") for name in others)
    assert 2 == sum("/demo-jidi/2025." in name for name in others)
    assert 7 == len(others)


def test_what_is_written_is_read_again(world: World, tmp_path: Path) -> None:
    documents = world.publish()
    publish(tmp_path, documents)
    assert documents == read_tree(tmp_path)
    assert documents == read_tree(tmp_path / "bundle.zip")
    update(None, read_tree(tmp_path), pins=world.pins, now=NOW)


def test_the_snapshot_comes_last(world: World) -> None:
    assert "snapshot.json" == list(layout(world.publish()))[-1]


def test_the_bundle_is_a_function_of_its_content(world: World, tmp_path: Path) -> None:
    documents = world.publish()
    for name in ("one", "two"):
        publish(tmp_path / name, documents)
    one, two = ((tmp_path / name / "bundle.zip").read_bytes() for name in ("one", "two"))
    assert one == two
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert sorted(archive.namelist()) == archive.namelist()
        assert set(files_of(tmp_path / "one")) - {"bundle.zip"} == set(archive.namelist())


# Publishing again


def test_what_is_published_never_changes(world: World, tmp_path: Path) -> None:
    """A second version adds files, replaces the mutable ones and leaves the others alone."""
    publish(tmp_path, world.publish())
    before = files_of(tmp_path)
    world.issue()
    world.sign_registry()
    publish(tmp_path, world.publish())
    after = files_of(tmp_path)
    changed = {name for name in before if before[name] != after[name]}
    assert {f"issued/{LIST}.bin", "bundle.zip", "snapshot.json"} == changed
    assert after[f"issued/{LIST}.bin"].startswith(before[f"issued/{LIST}.bin"])
    assert {"registry/2.json", "registry/2.sigs.json"} <= set(after) - set(before)


@pytest.mark.parametrize("name", ["root/1.json", "registry/1.json", "types/technical_level/1.json"])
def test_another_file_under_a_published_name_is_refused(
    world: World, tmp_path: Path, name: str
) -> None:
    documents = world.publish()
    publish(tmp_path, documents)
    (tmp_path / name).write_bytes(b"{}")
    before = files_of(tmp_path)
    assert "published_file_differs" == refusal(lambda: publish(tmp_path, documents)).code
    assert before == files_of(tmp_path)


def test_an_issued_list_is_never_rewritten(world: World, tmp_path: Path) -> None:
    publish(tmp_path, world.publish())
    world.lists[LIST].slots[0] = bytes(10)
    assert "issued_not_append_only" == refusal(lambda: publish(tmp_path, world.publish())).code


def test_an_issued_list_that_is_ahead_stays(world: World, tmp_path: Path) -> None:
    """A publication that broke off has logged more than the snapshot says; that is no harm."""
    documents = world.publish()
    publish(tmp_path, documents)
    path = tmp_path / "issued" / f"{LIST}.bin"
    ahead = path.read_bytes() + bytes(10)
    path.write_bytes(ahead)
    publish(tmp_path, documents)
    assert ahead == path.read_bytes()
    assert documents == read_tree(tmp_path)


# Reading


MISSING = ["root/1.json", "snapshot.json", "registry/1.json", "registry/1.sigs.json"]


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_file_is_named(world: World, tmp_path: Path, name: str) -> None:
    publish(tmp_path, world.publish())
    (tmp_path / name).unlink()
    error = refusal(lambda: read_tree(tmp_path))
    assert "trust_folder_incomplete" == error.code
    assert name in str(error)
    assert str(tmp_path) in str(error)


def test_a_missing_list_is_merely_absent(world: World, tmp_path: Path) -> None:
    publish(tmp_path, world.publish())
    for folder in ("status", "issued", "replaced", "types"):
        for path in (tmp_path / folder).rglob("*"):
            if path.is_file():
                path.unlink()
    documents = read_tree(tmp_path)
    assert {} == documents.status == documents.issued == documents.replaced == documents.types
    state = update(None, documents, pins=world.pins, now=NOW)
    assert state.lists[LIST].status is None


def test_no_folder_at_all(tmp_path: Path) -> None:
    assert "trust_folder_missing" == refusal(lambda: read_tree(tmp_path / "none")).code


@pytest.mark.parametrize(
    ("name", "size"), [("root/1.json", MAX_ROOT), ("snapshot.json", MAX_SNAPSHOT)]
)
def test_a_file_is_never_read_past_its_cap(
    world: World, tmp_path: Path, name: str, size: int
) -> None:
    publish(tmp_path, world.publish())
    with (tmp_path / name).open("ab") as file:
        file.truncate(size + 1)
    assert "file_too_large" == refusal(lambda: read_tree(tmp_path)).code


def test_a_pinned_file_is_never_read_past_its_announced_length(
    world: World, tmp_path: Path
) -> None:
    publish(tmp_path, world.publish())
    for path in (tmp_path / "status").rglob("*.z"):
        path.write_bytes(path.read_bytes() + b"x")
    assert "file_too_large" == refusal(lambda: read_tree(tmp_path)).code


def test_a_registry_without_form_is_refused(world: World, tmp_path: Path) -> None:
    documents = world.publish()
    publish(tmp_path, documents)
    for text in (b"[]", b"{", b'{"types":[1]}', b'{"types":1}', b"[" * 5000):
        data = text.ljust(len(documents.registry))[: len(documents.registry)]
        (tmp_path / "registry/1.json").write_bytes(data)
        assert "document_malformed" == refusal(lambda: read_tree(tmp_path)).code


def test_what_is_at_hand_is_not_read_again(world: World, tmp_path: Path) -> None:
    """Everything but the newest root, the snapshot and the seal comes from `known`."""
    documents = world.publish()
    publish(tmp_path, documents)
    needed = {"root/1.json", "snapshot.json", "registry/1.sigs.json"}
    for path in tmp_path.rglob("*"):
        if path.is_file() and str(path.relative_to(tmp_path)) not in needed:
            path.unlink()
    assert documents == read_tree(tmp_path, known=documents)


# The bundle


def bundle(path: Path, content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "a\\evil", ".."])
def test_a_bundle_whose_names_lead_out_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("evil", b"")
    plain = path.read_bytes()
    bundle(path, {"x" * len(name): b""})
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name.encode()))
    assert plain != path.read_bytes()
    assert "file_unreadable" == refusal(lambda: read_tree(path)).code


def test_a_bundle_that_inflates_without_end_is_cut_off(tmp_path: Path) -> None:
    """A zip bomb gives no more than one file's cap and one byte."""
    path = bundle(tmp_path / "bundle.zip", {"root/1.json": bytes(50_000_000)})
    assert path.stat().st_size < 100_000
    assert "file_too_large" == refusal(lambda: read_tree(path)).code


def test_a_deflated_bundle_is_as_good(world: World, tmp_path: Path) -> None:
    documents = world.publish()
    path = bundle(tmp_path / "bundle.zip", layout(documents))
    assert documents == read_tree(path)


def test_a_bundle_with_one_name_twice_is_refused(world: World, tmp_path: Path) -> None:
    path = bundle(tmp_path / "bundle.zip", layout(world.publish()))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("snapshot.json", b"{}")
    assert "file_unreadable" == refusal(lambda: read_tree(path)).code


def test_other_compressions_are_refused(world: World, tmp_path: Path) -> None:
    path = bundle(tmp_path / "bundle.zip", layout(world.publish()), zipfile.ZIP_LZMA)
    assert "file_unreadable" == refusal(lambda: read_tree(path)).code


def damaged(data: bytes) -> Iterator[bytes]:
    yield data[: len(data) // 2]
    yield b"PK\x03\x04" + bytes(30)
    yield b""
    yield data.replace(b"PK\x03\x04", b"XX\x03\x04", 1)


def test_a_damaged_bundle_is_refused(world: World, tmp_path: Path) -> None:
    path = bundle(tmp_path / "bundle.zip", layout(world.publish()))
    for data in damaged(path.read_bytes()):
        path.write_bytes(data)
        assert "file_unreadable" == refusal(lambda: read_tree(path)).code


def test_a_bundle_with_flipped_bytes_is_never_another_error(world: World, tmp_path: Path) -> None:
    path = bundle(tmp_path / "bundle.zip", layout(world.publish()))
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 200):
        data = bytearray(whole)
        data[place] ^= 0x55
        path.write_bytes(data)
        try:
            read_tree(path)
        except TrustError:
            continue


# Crashes and full disks


def test_a_crash_at_any_step_leaves_a_whole_tree(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each call to the disk in turn, a reader finds the tree before or the new one."""
    first = world.publish()
    world.issue()
    world.sign_registry()
    second = world.publish()
    steps = count_steps(monkeypatch, lambda: _twice(tmp_path / "count", first, second))
    before = count_steps(monkeypatch, lambda: publish(tmp_path / "first", first))
    seen = set()
    for step in range(before, steps):
        folder = tmp_path / str(step)
        shutil.copytree(tmp_path / "first", folder)
        killed_at(monkeypatch, step - before, partial(publish, folder, second))
        read = read_tree(folder)
        assert read.snapshot in (first.snapshot, second.snapshot)
        assert read in (first, second)
        seen.add(sha256(read.snapshot))
        publish(folder, second)
        assert second == read_tree(folder)
    assert {sha256(first.snapshot), sha256(second.snapshot)} == seen


def _twice(folder: Path, first: Documents, second: Documents) -> None:
    publish(folder, first)
    publish(folder, second)


def test_a_full_disk_leaves_nothing_half_written(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.publish()
    publish(tmp_path, first)
    world.issue()
    second = world.publish()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        error = refusal(lambda: publish(tmp_path, second))
    assert "folder_unwritable" == error.code
    assert os.strerror(errno.ENOSPC) in str(error)
    assert first == read_tree(tmp_path)
    assert not list(tmp_path.rglob("*.tmp"))


def test_paths_are_one_layout() -> None:
    assert "root/3.json" == published.root_path(3)
    assert "registry/3.sigs.json" == published.registry_signatures_path(3)
    assert "types/skill_level/1.json" == published.type_path("skill_level/1")
    assert "status/bj-0001/2025" == published.token_path("bj-0001/2025")
