"""The work of `zhengyin serve`: a socket, the words around it, and the server until it is stopped."""

import argparse
import errno
import io
import os
import signal
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import segno
import uvicorn
from fastapi import FastAPI

from keys import files
from schemas.codes import Language
from schemas.errors import CommandError
from verifier import lan
from verifier.app import page_app
from verifier.language import wants_color
from verifier.page_files import Page, built_page
from verifier.page_trust import PageTrust, page_trust

_HERE, _EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 (`--lan` says so)
_BACKLOG = 128  # connections that wait
_GRACE = 3  # seconds for answers under way when the server is stopped
_BLACK_ON_WHITE = "\x1b[97;40m{}\x1b[0m"  # light modules are drawn: white ones, on any terminal
"""Codes that are light on dark are not read by every phone."""

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "here": "核验页：{url}",
        "demo": "这是演示环境，不作凭证",
        "stop": "按 Ctrl-C 停止",
        "lan": "手机与本机连同一个网络，扫这个码，或在浏览器中输入：{url}",
        "also": "本机的其他地址：{urls}",
        "why": """手机会警告“您的连接不是私密连接”：浏览器只在 https 下开放相机，而这张证书是刚刚在本机做的，
没有公认的机构为它作保，7 天后失效。正式部署用正式的证书，不会有这个警告。
继续之前，请在警告页的证书信息中核对 SHA-256 指纹：
  {fingerprint}
继续的办法：Chrome、Edge 点“高级”再点“继续前往”；Safari 点“显示详细信息”再点“访问此网站”。
微信等应用内的浏览器不让继续：请在系统浏览器中打开。""",
        "works": """能用的：相机扫码、选图、核验；页面开着时断网也能核验。
不能用的：Chrome、Edge 遇到证书警告时不启动离线程序（service worker），断网后关掉的页面打不开。
要完整地试离线：安卓手机用 USB 线连接本机，不加 --lan 再运行一次本命令，并运行
adb reverse tcp:{port} tcp:{port}，手机打开 http://localhost:{port}；或把 zhengyin verify-page export 的结果放到
有正式证书的 https 网站上。""",
    },
    "en": {
        "here": "the phone page: {url}",
        "demo": "this is a demonstration and no evidence",
        "stop": "press Ctrl-C to stop",
        "lan": "with a phone in the same network scan this code, or type into its browser: {url}",
        "also": "other addresses of this machine: {urls}",
        "why": """The phone will warn that the connection is not private: browsers give the camera to https only, and this
certificate was made just now on this machine; nobody known vouches for it, and it ends in 7 days. A real
deployment has a real certificate and no such warning.
Before you go on, compare the SHA-256 fingerprint in the certificate's details on the warning page:
  {fingerprint}
To go on: in Chrome and Edge "Advanced", then "Proceed"; in Safari "Show Details", then "visit this website".
Browsers inside WeChat and other apps do not let you: open the address in the phone's own browser.""",
        "works": """What works then: camera, pictures, verdicts; also without a network, while the page stays open.
What does not: Chrome and Edge start no service worker on a page with a certificate warning, so a page that
was closed does not open again without a network.
To try all of it offline: connect an Android phone by USB, run this command again without --lan, run
adb reverse tcp:{port} tcp:{port} here, and open http://localhost:{port} on the phone; or put what
zhengyin verify-page export writes on an https host with a real certificate.""",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An open socket and how people reach it."""

    socket: socket.socket
    urls: tuple[str, ...]
    certificate: lan.Certificate | None

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.socket.getsockname()[1]
        return port


def serve(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    page = built_page()
    trust = page_trust(args.trust, root=args.pin, now=int(time.time()))
    with place(args) as where:
        run(page, trust, where, args.language)
    return 0


@contextmanager
def place(args: argparse.Namespace) -> Iterator[Place]:
    """Open the socket that `--host`, `--port` and `--lan` name.

    Raises:
        CommandError: `port_in_use`, `cannot_listen`, `lan_address_missing`.
    """
    host = args.host or (_EVERYWHERE if args.lan else _HERE)
    known = lan.addresses() if host == _EVERYWHERE else [host]
    if not known:
        raise CommandError("lan_address_missing")
    with _listening(host, args.port) as listening:
        port = listening.getsockname()[1]
        certificate = None
        if args.lan:
            names = [*known, *lan.host_names(), "localhost", _HERE]
            certificate = lan.make_certificate(list(dict.fromkeys(names)), now=datetime.now(UTC))
        scheme = "https" if args.lan else "http"
        urls = tuple(f"{scheme}://{_in_url(one)}:{port}/" for one in known)
        yield Place(socket=listening, urls=urls, certificate=certificate)


def run(page: Page, trust: PageTrust, where: Place, language: Language) -> None:
    """Say where, then serve until the process is told to stop."""
    with ExitStack() as stack:
        folder = trust.folder or stack.enter_context(_written(trust))
        pinned = page.pinned(trust.fingerprint, demo=trust.state.demo)
        app = page_app(pinned, trust=folder, pins=frozenset({trust.fingerprint}))
        config = server_config(app, where.certificate)
        run_until_stopped(config, where, said(where, language, demo=trust.state.demo))


def run_until_stopped(config: uvicorn.Config, where: Place, words: Iterable[str]) -> None:
    """Serve in this process until it is told to stop; say `words` once it answers."""
    server = _Server(config, words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both end it in the same way
    with suppress(KeyboardInterrupt):
        server.run(sockets=[where.socket])


class _Server(uvicorn.Server):
    """Says where it is once it is there: from then on Ctrl-C ends it without a word."""

    def __init__(self, config: uvicorn.Config, words: Iterable[str]) -> None:
        super().__init__(config)
        self._words = words

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("\n".join(self._words), flush=True)


def server_config(app: FastAPI, certificate: lan.Certificate | None) -> uvicorn.Config:
    """How the server runs: silent, without a name of its own, with TLS if there is a `certificate`."""
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,  # nobody's visit is kept
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=tls_with(certificate),
    )


def tls_with(
    certificate: lan.Certificate | None,
) -> Callable[[uvicorn.Config, object], ssl.SSLContext] | None:
    """What makes a server's TLS context, in whichever process it runs."""
    return partial(_tls, certificate) if certificate else None


def _tls(certificate: lan.Certificate, _config: uvicorn.Config, _default: object) -> ssl.SSLContext:
    return lan.tls_context(certificate)


def said(where: Place, language: Language, *, demo: bool) -> Iterator[str]:
    """Where it is, what a phone will warn of, how to stop it."""
    words = _WORDS[language]
    url, *others = where.urls
    if where.certificate is None:
        yield words["here"].format(url=url)
    else:
        yield words["lan"].format(url=url)
        yield ""
        yield from terminal_code(url)
        if others:
            yield words["also"].format(urls=" ".join(others))
        yield words["why"].format(fingerprint=where.certificate.fingerprint)
        yield words["works"].format(port=where.port)
    if demo:
        yield words["demo"]
    yield words["stop"]


def terminal_code(text: str) -> Iterator[str]:
    """A QR code of `text` in lines of block characters."""
    drawn = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(drawn, compact=True)
    color = wants_color(sys.stdout, os.environ)
    for line in drawn.getvalue().splitlines():
        yield _BLACK_ON_WHITE.format(line) if color else line


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError("port_in_use", port=port) from None
        detail = str(error.strerror).partition(" (while ")[0]  # which socket adds
        raise CommandError("cannot_listen", detail, address=host) from None
    with listening:
        yield listening


@contextmanager
def _written(trust: PageTrust) -> Iterator[Path]:
    """The tree in a folder of its own, as it is now."""
    with tempfile.TemporaryDirectory(prefix="zhengyin-") as name:
        folder = Path(name) / "t"
        files.write_folder(folder, trust.tree())
        yield folder


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
