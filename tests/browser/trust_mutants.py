"""Mutants of what an authority publishes: odd values anywhere, signed and pinned as if all were well.

The same in every run. A verifier is given the mutant alone, or after the genuine documents before it.
"""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from keys.jws import sign_general
from keys.trust import Documents, sha256
from schemas import base64url, strict_json
from schemas.registry import TYP as REGISTRY_TYP
from schemas.root import TYP as ROOT_TYP
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.status_list import Status
from tests.browser.mutants import VECTORS, Given, altered
from tests.world import DAY, HOUR, NOW, ORIGIN, PUBLISHED, World, key, seconds

COUNT = 1_600

_TYPS = {"root": ROOT_TYP, "registry": REGISTRY_TYP, "snapshot": SNAPSHOT_TYP}
_FILES = ("types", "status", "issued", "replaced")
_ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, 15, 16, 17, 2**24, 2**24 + 1, 2**53 - 1, 2**53, 10**30, 1.5,
    7_258_118_400, 7_258_118_401, NOW, PUBLISHED, NOW + DAY + 1, NOW + 101 * DAY, 31 * 86_400 + 1,
    "", "x", "*", "长" * 200, "长" * 201, "\U00020000" * 200, "\U00020000" * 201, [], {}, ["x"], ["*"],
    [[]], {"x": 1}, [[1, 2]], [[2, PUBLISHED]], [[1, PUBLISHED, 0]], "prod", "demo", "active",
    "suspended", "ended", "withdrawn", "retired", "planned", "compromised", "evaluation", "A" * 43,
    "A" * 42 + "B", "A" * 11, "A" * 10 + "B", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "2025-02-30", "2025-13-01", "2025-02-29", "2025-05-01", "2025-05-01\n", "0000-01-01", "２０２５-05-01",
    ORIGIN, "ZS.example.cn", "localhost:8000", "a" * 64, "zs.example.cn:99999", "demo-pingjia", "d",
    "technical_level", "Technical", "2025", "2025-1", "20256", "OKP", "Ed25519", "EdDSA", "\x7f", "\u2028",
)  # fmt: skip
_NAMES = (
    "v",
    "env",
    "x",
    "from",
    "from_",
    "to",
    "state",
    "constructor",
    "__proto__",
    "1",
    "",
    "kid",
)


