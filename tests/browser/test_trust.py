"""Trust data on the phone: what a host can do to it, and that it can only refuse."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import pytest

from schemas.status_list import Status
from tests.browser.clips import clip
from tests.browser.conftest import OpenPhone
from tests.browser.exported import files, next_version
from tests.browser.phone import Phone
from tests.browser.site import Site
from tests.browser.stage import Stage, demonstration, everyone
from tests.world import DAY, HOUR, NOW, PUBLISHED, World, seconds


class Later:
    """An authority that has published twice: `revoked later` is good in the first, not in the second."""

    def __init__(self) -> None:
        self.stage = everyone()
        self.text = self.stage.text("revoked later")
        self.first = self.stage.publish()
        self.stage.world.set_status(self.stage.issued["revoked later"], Status.INVALID)
        self.second = self.stage.publish(iat=PUBLISHED + HOUR)


@pytest.fixture(scope="module")
def later() -> Later:
    """Two publications of one authority."""
    return Later()


def test_an_older_snapshot(later: Later, site: Site, open_phone: OpenPhone) -> None:
    """A host that goes back to yesterday does not bring back what was revoked."""
    site.publish(later.second)
    phone = open_phone().open().kept()
    assert "revoked" == phone.check(later.text).code
    site.publish(later.first)
    assert "snapshot_rollback" == phone.refresh()
    assert "revoked" == phone.check(later.text).code
    phone.reload()
    assert "revoked" == phone.check(later.text).code


def test_two_snapshots_of_one_version(later: Later, site: Site, open_phone: OpenPhone) -> None:
    """Different people are not told different things."""
    site.publish(later.first)
    phone = open_phone().open().kept()
    site.publish(everyone().publish(iat=PUBLISHED + 1))
    assert "equivocation" == phone.refresh()
    assert "ok" == phone.check(later.text).code


def another_authority() -> dict[str, bytes]:
    """What somebody publishes who has keys of his own and says the same of everybody."""
    world = World()
    world.roots.clear()
    world.root_version = 0
    world.new_root(root=(1, ["another root 1"]))
    return everyone(Stage(world)).publish()


def test_another_authority(stage: Stage, site: Site, open_phone: OpenPhone) -> None:
    """The page trusts the root it was exported with and no other: nothing can be decided."""
    site.publish(another_authority())
    phone = open_phone().open()
    assert "root_not_pinned" == phone.refresh()
    assert "no_registry" == phone.check(stage.text("valid")).code


def test_another_authority_afterwards(stage: Stage, site: Site, phone: Phone) -> None:
    """What was accepted stays."""
    phone.kept()
    site.publish(another_authority())
    assert "equivocation" == phone.refresh()
    assert "ok" == phone.check(stage.text("valid")).code


def test_a_demonstration_instead(stage: Stage, site: Site, open_phone: OpenPhone) -> None:
    """A demonstration needs no pin; nothing that it says passes for more than that."""
    demo = demonstration()
    site.publish(demo.publish())
    phone = open_phone().open()
    seen = phone.check(demo.text("demo"))
    assert ("ok", True) == (seen.code, seen.demo)
    assert "issuer_unknown" == phone.check(stage.text("valid")).code


def test_a_demonstration_afterwards(stage: Stage, site: Site, phone: Phone) -> None:
    """Who has a real authority's data does not get a demonstration's."""
    phone.kept()
    site.publish(demonstration().publish())
    assert "environment_mismatch" == phone.refresh()
    seen = phone.check(stage.text("valid"))
    assert ("ok", False) == (seen.code, seen.demo)


def test_a_root_that_expires(open_phone: OpenPhone, site: Site) -> None:
    """Before the snapshot does: undecided, never green, from that day on."""
    world = World(only=["demo-pingjia"])
    world.roots.clear()
    world.root_version = 0
    world.new_root(exp=seconds("2025-06-10T00:00:00Z"))
    stage = Stage(world)
    stage.add("valid", world.issue(), "valid", "ok")
    site.files |= files(stage)
    site.publish(stage.publish())
    phone = open_phone().open().kept()
    assert "ok" == phone.check(stage.text("valid")).code
    phone.set_clock(seconds("2025-06-11T00:00:00Z"))
    phone.reload()
    assert "registry_expired" == phone.check(stage.text("valid")).code
    assert "root_expired" == phone.refresh()


@pytest.mark.parametrize("back", [30 * DAY, 3000 * DAY])
def test_a_clock_that_is_behind(back: int, stage: Stage, open_phone: OpenPhone) -> None:
    """Set back on purpose or by an empty battery: it neither verifies nor updates."""
    phone = open_phone().open().kept()
    phone.set_clock(NOW - back)
    phone.reload()
    assert "clock_behind" == phone.check(stage.text("valid")).code
    fresh = open_phone(clock=NOW - back).open()
    assert "clock_behind" == fresh.refresh()
    assert "no_registry" == fresh.check(stage.text("valid")).code


TAMPER = """
async (alter) => {
  const cache = await caches.open('zhengyin-trust');
  let altered = 0;
  for (const request of await cache.keys()) {
    const old = new Uint8Array(await (await cache.match(request)).arrayBuffer());
    if ((alter === 'pointer') !== request.url.endsWith('/current')) continue;
    if (alter === 'gone') await cache.delete(request);
    else {
      old[Math.floor(old.length / 2)] ^= 1;
      await cache.put(request, new Response(old));
    }
    altered += 1;
  }
  return altered;
}
"""


@pytest.mark.parametrize("alter", ["bit", "gone", "pointer"])
def test_storage_that_was_tampered_with(alter: str, stage: Stage, open_phone: OpenPhone) -> None:
    """A bit that turned on the phone, files or the pointer lost: no green, and a way out."""
    phone = open_phone().open().kept()
    assert phone.page.evaluate(TAMPER, alter) > 0
    phone.cut_off()
    phone.reload()
    assert "no_registry" == phone.check(stage.text("valid")).code
    phone.reconnect()
    assert "updated" == phone.refresh()
    assert "ok" == phone.check(stage.text("valid")).code


def test_every_part_is_looked_at(stage: Stage, open_phone: OpenPhone) -> None:
    """A bit altered anywhere in what is stored: the page says no more than it knows."""
    phone = open_phone().open().kept().cut_off()
    for place in (0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999):
        assert phone.page.evaluate(_FLIP, place) > 1000
        phone.reload()
        assert phone.check(stage.text("revoked")).code in ("revoked", "no_registry"), place
        phone.page.evaluate(_FLIP, place)
    phone.reload()
    assert "revoked" == phone.check(stage.text("revoked")).code


_FLIP = """
async (place) => {
  const cache = await caches.open('zhengyin-trust');
  for (const request of await cache.keys()) {
    if (request.url.endsWith('/current')) continue;
    const data = new Uint8Array(await (await cache.match(request)).arrayBuffer());
    data[Math.floor(data.length * place)] ^= 1;
    await cache.put(request, new Response(data));
    return data.length;
  }
}
"""


def test_only_the_tail_of_an_issued_list_travels(site: Site, open_phone: OpenPhone) -> None:
    """What is on the phone is not fetched again, and what has not changed is not asked for."""
    stage = everyone()
    site.publish(stage.publish())
    phone = open_phone().open().kept()
    before = len(site.files["t/issued/demo-pingjia/2025.bin"])
    new = stage.world.issue(iat=PUBLISHED)
    site.publish(stage.publish(iat=PUBLISHED + HOUR))
    site.requests.clear()
    assert "updated" == phone.refresh()
    issued = site.asked(r"^t/issued/")
    assert [("t/issued/demo-pingjia/2025.bin", 206)] == [(one.path, one.status) for one in issued]
    assert f"bytes={before}-{before + 9}" == issued[0].span
    assert not site.asked(r"^t/(registry/\d+\.json|types/)")
    assert "ok" == phone.check(new.text).code


def test_nothing_newer(site: Site, phone: Phone) -> None:
    """A refresh without news asks for the snapshot, and says so."""
    phone.kept()
    site.requests.clear()
    assert "unchanged" == phone.refresh()
    assert not site.asked(r"^t/(issued|status|types)/")


def test_a_press_while_the_page_has_news(site: Site, phone: Phone) -> None:
    """A control that is drawn anew under the finger still hears it."""
    phone.kept().press("ready")
    bundle = {"name": "b.zip", "mimeType": "application/zip", "buffer": site.files["t/bundle.zip"]}
    box = phone.find('[data-action="refresh"]').bounding_box()
    assert box is not None
    phone.page.mouse.move(box["x"] + 5, box["y"] + 5)
    phone.page.mouse.down()
    phone.page.set_input_files('[data-action="load-bundle"]', bundle)
    phone.settled(lambda: any("最新" in said for said in phone.said))
    site.requests.clear()
    phone.page.mouse.up()
    phone.settled(lambda: bool(site.asked(r"^t/snapshot.json")))


def test_swapped_whole(later: Later, site: Site, open_phone: OpenPhone) -> None:
    """The page is closed in the middle of an update: the old data serve on."""
    site.publish(later.first)
    phone = open_phone().open().kept()
    site.publish(later.second)
    status = next(path for path in site.files if path.startswith("t/status/demo-pingjia/2025."))
    site.withheld[status] = Event()
    phone.press("ready")
    phone.press("refresh")
    phone.settled(lambda: bool(site.asked("snapshot.json")))
    phone.page.close()
    phone.cut_off().new_page().open()
    assert "ok" == phone.check(later.text).code


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_switched_off_while_storing(
    writes: int, later: Later, site: Site, open_phone: OpenPhone
) -> None:
    """After so many writes: what is there next time is the old data or the new, whole."""
    site.publish(later.first)
    phone = open_phone().open().kept()
    site.publish(later.second)
    phone.page.evaluate(_BATTERY, writes)
    phone.press("ready")
    phone.press("refresh")
    phone.page.wait_for_function(
        "() => globalThis.batteryEmpty || document.querySelector('[data-field=notice]')"
    )
    phone.page.close()
    phone.cut_off().new_page().open()
    assert phone.check(later.text).code in ("ok", "revoked")
    assert "revoked" == phone.check(later.stage.text("revoked")).code


_BATTERY = """
(left) => {
  const put = Cache.prototype.put;
  Cache.prototype.put = function (...given) {
    if (left-- > 0) return put.apply(this, given);
    globalThis.batteryEmpty = true;
    return new Promise(() => {});
  };
}
"""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """What a host does to a file, and how the page takes it."""

    file: str
    spoil: Callable[[bytes], bytes]
    code: str


SPOILT = {
    "something else": Spoilt("snapshot.json", lambda _: b"{}", "document_malformed"),
    "cut short": Spoilt("snapshot.json", lambda data: data[:-40], "document_malformed"),
    "too much": Spoilt("snapshot.json", lambda data: data + b" " * 2_000_000, "file_too_large"),
    "a grant altered": Spoilt(
        "registry/1.json", lambda data: data.replace(b"2022-01-01", b"2021-01-01"), "registry_hash"
    ),
    "a status altered": Spoilt(
        "status/demo-pingjia/2025",
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        "file_hash",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_host_that_serves_something_else(
    name: str, tree: dict[str, bytes], site: Site, open_phone: OpenPhone
) -> None:
    """Refused for what it is, on the first visit: nothing is believed."""
    file, spoil, code = SPOILT[name].file, SPOILT[name].spoil, SPOILT[name].code
    site.publish(
        {path: spoil(data) if path.startswith(file) else data for path, data in tree.items()}
    )
    phone = open_phone().open()
    assert code == phone.refresh()


def test_a_host_that_is_down(site: Site, phone: Phone, stage: Stage) -> None:
    """The page says so and goes on with what it has."""
    phone.kept()
    site.stop()
    assert "network_unreachable" == phone.refresh()
    assert "ok" == phone.check(stage.text("valid")).code


def test_a_new_version_while_open(stage: Stage, site: Site, open_phone: OpenPhone) -> None:
    """The old page stays whole until somebody says yes; then all of it is new."""
    phone = open_phone().open().kept().reload()
    site.replace(next_version(site.files))
    phone.reload()
    phone.page.wait_for_selector('[data-action="update-now"]:visible')
    assert "1" == _version(phone)
    phone.reload()
    assert "1" == _version(phone)
    phone.scan(clip(stage.text("valid")))
    assert "ok" == phone.verdict().code
    phone.press("done")
    with phone.page.expect_navigation():
        phone.press("update-now")
    phone.ready()
    phone.page.wait_for_selector('html[data-version="2"]', state="attached")
    phone.cut_off().reload()
    assert "2" == _version(phone)
    assert "ok" == phone.check(stage.text("valid")).code


def test_a_new_version_keeps_the_trust_data(
    later: Later, site: Site, open_phone: OpenPhone
) -> None:
    """What was learnt is not forgotten with the page that learnt it."""
    site.publish(later.second)
    phone = open_phone().open().kept().reload()
    site.replace(next_version(site.files))
    site.publish(later.first)
    phone.reload()
    phone.press("update-now")
    phone.page.wait_for_selector('html[data-version="2"]', state="attached")
    phone.ready()
    assert "revoked" == phone.check(later.text).code


def _version(phone: Phone) -> str:
    return phone.page.locator("html").get_attribute("data-version") or "1"
