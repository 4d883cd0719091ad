"""Which Chromium the browser tests drive, and with which switches."""

import os
import shutil
import socket
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ANOTHER = "ZHENGYIN_CHROMIUM"
"""The environment variable that names one."""
NONE = "ZHENGYIN_NO_CHROMIUM"
"""The environment variable that says that a machine has none, so that its tests are skipped."""
ABSENT = NONE in os.environ

INSECURE = "plain.example"
"""A name of this machine that is not a secure context over http."""

SWITCHES = (
    "--no-sandbox",  # tests may run as root, where Chromium refuses its own sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1",
)


def find(playwright: Playwright) -> str | None:
    """The machine's Chromium, else the one that Playwright has installed."""
    named = os.environ.get(ANOTHER)
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    own = Path(playwright.chromium.executable_path)
    return found or (str(own) if own.exists() else None)


def launch(playwright: Playwright, *more: str) -> Browser:
    """A headless Chromium."""
    return playwright.chromium.launch(
        executable_path=find(playwright), args=[*SWITCHES, *more], headless=True
    )


def with_camera(clip: Path) -> tuple[str, ...]:
    """The switches for a camera that shows the file `clip`, read anew at each start."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={clip}",
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
