"""Publishing: nothing goes out that is refused later, and a run that broke off is finished."""

import errno
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from keys import authority, ceremony, draft, jws
from keys.annexes import load_directory
from keys.authority import publish
from keys.authority_folder import AuthorityFolder
from keys.publication import ListFiles
from keys.published import read_tree
from keys.trust import root_fingerprint, update
from schemas import status_list, strict_json
from schemas.origin import status_uri
from schemas.registry import Authority
from schemas.status_list import Status, StatusList
from tests.keys.authorities import (
    ISSUER,
    ISSUER_KEY,
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
from tests.keys.crashes import count_steps, killed_at
from tests.refused import code_of
from tests.world import DAY, NOW, ORIGIN, Key, key


@pytest.fixture
def folder(tmp_path: Path) -> AuthorityFolder:
    """All is signed, nothing published."""
    return signed(tmp_path / "auth")


# Beginning


def test_the_first_publication(folder: AuthorityFolder) -> None:
    state = out(folder, lists())
    assert (1, 1, 1) == (state.root.version, state.registry.version, state.snapshot.version)
    assert [ORIGIN] == state.registry.origins
    assert ISSUER_KEY.kid in state.keys
    assert 5 == len(state.types)
    assert f"https://{ORIGIN}/vct/skill_level/1" == state.types["skill_level/1"]["vct"]
    assert 2 == state.lists[f"{ISSUER}/2025"].published.count
    assert folder.proposal("root") is None
    assert folder.proposal("registry") is None


def test_the_real_directory_is_published_without_keys(tmp_path: Path) -> None:
    folder = begin(tmp_path / "auth")
    ceremony.sign(folder, "root", ROOTS[:3])
    institutions = load_directory("bj-2023-91")
    folder.write_draft(draft.merge(folder.draft(), institutions))
    sign_registry(folder)
    assert institutions == out(folder).registry.institutions[1:]


def test_a_folder_is_begun_once(folder: AuthorityFolder) -> None:
    assert "authority_exists" == code_of(lambda: begin(folder.path))


BEGINNINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "too few keys": ("threshold_too_high", {"roles": roles(roots=ROOTS[:2])}),
    "one key twice": ("threshold_too_high", {"roles": roles(registries=[REGISTRIES[0]] * 2)}),
}


@pytest.mark.parametrize("case", BEGINNINGS)
def test_a_bad_beginning(tmp_path: Path, case: str) -> None:
    code, options = BEGINNINGS[case]
    assert code == code_of(lambda: begin(tmp_path / "auth", **options))
    assert not (tmp_path / "auth").exists()


@pytest.mark.parametrize("origin", ["https://zs.example.cn", "ZS.example.cn", "a b", "", "x/"])
def test_an_origin_is_a_host(tmp_path: Path, origin: str) -> None:
    begin_ = partial(
        authority.init,
        tmp_path / "auth",
        env="demo",
        origins=[origin],
        authority=Authority(zh="示例", en="example"),
        edition="x",
        roles=roles(),
        now=NOW,
    )
    assert "origin_malformed" == code_of(begin_)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    assert "authority_missing" == code_of(lambda: publish(tmp_path / "x", [], SNAPSHOT, now=NOW))
    assert not (tmp_path / "x").exists()


# Lists


def test_lists_grow(folder: AuthorityFolder) -> None:
    """What was logged before keeps its epoch; what is new is logged now."""
    out(folder, lists(2))
    state = out(folder, lists(5, {1: Status.SUSPENDED}), now=NOW + DAY)
    entry = state.lists[f"{ISSUER}/2025"]
    assert [[2, NOW], [5, NOW + DAY]] == [list(epoch) for epoch in entry.published.epochs]
    assert entry.status is not None
    assert [1] == entry.status.indexes(Status.SUSPENDED)


def test_lists_that_are_not_handed_over_stay(folder: AuthorityFolder) -> None:
    before = out(folder, lists(2) + lists(3, list_id="2024"))
    after = out(folder, lists(3), now=NOW + DAY)
    assert before.lists[f"{ISSUER}/2024"] == after.lists[f"{ISSUER}/2024"]
    assert 3 == after.lists[f"{ISSUER}/2025"].published.count
    assert set(before.lists) == set(out(folder, now=NOW + 2 * DAY).lists)


def test_replacements_are_published(folder: AuthorityFolder) -> None:
    state = out(folder, lists(2, {0: Status.INVALID}, replaced={0: "AAAA"}))
    assert {0: "AAAA"} == state.lists[f"{ISSUER}/2025"].replaced


REFUSED_LISTS: dict[str, tuple[str, list[ListFiles]]] = {
    "shorter": ("issued_not_append_only", lists(1)),
    "rewritten": ("issued_not_append_only", lists(3, slots=bytes(30))),
    "a revocation taken back": ("revocation_undone", lists(3)),
    "a stranger's": ("list_institution_unknown", lists(3, institution="demo-nobody")),
    "more statuses than slots": ("file_unreadable", lists(3, status=StatusList.of(9, []))),
    "a token that is none": ("status_token_refused", lists(3, {1: Status.INVALID}, token="x.y.z")),
}


@pytest.mark.parametrize("case", REFUSED_LISTS)
def test_a_bad_list_is_not_published(folder: AuthorityFolder, case: str) -> None:
    out(folder, lists(2, {1: Status.INVALID}))
    before = published_files(folder)
    code, new = REFUSED_LISTS[case]
    assert code == code_of(lambda: out(folder, new, now=NOW + DAY))
    assert before == published_files(folder)


