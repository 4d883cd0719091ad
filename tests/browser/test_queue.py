"""A queue of candidates: one after the other, without touching the phone."""

from tests.browser.clips import clip
from tests.browser.conftest import OpenPhone
from tests.browser.phone import settings
from tests.browser.stage import Stage

CANDIDATES = 10


def test_ten_candidates_ten_verdicts(stage: Stage, open_phone: OpenPhone) -> None:
    """In their order and none twice, though each code is held for a second."""
    queue = [f"candidate {number}" for number in range(CANDIDATES)]
    phone = open_phone(script=settings(continuous=True)).open().kept().cut_off()
    phone.scan(clip(*map(stage.text, queue)))
    phone.verdict(CANDIDATES)
    expected = [(n + 1, "ok", f"李候选{n}") for n in range(CANDIDATES)]
    assert expected == [(seen.sequence, seen.code, seen.name) for seen in phone.verdicts]


def test_one_candidate_held_still(stage: Stage, open_phone: OpenPhone) -> None:
    """A code that stays in view is one verdict; another behind it is the next."""
    phone = open_phone(script=settings(continuous=True)).open()
    phone.camera.show(clip(stage.text("valid"), stage.text("revoked"), hold=2.5, gap=0))
    phone.press("scan")
    phone.verdict(2)
    assert ["ok", "revoked"] == [seen.code for seen in phone.verdicts]


def test_the_same_candidate_comes_back(stage: Stage, open_phone: OpenPhone) -> None:
    """Others in between: the first code is a new scan again."""
    names = ("valid", "revoked", "valid")
    phone = open_phone(script=settings(continuous=True)).open()
    phone.scan(clip(*map(stage.text, names), hold=0.7, gap=3))
    phone.verdict(3)
    assert ["ok", "revoked", "ok"] == [seen.code for seen in phone.verdicts]
