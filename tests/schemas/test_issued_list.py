"""The issued list: ten bytes for each credential, by when they were logged, and sealed numbers."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import base64url, issued_list
from schemas.issued_list import MAX_NUMBER, SLOT, IssuedList

SIGNING_INPUT = b"eyJhbGciOiJFZDI1NTE5In0.e30"


def test_a_slot_is_the_beginning_of_sha_256() -> None:
    """Of "abc": the first example of FIPS 180-4's test values."""
    assert bytes.fromhex("ba7816bf8f01cfea4141") == issued_list.slot(b"abc")


LIST = IssuedList(data=bytes(range(5 * SLOT)), epochs=((2, 1000), (3, 2000), (5, 2500)))


def test_slots_are_read_by_their_index() -> None:
    assert 5 == LIST.count
    assert [bytes(range(SLOT * idx, SLOT * (idx + 1))) for idx in range(5)] == [
        LIST[idx] for idx in range(5)
    ]


def test_an_epoch_counts_slots_from_the_first() -> None:
    assert [1000, 1000, 2000, 2500, 2500] == [LIST.logged_at(idx) for idx in range(5)]


@given(st.lists(st.binary(min_size=SLOT, max_size=SLOT), max_size=20), st.data())
def test_each_slot_has_the_first_epoch_that_reaches_it(
    slots: list[bytes], draw: st.DataObject
) -> None:
    counts = draw.draw(st.lists(st.integers(1, len(slots) or 1), unique=True).map(sorted))
    epochs = [(count, 100 * count) for count in counts if count < len(slots)]
    one = IssuedList(data=b"".join(slots), epochs=(*epochs, (len(slots), 9999)))
    assert slots == [one[idx] for idx in range(one.count)]
    for idx in range(one.count):
        reached = [time for count, time in one.epochs if count > idx]
        assert min(reached) == one.logged_at(idx)


E1, E2, E3 = (2, 1000), (3, 2000), (5, 2500)
PREFIXES = {
    "nothing before": ([E1, E2], [], True),
    "the same": ([E1, E2], [E1, E2], True),
    "one more": ([E1, E2, E3], [E1, E2], True),
    "one fewer": ([E1], [E1, E2], False),
    "none left": ([], [E1], False),
    "another time": ([(2, 999), E2], [E1], False),
    "another count": ([(1, 1000), E2], [E1], False),
    "one put in between": ([E1, (3, 1500), E2], [E1, E2], False),
    "two drawn together": ([E2, E3], [E1, E2], False),
    "the same, as JSON reads them": ([[2, 1000]], [[2, 1000]], True),
}


@pytest.mark.parametrize(("epochs", "earlier", "expected"), PREFIXES.values(), ids=PREFIXES)
def test_starts_with(
    epochs: list[tuple[int, int]], earlier: list[tuple[int, int]], expected: bool
) -> None:
    assert expected == issued_list.starts_with(epochs, earlier)


# The numbers of replacements

NUMBERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(NUMBERS, st.binary(max_size=100))
def test_open_gives_what_seal_hid(number: str, signing_input: bytes) -> None:
    sealed = issued_list.seal_number(number, signing_input)
    assert number == issued_list.open_number(sealed, signing_input)


def test_only_the_replaced_credential_opens_it() -> None:
    sealed = issued_list.seal_number("PJ2025000018", SIGNING_INPUT)
    assert "PJ2025000018" != issued_list.open_number(sealed, SIGNING_INPUT + b"x")
    assert sealed != issued_list.seal_number("PJ2025000018", SIGNING_INPUT + b"x")


def test_the_number_is_not_in_the_text() -> None:
    number = "PJ2025000018" * 20  # longer than one block of the pad
    sealed = base64url.decode(issued_list.seal_number(number, SIGNING_INPUT))
    assert len(number) == len(sealed)
    blocks = {sealed[at : at + 12] for at in range(0, len(sealed), 12)}
    assert 20 == len(blocks)


def test_the_pad_is_of_no_other_use() -> None:
    """Block 0 of the pad, so that another language can be checked against it."""
    pad = hashlib.sha256(b"zhengyin replaced by\0" + b"\0" + SIGNING_INPUT).digest()
    expected = bytes(a ^ b for a, b in zip(b"PJ2025000018", pad, strict=False))
    assert base64url.encode(expected) == issued_list.seal_number("PJ2025000018", SIGNING_INPUT)
    assert issued_list.slot(SIGNING_INPUT) != pad[:SLOT]


UNREADABLE = {
    "not base64url": "!",
    "padding": "AA==",
    "Chinese": "证书",
    "longer than any number": base64url.encode(bytes(MAX_NUMBER + 1)),
    "a megabyte": base64url.encode(bytes(2**20)),
    "not UTF-8 once opened": base64url.encode(b"\xff" * 12),
}


@pytest.mark.parametrize("sealed", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_number_says_so(sealed: str) -> None:
    """The credential stays replaced: nothing that a list holds may end in an exception."""
    assert "\ufffd" in issued_list.open_number(sealed, SIGNING_INPUT)


def test_the_longest_number() -> None:
    longest = "9" * MAX_NUMBER
    assert longest == issued_list.open_number(
        issued_list.seal_number(longest, SIGNING_INPUT), SIGNING_INPUT
    )
    longer = issued_list.seal_number(longest + "9", SIGNING_INPUT)
    assert "\ufffd" == issued_list.open_number(longer, SIGNING_INPUT)


@given(st.text(max_size=40), st.binary(max_size=20))
def test_any_text_opens_to_a_text(sealed: str, signing_input: bytes) -> None:
    issued_list.open_number(sealed, signing_input).encode()
