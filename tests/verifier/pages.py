"""A small built page, in the form of the real one, for tests of what carries it."""

import gzip
import json
from pathlib import Path

CSP = "default-src 'none'; script-src 'self'"
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FILES = {
    "index.html": b"<!doctype html><title>page</title>" + b" " * 200,
    "sw.js": b'const version="abc"+"unpinned";' + b" " * 200,
    "pin.json": b'{"v":1,"pins":[],"demo":false}',
    "manifest.webmanifest": b'{"name":"page"}',
    "seal-180.png": b"\x89PNG",
    "assets/main-1a2b.js": b"import './x'" + b" " * 200,
    "assets/zxing-3c4d.wasm": b"\0asm" + b"\0" * 400,
    "single.html": b'<!doctype html><script type="application/json" id="embedded">null</script>'
    b"<script>run()</script>",
    "headers.json": json.dumps(HEADERS).encode(),
}


def build(folder: Path) -> Path:
    """Write it, as `npm run build` does: with a compressed copy beside what is worth it."""
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if len(data) > 200 and name not in ("single.html", "headers.json"):
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(data, mtime=0))
    return folder
