"""`make browser`: a Chromium for these tests on a machine that has none.

The distribution's package where we may install it, else Playwright's own download.
"""

import sys

from playwright.sync_api import sync_playwright

from tests.browser.chromium import ABSENT, ANOTHER, NONE, find
from tests.system_packages import install, ran

_MISSING = f"""make: no Chromium was found for the tests of the phone page, and none could be installed.
Install one (Debian: apt-get install chromium), name one in {ANOTHER}, or set {NONE}=1 to go without."""
_WELCOME = ("fonts-noto-cjk", "firefox-esr")  # Chinese on pictures, a second engine: not needed


def found() -> str | None:
    """The Chromium that the tests would take."""
    with sync_playwright() as playwright:
        return find(playwright)


def main() -> int:
    """0 where there is a Chromium, or somebody said that there is to be none."""
    if found() or ABSENT:
        return 0
    if not install("chromium", *_WELCOME):
        ran((sys.executable, "-m", "playwright", "install", "chromium"))
    if found():
        return 0
    print(_MISSING, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
