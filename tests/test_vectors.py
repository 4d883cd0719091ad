"""The stored vectors hold: Python gives their answers, they have their form, the generator agrees."""

import json
import subprocess
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from keys.ed25519 import KeyRefusedError, vet_public_key
from keys.jwk import Jwk
from keys.jws import verify
from keys.published import read_tree
from keys.trust import Documents, TrustState, update
from schemas import base64url, codes, issued_list, qr, strict_json
from schemas import origin as address
from schemas.errors import (
    BadSignatureError,
    MalformedError,
    PackError,
    TrustError,
    VerificationError,
)
from schemas.issued_list import IssuedList
from schemas.sd_jwt import SdJwt
from schemas.status_list import StatusList
from tests.vectors import generate
from tests.vectors.verification import expected
from tests.verifier.verdicts import CODES_OF_TEXTS
from verifier.verdict import check

FOLDER = Path(__file__).parent / "vectors"
FILES = sorted(FOLDER.glob("*/*.json"))
MAX_FILE = 400_000  # bytes: a difference stays readable
MAX_ALL = 2_000_000


class Vector(NamedTuple):
    """One vector of one file."""

    file: Path
    value: dict[str, Any]


@cache
def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def of_layer(*layers: str) -> list[Vector]:
    return [
        Vector(path, value)
        for path in FILES
        if read(path)["layer"] in layers
        for value in read(path)["vectors"]
    ]


def name_of(vector: Vector) -> str:
    return f"{vector.file.parent.name}/{vector.file.stem}/{vector.value['name']}"


def seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())


@cache
def trust_set(name: str | None) -> TrustState | None:
    """What a verifier believes that has read the folder of this name."""
    if name is None:
        return None
    folder = FOLDER / "trust" / name
    about = read(folder / "set.json")
    return update(None, read_tree(folder / "t"), pins=about["pins"], now=seconds(about["loaded"]))


# The files.


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_form(path: Path) -> None:
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    content = read(path)
    form = schema["$defs"][f"{content['layer']}_file"]
    validator = Draft202012Validator({"$defs": schema["$defs"], **form})
    assert [] == [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]
    names = [vector["name"] for vector in content["vectors"]]
    assert len(names) == len(set(names))


def test_the_schema_is_one() -> None:
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert {one["$ref"] for one in schema["oneOf"]} == {
        f"#/$defs/{read(path)['layer']}_file" for path in FILES
    }


def test_generator_and_files_agree() -> None:
    """As people run it: exit code 0 and not a word."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.vectors.generate", "--check"],
        cwd=FOLDER.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_the_generator_says_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = generate.stored()
    lost = stored.pop("verify/header.json")
    stored["verify/old.json"] = lost
    stored["verify/demo.json"] = lost
    monkeypatch.setattr(generate, "stored", lambda: stored)
    assert ["verify/demo.json", "verify/header.json", "verify/old.json"] == generate.differences()


def test_another_zlib_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored is kept as long as it unpacks to what it should; nothing is packed anew."""

    def refuse(*_: object) -> str:
        raise PackError("not in this test")

    monkeypatch.setattr(qr, "pack", refuse)
    assert [] == generate.differences()


def test_there_are_enough_and_not_too_many_bytes() -> None:
    sizes = {path: path.stat().st_size for path in FOLDER.rglob("*.*") if path.suffix != ".py"}
    sizes = {path: size for path, size in sizes.items() if "__pycache__" not in path.parts}
    assert max(sizes.values()) < MAX_FILE
    assert sum(sizes.values()) < MAX_ALL
    assert len(of_layer("verify")) >= 150


def test_every_code_and_warning_appears() -> None:
    expectations = [vector.value["expect"] for vector in of_layer("verify")]
    assert CODES_OF_TEXTS == {one["code"] for one in expectations}
    assert set(codes.table()["warnings"]) == {
        code for one in expectations for code in one["warnings"]
    }


# A verdict and the layers below it.


@pytest.mark.parametrize("vector", of_layer("verify"), ids=name_of)
def test_verdict(vector: Vector) -> None:
    value = vector.value
    now = datetime.fromisoformat(value["at"])
    verdict = check(value["text"], trust=trust_set(value["trust"]), now=now)
    assert value["expect"] == expected(verdict)
    assert codes.outcome(verdict.code) == verdict.outcome


@pytest.mark.parametrize("vector", of_layer("verify"), ids=name_of)
def test_layers(vector: Vector) -> None:
    """Digits are the packed bytes, and unpack to the SD-JWT, whose payload has the claims."""
    value = vector.value
    sd_jwt = value["sd_jwt"]
    if value["digits"] is not None:
        host, _, behind = value["text"].removeprefix("https://").rpartition("/#")
        scanned = value["digits"] in (behind, value["text"])
        sd_jwt = sd_jwt if scanned else value["text"]
        assert value["digits"] == qr.to_digits(bytes.fromhex(value["packed"]))
        assert sd_jwt == unpacked(value["digits"], host if scanned and host else origin_of(value))
    if value["claims"] is not None:
        assert value["claims"] == SdJwt.parse(sd_jwt or value["text"]).claims()


def unpacked(digits: str, origin: str) -> str | None:
    """The SD-JWT, or None where the digits are not a packed credential."""
    try:
        return qr.unpack(digits, origin)
    except VerificationError:
        return None


def origin_of(value: dict[str, Any]) -> str:
    """The credential's own origin; where nothing came out, any."""
    return address.split_issuer(value["claims"]["iss"])[0] if value["claims"] else "localhost"


