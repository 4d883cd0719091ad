"""`zhengyin serve`: the arguments; `verifier/serve.py` does the work."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

PORT = 8000
_MAX_PORT = 65_535  # RFC 9293 §3.1: 16 bits


def register(subparsers: "Subparsers") -> None:
    """Add the `serve` command; what to call is `args.run`."""
    serve = subparsers.add_parser("serve", help="serve the phone page and the published files")
    serve.add_argument(
        "--trust",
        type=Path,
        metavar="DIR",
        help="published folder or bundle.zip (default: what refresh keeps)",
    )
    serve.add_argument(
        "--pin",
        type=Path,
        metavar="ROOT.json",
        help="the root that the page trusts, compared by you",
    )
    add_address(serve)
    serve.set_defaults(run=_run)


def add_address(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where to serve."""
    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        help="address of this machine (default: 127.0.0.1; with --lan: all of them)",
    )
    parser.add_argument("--port", type=_port, default=PORT, metavar="N", help=f"default: {PORT}")
    parser.add_argument(
        "--lan",
        action="store_true",
        help="for phones in the same network: https with a certificate made on the spot",
    )


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text}: not 0 to {_MAX_PORT}")
    return int(text)


def _run(args: argparse.Namespace) -> int:
    from verifier.serve import serve  # noqa: PLC0415 (loads the web framework, 0.4 s)

    return serve(args)
