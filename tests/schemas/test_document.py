"""root, registry and snapshot as documents: read strictly, and able to grow."""

import copy
import json
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from keys import jws
from keys.publication import poster
from schemas import strict_json
from schemas.document import Document
from schemas.errors import TrustError
from schemas.limits import MAX_LIST_ENTRIES, MAX_REGISTRY, MAX_ROOT, MAX_SAFE_INTEGER, MAX_TIME
from schemas.registry import TYP as REGISTRY_TYP
from schemas.registry import Institution, Name, Registry, RegistrySeal
from schemas.root import TYP as ROOT_TYP
from schemas.root import Root
from schemas.snapshot import POSTER_TYP, Poster, Snapshot
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.status_list import Status
from tests.world import World, key

KINDS: dict[str, type[Document]] = {
    "root": Root,
    "registry": Registry,
    "seal": RegistrySeal,
    "snapshot": Snapshot,
    "poster": Poster,
}


@cache
def documents() -> dict[str, bytes]:
    """One of each, as signed, in a world that uses every member."""
    world = World()
    world.new_root(next_root=["prod root 1", "prod root 2"])
    world.reinstated.append({"institution": "demo-pingjia", "list": "2025", "idx": 0})
    world.institution("demo-jidi")["published_in"] = "示例目录"
    world.set_status(world.issue(), Status.INVALID, replaced_by="CS2025000099")
    world.publish()
    world.sign_registry()
    published = world.publish()
    if world.snapshot is None:
        raise AssertionError
    code = poster(world.snapshot, key("prod snapshot 1"))
    return {
        "root": payload(published.roots[-1], ROOT_TYP),
        "registry": published.registry,
        "seal": payload(published.registry_signatures, REGISTRY_TYP),
        "snapshot": payload(published.snapshot, SNAPSHOT_TYP),
        "poster": jws.parse_compact(code, POSTER_TYP).payload,
    }


def payload(document: bytes, typ: str) -> bytes:
    return jws.parse_general(document, typ, max_size=MAX_REGISTRY).payload


