"""The trust vectors: documents a verifier is given one after the other, and what it believes then."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from keys.trust import Documents, TrustState, update
from schemas.errors import TrustError
from schemas.root import Root
from tests.keys.runs import ROTATIONS, rotated, run
from tests.keys.updates import UPDATES, payload
from tests.world import NOW, Issued, World, moment
from verifier.verdict import check


def files() -> Iterator[tuple[str, dict[str, Any]]]:
    """(file name, content) of each table."""
    shelf = Shelf()
    yield "roots", shelf.file("roots", [_rotation(name, shelf) for name in ROTATIONS])
    for number, part in enumerate(_parts(list(UPDATES), 40), start=1):
        shelf = Shelf()
        yield f"updates-{number}", shelf.file("updates", [_update(name, shelf) for name in part])


def _parts(names: list[str], size: int) -> Iterator[list[str]]:
    yield from (names[at : at + size] for at in range(0, len(names), size))


class Shelf:
    """Documents by the beginning of their hash, each stored once."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, str]] = {}

    def put(self, data: bytes) -> str:
        """Store a document; its name."""
        name = hashlib.sha256(data).hexdigest()[:12]
        try:
            self._documents[name] = {"utf8": data.decode("ascii")}
        except UnicodeDecodeError:
            self._documents[name] = {"hex": data.hex()}
        return name

    def put_all(self, documents: Documents) -> dict[str, Any]:
        """Store what was given; its names."""
        return {
            "roots": [self.put(root) for root in documents.roots],
            "snapshot": self.put(documents.snapshot),
            "registry": self.put(documents.registry),
            "registry_signatures": self.put(documents.registry_signatures),
            **{
                kind: {
                    name: self.put(data) for name, data in sorted(_kind(documents, kind).items())
                }
                for kind in ("types", "status", "issued", "replaced")
            },
        }

    def file(self, group: str, vectors: list[dict[str, Any]]) -> dict[str, Any]:
        """The content of a file."""
        documents = dict(sorted(self._documents.items()))
        return {"layer": "trust", "group": group, "documents": documents, "vectors": vectors}


def _kind(documents: Documents, kind: str) -> Mapping[str, bytes]:
    found: Mapping[str, bytes] = getattr(documents, kind)
    return found


def _rotation(name: str, shelf: Shelf) -> dict[str, Any]:
    world, published = rotated(ROTATIONS[name])
    state: TrustState | None = None
    steps = []
    for documents in published:
        expires = Root.read(payload(documents.roots[-1])).exp
        now = NOW if documents is published[-1] else min(NOW, expires - 1)
        state, step = _step(state, documents, world, now, None, shelf)
        steps.append(step)
    return {"name": name, "pins": world.pins, "credential": None, "steps": steps}


def _update(name: str, shelf: Shelf) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    for step, documents, before, _, world, genuine in run(UPDATES[name]):
        if not steps:
            _, first = _step(None, world.history[0], world, NOW, genuine, shelf)
            steps.append(first)
            pins, credential = world.pins, shelf.put(genuine.text.encode())
        _, given = _step(before, documents, world, step.now, genuine, shelf)
        steps.append(given)
    return {"name": name, "pins": pins, "credential": credential, "steps": steps}


def _step(
    before: TrustState | None,
    documents: Documents,
    world: World,
    now: int,
    genuine: Issued | None,
    shelf: Shelf,
) -> tuple[TrustState | None, dict[str, Any]]:
    """What is given and what comes of it; a refusal leaves the state as it was."""
    code = None
    after = before
    try:
        after = update(before, documents, pins=world.pins, now=now)
    except TrustError as error:
        code = error.code
    return after, {
        "documents": shelf.put_all(documents),
        "now": moment(now).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expect": {"code": code, "state": after and _state(after, genuine)},
    }


def _state(state: TrustState, genuine: Issued | None) -> dict[str, Any]:
    """What of a state a test can look at."""
    believed: dict[str, Any] = {
        "root": state.root.version,
        "registry": state.registry.version,
        "snapshot": state.snapshot.version,
        "statuses": {
            name: "".join(str(int(one.status[idx])) for idx in range(one.status.count))
            for name, one in state.lists.items()
            if one.status is not None
        },
    }
    if genuine is not None:
        verdict = check(genuine.text, trust=state, now=moment(NOW))
        warnings = [warning.code for warning in verdict.warnings]
        believed["verdict"] = {"code": verdict.code, "warnings": warnings}
    return believed
