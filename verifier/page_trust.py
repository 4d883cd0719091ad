"""What a page is given to trust: one pinned root, and the tree that is published under it.

The code that a stranger shows must never choose its checker: a page trusts what it was made with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from keys import files
from keys.bundle import write_bundle
from keys.published import BUNDLE, POSTER, SNAPSHOT, layout, read_tree
from keys.store import TrustStore
from keys.trust import Documents, TrustState, read_root, root_fingerprint, update
from schemas import base64url
from schemas.errors import CommandError, TrustError
from schemas.limits import MAX_ROOT

_FOLDERS = frozenset({"root", "registry", "types", "status", "issued", "replaced"})
_FILES = frozenset({SNAPSHOT, BUNDLE, POSTER})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTrust:
    """Checked documents and the root that a page pins."""

    documents: Documents
    state: TrustState
    fingerprint: str
    """Of the pinned root, SHA-256, hex."""
    folder: Path | None
    """Where the tree is published; None: from the store or a bundle."""

    def tree(self) -> Mapping[str, bytes]:
        """Path below `t/` → content: all that is published, which is more than a page reads."""
        if self.folder is not None:
            return {name: (self.folder / name).read_bytes() for name in published(self.folder)}
        content = layout(self.documents)
        return content | {BUNDLE: write_bundle(content)}

    def bundle(self) -> str:
        """What the page reads, in one file, base64url."""
        return base64url.encode(write_bundle(layout(self.documents)))


def page_trust(source: Path | None, *, root: Path | None = None, now: int) -> PageTrust:
    """Read and check what a page is to trust.

    Args:
        source: a published folder or `bundle.zip`; None: what `zhengyin refresh` keeps.
        root: the root to pin; None: the one that `zhengyin pin` did. A demo needs neither.
        now: seconds.

    Raises:
        CommandError: `page_without_trust`.
        TrustError: `root_not_pinned`, `root_missing`, or another broken rule.
    """
    store = TrustStore()
    documents = store.documents() if source is None else read_tree(source)
    if documents is None:
        raise CommandError("page_without_trust")
    pins = store.pins if root is None else frozenset({_fingerprint(root)})
    state = update(None, documents, pins=pins, now=now)
    chain = [root_fingerprint(one) for one in documents.roots]
    pinned = [one for one in chain if one in pins]
    if not pinned and root is not None:
        raise TrustError("root_not_pinned", fingerprint=chain[0])
    return PageTrust(
        documents=documents,
        state=state,
        fingerprint=(pinned or chain)[0],
        folder=source if source is not None and source.is_dir() else None,
    )


def published(folder: Path) -> Iterator[str]:
    """The names of a published tree's files; links and whatever else lies there are not."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if is_published(name) and path.is_file() and path.resolve() == folder.resolve() / name:
            yield name


def is_published(name: str) -> bool:
    """Whether a tree may have a file of this name; unfinished ones begin with a dot."""
    first, *rest = name.split("/")
    if any(part.startswith(".") for part in (first, *rest)):
        return False
    return first in _FOLDERS if rest else first in _FILES


def _fingerprint(root: Path) -> str:
    document = files.read_file(root, MAX_ROOT)
    if document is None:
        raise TrustError("root_missing", path=root)
    read_root(document)
    return root_fingerprint(document)
