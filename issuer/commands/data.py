"""The work of `zhengyin issuer backup | restore | catch-up | erase`: files and the clock."""

import argparse
import getpass
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from issuer import backup, erasure, status
from issuer.catch_up import catch_up
from issuer.commands.desk import database_url, desk_of, home_of
from issuer.db import open_database, transaction
from issuer.handout import require_writable
from issuer.vault import Vault
from schemas.codes import Language
from schemas.errors import CommandError

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "backup": "已备份 {rows} 行到 {path}；恢复时还需要数据密钥 {key}，请另存一处",
        "restored": "已恢复 {rows} 行，备份时间 {time}",
        "next": "下一步：zhengyin refresh，然后 zhengyin issuer catch-up --as 机构；在此之前不能签发",
        "caught": "已核对发布的清单，补记 {lost} 张恢复前丢失记录的证书；编号从其后继续",
        "erased": "证书 {number} 的持证人信息已清除；编号、位置和状态保留",
    },
    "en": {
        "backup": "rows written to {path}: {rows}; restoring needs the data key {key} too: keep it elsewhere",
        "restored": "rows restored: {rows}, as of {time}",
        "next": "next: zhengyin refresh, then zhengyin issuer catch-up --as INSTITUTION; nothing is issued before",
        "caught": "compared with the published lists; certificates whose record was lost: {lost}; numbers go on after them",
        "erased": "the holder of certificate {number} is erased; number, slot and status stay",
    },
}


def write_backup(args: argparse.Namespace) -> int:
    """Write a backup, whole or not at all."""
    home, now = home_of(args), datetime.now(UTC)
    engine = open_database(database_url(home))
    folder = args.file.parent
    require_writable(folder)
    with NamedTemporaryFile(dir=folder, prefix=".writing-", delete=False) as out:
        written = Path(out.name)
        try:
            rows = backup.write(engine, _vault(home), out, now=int(now.timestamp()))
            out.flush()
            os.fsync(out.fileno())
            written.replace(args.file)
        except OSError as error:
            raise CommandError("cannot_write", error.strerror or "", path=args.file) from None
        finally:
            written.unlink(missing_ok=True)
    print(_said(args, "backup", rows=rows, path=args.file, key=home / "data.key"))
    return 0


def restore(args: argparse.Namespace) -> int:
    """Read a backup into an empty database."""
    home, now = home_of(args), datetime.now(UTC)
    if not (home / "data.key").exists():
        raise CommandError("data_key_unusable", "missing", path=home / "data.key")
    engine = open_database(database_url(home))
    try:
        with args.file.open("rb") as source:
            done = backup.restore(
                engine, _vault(home), source, who=getpass.getuser(), now=int(now.timestamp())
            )
    except OSError as error:
        raise CommandError("backup_unreadable", error.strerror or "") from None
    time = datetime.fromtimestamp(done.created, UTC).isoformat(timespec="seconds")
    print(_said(args, "restored", rows=done.rows, time=time))
    print(_said(args, "next"))
    return 0


def catch_up_with_lists(args: argparse.Namespace) -> int:
    """Enter what was issued after the backup."""
    now = datetime.now(UTC)
    print(_said(args, "caught", lost=catch_up(desk_of(args, now), now=now)))
    return 0


def erase(args: argparse.Namespace) -> int:
    """Erase a holder's data."""
    now = datetime.now(UTC)
    desk = desk_of(args, now)
    with transaction(desk.engine) as session:
        certificate = status.find(session, desk.institution.id, args.number, args.type)
        erasure.erase(
            session, certificate, who=desk.who, reason=args.reason, now=int(now.timestamp())
        )
    print(_said(args, "erased", number=args.number))
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "backup": write_backup,
    "restore": restore,
    "catch-up": catch_up_with_lists,
    "erase": erase,
}


def _vault(home: Path) -> Vault:
    return Vault.open(home / "data.key")


def _said(args: argparse.Namespace, word: str, **blanks: object) -> str:
    return _WORDS[args.language][word].format(**blanks)
