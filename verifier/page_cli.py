"""`zhengyin verify-page`: the arguments; `verifier/page_commands.py` does the work."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def register(subparsers: "Subparsers") -> None:
    """Add the `verify-page` command; what to call is `args.run`."""
    page = subparsers.add_parser(
        "verify-page", help="the phone page, for a web host or as one file"
    )
    commands = page.add_subparsers(dest="page_command", metavar="COMMAND", required=True)
    export = commands.add_parser(
        "export", help="write the page, its pinned root and the published files into a folder"
    )
    export.add_argument("folder", type=Path, metavar="DIR", help="new, empty, or an earlier export")
    export.add_argument(
        "--trust",
        type=Path,
        metavar="DIR",
        help="published folder or bundle.zip (default: what refresh keeps)",
    )
    export.add_argument(
        "--pin",
        type=Path,
        metavar="ROOT.json",
        help="the root that the page trusts, compared by you (default: the one that pin did)",
    )
    export.add_argument(
        "--single", type=Path, metavar="FILE", help="write the self-contained page here too"
    )
    export.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> int:
    from verifier.page_commands import export  # noqa: PLC0415 (loads the cryptography, 0.1 s)

    return export(args)
