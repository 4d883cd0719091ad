"""What a recruiter reads after a scan, for how long, and what is gone afterwards."""

import csv
import io
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from schemas import codes
from schemas.status_list import Status
from tests.browser.clips import clip
from tests.browser.conftest import OpenPhone
from tests.browser.phone import Phone, settings
from tests.browser.site import Site
from tests.browser.stage import FOREIGN_HOST, Stage, digits, everyone
from tests.institutions import CLAIMS, MACHINES
from tests.world import DAY, NOW, moment

PERSON = CLAIMS["technical_level"]


def field(phone: Phone, name: str) -> str:
    """The text of a shown value."""
    return phone.find(f'[data-field="{name}"]').inner_text()


def test_who_what_and_whom_to_compare(stage: Stage, phone: Phone) -> None:
    """The registry's name of the institution, the level, the holder, the last four digits."""
    phone.enter(stage.text("valid"))
    assert "示例机械评价中心（演示）" == field(phone, "institution")
    assert PERSON["holder_name"] == field(phone, "holder_name")
    assert PERSON["id_number_tail"] == field(phone, "id_number_tail").replace(" ", "")
    assert stage.codes["valid"].personal[1] == field(phone, "certificate_number")
    for text in (
        MACHINES,
        "初级",
        "智能装备与产线应用",
        "真实有效",
        "人证是否一致请核对本人身份证件",
    ):
        assert text in phone.text
    assert "目录已更新到 2025-05-01" in phone.text
    assert "撤销信息截至 2025-06-02" in phone.text


def test_large_name_and_digits(stage: Stage, phone: Phone) -> None:
    """What is compared with the ID card is larger than the rest."""
    phone.enter(stage.text("valid"))
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    body = phone.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    for name in ("holder_name", "id_number_tail"):
        assert phone.find(f'[data-field="{name}"]').evaluate(size) >= 1.5 * body


def test_full_screen(stage: Stage, phone: Phone) -> None:
    """Nothing else can be seen or pressed while a verdict shows, and it begins at the top."""
    phone.enter(stage.text("valid"))
    assert "verdict" == phone.screen
    box = phone.find('[data-screen="verdict"]').bounding_box()
    assert box
    assert box["y"] <= 0
    assert 390 == box["width"]
    assert 0 == phone.page.locator("video:visible").count()


SAID = ("valid", "revoked", "suspended", "bad_signature", "foreign_code")


@pytest.mark.parametrize("language", codes.LANGUAGES)
def test_said_to_a_screen_reader(language: Any, stage: Stage, open_phone: OpenPhone) -> None:
    """Outcome and reason are announced, in the browser's language."""
    phone = open_phone(locale=language).open()
    region = phone.page.locator("[data-message]")
    assert region.get_attribute("aria-live") == "assertive"
    for name in SAID:
        code = stage.codes[name]
        phone.enter(code.text)
        word = re.split("（| \\(", codes.sentence("outcomes", code.outcome, language))[0]
        phone.hears(word)
        phone.press("done")


def test_nobody_is_named_by_what_does_not_verify(stage: Stage, phone: Phone) -> None:
    """Not hidden: not in the document at all."""
    for name in ("out_of_scope", "bad_signature", "issuer_unknown", "not_in_issued_list"):
        phone.enter(stage.text(name))
        markup = phone.markup
        for text in stage.codes[name].personal:
            assert text not in markup, name
        assert PERSON["id_number_tail"] not in phone.text
        assert "个人信息不予显示" in phone.text
        phone.press("done")


def test_only_what_holds_looks_genuine(stage: Stage, phone: Phone) -> None:
    """Nothing else has the colour of what is valid, not even what is valid with a warning."""
    look = "(shown) => getComputedStyle(shown.querySelector('header')).backgroundColor"
    looks: dict[str, str] = {}
    for name in (*SAID, "foreign_host", "expired", "unsupported_version"):
        phone.enter(stage.text(name))
        looks[name] = str(phone.find('[data-screen="verdict"]').evaluate(look))
        phone.press("done")
    valid = looks.pop("valid")
    assert valid not in looks.values()


