"""ID numbers: the demo set holds, every single slip is caught, demo and real never mix."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.roster.id_numbers import (
    HONG_KONG_MACAO_PERMIT,
    HONG_KONG_MACAO_RESIDENCE,
    ID_TYPES,
    PASSPORT,
    PERMANENT_RESIDENCE,
    RESIDENT,
    TAIWAN_PERMIT,
    TAIWAN_RESIDENCE,
    check_character,
    check_id_number,
    credit_code_holds,
    fold_id_number,
    infer_id_type,
)
from schemas import codes, vocabulary

TODAY = date(2025, 6, 2)

DEMO = {
    "119999199001010012": RESIDENT,
    "119999199512310025": RESIDENT,
    "119999198802290152": RESIDENT,
    "119999199206151134": RESIDENT,
    "119999199910090363": RESIDENT,
    "119999198505202048": RESIDENT,
    "11999920010704331X": RESIDENT,
    "810000189903100014": HONG_KONG_MACAO_RESIDENCE,
    "830000189908080028": TAIWAN_RESIDENCE,
    "911999189911110015": PERMANENT_RESIDENCE,
    "119999199711230079": RESIDENT,
    "119999199012120188": RESIDENT,
}
OTHER_DEMO = {
    "UTO119999010101": PERMANENT_RESIDENCE,
    "DEMO00001": PASSPORT,
    "DEMOH0001": HONG_KONG_MACAO_PERMIT,
    "DEMO12345678": TAIWAN_PERMIT,
}
REAL = {  # samples and invented numbers; none is a person's
    "932682198501010017": PERMANENT_RESIDENCE,
    "CHN310198501011": PERMANENT_RESIDENCE,
    "E00000000": PASSPORT,
    "H00000000": HONG_KONG_MACAO_PERMIT,
    "00000000": TAIWAN_PERMIT,
}


def codes_of(id_type: str, number: str, *, demo: bool = False, on: date = TODAY) -> list[str]:
    return [code for code, _ in check_id_number(id_type, number, on=on, demo=demo)]


@pytest.mark.parametrize(("number", "id_type"), (DEMO | OTHER_DEMO).items())
def test_demo_numbers_are_for_demonstrations_alone(number: str, id_type: str) -> None:
    assert [] == codes_of(id_type, number, demo=True)
    assert ["id_demo_in_production"] == codes_of(id_type, number)


@pytest.mark.parametrize(("number", "id_type"), REAL.items())
def test_real_numbers_are_for_production_alone(number: str, id_type: str) -> None:
    assert [] == codes_of(id_type, number)
    assert ["id_real_in_demo"] == codes_of(id_type, number, demo=True)


@given(st.sampled_from(sorted(DEMO)), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_wrong_character_is_caught(number: str, place: int, character: str) -> None:
    """MOD 11-2 catches every slip of one character; others break the form or the type."""
    slipped = number[:place] + character + number[place + 1 :]
    found = codes_of(DEMO[number], slipped, demo=True)
    assert (slipped == number) == (found == [])


@given(st.sampled_from(sorted(DEMO)), st.integers(0, 16))
def test_every_transposition_is_caught(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert (swapped == number) == (codes_of(DEMO[number], swapped, demo=True) == [])


@given(
    st.from_regex(r"[1-8][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-2][1-8][0-9]{3}", fullmatch=True)
)
def test_the_check_character_holds_for_what_it_was_made_for(first: str) -> None:
    number = first + check_character(first)
    kind = infer_id_type(number)
    assert kind is not None
    assert "id_checksum" not in codes_of(kind, number)


@pytest.mark.parametrize(
    ("id_type", "number", "expected"),
    [
        (RESIDENT, "119999199001010013", ["id_checksum"]),
        (RESIDENT, "119999199002300011", ["id_birth_date"]),
        (RESIDENT, "119999209901010019", ["id_birth_date", "id_checksum"]),
        (RESIDENT, "119999900101001", ["id_old_15"]),
        (RESIDENT, "11999919900101001", ["id_number_format"]),
        (RESIDENT, "11999919900101001x", ["id_number_format"]),
        (RESIDENT, "１１9999199001010012", ["id_number_format"]),
        (RESIDENT, "119999199001010012\n", ["id_number_format"]),
        (RESIDENT, "810000189903100014", ["id_number_format"]),
        (RESIDENT, "911999189911110015", ["id_number_format"]),
        (HONG_KONG_MACAO_RESIDENCE, "830000189908080028", ["id_number_format"]),
        (PERMANENT_RESIDENCE, "119999199001010012", ["id_number_format"]),
        (PERMANENT_RESIDENCE, "UT0119999010101", ["id_number_format"]),
        (PASSPORT, "DEMO", ["id_number_format"]),
        (PASSPORT, "DEMO-0001", ["id_number_format"]),
        ("学生证", "119999199001010012", ["id_type_unknown"]),
    ],
)
def test_refusals(id_type: str, number: str, expected: list[str]) -> None:
    assert expected == codes_of(id_type, number, demo=True)


def test_odd_numbers_are_warned_of() -> None:
    young = "11999920150601001"
    assert ["id_under_age"] == codes_of(RESIDENT, young + check_character(young), demo=True)
    no_province = "77010119900101001"
    number = no_province + check_character(no_province)
    assert ["id_region_unknown"] == codes_of(RESIDENT, number)


def test_the_fifteenth_birthday_is_working_age() -> None:
    first = "11999920100602001"
    number = first + check_character(first)
    assert [] == codes_of(RESIDENT, number, demo=True, on=date(2025, 6, 2))
    assert ["id_under_age"] == codes_of(RESIDENT, number, demo=True, on=date(2025, 6, 1))


def test_no_problem_shows_a_number() -> None:
    for number in (*DEMO, "119999199001010013", "119999900101001", "E12345678"):
        for id_type in ID_TYPES:
            for demo in (True, False):
                for _, details in check_id_number(id_type, number, on=TODAY, demo=demo):
                    assert number not in str(details)


def test_every_problem_has_words() -> None:
    roster = codes.table()["roster"]
    for number in (*DEMO, *REAL, "119999199002300011", "1", "119999900101001"):
        for id_type in (*ID_TYPES, "?"):
            for demo in (True, False):
                for code, _ in check_id_number(id_type, number, on=TODAY, demo=demo):
                    assert code in roster


def test_the_types_are_those_of_the_vocabulary() -> None:
    assert {kind.name for kind in vocabulary.id_types()} == set(ID_TYPES)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" 1199 9919 9001 0100 12 ", "119999199001010012"),
        ("11999920010704331x", "11999920010704331X"),
        ("１１９９９９２００１０７０４３３１Ｘ", "11999920010704331X"),
        ("\u202d119999199001010012\u202c\u200b", "119999199001010012"),
    ],
)
def test_folding(typed: str, expected: str) -> None:
    assert expected == fold_id_number(typed)


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        ("91119999MA0DEMX080", True),  # the sum is a multiple of 31: two published checks fail here
        ("52119999DEMA00013H", True),
        ("12119999DEMA00021G", True),
        ("12119999DEMA0003X8", True),
        ("91119999DEMA00013G", True),
        ("91119999DEMA00013H", False),
        ("91119999DEMI00013G", False),
        ("91119999DEMA00013", False),
        ("91119999dema00013g", False),
    ],
)
def test_credit_codes(code: str, holds: bool) -> None:
    assert holds == credit_code_holds(code)