def members(kind: str) -> dict[str, Any]:
    """A document as JSON, to be changed."""
    found: dict[str, Any] = copy.deepcopy(json.loads(documents()[kind]))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_is_read_and_written_again(kind: str) -> None:
    data = documents()[kind]
    document = KINDS[kind].read(data)
    assert data == document.write()
    assert document == KINDS[kind].read(document.write())


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_stays_as_it_is(kind: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        KINDS[kind].read(documents()[kind]).version = 9  # type: ignore[attr-defined]


def test_every_member_of_the_wire_is_seen_here() -> None:
    """Else the round trip above would pass over some."""
    registry, snapshot = members("registry"), members("snapshot")
    assert set(Registry.model_fields) == set(registry)
    assert {name for entry in registry["institutions"] for name in entry} == set(
        Institution.model_fields
    )
    assert {"name", "from", "to"} == {
        name for entry in registry["institutions"] for dated in entry["names"] for name in dated
    }
    assert set(Root.model_fields) == set(members("root"))
    assert set(Snapshot.model_fields) == set(snapshot)
    assert "replaced" in snapshot["lists"][0]


def grow(value: Any) -> Any:
    """The same with a member more in every object."""
    if isinstance(value, dict):
        return {name: grow(member) for name, member in value.items()} | {"of_2031": [{"a": None}]}
    return [grow(member) for member in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_members_are_passed_over(kind: str) -> None:
    """A verifier of today reads the documents of tomorrow (as TUF does)."""
    grown = strict_json.dumps(grow(members(kind)))
    assert KINDS[kind].read(documents()[kind]) == KINDS[kind].read(grown)


def test_from_is_from_on_the_wire() -> None:
    """`from` is a word of Python: there it is `from_`, and never in JSON."""
    name = Name.read('{"name":"示例机构","from":"2024-01-01","to":"2024-12-31"}'.encode())
    assert Name(name="示例机构", from_="2024-01-01", to="2024-12-31") == name
    assert '{"name":"示例机构","from":"2024-01-01","to":"2024-12-31"}'.encode() == name.write()
    for kind in ("registry", "snapshot"):
        assert b"from_" not in documents()[kind]


def test_what_is_none_is_left_out() -> None:
    assert '{"name":"示例机构"}'.encode() == Name(name="示例机构").write()


SHA = "A" * 43
KID = "A" * 11
DELETE = object()

# kind of document, path of a member, and what stands there instead (of what: a function)
REFUSED: dict[str, tuple[str, str, Any]] = {
    "a later format": ("registry", "v", 2),
    "the format as a text": ("registry", "v", "1"),
    "no format but null": ("root", "v", None),
    "an unknown environment": ("registry", "env", "test"),
    "the environment in capitals": ("snapshot", "env", "PROD"),
    "no environment": ("root", "env", DELETE),
    "version 0": ("registry", "version", 0),
    "version true": ("snapshot", "version", True),
    "version as a text": ("snapshot", "version", "7"),
    "no version": ("registry", "version", DELETE),
    "a time as a text": ("snapshot", "iat", "1748822400"),
    "a time before 1970": ("snapshot", "iat", -1),
    "a time after 2200": ("snapshot", "exp", MAX_TIME + 1),
    "a time in milliseconds": ("snapshot", "next", 1748822400000),
    "no end": ("snapshot", "exp", DELETE),
    "no role": ("root", "roles.snapshot", DELETE),
    "a role without keys": ("root", "roles.root.keys", []),
    "a role with 17 keys": ("root", "roles.root.keys", lambda keys: keys[:1] * 17),
    "a threshold of 0": ("root", "roles.root.threshold", 0),
    "a threshold of 17": ("root", "roles.root.threshold", 17),
    "a threshold that is a text": ("root", "roles.root.threshold", "3"),
    "a kid of 10 characters": ("root", "roles.root.keys.0.kid", "A" * 10),
    "a kid with a newline": ("root", "roles.root.keys.0.kid", "A" * 11 + "\n"),
    "another kind of key": ("root", "roles.root.keys.0.jwk.kty", "EC"),
    "another curve": ("root", "roles.root.keys.0.jwk.crv", "Ed448"),
    "a key of 31 bytes": ("root", "roles.root.keys.0.jwk.x", "A" * 42),
    "a key with padding": ("root", "roles.root.keys.0.jwk.x", SHA + "="),
    "an announced key that is a number": ("root", "next_root", [1]),
    "no name": ("registry", "institutions.0.names", []),
    "an empty name": ("registry", "institutions.0.names.0.name", ""),
    "a name of 201 characters": ("registry", "institutions.0.names.0.name", "长" * 201),
    "a name that is null": ("registry", "institutions.0.names.0.name", None),
    "a day without hyphens": ("registry", "institutions.0.names.0.from", "20240101"),
    "a day that is a number": ("registry", "institutions.0.names.0.from", 20240101),
    "a day of month 13": ("registry", "institutions.0.names.0.to", "2024-13-01"),
    "a day 32": ("registry", "institutions.0.names.0.to", "2024-12-32"),
    "a day with a time": ("registry", "institutions.0.names.0.to", "2024-12-31T00:00"),
    "a day with a newline": ("registry", "institutions.0.names.0.to", "2024-12-31\n"),
    "a day in full-width digits": ("registry", "institutions.0.names.0.to", "２０２４-12-31"),
    "an id in capitals": ("registry", "institutions.0.id", "BJ-0001"),
    "an id that is a path": ("registry", "institutions.0.id", "../x"),
    "an id with a newline": ("registry", "institutions.0.id", "bj-0001\n"),
    "an institution of an unknown status": ("registry", "institutions.0.status", "closed"),
    "institutions as an object": ("registry", "institutions", {}),
    "a grant of an unknown role": ("registry", "institutions.0.grants.0.role", "issuer"),
    "a grant of an unknown state": ("registry", "institutions.0.grants.0.state", "revoked"),
    "a grant without a beginning": ("registry", "institutions.0.grants.0.from", DELETE),
    "a grant without a basis": ("registry", "institutions.0.grants.0.basis", DELETE),
    "a grant without directions": ("registry", "institutions.0.grants.0.directions", DELETE),
    "directions as a text": ("registry", "institutions.0.grants.0.directions", "大数据处理"),
    "levels as a text": ("registry", "institutions.0.grants.0.levels", "初级"),
    "a level that is a number": ("registry", "institutions.0.grants.0.levels", [1]),
    "a type with a hyphen": ("registry", "institutions.0.grants.0.type", "ce-training"),
    "a key in an unknown state": ("registry", "institutions.0.keys.0.state", "revoked"),
    "a key without an end": ("registry", "institutions.0.keys.0.sign_until", DELETE),
    "a key whose time is a day": ("registry", "institutions.0.keys.0.from", "2025-01-01"),
    "no origin": ("registry", "origins", []),
    "an authority in one language": ("registry", "authority.en", DELETE),
    "a reinstated slot beyond any list": ("registry", "reinstated.0.idx", MAX_LIST_ENTRIES),
    "a list that is no year": ("registry", "reinstated.0.list", "24"),
    "a list that is a number": ("registry", "reinstated.0.list", 2025),
    "a hash of 42 characters": ("snapshot", "registry.sha256", "A" * 42),
    "a hash as hex": ("snapshot", "registry.sha256", "0" * 64),
    "a negative length": ("snapshot", "registry.len", -1),
    "a length that no file has": ("snapshot", "registry.len", MAX_REGISTRY + 1),
    "a list of too many slots": ("snapshot", "lists.0.count", MAX_LIST_ENTRIES + 1),
    "an epoch of one number": ("snapshot", "lists.0.epochs", [[1]]),
    "an epoch of three numbers": ("snapshot", "lists.0.epochs", [[1, 2, 3]]),
    "an epoch of texts": ("snapshot", "lists.0.epochs", [["1", "2"]]),
    "epochs as an object": ("snapshot", "lists.0.epochs", {"a": 2}),
    "epochs as a text": ("snapshot", "lists.0.epochs", "ab"),
    "no delay": ("snapshot", "lists.0.delay", DELETE),
    "no status list": ("snapshot", "lists.0.status", DELETE),
    "a seal without a hash": ("seal", "sha256", DELETE),
    "a poster without a hash": ("poster", "sha256", DELETE),
}  # fmt: skip


def changed(kind: str, path: str, value: Any) -> bytes:
    """A document with another value at `path`."""
    document = members(kind)
    parent: Any = document
    *steps, last = path.split(".")
    for step in steps:
        parent = parent[int(step)] if isinstance(parent, list) else parent[step]
    if value is DELETE:
        del parent[last]
    else:
        parent[last] = value(parent[last]) if callable(value) else value
    return strict_json.dumps(document)


@pytest.mark.parametrize(("kind", "path", "value"), REFUSED.values(), ids=REFUSED)
def test_refused(kind: str, path: str, value: Any) -> None:
    """With the place of the fault, for the authority that made it."""
    data = changed(kind, path, value)
    with pytest.raises(TrustError) as refused:
        KINDS[kind].read(data)
    assert "document_malformed" == refused.value.code
    assert f"{KINDS[kind].__name__}: {path}" in str(refused.value.details["detail"])


NOT_DOCUMENTS = {
    "nothing": b"",
    "an array": b"[]",
    "null": b"null",
    "an empty object": b"{}",
    "not UTF-8": b"\xff",
    "cut short": b'{"v":1',
    "a member twice": b'{"v":1,"v":1}',
    "deep": b'{"v":' * 5000,
    "large": b'"' + b"a" * MAX_ROOT + b'"',
}


@pytest.mark.parametrize("data", NOT_DOCUMENTS.values(), ids=NOT_DOCUMENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_not_a_document(kind: str, data: bytes) -> None:
    with pytest.raises(TrustError) as refused:
        KINDS[kind].read(data)
    assert "document_malformed" == refused.value.code


@pytest.mark.parametrize("kind", KINDS)
def test_another_text_of_the_same_document_is_refused(kind: str) -> None:
    """What is signed is bytes, and there is one way to write them."""
    data = documents()[kind]
    for other in (data + b"\n", b" " + data, json.dumps(json.loads(data)).encode()):
        with pytest.raises(TrustError):
            KINDS[kind].read(other)


@pytest.mark.parametrize("kind", ["root", "registry", "snapshot"])
@pytest.mark.parametrize("other", ["root", "registry", "snapshot"])
def test_no_document_is_taken_for_another(kind: str, other: str) -> None:
    if kind != other:
        with pytest.raises(TrustError):
            KINDS[kind].read(documents()[other])


def test_the_largest_version_is_read() -> None:
    data = changed("snapshot", "version", MAX_SAFE_INTEGER)
    assert MAX_SAFE_INTEGER == Snapshot.read(data).version
    with pytest.raises(TrustError):
        Snapshot.read(changed("snapshot", "version", MAX_SAFE_INTEGER + 1))