def test_clears_itself(stage: Stage, open_phone: OpenPhone) -> None:
    """After thirty seconds nobody is on the screen; held, a verdict stays."""
    phone = open_phone(clock=None)
    phone.page.clock.install(time=moment(NOW))
    phone.open()
    phone.enter(stage.text("valid"))
    phone.page.clock.run_for(29_000)
    assert "verdict" == phone.screen
    phone.page.clock.run_for(2_000)
    expect(phone.page.locator('[data-screen="verdict"]:visible')).to_have_count(0)
    assert PERSON["holder_name"] not in phone.markup


def test_hold_to_pause(stage: Stage, open_phone: OpenPhone) -> None:
    """A verdict that is held does not clear; let go, the rest of its time runs."""
    phone = open_phone(clock=None)
    phone.page.clock.install(time=moment(NOW))
    phone.open()
    phone.enter(stage.text("valid"))
    phone.page.clock.run_for(20_000)
    hold = phone.find('[data-action="hold"]')
    hold.hover()
    phone.page.mouse.down()
    phone.page.clock.run_for(60_000)
    assert "verdict" == phone.screen
    phone.page.mouse.up()
    phone.page.clock.run_for(31_000)
    expect(phone.page.locator('[data-screen="verdict"]:visible')).to_have_count(0)


def test_gone_when_the_phone_is_put_away(stage: Stage, phone: Phone) -> None:
    """Another program in front: the verdict is cleared before the switcher takes its picture."""
    phone.enter(stage.text("valid"))
    hide(phone)
    expect(phone.page.locator('[data-screen="verdict"]:visible')).to_have_count(0)
    for text in stage.codes["valid"].personal:
        assert text not in phone.markup


def hide(phone: Phone) -> None:
    """What a browser does when another program comes in front."""
    phone.page.evaluate(
        """() => {
          Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
          Object.defineProperty(document, 'hidden', { value: true, configurable: true });
          document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        }"""
    )


COMPARED = (
    ("valid", "119999 19900101 0012", "后四位一致（证书只显示后四位）"),
    ("valid", "119999199001010013", "不一致：后四位不同"),
    ("with ID number", "119999199001010012", "一致：证件号码相同"),
    ("with ID number", "229999199001010012", "不一致：证件号码不同"),
)


def test_comparing_an_id_number(stage: Stage, phone: Phone) -> None:
    """With what the holder discloses, else with the last four."""
    for name, typed, answer in COMPARED:
        phone.enter(stage.text(name))
        phone.find('[data-screen="verdict"] input').fill(typed)
        phone.press("compare")
        assert field(phone, "comparison").endswith(answer)
        phone.press("done")
        assert typed not in phone.markup


def test_a_foreign_host_in_words(stage: Stage, phone: Phone) -> None:
    """Genuine content behind a stranger's address: valid, and said where the code leads."""
    assert ("foreign_host",) == phone.enter(stage.text("foreign_host")).warnings
    assert f"此码指向其他网站 {FOREIGN_HOST}，本机只验证其中的签名" in phone.text


@pytest.mark.parametrize("count", [600, 2_000, 8_000])
def test_opened_by_digits_that_mean_nothing(
    count: int, stage: Stage, open_phone: OpenPhone
) -> None:
    """Of any length: a verdict, and gone from the address before anything else is done."""
    phone = open_phone(script=_FIRST_LOOK)
    phone.open("#" + "7" * count)
    seen = phone.verdict()
    assert "valid" != seen.outcome
    assert phone.site.address == phone.page.url
    assert "" == phone.page.evaluate("fragmentAtFirstTask")


_FIRST_LOOK = """
addEventListener('DOMContentLoaded', () => { globalThis.fragmentAtFirstTask = location.hash; });
"""


def test_opened_by_a_certificate(stage: Stage, open_phone: OpenPhone) -> None:
    """It says that the code opened it, and at which address one is, and keeps no digits."""
    phone = open_phone(script=_FIRST_LOOK)
    phone.open("#" + digits(stage.issued["valid"]))
    assert "ok" == phone.verdict().code
    assert "" == phone.page.evaluate("fragmentAtFirstTask")
    assert phone.site.address == phone.page.url
    assert {"about:blank", phone.site.address} == set(phone.history)
    assert "本页由二维码打开" in phone.text
    assert phone.site.host in phone.text
    assert "伪造的证书可以打开仿冒的网页" in phone.text


