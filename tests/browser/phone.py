"""A visitor's phone with the page on it: what people do, and what they are shown."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, Request, expect

from schemas import codes
from tests.browser import clips
from tests.browser.site import Site
from tests.world import NOW

PATIENCE = 20_000  # ms: no wait of a test is shorter; none of them is a pause

_NOTICES = {"updated": "已更新", "unchanged": "已是最新"} | {
    code: ".*".join(re.escape(part).rstrip("：") for part in re.split(r"\{.*?\}", words["zh-CN"]))
    for code, words in codes.table()["trust"].items()
}
"""The page's words about trust data, as patterns."""

_WATCH = """
(() => {
  globalThis.watched = { violations: [], verdicts: [], said: [] };
  addEventListener('securitypolicyviolation', (event) =>
    watched.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  const field = (shown, name) => shown.querySelector(`[data-field="${name}"]`)?.textContent ?? null;
  const look = () => {
    for (const region of document.querySelectorAll('[data-message]')) {
      const text = region.textContent.trim();
      if (text && watched.said.at(-1) !== text) watched.said.push(text);
    }
    const shown = document.querySelector('[data-screen="verdict"]');
    if (!shown || shown.hidden || !shown.dataset.sequence) return;
    if (watched.verdicts.at(-1)?.sequence === Number(shown.dataset.sequence)) return;
    watched.verdicts.push({
      sequence: Number(shown.dataset.sequence),
      outcome: shown.dataset.outcome,
      code: shown.dataset.code,
      warnings: (shown.dataset.warnings ?? '').split(' ').filter(Boolean),
      demo: (shown.dataset.demo ?? 'false') !== 'false',
      name: field(shown, 'holder_name'),
      number: field(shown, 'certificate_number'),
    });
  };
  new MutationObserver(look).observe(document,
    { subtree: true, childList: true, attributes: true, characterData: true });
})();
"""

_SETTINGS = """
if (!localStorage.getItem('zhengyin-settings')) localStorage.setItem('zhengyin-settings', %s);
"""

_CLOCK = """
(() => {
  const Real = globalThis.RealDate ?? Date;
  globalThis.RealDate = Real;
  const shift = %d;
  globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
})();
"""


def settings(**chosen: Any) -> str:
    """A script that sets what a person may choose, until they choose something else."""
    return _SETTINGS % json.dumps(json.dumps(chosen))


def clock(at: int) -> str:
    """A script that sets a page's clock, which runs on from there."""
    return _CLOCK % round((at - time.time()) * 1000)


@dataclass(frozen=True, slots=True)
class Seen:
    """A verdict as it stood on the screen."""

    sequence: int
    outcome: str
    code: str
    warnings: tuple[str, ...]
    demo: bool
    name: str | None
    number: str | None


