"""Check the numbers of the seven ID documents that certificates name, and credit codes.

Eighteen-digit numbers: GB 11643-1999 (check character: ISO 7064 MOD 11-2), used alike by resident
ID cards, the residence permits of Hong Kong, Macao and Taiwan residents, and the permanent
residence card for foreigners from 2023-12-01. Credit codes: GB 32100-2015.

A region is no ground for refusal: counties come and go, and every table of them is out of date.
Demo numbers can be nobody's: address code 119999 (no such county), birth year 1899, on an old
permanent residence card `UTO` (Utopia, the specimen state of ICAO Doc 9303), elsewhere `DEMO…`.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from operator import mul

from issuer.roster.findings import masked

RESIDENT = "居民身份证"
HONG_KONG_MACAO_RESIDENCE = "港澳居民居住证"
TAIWAN_RESIDENCE = "台湾居民居住证"
PERMANENT_RESIDENCE = "外国人永久居留身份证"
PASSPORT = "护照"
HONG_KONG_MACAO_PERMIT = "港澳居民来往内地通行证"
TAIWAN_PERMIT = "台湾居民来往大陆通行证"
ID_TYPES = (
    RESIDENT,
    HONG_KONG_MACAO_RESIDENCE,
    TAIWAN_RESIDENCE,
    PERMANENT_RESIDENCE,
    PASSPORT,
    HONG_KONG_MACAO_PERMIT,
    TAIWAN_PERMIT,
)

WORKING_AGE = 15  # years; compulsory schooling ends, a younger holder is worth a second look

_EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_FIFTEEN = re.compile(r"[1-8][0-9]{14}")
_OLD_PERMANENT = re.compile(r"[A-Z]{3}[0-9]{12}")
_FREE = re.compile(r"[A-Z0-9]{5,20}")
_FREE_FORM = (PASSPORT, HONG_KONG_MACAO_PERMIT, TAIWAN_PERMIT)
_WITHOUT_CHECK = {PERMANENT_RESIDENCE: _OLD_PERMANENT, **dict.fromkeys(_FREE_FORM, _FREE)}

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # 2^(18-i) mod 11
_OFFSET = sum(_WEIGHTS) * ord("0")
_CHECK = "10X98765432"
# These address codes belong to the residence permits alone.
_RESIDENCE = {
    "810000": HONG_KONG_MACAO_RESIDENCE,
    "820000": HONG_KONG_MACAO_RESIDENCE,
    "830000": TAIWAN_RESIDENCE,
}
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")

_INVISIBLE = re.compile(r"[\s\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I O Z S V
_CREDIT_CODE = re.compile(f"[{_CREDIT}]{{2}}[0-9]{{6}}[{_CREDIT}]{{10}}")

Problem = tuple[str, Mapping[str, object]]
"""A code of section `roster` and what fills its blanks; numbers in it are masked."""


def fold_id_number(text: str) -> str:
    """Return `text` without white space and invisible marks, narrow and in upper case."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).upper()


def infer_id_type(number: str) -> str | None:
    """Return the ID type that a number of eighteen characters shows by itself, else None."""
    if _EIGHTEEN.fullmatch(number) is None:
        return None
    if number[0] == "9":
        return PERMANENT_RESIDENCE
    return _RESIDENCE.get(number[:6], RESIDENT)


def check_id_number(id_type: str, number: str, *, on: date, demo: bool) -> list[Problem]:
    """Return all that is wrong or odd with a folded `number` of `id_type` on the day `on`.

    In a demo only demo numbers may be signed, in production none of them.
    """
    if id_type not in ID_TYPES:
        return [("id_type_unknown", {"text": id_type, "allowed": ID_TYPES})]
    problems: list[Problem] = []
    if infer_id_type(number) == id_type:
        problems = _check_eighteen(id_type, number, on)
    elif id_type == RESIDENT and _FIFTEEN.fullmatch(number):
        return [("id_old_15", {"number": masked(number)})]
    elif id_type in _WITHOUT_CHECK and _WITHOUT_CHECK[id_type].fullmatch(number):
        pass
    else:
        return [("id_number_format", {"id_type": id_type, "number": masked(number)})]
    if is_demo_number(id_type, number) != demo:
        code = "id_real_in_demo" if demo else "id_demo_in_production"
        problems.append((code, {"number": masked(number)}))
    return problems


def is_demo_number(id_type: str, number: str) -> bool:
    """Tell whether a well-formed `number` is kept for demonstrations and can be nobody's."""
    if len(number) == 18 and id_type not in _FREE_FORM:
        return number[6:10] == "1899" or (id_type == RESIDENT and number.startswith("119999"))
    return number.startswith("UTO" if id_type == PERMANENT_RESIDENCE else "DEMO")


def check_character(first_seventeen: str) -> str:
    """Return the eighteenth character that MOD 11-2 gives for seventeen digits."""
    return _CHECK[(sum(map(mul, _WEIGHTS, first_seventeen.encode())) - _OFFSET) % 11]


def credit_code_holds(code: str) -> bool:
    """Tell whether `code` is a 统一社会信用代码 with the right check character (GB 32100-2015 §5.5)."""
    if _CREDIT_CODE.fullmatch(code) is None:
        return False
    total = sum(_CREDIT.index(character) * pow(3, i, 31) for i, character in enumerate(code[:17]))
    return code[17] == _CREDIT[-total % 31]  # total ≡ 0 gives 0, not an index of 31


def _check_eighteen(id_type: str, number: str, on: date) -> list[Problem]:
    problems: list[Problem] = []
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = date.max
    if born > on:
        problems.append(("id_birth_date", {"number": masked(number)}))
    elif (age := _years(born, on)) < WORKING_AGE:
        problems.append(("id_under_age", {"age": age}))
    if number[17] != check_character(number[:17]):
        problems.append(("id_checksum", {"id_type": id_type, "number": masked(number)}))
    if number[0] != "9" and _PROVINCE.match(number) is None:
        problems.append(("id_region_unknown", {"region": number[:2]}))
    return problems


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
