"""The chain of roots as a table, and how the tables of root rotations and updates are played."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from keys.trust import Documents, TrustState, update
from schemas.errors import TrustError
from schemas.limits import CLOCK_SKEW
from tests.keys.updates import Step
from tests.world import HOUR, NOW, Issued, World

# The root chain. A letter is a key; three keys of five hold the registry as ever.


class R(NamedTuple):
    """One root version: who holds the role, how many must sign, who did; the code if refused."""

    keys: str
    threshold: int
    by: str
    code: str | None = None
    next: str = ""
    members: dict[str, Any] = {}


ROTATIONS: dict[str, list[R]] = {
    "one root": [R("a", 1, "a")],
    "a chain of three": [R("a", 1, "a"), R("b", 1, "ab"), R("c", 1, "bc")],
    "the same key goes on": [R("a", 1, "a"), R("a", 1, "a")],
    "3 of 5 hand over to 3 of 5": [R("abcde", 3, "abc"), R("fghij", 3, "cdefgh")],
    "one key of five is exchanged": [R("abcde", 3, "abc"), R("abcdf", 3, "bcdf")],
    "the threshold rises": [R("ab", 1, "a"), R("ab", 2, "ab")],
    "the threshold falls": [R("ab", 2, "ab"), R("ab", 1, "ab")],
    "a root in between has expired": [
        R("a", 1, "a", members={"exp": NOW - HOUR}),
        R("a", 1, "a"),
    ],
    "more signatures than needed, one of a stranger": [R("a", 1, "a"), R("b", 1, "abz")],
    "not signed by itself": [R("a", 1, "b", "root_signature")],
    "2 of 5": [R("abcde", 3, "ab", "root_signature")],
    "not signed by the old root": [R("a", 1, "a"), R("b", 1, "b", "root_signature")],
    "not signed by the new root": [R("a", 1, "a"), R("b", 1, "a", "root_signature")],
    "2 of 5 old keys": [R("abcde", 3, "abc"), R("fgh", 3, "abfgh", "root_signature")],
    "2 of 5 new keys": [R("abcde", 3, "abc"), R("fghij", 3, "abcfg", "root_signature")],
    "the threshold falls, signed by the lower one": [
        R("ab", 2, "ab"),
        R("ab", 1, "a", "root_signature"),
    ],
    "two of one person": [R("aa", 2, "a", "root_signature")],
    "no threshold is more than the keys": [R("ab", 3, "ab", "root_signature")],
    "a version is left out": [
        R("a", 1, "a"),
        R("a", 1, "a", "root_gap", members={"version": 3}),
    ],
    "production becomes a demo": [
        R("a", 1, "a"),
        R("a", 1, "a", "environment_mismatch", members={"env": "demo"}),
    ],
    "the announced keys": [R("abcde", 3, "abc", next="fghij"), R("fghij", 3, "abcfgh")],
    "some of the announced keys": [R("a", 1, "a", next="bcd"), R("bd", 2, "abd")],
    "three stolen keys bring their own": [
        R("abcde", 3, "abc", next="fghij"),
        R("xyz", 3, "abcxyz", "root_prerotation"),
    ],
    "three stolen keys stay": [
        R("abcde", 3, "abc", next="fghij"),
        R("abcde", 3, "abc", "root_prerotation"),
    ],
    "three stolen keys beside an announced one": [
        R("abcde", 3, "abc", next="fghij"),
        R("abcf", 3, "abcf", "root_prerotation"),
    ],
    "nothing announced after something": [
        R("a", 1, "a", next="b"),
        R("b", 1, "ab"),
        R("c", 1, "bc"),
    ],
    "this root has expired": [R("a", 1, "a", "root_expired", members={"exp": NOW})],
    "this root expires in a second": [R("a", 1, "a", members={"exp": NOW + 1})],
    "signed more than a day from now": [
        R("a", 1, "a", "clock_behind", members={"iat": NOW + CLOCK_SKEW + 1})
    ],
    "signed a day from now": [R("a", 1, "a", members={"iat": NOW + CLOCK_SKEW})],
}


def rotated(steps: Sequence[R]) -> tuple[World, list[Documents]]:
    """A world and what it published after each root."""
    world = World(only=["demo-pingjia"])
    world.types = {}
    world.roots.clear()
    world.root_version = 0
    published = []
    for step in steps:
        world.new_root(
            root=(step.threshold, list(step.keys)),
            signed_by=list(step.by),
            next_root=list(step.next),
            **step.members,
        )
        published.append(world.publish())
    return world, published


def small_world() -> tuple[World, Issued]:
    """Two institutions, three credentials in one list and one in another; the genuine one."""
    world = World(only=["demo-pingjia", "demo-xueyuan"])
    world.types = {"technical_level": world.types["technical_level"]}
    genuine, _, _ = [world.issue() for _ in range(3)]
    world.issue("training_completion", by="demo-xueyuan", issue_date="2025-03-01")
    return world, genuine


def run(
    steps: Sequence[Step],
) -> Iterator[tuple[Step, Documents, TrustState, TrustState | TrustError, World, Issued]]:
    """Give each step with the state before it and the state or refusal after it."""
    world, genuine = small_world()
    state = update(None, world.publish(), pins=world.pins, now=NOW)
    for step in steps:
        documents = step.give(world)
        try:
            after: TrustState | TrustError = update(state, documents, pins=world.pins, now=step.now)
        except TrustError as error:
            after = error
        yield step, documents, state, after, world, genuine
        if isinstance(after, TrustState):
            state = after
