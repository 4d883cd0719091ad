"""`zhengyin verify`: the arguments; `verifier/commands.py` does the work."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def register(subparsers: "Subparsers") -> None:
    """Add the `verify` command; what to call is `args.run`."""
    verify = subparsers.add_parser(
        "verify",
        help="check certificates: pictures, files, folders, texts, or - for a scanner",
        epilog="exit codes: 0 all valid; 1 at least one invalid, revoked, suspended or expired; "
        "2 at least one undecided or unreadable; 64 usage",
    )
    verify.add_argument("inputs", nargs="+", metavar="FILE|DIR|TEXT|-")
    verify.add_argument(
        "--trust", metavar="DIR|URL", help="published trust files (default: what refresh keeps)"
    )
    verify.add_argument(
        "--at", metavar="TIME", help="judge as of this time, ISO 8601 (default: now)"
    )
    verify.add_argument("--json", action="store_true", help="one JSON object a line")
    verify.add_argument("--out", type=Path, metavar="REPORT.csv", help="write a CSV report too")
    verify.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from verifier.commands import verify  # noqa: PLC0415 (loads the cryptography, 0.1 s)

    return verify(args)
