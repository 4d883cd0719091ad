"""The work of `zhengyin serve` for an institution: its service in one process or several, until it is stopped.

Several processes share one socket and one database; each is started anew (spawned, never forked: a
child would inherit open keys), and one that dies is replaced. Requests under way are answered before
a process ends, and the job under way is finished.
"""

import argparse
import logging
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from issuer.app import ServiceApp, from_environment
from issuer.db import open_database
from issuer.running import log, metrics
from issuer.running.one_write import OneWrite
from issuer.running.settings import read_settings, require_safe
from schemas.codes import Language
from schemas.errors import CommandError, ZhengyinError
from verifier.lan import Certificate
from verifier.page_files import built_page
from verifier.page_trust import page_trust
from verifier.serve import Place, place, run_until_stopped, said, tls_with

GRACE = 30  # seconds for what is under way when the service is stopped
_STUCK = 60  # seconds after which a worker that does not answer is replaced
_START = 120.0  # seconds for a worker's start: keys are opened, a third of a second each

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "console": "机构签发台：{url}console",
        "public": "公众查询：{url}lookup　机构目录：{url}directory",
        "workers": "进程数：{count}",
    },
    "en": {
        "console": "issuing desk: {url}console",
        "public": "look-up: {url}lookup  directory: {url}directory",
        "workers": "processes: {count}",
    },
}


def serve(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        ZhengyinError: a setting is missing or unsafe; what is named cannot be opened; the address
            is taken; `worker_failed`.
    """
    built_page()
    with place(args) as where, _told(_environment(args, where)):
        settings = read_settings(os.environ)
        trust = page_trust(settings.trust, root=settings.pin, now=int(time.time()))
        demo = trust.state.demo
        require_safe(settings, demo=demo)
        words = list(places(where, args.language))
        workers = args.workers or 1
        if workers > 1:
            words.append(_WORDS[args.language]["workers"].format(count=workers))
        words += said(where, args.language, demo=demo)
        if workers == 1:
            run_until_stopped(service_config(from_environment(), where.certificate), where, words)
        else:
            # Before there are several: the database is made or brought up to date once.
            settings.home.mkdir(parents=True, exist_ok=True)
            open_database(settings.database_url).dispose()
            _run_workers(where, workers, words)
    return 0


def places(where: Place, language: Language) -> Iterator[str]:
    """Where the parts of the service are."""
    words = _WORDS[language]
    yield words["console"].format(url=where.urls[0])
    yield words["public"].format(url=where.urls[0])


def service_config(
    app: ASGIApp | str,
    certificate: Certificate | None,
    *,
    workers: int = 1,
    level: str = "INFO",
) -> uvicorn.Config:
    """How a process of the service runs; `level` is the log's."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        http=OneWrite,
        ws="none",
        lifespan="on",
        access_log=False,  # issuer/running/observe.py has a line without addresses
        log_config=log.config(level),
        server_header=False,
        proxy_headers=False,  # issuer/people/guard.py believes only known proxies
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=_STUCK,
        workers=workers,
        ssl_context_factory=tls_with(certificate),
    )


def worker() -> ServiceApp:
    """The app of one of several processes; what keeps it from starting ends all of them."""
    try:
        return from_environment()
    except ZhengyinError as error:
        fields = {"code": error.code, "reason": error.message("en")}
        logging.getLogger("zhengyin").exception("cannot start", extra={log.FIELDS: fields})
        sys.exit(STARTUP_FAILURE)


def _environment(args: argparse.Namespace, where: Place) -> dict[str, str]:
    """What the command line adds to the environment."""
    given = {
        "ZHENGYIN_HOME": args.home and str(args.home.resolve()),
        "ZHENGYIN_TRUST": args.trust and str(args.trust.resolve()),
        "ZHENGYIN_PIN": args.pin and str(args.pin.resolve()),
    }
    if "ZHENGYIN_URL" not in os.environ:
        given["ZHENGYIN_URL"] = where.urls[0].rstrip("/")
    return {name: value for name, value in given.items() if value}


@contextmanager
def _told(given: Mapping[str, str]) -> Iterator[None]:
    """An environment with what is `given`, which worker processes inherit; as it was afterwards."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _run_workers(where: Place, count: int, words: Iterable[str]) -> None:
    """Serve in `count` processes.

    Raises:
        CommandError: `worker_failed`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="zhengyin-metrics-") as folder,
        _told({metrics.FOLDER: folder}),
    ):
        config = service_config("issuer.running.serve:worker", where.certificate, workers=count)
        supervisor = _Supervisor(config, [where.socket], words)
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise CommandError("worker_failed")


class _Supervisor(Multiprocess):
    """Says where the service is once every process answers; listens no longer than they do."""

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket.socket], words: Iterable[str]
    ) -> None:
        super().__init__(config, sockets)
        self._words = words

    def init_processes(self) -> None:
        super().init_processes()
        if all(one.wait_until_ready(_START, self.should_exit) for one in self.processes):
            print("\n".join(self._words), flush=True)

    def terminate_all(self) -> None:
        # Left open, it would take connections that nobody answers.
        for one in self.sockets:
            one.close()
        super().terminate_all()
