"""What a verifier keeps on its disk: the pinned root, the last accepted documents, and its memory.

Each change writes a whole new generation folder and then renames one small pointer file, so that a
crash leaves the generation before or the new one. The floors against rollback are the documents
themselves; beside them stands what they cannot say: revocations of the past, which have no way back.
"""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from keys import files
from keys.published import completed, layout, read_tree
from keys.trust import (
    Documents,
    Kept,
    TrustState,
    read_root,
    restore,
    root_fingerprint,
    update,
)
from schemas import base64url
from schemas.document import Count, Document, Environment, FormatVersion, Kid, Time, Version
from schemas.errors import MalformedError, TrustError, ZhengyinError
from schemas.limits import MAX_REGISTRY, MAX_SNAPSHOT
from schemas.registry import InstitutionId, ListId
from schemas.status_list import StatusList

ENVIRONMENT_VARIABLE = "ZHENGYIN_TRUST"

_CURRENT = "current"
_PIN = "pins.json"
_MEMORY = "memory.json"
_DOCUMENTS = "t"
_MAX_MEMORY = 4 * MAX_REGISTRY  # bytes; our own file


class Pin(Document):
    """The root that someone compared and decided to trust."""

    v: FormatVersion = 1
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the root's payload, hex."""
    env: Environment
    version: Version
    authority: list[Kid]
    """Whose signatures make the next root."""
    at: Time


class _KeptList(Document):
    institution: InstitutionId
    list: ListId
    count: Count | None = None
    status: str | None = None
    issued: str | None = None


class _Memory(Document):
    v: FormatVersion = 1
    newest: Time
    first_root: Version
    lists: list[_KeptList]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generation:
    """What the store held at one time."""

    pin: Pin | None
    documents: Documents | None
    state: TrustState | None

    @property
    def env(self) -> Environment | None:
        if self.state is not None:
            return self.state.root.env
        return self.pin.env if self.pin else None


_EMPTY = _Generation(pin=None, documents=None, state=None)


def default_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """`ZHENGYIN_TRUST`, else `zhengyin/trust` in the user's data folder (XDG Base Directory)."""
    if named := environment.get(ENVIRONMENT_VARIABLE):
        return Path(named)
    data = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "zhengyin" / "trust"