def updates() -> list[list[Given]]:
    """What verifiers are given, one after the other: every vector, then every mutant."""
    draw = random.Random(20_250_602)
    world = World(only=["demo-pingjia"], single=True)
    first = [world.issue(), world.issue()]
    world.set_status(first[0], Status.INVALID, replaced_by="PJ1")
    before = world.publish()
    world.issue(iat=PUBLISHED + HOUR, log=PUBLISHED + 2 * HOUR)
    world.set_status(first[1], Status.SUSPENDED)
    world.sign_registry(iat=PUBLISHED)
    later = PUBLISHED + 4 * HOUR
    after = world.publish(iat=later, next=later + 7 * DAY, exp=later + 90 * DAY)
    genuine = Given(before, world.pins, NOW)
    alone = [[each] for each in _mutants(draw, genuine, COUNT // 2)]
    then = [
        [genuine, each] for each in _mutants(draw, genuine._replace(documents=after), COUNT // 2)
    ]
    mutants = [*alone, *then]
    draw.shuffle(mutants)
    return [*_vectors(), [genuine, genuine._replace(documents=after)], *mutants]


def _vectors() -> Iterator[list[Given]]:
    """The updates of the vectors."""
    for path in sorted((VECTORS / "updates").glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        shelf = {
            name: one["utf8"].encode() if "utf8" in one else bytes.fromhex(one["hex"])
            for name, one in content["documents"].items()
        }
        for vector in content["vectors"]:
            yield [
                Given(_taken(step["documents"], shelf), vector["pins"], seconds(step["now"]))
                for step in vector["steps"]
            ]


def _taken(named: dict[str, Any], shelf: dict[str, bytes]) -> Documents:
    """The documents of these names."""
    files = {kind: {name: shelf[one] for name, one in named[kind].items()} for kind in _FILES}
    return Documents(
        roots=tuple(shelf[one] for one in named["roots"]),
        snapshot=shelf[named["snapshot"]],
        registry=shelf[named["registry"]],
        registry_signatures=shelf[named["registry_signatures"]],
        **files,
    )


def _mutants(draw: random.Random, given: Given, count: int) -> Iterator[Given]:
    for number in range(count):
        each = _mutant(draw, given)
        if number % 20 == 0:
            each = each._replace(now=draw.choice((0, PUBLISHED - 2 * DAY, NOW + 800 * DAY)))
        if number % 50 == 0:
            each = each._replace(pins=draw.choice(([], ["0" * 64], [given.pins[0].upper()])))
        yield each


def _mutant(draw: random.Random, given: Given) -> Given:
    documents = given.documents
    match draw.randrange(10):
        case 0 | 1:
            return _with_root(draw, given)
        case 2 | 3 | 4:
            registry = strict_json.loads_object(documents.registry)
            _change(draw, registry)
            return given._replace(documents=_with_registry(documents, registry))
        case 5 | 6:
            snapshot = _payload(documents.snapshot)
            _change(draw, snapshot)
            return given._replace(documents=_with_snapshot(documents, snapshot))
        case 7:
            seal = _payload(documents.registry_signatures)
            _change(draw, seal)
            signed = _signed(strict_json.dumps(seal), "registry")
            return given._replace(documents=replace(documents, registry_signatures=signed))
        case 8:
            return given._replace(documents=_with_file(draw, documents))
        case _:
            return given._replace(documents=_with_bytes(draw, documents))


def _payload(document: bytes) -> dict[str, Any]:
    """What was signed."""
    return strict_json.loads_object(base64url.decode(strict_json.loads_object(document)["payload"]))


def _signed(payload: bytes, role: str) -> bytes:
    return sign_general(payload, _TYPS[role], [key(f"prod {role} 1")])


def _with_root(draw: random.Random, given: Given) -> Given:
    root = _payload(given.documents.roots[0])
    _change(draw, root)
    payload = strict_json.dumps(root)
    documents = replace(given.documents, roots=(_signed(payload, "root"),))
    return given._replace(documents=documents, pins=[hashlib.sha256(payload).hexdigest()])


def _with_registry(documents: Documents, registry: dict[str, Any]) -> Documents:
    """Another registry, sealed, under a snapshot that names it."""
    data = strict_json.dumps(registry)
    seal = _payload(documents.registry_signatures) | {"sha256": sha256(data), "len": len(data)}
    seal |= {name: registry[name] for name in seal if name in registry}
    snapshot = _payload(documents.snapshot)
    snapshot["registry"] |= {"sha256": sha256(data), "len": len(data)}
    if "version" in registry:
        snapshot["registry"]["version"] = registry["version"]
    changed = replace(
        documents, registry=data, registry_signatures=_signed(strict_json.dumps(seal), "registry")
    )
    return _with_snapshot(changed, snapshot)


def _with_snapshot(documents: Documents, snapshot: dict[str, Any]) -> Documents:
    return replace(documents, snapshot=_signed(strict_json.dumps(snapshot), "snapshot"))


def _replaced(documents: Documents, name: str, value: Any) -> Documents:
    changed: dict[str, Any] = {name: value}
    return replace(documents, **changed)


def _with_file(draw: random.Random, documents: Documents) -> Documents:
    """Other bytes of a file, which the snapshot or the registry pins two times in three."""
    kind = draw.choice(_FILES)
    files = dict(getattr(documents, kind))
    name = draw.choice([*files])
    if draw.randrange(8) == 0:
        del files[name]
        return _replaced(documents, kind, files)
    data = files[name] = _other_file(draw, kind, files[name])
    documents = _replaced(documents, kind, files)
    if draw.randrange(3) == 0:
        return documents
    pin = {"sha256": sha256(data), "len": len(data)}
    if kind == "types":
        registry = strict_json.loads_object(documents.registry)
        for one in registry["types"]:
            if f"{one['type']}/{one['version']}" == name:
                one.update(pin)
        return _with_registry(documents, registry)
    snapshot = _payload(documents.snapshot)
    for one in snapshot["lists"]:
        if f"{one['institution']}/{one['list']}" == name:
            one[kind] = sha256(data) if kind == "issued" else pin
    return _with_snapshot(documents, snapshot)


def _other_file(draw: random.Random, kind: str, data: bytes) -> bytes:
    if kind in ("types", "replaced") and draw.randrange(2):
        content = strict_json.loads(data)
        if isinstance(content, list):
            content = {"list": content}
            _change(draw, content)
            return strict_json.dumps(content.get("list"))
        _change(draw, content)
        return strict_json.dumps(content)
    return altered(draw, data)


def _with_bytes(draw: random.Random, documents: Documents) -> Documents:
    """Other bytes of a document, or another JSON around its signatures."""
    name = draw.choice(("roots", "snapshot", "registry", "registry_signatures"))
    data = documents.roots[0] if name == "roots" else getattr(documents, name)
    if draw.randrange(2) and name != "registry":
        general = strict_json.loads_object(data)
        match draw.randrange(4):
            case 0:
                _change(draw, general)
            case 1:
                general["signatures"] *= draw.choice((2, 16, 17))
            case 2:
                entry = general["signatures"][0]
                header = altered(draw, base64url.decode(entry["protected"]))
                general["signatures"].insert(0, entry | {"protected": base64url.encode(header)})
            case _:
                entry = general["signatures"][0]
                signature = altered(draw, base64url.decode(entry["signature"]))
                general["signatures"].append(entry | {"signature": base64url.encode(signature)})
        data = strict_json.dumps(general)
    else:
        data = altered(draw, data)
    return _replaced(documents, name, (data,) if name == "roots" else data)


def _change(draw: random.Random, content: dict[str, Any]) -> None:
    """One to two members or entries, at any depth: another value, none, or one more."""
    for _ in range(draw.choice((1, 1, 1, 2))):
        holders = [*_holders(content)]
        if not holders:
            return
        holder = draw.choice(holders) if draw.randrange(4) else holders[0]
        place: Any = draw.choice([*holder] if isinstance(holder, dict) else range(len(holder)))
        match draw.randrange(6):
            case 0 | 1:
                holder[place] = draw.choice(_ODD)
            case 2:
                del holder[place]
            case 3 if isinstance(holder, dict):
                holder[draw.choice(_NAMES)] = draw.choice(_ODD)
            case 3:
                holder.append(json.loads(json.dumps(holder[place])))
            case 4 if type(holder[place]) is int:
                holder[place] += draw.choice((-1, 1, DAY, -DAY))
            case _:
                if isinstance(holder[place], str):
                    holder[place] = altered(draw, holder[place].encode()).decode("utf-8", "replace")


def _holders(value: Any) -> Iterator[Any]:
    """Every object and array that is not empty."""
    if isinstance(value, dict | list) and value:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)
