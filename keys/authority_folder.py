"""The authority's working folder: its settings, the draft of the next registry, proposals, files.

- `authority.json`: environment, origins, name
- `registry.draft.json`: what the next registry will say, freely edited
- `pending/`: proposals that collect signatures, `{root,registry}.json` and `.sigs.json`
- `published/`: the `/t/` tree, as verifiers get it
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError

from keys import files, jws
from keys.published import (
    SNAPSHOT,
    read_tree,
    registry_path,
    registry_signatures_path,
    root_path,
)
from keys.trust import (
    Documents,
    TrustState,
    read_root,
    restore,
    root_fingerprint,
    unverified_snapshot,
    verification_key,
)
from schemas.document import Document, Environment, FormatVersion
from schemas.errors import MalformedError, TrustError
from schemas.limits import MAX_REGISTRY, MAX_REGISTRY_SIGNATURES, MAX_ROOT, MAX_SNAPSHOT
from schemas.registry import TYP as REGISTRY_TYP
from schemas.registry import Authority, Institution, Registry, Reinstated, Text
from schemas.root import TYP as ROOT_TYP
from schemas.root import Role, Root

Proposal = Literal["root", "registry"]

TYPS: Mapping[Proposal, str] = {"root": ROOT_TYP, "registry": REGISTRY_TYP}
_SIZES: Mapping[Proposal, int] = {"root": MAX_ROOT, "registry": MAX_REGISTRY}

_SETTINGS = "authority.json"
_DRAFT = "registry.draft.json"

_DocumentT = TypeVar("_DocumentT", bound=Document)


class Settings(Document):
    """What all versions of an authority's documents have in common."""

    v: FormatVersion = 1
    env: Environment
    origins: Annotated[list[Text], Field(min_length=1)]
    authority: Authority


class Draft(Document):
    """What the next registry will say."""

    edition: Text
    institutions: list[Institution] = []
    reinstated: list[Reinstated] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """How far a proposal's signatures have come for one role."""

    proposal: Proposal
    version: int
    role_of: int
    """The version of the root that names the role's keys."""
    valid: int
    threshold: int

    @property
    def complete(self) -> bool:
        """Whether the threshold is reached."""
        return self.valid >= self.threshold


