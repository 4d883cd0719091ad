"""Dates: five spellings and the cells of spreadsheets, one day."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.roster.dates import FIRST, LAST, read_date

DAY = date(2023, 6, 30)


@pytest.mark.parametrize(
    "cell",
    [
        "2023年6月30日",
        "2023-6-30",
        "2023/6/30",
        "20230630",
        "45107",
        "2023-06-30",
        "2023.6.30",
        " 2023 年 06 月 30 日 ",
        "２０２３年６月３０日",
        "2023－06－30",
        "2023-06-30 00:00:00",
        "2023-06-30T00:00:00",
        45107,
        45107.0,
        20230630,
        20230630.0,
        DAY,
        datetime(2023, 6, 30),  # noqa: DTZ001 - cells know no time zone
        datetime(2023, 6, 30, 9, 30),  # noqa: DTZ001
    ],
    ids=repr,
)
def test_one_day_in_many_spellings(cell: object) -> None:
    assert DAY == read_date(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "无",
        "2023",
        "2023年6月",
        "2023-6",
        "6/30/2023",
        "30/6/2023",
        "2023-6/30",
        "2023-02-29",
        "2023-13-01",
        "20230631",
        "2023-06-30 14:00",
        "2023年6月30日至7月2日",
        "1899-12-31",
        "4510７8",
        "00000",
        "99999999",
        12,
        0.5,
        45107.5,
        float("nan"),
        float("inf"),
        -1,
        10**30,
        True,
        None,
        time(9, 30),
        date(1900, 1, 1),
    ],
    ids=repr,
)
def test_what_says_no_day(cell: object) -> None:
    assert read_date(cell) is None


@given(st.dates(FIRST, date(2173, 10, 13)))  # the last serial number of five digits
def test_every_day_in_every_spelling(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    spellings = [f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", day.isoformat(), serial]
    assert [day] * 4 == [read_date(spelling) for spelling in spellings]


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_nothing_raises(cell: object) -> None:
    day = read_date(cell)
    assert day is None or FIRST <= day <= LAST
