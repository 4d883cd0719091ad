"""What a verifier may be shown, as tables: one case, one defect, named by it."""

from collections.abc import Iterator
from typing import NamedTuple

from keys.trust import TrustState
from tests.vectors.cases.case import Case, Cases
from tests.vectors.cases.claims import CLAIMS
from tests.vectors.cases.compact import COMPACT, FOREIGN
from tests.vectors.cases.disclosure import DISCLOSURE
from tests.vectors.cases.header import HEADER
from tests.vectors.cases.issuer import ISSUER, SCOPE, WINDOW
from tests.vectors.cases.lists import DEMO, EXPIRY, FRESHNESS, ISSUED_LIST, KEY_INTEGRITY, STATUS
from tests.vectors.cases.payload import PAYLOAD
from tests.vectors.cases.qr import QR_CONTENT, QR_TEXT
from tests.vectors.cases.signature import SIGNATURE
from tests.world import World, seconds

GROUPS: dict[str, Cases] = {
    "foreign": FOREIGN,
    "qr_text": QR_TEXT,
    "qr_content": QR_CONTENT,
    "compact": COMPACT,
    "header": HEADER,
    "payload": PAYLOAD,
    "claims": CLAIMS,
    "signature": SIGNATURE,
    "disclosure": DISCLOSURE,
    "issuer": ISSUER,
    "key_window": WINDOW,
    "grant": SCOPE,
    "issued_list": ISSUED_LIST,
    "key_integrity": KEY_INTEGRITY,
    "status": STATUS,
    "expiry": EXPIRY,
    "freshness": FRESHNESS,
    "demo": DEMO,
}


class Shown(NamedTuple):
    """A case with the text that its world made."""

    group: str
    name: str
    case: Case
    text: str


class Stage(NamedTuple):
    """All cases, and the authorities that they need."""

    worlds: dict[str, World]
    shown: list[Shown]
    states: dict[str, TrustState]


def _worlds() -> dict[str, World]:
    old_root = World(only=["demo-pingjia"])
    old_root.roots.clear()
    old_root.root_version = 0
    old_root.new_root(exp=seconds("2025-06-10T00:00:00Z"))
    return {"prod": World(), "demo": World(env="demo", single=True), "old_root": old_root}


def build() -> Stage:
    """Issue everything, case by case, and publish it."""
    worlds = _worlds()
    shown = list(_shown(worlds))
    return Stage(worlds, shown, {name: world.state() for name, world in worlds.items()})


def _shown(worlds: dict[str, World]) -> Iterator[Shown]:
    elsewhere = World()  # where a case without trust was issued
    for group, cases in GROUPS.items():
        for name, case in cases.items():
            # The demonstration's verifier is shown a production credential once.
            issuer = worlds["prod"] if name == "another_authority" else worlds.get(case.trust or "")
            yield Shown(group, name, case, case.show(issuer or elsewhere))