class Camera:
    """The file that Chromium's fake camera shows; it begins at each start of the camera."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.show(clips.clip())

    def show(self, clip: bytes) -> None:
        """What the next start of the camera sees."""
        new = self.path.with_suffix(".new")
        new.write_bytes(clip)
        new.replace(self.path)


class Phone:
    """One browser context with the page in it.

    `clock`: seconds at which the phone's time stands when it is switched on; None leaves it alone.
    """

    def __init__(
        self, context: BrowserContext, site: Site, camera: Camera, *, clock: int | None = NOW
    ) -> None:
        self.context = context
        self.site = site
        self.camera = camera
        self.errors: list[str] = []
        self.violations: list[str] = []
        self.hosts: set[str] = set()
        context.set_default_timeout(PATIENCE)
        context.add_init_script(_WATCH)
        if clock is not None:
            self.set_clock(clock)
        context.on("request", self._ask)
        self.page = context.new_page()
        self.attend(self.page)

    def attend(self, page: Page) -> None:
        """Note what goes wrong in a page."""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self._hear(said.text))

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text or "TrustedHTML" in text:
            self.violations.append(text)

    def _ask(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:", "file:")):
            self.hosts.add(request.url.split("/", 3)[2])

    def set_clock(self, at: int) -> None:
        """The time from the next load on."""
        self.context.add_init_script(clock(at))

    # Going places.

    def open(self, fragment: str = "") -> "Phone":
        """Open the page and wait until it can verify."""
        self.page.goto(self.site.address + fragment)
        return self.ready()

    def new_page(self) -> "Phone":
        """Another page of the same browser."""
        self.page = self.context.new_page()
        self.attend(self.page)
        return self

    def reload(self) -> "Phone":
        """Load the page anew."""
        self.page.reload()
        return self.ready()

    def ready(self) -> "Phone":
        """Wait until it can verify."""
        self.page.wait_for_selector('html[data-ready="true"]', state="attached")
        return self

    def kept(self) -> "Phone":
        """Wait until it needs no network."""
        self.page.wait_for_selector('html[data-offline-ready="true"]', state="attached")
        return self

    def cut_off(self) -> "Phone":
        """Flight mode, and nobody would answer anyway."""
        self.context.set_offline(True)
        self.site.stop()
        return self

    def reconnect(self) -> "Phone":
        """A network again."""
        self.site.start()
        self.context.set_offline(False)
        return self

    # What people do.

    def find(self, selector: str) -> Locator:
        """The visible element of this selector."""
        return self.page.locator(f"{selector}:visible").first

    def press(self, action: str) -> None:
        """Press the control."""
        self.find(f'[data-action="{action}"]').click()

    def scan(self, clip: bytes) -> None:
        """Hold the phone over this."""
        self.camera.show(clip)
        self.press("scan")

    def paste(self, text: str) -> None:
        """Enter a text by hand."""
        self.find("textarea").fill(text)
        self.press("paste")

    def upload(self, name: str, data: bytes, kind: str = "", *, action: str = "upload") -> None:
        """Choose a file."""
        file: FilePayload = {"name": name, "mimeType": kind, "buffer": data}
        self.page.locator(f'input[data-action="{action}"]').set_input_files([file])

    def refresh(self) -> str:
        """Fetch newer trust data: `updated`, `unchanged`, or the code of the refusal."""
        self.press("ready")
        self.press("refresh")
        answer = self.refreshed()
        self.press("home")
        return answer

    def refreshed(self) -> str:
        """What came of a refresh or of a bundle, in the page's words, as a code."""
        self.find('[data-action="refresh"]:enabled').wait_for()
        notice = self.find('[data-field="notice"]').inner_text()
        return next(code for code, words in _NOTICES.items() if re.match(words, notice))

    # What they see.

    @property
    def screen(self) -> str:
        """The name of the screen that is shown."""
        shown = self.page.locator("main > [data-screen]:visible")
        expect(shown).to_have_count(1)
        return shown.get_attribute("data-screen") or ""

    def await_screen(self, name: str) -> None:
        """Wait for a screen."""
        self.page.wait_for_selector(f'[data-screen="{name}"]:visible')

    @property
    def verdicts(self) -> list[Seen]:
        """Every verdict since the page was loaded."""
        seen = self.page.evaluate("watched.verdicts")
        return [Seen(**{**one, "warnings": tuple(one["warnings"])}) for one in seen]

    def verdict(self, number: int = 1) -> Seen:
        """Wait for the verdict of this number since the page was loaded."""
        self.page.wait_for_function(
            "number => watched.verdicts.length >= number", arg=number, polling=50
        )
        return self.verdicts[number - 1]

    def enter(self, text: str) -> Seen:
        """Enter a text and wait for the verdict on it."""
        before = len(self.verdicts)
        self.paste(text)
        return self.verdict(before + 1)

    def check(self, text: str) -> Seen:
        """Enter a text, wait for the verdict on it, and clear it."""
        seen = self.enter(text)
        self.press("done")
        return seen

    @property
    def history(self) -> list[str]:
        """Every address that "back" could lead to."""
        session = self.context.new_cdp_session(self.page)
        entries = session.send("Page.getNavigationHistory")["entries"]
        return [entry["url"] for entry in entries]

    @property
    def text(self) -> str:
        """What can be read now."""
        return self.page.locator("body").inner_text()

    @property
    def markup(self) -> str:
        """The whole document, hidden or not."""
        return str(self.page.evaluate("document.documentElement.outerHTML"))

    @property
    def said(self) -> list[str]:
        """What a screen reader was given."""
        return list(self.page.evaluate("watched.said"))

    def hears(self, words: str) -> None:
        """Wait until the last that a screen reader was given has these words."""
        self.settled(lambda: words.lower() in "".join(self.said[-1:]).lower())

    def settled(self, holds: Callable[[], bool]) -> None:
        """Wait until something outside of the page holds."""
        until = time.monotonic() + PATIENCE / 1000
        while not holds():
            assert time.monotonic() < until
            self.page.wait_for_timeout(20)

    def close(self) -> None:
        """Nothing has gone wrong that the page did not say, and nothing left its own host."""
        for page in self.context.pages:
            self.violations += page.evaluate("globalThis.watched?.violations ?? []")
        self.context.close()
        assert not self.errors, self.errors
        assert not self.violations, self.violations
        assert self.hosts <= {self.site.host}, self.hosts


def window(**more: Any) -> dict[str, Any]:
    """A context of a Chinese phone."""
    return {
        "viewport": {"width": 390, "height": 844},
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "has_touch": True,
        "device_scale_factor": 1,
    } | more
