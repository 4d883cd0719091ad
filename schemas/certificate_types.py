"""The certificate types, which are data: one folder `types/{name}/` with two documents each.

`metadata.json` is SD-JWT VC type metadata (labels, claim order, which claims are mandatory or
hidden) with our members `no_direction_mark`, `roles`, `annex` and `basis`; `schema.json` is the
JSON Schema (draft 2020-12) of the whole claim set, hidden claims disclosed. In a schema the
annotation `x-finding` names the roster code for a value that its place refuses.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from schemas import codes, origin, strict_json
from schemas.errors import CommandError

MAX_NAME = 50  # characters of a holder's name; 民委发〔2016〕33号 asks for no fewer
MAX_NAME_BYTES = 3 * MAX_NAME  # bytes of UTF-8: fifty 汉字 of the basic plane

_FOLDER = files("schemas").joinpath("types")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateType:
    """One type, as its two documents say."""

    name: str
    version: int
    labels: Mapping[codes.Language, str] = field(hash=False)
    claims: tuple[str, ...]
    """Claim names in the order in which they are signed and shown."""
    claim_labels: Mapping[str, Mapping[codes.Language, str]] = field(repr=False, hash=False)
    """Labels of claims, and of members of object claims under their dotted name."""
    mandatory: frozenset[str]
    hidden: frozenset[str]
    """Claims that are always selectively disclosable: signed as a digest."""
    no_direction_mark: str | None
    """What stands for 'no direction'; None for a type without directions."""
    roles: tuple[str, ...]
    """The grant roles whose holders may issue it (vocabulary/roles.json)."""
    metadata: bytes = field(repr=False)
    """The type metadata in canonical JSON; its `vct` is a path, see `metadata_for`."""
    schema: Mapping[str, Any] = field(repr=False, hash=False)


class Problem(NamedTuple):
    """Why claims do not fit a type: where, a code of section `roster`, and its blanks."""

    path: str
    """Claim name, dotted inside an object (`award_basis.year`)."""
    code: str
    details: dict[str, object]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all types, sorted."""
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if folder.is_dir()))


@cache
def load(name: str) -> CertificateType:
    """Return the type called `name`.

    Raises:
        CommandError: `certificate_type_unknown`.
    """
    if name not in names():
        raise CommandError("certificate_type_unknown", name=name, known=names())
    folder = _FOLDER.joinpath(name)
    schema = json.loads(folder.joinpath("schema.json").read_text(encoding="utf-8"))
    metadata = json.loads(folder.joinpath("metadata.json").read_text(encoding="utf-8"))
    top = [claim for claim in metadata["claims"] if len(claim["path"]) == 1]
    return CertificateType(
        name=name,
        version=int(metadata["vct"].rsplit("/", 1)[1]),
        labels={display["locale"]: display["name"] for display in metadata["display"]},
        claims=tuple(claim["path"][0] for claim in top),
        claim_labels={
            ".".join(claim["path"]): {
                display["locale"]: display["label"] for display in claim["display"]
            }
            for claim in metadata["claims"]
        },
        mandatory=frozenset(claim["path"][0] for claim in top if claim["mandatory"]),
        hidden=frozenset(claim["path"][0] for claim in top if claim["sd"] == "always"),
        no_direction_mark=metadata.get("no_direction_mark"),
        roles=tuple(metadata["roles"]),
        metadata=strict_json.dumps(metadata),
        schema=schema,
    )


@cache
def all_types() -> tuple[CertificateType, ...]:
    """Return every type, sorted by name."""
    return tuple(map(load, names()))


def claim_label(column: str, language: codes.Language, *, type_name: str | None = None) -> str:
    """Return what people call a claim: in the type named, else in the first that has it.

    A name that no type has comes back as it is.
    """
    candidates = all_types() if type_name is None else (load(type_name), *all_types())
    for certificate_type in candidates:
        if column in certificate_type.claim_labels:
            return certificate_type.claim_labels[column][language]
    return column


def metadata_for(certificate_type: CertificateType, deployment: str) -> dict[str, Any]:
    """Return the metadata to publish under the origin `deployment`, with an absolute `vct`."""
    metadata = strict_json.loads_object(certificate_type.metadata)
    vct = origin.type_uri(deployment, certificate_type.name, certificate_type.version)
    return metadata | {"vct": vct}


def validate(
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    *,
    unseen: frozenset[str] = frozenset(),
) -> list[Problem]:
    """Return everything in which `claims` do not fit the type's schema, one for each place.

    `claims` are the type's own, hidden ones included unless they are `unseen`, without the envelope
    (`iss` … `demo`). The details never hold the value of a hidden claim.
    """
    value = dict(claims)
    if _quick(certificate_type.name, unseen)(value):
        return []
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - verifying must not load it

    problems: dict[str, Problem] = {}
    schema = _schema(certificate_type.name, unseen)
    for error in Draft202012Validator(schema).iter_errors(value):
        for problem in _problems(error, certificate_type.hidden):
            problems.setdefault(problem.path, problem)
    return list(problems.values())


