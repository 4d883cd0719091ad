"""At the fair: the page was opened once with a network, then flight mode, and the server is gone."""

import pytest

from schemas.status_list import Status
from tests.browser.clips import clip
from tests.browser.conftest import OpenPhone
from tests.browser.site import Site
from tests.browser.stage import NEW_NUMBER, Stage, demonstration, everyone
from tests.world import HOUR, PUBLISHED

SCANNED = (
    "valid",
    "revoked",
    "suspended",
    "replaced",
    "expired",
    "out_of_scope",
    "bad_signature",
    "issuer_unknown",
    "not_in_issued_list",
    "foreign_code",
    "health certificate",
    "unsupported_version",
    "foreign_host",
    "stale",
    "too old",
)


@pytest.mark.parametrize("name", SCANNED)
def test_a_scan_without_a_network(name: str, stage: Stage, open_phone: OpenPhone) -> None:
    """Camera to verdict with nothing but what is on the phone."""
    code = stage.codes[name]
    phone = open_phone().open().kept().cut_off()
    phone.set_clock(code.at)
    phone.reload()
    phone.scan(clip(code.text))
    seen = phone.verdict()
    assert (code.outcome, code.code, code.warnings) == (seen.outcome, seen.code, seen.warnings)
    assert not seen.demo
    for text in code.personal:
        assert (text in phone.markup) == (code.outcome in _SHOWN and text != code.personal[-1])
    if name == "replaced":
        assert NEW_NUMBER in phone.text


_SHOWN = ("valid", "revoked", "suspended", "expired")
"""Outcomes that rest on a genuine certificate, so that its holder may be named."""


def test_a_demonstration_is_marked(demo_site: Site, open_phone: OpenPhone) -> None:
    """A demonstration's certificate verifies and cannot be taken for a real one."""
    phone = open_phone(site=demo_site).open().kept().cut_off().reload()
    phone.scan(clip(demonstration().text("demo")))
    seen = phone.verdict()
    assert ("valid", "ok", True) == (seen.outcome, seen.code, seen.demo)
    assert "演示证书，不作凭证" in phone.text


def test_online_again_what_was_revoked_since(open_phone: OpenPhone, site: Site) -> None:
    """Good in flight mode, revoked after one refresh, and again in flight mode."""
    stage = everyone()
    site.publish(stage.publish())
    phone = open_phone().open().kept().cut_off().reload()
    text = stage.text("revoked later")
    assert "ok" == phone.check(text).code

    stage.world.set_status(stage.issued["revoked later"], Status.INVALID)
    site.publish(stage.publish(iat=PUBLISHED + HOUR))
    phone.reconnect()
    phone.refresh()
    assert "revoked" == phone.check(text).code

    phone.cut_off().reload()
    assert "revoked" == phone.check(text).code


def test_the_first_visit_without_a_network_again(stage: Stage, open_phone: OpenPhone) -> None:
    """Closed and opened again offline: another page of the same browser has everything."""
    phone = open_phone().open().kept().cut_off()
    phone.page.close()
    phone.new_page().open()
    assert "ok" == phone.check(stage.text("valid")).code
