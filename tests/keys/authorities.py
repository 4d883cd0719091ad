"""An authority for tests: its keys, its folder, the lists that come in, and publishing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keys import authority, ceremony, draft
from keys.authority import publish
from keys.authority_folder import AuthorityFolder
from keys.publication import ListFiles, role
from keys.published import read_tree
from keys.trust import TrustState, root_fingerprint, update
from schemas.document import Environment
from schemas.registry import Authority, Institution, Name
from schemas.root import Roles
from schemas.status_list import Status, StatusList
from tests.world import NOW, ORIGIN, Key, key

ISSUER = "demo-pingjia"
SNAPSHOT = [key("snapshot 1")]
ROOTS = [key(f"root {n}") for n in range(1, 6)]
REGISTRIES = [key(f"registry {n}") for n in range(1, 4)]
ISSUER_KEY = key("pingjia 2025")


def roles(
    roots: Sequence[Key] = ROOTS,
    registries: Sequence[Key] = REGISTRIES,
    snapshots: Sequence[Key] = SNAPSHOT,
    thresholds: tuple[int, int, int] = (3, 2, 1),
) -> Roles:
    held = [
        role([one.jwk for one in keys], threshold)
        for keys, threshold in zip((roots, registries, snapshots), thresholds, strict=True)
    ]
    return Roles(root=held[0], registry=held[1], snapshot=held[2])


def begin(path: Path, env: Environment = "prod", **options: Any) -> AuthorityFolder:
    """An authority with one institution that has a key, nothing signed."""
    authority.init(
        path,
        env=env,
        origins=[ORIGIN],
        authority=Authority(zh="示例主管部门", en="Example authority"),
        edition="2025-06 版",
        roles=options.pop("roles", roles()),
        now=NOW,
        **options,
    )
    folder = AuthorityFolder(path)
    new = Institution(id=ISSUER, names=[Name(name="示例机械评价中心（演示）")])
    folder.write_draft(
        draft.add_key(draft.add(folder.draft(), new), ISSUER, ISSUER_KEY.jwk, from_=NOW)
    )
    return folder


def sign_registry(folder: AuthorityFolder, now: int = NOW) -> None:
    ceremony.propose_registry(folder, now=now)
    ceremony.sign(folder, "registry", REGISTRIES[:2])


def signed(path: Path) -> AuthorityFolder:
    """An authority where all is signed and nothing published."""
    folder = begin(path)
    ceremony.sign(folder, "root", ROOTS[:3])
    sign_registry(folder)
    return folder


def lists(
    count: int = 2, changed: Mapping[int, Status] | None = None, **members: Any
) -> list[ListFiles]:
    """One list; slot n holds ten times the byte n + 1."""
    files: dict[str, Any] = {
        "institution": ISSUER,
        "list_id": "2025",
        "status": StatusList.of(count, (changed or {}).items()),
        "slots": b"".join(bytes([n + 1]) * 10 for n in range(count)),
    }
    return [ListFiles(**(files | members))]


def out(folder: AuthorityFolder, new: Sequence[ListFiles] = (), now: int = NOW) -> TrustState:
    """Publish, and check that a verifier that starts now accepts it."""
    state = publish(folder.path, new, SNAPSHOT, now=now).state
    documents = read_tree(folder.published_path)
    pins = [root_fingerprint(documents.roots[0])]
    assert state.snapshot == update(None, documents, pins=pins, now=now).snapshot
    return state


def published_files(folder: AuthorityFolder) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder.published_path)): path.read_bytes()
        for path in folder.published_path.rglob("*")
        if path.is_file()
    }
