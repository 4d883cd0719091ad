"""The built page as a host gets it: with the fingerprint of the root that it trusts."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from schemas import base64url
from tests.browser.stage import Stage

ANOTHER = "ZHENGYIN_PAGE"
"""The environment variable that names a build in another folder."""
BUILT = Path(__file__).parents[2] / "verifier" / "page"


@cache
def built() -> Mapping[str, bytes]:
    """The build by path."""
    folder = Path(os.environ.get(ANOTHER, BUILT))
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"{folder}: build the page first (npm run build)")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def files(stage: Stage) -> dict[str, bytes]:
    """What a host serves to whom trusts the authority of `stage`; another pin is another version."""
    pins, demo = stage.world.pins, stage.world.env == "demo"
    made = dict(built())
    changed = {
        "pin.json": json.dumps({"v": 1, "pins": pins, "demo": demo}).encode(),
        "sw.js": made["sw.js"].replace(b'"unpinned"', f'"{pins[0]}"'.encode()),
    }
    return {path: data for path, data in made.items() if _plain(path) not in changed} | changed


def next_version(made: Mapping[str, bytes]) -> dict[str, bytes]:
    """The changed files of another release: its page has `data-version="2"`."""
    page = made["index.html"].replace(b"<html ", b'<html data-version="2" ', 1)
    worker = made["sw.js"].replace(_integrity(made["index.html"]), _integrity(page))
    worker = re.sub(rb'VERSION="\w+"', b'VERSION="0123456789abcdef"', worker)
    changed = {"index.html": page, "sw.js": worker}
    if any(made[path] == data for path, data in changed.items()):
        raise AssertionError
    return changed


def _integrity(data: bytes) -> bytes:
    """Subresource Integrity, as the service worker's list has it."""
    return b"sha256-" + base64.b64encode(hashlib.sha256(data).digest())


def _plain(path: str) -> str:
    """The file that `path` is, or is packed from."""
    return path.removesuffix(".gz").removesuffix(".br")


def headers() -> dict[str, str]:
    """The headers that a host is told to send."""
    return dict(json.loads(built().get("headers.json", b"{}")))


def single_file(stage: Stage, bundle: bytes) -> bytes:
    """The page in one file, with its trust data inside."""
    pins = stage.world.pins
    inside = json.dumps({"pins": pins, "bundle": base64url.encode(bundle)}).encode()
    empty = b'<script type="application/json" id="embedded">null</script>'
    filled = b'<script type="application/json" id="embedded">' + inside + b"</script>"
    page = built()["single.html"]
    if page.count(empty) != 1:
        raise AssertionError
    return page.replace(empty, filled)
