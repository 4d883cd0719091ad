"""Signing on a machine without a network, at the command line: export, sign there, import."""

import argparse
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from issuer import offline, offline_key
from issuer.batch_document import MAX_SIZE, BatchSignatures, BatchToSign, fingerprint
from issuer.commands.desk import desk_of, trust_of
from issuer.db import reading
from issuer.desk import day_at, find_institution
from issuer.handout import write_file
from issuer.status import replaced_number
from keys.passphrase import source_of
from keys.signer import open_signer
from schemas import certificate_types
from schemas.codes import Language
from schemas.errors import CommandError
from schemas.registry import Institution

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "batch": "第 {batch} 批：{institution}，{type}，{count} 张：{first} … {last}",
        "one": "第 {batch} 批：{institution}，{type}，1 张：{first}",
        "document": "待签文件指纹：{fingerprint}",
        "signatures": "签名结果指纹：{fingerprint}",
        "exported": "已写入 {path}；下一步：带到保管密钥的电脑，核对指纹后运行 zhengyin issue --batch",
        "signed": "已用密钥 {kid} 签名，结果在 {path}；下一步：带回后运行 zhengyin issuer import-batch",
        "imported": "第 {batch} 批：{count} 个签名已核验并存入；下一步：再次运行签发该名单的命令，领取证书文件",
        "replaced": "第 {batch} 批：签名已核验并存入；下一步：再次运行同一条换发命令，在此之前证书 {old} 仍然有效",
        "again": "第 {batch} 批的签名此前已存入，未作改动",
    },
    "en": {
        "batch": "batch {batch}: {institution}, {type}, {count} certificates: {first} … {last}",
        "one": "batch {batch}: {institution}, {type}, 1 certificate: {first}",
        "document": "fingerprint of the batch: {fingerprint}",
        "signatures": "fingerprint of the signatures: {fingerprint}",
        "exported": "written to {path}; next: take it to the machine with the key, compare the fingerprint and run zhengyin issue --batch",
        "signed": "signed with key {kid}, written to {path}; next: bring it back and run zhengyin issuer import-batch",
        "imported": "batch {batch}: signatures verified and stored: {count}; next: run the command that issued the roster again to have the files",
        "replaced": "batch {batch}: signature verified and stored; next: run the same replace command again; until then certificate {old} stays valid",
        "again": "batch {batch}: these signatures were stored before; nothing was changed",
    },
}


def export_batch(args: argparse.Namespace) -> int:
    """Write what is to be signed elsewhere."""
    now = datetime.now(UTC)
    desk = desk_of(args, now)
    data = offline.export_batch(desk, args.batch, now=now)
    write_file(args.out, data)
    _show(args, desk.institution, BatchToSign.read(data), data, now)
    print(_WORDS[args.language]["exported"].format(path=args.out))
    return 0


def sign_batch(args: argparse.Namespace) -> int:
    """Sign a batch where the key is: no database, no network, no question but for the passphrase."""
    _require_no_roster(args)
    now = datetime.now(UTC)
    trust = trust_of(args, now)
    institution = find_institution(trust, args.institution)
    data = _read(args.batch)
    checked = offline_key.check_batch(data, trust, institution, now=now)
    _show(args, institution, checked.document, data, now)
    if args.key is None:
        raise CommandError("key_missing")
    signer = open_signer(args.key, source_of(args, os.environ))
    signatures = offline_key.sign_batch(checked, signer, now=now)
    write_file(args.out, signatures)
    say = _WORDS[args.language]
    print(say["signatures"].format(fingerprint=fingerprint(signatures)))
    print(say["signed"].format(kid=signer.kid, path=args.out))
    return 0


def import_batch(args: argparse.Namespace) -> int:
    """Take the signatures over."""
    now = datetime.now(UTC)
    desk = desk_of(args, now)
    data = _read(args.file)
    say = _WORDS[args.language]
    print(say["signatures"].format(fingerprint=fingerprint(data)))
    count = offline.import_signatures(desk, data, now=now)
    batch = BatchSignatures.read(data).batch
    with reading(desk.engine) as session:
        old = replaced_number(offline.require_batch(session, desk, batch).source)
    done = "replaced" if old else "imported"
    print(say[done if count else "again"].format(batch=batch, count=count, old=old))
    return 0


def _require_no_roster(args: argparse.Namespace) -> None:
    """Refuse what only a roster takes: a batch was checked and numbered before."""
    only = ("type", "set", "number_pattern", "check", "offline")
    if given := [f"--{name.replace('_', '-')}" for name in only if getattr(args, name)]:
        detail = f"argument --batch: not allowed with argument {given[0]}"
        raise CommandError("usage", detail, command="zhengyin issue")


def _show(
    args: argparse.Namespace,
    institution: Institution,
    batch: BatchToSign,
    data: bytes,
    now: datetime,
) -> None:
    """What a batch holds, and the fingerprint that both machines show."""
    say = _WORDS[args.language]
    numbers = batch.numbers
    line = say["batch"] if len(numbers) > 1 else say["one"]
    print(
        line.format(
            batch=batch.batch,
            institution=institution.name_on(day_at(now).isoformat()),
            type=certificate_types.load(batch.type).labels[args.language],
            count=len(numbers),
            first=numbers[0],
            last=numbers[-1],
        )
    )
    print(say["document"].format(fingerprint=fingerprint(data)))


def _read(path: Path) -> bytes:
    """A document that was brought here.

    Raises:
        CommandError: `batch_unreadable`.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except OSError as error:
        raise CommandError("batch_unreadable", error.strerror or "", path=path) from None
