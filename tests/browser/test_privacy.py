"""Nothing of anybody stays behind, nothing leaves, and no text of a certificate becomes markup."""

from playwright.sync_api import expect

from tests.browser.clips import clip
from tests.browser.conftest import OpenPhone
from tests.browser.exported import files
from tests.browser.phone import Phone
from tests.browser.site import Site
from tests.browser.stage import NAUGHTY, Stage, digits
from tests.world import World

_DUMP = """
async () => {
  const kept = [location.href, JSON.stringify(history.state), document.cookie,
    JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.referrer, name,
    document.documentElement.outerHTML,
    JSON.stringify((await indexedDB.databases?.()) ?? [])];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      kept.push(request.url);
      kept.push(await (await cache.match(request)).text());
    }
  }
  for (const input of document.querySelectorAll('input, textarea')) kept.push(input.value);
  return kept;
}
"""


def test_nothing_personal_is_kept(stage: Stage, open_phone: OpenPhone) -> None:
    """Scanned, pasted, opened by the code, compared, cleared: then everything is dumped."""
    phone = open_phone().open("#" + digits(stage.issued["candidate 1"])).kept()
    phone.verdict()
    phone.press("done")
    phone.paste(stage.text("candidate 2"))
    phone.verdict(2)
    phone.find('[data-screen="verdict"] input').fill("119999199001010012")
    phone.press("compare")
    phone.press("done")
    phone.scan(clip(stage.text("candidate 3")))
    phone.verdict(3)
    phone.press("done")
    phone.press("session")
    phone.press("clear")
    kept: list[str] = phone.page.evaluate(_DUMP)
    assert len(kept) > 20
    people = [stage.codes[f"candidate {number}"].personal for number in (1, 2, 3)]
    for personal in (*(text for one in people for text in one), "119999199001010012"):
        assert not any(personal in text for text in kept), personal
    phone.reload()
    kept = phone.page.evaluate(_DUMP)
    assert not any("李候选" in text for text in kept)


def test_only_its_own_origin_and_only_its_own_files(stage: Stage, site: Site, phone: Phone) -> None:
    """No digit of a certificate is in any request, and nothing is asked for after the first load."""
    phone.kept()
    before = len(site.requests)
    for name in ("valid", "revoked", "bad_signature", "foreign_host", "foreign_code"):
        phone.check(stage.text(name))
    phone.scan(clip(stage.text("valid")))
    phone.verdict(6)
    assert [] == site.requests[before:]
    assert not any(digits(stage.issued["valid"])[:40] in one.path for one in site.requests)


_SHAPE = """
() => {
  const shape = (node) => [node.tagName, [...node.attributes].map((one) => one.name).sort(),
    [...node.children].map(shape)];
  return JSON.stringify(shape(document.querySelector('[data-screen="verdict"]')));
}
"""


def shape(phone: Phone, text: str) -> str:
    """The elements of the verdict on `text`, without their words."""
    phone.enter(text)
    return str(phone.page.evaluate(_SHAPE))


def test_naughty_strings_in_every_claim(stage: Stage, phone: Phone) -> None:
    """Whatever stands in a certificate is text: the same elements as for any other."""
    dialogs: list[str] = []
    phone.page.on("dialog", lambda shown: dialogs.append(shown.message))
    plain = shape(phone, stage.text("plain training"))
    for number, text in enumerate(NAUGHTY):
        phone.press("done")
        assert plain == shape(phone, stage.text(f"naughty {number}")), text
    assert not dialogs


def test_naughty_codes(phone: Phone) -> None:
    """A code that is not ours is not run, shown as a link, or followed."""
    assert dict.fromkeys(NAUGHTY, "foreign_code") == {
        text: phone.check(text).code for text in NAUGHTY
    }
    assert 0 == phone.page.locator("a").count()
    assert phone.site.address == phone.page.url


def test_naughty_strings_in_the_registry(open_phone: OpenPhone, site: Site) -> None:
    """Even what an authority has signed is only text."""
    evil = NAUGHTY[0] + NAUGHTY[1]
    world = World()
    for institution in world.institutions:
        institution["names"] = [{"name": evil}]
        institution["published_in"] = evil
    world.sign_registry(authority={"zh": evil, "en": evil}, edition=evil)
    stage = Stage(world)
    stage.add("valid", world.issue(), "valid", "ok")
    site.files |= files(stage)
    site.publish(stage.publish())
    phone = open_phone().open()
    phone.enter(stage.text("valid"))
    assert evil == phone.find('[data-field="institution"]').inner_text()
    phone.press("done")
    phone.press("ready")
    assert evil in phone.text
    expect(phone.page.locator('[onerror], img[src="x"]')).to_have_count(0)


def test_the_policy(phone: Phone) -> None:
    """The page itself says what may run in it, wherever it is served."""
    policy = phone.page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute(
        "content"
    )
    assert policy
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    for loose in ("unsafe-inline", "'unsafe-eval'", "http:", "https:", "*"):
        assert loose not in policy


def test_markup_cannot_be_written(phone: Phone) -> None:
    """Trusted Types hold: the browser refuses what our own code never does."""
    refused = phone.page.evaluate(
        """() => {
          try { document.body.innerHTML = '<b>x</b>'; return false; } catch { return true; }
        }"""
    )
    assert refused
    phone.violations.clear()
    assert phone.page.evaluate("watched.violations.splice(0).length") > 0
