"""Issued lists, stolen keys, status, age: what the published data say about a good signature."""

from collections.abc import Callable
from typing import Any

from schemas.limits import LOG_DELAY
from schemas.status_list import Status
from tests.lists import stored_zlib
from tests.vectors.cases.case import Case, Cases, case, genuine, issued
from tests.world import DAY, HOUR, NOW, PUBLISHED, SIGNED, World, seconds

STOLEN = seconds("2025-04-01T00:00:00Z")
"""When the key of demo-beidao was stolen."""
NEXT = PUBLISHED + 7 * DAY
EXPIRES = PUBLISHED + 90 * DAY

Show = Callable[[World], str]


def _unlogged(iat: int, by: str = "demo-pingjia", list_id: str = "2025-11") -> Show:
    """Behind the end of a list that is published."""

    def show(world: World) -> str:
        if list_id == "2025-11" and f"{by}/{list_id}" not in world.lists:
            world.issue(by=by, list_id=list_id)
        return world.issue(by=by, iat=iat, log=False, issue_date="2025-03-01", list_id=list_id).text

    return show


def _reused(world: World) -> str:
    """A thief of the key takes the slot of a genuine credential."""
    return world.issue(idx=genuine(world).idx, level="高级").text


def _delayed(seconds_late: int, list_id: str) -> Show:
    return issued(log=SIGNED + seconds_late, list_id=list_id)


def _beidao(logged_at: int, list_id: str) -> Show:
    return issued(
        by="demo-beidao",
        iat=logged_at - HOUR,
        log=logged_at,
        issue_date="2025-03-31",
        list_id=list_id,
    )


def _missing(list_id: str, *kinds: str, signer: str = "") -> Show:
    """A credential in a list of which verifiers only get `kinds`."""

    def show(world: World) -> str:
        one = world.issue(by="demo-queshi", list_id=list_id, signer=signer)
        world.lists[one.list_key].loaded = kinds
        return one.text

    return show


def _marked(status: Status, replaced_by: str = "", **options: Any) -> Show:
    def show(world: World) -> str:
        return world.set_status(world.issue(**options), status, replaced_by=replaced_by).text

    return show


def _revoked(world: World) -> str:
    """One revoked credential for several cases."""
    if "revoked" not in world.named:
        world.named["revoked"] = world.set_status(world.issue(), Status.INVALID)
    return world.named["revoked"].text


def _unused(world: World) -> str:
    """A list whose only slot has the status that the standard leaves open."""
    one = world.issue(list_id="2025-8")
    world.lists[one.list_key].forged["status"] = stored_zlib(b"\x03")
    return one.text


def _at(at: int, code: str = "ok", *warnings: str, show: Show | None = None) -> Case:
    return case(show or (lambda world: genuine(world).text), code, at=at, warnings=warnings)


ISSUED_LIST: Cases = {
    "a_slot_that_is_taken": case(
        _reused, "not_in_issued_list", "a thief of the key cannot use the slot of another"
    ),
    "not_logged_long_after": case(_unlogged(PUBLISHED - LOG_DELAY - 1), "not_in_issued_list"),
    "not_logged_as_long_as_allowed": case(_unlogged(PUBLISHED - LOG_DELAY), "not_in_issued_list"),
    "not_logged_a_second_less": case(
        _unlogged(PUBLISHED - LOG_DELAY + 1),
        "issued_after_snapshot",
        "the institution still had time to log it when the snapshot was signed",
    ),
    "signed_after_the_snapshot": case(_unlogged(PUBLISHED + HOUR), "issued_after_snapshot"),
    "a_list_that_nobody_published": case(
        _unlogged(PUBLISHED - DAY, list_id="2025-99"),
        "issued_after_snapshot",
        "the first certificates of a new list, two days before they had to be logged",
    ),
    "a_list_that_nobody_published_for_long": case(
        _unlogged(PUBLISHED - LOG_DELAY, list_id="2025-99"), "not_in_issued_list"
    ),
    "an_index_far_beyond": case(
        issued(idx=2**24 - 1), "not_in_issued_list", "the largest index of any list"
    ),
    "logged_just_in_time": case(_delayed(LOG_DELAY, "2025-6")),
    "logged_a_second_late": case(_delayed(LOG_DELAY + 1, "2025-7"), "backdated"),
    "logged_months_late": case(
        issued(
            iat=seconds("2025-01-20T00:00:00Z"),
            log=SIGNED,
            issue_date="2025-01-20",
            list_id="2025-10",
        ),
        "backdated",
        "an insider signs with an old date",
    ),
    "issued_list_not_loaded": case(
        _missing("2025-1", "status"), warnings=("issued_list_not_loaded",)
    ),
}

