"""`zhengyin serve`: where it listens, what it says, and how it ends."""

import argparse
import hashlib
import io
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from PIL import Image

from keys.published import layout, read_tree
from tests.refused import code_of
from tests.verifier.page_host import publish
from tests.verifier.pages import build
from tests.world import World
from verifier import lan, serve
from verifier.pictures import read_codes

PROGRAM = """
import sys
from pathlib import Path
from verifier import page_files, serve
page, *words = sys.argv[1:]
built = page_files.built_page
serve.built_page = lambda: built(Path(page))
import zhengyin
sys.exit(zhengyin.main(words))
"""
PATIENCE = 60  # seconds


def options(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{"host": None, "port": 0, "lan": False, **given})


@contextmanager
def opened(**given: object) -> Iterator[serve.Place]:
    with serve.place(options(**given)) as where:
        yield where


# Where it listens


def test_this_machine_only() -> None:
    with opened() as where:
        assert ("127.0.0.1", where.port) == where.socket.getsockname()
        assert (f"http://127.0.0.1:{where.port}/",) == where.urls
        assert where.certificate is None


def test_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "addresses", lambda: ["192.168.1.5", "10.0.0.7"])
    with opened(lan=True) as where:
        expected = tuple(f"https://{one}:{where.port}/" for one in ("192.168.1.5", "10.0.0.7"))
        assert expected == where.urls
        assert where.certificate is not None
        assert "0.0.0.0" == where.socket.getsockname()[0]


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "addresses", list)
    assert "lan_address_missing" == code_of(lambda: opened(lan=True).__enter__())


def test_an_address_of_the_new_protocol() -> None:
    """RFC 3986 §3.2.2."""
    assert ["[::1]", "10.0.0.7"] == [serve._in_url(one) for one in ("::1", "10.0.0.7")]


def test_a_port_in_use() -> None:
    with opened() as where:
        assert "port_in_use" == code_of(lambda: opened(port=where.port).__enter__())


@pytest.mark.parametrize("host", ["203.0.113.1", "no-such-host.invalid"])
def test_an_address_of_another_machine(host: str) -> None:
    assert "cannot_listen" == code_of(lambda: opened(host=host).__enter__())


def test_the_code_on_the_terminal_is_the_address() -> None:
    """Read by our own scanner: black on white whatever the terminal's colours."""
    lines = list(serve.terminal_code("https://192.168.1.5:8000/"))
    picture = Image.new("L", (len(lines[0]), 2 * len(lines)))
    halves = {" ": (0, 0), "▀": (255, 0), "▄": (0, 255), "█": (255, 255)}
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            for half, value in enumerate(halves[character]):
                picture.putpixel((x, 2 * y + half), value)
    out = io.BytesIO()
    picture.resize((4 * picture.width, 4 * picture.height), Image.Resampling.NEAREST).save(
        out, "png"
    )
    assert ["https://192.168.1.5:8000/"] == [one.text for one in read_codes(out.getvalue())]


# The command


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree whose snapshot is of today: the command looks at the clock."""
    world = World(env="demo", single=True)
    world.new_root(exp=4_102_444_800)
    world.issue()
    publish(world, tmp_path / "tree")
    return tmp_path / "tree"


@contextmanager
def running(tmp_path: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command in a process of its own, once it listens; with what it said."""
    page = build(tmp_path / "page")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(page), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TMPDIR": str(tmp_path)},
    )
    try:
        said = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        yield process, said
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(tmp_path: Path, tree: Path, how: signal.Signals) -> None:
    """Silently: nobody's visit is written down anywhere."""
    with running(tmp_path, "serve", "--trust", str(tree), "--port", "0") as (process, said):
        url = next(line for line in said if "http://" in line).partition(": ")[2]
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"{url}t/snapshot.json", timeout=PATIENCE) as answer:
            assert (tree / "snapshot.json").read_bytes() == answer.read()
        with opener.open(f"{url}?secret=1", timeout=PATIENCE) as answer:
            assert b"<title>page</title>" in answer.read()
        process.send_signal(how)
        out, err = process.communicate(timeout=PATIENCE)
    assert (0, "", "") == (process.returncode, out, err)


def test_a_bundle_is_served_from_a_folder_that_goes_again(tmp_path: Path, tree: Path) -> None:
    words = ("serve", "--trust", str(tree / "bundle.zip"), "--port", "0")
    with running(tmp_path, *words) as (process, said):
        url = next(line for line in said if "http://" in line).partition(": ")[2]
        expected = layout(read_tree(tree))
        for name, data in expected.items():
            with build_opener(ProxyHandler({})).open(f"{url}t/{name}", timeout=PATIENCE) as answer:
                assert data == answer.read()
        assert list(tmp_path.glob("zhengyin-*"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert not list(tmp_path.glob("zhengyin-*"))


def test_phones_are_told_what_they_will_see(tmp_path: Path, tree: Path) -> None:
    """The address, its code, the fingerprint that the phone can compare: the certificate's own."""
    words = ("serve", "--trust", str(tree), "--port", "0", "--lan", "--host", "127.0.0.1")
    with running(tmp_path, *words) as (_, said):
        url = next(line for line in said if "https://" in line).rpartition(": ")[2]
        port = int(url.rstrip("/").rpartition(":")[2])
        shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))
        fingerprint = next(line.strip() for line in said if line.count(":") == 31)
        with socket.create_connection(("127.0.0.1", port)) as plain:
            context = ssl.create_default_context()
            with pytest.raises(ssl.SSLCertVerificationError):
                context.wrap_socket(plain, server_hostname="127.0.0.1")
    assert hashlib.sha256(shown).hexdigest() == fingerprint.replace(":", "").lower()
    assert any(line.startswith("█") for line in said)


def test_what_is_said_in_both_languages_has_no_hole() -> None:
    for words in serve._WORDS.values():
        assert set(serve._WORDS["en"]) == set(words)
