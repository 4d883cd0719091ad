"""Certificate numbers: patterns, and a counter for each text around the serial."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete
from sqlmodel import Session

from issuer import numbering
from issuer.db import open_database, transaction
from issuer.tables import Certificate, Counter
from schemas.errors import CommandError

HERE = "demo-pingjia"
TYPE = "technical_level"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with transaction(engine) as session:
        yield session


def numbers(session: Session, *wanted: str, given: frozenset[str] = frozenset()) -> list[str]:
    return numbering.numbers(session, HERE, TYPE, wanted, given)


def certificate(number: str, idx: int, **other: Any) -> Certificate:
    members: dict[str, Any] = {
        "institution": HERE,
        "type": TYPE,
        "list_id": "2025",
        "kid": "k",
        "person": "",
    }
    return Certificate(
        row=0, number=number, idx=idx, payload=b"", sealed=b"", **{**members, **other}
    )


@pytest.mark.parametrize(
    "pattern",
    [
        *numbering.DEFAULT_PATTERNS.values(),
        "{serial:1}",
        "S000011000001{yy}{level}{serial:6}",
        "京数培字〔{year}〕第{serial:5}号",
        "{serial:4}-{year}",
    ],
)
def test_patterns(pattern: str) -> None:
    numbering.check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "PJ{year}",
        "PJ{serial:6}{serial:6}",
        "PJ{serial}",
        "PJ{serial:0}",
        "PJ{serial:10}",
        "PJ{month}{serial:6}",
        "PJ {serial:6}",
        "../{serial:6}",
        "PJ{serial:6}\n",
        "{year!r}{serial:6}",
    ],
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(CommandError) as error:
        numbering.check_pattern(pattern)
    assert "number_pattern" == error.value.code


@pytest.mark.parametrize(
    ("pattern", "type_name", "level", "series"),
    [
        ("PJ{year}{serial:6}", TYPE, "初级", "PJ2025{serial:6}"),
        ("{yy}-{serial:4}-{year}", TYPE, "初级", "25-{serial:4}-2025"),
        ("S{yy}{level}{serial:6}", "skill_level", "三级/高级工", "S253{serial:6}"),
        ("S{yy}{level}{serial:6}", "skill_level", "五级/初级工", "S255{serial:6}"),
    ],
)
def test_a_pattern_with_its_blanks_filled(
    pattern: str, type_name: str, level: str, series: str
) -> None:
    claims = {"issue_date": "2025-06-30", "level": level}
    assert series == numbering.series(pattern, type_name, claims)


def test_a_counter_hands_out_every_value_once(session: Session) -> None:
    taken = [numbering.take(session, HERE, "slot 2025", count) for count in (3, 1, 0, 5)]
    assert [0, 3, 4, 4] == taken
    assert 0 == numbering.take(session, "another", "slot 2025", 1)
    assert 0 == numbering.take(session, HERE, "slot 2026", 1)


def test_a_counter_that_several_use_first_hands_out_every_value_once(engine: Engine) -> None:
    def take(count: int) -> list[int]:
        with transaction(engine) as session:
            first = numbering.take(session, HERE, "slot 2025", count)
            return list(range(first, first + count))

    with ThreadPoolExecutor(4) as pool:
        taken = [value for some in pool.map(take, [1, 2, 3, 4] * 3) for value in some]
    assert list(range(30)) == sorted(taken)


def test_numbers_start_at_one_and_have_no_gap(session: Session) -> None:
    assert ["A001", "A002"] == numbers(session, "A{serial:3}", "A{serial:3}")
    assert ["A003"] == numbers(session, "A{serial:3}")


def test_each_text_around_the_serial_counts_for_itself(session: Session) -> None:
    wanted = ("A{serial:2}", "B{serial:2}", "A{serial:2}", "{serial:2}Z")
    assert ["A01", "B01", "A02", "01Z"] == numbers(session, *wanted)


def test_a_number_that_a_certificate_has_is_passed_over(session: Session) -> None:
    """Whoever typed in the paper certificates 1 and 3 goes on with 2, 4 and 5."""
    session.add_all([certificate("A01", 0), certificate("A03", 1)])
    assert ["A02", "A04", "A05"] == numbers(session, *3 * ["A{serial:2}"])
    assert ["A06"] == numbers(session, "A{serial:2}")


def test_a_number_that_the_same_roster_gives_is_passed_over(session: Session) -> None:
    found = numbers(session, "A{serial:2}", "A{serial:2}", given=frozenset({"A01", "B77"}))
    assert ["A02", "A03"] == found


def test_another_institutions_or_types_number_is_no_obstacle(session: Session) -> None:
    session.add(certificate("A01", 0, institution="demo-xueyuan"))
    session.add(certificate("A01", 1, type="ce_training"))
    assert ["A01"] == numbers(session, "A{serial:2}")


def test_a_serial_that_is_used_up(session: Session) -> None:
    assert "A9" == numbers(session, *9 * ["A{serial:1}"])[-1]
    with pytest.raises(CommandError) as error:
        numbers(session, "A{serial:1}")
    assert "numbers_exhausted" == error.value.code


@given(
    batches=st.lists(st.lists(st.sampled_from("ABC"), max_size=20), max_size=6),
    given=st.sets(st.integers(1, 60)),
)
def test_over_all_batches_each_series_is_complete(
    batches: list[list[str]], given: set[int]
) -> None:
    """Whatever is asked for in whatever order: no number twice, and none left out but given ones."""
    made: list[str] = []
    with transaction(in_memory()) as session:
        session.execute(delete(Certificate))
        session.execute(delete(Counter))
        used = {f"A{serial:03}" for serial in given}
        session.add_all(certificate(number, idx) for idx, number in enumerate(sorted(used)))
        for batch in batches:
            made += numbers(session, *(f"{name}{{serial:3}}" for name in batch))
    for name in "ABC":
        own = [number for number in made if number.startswith(name)]
        possible = (f"{name}{serial:03}" for serial in range(1, 200))
        free = [number for number in possible if number not in used]
        assert free[: len(own)] == own


@cache
def in_memory() -> Engine:
    return open_database("sqlite://")
