"""The published `/t/` tree: which file stands where, how it is read and how it is written.

Everything that a snapshot names has its version or hash in its own name and never changes, or only
grows; `snapshot.json` alone points somewhere else each time, and is written last.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from keys import files
from keys.bundle import BundleSource, write_bundle
from keys.trust import Documents, read_root, sha256, unverified_snapshot
from schemas.errors import TrustError
from schemas.issued_list import SLOT
from schemas.limits import (
    MAX_LIST_ENTRIES,
    MAX_REGISTRY,
    MAX_REGISTRY_SIGNATURES,
    MAX_ROOT,
    MAX_ROOTS,
    MAX_SNAPSHOT,
    MAX_STATUS_FILE,
    MAX_TYPE,
)
from schemas.registry import PublishedType
from schemas.snapshot import PublishedList, Snapshot

SNAPSHOT = "snapshot.json"
BUNDLE = "bundle.zip"
POSTER = "poster"

_HASH = 16  # characters of base64url in a file name: 96 bits of its SHA-256

Progress = Callable[[str, int, int], None]
"""(file, how many are done, how many there are; 0 while that is not known)."""


def root_path(version: int) -> str:
    """One version of the root."""
    return f"root/{version}.json"


def registry_path(version: int) -> str:
    """One version of the registry."""
    return f"registry/{version}.json"


def registry_signatures_path(version: int) -> str:
    """The signatures of one version of the registry."""
    return f"registry/{version}.sigs.json"


def type_path(name: str) -> str:
    """The metadata of a certificate type; `name` is `{type}/{version}`."""
    return f"types/{name}.json"


def token_path(key: str) -> str:
    """The standard status list token; `key` is `{institution}/{list}`. The list's own address."""
    return f"status/{key}"


def status_path(published: PublishedList) -> str:
    """The pinned zlib bytes of a status list."""
    return f"status/{published.key}.{published.status.sha256[:_HASH]}.z"


def issued_path(key: str) -> str:
    """The issued list; it grows."""
    return f"issued/{key}.bin"


def replaced_path(published: PublishedList) -> str | None:
    """The sealed numbers of the replacing certificates, if any."""
    if published.replaced is None:
        return None
    return f"replaced/{published.key}.{published.replaced.sha256[:_HASH]}.json"


class Source(Protocol):
    """Wherever a published tree can be read from."""

    @property
    def where(self) -> str:
        """What people call it."""

    def read(self, name: str, limit: int) -> bytes | None:
        """The file `name`, None where there is none; TrustError `file_too_large` past `limit`."""

    def read_start(self, name: str, size: int, known: bytes) -> bytes | None:
        """The first `size` bytes of a file that may have grown, or fewer if it has fewer.

        A source may take `known`, which the file began with earlier, as read.
        """


