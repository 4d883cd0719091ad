"""One Chromium for a process of the test run, a published world, and a phone for each test."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import chromium as machine
from tests.browser.exported import files, headers
from tests.browser.phone import Camera, Phone, window
from tests.browser.site import Site
from tests.browser.stage import Stage, demonstration, everyone
from tests.world import NOW


class OpenPhone(Protocol):
    """Switch a phone on; it is looked over and switched off when the test ends."""

    def __call__(
        self,
        *,
        site: Site = ...,
        clock: int | None = NOW,
        script: str = "",
        **context: Any,
    ) -> Phone:
        """`script` runs before the page's own; `context` are options of a browser context."""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The library, running."""
    with sync_playwright() as running:
        if machine.find(running) is None:
            if machine.ABSENT:
                pytest.skip(f"{machine.NONE} says that this machine has no Chromium")
            pytest.fail(f"no Chromium found; name one in {machine.ANOTHER}")
        yield running


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """What the camera of `chromium` sees."""
    return Camera(tmp_path_factory.mktemp("camera") / "clip.mjpeg")


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, camera: Camera) -> Iterator[Browser]:
    """A browser with that camera."""
    browser = machine.launch(playwright, *machine.with_camera(camera.path))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def stage() -> Stage:
    """A certificate for each verdict; not to be changed by a test."""
    return everyone()


@pytest.fixture(scope="session")
def tree(stage: Stage) -> dict[str, bytes]:
    """What the authority of `stage` has published."""
    return stage.publish()


@pytest.fixture
def site(stage: Stage, tree: dict[str, bytes]) -> Iterator[Site]:
    """A host with the page and the trust files of `stage`."""
    yield from _running(stage, tree)


@pytest.fixture
def demo_site() -> Iterator[Site]:
    """A host with the page of a demonstration."""
    stage = demonstration()
    yield from _running(stage, stage.publish())


@pytest.fixture
def open_phone(chromium: Browser, camera: Camera, site: Site) -> Iterator[OpenPhone]:
    """Phones, not yet on the page."""
    phones = []

    def switch_on(
        *,
        site: Site = site,
        clock: int | None = NOW,
        script: str = "",
        **context: Any,
    ) -> Phone:
        phone = Phone(chromium.new_context(**window(**context)), site, camera, clock=clock)
        phones.append(phone)
        if script:
            phone.context.add_init_script(script)
        return phone

    yield switch_on
    for phone in phones:
        phone.close()


@pytest.fixture
def phone(open_phone: OpenPhone) -> Phone:
    """A phone that has the page and its trust data, with a network."""
    return open_phone().open()


def _running(stage: Stage, tree: dict[str, bytes]) -> Iterator[Site]:
    site = Site(files(stage), headers())
    site.publish(tree)
    site.start()
    yield site
    for event in site.withheld.values():
        event.set()
    site.stop()
