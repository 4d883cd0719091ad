"""What a verifier may be given after it believes something, as a table: attacks and recoveries."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from keys.jws import sign_general
from keys.publication import published_type
from keys.trust import Documents
from schemas import base64url, limits, strict_json
from schemas.limits import CLOCK_SKEW, MAX_LOG_DELAY, MAX_SAFE_INTEGER, MAX_SNAPSHOT_LIFE
from schemas.registry import TYP as REGISTRY_TYP
from schemas.root import TYP as ROOT_TYP
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.status_list import Status
from tests.lists import stored_zlib
from tests.world import (
    DAY,
    HOUR,
    NOW,
    PUBLISHED,
    SIGNED,
    Issued,
    World,
    key,
    registry_key,
    seconds,
)

LIST = "demo-pingjia/2025"
OTHER_LIST = "demo-xueyuan/2025"
TYPE = "technical_level/1"

Change = Callable[[World], Any]


def payload(document: bytes) -> bytes:
    """What was signed."""
    return base64url.decode(strict_json.loads_object(document)["payload"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the verifier is given next, and the code with which it refuses it."""

    give: Callable[[World], Documents]
    code: str | None
    now: int = NOW


def ok(give: Callable[[World], Documents], now: int = NOW) -> Step:
    return Step(give=give, code=None, now=now)


def refused(code: str, give: Callable[[World], Documents], now: int = NOW) -> Step:
    return Step(give=give, code=code, now=now)


def published(**changes: Any) -> Callable[[World], Documents]:
    """The next snapshot."""
    return lambda world: world.publish(**changes)


def earlier(version: int) -> Callable[[World], Documents]:
    """What was published as the snapshot of this version."""
    return lambda world: world.history[version - 1]


def registry(**changes: Any) -> Callable[[World], Documents]:
    """The next registry, and a snapshot that names it."""

    def give(world: World) -> Documents:
        world.sign_registry(**changes)
        return world.publish()

    return give


def changed(*changes: Change, **members: Any) -> Callable[[World], Documents]:
    """The next snapshot after `changes`; `members` are members of the document."""

    def give(world: World) -> Documents:
        for change in changes:
            change(world)
        return world.publish(**members)

    return give


def delayed(seconds: int) -> Callable[[World], Documents]:
    """The next snapshot with another delay for the first list, in its form or not."""

    def give(world: World) -> Documents:
        documents = world.publish()
        members = strict_json.loads_object(payload(documents.snapshot))
        members["lists"][0]["delay"] = seconds
        signed = sign_general(strict_json.dumps(members), SNAPSHOT_TYP, [key("prod snapshot 1")])
        return replace(documents, snapshot=signed)

    return give


def amended(*changes: Change) -> Callable[[World], Documents]:
    """The next registry after `changes`, and a snapshot that names it."""
    return changed(*changes, World.sign_registry)


def swapped(**parts: Callable[[World], Any]) -> Callable[[World], Documents]:
    """The newest documents with other parts."""
    return lambda world: replace(
        world.publish(), **{name: part(world) for name, part in parts.items()}
    )


def old_registry(world: World) -> Documents:
    """A stolen snapshot key names a registry that the registry's keys once signed."""
    new = (world.registry, world.registry_data, world.registry_seal)
    first = world.history[0]
    old = new[0].model_validate(strict_json.loads(first.registry)) if new[0] else None
    world.registry, world.registry_data = old, first.registry
    world.registry_seal = first.registry_signatures
    documents = world.publish()
    world.registry, world.registry_data, world.registry_seal = new
    return documents


def recovered(world: World) -> Documents:
    """A new root gives the snapshot's role to another key, which starts with what was true."""
    another_snapshot_key(world)
    return world.publish(version=3)


def junk(world: World, slots: int) -> None:
    """A stolen snapshot key logs what no institution signed."""
    for n in range(slots):
        world.lists[LIST].log(bytes([n]) * 10, PUBLISHED)


