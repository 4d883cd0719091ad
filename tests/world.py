"""A small world in memory: an authority, institutions, their lists and credentials.

The same bytes in every run: time stands still at `NOW`, keys are derived from their names, so no
key material is stored. Each part can be replaced, so that an attack is one line.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import publication
from keys.jwk import Jwk
from keys.jws import sign_general
from keys.signer import MemorySigner
from keys.trust import Documents, TrustState, root_fingerprint, sha256, update
from schemas import base64url, certificate_types, issued_list, sd_jwt, strict_json
from schemas import origin as address
from schemas.document import Environment
from schemas.registry import Registry
from schemas.root import Role, Roles, Root
from schemas.sd_jwt import SdJwt
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.snapshot import Snapshot
from schemas.status_list import Status
from tests.institutions import CLAIMS, INSTITUTIONS, ISSUERS
from tests.lists import Lists

DAY = 86_400  # seconds
HOUR = 3_600
ORIGIN = "zs.example.cn"
SECOND_ORIGIN = "zheng.example.org:8443"

Holders = tuple[int, list[str]]
"""(threshold, names of keys)."""


def seconds(text: str) -> int:
    """The seconds since 1970 of an ISO 8601 time."""
    return int(datetime.fromisoformat(text).timestamp())


def moment(time: int) -> datetime:
    """`time` as the core wants it."""
    return datetime.fromtimestamp(time, UTC)


NOW = seconds("2025-06-02T08:00:00Z")
PUBLISHED = seconds("2025-06-02T00:00:00Z")  # when the newest snapshot was signed
SIGNED = seconds("2025-05-20T02:00:00Z")  # when credentials are signed unless a case says otherwise


class Key(MemorySigner):
    """A key that is made from its name."""

    __slots__ = ("seed",)

    def __init__(self, name: str) -> None:
        self.seed = hashlib.sha256(b"zhengyin test key " + name.encode()).digest()
        super().__init__(Ed25519PrivateKey.from_private_bytes(self.seed))


@cache
def key(name: str) -> Key:
    """The key of this name."""
    return Key(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A signed credential and where it is listed."""

    token: SdJwt
    disclosures: tuple[bytes, ...]
    list_key: str
    idx: int

    @property
    def text(self) -> str:
        """What is printed: nothing disclosed."""
        return self.token.text

    @property
    def holder_text(self) -> str:
        """What the holder's file has: everything disclosed."""
        return self.token._replace(disclosures=self.disclosures).text

    @property
    def claims(self) -> dict[str, Any]:
        """The signed claims."""
        return self.token.claims()


