"""The update rules of a verifier, as tables of attacks (after TUF's client workflow, §5.3 to §5.7)."""

import inspect
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import signed, trust, trust_lists
from keys.jwk import Jwk
from keys.trust import TrustState, root_fingerprint, update
from schemas import base64url, status_list
from schemas.codes import table
from schemas.errors import TrustError
from schemas.root import Root
from schemas.status_list import Status
from tests.keys.runs import ROTATIONS, R, rotated, run, small_world
from tests.keys.updates import LARGE, LIST, UPDATES, Step, payload
from tests.world import NOW, World, moment
from verifier.verdict import check


@pytest.mark.parametrize("steps", ROTATIONS.values(), ids=ROTATIONS)
def test_root_rotation(steps: list[R]) -> None:
    """Step by step, and in one walk from the pinned root, the answer is the same."""
    world, published = rotated(steps)
    state: TrustState | None = None
    for documents, step in zip(published, steps, strict=True):
        expires = Root.read(payload(documents.roots[-1])).exp
        now = NOW if step is steps[-1] else min(NOW, expires - 1)
        if step.code is None:
            state = update(state, documents, pins=world.pins, now=now)
            continue
        for known in (state, None):
            with pytest.raises(TrustError) as refused:
                update(known, documents, pins=world.pins, now=now)
            assert step.code == refused.value.code
        return
    walked = update(None, published[-1], pins=world.pins, now=NOW)
    assert state is not None
    assert (len(steps), state.root) == (walked.root.version, walked.root)


@pytest.mark.parametrize("steps", (UPDATES | LARGE).values(), ids=UPDATES | LARGE)
def test_update(steps: list[Step]) -> None:
    """Each step has its answer, and what was believed before stays usable after a refusal."""
    for step, _, before, after, _, genuine in run(steps):
        assert step.code == (after.code if isinstance(after, TrustError) else None)
        verdict = check(genuine.text, trust=before, now=moment(NOW))
        assert ("valid", "ok") == (verdict.outcome, verdict.code)


STICKY = {
    "revoked stays revoked under a stolen snapshot key": [Status.INVALID] * 3,
    "revoked stays revoked while the list is not loaded": [Status.INVALID] * 3,
    "the unused status counts as revoked, and stays": [Status.INVALID] * 2,
    "suspended is lifted": [Status.SUSPENDED, Status.VALID],
    "the registry reinstates": [Status.INVALID, Status.VALID],
    "the registry reinstates another slot": [Status.INVALID, Status.INVALID],
    "all revoked by a thief, and a new snapshot key": [
        Status.INVALID,
        Status.INVALID,
        Status.VALID,
    ],
}


@pytest.mark.parametrize("name", STICKY)
def test_status_after_each_update(name: str) -> None:
    """What slot 1 is, step by step."""
    seen = []
    for *_, after, _, _ in run(UPDATES[name]):
        assert isinstance(after, TrustState)
        status = after.lists[LIST].status
        assert status is not None
        seen.append(status[1])
    assert STICKY[name] == seen


def test_every_refusal_has_a_case() -> None:
    """Whatever code the rules can raise stands in one of the tables, or in a test below."""
    sources = [inspect.getsource(module) for module in (signed, trust, trust_lists, status_list)]
    raised = {code for code in table()["trust"] if any(f'"{code}"' in text for text in sources)}
    cases = [step.code for steps in (UPDATES | LARGE).values() for step in steps]
    cases += [step.code for steps in ROTATIONS.values() for step in steps]
    assert raised == {code for code in cases if code} | {"root_not_pinned"}


# Which root a verifier starts from.


def test_a_production_root_needs_a_pin() -> None:
    """The refusal names the fingerprint that people would have to compare."""
    world = World(only=["demo-pingjia"])
    with pytest.raises(TrustError) as refused:
        update(None, world.publish(), now=NOW)
    assert "root_not_pinned" == refused.value.code
    assert world.pins[0] == refused.value.details["fingerprint"]


def test_a_pin_of_another_root_does_not_help() -> None:
    world, other = World(only=["demo-pingjia"]), World(only=["demo-pingjia"], single=True)
    with pytest.raises(TrustError) as refused:
        update(None, world.publish(), pins=other.pins, now=NOW)
    assert "root_not_pinned" == refused.value.code


def test_a_demo_root_needs_no_pin_and_is_marked() -> None:
    """Whatever else is pinned, its verdicts say that they are a demonstration."""
    demo, prod = World(env="demo", only=["demo-pingjia"]), World(only=["demo-pingjia"])
    for pins in ([], prod.pins, demo.pins):
        assert update(None, demo.publish(), pins=pins, now=NOW).demo