def with_junk(slots: int) -> Callable[[World], Documents]:
    """What the thief publishes; the institution's own list stays as it is."""

    def give(world: World) -> Documents:
        lists = world.lists[LIST]
        kept = list(lists.slots), [list(epoch) for epoch in lists.epochs]
        junk(world, slots)
        documents = world.publish()
        lists.slots, lists.epochs = kept
        return documents

    return give


def forged(name: str, kind: str, data: bytes) -> Callable[[World], Documents]:
    """A pinned file that holds something else."""
    return changed(lambda world: world.lists[name].forged.update({kind: data}))


def signed_with_typ(typ: str) -> Callable[[World], bytes]:
    """The newest snapshot's payload under another document's `typ`."""
    signer = [key("prod snapshot 1")]
    return lambda world: sign_general(payload(world.history[-1].snapshot), typ, signer)


def respelled(old: bytes, new: bytes) -> Callable[[World], bytes]:
    """The newest snapshot with a spelling in it that no document of ours can be brought to write."""
    signer = [key("prod snapshot 1")]

    def give(world: World) -> bytes:
        spelled = payload(world.history[-1].snapshot).replace(old, new)
        return sign_general(spelled, SNAPSHOT_TYP, signer)

    return give


def loaded(*kinds: str) -> Change:
    """Verifiers get no other files of the list."""
    return lambda world: setattr(world.lists[LIST], "loaded", kinds)


def epochs(*times: tuple[int, int]) -> Change:
    """Other epochs."""
    return lambda world: setattr(world.lists[LIST], "epochs", list(map(list, times)))


def rewrite(world: World) -> None:
    """Another credential in the first slot."""
    world.lists[LIST].slots[0] = bytes(10)


def shorten(world: World) -> None:
    """The last slot is gone."""
    world.lists[LIST].slots.pop()
    world.lists[LIST].epochs[-1][0] -= 1


def empty(world: World) -> None:
    """All slots are gone."""
    world.lists[LIST].slots.clear()
    world.lists[LIST].epochs.clear()


def logged_by(time: int) -> Change:
    """One slot more, logged by `time`."""

    def change(world: World) -> None:
        world.lists[LIST].slots.append(bytes(10))
        world.lists[LIST].epochs.append([len(world.lists[LIST].slots), time])

    return change


def reinstate(idx: int) -> Change:
    """The registry takes a revocation back."""
    entry = {"institution": "demo-pingjia", "list": "2025", "idx": idx}
    return lambda world: world.reinstated.append(entry)


def key_entry(**members: Any) -> Change:
    """Another entry for an institution's first key."""
    return lambda world: first_key(world).update(members)


def issue_more(world: World) -> Issued:
    return world.issue(iat=PUBLISHED - DAY)


def another_list(log: int) -> Change:
    """The first credential of a list that no snapshot had yet."""
    return lambda world: world.issue(iat=PUBLISHED - DAY, log=log, list_id="2025-1")


def another_snapshot_key(world: World) -> None:
    world.new_root(snapshot=(1, ["prod snapshot 2"]))


def set_status(idx: int, status: Status) -> Change:
    """Another status, rightly or not."""
    return lambda world: world.lists[LIST].statuses.update({idx: status})


