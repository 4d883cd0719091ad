"""Signing by several custodians, here and elsewhere, and the rotation of roots."""

from functools import partial
from pathlib import Path

import pytest

from keys import ceremony, draft
from keys.authority import publish
from keys.authority_folder import AuthorityFolder
from keys.published import read_tree
from keys.store import TrustStore
from schemas.registry import Institution, Name
from tests.keys.authorities import (
    REGISTRIES,
    ROOTS,
    SNAPSHOT,
    begin,
    lists,
    out,
    published_files,
    roles,
    sign_registry,
    signed,
)
from tests.refused import code_of
from tests.world import DAY, NOW, key


@pytest.fixture
def folder(tmp_path: Path) -> AuthorityFolder:
    """All is signed, nothing published."""
    return signed(tmp_path / "auth")


# Signing one after another


def test_signatures_are_counted_over_distinct_keys(tmp_path: Path) -> None:
    folder = begin(tmp_path / "auth")
    for signer, valid in zip([*ROOTS[:2], ROOTS[0], ROOTS[2]], (1, 2, 2, 3), strict=True):
        (signed,) = ceremony.sign(folder, "root", [signer])
        assert (valid, 3) == (signed.valid, signed.threshold)
    assert signed.complete


def test_nothing_goes_out_without_its_signatures(tmp_path: Path) -> None:
    folder = begin(tmp_path / "auth")
    assert "signatures_missing" == code_of(lambda: out(folder))
    ceremony.sign(folder, "root", ROOTS[:2])
    sign_registry(folder)
    assert "signatures_missing" == code_of(lambda: out(folder))
    ceremony.sign(folder, "root", [ROOTS[4]])
    out(folder)


def test_a_registry_waits_for_its_second_signature(folder: AuthorityFolder) -> None:
    """Meanwhile the daily snapshot goes out with the registry before."""
    out(folder)
    ceremony.propose_registry(folder, now=NOW + DAY)
    ceremony.sign(folder, "registry", REGISTRIES[:1])
    done = publish(folder.path, [], SNAPSHOT, now=NOW + DAY)
    assert (1, 2) == (done.state.registry.version, done.state.snapshot.version)
    assert [("registry", 1, 2)] == [(o.proposal, o.valid, o.threshold) for o in done.waiting]
    ceremony.sign(folder, "registry", REGISTRIES[2:])
    assert 2 == out(folder, now=NOW + 2 * DAY).registry.version


def test_a_stranger_signs_nothing(folder: AuthorityFolder) -> None:
    sign = partial(ceremony.sign, folder, "registry", [ROOTS[0]])
    assert "signer_not_in_role" == code_of(sign)
    stranger = partial(publish, folder.path, [], [ROOTS[0]], now=NOW)
    assert "signer_not_in_role" == code_of(stranger)
    assert "signatures_missing" == code_of(lambda: publish(folder.path, [], [], now=NOW))
    assert {} == published_files(folder)


def test_changing_the_draft_voids_the_signatures(folder: AuthorityFolder) -> None:
    """What was signed is what goes out, or nothing is."""
    institution = Institution(id="demo-jidi", names=[Name(name="示范继续教育基地（演示）")])
    folder.write_draft(draft.add(folder.draft(), institution))
    assert "signatures_missing" == code_of(lambda: out(folder))
    sign_registry(folder)
    assert 2 == len(out(folder).registry.institutions)


def test_there_has_to_be_something_to_sign(folder: AuthorityFolder) -> None:
    out(folder)
    assert "nothing_to_sign" == code_of(lambda: ceremony.sign(folder, "root", ROOTS[:1]))


# Signing elsewhere


def test_custodians_sign_copies(tmp_path: Path) -> None:
    """Each on a machine of their own; the signatures come back in any order."""
    folder = begin(tmp_path / "auth")
    ceremony.propose_registry(folder, now=NOW)
    for proposal, signers in (("root", ROOTS[1:4]), ("registry", REGISTRIES[1:])):
        copies = []
        for n, signer in enumerate(signers):
            copy = AuthorityFolder(tmp_path / f"{proposal} {n}")
            ceremony.export(folder, proposal, copy)  # type: ignore[arg-type]
            ceremony.sign(copy, proposal, [signer])  # type: ignore[arg-type]
            copies.append(copy)
        for copy in reversed(copies):
            signed = ceremony.merge(folder, proposal, copy)  # type: ignore[arg-type]
        assert all(one.complete for one in signed)
    out(folder)


