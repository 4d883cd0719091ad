"""root → registry → snapshot: the update rules of a verifier (schemas/README.md §4; after TUF §5).

A pure state machine: `update(state, documents, now) -> state`, or a `TrustError` with the code of
the rule that was broken, and the state stays as it was. Nothing here reads a file or a clock.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from keys import jws
from keys.ed25519 import KeyRefusedError
from keys.jwk import Jwk
from keys.signed import (
    open_signed,
    read_root,
    require_file,
    require_threshold,
    root_fingerprint,
    same_keys,
    sha256,
    unverified_snapshot,
    verification_key,
)
from keys.trust_lists import read_list, read_types
from keys.trust_state import Documents, Kept, TrustedList, TrustState
from schemas import base64url
from schemas.errors import TrustError
from schemas.limits import (
    CLOCK_SKEW,
    MAX_REGISTRY,
    MAX_REGISTRY_SIGNATURES,
    MAX_ROOT,
    MAX_ROOTS,
    MAX_SNAPSHOT,
    MAX_SNAPSHOT_LIFE,
)
from schemas.origin import is_origin
from schemas.registry import TYP as REGISTRY_TYP
from schemas.registry import Institution, Key, Registry, RegistrySeal
from schemas.root import TYP as ROOT_TYP
from schemas.root import Root
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.snapshot import Snapshot

__all__ = [
    "Documents",
    "Kept",
    "TrustState",
    "TrustedList",
    "read_root",
    "restore",
    "root_fingerprint",
    "sha256",
    "unverified_snapshot",
    "update",
    "verification_key",
]


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
    seen_at = 0
    if state is not None and same_keys(state.root.roles.snapshot, root.roles.snapshot):
        before, seen_at = state.lists, state.snapshot.iat
    lists: dict[str, TrustedList] = {}
    for published in snapshot.lists:
        if published.key in lists:
            raise TrustError("document_malformed", f"list {published.key} stands twice")
        earlier = before.get(published.key)
        lists[published.key] = read_list(
            published,
            documents,
            earlier,
            reinstated,
            signed_at=snapshot.iat,
            seen_at=seen_at,
        )
    for name in before:
        if name not in lists:
            raise TrustError("issued_not_append_only", name)
    if state is not None and same_keys(state.root.roles.registry, root.roles.registry):
        _refuse_vanished(state, registry, keys)
    return TrustState(
        root=root,
        root_sha256=root_hash,
        snapshot=snapshot,
        snapshot_sha256=snapshot_hash,
        registry=registry,
        registry_sha256=registry_hash,
        types=read_types(registry, documents),
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
    chain = [(open_signed(document, ROOT_TYP, MAX_ROOT), document) for document in documents]
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
            require_threshold(signed, root.roles.root, "root_signature")
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
    require_threshold(signed, trusted.roles.root, "root_signature")
    require_threshold(signed, root.roles.root, "root_signature")
    if trusted.next_root:
        announced = set(trusted.next_root)
        for role_key in root.roles.root.keys:
            if base64url.encode(verification_key(role_key.jwk).thumbprint()) not in announced:
                raise TrustError("root_prerotation", kid=role_key.kid)


# 2. The snapshot: one online key.


def _read_snapshot(state: TrustState | None, root: Root, document: bytes) -> tuple[Snapshot, str]:
    signed = open_signed(document, SNAPSHOT_TYP, MAX_SNAPSHOT)
    require_threshold(signed, root.roles.snapshot, "snapshot_signature")
    snapshot = Snapshot.read(signed.payload)
    if not snapshot.iat <= snapshot.next <= snapshot.exp <= snapshot.iat + MAX_SNAPSHOT_LIFE:
        raise TrustError("document_malformed", "snapshot: next and exp")  # a thief's, for ever
    if snapshot.env != root.env:
        raise TrustError("environment_mismatch", "snapshot")
    snapshot_hash = sha256(signed.payload)
    # A root that changes the snapshot's keys forgets the version they had reached, and the lists
    # that they signed: else a thief who signed version 2^53 − 1, or a slot that nobody issued,
    # would block every verifier for ever (TUF §5.3.11). Likewise the registry's keys below.
    if state is not None and same_keys(state.root.roles.snapshot, root.roles.snapshot):
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
    signed = open_signed(documents.registry_signatures, REGISTRY_TYP, MAX_REGISTRY_SIGNATURES)
    require_threshold(signed, root.roles.registry, "registry_signature")
    seal = RegistrySeal.read(signed.payload)
    if seal.env != root.env:
        raise TrustError("environment_mismatch", "registry")
    pinned = snapshot.registry
    if (seal.version, seal.sha256, seal.len) != (pinned.version, pinned.sha256, pinned.len):
        raise TrustError(
            "registry_hash", f"registry {seal.version}, snapshot names {pinned.version}"
        )
    require_file("registry", documents.registry, pinned, MAX_REGISTRY, "registry_hash")
    if state is not None and same_keys(state.root.roles.registry, root.roles.registry):
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
    if not all(map(is_origin, registry.origins)):
        raise TrustError("document_malformed", "registry: an origin")
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
