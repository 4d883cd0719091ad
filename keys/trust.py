"""root → registry → snapshot: the update rules of a verifier (schemas/README.md §4; after TUF §5).

A pure state machine: `update(state, documents, now) -> state`, or a `TrustError` with the code of
the rule that was broken, and the state stays as it was. Nothing here reads a file or a clock.
"""

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from keys import jws
from keys.ed25519 import KeyRefusedError, vet_public_key
from keys.jwk import Jwk
from schemas import base64url, strict_json
from schemas.document import Pinned, PublicKey
from schemas.errors import MalformedError, TrustError
from schemas.issued_list import MAX_NUMBER, SLOT, IssuedList, starts_with
from schemas.limits import (
    CLOCK_SKEW,
    MAX_REGISTRY,
    MAX_REGISTRY_SIGNATURES,
    MAX_ROOT,
    MAX_ROOTS,
    MAX_SNAPSHOT,
    MAX_STATUS_FILE,
    MAX_TYPE,
)
from schemas.registry import TYP as REGISTRY_TYP
from schemas.registry import Institution, Key, Registry, RegistrySeal
from schemas.root import TYP as ROOT_TYP
from schemas.root import Role, Root
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.snapshot import PublishedList, Snapshot
from schemas.status_list import StatusList


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What was fetched or read, unverified. A list or type that is absent was not loaded."""

    roots: tuple[bytes, ...]
    """Consecutive versions, ascending."""
    snapshot: bytes
    registry: bytes
    registry_signatures: bytes
    types: Mapping[str, bytes] = field(default_factory=dict)
    """`{type}/{version}` → metadata."""
    status: Mapping[str, bytes] = field(default_factory=dict)
    """`{institution}/{list}` → compressed status list; likewise the next two."""
    issued: Mapping[str, bytes] = field(default_factory=dict)
    replaced: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedList:
    """One institution's lists of one year. None: not loaded, which is said and never skipped."""

    published: PublishedList
    status: StatusList | None
    issued: IssuedList | None
    replaced: Mapping[int, str]
    """Slot → sealed number of the certificate that replaces it."""
    status_is_old: bool = False
    """The status list is an earlier one: what it withdrew is withdrawn, the rest is not known."""

    def with_kept(self, kept: "Kept") -> "TrustedList":
        """This list with what was known of it before."""
        status, issued = self.status, self.issued
        if kept.status is not None:
            status = status.merged_with_revoked(kept.status) if status else kept.status
        if issued is None and kept.issued is not None:
            count = len(kept.issued) // SLOT
            epochs = tuple((n, time) for n, time in self.published.epochs if n <= count)
            issued = IssuedList(data=kept.issued, epochs=epochs)
        is_old = self.status is None and status is not None
        return replace(self, status=status, issued=issued, status_is_old=is_old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a state knew of a list beyond its last documents; it has to survive on the disk."""

    status: StatusList | None = None
    """With every revocation ever seen."""
    issued: bytes | None = None
    """The slots that were loaded, where the last documents came without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustState:
    """What a verifier believes. Only `update` and `restore` build one."""

    root: Root
    root_sha256: str
    snapshot: Snapshot
    snapshot_sha256: str
    registry: Registry
    registry_sha256: str
    types: Mapping[str, Mapping[str, Any]]
    """`{type}/{version}` → metadata."""
    lists: Mapping[str, TrustedList]
    newest: int
    """The newest signed time seen, seconds: no clock can be earlier."""
    keys: Mapping[str, tuple[Institution, Key]]
    """kid → whose key it is."""

    @property
    def demo(self) -> bool:
        """Whether nothing under this root counts as evidence."""
        return self.root.env == "demo"


def sha256(data: bytes) -> str:
    """SHA-256 as the trust documents write it: base64url."""
    return base64url.encode(hashlib.sha256(data).digest())


def root_fingerprint(document: bytes) -> str:
    """SHA-256 (hex) of a root's payload: what people compare before they pin it.

    Raises:
        TrustError: `document_malformed` or `file_too_large`.
    """
    return hashlib.sha256(_open(document, ROOT_TYP, MAX_ROOT).payload).hexdigest()


@lru_cache(maxsize=1024)
def verification_key(public: PublicKey) -> Jwk:
    """The vetted key (canonical, on the curve, of prime order), made once for each key in use.

    A registry may list 100,000 keys and the check takes a millisecond: it is done when a key is
    first used, not when the registry is read.

    Raises:
        KeyRefusedError: the point is none that an honest signer has.
    """
    jwk = Jwk.from_dict(public.model_dump())
    vet_public_key(jwk.x)
    return jwk


def update(
    state: TrustState | None, documents: Documents, *, pins: Iterable[str] = (), now: int
) -> TrustState:
    """Check `documents` against what is believed now, as of `now` (seconds).

    Without a `state`, the chain starts at the root whose fingerprint is one of `pins` (hex). A
    `demo` root needs no pin, and every verdict under it says that it is a demonstration.

    Raises:
        TrustError: One code for each broken rule; the caller keeps its `state`.
    """
    return _accept(state, documents, frozenset(pins), now)


def restore(
    documents: Documents, kept: Mapping[str, Kept], *, newest: int, pins: Iterable[str] = ()
) -> TrustState:
    """The state that once accepted `documents`, with what it knew besides; no clock has a say.

    Args:
        documents: what `update` accepted last.
        kept: `{institution}/{list}` → what that state had and the documents do not say.
        newest: its newest signed time, seconds.
        pins: fingerprints (hex), one of them of the root where the chain starts.

    Raises:
        TrustError: as `update`, but for `root_expired` and `clock_behind`.
    """
    state = _accept(None, documents, frozenset(pins), None)
    lists = {
        name: one.with_kept(kept[name]) if name in kept else one
        for name, one in state.lists.items()
    }
    return replace(state, lists=lists, newest=max(newest, state.newest))


def read_root(document: bytes) -> Root:
    """The root in `document`. Its own keys signed it, which does not say whose keys they are.

    Raises:
        TrustError: `document_malformed`, `file_too_large` or `root_signature`.
    """
    signed = _open(document, ROOT_TYP, MAX_ROOT)
    root = Root.read(signed.payload)
    _require(signed, root.roles.root, "root_signature")
    return root


def unverified_snapshot(document: bytes) -> Snapshot:
    """What a snapshot says it is: good for knowing which files to read, and for nothing else.

    Raises:
        TrustError: `document_malformed` or `file_too_large`.
    """
    return Snapshot.read(_open(document, SNAPSHOT_TYP, MAX_SNAPSHOT).payload)


def _accept(
    state: TrustState | None, documents: Documents, pins: frozenset[str], now: int | None
) -> TrustState:
    """`update`, or without `now` the same but for the clock."""
    root, root_hash = _walk_roots(state, documents.roots, pins)
    if now is not None and root.exp <= now:
        raise TrustError("root_expired", version=root.version)
    snapshot, snapshot_hash = _read_snapshot(state, root, documents.snapshot)
    registry, registry_hash = _read_registry(state, root, snapshot, documents)
    if now is not None and max(root.iat, snapshot.iat, registry.iat) > now + CLOCK_SKEW:
        raise TrustError("clock_behind")
    keys = _index_keys(registry)
    reinstated = {(f"{one.institution}/{one.list}", one.idx) for one in registry.reinstated}
    before: Mapping[str, TrustedList] = {}
    if state is not None and _same_keys(state.root.roles.snapshot, root.roles.snapshot):
        before = state.lists
    lists: dict[str, TrustedList] = {}
    for published in snapshot.lists:
        if published.key in lists:
            raise TrustError("document_malformed", f"list {published.key} stands twice")
        earlier = before.get(published.key)
        lists[published.key] = _read_list(published, documents, earlier, reinstated)
    for name in before:
        if name not in lists:
            raise TrustError("issued_not_append_only", name)
    if state is not None and _same_keys(state.root.roles.registry, root.roles.registry):
        _refuse_vanished(state, registry, keys)
    return TrustState(
        root=root,
        root_sha256=root_hash,
        snapshot=snapshot,
        snapshot_sha256=snapshot_hash,
        registry=registry,
        registry_sha256=registry_hash,
        types=_read_types(registry, documents),
        lists=lists,
        newest=max(root.iat, registry.iat, snapshot.iat, state.newest if state else 0),
        keys=keys,
    )


# 1. The root chain: N + 1 is signed by the thresholds of N and of N + 1 (TUF §5.3).


def _walk_roots(
    state: TrustState | None, documents: tuple[bytes, ...], pins: frozenset[str]
) -> tuple[Root, str]:
    if not documents or len(documents) > MAX_ROOTS:
        raise TrustError("root_gap", f"{len(documents)} root documents")
    chain = [(_open(document, ROOT_TYP, MAX_ROOT), document) for document in documents]
    roots = [(signed, Root.read(signed.payload), document) for signed, document in chain]
    trusted: Root | None = None
    trusted_hash = ""
    if state is not None:
        trusted, trusted_hash = state.root, state.root_sha256
    for signed, root, _ in roots:
        payload_hash = sha256(signed.payload)
        if trusted is None:
            pinned = hashlib.sha256(signed.payload).hexdigest() in pins
            if not pinned and (root.env != "demo" or pins & _fingerprints(roots)):
                continue
            _require(signed, root.roles.root, "root_signature")
        elif root.version < trusted.version:
            continue
        elif root.version == trusted.version:
            if payload_hash != trusted_hash:
                raise TrustError("equivocation", f"root {root.version}")
            continue
        else:
            _require_successor(trusted, root, signed)
        trusted, trusted_hash = root, payload_hash
    if trusted is None:
        raise TrustError(
            "root_not_pinned", fingerprint=hashlib.sha256(roots[0][0].payload).hexdigest()
        )
    return trusted, trusted_hash


def _fingerprints(roots: Iterable[tuple[jws.General, Root, bytes]]) -> frozenset[str]:
    return frozenset(hashlib.sha256(signed.payload).hexdigest() for signed, _, _ in roots)


def _require_successor(trusted: Root, root: Root, signed: jws.General) -> None:
    if root.version != trusted.version + 1:
        raise TrustError("root_gap", f"root {root.version} after {trusted.version}")
    if root.env != trusted.env:
        raise TrustError("environment_mismatch", f"root {root.version}")
    _require(signed, trusted.roles.root, "root_signature")
    _require(signed, root.roles.root, "root_signature")
    if trusted.next_root:
        announced = set(trusted.next_root)
        for role_key in root.roles.root.keys:
            if base64url.encode(verification_key(role_key.jwk).thumbprint()) not in announced:
                raise TrustError("root_prerotation", kid=role_key.kid)


# 2. The snapshot: one online key.


def _read_snapshot(state: TrustState | None, root: Root, document: bytes) -> tuple[Snapshot, str]:
    signed = _open(document, SNAPSHOT_TYP, MAX_SNAPSHOT)
    _require(signed, root.roles.snapshot, "snapshot_signature")
    snapshot = Snapshot.read(signed.payload)
    if snapshot.env != root.env:
        raise TrustError("environment_mismatch", "snapshot")
    snapshot_hash = sha256(signed.payload)
    # A root that changes the snapshot's keys forgets the version they had reached, and the lists
    # that they signed: else a thief who signed version 2^53 − 1, or a slot that nobody issued,
    # would block every verifier for ever (TUF §5.3.11). Likewise the registry's keys below.
    if state is not None and _same_keys(state.root.roles.snapshot, root.roles.snapshot):
        if snapshot.version < state.snapshot.version:
            raise TrustError("snapshot_rollback", was=state.snapshot.version, now=snapshot.version)
        if snapshot.version == state.snapshot.version and snapshot_hash != state.snapshot_sha256:
            raise TrustError("equivocation", f"snapshot {snapshot.version}")
        if snapshot.iat < state.snapshot.iat:
            raise TrustError("snapshot_rollback", was=state.snapshot.version, now=snapshot.version)
    return snapshot, snapshot_hash


# 3. The registry that the snapshot names.


def _read_registry(
    state: TrustState | None, root: Root, snapshot: Snapshot, documents: Documents
) -> tuple[Registry, str]:
    signed = _open(documents.registry_signatures, REGISTRY_TYP, MAX_REGISTRY_SIGNATURES)
    _require(signed, root.roles.registry, "registry_signature")
    seal = RegistrySeal.read(signed.payload)
    if seal.env != root.env:
        raise TrustError("environment_mismatch", "registry")
    pinned = snapshot.registry
    if (seal.version, seal.sha256, seal.len) != (pinned.version, pinned.sha256, pinned.len):
        raise TrustError(
            "registry_hash", f"registry {seal.version}, snapshot names {pinned.version}"
        )
    _require_file("registry", documents.registry, pinned, MAX_REGISTRY, "registry_hash")
    if state is not None and _same_keys(state.root.roles.registry, root.roles.registry):
        # Kept apart from the snapshot's own version: a stolen snapshot key could otherwise bring
        # back an old registry that the registry's keys once signed.
        before = state.registry
        if seal.version < before.version:
            raise TrustError("registry_rollback", was=before.version, now=seal.version)
        if seal.version == before.version and seal.sha256 != state.registry_sha256:
            raise TrustError("equivocation", f"registry {seal.version}")
        if seal.version == before.version + 1 and seal.prev != state.registry_sha256:
            raise TrustError("registry_chain", f"registry {seal.version}")
    if state is not None and seal.sha256 == state.registry_sha256:
        return state.registry, state.registry_sha256
    registry = Registry.read(documents.registry)
    if (registry.env, registry.version, registry.prev) != (seal.env, seal.version, seal.prev):
        raise TrustError("registry_hash", "the registry and its seal disagree")
    return registry, seal.sha256


def _index_keys(registry: Registry) -> dict[str, tuple[Institution, Key]]:
    keys: dict[str, tuple[Institution, Key]] = {}
    seen: set[str] = set()
    for institution in registry.institutions:
        if institution.id in seen:
            raise TrustError("registry_duplicate", institution.id)
        seen.add(institution.id)
        for key in institution.keys:
            if key.kid in keys:
                raise TrustError("registry_duplicate", f"kid {key.kid}")
            try:
                kid = Jwk.from_dict(key.jwk.model_dump()).kid
            except KeyRefusedError as error:
                raise TrustError("document_malformed", f"kid {key.kid}: {error}") from None
            if key.kid != kid:
                raise TrustError("document_malformed", f"kid {key.kid} is not that of its key")
            keys[key.kid] = (institution, key)
    return keys


# 4. The lists.


def _read_list(
    published: PublishedList,
    documents: Documents,
    earlier: TrustedList | None,
    reinstated: set[tuple[str, int]],
) -> TrustedList:
    name = published.key
    epochs = tuple((count, time) for count, time in published.epochs)
    if any(a[0] >= b[0] or a[1] > b[1] for a, b in itertools.pairwise(epochs)) or (
        (epochs[-1][0] if epochs else 0) != published.count
    ):
        raise TrustError("document_malformed", f"{name}: epochs")
    status_is_old = False
    if earlier is not None:
        before = tuple((count, time) for count, time in earlier.published.epochs)
        same = published.count == earlier.published.count
        if not starts_with(epochs, before) or (
            same and published.issued != earlier.published.issued
        ):
            raise TrustError("issued_not_append_only", name)
        status_is_old = (
            name not in documents.status
            and earlier.status is not None
            and (earlier.status_is_old or published.status != earlier.published.status)
        )
    return TrustedList(
        published=published,
        status=_read_status(published, documents.status.get(name), earlier, reinstated),
        issued=_read_issued(published, documents.issued.get(name), earlier, epochs),
        replaced=_read_replaced(published, documents.replaced.get(name)),
        status_is_old=status_is_old,
    )


def _read_status(
    published: PublishedList,
    data: bytes | None,
    earlier: TrustedList | None,
    reinstated: set[tuple[str, int]],
) -> StatusList | None:
    before = earlier.status if earlier else None
    if data is None:
        return before
    _require_file(f"status {published.key}", data, published.status, MAX_STATUS_FILE)
    status = StatusList.from_compressed(published.count, data)
    if before is not None:
        # A stolen snapshot key cannot bring a revoked certificate back; the registry can.
        kept = before
        for name, idx in reinstated:
            if name == published.key and idx < before.count:
                kept = kept.with_reinstated(idx)
        status = status.merged_with_revoked(kept)
    return status


def _read_issued(
    published: PublishedList,
    data: bytes | None,
    earlier: TrustedList | None,
    epochs: tuple[tuple[int, int], ...],
) -> IssuedList | None:
    before = earlier.issued if earlier else None
    if data is None:
        return before
    # The file may have grown since the snapshot was signed: only its pinned beginning counts.
    data = data[: published.count * SLOT]
    if sha256(data) != published.issued or len(data) != published.count * SLOT:
        raise TrustError("file_hash", f"issued {published.key}")
    if before is not None and not data.startswith(before.data):
        raise TrustError("issued_not_append_only", published.key)
    return IssuedList(data=data, epochs=epochs)


def _read_replaced(published: PublishedList, data: bytes | None) -> dict[int, str]:
    if data is None or published.replaced is None:
        return {}
    _require_file(f"replaced {published.key}", data, published.replaced, MAX_SNAPSHOT)
    malformed = TrustError("document_malformed", f"replaced {published.key}")
    try:
        entries = strict_json.loads(data)
        if type(entries) is not list:
            raise malformed
        sizes = [len(base64url.decode(sealed)) for _, sealed in entries]
    except (MalformedError, AttributeError, TypeError, ValueError):
        raise malformed from None
    last = -1
    for (idx, _), size in zip(entries, sizes, strict=True):
        if type(idx) is not int or not last < idx < published.count or size > MAX_NUMBER:
            raise malformed
        last = idx
    return dict(entries)


def _read_types(registry: Registry, documents: Documents) -> dict[str, Mapping[str, Any]]:
    types: dict[str, Mapping[str, Any]] = {}
    for published in registry.types:
        name = f"{published.type}/{published.version}"
        data = documents.types.get(name)
        if data is not None:
            pinned = Pinned(sha256=published.sha256, len=published.len)
            _require_file(f"type {name}", data, pinned, MAX_TYPE)
            try:
                types[name] = strict_json.loads_object(data)
            except MalformedError:
                raise TrustError("document_malformed", f"type {name}") from None
    return types


def _refuse_vanished(
    state: TrustState, registry: Registry, keys: Mapping[str, tuple[Institution, Key]]
) -> None:
    """Nothing is ever deleted: a missing institution or key would make history disappear."""
    if registry is not state.registry:
        there = {institution.id for institution in registry.institutions}
        gone = [one.id for one in state.registry.institutions if one.id not in there]
        gone += [kid for kid in state.keys if kid not in keys]
        if gone:
            raise TrustError("registry_deleted", gone[0])


# What all documents share.


def _open(document: bytes, typ: str, max_size: int) -> jws.General:
    if len(document) > max_size:
        raise TrustError("file_too_large", typ)
    try:
        return jws.parse_general(document, typ, max_size=max_size)
    except MalformedError as error:
        raise TrustError("document_malformed", f"{typ}: {error.details['detail']}") from None


def _require(signed: jws.General, role: Role, code: str) -> None:
    try:
        keys = {entry.kid: verification_key(entry.jwk) for entry in role.keys}
    except KeyRefusedError as error:
        raise TrustError("document_malformed", str(error)) from None
    if any(kid != jwk.kid for kid, jwk in keys.items()):
        raise TrustError("document_malformed", "a kid is not that of its key")
    valid = jws.count_valid(signed, keys)
    if valid < role.threshold:
        raise TrustError(code, valid=valid, threshold=role.threshold)


def _require_file(
    name: str, data: bytes, pinned: Pinned, max_size: int, code: str = "file_hash"
) -> None:
    if len(data) > max_size:
        raise TrustError("file_too_large", name)
    if len(data) != pinned.len or sha256(data) != pinned.sha256:
        raise TrustError(code, name)


def _same_keys(before: Role, after: Role) -> bool:
    return {key.kid for key in before.keys} == {key.kid for key in after.keys}