class World:
    """Everything that an authority, its institutions and a verifier have, as plain values."""

    def __init__(
        self, *, env: Environment = "prod", only: Iterable[str] = (), single: bool = False
    ) -> None:
        """`only` keeps these institutions; `single` gives every role one key."""
        self.env: Environment = env
        self.prefix = "" if env == "prod" else f"{env} "
        """Of an institution's key names: a demonstration has other keys."""
        self.roles: dict[str, Holders] = {
            "root": (3, [f"{env} root {n}" for n in range(1, 6)]),
            "registry": (2, [f"{env} registry {n}" for n in range(1, 4)]),
            "snapshot": (1, [f"{env} snapshot 1"]),
        }
        if single:
            self.roles = {role: (1, [f"{env} {role} 1"]) for role in self.roles}
        self.next_root: list[str] = []
        self.root_version = 0
        self.roots: list[bytes] = []
        self.origins = [ORIGIN, SECOND_ORIGIN]
        self.institutions = [
            _institution(entry, self.prefix)
            for entry in INSTITUTIONS
            if not only or entry["id"] in only
        ]
        self.types = dict(_types())
        """Type → its published metadata."""
        self.reinstated: list[dict[str, Any]] = []
        self.registry: Registry | None = None
        self.registry_data = b""
        self.registry_seal = b""
        self.snapshot: Snapshot | None = None
        self.lists: dict[str, Lists] = {}
        self.history: list[Documents] = []
        """What was published, in order."""
        self.named: dict[str, Issued] = {}
        """Credentials that several cases start from."""
        self._numbers = 0
        self.new_root()

    # The authority.

    def new_root(self, *, signed_by: list[str] | None = None, **changes: Any) -> bytes:
        """Sign the next root, by default with the thresholds of the old and the new root role.

        `changes`: a role's `(threshold, names)`, `next_root` names, or a member of the document.
        """
        old = self.roles["root"] if self.roots else (0, [])
        for role in self.roles.keys() & changes.keys():
            self.roles[role] = changes.pop(role)
        self.next_root = changes.pop("next_root", self.next_root)
        threshold, names = self.roles["root"]
        signers = dict.fromkeys(old[1][: old[0]] + names[:threshold])
        self.root_version += 1
        document = publication.root(
            env=self.env,
            version=self.root_version,
            now=seconds("2024-01-01T00:00:00Z"),
            roles=Roles(**{name: _role(role) for name, role in self.roles.items()}),
            next_keys=[key(name).jwk for name in self.next_root],
        )
        document = Root.model_validate(document.model_dump() | changes)
        signed_by = list(signers) if signed_by is None else signed_by
        self.roots.append(publication.sign_root(document, list(map(key, signed_by))))
        return self.roots[-1]

    @property
    def pins(self) -> list[str]:
        """What a verifier has pinned: the first root."""
        return [root_fingerprint(self.roots[0])]

    def institution(self, name: str) -> dict[str, Any]:
        """The registry's entry, to be changed before `sign_registry`."""
        return next(entry for entry in self.institutions if entry["id"] == name)

    def sign_registry(self, *, signed_by: list[str] | None = None, **changes: Any) -> None:
        """Sign the next registry; `changes` are members of the document."""
        before = self.registry
        members: dict[str, Any] = {
            "env": self.env,
            "version": before.version + 1 if before else 1,
            "prev": sha256(self.registry_data) if before else None,
            "iat": seconds("2025-05-01T00:00:00Z"),
            "authority": {"zh": "示例主管部门", "en": "Example authority"},
            "edition": "2025-05 版",
            "origins": self.origins,
            "types": [
                publication.published_type(name, 1, data).model_dump()
                for name, data in self.types.items()
            ],
            "institutions": self.institutions,
            "reinstated": self.reinstated,
        }
        self.registry = Registry.model_validate(members | changes)
        self.registry_data = self.registry.write()
        signers = self._signers("registry") if signed_by is None else signed_by
        self.registry_seal = publication.seal_registry(
            self.registry, self.registry_data, list(map(key, signers))
        )

    def publish(self, *, signed_by: list[str] | None = None, **changes: Any) -> Documents:
        """Sign the next snapshot; `changes` are members of the document. Give what is published."""
        if self.registry is None:
            self.sign_registry()
        if self.registry is None:
            raise AssertionError
        document = publication.snapshot(
            env=self.env,
            version=len(self.history) + 1,
            now=PUBLISHED,
            registry=self.registry,
            registry_data=self.registry_data,
            lists=[lists.published(name) for name, lists in self.lists.items()],
        )
        self.snapshot = Snapshot.model_validate(document.model_dump() | changes)
        signers = self._signers("snapshot") if signed_by is None else signed_by
        files: dict[str, dict[str, bytes]] = {"status": {}, "issued": {}, "replaced": {}}
        for name, lists in self.lists.items():
            lists.fixed = len(lists.epochs)
            for kind, data in lists.files().items():
                if kind in lists.loaded:
                    files[kind][name] = data
        documents = Documents(
            roots=tuple(self.roots),
            snapshot=sign_general(self.snapshot.write(), SNAPSHOT_TYP, list(map(key, signers))),
            registry=self.registry_data,
            registry_signatures=self.registry_seal,
            types={f"{name}/1": data for name, data in self.types.items()},
            **files,
        )
        self.history.append(documents)
        return documents

    def state(self, *, now: int = NOW, **changes: Any) -> TrustState:
        """What a verifier believes that has read what is published now."""
        return update(None, self.publish(**changes), pins=self.pins, now=now)

    def _signers(self, role: str) -> list[str]:
        threshold, names = self.roles[role]
        return names[:threshold]

    # The institutions.

    def issue(
        self,
        type_name: str = "technical_level",
        *,
        by: str = "",
        signer: str = "",
        iat: int = SIGNED,
        list_id: str = "",
        idx: int | None = None,
        log: bool | int = True,
        origin: str = ORIGIN,
        members: Mapping[str, Any] | None = None,
        drop: Iterable[str] = (),
        **claims: Any,
    ) -> Issued:
        """Sign a credential and log it an hour later, or when the last snapshot was signed.

        Args:
            type_name: the type; its usual issuer and claims are taken.
            by: another institution.
            signer: another key's name than the institution's first.
            iat: when it is signed.
            list_id: the list; by default the year of `iat`.
            idx: a slot; by default the next one.
            log: False, or by when it was logged.
            origin: the deployment.
            members: other members of the payload, by name.
            drop: members that are left out.
            claims: other values of the type's claims; None leaves one out.
        """
        by = by or ISSUERS[type_name]
        name = f"{by}/{list_id or moment(iat).year}"
        lists = self.lists.get(name, Lists())
        self._numbers += 1
        values = CLAIMS[type_name] | {"certificate_number": f"CS2025{self._numbers:06}"} | claims
        kind = certificate_types.load(type_name)
        shown = {name: values[name] for name in kind.claims if values.get(name) is not None}
        salts = {name: _salt(f"{self._numbers} {name}") for name in kind.hidden}
        disclosures = tuple(
            sd_jwt.disclosure(salts[name], name, shown.pop(name))
            for name in kind.claims
            if name in kind.hidden and name in shown
        )
        slot = len(lists.slots) if idx is None else idx
        uri = address.status_uri(origin, by, list_id or str(moment(iat).year))
        payload: dict[str, Any] = {
            "iss": address.issuer_uri(origin, by),
            "iat": iat,
            "vct": address.type_uri(origin, type_name, 1),
            "status": {"status_list": {"idx": slot, "uri": uri}},
            **shown,
            **({"demo": True} if self.env == "demo" else {}),
            **({"_sd": [sd_jwt.digest(one) for one in disclosures]} if disclosures else {}),
            **(members or {}),
        }
        payload = {name: value for name, value in payload.items() if name not in drop}
        token = sign(strict_json.dumps(payload), self.prefix + (signer or _first_key(by)))
        if log is not False and idx is None:
            seen = self.snapshot.iat if self.snapshot else 0
            time = max(iat + HOUR, seen) if log is True else log
            lists.log(issued_list.slot(token.signing_input), time)
            self.lists[name] = lists
        return Issued(token=token, disclosures=disclosures, list_key=name, idx=slot)

    def set_status(self, issued: Issued, status: Status, *, replaced_by: str = "") -> Issued:
        """Revoke or suspend."""
        lists = self.lists[issued.list_key]
        lists.statuses[issued.idx] = status
        if replaced_by:
            sealed = issued_list.seal_number(replaced_by, issued.token.signing_input)
            lists.replaced[issued.idx] = sealed
        return issued


