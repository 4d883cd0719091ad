"""`zhengyin serve` without an institution: the arguments of the phone page; `verifier/serve.py` does the work.

issuer/serve_cli.py registers the command and adds the institution's.
"""

import argparse
from pathlib import Path

PORT = 8000
_MAX_PORT = 65_535  # RFC 9293 §3.1: 16 bits


def add_page(serve: argparse.ArgumentParser) -> None:
    """Add the options that say what the phone page trusts and where to serve."""
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