def first_key(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.institution("demo-pingjia")["keys"][0]
    return found


def stranger() -> dict[str, Any]:
    """An institution that only thieves of registry keys would list."""
    window = {"from": "2025-01-01T00:00:00Z", "sign_until": "2026-01-01T00:00:00Z"}
    return {
        "id": "demo-jia",
        "names": [{"name": "冒名示例中心（演示）"}],
        "keys": [registry_key("stranger", **window)],
    }


def one_list_twice(world: World) -> Documents:
    world.publish()
    assert world.snapshot is not None
    lists = world.snapshot.model_dump()["lists"]
    return world.publish(lists=[*lists, lists[0]])


def swap_registry(world: World, *, data: bool = True, seal: bool = True) -> Documents:
    """The snapshot names registry 1; the registry, its seal or both are of version 2."""
    documents = world.publish()
    world.sign_registry()
    if data:
        documents = replace(documents, registry=world.registry_data)
    if seal:
        documents = replace(documents, registry_signatures=world.registry_seal)
    return documents


def confused(world: World, place: str, other: str) -> Documents:
    documents = world.publish()
    return replace(documents, **{place: getattr(documents, other)})


def foreign_signature(world: World) -> bytes:
    """The seal with one good signature and one that belongs to another version's seal."""
    seal = strict_json.loads_object(world.registry_seal)
    world.sign_registry()
    seal["signatures"][1] = strict_json.loads_object(world.registry_seal)["signatures"][1]
    return strict_json.dumps(seal)


def forged_type(world: World, data: bytes) -> Documents:
    """A pinned type whose metadata is not JSON."""
    world.sign_registry(types=[published_type("technical_level", 1, data).model_dump()])
    return replace(world.publish(), types={TYPE: data})


UPDATES: dict[str, list[Step]] = {
    "nothing new": [ok(earlier(1))],
    "a newer snapshot": [ok(published())],
    "a newer snapshot that leaves out versions": [ok(published(version=100))],
    "a snapshot that has expired: its age is the verdict's business": [
        ok(published(exp=PUBLISHED + 1, next=PUBLISHED + 1))
    ],
    # How long a snapshot may hold, and how late a list may log
    "a snapshot of 100 days": [ok(published(exp=PUBLISHED + MAX_SNAPSHOT_LIFE))],
    "a snapshot of 100 days and a second": [
        refused("document_malformed", published(exp=PUBLISHED + MAX_SNAPSHOT_LIFE + 1))
    ],
    "a snapshot whose next is due when it expires": [ok(published(next=PUBLISHED + 90 * DAY))],
    "a snapshot whose next is due after it expires": [
        refused("document_malformed", published(next=PUBLISHED + 90 * DAY + 1))
    ],
    "a snapshot that is over when it is signed": [ok(published(next=PUBLISHED, exp=PUBLISHED))],
    "a snapshot whose next was due before it": [
        refused("document_malformed", published(next=PUBLISHED - 1))
    ],
    "a list that logs within 31 days": [ok(delayed(MAX_LOG_DELAY))],
    "a list that logs within 31 days and a second": [
        refused("document_malformed", delayed(MAX_LOG_DELAY + 1))
    ],
    "a list that logs at once": [ok(delayed(0))],
    "a format that is true and not 1": [
        refused("document_malformed", swapped(snapshot=respelled(b'"v":1,', b'"v":true,')))
    ],
    "a list that logs before it signs": [refused("document_malformed", delayed(-1))],
    "more credentials": [ok(changed(issue_more)), ok(changed(issue_more))],
    "a list of another year": [ok(changed(lambda w: w.issue(list_id="2025-1")))],
    "a newer registry": [ok(registry()), ok(registry())],
    "a registry that leaves out versions": [ok(registry(version=7, prev=None))],
    "lists that are not loaded": [
        ok(changed(loaded())),
        ok(changed(loaded("status", "issued"))),
    ],
    # Rollback and equivocation
    "an older snapshot": [ok(published()), refused("snapshot_rollback", earlier(1))],
    "a newer version with an older time": [
        refused("snapshot_rollback", published(iat=PUBLISHED - 1))
    ],
    "two snapshots of one version": [
        refused("equivocation", published(version=1, next=PUBLISHED + 1))
    ],
    "two registries of one version": [
        refused("equivocation", registry(version=1, prev=None, edition="another"))
    ],
    "two roots of one version": [
        refused(
            "equivocation",
            swapped(roots=lambda w: (w.new_root(version=1, iat=1_704_067_201),)),
        )
    ],
    "an old registry under a stolen snapshot key": [
        ok(registry()),
        refused("registry_rollback", old_registry),
    ],
    "a registry that follows another one": [
        refused("registry_chain", registry(prev="A" * 43)),
    ],
    "a registry that follows nothing": [refused("registry_chain", registry(prev=None))],
    # Thresholds
    "a registry signed 1 of 3": [
        refused("registry_signature", registry(signed_by=["prod registry 1"]))
    ],
    "a registry signed by the snapshot's key": [
        refused("registry_signature", registry(signed_by=["prod registry 1", "prod snapshot 1"]))
    ],
    "a registry signed by root keys": [
        refused("registry_signature", registry(signed_by=["prod root 1", "prod root 2"]))
    ],
    "a registry signed twice by one key": [
        refused("document_malformed", registry(signed_by=["prod registry 1", "prod registry 1"]))
    ],
    "a registry with a signature of another document": [
        refused("registry_signature", swapped(registry_signatures=foreign_signature))
    ],
    "a snapshot signed by a registry key": [
        refused("snapshot_signature", published(signed_by=["prod registry 1"]))
    ],
    "a snapshot signed by an institution": [
        refused("snapshot_signature", published(signed_by=["pingjia 2025"]))
    ],
    "a snapshot signed by a stranger": [
        refused("snapshot_signature", published(signed_by=["stranger"]))
    ],
    # Mix and match, and documents in the place of others
    "a registry that the snapshot does not name": [refused("registry_hash", swap_registry)],
    "a registry with the seal of another": [
        refused("registry_hash", lambda w: swap_registry(w, seal=False)),
    ],
    "a seal with the registry of another": [
        refused("registry_hash", lambda w: swap_registry(w, data=False)),
    ],
    "a registry of one byte more": [
        refused("registry_hash", swapped(registry=lambda w: w.registry_data + b"\n"))
    ],
    "a seal as snapshot": [
        refused("document_malformed", swapped(snapshot=lambda w: w.registry_seal))
    ],
    "a snapshot as seal": [
        refused("document_malformed", lambda w: confused(w, "registry_signatures", "snapshot"))
    ],
    "a snapshot as root": [
        refused("document_malformed", swapped(roots=lambda w: (w.history[-1].snapshot,)))
    ],
    "a credential as root": [
        refused("document_malformed", swapped(roots=lambda w: (w.issue().text.encode(),)))
    ],
    "a snapshot under the registry's typ": [
        refused("document_malformed", swapped(snapshot=signed_with_typ(REGISTRY_TYP)))
    ],
    "a snapshot under the root's typ": [
        refused("document_malformed", swapped(snapshot=signed_with_typ(ROOT_TYP)))
    ],
    "a demo snapshot": [refused("environment_mismatch", published(env="demo"))],
    "a demo registry": [refused("environment_mismatch", registry(env="demo"))],
    "no root": [refused("root_gap", swapped(roots=lambda _: ()))],
    # The registry's entries
    "an origin with the last port": [ok(registry(origins=["zs.example.cn:65535"]))],
    "an origin with a port that is none": [
        refused("document_malformed", registry(origins=["zs.example.cn:65536"]))
    ],
    "an address as second origin": [
        refused("document_malformed", registry(origins=["zs.example.cn", "https://zs.example.cn/"]))
    ],
    "an origin in upper case": [refused("document_malformed", registry(origins=["ZS.example.cn"]))],
    "one institution twice": [
        refused(
            "registry_duplicate",
            amended(lambda w: w.institutions.append(w.institution("demo-pingjia") | {"keys": []})),
        )
    ],
    "one key at two institutions": [
        refused(
            "registry_duplicate",
            amended(lambda w: w.institution("demo-xueyuan")["keys"].append(first_key(w))),
        )
    ],
    "a kid that is not its key's": [
        refused(
            "document_malformed",
            amended(key_entry(kid=key("stranger").kid)),
        )
    ],
    "a key that is not canonical base64url": [
        refused(
            "document_malformed",
            amended(key_entry(jwk={"kty": "OKP", "crv": "Ed25519", "x": "B" * 43})),
        )
    ],
    "an institution vanishes": [
        refused("registry_deleted", amended(lambda w: w.institutions.pop()))
    ],
    "a key vanishes": [
        refused("registry_deleted", amended(lambda w: w.institution("demo-pingjia")["keys"].pop()))
    ],
    "an institution and its key are added": [
        ok(amended(lambda w: w.institutions.append(stranger())))
    ],
    "two grants under another institution's name: names are not keys": [
        ok(
            amended(
                lambda w: w.institution("demo-xueyuan").update(
                    names=w.institution("demo-pingjia")["names"]
                )
            )
        )
    ],
    # Issued lists
    "an issued list is rewritten": [
        refused(
            "issued_not_append_only",
            changed(rewrite),
        )
    ],
    "an issued list is rewritten while it is not loaded": [
        ok(changed(loaded())),
        refused(
            "issued_not_append_only",
            changed(rewrite),
        ),
    ],
    "an issued list is rewritten while it grows": [
        refused(
            "issued_not_append_only",
            changed(rewrite, issue_more),
        )
    ],
    "an issued list is shortened": [
        refused(
            "issued_not_append_only",
            changed(shorten),
        )
    ],
    "an issued list is emptied": [
        refused(
            "issued_not_append_only",
            changed(empty),
        )
    ],
    "an issued list vanishes": [
        refused("issued_not_append_only", changed(lambda w: w.lists.pop(OTHER_LIST)))
    ],
    "an epoch's time is changed": [
        refused(
            "issued_not_append_only",
            changed(epochs((3, SIGNED - DAY))),
        )
    ],
    "an epoch's count is changed": [
        refused(
            "issued_not_append_only",
            changed(epochs((2, SIGNED + HOUR), (3, SIGNED + 2 * HOUR))),
        )
    ],
    "two epochs are joined": [
        ok(changed(issue_more)),
        refused(
            "issued_not_append_only",
            changed(epochs((4, PUBLISHED))),
        ),
    ],
    "two new epochs, the second earlier than the first": [
        refused(
            "document_malformed",
            changed(logged_by(PUBLISHED + 2), logged_by(PUBLISHED + 1), iat=PUBLISHED + HOUR),
        )
    ],
    "a new epoch at the time of the last": [
        ok(changed(logged_by(PUBLISHED))),
        ok(changed(logged_by(PUBLISHED))),
    ],
    "a new epoch at the time of the snapshot before": [
        ok(changed(logged_by(PUBLISHED), iat=PUBLISHED + HOUR))
    ],
    "a new epoch a second before the snapshot before": [
        refused(
            "issued_not_append_only",
            changed(logged_by(PUBLISHED - 1), iat=PUBLISHED + HOUR),
        )
    ],
    "two new epochs, the first before the snapshot before": [
        refused(
            "issued_not_append_only",
            changed(logged_by(PUBLISHED - 1), logged_by(PUBLISHED), iat=PUBLISHED + HOUR),
        )
    ],
    "a new epoch before the newest snapshot": [
        ok(published(iat=PUBLISHED + HOUR)),
        refused(
            "issued_not_append_only",
            changed(logged_by(PUBLISHED + HOUR - 1), iat=PUBLISHED + 2 * HOUR),
        ),
    ],
    "a new epoch at the time of its snapshot": [
        ok(changed(logged_by(PUBLISHED + HOUR), iat=PUBLISHED + HOUR))
    ],
    "a new epoch a second after its snapshot": [
        refused(
            "document_malformed",
            changed(logged_by(PUBLISHED + HOUR + 1), iat=PUBLISHED + HOUR),
        )
    ],
    "a new list, logged at the time of the snapshot before": [
        ok(changed(another_list(PUBLISHED), iat=PUBLISHED + HOUR))
    ],
    "a new list, logged a second before the snapshot before": [
        refused(
            "issued_not_append_only",
            changed(another_list(PUBLISHED - 1), iat=PUBLISHED + HOUR),
        )
    ],
    "a new list, logged a second after its snapshot": [
        refused("document_malformed", changed(another_list(PUBLISHED + 1)))
    ],
    "a new snapshot key, and an epoch before the snapshot before": [
        ok(changed(another_snapshot_key, logged_by(PUBLISHED - 1)))
    ],
    "a new root, and an epoch before the snapshot before": [
        refused("issued_not_append_only", changed(World.new_root, logged_by(PUBLISHED - 1)))
    ],
    "an epoch without a slot": [
        refused(
            "document_malformed",
            changed(lambda w: w.lists[LIST].epochs.append([3, PUBLISHED])),
        )
    ],
    "an epoch of fewer slots than none": [
        refused(
            "document_malformed", swapped(snapshot=respelled(b'"epochs":[[', b'"epochs":[[-1,0],['))
        )
    ],
    "epochs that do not reach the count": [
        refused("document_malformed", changed(lambda w: w.lists[LIST].slots.append(bytes(10))))
    ],
    "one list twice": [
        refused("document_malformed", one_list_twice),
    ],
    "an issued list that is not the pinned one": [
        refused("file_hash", swapped(issued=lambda _: {LIST: bytes(30)}))
    ],
    "an issued list that is cut short": [
        refused("file_hash", swapped(issued=lambda w: {LIST: b"".join(w.lists[LIST].slots)[:-1]}))
    ],
    "an issued list that has grown since": [
        ok(swapped(issued=lambda w: {LIST: b"".join(w.lists[LIST].slots) + bytes(25)}))
    ],
    # Status lists
    "a status list that is not the pinned one": [
        refused("file_hash", swapped(status=lambda _: {LIST: stored_zlib(b"\x01")}))
    ],
    "a status list of another length": [
        refused("file_unreadable", forged(LIST, "status", stored_zlib(bytes(2))))
    ],
    "a status list with something behind it": [
        refused("file_unreadable", forged(LIST, "status", stored_zlib(bytes(1)) + b"\0"))
    ],
    "a status list that is cut short": [
        refused("file_unreadable", forged(LIST, "status", stored_zlib(bytes(1))[:-1]))
    ],
    "a status list that is not zlib": [
        refused("file_unreadable", forged(LIST, "status", b"\0" * 12))
    ],
    "revoked stays revoked under a stolen snapshot key": [
        ok(changed(set_status(1, Status.INVALID))),
        ok(changed(set_status(1, Status.VALID))),
        ok(changed(set_status(1, Status.SUSPENDED))),
    ],
    "revoked stays revoked while the list is not loaded": [
        ok(changed(set_status(1, Status.INVALID))),
        ok(changed(loaded())),
        ok(changed(set_status(1, Status.VALID), loaded("status"))),
    ],
    "the unused status counts as revoked, and stays": [
        ok(forged(LIST, "status", stored_zlib(b"\x0c"))),
        ok(forged(LIST, "status", stored_zlib(b"\x00"))),
    ],
    "suspended is lifted": [
        ok(changed(set_status(1, Status.SUSPENDED))),
        ok(changed(set_status(1, Status.VALID))),
    ],
    "the registry reinstates": [
        ok(changed(set_status(1, Status.INVALID))),
        ok(amended(set_status(1, Status.VALID), reinstate(1))),
    ],
    "the registry reinstates another slot": [
        ok(changed(set_status(1, Status.INVALID))),
        ok(amended(set_status(1, Status.VALID), reinstate(2))),
    ],
    # Replacements
    "replacements that are not pairs": [
        refused("document_malformed", forged(LIST, "replaced", b'[["a"]]'))
    ],
    "replacements that are not a list": [
        refused("document_malformed", forged(LIST, "replaced", b"{}"))
    ],
    "replacements with a slot in words": [
        refused("document_malformed", forged(LIST, "replaced", b'[["1","AAAA"]]'))
    ],
    "replacements outside the list": [
        refused("document_malformed", forged(LIST, "replaced", b'[[3,"AAAA"]]'))
    ],
    "replacements in disorder": [
        refused("document_malformed", forged(LIST, "replaced", b'[[1,"AAAA"],[1,"AAAB"]]'))
    ],
    "a replacement that is not base64url": [
        refused("document_malformed", forged(LIST, "replaced", b'[[1,"AAB"]]'))
    ],
    "a replacement longer than a number": [
        refused("document_malformed", forged(LIST, "replaced", b'[[1,"' + b"A" * 1200 + b'"]]'))
    ],
    "replacements that are not the pinned ones": [
        ok(forged(LIST, "replaced", b'[[1,"AAAA"]]')),
        refused("file_hash", swapped(replaced=lambda _: {LIST: b'[[2,"AAAA"]]'})),
    ],
    # Types
    "a type that is not the pinned one": [
        refused("file_hash", swapped(types=lambda _: {TYPE: b"{}"}))
    ],
    "a type that is not JSON": [refused("document_malformed", lambda w: forged_type(w, b"{1}"))],
    "types that are not loaded": [ok(swapped(types=lambda _: {}))],
    # A stolen snapshot key runs ahead; a root that names another key ends it.
    "fast forward blocks": [
        ok(published(version=MAX_SAFE_INTEGER)),
        refused("snapshot_rollback", published(version=2)),
    ],
    "fast forward, and a new snapshot key": [
        ok(published(version=MAX_SAFE_INTEGER)),
        ok(recovered),
        refused(
            "snapshot_signature", published(version=MAX_SAFE_INTEGER, signed_by=["prod snapshot 1"])
        ),
    ],
    "junk in an issued list, and a new snapshot key": [
        ok(with_junk(5)),
        refused("issued_not_append_only", published()),
        ok(recovered),
    ],
    "a list of nobody's, and a new snapshot key": [
        ok(changed(lambda w: w.issue(by="demo-beidao", signer="stranger"))),
        refused("issued_not_append_only", changed(lambda w: w.lists.pop("demo-beidao/2025"))),
        ok(recovered),
    ],
    "all revoked by a thief, and a new snapshot key": [
        ok(forged(LIST, "status", stored_zlib(b"\x14"))),
        ok(changed(lambda w: w.lists[LIST].forged.clear())),
        ok(recovered),
    ],
    "a registry of thieves, and new registry keys": [
        ok(amended(lambda w: w.institutions.append(stranger()))),
        refused(
            "registry_deleted",
            amended(lambda w: w.institutions.pop()),
        ),
        ok(
            changed(
                lambda w: w.new_root(registry=(2, ["prod registry 4", "prod registry 5"])),
                lambda w: w.sign_registry(version=2, prev=None),
            )
        ),
    ],
    # Clocks
    "a snapshot of more than a day from now": [
        refused("clock_behind", published(iat=NOW + CLOCK_SKEW + 1))
    ],
    "a snapshot of a day from now": [ok(published(iat=NOW + CLOCK_SKEW))],
    "a registry of more than a day from now": [
        refused("clock_behind", registry(iat=NOW + CLOCK_SKEW + 1))
    ],
    "the clock was set back": [
        refused("clock_behind", published(), now=PUBLISHED - CLOCK_SKEW - 1),
        ok(published(), now=PUBLISHED - CLOCK_SKEW),
    ],
    "the root has expired since": [
        refused("root_expired", published(), now=seconds("2025-12-31T00:00:00Z")),
    ],
}

LARGE: dict[str, list[Step]] = {
    name: [refused("file_too_large", give)]
    for name, give in {
        "root": swapped(roots=lambda _: (bytes(limits.MAX_ROOT + 1),)),
        "snapshot": swapped(snapshot=lambda _: bytes(limits.MAX_SNAPSHOT + 1)),
        "seal": swapped(registry_signatures=lambda _: bytes(limits.MAX_REGISTRY_SIGNATURES + 1)),
        "status": swapped(status=lambda _: {LIST: bytes(limits.MAX_STATUS_FILE + 1)}),
        "type": swapped(types=lambda _: {TYPE: bytes(limits.MAX_TYPE + 1)}),
    }.items()
}
