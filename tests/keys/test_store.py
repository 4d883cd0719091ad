"""The verifier's store: pins, floors and memory survive; a change is there wholly or not at all."""

from dataclasses import replace
from pathlib import Path

import pytest

from keys import publication
from keys.store import TrustStore, default_directory
from keys.trust import root_fingerprint
from schemas.errors import TrustError
from schemas.root import Roles
from schemas.status_list import Status
from tests.keys.crashes import loaded
from tests.refused import code_of
from tests.world import DAY, NOW, PUBLISHED, SIGNED, Key, World, key

LIST = "demo-pingjia/2025"


# Where it is


FOLDERS = {
    "named": ({"ZHENGYIN_TRUST": "/a/b", "XDG_DATA_HOME": "/x"}, Path("/a/b")),
    "XDG": ({"XDG_DATA_HOME": "/x"}, Path("/x/zhengyin/trust")),
    "neither": ({}, Path.home() / ".local/share/zhengyin/trust"),
    "empty": ({"ZHENGYIN_TRUST": "", "XDG_DATA_HOME": ""}, Path.home() / ".local/share/zhengyin/trust"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLDERS)
def test_the_folder(case: str) -> None:
    environment, expected = FOLDERS[case]
    assert expected == default_directory(environment)


def test_an_empty_store_knows_nothing(tmp_path: Path) -> None:
    """And reading it makes no folder."""
    store = TrustStore(tmp_path / "none")
    assert store.load(now=NOW) is None
    assert store.documents() is None
    assert store.pinned is None
    assert frozenset() == store.pins
    assert not store.directory.exists()


# Accepting


def test_what_was_accepted_is_loaded_again(world: World, store: TrustStore) -> None:
    state = store.replace(world.publish(), now=NOW)
    assert state == loaded(store)
    assert world.history[-1] == store.documents()


def test_a_refused_document_changes_nothing(world: World, store: TrustStore) -> None:
    state = store.replace(world.publish(), now=NOW)
    world.publish()
    bad = replace(world.history[-1], registry=b"{}")
    assert "registry_hash" == code_of(lambda: store.replace(bad, now=NOW))
    assert state == loaded(store)


def test_a_root_that_is_not_pinned_is_refused(world: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path)
    assert "root_not_pinned" == code_of(lambda: store.replace(world.publish(), now=NOW))


def test_the_floors_survive(world: World, store: TrustStore) -> None:
    """What was newest stays the floor in another process."""
    old = world.publish()
    store.replace(world.publish(), now=NOW)
    again = TrustStore(store.directory)
    assert "snapshot_rollback" == code_of(lambda: again.replace(old, now=NOW))


def test_the_whole_chain_of_roots_is_kept(world: World, store: TrustStore) -> None:
    """Only the pinned root is trusted by itself, so the way from it must stay on the disk."""
    store.replace(world.publish(), now=NOW)
    world.new_root(root=(3, [f"prod root {n}" for n in range(4, 9)]))
    documents = world.publish()
    state = store.replace(replace(documents, roots=documents.roots[1:]), now=NOW)
    assert 2 == state.root.version
    assert state == loaded(store)
    assert documents == store.documents()


def test_a_chain_may_begin_at_a_later_root(world: World, tmp_path: Path) -> None:
    world.new_root()
    world.new_root()
    store = TrustStore(tmp_path)
    store.pin(world.roots[1], now=NOW)
    documents = world.publish()
    state = store.replace(replace(documents, roots=documents.roots[1:]), now=NOW)
    assert state == loaded(store)
    assert documents.roots[1:] == replace(documents, roots=documents.roots[1:]).roots


# Memory


def test_revoked_stays_revoked(world: World, store: TrustStore) -> None:
    """A stolen snapshot key brings nothing back, after a restart neither."""
    revoked = world.set_status(world.issue(), Status.INVALID)
    store.replace(world.publish(), now=NOW)
    world.set_status(revoked, Status.VALID)
    store.replace(world.publish(), now=NOW)
    world.issue(iat=PUBLISHED - DAY)
    store.replace(world.publish(), now=NOW)
    status = loaded(store).lists[LIST].status
    assert status is not None
    assert Status.INVALID == status[revoked.idx]


def test_the_registry_can_reinstate(world: World, store: TrustStore) -> None:
    revoked = world.set_status(world.issue(), Status.INVALID)
    store.replace(world.publish(), now=NOW)
    world.set_status(revoked, Status.VALID)
    institution, list_id = LIST.split("/")
    world.reinstated = [{"institution": institution, "list": list_id, "idx": revoked.idx}]
    world.sign_registry()
    store.replace(world.publish(), now=NOW)
    status = loaded(store).lists[LIST].status
    assert status is not None
    assert Status.VALID == status[revoked.idx]


@pytest.mark.parametrize("left_out", ["status", "issued", "both"])
def test_lists_that_come_no_more_are_remembered(
    world: World, store: TrustStore, left_out: str
) -> None:
    """A later publication without a list file leaves what was known of it."""
    revoked = world.set_status(world.issue(), Status.INVALID)
    store.replace(world.publish(), now=NOW)
    world.issue(iat=PUBLISHED - DAY)
    documents = world.publish()
    status = {} if left_out in ("status", "both") else documents.status
    issued = {} if left_out in ("issued", "both") else documents.issued
    state = store.replace(replace(documents, status=status, issued=issued), now=NOW)
    assert state == loaded(store)
    known = loaded(store).lists[LIST]
    assert known.status is not None
    assert known.issued is not None
    assert Status.INVALID == known.status[revoked.idx]
    assert 2 <= known.issued.count
    assert SIGNED < known.issued.logged_at(0) < PUBLISHED
    complete = store.replace(world.publish(), now=NOW)
    assert complete == loaded(store)
    again = complete.lists[LIST].issued
    assert again is not None
    assert 3 == again.count


def test_the_newest_time_survives(world: World, store: TrustStore) -> None:
    """A root with a new snapshot key resets the snapshot, not the time that was seen."""
    late = PUBLISHED + 40 * DAY
    store.replace(world.publish(iat=late, next=late + DAY, exp=late + 2 * DAY), now=late)
    world.new_root(snapshot=(1, ["prod snapshot 2"]))
    store.replace(world.publish(), now=late)
    assert late == loaded(store).newest


# The clock


def test_an_expired_root_is_refused(world: World, store: TrustStore) -> None:
    state = store.replace(world.publish(), now=NOW)
    with pytest.raises(TrustError) as caught:
        store.load(now=state.root.exp)
    assert "root_expired" == caught.value.code
    assert caught.value.hint("zh-CN")
    assert caught.value.hint("en")


def test_a_new_root_mends_an_expired_one(world: World, store: TrustStore) -> None:
    first = store.replace(world.publish(), now=NOW)
    late = first.root.exp + DAY
    assert "root_expired" == code_of(lambda: store.replace(world.publish(), now=late))
    world.new_root(exp=late + 700 * DAY)
    state = store.replace(world.publish(), now=late)
    assert state == store.load(now=late)


def test_a_clock_that_runs_behind_still_loads(world: World, store: TrustStore) -> None:
    """The verdict says that the clock is behind; the store only keeps."""
    state = store.replace(world.publish(), now=NOW)
    assert state == store.load(now=0)


# Demo and production


def test_a_demo_root_is_never_pinned(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust")
    demo = World(env="demo")
    assert "demo_root_pinned" == code_of(lambda: store.pin(demo.roots[0], now=NOW))
    assert not store.directory.exists()


def test_a_demo_needs_no_pin(tmp_path: Path) -> None:
    store, demo = TrustStore(tmp_path), World(env="demo")
    assert store.replace(demo.publish(), now=NOW).demo
    assert loaded(store).demo


def test_a_production_store_refuses_a_demo(world: World, store: TrustStore) -> None:
    demo = World(env="demo").publish()
    assert "environment_mismatch" == code_of(lambda: store.replace(demo, now=NOW))
    state = store.replace(world.publish(), now=NOW)
    assert "environment_mismatch" == code_of(lambda: store.replace(demo, now=NOW))
    assert state == loaded(store)


def test_a_demo_store_refuses_production(world: World, tmp_path: Path) -> None:
    store = TrustStore(tmp_path)
    state = store.replace(World(env="demo").publish(), now=NOW)
    documents = world.publish()
    assert "environment_mismatch" == code_of(lambda: store.replace(documents, now=NOW))
    assert "environment_mismatch" == code_of(lambda: store.pin(world.roots[0], now=NOW))
    assert state == loaded(store)


# Pinning


def test_a_pin_says_what_was_pinned(world: World, store: TrustStore) -> None:
    pin = store.pinned
    assert pin is not None
    fingerprint = root_fingerprint(world.roots[0])
    assert (fingerprint, "prod", 1, NOW) == (pin.fingerprint, pin.env, pin.version, pin.at)
    assert 5 == len(pin.authority)
    assert frozenset([fingerprint]) == store.pins


def test_pinning_again_keeps_what_is_known(world: World, store: TrustStore) -> None:
    """The same root, or a later one of the same chain."""
    store.pin(world.roots[0], now=NOW)
    world.new_root()
    state = store.replace(world.publish(), now=NOW)
    store.pin(world.roots[1], now=NOW)
    assert state == loaded(store)


def other_root(version: int = 1) -> bytes:
    """The root of another authority."""
    keys = publication.role([signer.jwk for signer in _others(3)], 2)
    roles = Roles(root=keys, registry=keys, snapshot=keys)
    document = publication.root(env="prod", version=version, now=PUBLISHED, roles=roles)
    return publication.sign_root(document, _others(3))


def _others(count: int) -> list[Key]:
    return [key(f"another authority {n}") for n in range(count)]


def test_another_authority_is_not_pinned_by_the_way(world: World, store: TrustStore) -> None:
    assert "pinned_already" == code_of(lambda: store.pin(other_root(), now=NOW))
    state = store.replace(world.publish(), now=NOW)
    assert "pinned_already" == code_of(lambda: store.pin(other_root(), now=NOW))
    assert state == loaded(store)


def test_replacing_an_authority_drops_what_it_published(world: World, store: TrustStore) -> None:
    store.replace(world.publish(), now=NOW)
    store.pin(other_root(), now=NOW, replace=True)
    assert store.load(now=NOW) is None
    assert frozenset([root_fingerprint(other_root())]) == store.pins
    assert "root_not_pinned" == code_of(lambda: store.replace(world.publish(), now=NOW))


def test_a_root_without_its_signatures_is_not_pinned(world: World, tmp_path: Path) -> None:
    world.new_root(signed_by=["prod root 1"])
    store = TrustStore(tmp_path)
    assert "root_signature" == code_of(lambda: store.pin(world.roots[1], now=NOW))
    assert "document_malformed" == code_of(lambda: store.pin(b"{}", now=NOW))


def test_an_expired_root_is_not_pinned(world: World, tmp_path: Path) -> None:
    late = NOW + 2000 * DAY
    assert "root_expired" == code_of(lambda: TrustStore(tmp_path).pin(world.roots[0], now=late))
