"""The lists and types that a snapshot and a registry pin: read, and held to what was known before."""

import itertools
from collections.abc import Mapping
from typing import Any

from keys.signed import require_file, sha256
from keys.trust_state import Documents, TrustedList
from schemas import base64url, strict_json
from schemas.document import Pinned
from schemas.errors import MalformedError, TrustError
from schemas.issued_list import MAX_NUMBER, SLOT, IssuedList, starts_with
from schemas.limits import MAX_SNAPSHOT, MAX_STATUS_FILE, MAX_TYPE
from schemas.registry import Registry
from schemas.snapshot import PublishedList
from schemas.status_list import StatusList


def read_list(
    published: PublishedList,
    documents: Documents,
    earlier: TrustedList | None,
    reinstated: set[tuple[str, int]],
    *,
    signed_at: int,
    seen_at: int,
) -> TrustedList:
    """One institution's lists of one year, where `earlier` is what was known of them.

    Args:
        published: what the snapshot pins.
        documents: the files, as far as they were loaded.
        earlier: what the state before had.
        reinstated: (list, slot) that the registry declares good again.
        signed_at: when the snapshot was signed, seconds: nothing was logged later.
        seen_at: when the snapshot before was signed, seconds: nothing new was logged earlier, or
            a thief of the snapshot key could log a forgery "before the theft". 0 without one.

    Raises:
        TrustError: `document_malformed`, `issued_not_append_only`, `file_hash`, `file_too_large`.
    """
    name = published.key
    epochs = tuple((count, time) for count, time in published.epochs)
    ascending = all(a[0] < b[0] and a[1] <= b[1] for a, b in itertools.pairwise(epochs))
    last_count, last_time = epochs[-1] if epochs else (0, 0)
    if not ascending or last_count != published.count or last_time > signed_at:
        raise TrustError("document_malformed", f"{name}: epochs")
    before = [(count, time) for count, time in earlier.published.epochs] if earlier else []
    added = epochs[len(before) :]
    if not starts_with(epochs, before) or (added and added[0][1] < seen_at):
        raise TrustError("issued_not_append_only", name)
    status_is_old = False
    if earlier is not None:
        same = published.count == earlier.published.count
        if same and published.issued != earlier.published.issued:
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
    require_file(f"status {published.key}", data, published.status, MAX_STATUS_FILE)
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
    require_file(f"replaced {published.key}", data, published.replaced, MAX_SNAPSHOT)
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


def read_types(registry: Registry, documents: Documents) -> dict[str, Mapping[str, Any]]:
    """The metadata of the registry's certificate types, as far as they were loaded.

    Raises:
        TrustError: `document_malformed`, `file_hash`, `file_too_large`.
    """
    types: dict[str, Mapping[str, Any]] = {}
    for published in registry.types:
        name = f"{published.type}/{published.version}"
        data = documents.types.get(name)
        if data is not None:
            pinned = Pinned(sha256=published.sha256, len=published.len)
            require_file(f"type {name}", data, pinned, MAX_TYPE)
            try:
                types[name] = strict_json.loads_object(data)
            except MalformedError:
                raise TrustError("document_malformed", f"type {name}") from None
    return types
