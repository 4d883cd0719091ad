"""`zhengyin issue | revoke | suspend | reinstate | replace | issuer`: the arguments.

`issuer/commands/issuing.py` does the work and is loaded only when it is asked for.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from keys import passphrase

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

DATA_COMMANDS = frozenset({"backup", "restore", "catch-up", "erase"})
"""Commands of `zhengyin issuer` that issuer/commands/data.py does."""
OFFICE_COMMANDS = frozenset({"halt", "resume", "audit", "account"})
"""Those that issuer/commands/office.py does."""

ROLES = ("clerk", "approver", "admin", "bureau", "district")
"""Of accounts (issuer/people/access.py)."""

CHANGES = {
    "revoke": "withdraw a certificate for good",
    "suspend": "suspend a certificate for the time being",
    "reinstate": "end a suspension",
}


def register(subparsers: "Subparsers") -> None:
    """Add the issuing commands; what to call is `args.run`."""
    issue = subparsers.add_parser(
        "issue", help="roster → credentials, QR codes, PDFs, annotated workbook"
    )
    source = issue.add_mutually_exclusive_group()
    source.add_argument("roster", type=Path, nargs="?", metavar="ROSTER.xlsx")
    source.add_argument(
        "--batch",
        type=Path,
        metavar="FILE",
        help="sign a batch that was exported elsewhere; needs no database and no network",
    )
    _add_desk(issue, key=True, required=False)  # --check signs nothing
    issue.add_argument("--type", help="certificate type, such as technical_level")
    issue.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="DIR|FILE",
        help="the folder for certificates; with --batch, the file for its signatures",
    )
    _add_number_pattern(issue)
    _add_papers(issue)
    issue.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="CLAIM=VALUE",
        help="a value for all rows that leave it out, such as issue_date=2026-11-20",
    )
    how = issue.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="check the roster and sign nothing")
    _add_offline(how)

    for action, text in CHANGES.items():
        change = subparsers.add_parser(action, help=text)
        change.add_argument("number", metavar="NUMBER")
        _add_desk(change, key=False)
        change.add_argument("--type", help="where two types of certificate share the number")
        change.add_argument("--reason", required=True)

    replace = subparsers.add_parser(
        "replace", help="correct a certificate: issue anew, revoke the old"
    )
    replace.add_argument("number", metavar="NUMBER")
    _add_desk(replace, key=True, required=False)  # --offline signs nothing
    replace.add_argument("--type", help="where two types of certificate share the number")
    replace.add_argument("--reason", required=True)
    replace.add_argument("--out", required=True, type=Path, metavar="DIR")
    _add_number_pattern(replace)
    _add_papers(replace)
    replace.add_argument("--set", action="append", default=[], metavar="CLAIM=VALUE", required=True)
    _add_offline(replace)

    issuer = subparsers.add_parser("issuer", help="look after the institution's desk")
    inner = issuer.add_subparsers(dest="issuer_command", metavar="COMMAND", required=True)
    lists = inner.add_parser("lists", help="export the lists for the authority to publish")
    _add_desk(lists, key=True)
    lists.add_argument("--out", required=True, type=Path, metavar="DIR")
    halt = inner.add_parser("halt", help="stop all signing at once")
    halt.add_argument("--reason", default="", help="for those who find it stopped")
    resume = inner.add_parser("resume", help="allow signing again")
    audit = inner.add_parser("audit", help="check the audit log's chain and print it")
    way = audit.add_mutually_exclusive_group()
    way.add_argument("--out", type=Path, metavar="FILE", help="write it into a file, JSON lines")
    way.add_argument(
        "--check", type=Path, metavar="FILE", help="check such a file; needs no database"
    )
    export = inner.add_parser("export-batch", help="write a batch to sign on another machine")
    export.add_argument("batch", type=int, metavar="N")
    _add_desk(export, key=False)
    export.add_argument("--out", required=True, type=Path, metavar="FILE")
    import_ = inner.add_parser("import-batch", help="take over the signatures of a batch")
    import_.add_argument("file", type=Path, metavar="FILE")
    _add_desk(import_, key=False)
    template = inner.add_parser("template", help="a workbook to start a roster from")
    template.add_argument("--type", required=True)
    template.add_argument("--out", required=True, type=Path, metavar="FILE.xlsx")
    print_ = inner.add_parser("print", help="print certificates that were issued before")
    which = print_.add_mutually_exclusive_group(required=True)
    which.add_argument("number", nargs="*", default=[], metavar="NUMBER")
    which.add_argument("--batch", type=int, metavar="N", help="all of a roster, as issue has said")
    _add_desk(print_, key=False)
    print_.add_argument("--type", help="where two types of certificate share a number")
    print_.add_argument("--out", type=Path, metavar="DIR", help="the folder for certificates")
    _add_papers(print_)
    backup = inner.add_parser("backup", help="write the database into one encrypted file")
    restore = inner.add_parser("restore", help="read a backup into an empty database")
    for parser in (backup, restore):
        parser.add_argument("file", type=Path, metavar="FILE")
    catch_up = inner.add_parser(
        "catch-up", help="after a restore: enter what was issued since, from the published lists"
    )
    _add_desk(catch_up, key=False)
    erase = inner.add_parser("erase", help="erase a holder's data; number and status stay")
    erase.add_argument("number", metavar="NUMBER")
    _add_desk(erase, key=False)
    erase.add_argument("--type", help="where two types of certificate share the number")
    erase.add_argument("--reason", required=True)
    for parser in (halt, resume, audit, backup, restore):
        _add_home(parser)
    _add_accounts(inner.add_parser("account", help="let people sign in to the service"))

    for parser in (*inner.choices.values(), issue, replace):
        parser.set_defaults(run=_run)
    for action in CHANGES:
        subparsers.choices[action].set_defaults(run=_run)


def _add_accounts(parser: argparse.ArgumentParser) -> None:
    inner = parser.add_subparsers(dest="account_command", metavar="COMMAND", required=True)
    add = inner.add_parser("add", help="a new account; its password is printed once")
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--name", required=True, help="of the person")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--as", dest="institution", metavar="INSTITUTION", help="id or published name")
    add.add_argument("--district", default="", help="of a district officer")
    add.add_argument(
        "--trust", metavar="DIR|URL", help="published trust files (default: what refresh keeps)"
    )
    reset = inner.add_parser("reset", help="another password and second factor")
    reset.add_argument("login", metavar="LOGIN")
    for one in (add, reset, inner.add_parser("list", help="all accounts")):
        _add_home(one)


def _add_desk(parser: argparse.ArgumentParser, *, key: bool, required: bool = True) -> None:
    parser.add_argument(
        "--as",
        dest="institution",
        required=True,
        metavar="INSTITUTION",
        help="id or published name",
    )
    if key:
        parser.add_argument(
            "--key", required=required, metavar="FILE|URI", help="the institution's signing key"
        )
        passphrase.add_options(parser)
    parser.add_argument(
        "--trust", metavar="DIR|URL", help="published trust files (default: what refresh keeps)"
    )
    _add_home(parser)


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="where the institution's database is (default: $ZHENGYIN_HOME, else the user's data folder)",
    )


def _add_offline(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--offline",
        action="store_true",
        help="number the certificates, to be signed on a machine without a network",
    )


def _add_number_pattern(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--number-pattern", metavar="PATTERN", help="certificate numbers: PJ{year}{serial:6}"
    )


def _add_papers(parser: argparse.ArgumentParser) -> None:
    """What is printed: files in each certificate's folder, and files for all certificates together."""
    each = parser.add_argument_group("papers in each certificate's folder")
    each.add_argument("--pdf", action="store_true", help="certificate.pdf, to print")
    each.add_argument(
        "--own-copy",
        action="store_true",
        help="own-copy.pdf, for the holder alone: the ID number is in the attached credential",
    )
    each.add_argument(
        "--picture",
        action="store_true",
        help="certificate.png, to send in a chat: no more of the ID number than its end",
    )
    many = parser.add_argument_group("files for all certificates together")
    many.add_argument("--zip", type=Path, metavar="FILE.zip", help="every certificate.pdf")
    many.add_argument(
        "--print-run",
        type=Path,
        metavar="FILE.pdf",
        help="for the printer, a page for each certificate; of more than 100, FILE-001.pdf …",
    )
    many.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE.pdf",
        help="all QR codes, to check a class; of more than 500, FILE-001.pdf …",
    )
    parser.add_argument(
        "--design",
        type=Path,
        metavar="FILE.toml",
        help="seal, logo, line and addresses (default: the design in use at the institution)",
    )


def _run(args: argparse.Namespace) -> int:
    if getattr(args, "issuer_command", None) in DATA_COMMANDS:
        from issuer.commands import data  # noqa: PLC0415 (loads the database)

        return data.COMMANDS[args.issuer_command](args)
    if getattr(args, "issuer_command", None) in OFFICE_COMMANDS:
        from issuer.commands import office  # noqa: PLC0415 (loads the database)

        return office.COMMANDS[args.issuer_command](args)
    from issuer.commands.issuing import COMMANDS  # noqa: PLC0415 (loads the database, the workbook reader)

    return COMMANDS[args.command](args)
