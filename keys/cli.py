"""`zhengyin keys`: the arguments; keys/commands.py does the work, loaded only when it is asked for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from keys import passphrase

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

PURPOSES = ("institution", "root", "registry", "snapshot")


def register(subparsers: "Subparsers") -> None:
    """Add the `keys` command; what to call is `args.run`."""
    parser = subparsers.add_parser("keys", help="make and look after signing keys")
    add_commands(parser.add_subparsers(dest="keys_command", metavar="COMMAND", required=True))


def add_commands(subparsers: "Subparsers") -> None:
    """Add `new`, `show`, `protect` and `rotate`."""
    new = subparsers.add_parser(
        "new", help="make a key, private in FILE, public in FILE.jwk.json; or private in a token"
    )
    new.add_argument("key", metavar="FILE|URI")
    new.add_argument(
        "--public",
        type=Path,
        metavar="FILE.jwk.json",
        help="where the public part of a key in a token (pkcs11:…) is written",
    )
    _add_purpose(new)
    passphrase.add_options(new)

    show = subparsers.add_parser("show", help="show the public part of a key")
    show.add_argument("key", metavar="FILE|URI")
    passphrase.add_options(show)

    protect = subparsers.add_parser("protect", help="change the passphrase of a key file")
    protect.add_argument("file", metavar="FILE")
    passphrase.add_options(protect)
    passphrase.add_options(protect, "new-")

    rotate = subparsers.add_parser("rotate", help="make the next key beside the one in FILE")
    rotate.add_argument("file", metavar="FILE")
    _add_purpose(rotate)
    passphrase.add_options(rotate)

    for command in (new, show, protect, rotate):
        command.set_defaults(run=_run)


def _add_purpose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--purpose",
        choices=PURPOSES,
        default=PURPOSES[0],
        help="who will sign with it: decides what you are told to do next (default: %(default)s)",
    )


def _run(args: argparse.Namespace) -> int:
    from keys import commands  # noqa: PLC0415 (loads the cryptography, 0.1 s)

    return commands.COMMANDS[args.keys_command](args)
