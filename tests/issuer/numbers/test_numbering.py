"""Certificate numbers: patterns, and a counter for each text around the serial."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from issuer.db import open_database, transaction
from issuer.numbers import numbering
from issuer.numbers.check_digit import check_digit
from issuer.tables import Certificate, Counter, PaperNumber, Pattern
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
        "PJ{year}{serial:6}{check}",
        "{check}{serial:6}",
        "京{yy}{check}-{serial:5}号",
        "{serial:3}第{check}号",
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
        "{check}",
        "{check}{serial:6}{check}",
        "{check}{check}{serial:6}",
        "{check:2}{serial:6}",
        "长" * 100 + "{serial:6}",
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


EXAMPLE = itertools.count()


@cache
def in_memory() -> Engine:
    """One database for all examples, each with an institution of its own."""
    return open_database("sqlite://")


@given(
    batches=st.lists(st.lists(st.sampled_from("ABC"), max_size=20), max_size=6),
    given=st.sets(st.integers(1, 60)),
)
def test_over_all_batches_each_series_is_complete(
    batches: list[list[str]], given: set[int]
) -> None:
    """Whatever is asked for in whatever order: no number twice, and none left out but given ones."""
    here = f"demo-{next(EXAMPLE)}"
    made: list[str] = []
    with transaction(in_memory()) as session:
        used = {f"A{serial:03}" for serial in given}
        session.add_all(
            certificate(number, idx, institution=here) for idx, number in enumerate(sorted(used))
        )
        for batch in batches:
            wanted = [f"{name}{{serial:3}}" for name in batch]
            made += numbering.numbers(session, here, TYPE, wanted)
    for name in "ABC":
        own = [number for number in made if number.startswith(name)]
        possible = (f"{name}{serial:03}" for serial in range(1, 200))
        free = [number for number in possible if number not in used]
        assert free[: len(own)] == own


# Check digits


@pytest.mark.parametrize(
    "name", ["A{serial:2}{check}", "A{check}{serial:2}", "{serial:2}A{check}X"]
)
def test_a_check_digit_is_over_all_other_digits(session: Session, name: str) -> None:
    for serial, number in enumerate(numbers(session, *9 * [name]), start=1):
        expected = name.replace("{serial:2}", f"{serial:02}")
        assert expected.replace("{check}", check_digit(f"{serial:02}")) == number


@pytest.mark.parametrize("table", [Certificate, PaperNumber])
@pytest.mark.parametrize("name", ["A{serial:3}{check}", "A{check}{serial:3}", "{check}{serial:3}B"])
def test_a_used_number_with_a_check_digit_is_passed_over(
    session: Session, name: str, table: type[Certificate | PaperNumber]
) -> None:
    """Wherever the digit stands: in front of the serial, the order of numbers is not that of serials."""
    form = numbering.Form.of(name)
    used = [form.number(serial) for serial in range(2, 40)]
    for idx, number in enumerate(used):
        session.add(
            certificate(number, idx)
            if table is Certificate
            else PaperNumber(institution=HERE, type=TYPE, number=number)
        )
    assert [form.number(1), form.number(40), form.number(41)] == numbers(session, *3 * [name])


def test_a_number_on_paper_is_passed_over(session: Session) -> None:
    session.add(PaperNumber(institution=HERE, type=TYPE, number="A02"))
    session.add(PaperNumber(institution=HERE, type="ce_training", number="A01"))
    session.add(PaperNumber(institution="demo-xueyuan", type=TYPE, number="A01"))
    assert ["A01", "A03"] == numbers(session, *2 * ["A{serial:2}"])


TEXTS = st.text("AZaz019京培()（）〔〕/_-", max_size=6)


@given(
    parts=st.lists(TEXTS, min_size=4, max_size=4),
    check=st.sampled_from(["", "before", "after"]),
    width=st.integers(3, 9),
    counts=st.lists(st.integers(0, 30), max_size=4),
    taken=st.sets(st.integers(1, 60), max_size=20),
)
def test_over_all_patterns_numbers_are_distinct_and_serials_have_no_gap(
    parts: list[str], check: str, width: int, counts: list[int], taken: set[int]
) -> None:
    """Any text is only text, also where it would mean something in an expression."""
    before, between, after, end = parts
    name = before + ("{check}" if check == "before" else "") + between
    name += f"{{serial:{width}}}" + after + ("{check}" if check == "after" else "") + end
    numbering.check_pattern(name)
    form = numbering.Form.of(name)
    here = f"demo-{next(EXAMPLE)}"
    with transaction(in_memory()) as session:
        for idx, serial in enumerate(sorted(taken)):
            number = form.number(serial)
            session.add(
                certificate(number, idx, institution=here)
                if serial % 2
                else PaperNumber(institution=here, type=TYPE, number=number)
            )
        made = [
            number
            for count in counts
            for number in numbering.numbers(session, here, TYPE, count * [name])
        ]
    assert len(set(made)) == len(made)
    assert {len(form.number(1))} >= {len(number) for number in made}
    free = (form.number(serial) for serial in range(1, 1000) if serial not in taken)
    assert [next(free) for _ in made] == made


def paper(number: str) -> PaperNumber:
    return PaperNumber(institution=HERE, type=TYPE, number=number)


# Looking ahead


def preview(session: Session, pattern: str, **options: Any) -> numbering.Preview:
    claims = {"issue_date": "2025-06-30", "level": "初级"}
    return numbering.preview(session, HERE, TYPE, pattern, claims, **options)


def test_looking_at_a_pattern_uses_nothing(session: Session) -> None:
    shown = preview(session, "A{yy}{serial:3}")
    assert ("A25001", "A25002", "A25003") == shown.numbers
    assert (0, "", 999) == (shown.passed_over, shown.first_used, shown.left)
    assert [] == session.exec(select(Counter)).all()
    assert list(shown.numbers) == numbers(session, *3 * ["A25{serial:3}"])
    assert ("A25004", "A25005", "A25006") == preview(session, "A{yy}{serial:3}").numbers


def test_a_pattern_whose_next_numbers_are_used_says_so(session: Session) -> None:
    session.add_all(paper(f"A{serial:05}") for serial in range(2, 2500))
    shown = preview(session, "A{serial:5}")
    assert ("A00001", "A02500", "A02501") == shown.numbers
    assert (2498, "A00002") == (shown.passed_over, shown.first_used)


def test_a_pattern_that_is_nearly_used_up_shows_what_is_left(session: Session) -> None:
    numbers(session, *8 * ["A{serial:1}"])
    shown = preview(session, "A{serial:1}")
    assert (("A9",), 1) == (shown.numbers, shown.left)
    numbers(session, "A{serial:1}")
    assert ((), 0) == (
        preview(session, "A{serial:1}").numbers,
        preview(session, "A{serial:1}").left,
    )


def test_an_institutions_own_pattern_comes_before_ours(session: Session) -> None:
    assert "PJ{year}{serial:6}" == numbering.pattern_of(session, HERE, TYPE)
    session.add(Pattern(institution=HERE, type=TYPE, pattern="A{serial:4}"))
    assert "A{serial:4}" == numbering.pattern_of(session, HERE, TYPE)
    assert "PJ{year}{serial:6}" == numbering.pattern_of(session, "demo-xueyuan", TYPE)
    assert "" == numbering.pattern_of(session, HERE, "skill_level")