KEY_INTEGRITY: Cases = {
    "logged_a_second_before_the_theft": case(
        _beidao(STOLEN - 1, "2025-1"), warnings=("key_later_compromised_but_logged_before",)
    ),
    "logged_at_the_theft": case(_beidao(STOLEN, "2025-2"), "key_compromised"),
    "logged_after_the_theft": case(_beidao(STOLEN + DAY, "2025-3"), "key_compromised"),
    "signed_with_the_stolen_key_and_not_logged": case(
        _unlogged(PUBLISHED + HOUR, by="demo-beidao"),
        "key_compromised",
        "no refresh would help: this key logs nothing any more",
    ),
    "an_old_date_with_the_stolen_key": case(
        _unlogged(STOLEN - 30 * DAY, by="demo-beidao"), "not_in_issued_list"
    ),
    "no_date_of_the_theft_is_known": case(
        issued(by="demo-beidao", signer="beidao lost"), "key_compromised"
    ),
    "the_list_of_the_stolen_key_is_not_loaded": case(
        _missing("2025-2", "status", signer="queshi lost"),
        "key_compromised",
        "nothing shows that it was logged before",
    ),
}

STATUS: Cases = {
    "revoked": case(_revoked, "revoked"),
    "suspended": case(_marked(Status.SUSPENDED), "suspended"),
    "the_unused_status": case(_unused, "revoked", "3 is not registered and counts as revoked"),
    "replaced": case(_marked(Status.INVALID, "PJ2025000002"), "replaced"),
    "replaced_by_a_number_in_chinese": case(
        _marked(Status.INVALID, "京职〔2025〕第 000123 号（更正换发）"),
        "replaced",
        "a number of more than 32 bytes takes two blocks of the pad",
    ),
    "a_neighbour_is_revoked": case(issued()),
    "status_list_not_loaded": case(_missing("2025-3", "issued"), warnings=("status_not_loaded",)),
    "neither_list_loaded": case(
        _missing("2025-4"), warnings=("issued_list_not_loaded", "status_not_loaded")
    ),
    "revoked_when_the_registry_is_stale": _at(NEXT, "revoked", show=_revoked),
    "revoked_when_the_registry_has_expired": _at(EXPIRES + DAY, "revoked", show=_revoked),
    "revoked_when_the_clock_is_behind": _at(PUBLISHED - 2 * DAY, "revoked", show=_revoked),
    "revoked_by_a_suspended_institution": case(
        _marked(Status.INVALID, type_name="skill_level"), "revoked"
    ),
}

EXPIRY: Cases = {
    "a_second_before_it_expires": case(issued(members={"exp": NOW + 1})),
    "it_expires_now": case(issued(members={"exp": NOW}), "expired"),
    "it_expired_long_ago": case(issued(members={"exp": SIGNED}), "expired"),
    "it_expired_by_the_newest_signed_time": case(
        issued(members={"exp": PUBLISHED}),
        "expired",
        "a clock that is behind does not bring it back",
        at=PUBLISHED - HOUR,
    ),
    "revoked_and_expired": case(_marked(Status.INVALID, members={"exp": SIGNED}), "revoked"),
}

FRESHNESS: Cases = {
    "a_second_before_the_next_snapshot": _at(NEXT - 1),
    "the_next_snapshot_is_due": _at(NEXT, "ok", "registry_stale"),
    "a_second_before_the_snapshot_expires": _at(EXPIRES - 1, "ok", "registry_stale"),
    "the_snapshot_expires": _at(EXPIRES, "registry_expired"),
    "400_days_later": _at(PUBLISHED + 400 * DAY, "registry_expired"),
    "the_clock_is_a_day_behind": _at(PUBLISHED - DAY),
    "the_clock_is_a_day_and_a_second_behind": _at(PUBLISHED - DAY - 1, "clock_behind"),
    "the_clock_says_2010": _at(seconds("2010-01-01T00:00:00Z"), "clock_behind"),
    "the_clock_says_2040": _at(seconds("2040-01-01T00:00:00Z"), "registry_expired"),
    "a_second_before_the_root_expires": case(
        lambda world: genuine(world).text,
        at=seconds("2025-06-09T23:59:59Z"),
        trust="old_root",
        warnings=("registry_stale",),
    ),
    "the_root_expires": case(
        lambda world: genuine(world).text,
        "registry_expired",
        at=seconds("2025-06-10T00:00:00Z"),
        trust="old_root",
    ),
    "no_registry": case(lambda world: genuine(world).text, "no_registry", trust=None),
    "no_registry_and_altered": case(
        lambda world: genuine(world).text.replace(".eyJ", ".fyJ"), "malformed", trust=None
    ),
    "another_authority": case(
        lambda world: genuine(world).text,
        "issuer_unknown",
        "a production credential under a demonstration's root",
        trust="demo",
    ),
}

DEMO: Cases = {
    "a_demo_credential": case(issued(), comment="valid, and marked: no evidence", trust="demo"),
    "a_demo_credential_that_does_not_say_so": case(
        issued(drop=["demo"]), comment="the root says it", trust="demo"
    ),
    "a_demo_credential_revoked": case(_marked(Status.INVALID), "revoked", trust="demo"),
}