@dataclass(frozen=True, slots=True)
class AuthorityFolder:
    """The files of one authority's folder; what they mean is decided elsewhere."""

    path: Path

    @property
    def published_path(self) -> Path:
        """The `/t/` tree."""
        return self.path / "published"

    # Settings and draft.

    def create(self, settings: Settings, draft: Draft) -> None:
        """Begin a folder.

        Raises:
            TrustError: `authority_exists` or `folder_unwritable`.
        """
        if (self.path / _SETTINGS).exists():
            raise TrustError("authority_exists", path=self.path)
        self._write_draft(draft)
        files.write_file(self.path / _SETTINGS, _pretty(settings))

    def settings(self) -> Settings:
        """The settings.

        Raises:
            TrustError: `authority_missing` or `document_malformed`.
        """
        return _read_pretty(Settings, self._required(_SETTINGS, MAX_ROOT))

    def draft(self) -> Draft:
        """The draft.

        Raises:
            TrustError: `authority_missing` or `document_malformed`.
        """
        return _read_pretty(Draft, self._required(_DRAFT, 2 * MAX_REGISTRY))

    def write_draft(self, draft: Draft) -> None:
        """Change the draft; signatures under a proposal of the draft before are void."""
        self.discard("registry")
        self._write_draft(draft)

    # Proposals.

    def proposal(self, proposal: Proposal) -> bytes | None:
        """The document that is proposed, canonical; None where there is none."""
        path = self.path / "pending" / f"{proposal}.json"
        return files.read_file(path, _SIZES[proposal])

    def propose(self, proposal: Proposal, data: bytes) -> None:
        """Propose a document; nobody has signed it yet."""
        self.discard(proposal)
        files.write_file(self.path / "pending" / f"{proposal}.json", data)

    def signatures(self, proposal: Proposal) -> bytes | None:
        """The signatures so far, as a general JWS; None where there is none."""
        path = self.path / "pending" / f"{proposal}.sigs.json"
        return files.read_file(path, MAX_REGISTRY_SIGNATURES)

    def write_signatures(self, proposal: Proposal, data: bytes) -> None:
        """Keep the signatures so far."""
        files.write_file(self.path / "pending" / f"{proposal}.sigs.json", data)

    def discard(self, proposal: Proposal) -> None:
        """Drop a proposal with its signatures."""
        with files.writing(self.path):
            for suffix in ("sigs.json", "json"):
                (self.path / "pending" / f"{proposal}.{suffix}").unlink(missing_ok=True)

    # What is published.

    def published(self) -> Documents | None:
        """All published documents, None before the first publication."""
        if not (self.published_path / SNAPSHOT).exists():
            return None
        return read_tree(self.published_path)

    def published_root(self) -> Root | None:
        """The newest published root."""
        newest = None
        version = 1
        while data := files.read_file(self.published_path / root_path(version), MAX_ROOT):
            newest = read_root(data)
            version += 1
        return newest

    def published_registry(self) -> bytes | None:
        """The published registry, as it was signed."""
        snapshot = files.read_file(self.published_path / SNAPSHOT, MAX_SNAPSHOT)
        if snapshot is None:
            return None
        version = unverified_snapshot(snapshot).registry.version
        return files.read_file(self.published_path / registry_path(version), MAX_REGISTRY)

    def newest_registry(self) -> int:
        """The highest version that was ever written, published or not; 0 before the first."""
        version = 0
        while (self.published_path / registry_path(version + 1)).exists():
            version += 1
        return version

    def left_signatures(self, registry: bytes) -> bytes | None:
        """The signatures of `registry` that a publication wrote which then broke off."""
        version = Registry.read(registry).version
        if files.read_file(self.published_path / registry_path(version), MAX_REGISTRY) != registry:
            return None
        path = self.published_path / registry_signatures_path(version)
        return files.read_file(path, MAX_REGISTRY_SIGNATURES)

    def published_state(self) -> TrustState | None:
        """What a verifier believes that has followed every publication."""
        documents = self.published()
        if documents is None:
            return None
        pins = [root_fingerprint(documents.roots[0])]
        try:
            return restore(documents, {}, newest=0, pins=pins)
        except TrustError:
            # A publication that broke off left a root that no snapshot follows yet.
            if len(documents.roots) == 1:
                raise
            return restore(replace(documents, roots=documents.roots[:-1]), {}, newest=0, pins=pins)

    def _required(self, name: str, limit: int) -> bytes:
        data = files.read_file(self.path / name, limit)
        if data is None:
            raise TrustError("authority_missing", path=self.path, name=name)
        return data

    def _write_draft(self, draft: Draft) -> None:
        files.write_file(self.path / _DRAFT, _pretty(draft))


def checked(kind: type[_DocumentT], members: object) -> _DocumentT:
    """A document, or a part of one, from members that people wrote.

    Raises:
        TrustError: `document_malformed`.
    """
    try:
        return kind.model_validate(members)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        detail = f"{kind.__name__}: {where}: {first['msg']}"
        raise TrustError("document_malformed", detail) from None


def count_valid(signatures: bytes | None, proposal: Proposal, role: Role) -> int:
    """How many distinct keys of `role` signed."""
    if signatures is None:
        return 0
    try:
        parsed = jws.parse_general(signatures, TYPS[proposal], max_size=MAX_REGISTRY_SIGNATURES)
    except MalformedError as error:
        raise TrustError("document_malformed", str(error)) from None
    return jws.count_valid(parsed, {key.kid: verification_key(key.jwk) for key in role.keys})


def _pretty(document: Document) -> bytes:
    members = document.model_dump(exclude_none=True)
    return (json.dumps(members, ensure_ascii=False, indent=1) + "\n").encode()


def _read_pretty(kind: type[_DocumentT], data: bytes) -> _DocumentT:
    try:
        members = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TrustError("document_malformed", f"{kind.__name__}: {error}") from None
    return checked(kind, members)
