"""The authority's side: begin a folder, and publish root, registry, lists and snapshot.

What is published has passed the verifiers' own rules first, as the next state of one that followed
every version and as the first state of a new one; a refusal leaves the published files as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from keys import ceremony, files, jws, publication
from keys.authority_folder import AuthorityFolder, Draft, Proposal, Settings, Signed
from keys.jwk import Jwk
from keys.publication import ListFiles
from keys.published import token_path, write_tree
from keys.signer import Signer
from keys.trust import (
    Documents,
    TrustState,
    read_root,
    root_fingerprint,
    update,
    verification_key,
)
from schemas import certificate_types, status_list, strict_json
from schemas.document import Environment
from schemas.errors import BadSignatureError, MalformedError, TrustError
from schemas.limits import MAX_STATUS_FILE
from schemas.origin import is_origin, status_uri
from schemas.registry import Authority, Registry
from schemas.root import Roles, Root
from schemas.snapshot import PublishedList

MAX_TOKEN = 2 * MAX_STATUS_FILE  # characters of a standard status list token


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What was published."""

    documents: Documents
    state: TrustState
    """What a verifier believes that has followed every publication."""
    waiting: tuple[Signed, ...]
    """Signatures that a proposal still lacks; it was left out."""


def init(
    directory: Path,
    *,
    env: Environment,
    origins: Sequence[str],
    authority: Authority,
    edition: str,
    roles: Roles,
    next_keys: Iterable[Jwk] = (),
    now: int,
    life: int = publication.ROOT_LIFE,
) -> Root:
    """Begin an authority's folder, with an empty draft and its first root proposed.

    Args:
        directory: made where it is missing.
        env: `prod` or `demo`, for ever.
        origins: deployment origins (`zs.example.cn`) that credentials may carry.
        authority: its name.
        edition: what people will call the registry: 2023-06 版.
        roles: which keys hold which role, with thresholds.
        next_keys: the keys that alone may hold the root role in root 2; none: any.
        now: seconds.
        life: seconds until the root expires.

    Raises:
        TrustError: `origin_malformed`, `threshold_too_high`, `authority_exists` or
            `folder_unwritable`.
    """
    for origin in origins:
        if not is_origin(origin):
            raise TrustError("origin_malformed", origin=origin)
    check_roles(roles)
    folder = AuthorityFolder(directory)
    with files.locked(directory):
        settings = Settings(env=env, origins=list(origins), authority=authority)
        folder.create(settings, Draft(edition=edition))
        return ceremony.propose_root(folder, roles, next_keys=next_keys, now=now, life=life)


def check_roles(roles: Roles) -> None:
    """Refuse a role that its keys could never fill.

    Raises:
        TrustError: `threshold_too_high`.
    """
    for name in ("root", "registry", "snapshot"):
        role = getattr(roles, name)
        distinct = len({key.kid for key in role.keys})
        if role.threshold > distinct:
            raise TrustError(
                "threshold_too_high", role=name, threshold=role.threshold, keys=distinct
            )


def publish(
    directory: Path, lists: Sequence[ListFiles], signers: Sequence[Signer], *, now: int
) -> Publication:
    """Publish what has been signed for, with a new snapshot.

    A proposed root or registry that has its signatures goes out; one that lacks some waits, and the
    version before stays. So does every list that is not among `lists`.

    Args:
        directory: the authority's folder.
        lists: what institutions have handed over, whole lists, in any order.
        signers: enough keys of the snapshot role.
        now: seconds; not earlier than the snapshot before.

    Raises:
        TrustError: `signatures_missing` (of the first root or registry), `clock_behind`,
            `signer_not_in_role`, `list_institution_unknown`, `issued_not_append_only`,
            `revocation_undone`, `status_token_refused`, or whatever a verifier would refuse; nothing
            is published then.
    """
    folder = AuthorityFolder(directory)
    settings = folder.settings()  # before anything is made in a folder that is none
    with files.locked(directory):
        before, old = folder.published(), folder.published_state()
        if old is not None and now < old.snapshot.iat:
            raise TrustError("clock_behind")
        ready, waiting = _ready(folder, before)
        roots, registry, signatures = _chain(folder, before, ready)
        snapshot_role = read_root(roots[-1]).roles.snapshot
        for signer in signers:
            if signer.kid not in {key.kid for key in snapshot_role.keys}:
                raise TrustError("signer_not_in_role", kid=signer.kid, role="snapshot")
        if len(signers) < snapshot_role.threshold:
            threshold = snapshot_role.threshold
            raise TrustError(
                "signatures_missing", role="snapshot", valid=len(signers), threshold=threshold
            )
        named = Registry.read(registry)
        earlier = old.snapshot.lists if old else ()
        snapshot = publication.snapshot(
            env=settings.env,
            version=old.snapshot.version + 1 if old else 1,
            now=now,
            registry=named,
            registry_data=registry,
            lists=_entries(earlier, lists, named, now),
        )
        content = [(one.key, one.replaced_file()) for one in lists]
        documents = Documents(
            roots=roots,
            snapshot=publication.sign_snapshot(snapshot, signers),
            registry=registry,
            registry_signatures=signatures,
            types=_types(named, before),
            status=_over(before, "status", [(one.key, one.status.compressed()) for one in lists]),
            issued=_over(before, "issued", [(one.key, one.slots) for one in lists]),
            replaced=_over(before, "replaced", content),
        )
        pins = [root_fingerprint(roots[0])]
        state = update(old, documents, pins=pins, now=now)
        update(None, documents, pins=pins, now=now)
        for one in lists:
            _check(one, state)
        poster = publication.poster(snapshot, signers[0])
        tokens = _tokens(folder, snapshot.lists, lists)
        write_tree(folder.published_path, documents, tokens=tokens, poster=poster)
        for proposal in ready:
            folder.discard(proposal)
    return Publication(documents=documents, state=state, waiting=waiting)


