"""The verifier's store when it is killed, full or damaged: the old state or the new, or a refusal."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from keys import publication
from keys.store import TrustStore
from keys.trust import Documents, root_fingerprint
from schemas.root import Roles
from schemas.status_list import Status
from tests.keys.crashes import count_steps, killed_at, loaded
from tests.refused import code_of
from tests.world import DAY, NOW, PUBLISHED, Key, World, key

LIST = "demo-pingjia/2025"


def other_root(version: int = 1) -> bytes:
    """The root of another authority."""
    keys = publication.role([signer.jwk for signer in _others(3)], 2)
    roles = Roles(root=keys, registry=keys, snapshot=keys)
    document = publication.root(env="prod", version=version, now=PUBLISHED, roles=roles)
    return publication.sign_root(document, _others(3))


def _others(count: int) -> list[Key]:
    return [key(f"another authority {n}") for n in range(count)]


def test_a_crash_at_any_step_leaves_the_old_or_the_new(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each call to the disk in turn; afterwards the store works on."""
    first = world.publish()
    world.set_status(world.issue(iat=PUBLISHED - DAY), Status.INVALID)
    second = world.publish()

    template = TrustStore(tmp_path / "template")
    template.pin(world.roots[0], now=NOW)
    template.replace(first, now=NOW)

    def begin(folder: Path) -> TrustStore:
        shutil.copytree(template.directory, folder)
        return TrustStore(folder)

    counting = begin(tmp_path / "count")
    steps = count_steps(monkeypatch, lambda: counting.replace(second, now=NOW))
    seen = set()
    for step in range(steps):
        store = begin(tmp_path / str(step))
        killed_at(monkeypatch, step, partial(store.replace, second, now=NOW))
        state = loaded(store)
        seen.add(state.snapshot.version)
        if step % 4 == 0:  # a replacement syncs a tenth of a second
            store.replace(second, now=NOW)
            assert 2 == loaded(store).snapshot.version
            assert 1 == len([path for path in store.directory.iterdir() if path.is_dir()])
    assert {1, 2} == seen


def test_a_crash_while_pinning_leaves_the_old_or_the_new(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = TrustStore(tmp_path / "count")
    other = other_root()
    before.pin(world.roots[0], now=NOW)
    steps = count_steps(monkeypatch, lambda: before.pin(other, now=NOW, replace=True))
    pins = {root_fingerprint(world.roots[0]), root_fingerprint(other)}
    seen: set[str] = set()
    for step in range(steps):
        store = TrustStore(tmp_path / str(step))
        store.pin(world.roots[0], now=NOW)
        killed_at(monkeypatch, step, partial(store.pin, other, now=NOW, replace=True))
        seen |= store.pins
    assert pins == seen


def test_a_killed_process_leaves_the_old_or_the_new(world: World, tmp_path: Path) -> None:
    """The same with SIGKILL from inside, at a random moment of fifty refreshes."""
    store = TrustStore(tmp_path / "trust")
    store.replace(World(env="demo").publish(), now=NOW)
    program = (
        "import os, signal, sys, threading\n"
        "from pathlib import Path\n"
        "from keys.store import TrustStore\n"
        "from tests.world import NOW, World\n"
        "world = World(env='demo')\n"
        "documents = [world.publish() for _ in range(50)]\n"
        "threading.Timer(float(sys.argv[2]), os.kill, (os.getpid(), signal.SIGKILL)).start()\n"
        "for one in documents: TrustStore(Path(sys.argv[1])).replace(one, now=NOW)\n"
        "os._exit(0)\n"
    )
    for delay in ("0.02", "0.05", "0.11"):
        subprocess.run(  # noqa: PLW1510 (it is killed)
            [sys.executable, "-c", program, str(store.directory), delay],
            cwd=Path(__file__).parents[2],
        )
        assert loaded(store).demo


def test_a_full_disk_leaves_the_old(
    world: World, store: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = store.replace(world.publish(), now=NOW)
    documents = world.publish()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert "folder_unwritable" == code_of(lambda: store.replace(documents, now=NOW))
    assert state == loaded(store)
    assert 1 == len([path for path in store.directory.iterdir() if path.is_dir()])


def test_a_folder_that_is_a_file(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    store = TrustStore(tmp_path / "file" / "trust")
    assert "folder_unwritable" == code_of(lambda: store.pin(world.roots[0], now=NOW))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "pointer": lambda folder: (folder / "current").write_text("x"),
    "pointer to nothing": lambda folder: (folder / "current").write_text("77"),
    "pins": lambda folder: next(folder.glob("*/pins.json")).write_text("{}"),
    "no pins": lambda folder: next(folder.glob("*/pins.json")).unlink(),
    "memory": lambda folder: next(folder.glob("*/memory.json")).write_text("{}"),
    "snapshot": lambda folder: next(folder.glob("*/t/snapshot.json")).write_text("{}"),
    "a list": lambda folder: next(folder.rglob("*.bin")).write_bytes(b"x"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_said_and_never_passed_over(world: World, store: TrustStore, case: str) -> None:
    """Starting over by itself would forget every floor; pinning anew is somebody's decision."""
    store.replace(world.publish(), now=NOW)
    DAMAGE[case](store.directory)
    assert "store_damaged" == code_of(lambda: store.load(now=NOW))
    assert "store_damaged" == code_of(lambda: store.replace(world.publish(), now=NOW))
    (store.directory / "current").write_text("9")
    store.pin(world.roots[0], now=NOW, replace=True)
    store.replace(world.publish(), now=NOW)


def test_a_lost_slot_of_memory_is_not_made_good(world: World, store: TrustStore) -> None:
    """Memory can add a revocation to the published list, never take one away."""
    revoked = world.set_status(world.issue(), Status.INVALID)
    store.replace(world.publish(), now=NOW)
    path = next(store.directory.glob("*/memory.json"))
    memory = json.loads(path.read_text())
    for one in memory["lists"]:
        one.pop("status")
    path.write_text(json.dumps(memory, separators=(",", ":")))
    status = loaded(store).lists[LIST].status
    assert status is not None
    assert Status.INVALID == status[revoked.idx]


def test_a_reader_meets_a_writer(
    world: World, store: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A generation that is replaced while it is being read is read anew."""
    store.replace(world.publish(), now=NOW)
    newer = world.publish()
    real = TrustStore._read_generation
    calls: list[int] = []

    def slow(self: TrustStore, number: int) -> Any:
        calls.append(number)
        if len(calls) == 1:
            store.replace(newer, now=NOW)
        return real(self, number)

    monkeypatch.setattr(TrustStore, "_read_generation", slow)
    state = TrustStore(store.directory).load(now=NOW)
    assert state is not None
    assert 2 == state.snapshot.version


def test_documents_are_kept_as_they_count(world: World, store: TrustStore) -> None:
    """An issued list that has grown past its snapshot is kept up to the snapshot."""
    documents = world.publish()
    longer = {key: data + bytes(10) for key, data in documents.issued.items()}
    state = store.replace(replace(documents, issued=longer), now=NOW)
    assert state == loaded(store)
    kept: Documents | None = store.documents()
    assert documents == kept
