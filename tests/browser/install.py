"""`make browser`: a Chromium for these tests on a machine that has none.

The distribution's package where we may install it, else Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from playwright.sync_api import sync_playwright

from tests.browser.chromium import ABSENT, ANOTHER, NONE, find

_MISSING = f"""make: no Chromium was found for the tests of the phone page, and none could be installed.
Install one (Debian: apt-get install chromium), name one in {ANOTHER}, or set {NONE}=1 to go without."""
_WELCOME = ("fonts-noto-cjk", "firefox-esr")  # Chinese on pictures, a second engine: not needed


def found() -> str | None:
    """The Chromium that the tests would take."""
    with sync_playwright() as playwright:
        return find(playwright)


def ran(words: Sequence[str]) -> bool:
    """Run a program; tell whether it did its work."""
    print(f"make: {' '.join(words)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(words, check=False, env=environment, stdout=subprocess.DEVNULL)
    return done.returncode == 0


def install() -> None:
    """Install what there is to install; whether that was enough is for `found` to say."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        add = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends")
        ran(("apt-get", "update", "--quiet"))
        if ran((*add, "chromium")):
            for package in _WELCOME:
                ran((*add, package))
            return
    ran((sys.executable, "-m", "playwright", "install", "chromium"))


def main() -> int:
    """0 where there is a Chromium, or somebody said that there is to be none."""
    if found() or ABSENT:
        return 0
    install()
    if found():
        return 0
    print(_MISSING, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