@pytest.mark.parametrize("vector", of_layer("base64url"), ids=name_of)
def test_base64url(vector: Vector) -> None:
    value = vector.value
    if value["hex"] is None:
        with pytest.raises(MalformedError):
            base64url.decode(value["text"])
        return
    assert value["hex"] == base64url.decode(value["text"]).hex()
    assert value["text"] == base64url.encode(bytes.fromhex(value["hex"]))


@pytest.mark.parametrize("vector", of_layer("strict_json"), ids=name_of)
def test_strict_json(vector: Vector) -> None:
    value = vector.value
    data = value["utf8"].encode() if "utf8" in value else bytes.fromhex(value["hex"])
    if value["accept"]:
        assert data == strict_json.dumps(strict_json.loads(data))
        return
    with pytest.raises(MalformedError):
        strict_json.loads(data)


def entries(status: StatusList) -> str:
    return "".join(str(int(status[idx])) for idx in range(status.count))


def status_list(text: str) -> StatusList:
    data = bytearray(-(-len(text) // 4))
    for idx, entry in enumerate(text):
        data[idx // 4] |= int(entry) << 2 * (idx % 4)
    return StatusList(len(text), bytes(data))


@pytest.mark.parametrize("vector", of_layer("status_list"), ids=name_of)
def test_status_list(vector: Vector) -> None:
    value = vector.value
    data = bytes.fromhex(value["zlib"])
    if value["entries"] is None:
        with pytest.raises(TrustError):
            StatusList.from_compressed(value["count"], data)
        return
    assert value["entries"] == entries(StatusList.from_compressed(value["count"], data))


@pytest.mark.parametrize("vector", of_layer("status_list_merged"), ids=name_of)
def test_revoked_stays_revoked(vector: Vector) -> None:
    value = vector.value
    merged = status_list(value["later"]).merged_with_revoked(status_list(value["earlier"]))
    assert value["merged"] == entries(merged)


@pytest.mark.parametrize("vector", of_layer("issued_list"), ids=name_of)
def test_issued_list(vector: Vector) -> None:
    value = vector.value
    assert value["slot"] == issued_list.slot(value["signing_input"].encode()).hex()
    epochs = tuple((count, time) for count, time in value["epochs"])
    listed = IssuedList(data=bytes(10 * epochs[-1][0]), epochs=epochs)
    assert value["logged_at"] == listed.logged_at(value["idx"])


@pytest.mark.parametrize("vector", of_layer("sealed_number"), ids=name_of)
def test_sealed_number(vector: Vector) -> None:
    value = vector.value
    signing_input = value["signing_input"].encode()
    assert value["number"] == issued_list.open_number(value["sealed"], signing_input)


@pytest.mark.parametrize("vector", of_layer("ed25519_key"), ids=name_of)
def test_key(vector: Vector) -> None:
    value = vector.value
    raw = base64url.decode(value["x"])
    if not value["accept"]:
        with pytest.raises(KeyRefusedError):
            vet_public_key(raw)
        return
    vet_public_key(raw)
    assert (value["kid"], value["thumbprint"]) == (Jwk(x=raw).kid, Jwk(x=raw).thumbprint().hex())


@pytest.mark.parametrize("vector", of_layer("ed25519_signature"), ids=name_of)
def test_signature(vector: Vector) -> None:
    value = vector.value
    parts = [bytes.fromhex(value[name]) for name in ("message", "signature", "public_key")]
    if value["accept"]:
        verify(parts[0], parts[1], Jwk(x=parts[2]))
        return
    with pytest.raises(BadSignatureError):
        verify(parts[0], parts[1], Jwk(x=parts[2]))


# What a verifier believes, step by step.


def given(step: dict[str, Any], documents: dict[str, dict[str, str]]) -> Documents:
    """The documents of a step."""

    def data(name: str) -> bytes:
        stored = documents[name]
        return stored["utf8"].encode() if "utf8" in stored else bytes.fromhex(stored["hex"])

    named = step["documents"]
    return Documents(
        roots=tuple(map(data, named["roots"])),
        snapshot=data(named["snapshot"]),
        registry=data(named["registry"]),
        registry_signatures=data(named["registry_signatures"]),
        types={name: data(one) for name, one in named["types"].items()},
        status={name: data(one) for name, one in named["status"].items()},
        issued={name: data(one) for name, one in named["issued"].items()},
        replaced={name: data(one) for name, one in named["replaced"].items()},
    )


@pytest.mark.parametrize("vector", of_layer("trust"), ids=name_of)
def test_trust(vector: Vector) -> None:
    """A refusal leaves what was believed as it was."""
    documents = read(vector.file)["documents"]
    credential = documents.get(vector.value["credential"], {}).get("utf8")
    state: TrustState | None = None
    for step in vector.value["steps"]:
        code, now = None, seconds(step["now"])
        try:
            state = update(state, given(step, documents), pins=vector.value["pins"], now=now)
        except TrustError as error:
            code = error.code
        assert step["expect"]["code"] == code
        assert step["expect"]["state"] == (state and believed(state, credential))


NOW = datetime.fromisoformat("2025-06-02T08:00:00Z")


def believed(state: TrustState, credential: str | None) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "root": state.root.version,
        "registry": state.registry.version,
        "snapshot": state.snapshot.version,
        "statuses": {
            name: entries(one.status) for name, one in state.lists.items() if one.status is not None
        },
    }
    if credential is not None:
        verdict = check(credential, trust=state, now=NOW)
        warnings = [warning.code for warning in verdict.warnings]
        seen["verdict"] = {"code": verdict.code, "warnings": warnings}
    return seen
