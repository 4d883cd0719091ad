"""Headings: the words of both languages, decorated and out of order, find their claims."""

import json
from importlib.resources import files

import pytest

from issuer.roster.columns import ISSUER_NAME, Header, example, find_header, roster_claims
from issuer.roster.sheet import Cell
from schemas import certificate_types
from schemas.certificate_types import CertificateType, load
from schemas.vocabulary import fold

ALL = certificate_types.all_types()
LEVEL = load("technical_level")


def header(
    *rows: list[Cell], kind: CertificateType = LEVEL, given: frozenset[str] = frozenset()
) -> Header:
    found = find_header(rows, kind, given)
    assert found is not None
    return found


def codes_of(found: Header) -> list[str]:
    return [one.code for one in found.findings]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_labels_of_every_type(kind: CertificateType, language: str) -> None:
    """The labels of a type are headings for its claims, in any order."""
    claims = roster_claims(kind)
    labels: list[Cell] = [dict(kind.claim_labels[claim])[language] for claim in claims]  # type: ignore[index]
    found = header(labels[::-1], kind=kind)
    assert list(claims)[::-1] == list(found.columns.values())
    assert [] == codes_of(found)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_no_synonym_means_two_claims(kind: CertificateType) -> None:
    """Within a type a word of the table has one meaning, and claims win over the issuer's name."""
    table = json.loads(files("issuer.roster").joinpath("columns.json").read_text(encoding="utf-8"))
    meanings: dict[str, str] = {}
    labels = {
        fold(label): claim
        for claim in roster_claims(kind)
        for label in kind.claim_labels[claim].values()
    }
    for claim in roster_claims(kind):
        for word in table["columns"].get(claim, ()):
            key = fold(word)
            assert claim == meanings.setdefault(key, claim)
            assert labels.get(key, claim) == claim
    assert not {fold(word) for word in table["left_out"]} & set(meanings)


def test_every_synonym_is_for_a_claim() -> None:
    table = json.loads(files("issuer.roster").joinpath("columns.json").read_text(encoding="utf-8"))
    claims = {claim for kind in ALL for claim in roster_claims(kind)} | {ISSUER_NAME}
    assert set() == set(table["columns"]) - claims
    assert set() == {key.rpartition(":")[2] for key in table["examples"]} - claims


@pytest.mark.parametrize(
    ("heading", "claim"),
    [
        ("姓名*", "holder_name"),
        ("姓　名", "holder_name"),
        ("姓\n名", "holder_name"),
        ("证件号码（必填）", "id_number"),
        ("身份证号", "id_number"),
        ("ID Number", "id_number"),
        ("id_number", "id_number"),
        ("发证日期（年-月-日）：", "issue_date"),
        ("【必填】等级", "level"),
        ("工种", "direction"),
        ("评价机构", ISSUER_NAME),
        ("培训机构", "training_ref.issuer"),
    ],
)
def test_spellings(heading: str, claim: str) -> None:
    found = header(["证书编号", "职业名称", heading])
    assert claim == found.columns[2]


def test_the_same_word_in_another_type() -> None:
    found = header(["姓名", "学时", "培训机构"], kind=load("training_completion"))
    assert ["holder_name", "hours", ISSUER_NAME] == list(found.columns.values())


def test_the_row_with_the_most_headings_is_it() -> None:
    found = header(
        ["2024 年名单", "", ""],
        ["制表：姓名", "日期", ""],
        ["姓名", "等级", ""],
        ["姓名", "等级", "证件号码"],
        ["张测试", "初级", "119999199001010012"],
    )
    assert 4 == found.row


@pytest.mark.parametrize(
    "rows",
    [[], [[]], [["姓名"]], [["姓名", "姓名"]], [["a", "b"]], [[1.0, True]], [["", ""]]],
)
def test_no_headings(rows: list[list[Cell]]) -> None:
    assert find_header(rows, LEVEL, frozenset()) is None


def test_findings() -> None:
    found = header(["姓名", "名字？", "序号", "持证人", "证件号码", "", "状态"])
    assert ["column_unknown", "column_duplicate", *["column_missing"] * 3] == codes_of(found)
    assert ["issue_date", "occupation", "level"] == [one.column for one in found.findings[2:]]
    assert {0: "holder_name", 4: "id_number"} == found.columns


def test_claims_that_are_given_need_no_column() -> None:
    given = frozenset({"issue_date", "occupation", "level"})
    assert [] == codes_of(header(["姓名", "证件号码"], given=given))


def test_examples() -> None:
    assert "119999199001010012" == example("technical_level", "id_number")[0]
    assert "S000011000001243000001" == example("skill_level", "certificate_number")[0]
    assert ("", "") == example("technical_level", "exam_site")
