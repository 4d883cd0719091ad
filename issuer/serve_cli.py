"""`zhengyin serve`: the phone page, or an institution's whole service; the arguments."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import CommandError
from verifier.serve_cli import add_page

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

_OF_AN_INSTITUTION = ("ZHENGYIN_HOME", "ZHENGYIN_DATABASE_URL")
_MOST = 64  # workers


def register(subparsers: "Subparsers") -> None:
    """Add the `serve` command; what to call is `args.run`."""
    serve = subparsers.add_parser(
        "serve",
        help="serve the phone page and the published files; with --home an institution's whole service",
        description="Serves the phone page and the published files. With --home, or where "
        "ZHENGYIN_HOME or ZHENGYIN_DATABASE_URL is set, the institution's whole service: console, "
        "API, public look-up, directory and POST /verify besides. Its other settings come from the "
        "environment: ZHENGYIN_TRUST, ZHENGYIN_URL, ZHENGYIN_SIGNERS …",
    )
    add_page(serve)
    serve.add_argument("--home", type=Path, metavar="DIR", help="the institution's folder")
    serve.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="processes that share the work of an institution's service (default: 1)",
    )
    serve.set_defaults(run=_run)


def _workers(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _MOST):
        raise argparse.ArgumentTypeError(f"{text}: not 1 to {_MOST}")
    return int(text)


def _run(args: argparse.Namespace) -> int:
    if args.home is None and not any(os.environ.get(name) for name in _OF_AN_INSTITUTION):
        if args.workers is not None:
            raise CommandError("usage", "--workers needs --home", command="zhengyin serve")
        from verifier.serve import serve  # noqa: PLC0415 (loads the web framework, 0.4 s)

        return serve(args)
    from issuer.running.serve import serve as serve_all  # noqa: PLC0415 (the database too)

    return serve_all(args)