def test_the_registry_undoes_a_revocation(folder: AuthorityFolder) -> None:
    out(folder, lists(2, {1: Status.INVALID}))
    folder.write_draft(draft.reinstate(folder.draft(), ISSUER, "2025", 1))
    sign_registry(folder)
    status = out(folder, lists(2), now=NOW + DAY).lists[f"{ISSUER}/2025"].status
    assert status is not None
    assert Status.VALID == status[1]


# The standard status list token


def token(
    files: ListFiles, signer: Key = ISSUER_KEY, uri: str = status_uri(ORIGIN, ISSUER, "2025")
) -> str:
    claims = files.status.claims(uri, iat=NOW, exp=NOW + DAY)
    return jws.sign_compact(strict_json.dumps(claims), typ=status_list.TYP, signer=signer)


def with_token(files: ListFiles, text: str) -> list[ListFiles]:
    return lists(files.status.count, token=text)


def test_a_token_is_served_where_the_credential_says(folder: AuthorityFolder) -> None:
    (files,) = lists(2)
    text = token(files)
    out(folder, with_token(files, text))
    assert text.encode() == published_files(folder)[f"status/{ISSUER}/2025"]
    out(folder, now=NOW + DAY)
    assert text.encode() == published_files(folder)[f"status/{ISSUER}/2025"]


BAD_TOKENS: dict[str, Callable[[ListFiles], str]] = {
    "another's key": lambda files: token(files, ROOTS[0]),
    "another address": lambda files: token(files, uri=status_uri("x.example", ISSUER, "2025")),
    "another list": lambda _: token(lists(9)[0]),
    "a broken signature": lambda files: token(files)[:-6] + "AAAAAA",
    "another type": lambda files: token(files).replace("ey", "eX", 1),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_a_token_that_says_something_else_is_not_published(
    folder: AuthorityFolder, case: str
) -> None:
    (files,) = lists(2)
    new = with_token(files, BAD_TOKENS[case](files))
    assert "status_token_refused" == code_of(lambda: out(folder, new))
    assert {} == published_files(folder)


# The registry's rules


def test_nothing_is_deleted(folder: AuthorityFolder) -> None:
    """A draft that lost something cannot even be proposed."""
    grant = draft.grant(
        type_name="ce_training", role="base", from_="2025-01-01", basis="示例通知 附件 2 第 1 行"
    )
    folder.write_draft(draft.add_grant(folder.draft(), ISSUER, grant))
    sign_registry(folder)
    out(folder)
    whole = folder.draft()
    (institution,) = whole.institutions
    for lost in (
        [],
        [institution.model_copy(update={"keys": []})],
        [institution.model_copy(update={"grants": []})],
    ):
        folder.write_draft(whole.model_copy(update={"institutions": lost}))
        propose = partial(ceremony.propose_registry, folder, now=NOW)
        assert "registry_deleted" == code_of(propose)


def test_nothing_stands_twice(folder: AuthorityFolder) -> None:
    before = folder.draft()
    twice = [*before.institutions, *before.institutions]
    folder.write_draft(before.model_copy(update={"institutions": twice}))
    assert "registry_duplicate" == code_of(lambda: ceremony.propose_registry(folder, now=NOW))


def test_versions_form_a_chain(folder: AuthorityFolder) -> None:
    first = out(folder)
    sign_registry(folder)
    second = out(folder, now=NOW + DAY)
    assert first.registry_sha256 == second.registry.prev


def test_time_does_not_run_backwards(folder: AuthorityFolder) -> None:
    out(folder)
    assert "clock_behind" == code_of(lambda: out(folder, now=NOW - 1))


# Crashes


def next_version(folder: AuthorityFolder) -> None:
    """Everything changes at once: root with a new snapshot key, registry, list."""
    ceremony.propose_root(folder, roles(snapshots=[key("snapshot 2")]), now=NOW + DAY)
    ceremony.sign(folder, "root", ROOTS[:3])
    sign_registry(folder, now=NOW + DAY)


def test_a_publication_that_broke_off_is_finished_later(
    folder: AuthorityFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before each call to the disk in turn; the next run publishes, whatever was left."""
    out(folder, lists(2))
    next_version(folder)

    def run(path: Path) -> authority.Publication:
        return publish(path, lists(4), [key("snapshot 2")], now=NOW + DAY)

    counted = tmp_path / "count"
    shutil.copytree(folder.path, counted)
    steps = count_steps(monkeypatch, lambda: run(counted))
    for step in range(steps):
        path = tmp_path / str(step)
        shutil.copytree(folder.path, path)
        killed_at(monkeypatch, step, partial(run, path))
        if step % 3 == 0:  # the registry is signed once more, or changed, before the next run
            left = AuthorityFolder(path)
            if left.proposal("registry") is not None:
                ceremony.sign(left, "registry", REGISTRIES[2:])
        elif step % 3 == 1:
            left = AuthorityFolder(path)
            sign_registry(left, now=NOW + DAY)
        state = run(path).state
        documents = read_tree(AuthorityFolder(path).published_path)
        pins = [root_fingerprint(documents.roots[0])]
        assert state.snapshot == update(None, documents, pins=pins, now=NOW + DAY).snapshot
        assert 2 == state.root.version
        assert 4 == state.lists[f"{ISSUER}/2025"].published.count
        assert 2 <= state.registry.version


def test_a_full_disk_leaves_what_was_published(
    folder: AuthorityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    out(folder)
    documents = read_tree(folder.published_path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert "folder_unwritable" == code_of(lambda: out(folder, lists(), now=NOW + DAY))
    assert documents == read_tree(folder.published_path)
    out(folder, lists(), now=NOW + DAY)
