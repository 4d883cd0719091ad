"""Status lists as the draft writes them, and revocation that has no way back."""

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import base64url
from schemas.errors import TrustError
from schemas.limits import MAX_LIST_ENTRIES
from schemas.status_list import Status, StatusList, byte_length

VALID, INVALID, SUSPENDED = Status

# draft-ietf-oauth-status-list, "Status List": twelve statuses of 2 bits, and their text.
SHORT = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
SHORT_BYTES = bytes([0xC9, 0x44, 0xF9])
SHORT_LST = "eNo76fITAAPfAgc"

# The same draft's "Test vectors for Status List encoding", "2 bit Status List": 2^20 entries.
LONG = {
    0: 1,
    1993: 2,
    25460: 1,
    159495: 3,
    495669: 1,
    554353: 1,
    645645: 2,
    723232: 1,
    854545: 1,
    934534: 2,
    1000345: 3,
}
LONG_LST = (
    "eNrt2zENACEQAEEuoaBABP5VIO01fCjIHTMStt9ovGVIAAAAAABAbiEBAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAEB5WwIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAID0ugQAAAAAAAAAAAAAAAAAQG12SgAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAOCSIQEAAAAAAAAAAAAAAAAAAAAAAAD8ExIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAwJEuAQAAAAAAAAAAAAAAAAAAAAAAAMB9SwIAAAAAAAAAAAAAAAAAAACoYUoAAAAAAAAAAAAAAEBqH81g"
    "AQw"
)
MEANING = {0: VALID, 1: INVALID, 2: SUSPENDED, 3: INVALID}


def test_the_draft_s_short_example() -> None:
    """3 is "application specific"; nobody here writes it, and it is nothing good."""
    statuses = StatusList.from_compressed(12, base64url.decode(SHORT_LST))
    assert SHORT_BYTES == statuses.data
    assert [MEANING[raw] for raw in SHORT] == [statuses[idx] for idx in range(12)]


def test_the_draft_s_test_vector() -> None:
    statuses = StatusList.from_compressed(2**20, base64url.decode(LONG_LST))
    assert {idx: MEANING[raw] for idx, raw in LONG.items()} == {idx: statuses[idx] for idx in LONG}
    others = int.from_bytes(statuses.data, "little")
    for idx, raw in LONG.items():
        others -= raw << 2 * idx
    assert 0 == others


def test_what_we_write_is_what_the_draft_s_vector_holds() -> None:
    """The bytes before compression; the compressed ones may differ from zlib to zlib."""
    written = StatusList.of(12, ((idx, MEANING[raw]) for idx, raw in enumerate(SHORT) if raw < 3))
    expected = bytes([0xC9 & 0b00111111, 0x44, 0xF9 & 0b00001111])
    assert expected == written.data
    assert expected == zlib.decompress(written.compressed())


CHANGES = st.dictionaries(st.integers(0, 99), st.sampled_from(Status), max_size=20)
COUNTS = st.integers(1, 100)


def listed(count: int, changes: dict[int, Status]) -> StatusList:
    """A list of `count` slots with those changes that it has room for."""
    return StatusList.of(count, ((idx, one) for idx, one in changes.items() if idx < count))


def statuses(one: StatusList) -> list[Status]:
    return [one[idx] for idx in range(one.count)]