def sign(payload: bytes, signer: str) -> SdJwt:
    """Any bytes under our header, with a good signature."""
    unsigned = SdJwt(key(signer).kid, payload, b"")
    return unsigned._replace(signature=key(signer).sign(unsigned.signing_input))


def _first_key(institution: str) -> str:
    """The name of the key in force."""
    entry = next(entry for entry in INSTITUTIONS if entry["id"] == institution)
    name: str = entry["keys"][0]["name"]
    return name


def registry_key(name: str, x: str = "", **members: Any) -> dict[str, Any]:
    """A registry entry for the key of this name, or with other bytes; times as ISO 8601."""
    times = {"from", "sign_until", "compromised_at"}
    jwk = Jwk(x=base64url.decode(x)) if x else key(name).jwk
    return {"kid": jwk.kid, "jwk": jwk.to_dict()} | {
        member: seconds(value) if member in times else value for member, value in members.items()
    }


def _institution(entry: dict[str, Any], prefix: str) -> dict[str, Any]:
    keys = [registry_key(**one | {"name": prefix + one["name"]}) for one in entry["keys"]]
    grants = [dict(grant) for grant in entry["grants"]]
    return entry | {"keys": keys, "grants": grants}


def _role(holders: Holders) -> Role:
    threshold, names = holders
    return publication.role([key(name).jwk for name in names], threshold)


def _salt(text: str) -> bytes:
    return hashlib.sha256(b"zhengyin test salt " + text.encode()).digest()[: sd_jwt.SALT_LENGTH]


@cache
def _types() -> dict[str, bytes]:
    return {
        one.name: strict_json.dumps(certificate_types.metadata_for(one, ORIGIN))
        for one in certificate_types.all_types()
    }
