"""The built phone page as data: its files, and how each of them travels over HTTP.

`npm run build` in `verifier/web` writes it into `verifier/page/`; the wheel carries it from there.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Self

from schemas import strict_json
from schemas.errors import CommandError

FOLDER = Path(__file__).with_name("page")
INDEX = "index.html"
PIN = "pin.json"
SINGLE = "zhengyin-verify.html"
"""What the self-contained page is called where people get it."""

_WORKER, _HEADERS, _SINGLE, _GZIP = "sw.js", "headers.json", "single.html", ".gz"
_UNPINNED = re.compile(rb"""(["'`])unpinned\1""")
_EMBEDDED = re.compile(rb'(<script\b[^>]*\bid="?embedded"?[^>]*>)\s*null\s*(</script>)')
_HASHED = re.compile(r"assets/.+|t/(?:status/.+\.z|replaced/.+)")
"""Names with a hash of the content in them. Not `root/1.json`: a demonstration made anew has another."""

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",  # else nothing compiles it while it loads
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
}

FOREVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A built page, in memory: what is not in it cannot be asked for."""

    files: Mapping[str, bytes]
    """Path → content; the self-contained page and compressed copies are not among them."""
    compressed: Mapping[str, bytes]
    """Path → the same with gzip, of the files where that is shorter."""
    headers: Mapping[str, str]
    """Of every answer: the Content-Security-Policy and what goes with it."""
    single: bytes = field(repr=False)

    def pinned(self, fingerprint: str, *, demo: bool) -> Self:
        """The page that trusts the root with this fingerprint (hex) and no other.

        The fingerprint stands in the service worker too: another pin is another version, which a
        phone takes as a whole or not at all.
        """
        pin = strict_json.dumps({"v": 1, "pins": [fingerprint], "demo": demo})
        worker = _UNPINNED.sub(f'"{fingerprint}"'.encode(), self.files[_WORKER])
        changed = {PIN: pin, _WORKER: worker}
        packed = {name: gzip.compress(data, 9, mtime=0) for name, data in changed.items()}
        shorter = {name: data for name, data in packed.items() if len(data) < len(changed[name])}
        rest = {name: data for name, data in self.compressed.items() if name not in changed}
        return replace(self, files={**self.files, **changed}, compressed={**rest, **shorter})

    def single_file(self, fingerprint: str, bundle: str) -> bytes:
        """The self-contained page with its pin and the published tree (a bundle.zip in base64url)."""
        embedded = strict_json.dumps({"pins": [fingerprint], "bundle": bundle})
        return _EMBEDDED.sub(lambda found: found[1] + embedded + found[2], self.single, count=1)


def built_page(folder: Path = FOLDER) -> Page:
    """The page in `folder`.

    Raises:
        CommandError: `page_missing`: nothing was built there, or not all of it.
    """
    try:
        content = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        built: dict[str, str] = json.loads(content.pop(_HEADERS))
        single = content.pop(_SINGLE)
        whole = INDEX in content and _UNPINNED.search(content[_WORKER]) and _EMBEDDED.search(single)
    except (OSError, KeyError, ValueError):
        whole = None
    if not whole:
        raise CommandError("page_missing", path=folder)
    files = {name: data for name, data in content.items() if not name.endswith(_GZIP)}
    compressed = {
        name: content[name + _GZIP]
        for name, data in files.items()
        if len(content.get(name + _GZIP, data)) < len(data)
    }
    return Page(files=files, compressed=compressed, headers=built, single=single)


def content_type(name: str) -> str:
    """The media type of a file of the page."""
    return _CONTENT_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def cache_control(name: str) -> str:
    """How long a copy of a file may be used without asking again."""
    return FOREVER if _HASHED.fullmatch(name) else ASK_AGAIN


def entity_tag(data: bytes) -> str:
    """The ETag of one content (RFC 9110 §8.8.3)."""
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'
