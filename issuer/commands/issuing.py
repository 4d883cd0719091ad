"""The work of `zhengyin issue` and its companions: files and the clock, around the pure rules."""

import argparse
import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from issuer import status
from issuer.already_issued import check_not_issued
from issuer.commands.batch import export_batch, import_batch, sign_batch
from issuer.commands.desk import desk_of
from issuer.commands.papers import design_for, hand_out_to, print_again, prints, write_files
from issuer.db import transaction
from issuer.desk import Desk, day_at, key_in_force, require_database, require_signer
from issuer.documents.certificate import Design
from issuer.documents.printable import check_printable
from issuer.examination import rows_with
from issuer.handout import FOLDER, alone_in, require_writable, write_file
from issuer.issue import (
    Issued,
    Order,
    find_batch,
    is_signed,
    load,
    require_accepted,
    reserve,
    sign,
)
from issuer.lists import list_files, with_token
from issuer.numbers import numbering
from issuer.roster import roster, workbook
from keys.jws import Signer
from keys.passphrase import source_of
from keys.signer import open_signer
from schemas import certificate_types
from schemas.codes import Language
from schemas.errors import CommandError

CHECKED = "roster.checked.xlsx"
FINDINGS_SHOWN = 40  # lines on the terminal; the workbook has all

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "checked": "{rows} 行：{errors} 行有错误，{warnings} 行有提醒",
        "more": "…… 另有 {count} 条，见 {path}",
        "again": "这份名单已签发过，未重复签发：",
        "reserved": "第 {batch} 批：{count} 张证书已编号，尚未签名；下一步：zhengyin issuer export-batch {batch}",
        "issued": "已签发 {count} 张证书：{first} … {last}",
        "one": "已签发 1 张证书：{first}",
        "batch": "第 {batch} 批：",
        "files": "证书与二维码在 {folder}，名单在 {path}",
        "version": "二维码第 {versions} 版，按 0.5 毫米一格印刷，边长 {size} 毫米",
        "publish": "下一步：zhengyin issuer lists 导出清单，交主管部门发布后生效",
        "status": "证书 {number}：{status}",
        "signed": "已签发",
        "revoked": "已撤销",
        "suspended": "已暂停",
        "valid": "已恢复",
        "replaced": "证书 {old} 已撤销，换发为 {new}",
        "lists": "{list}：{count} 张，已写入 {path}",
        "template": "名单模板：{path}",
    },
    "en": {
        "checked": "rows: {rows}, with errors: {errors}, with warnings: {warnings}",
        "more": "… and {count} more, see {path}",
        "again": "this roster was issued before; nothing was issued twice:",
        "reserved": "batch {batch}: certificates numbered and not signed yet: {count}; next: zhengyin issuer export-batch {batch}",
        "issued": "issued {count} certificates: {first} … {last}",
        "one": "issued 1 certificate: {first}",
        "batch": "batch {batch}: ",
        "files": "certificates and QR codes are in {folder}, the roster in {path}",
        "version": "QR version {versions}; printed at 0.5 mm a module, up to {size} mm wide",
        "publish": "next: zhengyin issuer lists, and have the authority publish them",
        "status": "certificate {number}: {status}",
        "signed": "issued",
        "revoked": "revoked",
        "suspended": "suspended",
        "valid": "reinstated",
        "replaced": "certificate {old} is revoked and replaced by {new}",
        "lists": "{list}: certificates {count}, written to {path}",
        "template": "roster template: {path}",
    },
}


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """Let the collector of reference cycles rest.

    A roster makes a million objects and no cycle; looking for one takes a sixth of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@without_cycle_collection()
def issue(args: argparse.Namespace) -> int:
    """Check a roster; sign, verify and hand out its certificates. Or sign a batch of elsewhere."""
    if args.batch is not None:
        return sign_batch(args)
    _require_roster(args)
    say = _words(args)
    now = datetime.now(UTC)
    desk = desk_of(args, now)
    certificate_type = certificate_types.load(args.type)
    with transaction(desk.engine) as session:
        pattern = numbering.pattern_of(session, desk.institution.id, args.type)
    checked = roster.check_roster(
        roster.read_roster(
            args.roster, args.roster.name, certificate_type, defaults=_settings(args.set)
        ),
        today=day_at(now),
        demo=desk.trust.demo,
        institution=desk.institution,
        numbers_given=not (args.number_pattern or pattern),
    )
    orders = [Order(row=row.number, claims=row.claims) for row in checked.rows]
    known = find_batch(desk.engine, desk.institution.id, certificate_type, orders)
    if known is None:
        with transaction(desk.engine) as session:
            require_database(session, desk)
            checked = checked.plus(
                check_not_issued(session, desk.vault, desk.institution.id, certificate_type, orders)
            )
    if prints(args):
        checked = checked.plus(check_printable(checked.rows, certificate_type))
    design = design_for(args)
    require_writable(args.out)
    marked = args.out / CHECKED
    _report(say, args.language, checked, marked)
    if args.check or not checked.ok:
        with alone_in(args.out):
            write_file(marked, workbook.annotate(checked))
        if not checked.ok:
            raise CommandError("roster_has_errors", path=marked)
        return 0
    signer = None if args.offline else _signer(args)
    batch = reserve(
        desk,
        signer or key_in_force(desk.institution, now),
        certificate_type,
        orders,
        source=args.roster.name,
        pattern=args.number_pattern,
        now=now,
    )
    if signer is not None:
        sign(desk, signer, batch, now=now)
    elif not is_signed(desk, batch):
        with alone_in(args.out):
            write_file(marked, workbook.annotate(checked))
        print(say["reserved"].format(batch=batch, count=len(orders)))
        return 0
    certificates = load(desk, batch)
    if not certificates:
        raise CommandError("batch_erased")
    require_accepted(desk, certificates, now=now)
    if known is not None:
        print(say["again"])
    results = {
        one.row: workbook.Outcome(
            certificate_number=one.number,
            link=f"https://{desk.origin}/#{one.digits(desk.origin)}",
            status=say[one.status] if one.status != "valid" else say["signed"],
        )
        for one in certificates
    }
    with alone_in(args.out):
        pictures = _hand_out(args, say, desk, certificates, design, batch)
        annotated = workbook.annotate(checked, results, picture=pictures.__getitem__)
        write_file(marked, annotated)
    print(say["files"].format(folder=args.out / FOLDER, path=marked))
    write_files(args, desk, [one for one in certificates if one.status != "revoked"], design)
    print(say["publish"])
    return 0


def _require_roster(args: argparse.Namespace) -> None:
    """What the parser cannot know: a roster needs a type."""
    given = {"ROSTER.xlsx": args.roster, "--type": args.type}
    missing = [name for name, value in given.items() if value is None]
    if missing:
        detail = f"the following arguments are required: {', '.join(missing)}"
        raise CommandError("usage", detail, command="zhengyin issue")


def _signer(args: argparse.Namespace) -> Signer:
    if args.key is None:
        raise CommandError("key_missing")
    return open_signer(args.key, source_of(args, os.environ))


def _hand_out(
    args: argparse.Namespace,
    say: Mapping[str, str],
    desk: Desk,
    certificates: Sequence[Issued],
    design: Design | None,
    batch: int | None = None,
) -> dict[int, bytes]:
    """Write the certificates; return their PNGs by row, as far as a workbook has them."""
    versions = []
    kept: dict[int, bytes] = {}
    count = len(certificates)
    for certificate, pictures in hand_out_to(args, desk, certificates, design):
        versions.append(pictures.version)
        if count <= workbook.MAX_PICTURES:
            kept[certificate.row] = pictures.png
    first, last = certificates[0].number, certificates[-1].number
    line = say["issued"] if count > 1 else say["one"]
    before = say["batch"].format(batch=batch) if batch is not None else ""
    print(before + line.format(count=count, first=first, last=last))
    low, high = min(versions), max(versions)
    span = f"{low}–{high}" if low < high else str(high)
    print(say["version"].format(versions=span, size=(17 + 4 * high + 8) * 0.5))
    return kept


def _report(
    say: Mapping[str, str], language: Language, checked: roster.Checked, path: Path
) -> None:
    errors = rows_with("error", checked)
    warnings = rows_with("warning", checked) - errors
    print(say["checked"].format(rows=len(checked.rows), errors=len(errors), warnings=len(warnings)))
    shown = [one for one in checked.findings if one.severity != "notice"]
    shown.sort(key=lambda one: (one.severity != "error", one.row or 0))
    for one in shown[:FINDINGS_SHOWN]:
        place, fix = one.place(language), one.fix(language)
        separator = "：" if language == "zh-CN" else ": "
        print(f"  {place}{separator if place else ''}{one.message(language)}")
        if fix:
            print(f"    → {fix}")
    if len(shown) > FINDINGS_SHOWN:
        print(say["more"].format(count=len(shown) - FINDINGS_SHOWN, path=path))


def change(args: argparse.Namespace) -> int:
    """Revoke, suspend or reinstate."""
    say = _words(args)
    now = datetime.now(UTC)
    result = status.change(
        desk_of(args, now),
        args.command,
        args.number,
        type_name=args.type,
        reason=args.reason,
        now=now,
    )
    print(say["status"].format(number=args.number, status=say[result]))
    print(say["publish"])
    return 0


def replace(args: argparse.Namespace) -> int:
    """Correct a certificate."""
    say = _words(args)
    now = datetime.now(UTC)
    desk = desk_of(args, now)
    design = design_for(args)
    require_writable(args.out)
    signer = None if args.offline else _signer(args)
    replacement = status.begin(
        desk,
        signer or key_in_force(desk.institution, now),
        args.number,
        type_name=args.type,
        changes=_settings(args.set),
        reason=args.reason,
        pattern=args.number_pattern,
        now=now,
    )
    if signer is not None:
        sign(desk, signer, replacement.batch, now=now)
    elif not is_signed(desk, replacement.batch):
        print(say["reserved"].format(batch=replacement.batch, count=1))
        return 0
    new = status.finish(desk, replacement, now=now)
    print(say["replaced"].format(old=args.number, new=new.number))
    with alone_in(args.out):
        _hand_out(args, say, desk, [new], design)
    write_files(args, desk, [new], design)
    print(say["publish"])
    return 0


def lists(args: argparse.Namespace) -> int:
    """Export the institution's lists for the authority."""
    say = _words(args)
    now = datetime.now(UTC)
    desk = desk_of(args, now)
    signer = open_signer(args.key, source_of(args, os.environ))
    require_signer(desk, signer, now)
    with transaction(desk.engine) as session:
        require_database(session, desk)
        exported = list_files(session, desk.institution.id)
    for files in exported:
        signed = with_token(files, origin=desk.origin, signer=signer, now=int(now.timestamp()))
        path = args.out / files.institution / f"{files.list_id}.json"
        write_file(path, signed.write())
        print(say["lists"].format(list=files.key, count=files.status.count, path=path))
    return 0


def template(args: argparse.Namespace) -> int:
    """Write a workbook to start a roster from."""
    write_file(args.out, workbook.template(certificate_types.load(args.type)))
    print(_words(args)["template"].format(path=args.out))
    return 0


ISSUER_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "lists": lists,
    "template": template,
    "export-batch": export_batch,
    "import-batch": import_batch,
    "print": print_again,
}
COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "issue": issue,
    "revoke": change,
    "suspend": change,
    "reinstate": change,
    "replace": replace,
    "issuer": lambda args: ISSUER_COMMANDS[args.issuer_command](args),
}


def _words(args: argparse.Namespace) -> Mapping[str, str]:
    return _WORDS[args.language]


def _settings(texts: Sequence[str]) -> dict[str, str]:
    """`claim=value` arguments as a mapping.

    Raises:
        CommandError: `usage`.
    """
    settings: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise CommandError("usage", f"--set {text}: not CLAIM=VALUE", command="zhengyin issue")
        settings[name.strip()] = value.strip()
    return settings
