"""The publisher's side of trust: build and sign root, registry and snapshot (schemas/README.md §4).

Pure: takes values, bytes, signers and times; `keys/authority.py` keeps the files.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from keys import jws
from keys.jwk import Jwk
from keys.signer import Signer
from keys.trust import sha256
from schemas import base64url, strict_json
from schemas.document import Environment, Pinned, PublicKey
from schemas.errors import MalformedError, TrustError
from schemas.issued_list import SLOT
from schemas.limits import LOG_DELAY
from schemas.registry import TYP as REGISTRY_TYP
from schemas.registry import PublishedType, Registry, RegistrySeal
from schemas.root import TYP as ROOT_TYP
from schemas.root import Role, RoleKey, Roles, Root
from schemas.snapshot import POSTER_TYP, PinnedRegistry, Poster, PublishedList, Snapshot
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.status_list import StatusList, byte_length

DAY = 86_400  # seconds
ROOT_LIFE = 730 * DAY
SNAPSHOT_NEXT = 7 * DAY
SNAPSHOT_LIFE = 90 * DAY


def role(keys: Iterable[Jwk], threshold: int) -> Role:
    """A role that `threshold` of `keys` hold together."""
    entries = [RoleKey(kid=key.kid, jwk=public_key(key)) for key in keys]
    return Role(threshold=threshold, keys=entries)


def public_key(jwk: Jwk) -> PublicKey:
    """The key as trust documents carry it."""
    return PublicKey.model_validate(jwk.to_dict())


def root(
    *,
    env: Environment,
    version: int,
    now: int,
    roles: Roles,
    next_keys: Iterable[Jwk] = (),
    life: int = ROOT_LIFE,
) -> Root:
    """A root document; `next_keys` alone may hold the root role in the next version."""
    announced = [base64url.encode(key.thumbprint()) for key in next_keys]
    return Root(env=env, version=version, iat=now, exp=now + life, roles=roles, next_root=announced)


def sign_root(document: Root, signers: Sequence[Signer]) -> bytes:
    """`/t/root/{version}.json`: for a new version, signers of the old and of the new root role."""
    return jws.sign_general(document.write(), ROOT_TYP, signers)


def registry_seal(registry: Registry, data: bytes) -> RegistrySeal:
    """What the registry's keys sign for the registry whose canonical bytes are `data`."""
    return RegistrySeal(
        env=registry.env,
        version=registry.version,
        prev=registry.prev,
        iat=registry.iat,
        sha256=sha256(data),
        len=len(data),
    )


def seal_registry(registry: Registry, data: bytes, signers: Sequence[Signer]) -> bytes:
    """`/t/registry/{version}.sigs.json` for the registry whose canonical bytes are `data`."""
    return jws.sign_general(registry_seal(registry, data).write(), REGISTRY_TYP, signers)


def pin(data: bytes) -> Pinned:
    """`data` by what it must be."""
    return Pinned(sha256=sha256(data), len=len(data))


def published_type(type_name: str, version: int, metadata: bytes) -> PublishedType:
    """The registry's entry for a certificate type."""
    return PublishedType(type=type_name, version=version, **pin(metadata).model_dump())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFiles:
    """One institution's lists of one year, as its issuer hands them to the publisher."""

    institution: str
    list_id: str
    status: StatusList
    slots: bytes
    """The issued list: 10 bytes for each slot."""
    replaced: Mapping[int, str] = field(default_factory=dict)
    token: str = ""
    """The standard status list token, signed by the institution."""

    @property
    def key(self) -> str:
        """`{institution}/{list}`."""
        return f"{self.institution}/{self.list_id}"

    def replaced_file(self) -> bytes | None:
        """The JSON of the replacements, or None."""
        if not self.replaced:
            return None
        return strict_json.dumps([[idx, self.replaced[idx]] for idx in sorted(self.replaced)])

    def write(self) -> bytes:
        """The JSON in which an issuer hands its lists to a publisher on another machine."""
        return strict_json.dumps(
            {
                "institution": self.institution,
                "list": self.list_id,
                "count": self.status.count,
                "status": base64url.encode(self.status.data),
                "slots": base64url.encode(self.slots),
                "replaced": [[idx, self.replaced[idx]] for idx in sorted(self.replaced)],
                "token": self.token,
            }
        )

    @classmethod
    def read(cls, data: bytes) -> "ListFiles":
        """Read what `write` wrote.

        Raises:
            TrustError: `document_malformed`.
        """
        try:
            members = strict_json.loads_object(data)
            status = StatusList(members["count"], base64url.decode(members["status"]))
            slots = base64url.decode(members["slots"])
            replaced = {int(idx): str(sealed) for idx, sealed in members["replaced"]}
            names = (str(members["institution"]), str(members["list"]), str(members["token"]))
        except (MalformedError, KeyError, TypeError, ValueError):
            raise TrustError("document_malformed", "exported lists") from None
        if len(slots) != status.count * SLOT or len(status.data) != byte_length(status.count):
            raise TrustError("document_malformed", "exported lists: lengths")
        return cls(
            institution=names[0],
            list_id=names[1],
            status=status,
            slots=slots,
            replaced=replaced,
            token=names[2],
        )


def published_list(files: ListFiles, earlier: PublishedList | None, *, now: int) -> PublishedList:
    """The snapshot's entry for `files`: what was logged before keeps its epoch, the rest is now.

    Raises:
        TrustError: `issued_not_append_only`: shorter than `earlier` published it.
    """
    count = len(files.slots) // SLOT
    epochs = [list(epoch) for epoch in earlier.epochs] if earlier else []
    logged = epochs[-1][0] if epochs else 0
    if count < logged:
        raise TrustError("issued_not_append_only", files.key)
    if count > logged:
        epochs.append([count, now])
    replaced = files.replaced_file()
    return PublishedList(
        institution=files.institution,
        list=files.list_id,
        count=count,
        status=pin(files.status.compressed()),
        issued=sha256(files.slots),
        delay=LOG_DELAY,
        epochs=epochs,
        replaced=pin(replaced) if replaced is not None else None,
    )


def snapshot(
    *,
    env: Environment,
    version: int,
    now: int,
    registry: Registry,
    registry_data: bytes,
    lists: Iterable[PublishedList],
) -> Snapshot:
    """A snapshot of the registry and all lists as of `now` (seconds)."""
    pinned = PinnedRegistry(version=registry.version, **pin(registry_data).model_dump())
    return Snapshot(
        env=env,
        version=version,
        iat=now,
        next=now + SNAPSHOT_NEXT,
        exp=now + SNAPSHOT_LIFE,
        registry=pinned,
        lists=sorted(lists, key=lambda entry: entry.key),
    )


def sign_snapshot(document: Snapshot, signers: Sequence[Signer]) -> bytes:
    """`/t/snapshot.json`."""
    return jws.sign_general(document.write(), SNAPSHOT_TYP, signers)


def poster(document: Snapshot, signer: Signer) -> str:
    """The text of the freshness code: a compact JWS of the snapshot's version, time and hash."""
    content = Poster(
        env=document.env,
        version=document.version,
        iat=document.iat,
        sha256=sha256(document.write()),
    )
    return jws.sign_compact(content.write(), typ=POSTER_TYP, signer=signer)