@given(COUNTS, CHANGES)
def test_a_list_says_what_was_put_in(count: int, changes: dict[int, Status]) -> None:
    one = listed(count, changes)
    assert [changes.get(idx, VALID) for idx in range(count)] == statuses(one)
    assert -(-count // 4) == len(one.data) == byte_length(count)
    for status in Status:
        assert [idx for idx in range(count) if one[idx] == status] == one.indexes(status)


@given(COUNTS, CHANGES)
def test_what_is_published_is_read_again(count: int, changes: dict[int, Status]) -> None:
    one = listed(count, changes)
    assert one == StatusList.from_compressed(count, one.compressed())


@pytest.mark.parametrize("idx", [-1, 12, 13, 2**24])
def test_a_slot_beyond_the_list_has_no_status(idx: int) -> None:
    """Draft §8.3: an index out of bounds is never valid."""
    with pytest.raises(IndexError):
        StatusList(12, SHORT_BYTES)[idx]


def test_an_empty_list() -> None:
    assert StatusList(0, b"") == StatusList.from_compressed(0, zlib.compress(b""))


def with_dictionary(data: bytes) -> bytes:
    """A zlib stream that needs a preset dictionary."""
    packer = zlib.compressobj(zdict=b"status")
    return packer.compress(data) + packer.flush()


GOOD = zlib.compress(SHORT_BYTES, 9)
BOMB = zlib.compress(bytes(50_000_000), 9)
UNREADABLE: dict[str, tuple[int, bytes]] = {
    "nothing": (12, b""),
    "not zlib": (12, b"status"),
    "not compressed": (12, SHORT_BYTES),
    "raw DEFLATE": (12, zlib.compress(SHORT_BYTES, wbits=-15)),
    "gzip (Bitstring Status List)": (12, zlib.compress(SHORT_BYTES, wbits=31)),
    "with a dictionary": (12, with_dictionary(SHORT_BYTES)),
    "cut short by its last byte": (12, GOOD[:-1]),
    "cut short by its checksum": (12, GOOD[:-4]),
    "a wrong checksum": (12, GOOD[:-1] + bytes([GOOD[-1] ^ 1])),
    "a byte behind": (12, GOOD + b"\0"),
    "a second stream behind": (12, GOOD + GOOD),
    "more entries than announced": (8, GOOD),
    "fewer entries than announced": (13, GOOD),
    "announced empty": (0, GOOD),
    "a bomb": (12, BOMB),
    "a bomb that announces itself": (50_000_000 * 4, BOMB),
    "more entries than any list has": (
        MAX_LIST_ENTRIES + 1,
        zlib.compress(bytes(byte_length(MAX_LIST_ENTRIES + 1))),
    ),
    "a negative count": (-1, GOOD),
}


@pytest.mark.parametrize(("count", "data"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(count: int, data: bytes) -> None:
    with pytest.raises(TrustError) as refused:
        StatusList.from_compressed(count, data)
    assert "file_unreadable" == refused.value.code


def test_a_bomb_takes_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(TrustError):
        StatusList.from_compressed(12, BOMB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000  # bytes, of 50,000,000


@given(st.integers(-2, 50), st.binary(max_size=60) | st.binary(max_size=40).map(zlib.compress))
def test_any_bytes_are_read_or_unreadable(count: int, data: bytes) -> None:
    try:
        one = StatusList.from_compressed(count, data)
    except TrustError:
        return
    assert byte_length(count) == len(one.data)
    assert zlib.decompress(data) == one.data


def anything(count: int, data: bytes) -> StatusList:
    """A list that somebody else wrote: the unregistered 3 and set bits behind the last slot too."""
    return StatusList(count, data[: byte_length(count)].ljust(byte_length(count), b"\xff"))


LISTS = st.builds(anything, st.integers(0, 40), st.binary(max_size=10))


@given(LISTS, LISTS)
def test_revoked_stays_and_suspended_may_go(now: StatusList, earlier: StatusList) -> None:
    """Whichever of the two is longer, and nothing else changes."""
    merged = now.merged_with_revoked(earlier)
    revoked = set(earlier.indexes(INVALID))
    expected = [INVALID if idx in revoked else now[idx] for idx in range(now.count)]
    assert expected == statuses(merged)
    assert (now.count, len(now.data)) == (merged.count, len(merged.data))


@given(LISTS, LISTS, LISTS)
def test_merging_forgets_nothing(now: StatusList, second: StatusList, first: StatusList) -> None:
    """Step by step or at once, and twice is no more than once."""
    merged = now.merged_with_revoked(second)
    assert statuses(merged) == statuses(merged.merged_with_revoked(second))
    assert statuses(now) == statuses(now.merged_with_revoked(now))
    if first.count <= second.count:
        by_steps = now.merged_with_revoked(second.merged_with_revoked(first))
        at_once = now.merged_with_revoked(first).merged_with_revoked(second)
        assert statuses(at_once) == statuses(by_steps)


STEPS = {
    "revoked, then valid": (INVALID, VALID, INVALID),
    "revoked, then suspended": (INVALID, SUSPENDED, INVALID),
    "revoked, then revoked": (INVALID, INVALID, INVALID),
    "suspended, then valid": (SUSPENDED, VALID, VALID),
    "suspended, then revoked": (SUSPENDED, INVALID, INVALID),
    "valid, then suspended": (VALID, SUSPENDED, SUSPENDED),
    "valid, then revoked": (VALID, INVALID, INVALID),
}


@pytest.mark.parametrize(("before", "now", "expected"), STEPS.values(), ids=STEPS)
def test_steps(before: Status, now: Status, expected: Status) -> None:
    earlier = StatusList.of(6, [(5, before)])
    merged = StatusList.of(9, [(5, now)]).merged_with_revoked(earlier)
    assert StatusList.of(9, [(5, expected)]) == merged


def test_a_3_that_counted_as_revoked_stays_so() -> None:
    earlier = StatusList(4, bytes([3 << 4]))
    assert INVALID == earlier[2] == StatusList.of(4, []).merged_with_revoked(earlier)[2]


@given(LISTS, st.data())
def test_only_the_reinstated_slot_becomes_valid(one: StatusList, draw: st.DataObject) -> None:
    if one.count:
        idx = draw.draw(st.integers(0, one.count - 1))
        expected = statuses(one)
        expected[idx] = VALID
        assert expected == statuses(one.with_reinstated(idx))


def test_the_claims_of_the_standard_token() -> None:
    """Draft §5.1."""
    uri = "https://zs.example.cn/t/status/demo-pingjia/2025"
    one = StatusList.of(12, [(5, INVALID)])
    claims = one.claims(uri, iat=1747706400, exp=1748311200)
    lst = claims["status_list"].pop("lst")
    expected = {
        "sub": uri,
        "iat": 1747706400,
        "exp": 1748311200,
        "ttl": 3600,
        "status_list": {"bits": 2},
    }
    assert expected == claims
    assert one == StatusList.from_compressed(12, base64url.decode(lst))
