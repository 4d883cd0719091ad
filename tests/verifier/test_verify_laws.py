"""Laws of the verdict, whatever is presented: an answer, never an exception, never a good one by chance."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keys.trust import TrustState
from schemas import strict_json
from schemas.errors import VerificationError
from tests.vectors.cases import build
from tests.world import NOW, ORIGIN, moment, seconds, sign
from verifier.presentation import Presentation
from verifier.verdict import Verdict, check
from verifier.verify import verify

STAGE = build()
PERSONAL = ("certificate_number", "holder_name", "claims")


def genuine(group: str = "disclosure", name: str = "id_number_disclosed") -> str:
    """The text of a case."""
    return next(one.text for one in STAGE.shown if (one.group, one.name) == (group, name))


def verdict_of(text: str, trust: TrustState | None = STAGE.states["prod"]) -> Verdict:
    return check(text, trust=trust, now=moment(NOW))


@settings(max_examples=300)
@given(st.text() | st.text("0123456789.~-_ABCabc#/:https", max_size=400), st.booleans())
@example("https://zs.example.cn/#" + "9" * 600, True)
@example("1" * 4096, True)
@example("\ud800..~", True)
@example("a.b.c~" * 20, True)
def test_check_never_raises(text: str, known: bool) -> None:
    """Whatever is presented, with trust data and without: an answer, and never a good one."""
    verdict = verdict_of(text, STAGE.states["prod"] if known else None)
    assert "valid" != verdict.outcome
    assert all(getattr(verdict, member) is None for member in PERSONAL)


VALID = [one.text for one in STAGE.shown if one.case.code == "ok" and one.case.trust == "prod"][:40]


@settings(max_examples=400)
@given(st.data())
def test_a_changed_text_never_says_something_else(data: st.DataObject) -> None:
    """Change, drop or add characters: an answer, and if it is a good one the claims are the same."""
    text = data.draw(st.sampled_from(VALID))
    at = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 3))
    new = data.draw(st.text("0123456789.~-_ABCabcdef=\n\ud800中", max_size=3))
    verdict = verdict_of(text[:at] + new + text[at + length :])
    if verdict.outcome == "valid":
        claims, original = verdict.claims, verdict_of(text).claims
        assert claims is not None
        assert original is not None
        assert all(original[name] == value for name, value in claims.items())


CODES = [
    one.text.partition("#")[2]
    for one in STAGE.shown
    if one.group in ("qr_text", "qr_content") and one.case.code == "ok" and "#" in one.text
]


@settings(max_examples=300)
@given(st.data())
def test_a_changed_code_never_says_something_else(data: st.DataObject) -> None:
    """Change, drop or add bytes of what a code holds: as above."""
    digits = data.draw(st.sampled_from(CODES))
    packed = int(digits).to_bytes((len(digits) * 10 + 23) // 24).lstrip(b"\0")
    at = data.draw(st.integers(1, len(packed)))
    length = data.draw(st.integers(0, 2))
    new = data.draw(st.binary(max_size=2))
    changed = packed[:at] + new + packed[at + length :]
    verdict = verdict_of(str(int.from_bytes(changed)))
    if verdict.outcome == "valid":
        assert verdict_of(digits).claims == verdict.claims


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def written(value: object) -> bytes:
    """JSON without spaces; a lone surrogate becomes a question mark."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")


@settings(max_examples=200)
@given(st.binary(max_size=300) | ANY_JSON.map(written))
def test_an_institution_can_sign_anything(payload: bytes) -> None:
    """A good signature over any bytes leads to an error with a code, never to another exception."""
    text = sign(payload, "pingjia 2025").text
    with pytest.raises(VerificationError):
        verify(Presentation.read(text), trust=STAGE.states["prod"], now=moment(NOW))


@settings(max_examples=200)
@given(st.data())
def test_an_institution_can_sign_any_member(data: st.DataObject) -> None:
    """Any value in any member of a genuine payload: a verdict, never an exception."""
    claims = strict_json.loads_object(Presentation.read(genuine()).token(ORIGIN).payload)
    name = data.draw(st.sampled_from(sorted(claims)))
    value = data.draw(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(max_size=250)
        | st.lists(st.text(max_size=5), max_size=3)
        | st.dictionaries(st.sampled_from(["status_list", "idx", "uri", "a"]), st.integers())
    )
    verdict = verdict_of(sign(written(claims | {name: value}), "pingjia 2025").text)
    assert "valid" != verdict.outcome or value == claims[name]


@settings(max_examples=100)
@given(st.integers(-(10**10), 10**11))
def test_any_clock_gives_an_answer(time: int) -> None:
    """From the year 1653 to the year 5138; a revoked certificate is revoked at all of them."""
    trust = STAGE.states["prod"]
    for name, expected in {"revoked": {"revoked"}, "replaced": {"revoked"}}.items():
        text = genuine("status", name)
        assert check(text, trust=trust, now=moment(time)).outcome in expected
    assert check(genuine(), trust=trust, now=moment(time)).outcome in ("valid", "undecided")


def test_verifying_changes_nothing() -> None:
    """The same state answers the same, however often and in whatever order it is asked."""
    first = [verdict_of(text).to_dict("") for text in VALID]
    again = [verdict_of(text).to_dict("") for text in reversed(VALID)]
    assert first == again[::-1]


def test_a_state_is_not_shared_with_its_copies() -> None:
    """What is believed under one registry is not remembered under another."""
    trust = STAGE.states["prod"]
    other = replace(trust, keys={}, newest=seconds("2025-06-02T00:00:00Z"))
    assert "ok" == verdict_of(genuine(), trust).code
    assert "issuer_unknown" == verdict_of(genuine(), other).code
    assert "ok" == verdict_of(genuine(), trust).code
