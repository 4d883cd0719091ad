"""`zhengyin demo`: the arguments; `issuer/demo/commands.py` does the work."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.serve_cli import add_address

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def register(subparsers: "Subparsers") -> None:
    """Add the `demo` command; what to call is `args.run`."""
    demo = subparsers.add_parser(
        "demo",
        help="an invented authority, institutions and holders on this machine; issued, verified, served",
    )
    demo.add_argument(
        "--dir",
        type=Path,
        default=Path("demo"),
        metavar="DIR",
        help="where to make it (default: demo); a demonstration that is there is made anew",
    )
    demo.add_argument(
        "--once", action="store_true", help="end after issuing and verifying, and serve nothing"
    )
    add_address(demo)
    demo.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from issuer.demo.commands import demo  # noqa: PLC0415 (loads the database, the workbooks)

    return demo(args)
