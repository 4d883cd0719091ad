"""The work of `zhengyin issuer halt | resume | audit | account`: who stops signing, and who did what."""

import argparse
import getpass
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from issuer import audit, audit_export, halt
from issuer.commands.account import account
from issuer.commands.desk import database_url, home_of
from issuer.db import open_database, reading, transaction
from issuer.handout import write_file
from issuer.status import require_reason
from schemas.codes import Language
from schemas.errors import CommandError

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "halted": "已停止一切签发",
        "resumed": "已恢复签发",
        "audit": "审计日志 {count} 条，前后相符",
        "written": "审计日志 {count} 条，前后相符，已写入 {path}",
        "checked": "{path}：{lines} 条（第 {first} 至 {last} 条），前后相符；其间未导出 {missing} 条",
        "digest": "第 {last} 条的摘要 {digest}，请与其他副本核对",
    },
    "en": {
        "halted": "all signing is stopped",
        "resumed": "signing is allowed again",
        "audit": "audit log: {count} lines, all fit together",
        "written": "audit log: {count} lines, all fit together, written to {path}",
        "checked": "{path}: lines {first} to {last}, {lines} in all, fit together; left out between: {missing}",
        "digest": "digest of line {last}: {digest}; compare it with other copies",
    },
}


def stop(args: argparse.Namespace) -> int:
    """Stop all signing at once, whoever is at it."""
    reason = args.reason.strip()
    if reason:
        require_reason(reason)
    stopped = halt.Halt(who=getpass.getuser(), at=_seconds(), reason=reason, by_bureau=True)
    with transaction(open_database(database_url(home_of(args)))) as session:
        halt.begin(session, stopped)
    print(_said(args, "halted"))
    return 0


def resume(args: argparse.Namespace) -> int:
    """Allow signing again; what an institution has stopped for itself stays stopped."""
    with transaction(open_database(database_url(home_of(args)))) as session:
        halt.end(session, halt.EVERYBODY, who=getpass.getuser(), by_bureau=True, at=_seconds())
    print(_said(args, "resumed"))
    return 0


def show_audit(args: argparse.Namespace) -> int:
    """Check the audit log's chain and print it, or write it into a file; or check such a file."""
    if args.check is not None:
        return _check_export(args, args.check)
    with reading(open_database(database_url(home_of(args)))) as session:
        count = audit.verify(session)
        entries = audit.oldest(session, audit.Wanted())
        if args.out is not None:
            write_file(args.out, b"".join(audit_export.json_lines(session, entries)))
            print(_said(args, "written", count=count, path=args.out))
            return 0
        for entry in entries:
            at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds")
            print(f"{entry.id:6} {at} {entry.who} {entry.action} {entry.subject} {entry.details}")
    print(_said(args, "audit", count=count), file=sys.stderr)
    return 0


def _check_export(args: argparse.Namespace, path: Path) -> int:
    try:
        with path.open("rb") as lines:
            done = audit_export.check(lines)
    except OSError as error:
        raise CommandError("audit_file_unreadable", error.strerror or "", path=path) from None
    print(
        _said(
            args,
            "checked",
            path=path,
            lines=done.lines,
            first=done.first,
            last=done.last,
            missing=done.missing,
        )
    )
    print(_said(args, "digest", last=done.last, digest=done.digest))
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "halt": stop,
    "resume": resume,
    "audit": show_audit,
    "account": account,
}


def _seconds() -> int:
    return int(datetime.now(UTC).timestamp())


def _said(args: argparse.Namespace, word: str, **blanks: object) -> str:
    return _WORDS[args.language][word].format(**blanks)