def _ready(
    folder: AuthorityFolder, before: Documents | None
) -> tuple[dict[Proposal, bytes], tuple[Signed, ...]]:
    """The signatures of the proposals that have enough of them, and what the others lack.

    Raises:
        TrustError: `signatures_missing`: there is no version before to stay with.
    """
    ready: dict[Proposal, bytes] = {}
    waiting: list[Signed] = []
    ceremony.drop_published(folder)
    for proposal in ceremony.PROPOSALS:
        progress = ceremony.progress(folder, proposal)
        missing = [one for one in progress if not one.complete]
        signatures = folder.signatures(proposal)
        if progress and not missing and signatures is not None:
            ready[proposal] = signatures
        elif before is None:
            valid, threshold = (missing[0].valid, missing[0].threshold) if missing else (0, 1)
            raise TrustError("signatures_missing", role=proposal, valid=valid, threshold=threshold)
        waiting += missing
    return ready, tuple(waiting)


def _chain(
    folder: AuthorityFolder, before: Documents | None, ready: Mapping[Proposal, bytes]
) -> tuple[tuple[bytes, ...], bytes, bytes]:
    """The roots, the registry and its signatures that go out."""
    roots = before.roots if before else ()
    if "root" in ready:
        roots += (ready["root"],)
    registry = folder.proposal("registry") if "registry" in ready else None
    if registry is not None:
        return roots, registry, folder.left_signatures(registry) or ready["registry"]
    if before is None:
        raise TrustError("nothing_to_sign", role="registry")
    return roots, before.registry, before.registry_signatures


def _entries(
    earlier: Iterable[PublishedList], lists: Sequence[ListFiles], registry: Registry, now: int
) -> list[PublishedList]:
    """The snapshot's entries: those of before, and over them those of `lists`."""
    entries = {entry.key: entry for entry in earlier}
    institutions = {institution.id for institution in registry.institutions}
    for one in lists:
        if one.institution not in institutions:
            raise TrustError("list_institution_unknown", one.key)
        entries[one.key] = publication.published_list(one, entries.get(one.key), now=now)
    return list(entries.values())


def _over(
    before: Documents | None,
    kind: Literal["status", "issued", "replaced"],
    new: Iterable[tuple[str, bytes | None]],
) -> dict[str, bytes]:
    """The files of before, and over them the new ones."""
    content: dict[str, bytes | None] = {**getattr(before, kind)} if before else {}
    content |= dict(new)
    return {key: data for key, data in content.items() if data is not None}


def _types(registry: Registry, before: Documents | None) -> dict[str, bytes]:
    """The metadata of the registry's types, what was published before as it was."""
    published = before.types if before else {}
    types = {}
    for one in registry.types:
        key = f"{one.type}/{one.version}"
        if key in published:
            types[key] = published[key]
        elif one.type in certificate_types.names():
            known = certificate_types.load(one.type)
            types[key] = ceremony.type_metadata(known, registry.origins[0])
    return types


def _tokens(
    folder: AuthorityFolder, entries: Iterable[PublishedList], lists: Sequence[ListFiles]
) -> dict[str, str]:
    """The standard status list tokens: the new ones, and those of before for the other lists."""
    tokens = {one.key: one.token for one in lists}
    for entry in entries:
        if entry.key not in tokens:
            path = folder.published_path / token_path(entry.key)
            tokens[entry.key] = (files.read_file(path, MAX_TOKEN) or b"").decode()
    return {key: token for key, token in tokens.items() if token}


def _check(lists: ListFiles, state: TrustState) -> None:
    """Refuse what verifiers would take differently from what the issuer means."""
    status = state.lists[lists.key].status
    if status is None or status.data != lists.status.data:
        raise TrustError("revocation_undone", lists.key)
    if lists.token and not _token_holds(lists, state):
        raise TrustError("status_token_refused", lists.key)


def _token_holds(lists: ListFiles, state: TrustState) -> bool:
    """Whether the institution signed a standard token that says what its list says."""
    try:
        token = jws.parse_compact(lists.token, status_list.TYP, max_size=MAX_TOKEN)
        institution, key = state.keys[token.kid]
        jws.verify(token.signing_input, token.signature, verification_key(key.jwk))
        claims = strict_json.loads_object(token.payload)
        uris = {status_uri(one, lists.institution, lists.list_id) for one in state.registry.origins}
        said = claims["status_list"]
    except (MalformedError, BadSignatureError, KeyError):
        return False
    meant = lists.status.claims("", iat=0, exp=0)["status_list"]
    return institution.id == lists.institution and claims.get("sub") in uris and said == meant
