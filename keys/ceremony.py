"""Signing by several custodians, one after another, each on a machine of their own if they like.

A proposal is exported as a small folder, signed there with the same command, and merged back; no
private key ever meets another. Whether enough distinct keys signed is counted when it is published.
"""

import shutil
from collections.abc import Iterable, Sequence

from keys import files, jws, publication
from keys.authority_folder import (
    TYPS,
    AuthorityFolder,
    Proposal,
    Signed,
    count_valid,
)
from keys.changes import compare
from keys.jwk import Jwk
from keys.published import SNAPSHOT, registry_path, root_path
from keys.signer import Signer
from keys.trust import sha256, unverified_snapshot
from schemas import base64url, certificate_types, strict_json
from schemas.errors import MalformedError, TrustError
from schemas.limits import MAX_REGISTRY_SIGNATURES
from schemas.registry import PublishedType, Registry
from schemas.root import Role, Roles, Root

PROPOSALS: tuple[Proposal, ...] = ("root", "registry")


def propose_root(
    folder: AuthorityFolder,
    roles: Roles,
    *,
    next_keys: Iterable[Jwk] = (),
    now: int,
    life: int = publication.ROOT_LIFE,
) -> Root:
    """Propose the next root; a proposal before it is dropped.

    Args:
        folder: whose root.
        roles: all roles of the new root.
        next_keys: the only keys that may hold the root role in the version after; none: any.
        now: seconds.
        life: seconds until it expires.

    Raises:
        TrustError: `root_prerotation`: the root before announced other keys.
    """
    before = folder.published_root()
    root = publication.root(
        env=folder.settings().env,
        version=before.version + 1 if before else 1,
        now=now,
        roles=roles,
        next_keys=next_keys,
        life=life,
    )
    if before is not None and before.next_root:
        for key in root.roles.root.keys:
            thumbprint = Jwk.from_dict(key.jwk.model_dump()).thumbprint()
            if base64url.encode(thumbprint) not in before.next_root:
                raise TrustError("root_prerotation", kid=key.kid)
    folder.propose("root", root.write())
    return root


def propose_registry(folder: AuthorityFolder, *, now: int) -> Registry:
    """Propose the draft as the next registry, dated `now` (seconds); unlike the draft it is final.

    Raises:
        TrustError: `registry_deleted`: an institution, key or grant of the version before is gone;
            `registry_duplicate`.
    """
    settings, draft, published = folder.settings(), folder.draft(), folder.published_registry()
    before = Registry.read(published) if published is not None else None
    registry = Registry(
        env=settings.env,
        version=folder.newest_registry() + 1,
        prev=sha256(published) if published is not None else None,
        iat=now,
        authority=settings.authority,
        edition=draft.edition,
        origins=settings.origins,
        types=_types(before, settings.origins[0]),
        institutions=draft.institutions,
        reinstated=draft.reinstated,
    )
    _refuse_duplicates(registry)
    if before is not None:
        _refuse_deletions(before, registry)
    # As it will be read: a draft is edited by hand, too.
    data = registry.write()
    folder.propose("registry", data)
    return Registry.read(data)


def sign(folder: AuthorityFolder, proposal: Proposal, signers: Sequence[Signer]) -> list[Signed]:
    """Add the signatures of `signers` to a proposal.

    Raises:
        TrustError: `nothing_to_sign`, or `signer_not_in_role`: nothing that the signer's key signs
            would count.
    """
    allowed = {key.kid for role in _roles(folder, proposal) for key in role.keys}
    for signer in signers:
        if allowed and signer.kid not in allowed:
            raise TrustError("signer_not_in_role", kid=signer.kid, role=proposal)
    with files.locked(folder.path):
        payload = _payload(folder, proposal)
        _merge(folder, proposal, jws.sign_general(payload, TYPS[proposal], signers))
    return progress(folder, proposal)


def export(folder: AuthorityFolder, proposal: Proposal, to: AuthorityFolder) -> None:
    """Copy what a custodian needs to judge and sign a proposal, and nothing else.

    Raises:
        TrustError: `nothing_to_sign`, `authority_exists` or `folder_unwritable`.
    """
    if to.path.exists():
        raise TrustError("authority_exists", path=to.path)
    names = ["authority.json", f"pending/{proposal}.json", f"pending/{proposal}.sigs.json"]
    if folder.proposal(proposal) is None:
        raise TrustError("nothing_to_sign", role=proposal)
    root, published = folder.published_root(), folder.published_path
    names += [f"published/{root_path(n)}" for n in range(1, root.version + 1)] if root else []
    if (published / SNAPSHOT).exists():
        snapshot = unverified_snapshot((published / SNAPSHOT).read_bytes())
        names += [f"published/{SNAPSHOT}", f"published/{registry_path(snapshot.registry.version)}"]
    if folder.proposal("root") is not None:
        names.append("pending/root.json")
    with files.writing(to.path):
        for name in dict.fromkeys(names):
            if (folder.path / name).exists():
                (to.path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder.path / name, to.path / name)