class FolderSource:
    """A tree in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def where(self) -> str:
        """The folder."""
        return str(self._folder)

    def read(self, name: str, limit: int) -> bytes | None:
        """As `Source`."""
        return files.read_file(self._folder / name, limit)

    def read_start(self, name: str, size: int, known: bytes) -> bytes | None:  # noqa: ARG002 (nothing to save)
        """As `Source`."""
        path = self._folder / name
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                return file.read(size)
        except OSError as error:
            raise TrustError("file_unreadable", f"{path}: {error.strerror}") from None


def read_tree(path: Path, *, known: Documents | None = None, first_root: int = 1) -> Documents:
    """Read the published tree in the folder or `bundle.zip` at `path`, unverified.

    Args:
        path: a folder, or a file that `write_tree` called `bundle.zip`.
        known: what was accepted before; a file that it has already is not read again.
        first_root: the oldest root that is asked for.

    Raises:
        TrustError: `trust_folder_missing`, `trust_folder_incomplete` (no root, snapshot or
            registry; a missing list is merely absent), or a file that is too large or unreadable.
    """
    if path.is_dir():
        return collect(FolderSource(path), known=known, first_root=first_root)
    if not path.is_file():
        raise TrustError("trust_folder_missing", path=path)
    with BundleSource(path) as source:
        return collect(source, known=known, first_root=first_root)


def collect(
    source: Source,
    *,
    known: Documents | None = None,
    first_root: int = 1,
    progress: Progress | None = None,
) -> Documents:
    """Read a whole tree from `source`, unverified; each file as large as it may be, no larger.

    Raises:
        TrustError: as `read_tree`, and what `source` raises.
    """
    say = progress or (lambda _name, _done, _total: None)

    def required(name: str, limit: int) -> bytes:
        say(name, 0, 0)
        data = source.read(name, limit)
        if data is None:
            raise TrustError("trust_folder_incomplete", name, where=source.where)
        return data

    roots = tuple(_roots(source, required, known, first_root))
    snapshot = required(SNAPSHOT, MAX_SNAPSHOT)
    named = unverified_snapshot(snapshot)
    pinned = named.registry
    if known is not None and sha256(known.registry) == pinned.sha256:
        registry = known.registry
    else:
        registry = required(registry_path(pinned.version), min(pinned.len, MAX_REGISTRY))
    signatures = required(registry_signatures_path(pinned.version), MAX_REGISTRY_SIGNATURES)

    wanted = _wanted(registry, named)
    found: dict[_Kind, dict[str, bytes]] = {kind: {} for kind in _KINDS}
    for done, file in enumerate(wanted):
        say(file.path, done, len(wanted))
        at_hand = getattr(known, file.kind).get(file.key) if known else None
        data = _read(source, file, at_hand)
        if data is not None:
            found[file.kind][file.key] = data
    say(SNAPSHOT, len(wanted), len(wanted))
    return Documents(
        roots=roots,
        snapshot=snapshot,
        registry=registry,
        registry_signatures=signatures,
        types=found["types"],
        status=found["status"],
        issued=found["issued"],
        replaced=found["replaced"],
    )


def completed(documents: Documents, known: Documents) -> Documents:
    """`documents`, and from `known` the files that they name and came without."""
    found = {kind: dict(getattr(documents, kind)) for kind in _KINDS}
    for file in _wanted(documents.registry, unverified_snapshot(documents.snapshot)):
        at_hand = getattr(known, file.kind).get(file.key)
        if file.key not in found[file.kind] and _holds(at_hand, file):
            found[file.kind][file.key] = at_hand
    return replace(
        documents,
        types=found["types"],
        status=found["status"],
        issued=found["issued"],
        replaced=found["replaced"],
    )


def layout(documents: Documents) -> dict[str, bytes]:
    """Path in the tree → bytes, for all that `documents` hold; the snapshot last.

    Raises:
        TrustError: a root or the snapshot cannot be read.
    """
    named = unverified_snapshot(documents.snapshot)
    version = named.registry.version
    content = {root_path(read_root(root).version): root for root in documents.roots}
    content[registry_path(version)] = documents.registry
    content[registry_signatures_path(version)] = documents.registry_signatures
    content |= {type_path(name): data for name, data in documents.types.items()}
    for entry in named.lists:
        for path, data in (
            (status_path(entry), documents.status.get(entry.key)),
            (issued_path(entry.key), documents.issued.get(entry.key)),
            (replaced_path(entry), documents.replaced.get(entry.key)),
        ):
            if path is not None and data is not None:
                content[path] = data
    content[SNAPSHOT] = documents.snapshot
    return content


def write_tree(
    folder: Path, documents: Documents, *, tokens: Mapping[str, str], poster: str
) -> None:
    """Publish `documents` in `folder`, over what it published before.

    Whatever happens in between, a reader finds a whole tree, the one before or this one. Readers of
    the tree before keep its files.

    Args:
        folder: made where it is missing; one writer at a time.
        documents: all that this publication consists of.
        tokens: `{institution}/{list}` → standard status list token, of the lists that have one.
        poster: the freshness code's text.

    Raises:
        TrustError: `published_file_differs`, `issued_not_append_only`, `folder_unwritable`.
    """
    content = layout(documents)
    extra = {token_path(key): token.encode() for key, token in tokens.items()}
    extra[POSTER] = poster.encode()
    snapshot = content.pop(SNAPSHOT)
    issued = {issued_path(key) for key in documents.issued}
    for name, data in content.items():
        _write_growing(folder / name, data) if name in issued else _write_once(folder / name, data)
    for name, data in extra.items():
        files.write_file(folder / name, data)
    for key in documents.status.keys() - tokens.keys():
        path = folder / token_path(key)
        with files.writing(path):
            path.unlink(missing_ok=True)  # it would say what is true no more
    files.write_file(folder / BUNDLE, write_bundle(content | extra | {SNAPSHOT: snapshot}))
    files.write_file(folder / SNAPSHOT, snapshot)


def _roots(
    source: Source,
    required: Callable[[str, int], bytes],
    known: Documents | None,
    first_root: int,
) -> Iterator[bytes]:
    """All versions, from the newest that is known on: read again, so that a swapped one shows."""
    earlier = known.roots if known else ()
    yield from earlier[:-1]
    version = read_root(earlier[-1]).version if earlier else first_root
    document: bytes | None = required(root_path(version), MAX_ROOT)
    for _ in range(MAX_ROOTS):
        if document is None:
            return
        yield document
        version += 1
        document = source.read(root_path(version), MAX_ROOT)


_Kind = Literal["types", "status", "issued", "replaced"]
_KINDS: tuple[_Kind, ...] = ("types", "status", "issued", "replaced")


class _File(NamedTuple):
    """A file that the snapshot or the registry pins."""

    kind: _Kind
    key: str
    path: str
    sha256: str
    size: int  # bytes
    grows: bool = False


def _wanted(registry: bytes, snapshot: Snapshot) -> list[_File]:
    wanted = []
    for one in _types(registry):
        name = f"{one.type}/{one.version}"
        wanted.append(_File("types", name, type_path(name), one.sha256, min(one.len, MAX_TYPE)))
    for entry in snapshot.lists:
        key, status, replaced = entry.key, entry.status, entry.replaced
        size = min(status.len, MAX_STATUS_FILE)
        wanted.append(_File("status", key, status_path(entry), status.sha256, size))
        size = entry.count * SLOT
        wanted.append(_File("issued", key, issued_path(key), entry.issued, size, grows=True))
        path = replaced_path(entry)
        if replaced is not None and path is not None:
            size = min(replaced.len, MAX_SNAPSHOT)
            wanted.append(_File("replaced", key, path, replaced.sha256, size))
    return wanted


def _types(registry: bytes) -> list[PublishedType]:
    """Which types a registry names, without vetting its 50,000 institutions for it."""
    try:
        types: Any = json.loads(registry).get("types", [])
        return [PublishedType.model_validate(one) for one in types]
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise TrustError("document_malformed", "Registry: types") from None


def _holds(at_hand: bytes | None, file: _File) -> bool:
    """Whether a file that was read earlier is this one, or begins with it."""
    return at_hand is not None and sha256(at_hand[: file.size]) == file.sha256


def _read(source: Source, file: _File, at_hand: bytes | None) -> bytes | None:
    if at_hand is not None and _holds(at_hand, file):
        return at_hand[: file.size]
    if not file.grows:
        return source.read(file.path, file.size)
    data = source.read_start(file.path, file.size, at_hand or b"")
    if at_hand and data is not None and sha256(data) != file.sha256:
        data = source.read_start(file.path, file.size, b"")  # what was at hand was not its start
    return data


def _write_once(path: Path, data: bytes) -> None:
    """Write a file that never changes."""
    existing = files.read_file(path, MAX_REGISTRY)
    if existing is None:
        files.write_file(path, data)
    elif existing != data:
        raise TrustError("published_file_differs", path=path)


def _write_growing(path: Path, data: bytes) -> None:
    """Write a file that only grows; one that is ahead, after a crash, stays."""
    existing = files.read_file(path, MAX_LIST_ENTRIES * SLOT) or b""
    if not (data.startswith(existing) or existing.startswith(data)):
        raise TrustError("issued_not_append_only", str(path))
    if len(existing) < len(data) or not path.exists():
        files.write_file(path, data)