class TrustStore:
    """One verifier's trust, in one folder, under one authority."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = default_directory() if directory is None else directory

    @property
    def pinned(self) -> Pin | None:
        """The pinned root.

        Raises:
            TrustError: `store_damaged`.
        """
        return self._read().pin

    @property
    def pins(self) -> frozenset[str]:
        """Fingerprints (hex) for `keys.trust.update`.

        Raises:
            TrustError: `store_damaged`.
        """
        return _fingerprints(self._read().pin)

    def load(self, *, now: int) -> TrustState | None:
        """What was accepted last, None where nothing was.

        Raises:
            TrustError: `root_expired` as of `now` (seconds), or `store_damaged`.
        """
        state = self._read().state
        if state is not None and state.root.exp <= max(now, state.newest):
            raise TrustError("root_expired", version=state.root.version)
        return state

    def state(self) -> TrustState | None:
        """What was accepted last, even if its root has expired: what the next one has to follow.

        Raises:
            TrustError: `store_damaged`.
        """
        return self._read().state

    def documents(self) -> Documents | None:
        """The documents that were accepted last, for reading only what is new.

        Raises:
            TrustError: `store_damaged`.
        """
        return self._read().documents

    def replace(self, documents: Documents, *, now: int) -> TrustState:
        """Take `documents` for the new state, if the rules of `keys.trust.update` let them.

        Raises:
            TrustError: `environment_mismatch` (a demo and a real authority never mix), a refusal of
                `update`, `store_damaged` or `folder_unwritable`; the store stays as it was.
        """
        with files.locked(self.directory):
            before = self._read()
            if documents.roots and before.env not in (None, read_root(documents.roots[-1]).env):
                raise TrustError("environment_mismatch", str(self.directory))
            if before.documents is not None:
                documents = completed(documents, before.documents)
            state = update(before.state, documents, pins=_fingerprints(before.pin), now=now)
            self._write(before.pin, _complete(before.documents, documents, state), state)
        return state

    def pin(self, document: bytes, *, now: int, replace: bool = False) -> Pin:
        """Trust the root `document`, whose fingerprint someone has compared.

        Args:
            document: `/t/root/{n}.json`.
            now: seconds.
            replace: forget another authority that was pinned, and all that was learnt from it.

        Raises:
            TrustError: `demo_root_pinned` (a demo needs no pin), `root_expired`, `pinned_already`
                (another authority), `environment_mismatch` (the store holds a demo), a root that
                cannot be read, `store_damaged`, `folder_unwritable`.
        """
        root = read_root(document)
        if root.env == "demo":
            raise TrustError("demo_root_pinned")
        if root.exp <= now:
            raise TrustError("root_expired", version=root.version)
        fingerprint = root_fingerprint(document)
        authority = [key.kid for key in root.roles.root.keys]
        pin = Pin(
            fingerprint=fingerprint, env=root.env, version=root.version, authority=authority, at=now
        )
        with files.locked(self.directory):
            before = _EMPTY if replace else self._read()
            if before.env == "demo":
                raise TrustError("environment_mismatch", str(self.directory))
            if before.documents is not None:
                known = fingerprint in {root_fingerprint(one) for one in before.documents.roots}
            else:
                known = before.pin is None or before.pin.fingerprint == fingerprint
            if not known:
                raise TrustError("pinned_already", path=self.directory)
            self._write(pin, before.documents, before.state)
        return pin

    def _current(self) -> int | None:
        data = files.read_file(self.directory / _CURRENT, 32)
        if data is None:
            return None
        try:
            return int(data)
        except ValueError:
            raise self._damaged(_CURRENT) from None

    def _read(self) -> _Generation:
        while True:
            number = self._current()
            if number is None:
                return _EMPTY
            try:
                return self._read_generation(number)
            except ZhengyinError as error:
                if self._current() == number:  # else another process has just replaced it
                    raise self._damaged(str(error)) from None

    def _read_generation(self, number: int) -> _Generation:
        folder = self.directory / str(number)
        if not folder.is_dir():
            raise TrustError("trust_folder_missing", path=folder)
        pin_data = files.read_file(folder / _PIN, MAX_SNAPSHOT)
        pin = Pin.read(pin_data) if pin_data is not None else None
        memory_data = files.read_file(folder / _MEMORY, _MAX_MEMORY)
        if memory_data is None:
            return _Generation(pin=pin, documents=None, state=None)
        memory = _Memory.read(memory_data)
        documents = read_tree(folder / _DOCUMENTS, first_root=memory.first_root)
        kept = {f"{one.institution}/{one.list}": _kept(one) for one in memory.lists}
        state = restore(documents, kept, newest=memory.newest, pins=_fingerprints(pin))
        return _Generation(pin=pin, documents=documents, state=state)

    def _write(
        self, pin: Pin | None, documents: Documents | None, state: TrustState | None
    ) -> None:
        """Write a generation, point to it, and only then remove the others."""
        content = {} if pin is None else {_PIN: pin.write()}
        if documents is not None and state is not None:
            content[_MEMORY] = _memory(documents, state).write()
            for name, data in layout(documents).items():
                content[f"{_DOCUMENTS}/{name}"] = data
        number = (self._current() or 0) + 1
        files.write_folder(self.directory / str(number), content)
        files.write_file(self.directory / _CURRENT, str(number).encode())
        with files.writing(self.directory):
            for folder in self.directory.iterdir():
                if folder.is_dir() and folder.name.isdigit() and folder.name != str(number):
                    files.remove_folder(folder)

    def _damaged(self, detail: str) -> TrustError:
        return TrustError("store_damaged", detail, path=self.directory)


def _fingerprints(pin: Pin | None) -> frozenset[str]:
    return frozenset([pin.fingerprint] if pin else [])


def _complete(before: Documents | None, after: Documents, state: TrustState) -> Documents:
    """`after` with the whole chain of roots, and with no more of the issued lists than counts."""
    roots = {read_root(document).version: document for document in after.roots}
    if before is not None:
        roots |= {read_root(document).version: document for document in before.roots}
    first = state.root.version
    while first - 1 in roots:
        first -= 1
    issued = {
        name: one.issued.data
        for name, one in state.lists.items()
        if name in after.issued and one.issued is not None
    }
    chain = tuple(roots[version] for version in range(first, state.root.version + 1))
    return dataclasses.replace(after, roots=chain, issued=issued)


def _memory(documents: Documents, state: TrustState) -> _Memory:
    lists = []
    for name, one in sorted(state.lists.items()):
        status, issued = one.status, None if name in documents.issued else one.issued
        institution, list_id = name.split("/")
        lists.append(
            _KeptList(
                institution=institution,
                list=list_id,
                count=status.count if status else None,
                status=base64url.encode(status.compressed()) if status else None,
                issued=base64url.encode(issued.data) if issued else None,
            )
        )
    first_root = read_root(documents.roots[0]).version
    return _Memory(newest=state.newest, first_root=first_root, lists=lists)


def _kept(one: _KeptList) -> Kept:
    status = None
    try:
        if one.count is not None and one.status is not None:
            status = StatusList.from_compressed(one.count, base64url.decode(one.status))
        issued = base64url.decode(one.issued) if one.issued is not None else None
    except MalformedError as error:
        raise TrustError("document_malformed", str(error)) from None
    return Kept(status=status, issued=issued)
