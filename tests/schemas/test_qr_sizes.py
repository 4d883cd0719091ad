"""The promised sizes of the QR codes, over certificates a third of which the dictionary never saw."""

import statistics
from collections.abc import Iterator

import pytest
import segno
import zxingcpp
from PIL import Image
from segno import consts, encoder

from schemas import qr
from schemas.dictionary import V1
from tests.benchmarks.population import (
    ORIGINS,
    TYPES,
    UNSEEN_CLASSES,
    UNSEEN_COMPETITIONS,
    UNSEEN_DIRECTIONS,
    UNSEEN_INSTITUTIONS,
    UNSEEN_SKILL_OCCUPATIONS,
    certificates,
)
from tests.benchmarks.qr_versions import packed_version

COUNT = 400
UNSEEN = (
    *UNSEEN_CLASSES,
    *UNSEEN_COMPETITIONS,
    *UNSEEN_DIRECTIONS,
    *UNSEEN_INSTITUTIONS,
    *UNSEEN_SKILL_OCCUPATIONS,
)

# type, ID number hidden or absent → largest median, largest version
BUDGET = {
    ("technical_level", True): (10, 11),
    ("technical_level", False): (9, 9),
    ("ce_training", True): (12, 12),
    ("training_completion", True): (12, 12),
    ("skill_level", True): (12, 12),
    ("competition_award", True): (12, 12),
}


def _versions(type_name: str, origin: str, *, hidden: bool) -> Iterator[int]:
    for each in certificates(type_name, COUNT, hidden=hidden):
        yield packed_version(origin, qr.pack_token(each.token(origin), origin))


@pytest.mark.parametrize("origin", ORIGINS, ids=lambda origin: f"{len(origin)} characters")
@pytest.mark.parametrize(("type_name", "hidden"), BUDGET)
def test_the_budget(type_name: str, hidden: bool, origin: str) -> None:
    """Every certificate keeps it with every origin, not only with its own."""
    median, largest = BUDGET[type_name, hidden]
    versions = list(_versions(type_name, origin, hidden=hidden))
    assert statistics.median(versions) <= median
    assert max(versions) <= largest


def test_the_population_is_what_it_says() -> None:
    assert set(TYPES) == {type_name for type_name, _ in BUDGET}
    assert [16, 35] == [min(map(len, ORIGINS)), max(map(len, ORIGINS))]
    assert not set(UNSEEN) & set(V1.codes)
    everyone = [each for name in TYPES for each in certificates(name, COUNT)]
    unseen = [each.institution in UNSEEN_INSTITUTIONS for each in everyone]
    assert 0.3 < statistics.mean(unseen) < 0.37
    names = "".join(str(each.claims["holder_name"]) for each in everyone)
    given = [character for character in names if not character.isascii()]
    assert 0.2 < statistics.mean(character not in V1.codes for character in given) < 0.37
    numbers = [str(each.claims["certificate_number"]) for each in everyone]
    assert (12, 22) == (min(map(len, numbers)), max(map(len, numbers)))


def test_the_same_certificates_in_every_run() -> None:
    assert list(certificates("skill_level", 9)) == list(certificates("skill_level", 9))


@pytest.mark.parametrize("origin", [ORIGINS[0], ORIGINS[-1]])
@pytest.mark.parametrize("type_name", TYPES)
def test_two_segments_and_what_a_scanner_reads(type_name: str, origin: str) -> None:
    """The version is the one segno takes, and an independent reader reads the text."""
    (each,) = certificates(type_name, 1)
    packed = qr.pack_token(each.token(origin), origin)
    prefix, digits = qr.segments(origin, qr.to_digits(packed))
    parts = [(prefix, consts.MODE_BYTE), (digits, consts.MODE_NUMERIC)]
    modes = encoder.prepare_data(parts, None, None).modes  # type: ignore[no-untyped-call]
    assert [consts.MODE_BYTE, consts.MODE_NUMERIC] == modes
    code = segno.make(parts, error="m", micro=False, boost_error=False)  # type: ignore[arg-type]
    assert packed_version(origin, packed) == code.version
    assert "M" == code.error
    rows = [bytes(0 if dark else 255 for dark in row) for row in code.matrix_iter(border=4)]
    picture = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    (read,) = zxingcpp.read_barcodes(picture.resize((4 * len(rows), 4 * len(rows))))
    assert prefix + digits == read.text
