"""The institution's number patterns: looked at before use, changed with a line in the log."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from issuer.db import open_database, sqlite_url, transaction
from issuer.desk import Desk
from issuer.numbers import patterns
from issuer.tables import AuditEntry
from schemas import certificate_types
from schemas.errors import CommandError
from tests.issuer.desk import at_desk, issue, order, orders, refusal

HERE = "demo-pingjia"
TODAY = date(2025, 6, 30)
SKILL = "S000011000001{yy}{level}{serial:6}"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(open_database(sqlite_url(tmp_path / "issuer.sqlite"))) as session:
        yield session


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return at_desk(tmp_path)


def change(session: Session, type_name: str, pattern: str) -> bool:
    return patterns.change(session, HERE, type_name, pattern, today=TODAY, at=7, who="admin")


def look(session: Session, instead: tuple[str, str] | None = None) -> dict[str, patterns.Numbering]:
    types = list(certificate_types.all_types())
    found = patterns.look(session, HERE, types, today=TODAY, instead=instead)
    return {one.type.name: one for one in found}


def test_a_change_is_logged_once(desk: Desk) -> None:
    for expected in (True, False):
        with transaction(desk.engine) as session:
            assert expected is change(session, "technical_level", "AB{year}{serial:5}{check}")
    with transaction(desk.engine) as session:
        [entry] = session.exec(select(AuditEntry)).all()
        assert (7, "admin", "set pattern") == (entry.at, entry.who, entry.action)
        assert "demo-pingjia technical_level numbers" == entry.subject
        said = '{"before":"PJ{year}{serial:6}","after":"AB{year}{serial:5}{check}"}'
        assert said == entry.details


@pytest.mark.parametrize(
    ("type_name", "pattern", "code"),
    [
        ("technical_level", "AB{year}", "number_pattern"),
        ("technical_level", "A" * 32 + "{serial:9}", "number_too_long"),
        ("skill_level", "PJ{year}{serial:6}", "number_pattern_skill"),
        ("skill_level", "S00001100000124{level}{serial:6}", "number_pattern_skill"),
        ("skill_level", "S000011000001{yy}4{serial:6}", "number_pattern_skill"),
        ("skill_level", SKILL + "{check}", "number_pattern_skill"),
    ],
)
def test_what_cannot_be_issued_is_no_pattern(
    session: Session, type_name: str, pattern: str, code: str
) -> None:
    assert code == refusal(change, session, type_name, pattern)
    problem = look(session, (type_name, pattern))[type_name].problem
    assert problem is not None
    assert code == problem.code


def test_all_types_at_a_glance(session: Session) -> None:
    change(session, "skill_level", SKILL)
    shown = look(session)
    skill = shown["skill_level"].preview
    assert skill is not None
    assert "S000011000001255000001" == skill.numbers[0]
    assert ("五级/初级工", True) == (shown["skill_level"].level, shown["skill_level"].own)
    ours = shown["ce_training"]
    assert ours.preview is not None
    assert (False, "JX2025000001") == (ours.own, ours.preview.numbers[0])
    assert not [one for one in shown.values() if one.shared_with or one.problem]


def test_two_types_with_the_same_numbers_are_pointed_out(session: Session) -> None:
    shown = look(session, ("ce_training", "PJ{year}{serial:6}"))
    assert ["technical_level"] == [one.name for one in shown["ce_training"].shared_with]
    assert ["ce_training"] == [one.name for one in shown["technical_level"].shared_with]


def test_issuing_takes_the_institutions_pattern(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        change(session, "technical_level", "京〔{year}〕{serial:4}-{check}")
    first, second = issue(desk, orders(2))
    assert ["京〔2025〕0001-2", "京〔2025〕0002-9"] == [first.number, second.number]
    [third] = issue(desk, [order(2)], pattern="Z{serial:3}")
    assert "Z001" == third.number


def test_no_skill_certificate_gets_a_number_of_another_form(desk: Desk) -> None:
    wanted = [order(0, "skill_level")]
    with pytest.raises(CommandError) as error:
        issue(desk, wanted, "skill_level", pattern="AB{serial:6}")
    assert "number_pattern_skill" == error.value.code