def test_opened_by_a_second_certificate(stage: Stage, phone: Phone) -> None:
    """The page is open already when another code is scanned with the camera app."""
    phone.page.evaluate("digits => { location.hash = digits }", digits(stage.issued["revoked"]))
    assert "revoked" == phone.verdict().code
    assert phone.site.address == phone.page.url


def test_two_codes_in_the_frame(stage: Stage, phone: Phone) -> None:
    """No verdict on a guess: the page says that there are two, and waits for one."""
    valid, revoked = stage.text("valid"), stage.text("revoked")
    phone.scan(clip((valid, revoked), revoked, hold=2))
    phone.hears("画面中有两个码，请只对准一个")
    assert "revoked" == phone.verdict().code
    assert 1 == len(phone.verdicts)


def test_the_session_list(stage: Stage, phone: Phone) -> None:
    """In memory, masked, exported when asked, and gone when cleared."""
    for name in ("valid", "revoked", "bad_signature"):
        phone.check(stage.text(name))
    phone.press("session")
    with phone.page.expect_download() as download:
        phone.press("export")
    data = download.value.path().read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert 4 == len(rows)
    assert ["真实有效", "已撤销", "验证不通过"] == [
        next(word for word in _WORDS if any(word in cell for cell in row)) for row in rows[1:]
    ]
    text = data.decode("utf-8-sig")
    for name in ("valid", "revoked"):
        for personal in stage.codes[name].personal:
            assert personal not in text
            assert personal not in phone.markup
    assert "张" in text
    phone.press("clear")
    assert "还没有核验" in phone.text


_WORDS = ("真实有效", "已撤销", "验证不通过")


def test_looked_up_again_later(site: Site, open_phone: OpenPhone) -> None:
    """What was good as far as an old registry knew: newer data say that it was revoked by then."""
    stage = everyone()
    site.publish(stage.publish())
    phone = open_phone(clock=NOW + 10 * DAY).open().kept()
    assert ("registry_stale",) == phone.check(stage.text("revoked later")).warnings
    phone.press("session")
    assert "待更新后复查" in phone.text
    stage.world.set_status(stage.issued["revoked later"], Status.INVALID)
    now = {"iat": NOW + 9 * DAY, "next": NOW + 16 * DAY, "exp": NOW + 90 * DAY}
    site.publish(stage.publish(**now))
    phone.press("recheck")
    phone.page.get_by_text("已撤销（截至").filter(visible=True).wait_for()


@pytest.mark.parametrize("on", [False, True])
def test_vibration(on: bool, stage: Stage, open_phone: OpenPhone) -> None:
    """Off unless it was asked for; then one can feel which verdict it is."""
    phone = open_phone(script=_VIBRATION + settings(vibration=on)).open()
    for name in ("valid", "revoked"):
        phone.check(stage.text(name))
    felt = phone.page.evaluate("felt")
    assert (2 if on else 0) == len(felt)
    assert not on or felt[0] != felt[1]


_VIBRATION = """
globalThis.felt = [];
Navigator.prototype.vibrate = (pattern) => felt.push(JSON.stringify(pattern)) > 0;
"""


def test_the_session_list_dies_with_the_page(stage: Stage, phone: Phone) -> None:
    """Nothing of it is stored."""
    phone.check(stage.text("valid"))
    phone.reload()
    phone.press("session")
    assert "还没有核验" in phone.text


def test_the_screen_is_alive(stage: Stage, phone: Phone) -> None:
    """A picture of a verdict is not a verdict: the time of the check runs, something moves."""
    phone.enter(stage.text("valid"))
    animations = "document.getAnimations().filter(one => one.playState === 'running').length"
    assert phone.page.evaluate(animations) > 0
    shown = phone.find('[data-screen="verdict"] time')
    first = shown.inner_text()
    phone.settled(lambda: shown.inner_text() != first)


def test_english(stage: Stage, open_phone: OpenPhone) -> None:
    """Another browser's language, and back by a button."""
    phone = open_phone(locale="en-GB").open()
    phone.enter(stage.text("revoked"))
    assert "revoked" in phone.text
    assert "en" == phone.page.locator("html").get_attribute("lang")
    phone.press("done")
    phone.press("language")
    assert "zh-CN" == phone.page.locator("html").get_attribute("lang")
    assert "扫描证书" in phone.text
