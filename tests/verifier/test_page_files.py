"""The built page as data: pinned, and whole or refused."""

import gzip
import json
from pathlib import Path

import pytest

from schemas import strict_json
from tests.refused import code_of
from tests.verifier.pages import FILES, HEADERS, build
from verifier.page_files import FOLDER, built_page, cache_control, content_type

FINGERPRINT = "ab" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path / "page")


def test_the_page_is_read(folder: Path) -> None:
    """Without what is no page by itself; compressed where that is shorter."""
    page = built_page(folder)
    assert set(FILES) - {"single.html", "headers.json"} == set(page.files)
    assert FILES["index.html"] == gzip.decompress(page.compressed["index.html"])
    assert "seal-180.png" not in page.compressed
    assert HEADERS == page.headers


def test_a_copy_that_is_longer_is_not_sent(folder: Path) -> None:
    (folder / "seal-180.png.gz").write_bytes(gzip.compress(FILES["seal-180.png"]))
    assert "seal-180.png" not in built_page(folder).compressed


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_another_pin_is_another_version(folder: Path, quote: str) -> None:
    """Whatever quotation marks the minifier prefers."""
    worker = f"const v={quote}unpinned{quote};"
    (folder / "sw.js").write_text(worker)
    page = built_page(folder).pinned(FINGERPRINT, demo=False)
    assert f'const v="{FINGERPRINT}";'.encode() == page.files["sw.js"]
    assert page.files["sw.js"] == gzip.decompress(page.compressed["sw.js"])
    other = built_page(folder).pinned("cd" * 32, demo=False)
    assert other.files["sw.js"] != page.files["sw.js"]


@pytest.mark.parametrize("demo", [True, False])
def test_the_pin(folder: Path, demo: bool) -> None:
    page = built_page(folder).pinned(FINGERPRINT, demo=demo)
    expected = {"v": 1, "pins": [FINGERPRINT], "demo": demo}
    assert expected == strict_json.loads_object(page.files["pin.json"])
    for name, data in page.compressed.items():  # never longer, and never an older content
        assert len(data) < len(page.files[name])
        assert page.files[name] == gzip.decompress(data)


@pytest.mark.parametrize(
    "script",
    [
        '<script type="application/json" id="embedded">null</script>',
        "<script id=embedded type=application/json> null\n</script>",
    ],
)
def test_the_single_file(folder: Path, script: str) -> None:
    """The data stand in the one place made for them, and nothing else changes."""
    (folder / "single.html").write_text(f"<title>null</title>{script}<script>run(null)</script>")
    made = built_page(folder).single_file(FINGERPRINT, "UEsF").decode()
    before, _, rest = made.partition(">{")
    data, _, after = rest.partition("</script>")
    assert {"pins": [FINGERPRINT], "bundle": "UEsF"} == json.loads("{" + data)
    assert before.startswith("<title>null</title><script")
    assert "<script>run(null)</script>" == after


@pytest.mark.parametrize("name", ["index.html", "sw.js", "single.html", "headers.json"])
def test_a_page_that_lacks_something_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert "page_missing" == code_of(lambda: built_page(folder))


@pytest.mark.parametrize("name", ["sw.js", "single.html"])
def test_a_page_that_cannot_be_pinned_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("nothing to replace")
    assert "page_missing" == code_of(lambda: built_page(folder))


def test_no_page_at_all(tmp_path: Path) -> None:
    assert "page_missing" == code_of(lambda: built_page(tmp_path / "none"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("assets/a.js", "text/javascript; charset=utf-8"),
        ("assets/a.wasm", "application/wasm"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("strange", "application/octet-stream"),
    ],
)
def test_content_types(name: str, kind: str) -> None:
    assert kind == content_type(name)


@pytest.mark.parametrize(
    ("name", "forever"),
    [
        ("assets/main-1a2b.js", True),
        ("t/status/demo/2025.AbCd.z", True),
        ("t/replaced/demo/2025.AbCd.json", True),
        ("index.html", False),
        ("sw.js", False),
        ("pin.json", False),
        ("manifest.webmanifest", False),
        ("t/snapshot.json", False),
        ("t/root/1.json", False),  # a demonstration made anew has another of the same name
        ("t/status/demo/2025", False),
        ("t/issued/demo/2025.bin", False),
    ],
)
def test_only_what_has_a_hash_in_its_name_is_kept_for_ever(name: str, forever: bool) -> None:
    assert forever == ("immutable" in cache_control(name))


def test_the_real_page() -> None:
    """What `npm run build` has made, which `make test` always does first."""
    page = built_page(FOLDER)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    pinned = page.pinned(FINGERPRINT, demo=True)
    assert 1 == pinned.files["sw.js"].count(FINGERPRINT.encode())
    assert FINGERPRINT.encode() in page.single_file(FINGERPRINT, "")
    unknown = {name for name in page.files if content_type(name) == "application/octet-stream"}
    assert not unknown
    assert set(page.compressed) >= {"index.html", "sw.js"}
    assert any(name.endswith(".wasm") for name in page.compressed)
