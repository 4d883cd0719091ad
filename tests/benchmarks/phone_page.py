"""The phone page in Chromium: frame → painted verdict, attempts a second, start without a network."""

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from tests.browser import chromium as machine
from tests.browser.clips import clip
from tests.browser.exported import files, headers
from tests.browser.phone import Camera, Phone, clock, settings, window
from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.test_accessibility import lighthouse
from tests.world import NOW

SCANS = 100
CODES = 20  # in the clip, which begins again at its end
STARTS = 7
LONGEST = 240.0  # seconds for them
PHONE = 6  # times slower than this machine: a cheap phone
SLICE = 0.006  # seconds that a slowed process runs at a time

Slow = Callable[[Phone], AbstractContextManager[None]]

_ATTEMPTS = """
globalThis.attempts = 0;
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (...given) { attempts += 1; return post.apply(this, given); };
"""
_MEASURES = "performance.getEntriesByName('frame-to-verdict').map((one) => one.duration)"
_READY = """
new MutationObserver((_, observer) => {
  if (document.documentElement?.dataset.ready !== 'true') return;
  globalThis.readyAt = performance.now();
  observer.disconnect();
}).observe(document, { subtree: true, attributes: true });
"""


def main() -> None:
    """Print how long people wait."""
    stage = Stage()
    for number in range(CODES):
        stage.add(str(number), stage.world.issue(), "valid", "ok")
    site = Site(files(stage), headers())
    site.publish(stage.publish())
    site.start()
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        print(
            "\nThe phone page: frame → painted verdict, camera at 1280×720 and 30 frames a second"
        )
        camera = Camera(Path(folder) / "clip.mjpeg")
        texts = [code.text for code in stage.codes.values()]
        camera.show(clip(*texts, hold=0.4, gap=0.15))
        for name, slow in {
            "this machine": _as_it_is,
            f"page {PHONE} × slower": _page_slowed,
            f"page and decoder {PHONE} × slower": _all_slowed,
        }.items():
            _scans(playwright, site, camera, name, slow)
        print("  targets: p95 ≤ 150 ms; ≤ 400 ms at 6 × CPU throttle; ≥ 10 attempts a second")
        _starts(playwright, site, Path(folder) / "profile")
        site.start()
        report = lighthouse(playwright, site.address, Path(folder))
        scores = {name: one["score"] for name, one in report["categories"].items()}
        print("  Lighthouse (target: performance ≥ 0.95):", scores)
    site.stop()


def _scans(playwright: Playwright, site: Site, camera: Camera, name: str, slow: Slow) -> None:
    browser = machine.launch(playwright, *machine.with_camera(camera.path))
    context = browser.new_context(**window())
    context.add_init_script(settings(continuous=True))
    context.add_init_script(_ATTEMPTS)
    phone = Phone(context, site, camera).open().kept()
    phone.press("scan")
    phone.verdict()  # worker and WebAssembly are there
    phone.page.evaluate("performance.clearMeasures()")
    with slow(phone):
        start = phone.page.evaluate("[attempts, performance.now()]")
        _until(phone, SCANS)
        end = phone.page.evaluate("[attempts, performance.now()]")
    times = sorted(phone.page.evaluate(_MEASURES))
    rate = (end[0] - start[0]) / (end[1] - start[1]) * 1000
    print(
        f"  {name:32} median {statistics.median(times):4.0f} ms,"
        f" p95 {times[int(len(times) * 0.95)]:4.0f} ms of {len(times)} scans,"
        f" {rate:5.1f} attempts a second"
    )
    browser.close()


def _until(phone: Phone, count: int) -> None:
    until = time.monotonic() + LONGEST
    while len(phone.page.evaluate(_MEASURES)) < count and time.monotonic() < until:
        phone.page.wait_for_timeout(500)


def _starts(playwright: Playwright, site: Site, profile: Path) -> None:
    """A browser that is started anew each time, in flight mode, the server gone."""

    def browser() -> BrowserContext:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=machine.find(playwright), args=list(machine.SWITCHES)
        )
        context.add_init_script(clock(NOW))
        return context

    with browser() as context:
        page = context.new_page()
        page.goto(site.address)
        page.wait_for_selector('html[data-offline-ready="true"]', state="attached")
    site.stop()
    times = []
    for _ in range(STARTS):
        with browser() as context:
            context.set_offline(True)
            context.add_init_script(_READY)
            page = context.new_page()
            page.goto(site.address)
            page.wait_for_selector('html[data-ready="true"]', state="attached")
            times.append(page.evaluate("readyAt"))
    print(
        f"  cold start without a network: ready after {statistics.median(times):.0f} ms,"
        f" at most {max(times):.0f} ms of {STARTS} starts (target ≤ 1000 ms)"
    )


@contextmanager
def _as_it_is(_: Phone) -> Iterator[None]:
    yield


@contextmanager
def _page_slowed(phone: Phone) -> Iterator[None]:
    """As the developer tools do it: the page's own thread, no worker."""
    session = phone.context.new_cdp_session(phone.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": PHONE})
    yield
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})


@contextmanager
def _all_slowed(_: Phone) -> Iterator[None]:
    """All of our browser's pages and workers, stopped and let go in turn."""
    done = Event()
    renderers = _renderers(os.getpid())

    def alternate() -> None:
        while not done.is_set():
            _signal(renderers, signal.SIGSTOP)
            time.sleep(SLICE * (PHONE - 1))
            _signal(renderers, signal.SIGCONT)
            time.sleep(SLICE)

    thread = Thread(target=alternate, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _signal(processes: list[int], number: int) -> None:
    for process in processes:
        os.kill(process, number)


def _renderers(ancestor: int) -> list[int]:
    """The processes below `ancestor` that run pages."""
    parents: dict[int, int] = {}
    pages: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rsplit(")")[-1].split()[1]
            )
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                pages.append(int(folder.name))
        except OSError:
            continue
    return [page for page in pages if ancestor in _line(page, parents)]


def _line(process: int, parents: dict[int, int]) -> Iterator[int]:
    while process in parents:
        process = parents[process]
        yield process


if __name__ == "__main__":
    main()