def test_a_copy_holds_no_more_than_is_needed(folder: AuthorityFolder, tmp_path: Path) -> None:
    out(folder, lists())
    ceremony.propose_registry(folder, now=NOW)
    copy = tmp_path / "copy"
    ceremony.export(folder, "registry", AuthorityFolder(copy))
    assert {
        "authority.json",
        "pending/registry.json",
        "published/registry/1.json",
        "published/root/1.json",
        "published/snapshot.json",
    } == {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    assert "authority_exists" == code_of(
        lambda: ceremony.export(folder, "registry", AuthorityFolder(copy))
    )


def test_a_stranger_signs_no_copy_either(folder: AuthorityFolder, tmp_path: Path) -> None:
    out(folder)
    ceremony.propose_registry(folder, now=NOW)
    copy = AuthorityFolder(tmp_path / "copy")
    ceremony.export(folder, "registry", copy)
    assert "signer_not_in_role" == code_of(lambda: ceremony.sign(copy, "registry", ROOTS[:1]))
    assert "nothing_to_sign" == code_of(lambda: ceremony.merge(folder, "registry", copy))


def test_signatures_under_another_version_are_not_merged(
    folder: AuthorityFolder, tmp_path: Path
) -> None:
    copy = AuthorityFolder(tmp_path / "copy")
    ceremony.export(folder, "registry", copy)
    ceremony.sign(copy, "registry", REGISTRIES[2:])
    ceremony.propose_registry(folder, now=NOW + 1)
    merge = partial(ceremony.merge, folder, "registry", copy)
    assert "signatures_of_another" == code_of(merge)
    assert folder.signatures("registry") is None


# Roots


def test_a_root_is_rotated(folder: AuthorityFolder, tmp_path: Path) -> None:
    """Signed by the old and the new keys; a verifier that was there before follows."""
    store = TrustStore(tmp_path / "trust")
    out(folder)
    store.pin(read_tree(folder.published_path).roots[0], now=NOW)
    store.replace(read_tree(folder.published_path), now=NOW)
    new = [key(f"new root {n}") for n in range(1, 6)]
    ceremony.propose_root(folder, roles(roots=new), now=NOW + DAY)
    signed = ceremony.sign(folder, "root", [*ROOTS[:3], *new[:2]])
    assert [(1, 3, 3), (2, 2, 3)] == [(o.role_of, o.valid, o.threshold) for o in signed]
    done = publish(folder.path, [], SNAPSHOT, now=NOW + DAY)
    assert 1 == done.state.root.version
    assert [2] == [one.role_of for one in done.waiting]
    ceremony.sign(folder, "root", new[4:])
    assert 2 == out(folder, now=NOW + DAY).root.version
    state = store.replace(read_tree(folder.published_path), now=NOW + DAY)
    assert 2 == state.root.version


def test_new_registry_keys_seal_a_new_registry(folder: AuthorityFolder) -> None:
    """A root that changes them waits for a registry that they have sealed."""
    out(folder)
    new = [key(f"new registry {n}") for n in range(1, 4)]
    ceremony.propose_root(folder, roles(registries=new), now=NOW + DAY)
    ceremony.sign(folder, "root", ROOTS[:3])
    assert "registry_signature" == code_of(lambda: out(folder, now=NOW + DAY))
    ceremony.propose_registry(folder, now=NOW + DAY)
    (signed,) = ceremony.sign(folder, "registry", new[:2])
    assert (2, 2) == (signed.role_of, signed.valid)
    state = out(folder, now=NOW + DAY)
    assert (2, 2) == (state.root.version, state.registry.version)


def test_a_new_snapshot_key(folder: AuthorityFolder) -> None:
    out(folder)
    new = [key("snapshot 2")]
    ceremony.propose_root(folder, roles(snapshots=new), now=NOW + DAY)
    ceremony.sign(folder, "root", ROOTS[:3])
    old = partial(publish, folder.path, [], SNAPSHOT, now=NOW + DAY)
    assert "signer_not_in_role" == code_of(old)
    state = publish(folder.path, [], new, now=NOW + DAY).state
    assert (2, 2) == (state.root.version, state.snapshot.version)
    assert 3 == publish(folder.path, [], new, now=NOW + DAY).state.snapshot.version


def test_announced_root_keys_bind(tmp_path: Path) -> None:
    new = [key(f"new root {n}") for n in range(1, 6)]
    folder = begin(tmp_path / "auth", next_keys=[one.jwk for one in new])
    ceremony.sign(folder, "root", ROOTS[:3])
    sign_registry(folder)
    out(folder)
    propose = partial(ceremony.propose_root, folder, roles(), now=NOW)
    assert "root_prerotation" == code_of(propose)
    ceremony.propose_root(folder, roles(roots=new), now=NOW)
    ceremony.sign(folder, "root", [*ROOTS[:3], *new[:3]])
    assert 2 == out(folder).root.version


def test_an_expired_root_publishes_nothing(folder: AuthorityFolder) -> None:
    state = out(folder)
    late = state.root.exp
    assert "root_expired" == code_of(lambda: out(folder, now=late))
    ceremony.propose_root(folder, roles(), now=late)
    ceremony.sign(folder, "root", ROOTS[:3])
    assert 2 == out(folder, now=late).root.version