@cache
def _schema(name: str, unseen: frozenset[str]) -> Mapping[str, Any]:
    """A type's schema, where nothing asks for what is `unseen`."""
    schema = load(name).schema
    required = [one for one in schema.get("required", ()) if one not in unseen]
    dependent = {
        one: [other for other in others if other not in unseen]
        for one, others in schema.get("dependentRequired", {}).items()
    }
    return {**schema, "required": required, "dependentRequired": dependent}


def _problems(error: Any, hidden: frozenset[str]) -> list[Problem]:
    """Put one jsonschema error in our codes."""
    place = ".".join(map(str, error.absolute_path))
    prefix = f"{place}." if place else ""
    value = error.instance
    match error.validator:
        case "required":
            missing = [name for name in error.validator_value if name not in value]
            return [Problem(prefix + name, "cell_missing", {}) for name in missing]
        case "dependentRequired":
            wanted = (error.validator_value.get(name, ()) for name in value)
            missing = [name for others in wanted for name in others if name not in value]
            return [Problem(prefix + name, "cell_missing", {}) for name in missing]
        case "additionalProperties":
            extra = [name for name in value if name not in error.schema["properties"]]
            return [Problem(prefix + name, "claim_unknown", {"text": name}) for name in extra]
        case "minLength":
            return [Problem(place, "cell_missing", {})]
        case "maxLength":
            sizes: dict[str, object] = {"length": len(value), "limit": error.validator_value}
            return [Problem(place, "value_too_long", sizes)]
    details: dict[str, object] = {"detail": error.validator}
    if place.split(".")[0] not in hidden:
        details["text"] = value
    if error.validator == "enum":
        details["allowed"] = tuple(error.validator_value)
    named = error.schema
    if error.validator == "not" and isinstance(value, str):
        named = error.validator_value
        unusable = dict.fromkeys(re.findall(named["pattern"], value))
        details["characters"] = tuple(f"U+{ord(character):04X}" for character in unusable)
    return [Problem(place, named.get("x-finding", "claim_invalid"), details)]


# A quick yes. jsonschema takes half a millisecond for a certificate, ten times what signing it
# takes. So a schema is compiled to a function that knows the keywords our types use and says no to
# whatever it does not know; only its yes counts, a no means: ask jsonschema.

_Check = Callable[[Any], bool]

_ANNOTATIONS = frozenset({"$schema", "$defs", "title", "description", "x-finding"})
_OBJECT = frozenset({"type", "properties", "required", "dependentRequired", "additionalProperties"})
_TYPES = {"string": str, "integer": int}


@cache
def _quick(name: str, unseen: frozenset[str] = frozenset()) -> _Check:
    schema = _schema(name, unseen)
    return _compile(schema, schema.get("$defs", {}))


def _compile(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> _Check:
    keywords = {name: value for name, value in schema.items() if name not in _ANNOTATIONS}
    if keywords.get("type") == "object":
        return _compile_object(keywords, definitions)
    if "$ref" in keywords:  # its keywords hold as well as those beside it
        target = definitions[keywords.pop("$ref").removeprefix("#/$defs/")]
        tests = [_compile(target, definitions)]
    else:
        tests = []
    tests += map(_compile_keyword, keywords.items())
    return tests[0] if len(tests) == 1 else _all(tests)


def _all(tests: list[_Check]) -> _Check:
    def fits(value: Any) -> bool:
        for test in tests:  # noqa: SIM110 - all() takes twice as long
            if not test(value):
                return False
        return True

    return fits


def _compile_object(keywords: Mapping[str, Any], definitions: Mapping[str, Any]) -> _Check:
    if keywords.get("additionalProperties") is not False or not keywords.keys() <= _OBJECT:
        return lambda _value: False
    members = {
        name: _compile(member, definitions) for name, member in keywords["properties"].items()
    }
    required = frozenset(keywords.get("required", ()))
    dependent = keywords.get("dependentRequired", {})
    needed = [(name, frozenset(others)) for name, others in dependent.items()]

    def fits(value: Any) -> bool:
        if type(value) is not dict or not required <= value.keys():
            return False
        for name, member in value.items():
            if name not in members or not members[name](member):
                return False
        return all(others <= value.keys() for name, others in needed if name in value)

    return fits


def _compile_keyword(keyword: tuple[str, Any]) -> _Check:
    match keyword:
        case "type", ("string" | "integer") as name:
            kind = _TYPES[name]
            return lambda value: type(value) is kind
        case "enum", [*members] if all(type(member) is str for member in members):
            allowed = frozenset(members)
            return lambda value: type(value) is str and value in allowed
        case "pattern", str(pattern):
            found = re.compile(pattern).search
            return lambda value: type(value) is str and found(value) is not None
        case "not", {"pattern": str(pattern), **others} if others.keys() <= _ANNOTATIONS:
            found = re.compile(pattern).search
            return lambda value: type(value) is str and found(value) is None
        case "minLength", int(limit):
            return lambda value: type(value) is str and len(value) >= limit
        case "maxLength", int(limit):
            return lambda value: type(value) is str and len(value) <= limit
        case "minimum", int(limit):
            return lambda value: type(value) is int and value >= limit
        case "maximum", int(limit):
            return lambda value: type(value) is int and value <= limit
    return lambda _value: False