def merge(folder: AuthorityFolder, proposal: Proposal, back: AuthorityFolder) -> list[Signed]:
    """Take the signatures over that were made in the exported folder `back`.

    Raises:
        TrustError: `nothing_to_sign`, or `signatures_of_another`: not under this very proposal.
    """
    signatures = back.signatures(proposal)
    if signatures is None:
        raise TrustError("nothing_to_sign", role=proposal)
    with files.locked(folder.path):
        _merge(folder, proposal, signatures)
    return progress(folder, proposal)


def progress(folder: AuthorityFolder, proposal: Proposal) -> list[Signed]:
    """How many signatures a proposal has, for each role that must sign; empty without one."""
    data = folder.proposal(proposal)
    if data is None:
        return []
    version = (Root if proposal == "root" else Registry).read(data).version
    published, proposed = folder.published_root(), _proposed_root(folder)
    if proposal == "root":
        roots = [published, proposed]
    else:
        # A new root's keys seal the registry as soon as that root is signed itself.
        ready = published is None or all(one.complete for one in progress(folder, "root"))
        roots = [proposed if proposed is not None and ready else published]
    signatures = folder.signatures(proposal)
    return [
        Signed(
            proposal=proposal,
            version=version,
            role_of=root.version,
            valid=count_valid(signatures, proposal, role),
            threshold=role.threshold,
        )
        for root in roots
        if root is not None
        for role in [root.roles.root if proposal == "root" else root.roles.registry]
    ]


def drop_published(folder: AuthorityFolder) -> None:
    """Drop proposals that a crash left behind after they were published."""
    root, proposed = folder.published_root(), _proposed_root(folder)
    if root is not None and proposed is not None and proposed.version <= root.version:
        folder.discard("root")
    data, published = folder.proposal("registry"), folder.published_registry()
    if data is not None and data == published:
        folder.discard("registry")


def _proposed_root(folder: AuthorityFolder) -> Root | None:
    data = folder.proposal("root")
    return None if data is None else Root.read(data)


def _roles(folder: AuthorityFolder, proposal: Proposal) -> list[Role]:
    roots = (folder.published_root(), _proposed_root(folder))
    return [getattr(root.roles, proposal) for root in roots if root is not None]


def _payload(folder: AuthorityFolder, proposal: Proposal) -> bytes:
    """The bytes under the signatures."""
    data = folder.proposal(proposal)
    if data is None:
        raise TrustError("nothing_to_sign", role=proposal)
    if proposal == "root":
        return data
    return publication.registry_seal(Registry.read(data), data).write()


def _merge(folder: AuthorityFolder, proposal: Proposal, new: bytes) -> None:
    """Add signatures; one that the same key made before is made anew."""
    payload = _payload(folder, proposal)
    entries = {}
    for document in (folder.signatures(proposal), new):
        if document is None:
            continue
        try:
            parsed = jws.parse_general(document, TYPS[proposal], max_size=MAX_REGISTRY_SIGNATURES)
        except MalformedError as error:
            raise TrustError("document_malformed", str(error)) from None
        if parsed.payload != payload:
            raise TrustError("signatures_of_another", role=proposal)
        members = strict_json.loads_object(document)["signatures"]
        for entry, signature in zip(members, parsed.signatures, strict=True):
            entries[signature.kid] = entry
    merged = {"payload": base64url.encode(payload), "signatures": list(entries.values())}
    folder.write_signatures(proposal, strict_json.dumps(merged))


def _types(before: Registry | None, origin: str) -> list[PublishedType]:
    """The types of the version before as they were, and the new ones."""
    types = {(one.type, one.version): one for one in before.types} if before else {}
    for one in certificate_types.all_types():
        if (one.name, one.version) not in types:
            data = type_metadata(one, origin)
            entry = publication.published_type(one.name, one.version, data)
            types[one.name, one.version] = entry
    return list(types.values())


def type_metadata(certificate_type: certificate_types.CertificateType, origin: str) -> bytes:
    """The type metadata as it is published."""
    return strict_json.dumps(certificate_types.metadata_for(certificate_type, origin))


def _refuse_deletions(before: Registry, after: Registry) -> None:
    """Nothing is ever deleted; verifiers themselves miss only institutions and keys."""
    for change in compare(before.institutions, after.institutions):
        if change.kind in ("institution_deleted", "grant_deleted", "key_deleted"):
            raise TrustError("registry_deleted", f"{change.institution.id} {change.what}".strip())


def _refuse_duplicates(registry: Registry) -> None:
    seen: set[str] = set()
    for institution in registry.institutions:
        for name in (institution.id, *(key.kid for key in institution.keys)):
            if name in seen:
                raise TrustError("registry_duplicate", name)
            seen.add(name)
