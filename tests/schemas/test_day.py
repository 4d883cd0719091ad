"""Days are Beijing's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import day
from schemas.limits import MAX_TIME

MIDNIGHT = 1_747_670_400  # 2025-05-20 00:00 in Beijing, 2025-05-19 16:00 UTC


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (0, "1970-01-01"),
        (MIDNIGHT - 1, "2025-05-19"),
        (MIDNIGHT, "2025-05-20"),
        (MIDNIGHT + 86_399, "2025-05-20"),
        (MIDNIGHT + 86_400, "2025-05-21"),
    ],
)
def test_a_day_begins_at_midnight_in_beijing(moment: int, expected: str) -> None:
    assert expected == day.text_at(moment)
    assert date.fromisoformat(expected) == day.day_at(moment)


def test_when_a_day_begins() -> None:
    assert MIDNIGHT == day.start_of("2025-05-20")


@given(st.integers(0, MAX_TIME))
def test_a_moment_is_within_its_day(moment: int) -> None:
    assert 0 <= moment - day.start_of(day.text_at(moment)) < 86_400