def test_a_demo_pin_does_not_admit_a_production_root() -> None:
    demo, prod = World(env="demo", only=["demo-pingjia"]), World(only=["demo-pingjia"])
    with pytest.raises(TrustError) as refused:
        update(None, prod.publish(), pins=demo.pins, now=NOW)
    assert "root_not_pinned" == refused.value.code


@pytest.mark.parametrize("single", [False, True])
def test_a_verifier_never_changes_its_authority(single: bool) -> None:
    """A state of one authority refuses the documents of another, of the other environment too."""
    state = World(only=["demo-pingjia"]).state()
    for other in (World(env="demo", single=single), World(single=True)):
        with pytest.raises(TrustError) as refused:
            update(state, other.publish(), pins=other.pins, now=NOW)
        assert "equivocation" == refused.value.code


def test_a_pin_of_a_later_root_starts_there() -> None:
    """What came before the pinned root does not matter, not even its signatures."""
    world = World(only=["demo-pingjia"])
    world.roots.clear()
    world.root_version = 0
    world.new_root(signed_by=["stranger"])
    world.new_root()
    world.new_root()
    documents = world.publish()
    state = update(None, documents, pins=[root_fingerprint(documents.roots[1])], now=NOW)
    assert 3 == state.root.version


def test_a_pinned_root_must_be_signed_by_itself() -> None:
    world = World(only=["demo-pingjia"])
    world.roots.clear()
    world.new_root(signed_by=["prod root 1", "stranger"])
    with pytest.raises(TrustError) as refused:
        update(None, world.publish(), pins=world.pins, now=NOW)
    assert "root_signature" == refused.value.code


SMALL_ORDER = base64url.encode(bytes([1]) + bytes(31))


@pytest.mark.parametrize("role", ["root", "registry", "snapshot"])
def test_a_role_with_a_key_of_small_order_is_refused(role: str) -> None:
    """Such a key verifies a signature that anybody can make."""
    weak = Jwk(x=base64url.decode(SMALL_ORDER))
    world = World(only=["demo-pingjia"])
    roles = Root.read(payload(world.roots[0])).roles.model_dump()
    roles[role]["keys"][0] = {"kid": weak.kid, "jwk": weak.to_dict()}
    world.roots.clear()
    world.root_version = 0
    world.new_root(roles=roles)
    with pytest.raises(TrustError) as refused:
        update(None, world.publish(), pins=world.pins, now=NOW)
    assert "document_malformed" == refused.value.code


def test_a_duplicate_of_a_loaded_state_is_the_same_state() -> None:
    """Reading the same documents again changes nothing, with a state and without one."""
    world, _ = small_world()
    documents = world.publish()
    state = update(None, documents, pins=world.pins, now=NOW)
    assert state == update(state, documents, now=NOW)
    assert state == update(None, documents, pins=world.pins, now=NOW)


_WORLD, _ = small_world()
_DOCUMENTS = _WORLD.publish()
_STATE = update(None, _DOCUMENTS, pins=_WORLD.pins, now=NOW)


@settings(max_examples=200)
@given(
    place=st.sampled_from(["roots", "snapshot", "registry", "registry_signatures"]),
    at=st.integers(0, 10_000),
    byte=st.integers(1, 255),
    known=st.booleans(),
)
def test_any_other_byte_is_refused(place: str, at: int, byte: int, known: bool) -> None:
    """One changed byte anywhere: a TrustError and nothing else.

    But for the signatures of a root that is trusted already: nobody asks for them again.
    """
    data = _DOCUMENTS.roots[0] if place == "roots" else getattr(_DOCUMENTS, place)
    broken = bytearray(data)
    broken[at % len(data)] ^= byte
    value: Any = (bytes(broken),) if place == "roots" else bytes(broken)
    documents = replace(_DOCUMENTS, **{place: value})
    try:
        after = update(_STATE if known else None, documents, pins=_WORLD.pins, now=NOW)
    except TrustError:
        return
    assert known
    assert "roots" == place
    assert _STATE == after


@settings(max_examples=100)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda t: t.encode("utf-8", "replace")))
def test_arbitrary_bytes_are_a_trust_error(data: bytes) -> None:
    for place in ("snapshot", "registry", "registry_signatures"):
        other: Any = {place: data}
        with pytest.raises(TrustError):
            update(_STATE, replace(_DOCUMENTS, **other), now=NOW)
