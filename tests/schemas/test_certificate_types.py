"""The five types as data: their two documents agree, and a set of claims is held against them."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas import certificate_types, codes, strict_json, vocabulary
from schemas.errors import CommandError
from schemas.limits import MAX_TYPE

TYPES = certificate_types.all_types()
IDS = [certificate_type.name for certificate_type in TYPES]
every_type = pytest.mark.parametrize("certificate_type", TYPES, ids=IDS)

PERSON = {
    "certificate_number": "示培〔2024〕0001",
    "holder_name": "张测试",
    "id_type": "居民身份证",
    "id_number": "119999199001010012",
    "id_number_tail": "0012",
    "issue_date": "2024-06-18",
}
ENGINEER = {"occupation": "智能制造工程技术人员", "direction": "—", "level": "初级"}
CLASS = {"start_date": "2024-06-03", "end_date": "2024-06-14", "hours": "80"}
VALID: dict[str, dict[str, Any]] = {
    "ce_training": PERSON | {"class_name": "数据要素高级研修班"} | CLASS | {"hours": "7.5"},
    "training_completion": PERSON | ENGINEER | CLASS | {"class_kind": "订单班", "mode": "线上"},
    "technical_level": PERSON
    | ENGINEER
    | {"training_ref": {"issuer": "demo-kaifang", "certificate_number": "示培〔2024〕0001"}},
    "skill_level": PERSON
    | {"certificate_number": "S000011000001243000001"}
    | {"occupation": "电工", "direction": "--", "level": "三级/高级工"}
    | {
        "award_basis": {
            "kind": "竞赛获奖",
            "competition": "示例竞赛",
            "rank": "一等奖",
            "year": 2024,
        }
    },
    "competition_award": PERSON | {"competition_name": "示例竞赛", "rank": "第 1 名", "year": 2024},
}


def problems(name: str, claims: Mapping[str, object]) -> list[tuple[str, str]]:
    found = certificate_types.validate(certificate_types.load(name), claims)
    return [(problem.path, problem.code) for problem in found]


def without(claims: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in names}


def test_the_five_types_of_the_notices() -> None:
    expected = [
        "ce_training",
        "competition_award",
        "skill_level",
        "technical_level",
        "training_completion",
    ]
    assert expected == list(certificate_types.names())


@every_type
def test_the_schema_is_a_schema(certificate_type: certificate_types.CertificateType) -> None:
    Draft202012Validator.check_schema(certificate_type.schema)


@every_type
def test_the_two_documents_agree(certificate_type: certificate_types.CertificateType) -> None:
    """Same claims in the same order, the same ones mandatory; members of objects too."""
    schema = certificate_type.schema
    assert certificate_type.claims == tuple(schema["properties"])
    assert certificate_type.mandatory == set(schema["required"])
    nested = {
        f"{name}.{member}"
        for name, claim in schema["properties"].items()
        for member in claim.get("properties", {})
    }
    assert {*certificate_type.claims, *nested} == set(certificate_type.claim_labels)


@every_type
def test_the_common_claims_come_first_and_last(
    certificate_type: certificate_types.CertificateType,
) -> None:
    assert tuple(PERSON) == certificate_type.claims[: len(PERSON)]
    assert ("replaces", "photo_digest", "e_license_id") == certificate_type.claims[-3:]
    assert {"id_number"} == certificate_type.hidden


@every_type
def test_everything_has_a_label_in_both_languages(
    certificate_type: certificate_types.CertificateType,
) -> None:
    for labels in (certificate_type.labels, *certificate_type.claim_labels.values()):
        assert set(codes.LANGUAGES) == set(labels)
        assert all(labels.values())


@every_type
def test_the_schema_repeats_the_vocabulary(
    certificate_type: certificate_types.CertificateType,
) -> None:
    """A schema stands alone, so its choices are written twice; they stay the same."""
    properties = certificate_type.schema["properties"]
    nested = {
        f"{name}.{member}": value
        for name, claim in properties.items()
        for member, value in claim.get("properties", {}).items()
    }
    for name, claim in {**properties, **nested}.items():
        choices = [choice.value for choice in vocabulary.choices(name)]
        if choices:
            assert choices == claim["enum"], name
    levels = [level.name for level in vocabulary.levels(certificate_type.name)]
    assert levels == properties.get("level", {"enum": []})["enum"]
    id_types = [id_type.name for id_type in vocabulary.id_types()]
    assert id_types == certificate_type.schema["$defs"]["id_type"]["enum"]


@every_type
def test_roles_and_codes_exist(certificate_type: certificate_types.CertificateType) -> None:
    assert set(certificate_type.roles) <= set(vocabulary.roles())
    findings = re.findall(r'"x-finding": "(\w+)"', json.dumps(certificate_type.schema))
    assert set(findings) <= set(codes.table()["roster"])


@every_type
def test_the_name_limit_is_that_of_the_schema(
    certificate_type: certificate_types.CertificateType,
) -> None:
    assert certificate_types.MAX_NAME == certificate_type.schema["$defs"]["name"]["maxLength"]


@every_type
def test_metadata_is_published_with_an_absolute_vct(
    certificate_type: certificate_types.CertificateType,
) -> None:
    metadata = certificate_types.metadata_for(certificate_type, "zs.example.cn:8443")
    assert f"https://zs.example.cn:8443/vct/{certificate_type.name}/1" == metadata["vct"]
    assert ["vct", "name", "description", "display", "claims"] == list(metadata)[:5]
    data = strict_json.dumps(metadata)
    assert metadata == strict_json.loads_object(data)
    assert len(data) <= MAX_TYPE
    for claim in metadata["claims"]:
        assert ["path", "display", "mandatory", "sd"] == list(claim)
        assert claim["sd"] in ("always", "never")


def test_no_direction_marks() -> None:
    marks = {each.name: each.no_direction_mark for each in TYPES}
    expected = {
        "ce_training": None,
        "competition_award": None,
        "skill_level": "--",
        "technical_level": "—",
        "training_completion": "—",
    }
    assert expected == marks


def test_an_unknown_type_is_named() -> None:
    with pytest.raises(CommandError) as caught:
        certificate_types.load("diploma")
    assert caught.value.code == "certificate_type_unknown"
    assert "diploma" in caught.value.message("zh-CN")


@pytest.mark.parametrize("name", VALID)
def test_valid_claims(name: str) -> None:
    """The quick check knows every keyword of our schemas: it says yes by itself."""
    assert [] == problems(name, VALID[name])
    assert certificate_types._quick(name)(VALID[name])


@pytest.mark.parametrize("name", VALID)
def test_each_mandatory_claim_is_missed(name: str) -> None:
    for claim in certificate_types.load(name).mandatory:
        missed = problems(name, without(VALID[name], claim))
        assert (claim, "cell_missing") in missed, claim


TECHNICAL: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "a level of another type": ({"level": "三级/高级工"}, [("level", "level_unknown")]),
    "a claim of another type": ({"rank": "一等奖"}, [("rank", "claim_unknown")]),
    "an ID type nobody knows": ({"id_type": "驾驶证"}, [("id_type", "id_type_unknown")]),
    "an ID number with a space": (
        {"id_number": "119999 199001010012"},
        [("id_number", "id_number_format")],
    ),
    "an ID number and a line break": (
        {"id_number": "TEST12345\n"},
        [("id_number", "id_number_format")],
    ),
    "full-width digits": ({"id_number_tail": "００１２"}, [("id_number_tail", "claim_invalid")]),
    "month 13": ({"issue_date": "2024-13-01"}, [("issue_date", "date_unreadable")]),
    "a date and a line break": ({"issue_date": "2024-06-18\n"}, [("issue_date", "date_unreadable")]),
    "an empty text": ({"occupation": ""}, [("occupation", "cell_missing")]),
    "a number that is no text": ({"certificate_number": 17}, [("certificate_number", "claim_invalid")]),
    "a space in the number": ({"certificate_number": "A 1"}, [("certificate_number", "number_characters")]),
    "41 characters": ({"certificate_number": "1" * 41}, [("certificate_number", "value_too_long")]),
    "40 characters": ({"certificate_number": "1" * 40}, []),
    "a direction mark": ({"exam_site": "示例\u200f"}, [("exam_site", "text_characters")]),
    "half a reference": ({"training_ref": {"issuer": "x"}}, [("training_ref.certificate_number", "cell_missing")]),
    "a photograph": ({"photo_digest": "A" * 43}, []),
    "half a photograph": ({"photo_digest": "A" * 42}, [("photo_digest", "claim_invalid")]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), TECHNICAL.values(), ids=TECHNICAL)
def test_what_does_not_fit(change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert expected == problems("technical_level", VALID["technical_level"] | change)


@pytest.mark.parametrize(
    ("hours", "fits"),
    [("40", True), ("7.5", True), ("0.5", True), ("9999.5", True), ("0", False), ("07", False),
     ("7.50", False), ("40.0", False), ("40\n", False), ("-1", False), ("４０", False)],
)  # fmt: skip
def test_hours_have_one_spelling(hours: str, fits: bool) -> None:
    expected = [] if fits else [("hours", "hours_unreadable")]
    assert expected == problems("ce_training", VALID["ce_training"] | {"hours": hours})


def test_an_id_number_needs_its_type_and_tail() -> None:
    """Annex 4 prints no ID number: the three may be absent together, never alone."""
    claims = VALID["training_completion"]
    assert [] == problems(
        "training_completion", without(claims, "id_type", "id_number", "id_number_tail")
    )
    missed = problems("training_completion", without(claims, "id_type", "id_number_tail"))
    assert [("id_type", "cell_missing"), ("id_number_tail", "cell_missing")] == missed


def test_a_hidden_value_is_never_in_the_details() -> None:
    number = "1199991990010100１２"
    found = certificate_types.validate(
        certificate_types.load("technical_level"), VALID["technical_level"] | {"id_number": number}
    )
    assert ["id_number"] == [problem.path for problem in found]
    assert number not in repr(found)


values = st.one_of(
    st.sampled_from(["—", "初级", "居民身份证", "2024-06-18", "0012", "A\n", "", "\u200b", "7.5"]),
    st.text("A1０ —·\n\u200b\ue000𫖯级", max_size=61),
    st.integers(),
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.dictionaries(
        st.sampled_from(["issuer", "certificate_number", "kind", "year"]), st.text("A—\n")
    ),
)


@given(st.data())
def test_the_quick_yes_is_never_wrong(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(IDS))
    certificate_type = certificate_types.load(name)
    claims = dict(VALID[name])
    for claim in data.draw(st.lists(st.sampled_from(certificate_type.claims), max_size=3)):
        claims[claim] = data.draw(values)
    for claim in data.draw(st.lists(st.sampled_from(certificate_type.claims), max_size=1)):
        claims.pop(claim, None)
    right = Draft202012Validator(certificate_type.schema).is_valid(claims)
    assert right or not certificate_types._quick(name)(claims)
    assert right == (certificate_types.validate(certificate_type, claims) == [])


def test_verifying_does_not_load_jsonschema() -> None:
    """Types and labels are read without it; only claims that do not fit need it."""
    script = (
        "import sys, json; from schemas import certificate_types as t;"
        "assert t.validate(t.load('technical_level'), json.loads(sys.argv[1])) == [];"
        "t.all_types(); sys.exit('jsonschema' in sys.modules)"
    )
    claims = json.dumps(VALID["technical_level"])
    done = subprocess.run([sys.executable, "-c", script, claims], check=False, timeout=60)
    assert 0 == done.returncode
