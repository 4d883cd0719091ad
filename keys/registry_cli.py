"""`zhengyin registry`, the authority's side: the arguments; keys/registry_commands.py does the work."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from keys import passphrase

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

ROLES = ("root", "registry", "snapshot")


def register(subparsers: "Subparsers") -> None:
    """Add the `registry` command; what to call is `args.run`."""
    parser = subparsers.add_parser("registry", help="keep and publish the institution registry")
    inner = parser.add_subparsers(dest="registry_command", metavar="COMMAND", required=True)
    _add_init(inner)
    _add_draft_commands(inner)
    _add_root(inner)
    _add_sign(inner)
    _add_publish(inner)
    for command in inner.choices.values():
        command.set_defaults(run=_run)


def _command(inner: "Subparsers", name: str, help_: str) -> argparse.ArgumentParser:
    parser = inner.add_parser(name, help=help_)
    parser.add_argument("authority", type=Path, metavar="DIR", help="the authority's folder")
    return parser


def _add_init(inner: "Subparsers") -> None:
    init = _command(inner, "init", "begin an authority's folder and propose its first root")
    init.add_argument("--env", choices=("prod", "demo"), required=True)
    init.add_argument(
        "--origin",
        action="append",
        required=True,
        metavar="HOST",
        help="where certificates are looked up, such as zs.example.cn; the first is the main one",
    )
    init.add_argument("--name", required=True, help="the authority's name in Chinese")
    init.add_argument("--name-en", required=True, metavar="NAME", help="and in English")
    init.add_argument("--edition", required=True, help="what people call this registry: 2023-06 版")
    _add_roles(init)


def _add_roles(parser: argparse.ArgumentParser) -> None:
    for role in ROLES:
        parser.add_argument(
            f"--{role}-key",
            action="append",
            type=Path,
            default=[],
            metavar="FILE",
            help=f"a public key file (.jwk.json) of the role {role}; may be repeated",
        )
        parser.add_argument(
            f"--{role}-threshold", type=int, metavar="N", help=f"how many of them sign a {role}"
        )
    parser.add_argument(
        "--next-root-key",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="announce the keys that alone may hold the role root in the next root",
    )
    parser.add_argument("--days", type=int, metavar="N", help="days until the root expires")


def _add_draft_commands(inner: "Subparsers") -> None:
    add = _command(inner, "add", "list an institution")
    add.add_argument("id")
    add.add_argument("name")
    add.add_argument("--uscc", help="unified social credit code")
    add.add_argument("--published-in", metavar="TEXT", help="the directory that has the name")

    change = _command(inner, "set", "rename, suspend, withdraw or resume an institution")
    change.add_argument("id", nargs="?")
    change.add_argument("--name", help="the new name, from --on")
    change.add_argument("--status", choices=("active", "suspended", "withdrawn"))
    change.add_argument("--on", metavar="DATE", help="the first day (default: today)")
    change.add_argument("--edition", help="what people will call the next registry")

    import_ = _command(inner, "import", "list institutions from a file or a published directory")
    import_.add_argument("file", type=Path, nargs="?", metavar="FILE", help="JSON or CSV")
    import_.add_argument("--directory", metavar="NAME", help="such as bj-2023-91")

    grant = _command(inner, "grant", "give an institution a right, or suspend, end or resume one")
    grant.add_argument("id")
    grant.add_argument("--type")
    grant.add_argument("--role")
    grant.add_argument("--occupation", default="*")
    grant.add_argument("--direction", action="append", metavar="NAME", help="default: all")
    grant.add_argument("--level", action="append", metavar="NAME", help="default: all")
    grant.add_argument("--from", dest="from_", metavar="DATE", help="first day")
    grant.add_argument("--to", metavar="DATE", help="last day (default: open)")
    grant.add_argument("--basis", metavar="TEXT", help="notice, annex and row")
    state = grant.add_mutually_exclusive_group()
    for name in ("suspend", "end", "resume"):
        state.add_argument(f"--{name}", type=int, metavar="N", help=f"{name} the grant number N")
    grant.add_argument("--on", metavar="DATE", help="the first day (default: today)")

    key = _command(inner, "key", "register an institution's key, retire it or mark it as stolen")
    key.add_argument("id")
    key.add_argument(
        "key", type=str.strip, metavar="FILE|KID", help="a public key file, or a registered kid"
    )
    key.add_argument("--from", dest="from_", metavar="TIME", help="ISO 8601 (default: now)")
    key.add_argument("--until", metavar="TIME", help="default: a year and 14 days later")
    key.add_argument("--planned", action="store_true", help="published ahead of its first use")
    ending = key.add_mutually_exclusive_group()
    ending.add_argument("--retire", action="store_true", help="it signs no more from --on")
    ending.add_argument("--compromised", action="store_true", help="stolen at --on")
    ending.add_argument(
        "--compromised-always", action="store_true", help="stolen, and nobody knows since when"
    )
    key.add_argument("--on", metavar="TIME", help="ISO 8601 (default: now)")
    key.add_argument("--reason", metavar="TEXT")

    reinstate = _command(inner, "reinstate", "make a slot good again that was revoked by mistake")
    reinstate.add_argument("id")
    reinstate.add_argument("list", help="such as 2025")
    reinstate.add_argument("idx", type=int)


def _add_root(inner: "Subparsers") -> None:
    root = _command(inner, "root", "show the root, or propose the next one")
    root.add_argument(
        "--rotate", action="store_true", help="propose the next root; a role not named stays"
    )
    _add_roles(root)


def _add_sign(inner: "Subparsers") -> None:
    sign = _command(inner, "sign", "sign the proposed root or registry, here or on another machine")
    sign.add_argument("--document", choices=("root", "registry"), required=True)
    sign.add_argument("--signer", action="append", default=[], metavar="URI", help="file:KEY.pem")
    passphrase.add_options(sign)
    sign.add_argument(
        "--export", type=Path, metavar="NEW_DIR", help="copy the proposal for a custodian elsewhere"
    )
    sign.add_argument(
        "--merge", type=Path, metavar="DIR", help="take over the signatures made in such a copy"
    )


def _add_publish(inner: "Subparsers") -> None:
    publish = _command(inner, "publish", "publish what is signed, with a new snapshot")
    publish.add_argument("--signer", action="append", default=[], metavar="URI", required=True)
    passphrase.add_options(publish)
    publish.add_argument(
        "--lists", type=Path, metavar="DIR", help="what `zhengyin issuer lists` exported"
    )

    show = _command(inner, "show", "show the draft of the next registry")
    show.add_argument("--published", action="store_true", help="show the published one")
    _command(inner, "diff", "show what the next registry changes")

    bundle = _command(inner, "bundle", "write all published files into one, for air-gapped laptops")
    bundle.add_argument("out", type=Path, metavar="FILE.zip")


def _run(args: argparse.Namespace) -> int:
    from keys import registry_commands  # noqa: PLC0415 (loads the cryptography, 0.1 s)

    return registry_commands.COMMANDS[args.registry_command](args)
