"""The page's decoder in a real browser, over 500 made-up frames: how many it reads, none wrongly."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.frames import HEIGHT, WIDTH, Scene, scenes

WEB = Path(__file__).parents[2] / "verifier" / "web"
AHEAD = 6  # frames drawn before they are asked for
TIME = 500  # seconds for a whole set on a busy machine

pytestmark = pytest.mark.timeout(TIME + 60)

Found = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built page of verifier/web/tests/decoding."""
    folder = tmp_path_factory.mktemp("decoding")
    command = [
        "npx",
        "vite",
        "build",
        "tests/decoding",
        "--config",
        "tests/decoding/vite.config.ts",
    ]
    subprocess.run([*command, "--outDir", str(folder), "--logLevel", "error"], cwd=WEB, check=True)
    return folder


class Run:
    """One browser page reading one set."""

    def __init__(self, built: Path, frames: list[Scene], *, wasm: bool) -> None:
        self.built, self.frames, self.wasm = built, frames, wasm
        self.engine = ""
        self.found: list[Found] = []
        self._pool = ThreadPoolExecutor(2)
        self._drawn: dict[int, Future[bytes]] = {}

    def read(self, browser: Browser) -> None:
        """Wait until the page has seen every frame."""
        page = browser.new_page()
        with _served(self) as address:
            page.goto(address)
            page.set_default_timeout(TIME * 1000)
            page.wait_for_function("window.done")
            self.engine, self.found = page.evaluate("done")
        page.close()
        self._pool.shutdown()

    def get(self, path: str) -> bytes | None:
        """The file that the page asks for."""
        if path == "set.json":
            size = {"width": WIDTH, "height": HEIGHT, "count": len(self.frames)}
            return json.dumps(size).encode()
        if path.startswith("frame/"):
            return self._frame(int(path.removeprefix("frame/")))
        file = self.built / (path or "index.html")
        without = path.endswith(".wasm") and not self.wasm
        return file.read_bytes() if file.is_file() and not without else None

    def _frame(self, number: int) -> bytes:
        """The grey bytes of a frame; the next ones are begun."""
        for at in range(number, min(number + AHEAD, len(self.frames))):
            if at not in self._drawn:
                self._drawn[at] = self._pool.submit(_bytes, self.frames[at])
        return self._drawn.pop(number).result()


def _bytes(scene: Scene) -> bytes:
    return scene.draw().tobytes()


@contextmanager
def _served(run: Run) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together

        def do_GET(self) -> None:
            path = self.path.removeprefix("/")
            body = run.get(path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", guess_type(path or "index.html")[0] or "")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _rates(run: Run) -> dict[str, dict[str, float]]:
    """Light → what was counted → share of its frames that were read."""
    read: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for scene, efforts in zip(run.frames, run.found, strict=True):
        fast = scene.text in efforts["fast"]["texts"]
        either = any(scene.text in one["texts"] for one in efforts.values())
        table = read[scene.light]
        table["fast"].append(fast)
        for key in ("all", f"{scene.pitch} px", scene.defect, f"V{scene.version}"):
            table[key].append(either)
    return {
        light: {key: sum(values) / len(values) for key, values in table.items()}
        for light, table in read.items()
    }


def _show(run: Run) -> dict[str, dict[str, float]]:
    rates = _rates(run)
    times = {
        effort: sorted(one[effort]["ms"] for one in run.found if effort in one)
        for effort in ("fast", "full")
    }
    sys.stdout.write(f"\n{run.engine}: {len(run.frames)} frames")
    for effort, values in times.items():
        if values:
            sys.stdout.write(f", {effort} median {values[len(values) // 2]:.0f} ms")
    for light, table in rates.items():
        shown = ", ".join(f"{key} {100 * rate:.1f}" for key, rate in table.items())
        sys.stdout.write(f"\n  {light} light, %: {shown}")
    sys.stdout.write("\n")
    return rates


def _wrong(run: Run) -> list[str]:
    return [
        f"{scene}: {text}"
        for scene, efforts in zip(run.frames, run.found, strict=True)
        for one in efforts.values()
        for text in one["texts"]
        if text != scene.text
    ]


def test_zxing(built: Path, chromium: Browser) -> None:
    """Nearly every frame is read in good light and most in poor light; no text is another's."""
    run = Run(built, scenes(), wasm=True)
    run.read(chromium)
    rates = _show(run)
    assert run.engine == "zxing"
    assert _wrong(run) == []
    assert rates["good"]["all"] >= 0.95
    assert rates["poor"]["all"] >= 0.90


def test_plain(built: Path, chromium: Browser) -> None:
    """Where WebAssembly cannot be had, plain JavaScript still reads most in good light."""
    run = Run(built, scenes()[::7], wasm=False)
    run.read(chromium)
    rates = _show(run)
    assert run.engine == "plain"
    assert _wrong(run) == []
    assert rates["good"]["all"] >= 0.80
