"""base64url has one text for each byte string, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import base64url
from schemas.errors import MalformedError

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

RFC_4648 = {  # §10, without the padding
    b"": "",
    b"f": "Zg",
    b"fo": "Zm8",
    b"foo": "Zm9v",
    b"foob": "Zm9vYg",
    b"fooba": "Zm9vYmE",
    b"foobar": "Zm9vYmFy",
    b"\xfb\xff\xbf": "-_-_",  # the two characters that differ from base64
}


@pytest.mark.parametrize(("data", "text"), RFC_4648.items())
def test_examples(data: bytes, text: str) -> None:
    assert text == base64url.encode(data)
    assert data == base64url.decode(text)


REFUSED = {
    "padding": "Zg==",
    "one padding character": "Zm8=",
    "padding alone": "====",
    "impossible length 1": "Z",
    "impossible length 5": "Zm9vZ",
    "the other alphabet: +": "+_-_",
    "the other alphabet: /": "-/-_",
    "4 unused bits set": "Zh",
    "all 4 unused bits set": "Zv",
    "2 unused bits set": "Zm9",
    "space inside": "Zm 9v",
    "space in front": " Zm9v",
    "newline at the end": "Zm9v\n",
    "newline inside": "Zm9v\nZg",
    "NUL": "Zm9v\0",
    "tilde": "Zm9v~",
    "dot": "Zm9v.Zm9v",
    "full-width letter": "Ｚm9v",
    "letter that folds to ASCII": "\u212aEY",  # KELVIN SIGN, lower() is k
    "lone surrogate": "Zm9\ud800",
    "digit of another script": "Zm9\u0661",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        base64url.decode(text)


@given(st.binary())
def test_decode_reads_what_encode_wrote(data: bytes) -> None:
    assert data == base64url.decode(base64url.encode(data))


@given(st.binary())
def test_the_text_is_ascii_without_padding(data: bytes) -> None:
    text = base64url.encode(data)
    assert set(text) <= set(ALPHABET)
    assert -(-8 * len(data) // 6) == len(text)


@given(st.one_of(st.text(ALPHABET, max_size=20), st.text(max_size=8)))
def test_whatever_is_read_is_the_one_text(text: str) -> None:
    """No two texts give the same bytes: a credential's text cannot be varied."""
    try:
        data = base64url.decode(text)
    except MalformedError:
        return
    assert text == base64url.encode(data)
