"""The work of `zhengyin demo`: make the folder, verify what is in it, say what to try next, serve it."""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

from issuer.demo import keyring, office
from issuer.demo.folder import fresh, size
from issuer.demo.institutions import XUEYUAN
from issuer.demo.produce import BROKEN, produce
from issuer.demo.stories import TRUST, Judge, Story, Told
from issuer.handout import FOLDER
from issuer.roster.roster import Checked
from keys.registry_table import aligned
from schemas import codes
from schemas.codes import Language
from schemas.errors import CommandError

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "begin": "证印演示：机构、持证人、密钥全部虚构，证书不作凭证",
        "authority": "主管部门、机构目录、9 把密钥",
        "issuing": "名单 → 签发证书",
        "changes": "撤销、暂停、更正；私钥失窃；资格暂停",
        "files": "证书文件、二维码、标注后的名单",
        "heads": "情形|结论|预期",
        "expected": "✓ 符合",
        "differs": "✕ 应为 {code}",
        "refused": "{name}：{rows} 行中 {errors} 行有错误，未签发任何证书，逐行说明在 {checked}",
        "summary": "{stories} 个情形全部符合预期；{folder} 中 {count} 份证书文件、PDF 和二维码全部真实有效",
        "size": "{path} 共 {megabytes:.1f} MB，用时 {seconds:.0f} 秒",
        "next": "接下来可以试：",
        "show": "打开核验页后，把这些二维码放到相机前，或选为图片：",
        "people": "签发台的演示账号（口令都是 {password}，不需要动态验证码）：",
    },
    "en": {
        "begin": "Zhengyin demonstration: institutions, holders and keys are invented; nothing here is evidence",
        "authority": "an authority, a registry of institutions, 9 keys",
        "issuing": "rosters → certificates",
        "changes": "revoked, suspended, corrected; a key stolen; a grant suspended",
        "files": "certificate files, QR codes, annotated rosters",
        "heads": "situation|verdict|",
        "expected": "✓ expected",
        "differs": "✕ expected {code}",
        "refused": "{name}: {errors} of {rows} rows are wrong, nothing was signed; {checked} says what and where",
        "summary": "all {stories} situations as expected; all {count} certificate files, PDFs and QR codes in {folder} are valid",
        "size": "{path} has {megabytes:.1f} MB and took {seconds:.0f} s",
        "next": "try next:",
        "show": "open the page below, and hold these codes before its camera or upload them:",
        "people": "who may sign in at the issuing desk (everybody's password is {password}; no second factor):",
    },
}


_SHOWN = ("ok", "bad_signature", "revoked", "out_of_scope", "foreign_code")
"""The stories to try on the page first, by their codes."""


def demo(args: argparse.Namespace) -> int:
    """Make the demonstration and verify all of it; then serve it, unless `--once` was given.

    Raises:
        CommandError: `demo_differs`: something ends otherwise than it must; and as `serve`.
    """
    if args.once:
        _made(args)
        return 0
    # The web framework, 0.4 s.
    from issuer.app import service_app  # noqa: PLC0415
    from issuer.running.serve import places, service_config  # noqa: PLC0415
    from issuer.running.service import Service  # noqa: PLC0415
    from verifier import serve  # noqa: PLC0415
    from verifier.page_files import built_page  # noqa: PLC0415

    # What would refuse to serve refuses now, not after a minute of making.
    page = built_page()
    language: Language = args.language
    with serve.place(args) as where:
        stories = _made(args)
        print(f"\n{_WORDS[language]['show']}")
        for code in _SHOWN:
            story = next(one for one in stories if one.code == code and one.here_and_now)
            print(f"  {story.title[language]}  {args.dir / story.file}")
        print("\n".join(("", *_people(args.dir, language), "")))
        service = Service.open(office.settings(args.dir, where.urls[0].rstrip("/")))
        config = service_config(service_app(service, page), where.certificate, level="WARNING")
        words = [*places(where, language), *serve.said(where, language, demo=True)]
        serve.run_until_stopped(config, where, words)
    return 0


def _people(directory: Path, language: Language) -> Iterator[str]:
    """Who may sign in, and what can be looked up."""
    words = _WORDS[language]
    password = (directory / keyring.PASSPHRASE).read_text(encoding="utf-8").strip()
    yield words["people"].format(password=password)
    for line in aligned(list(office.people(language))).split("\n"):
        yield f"  {line}"


def _made(args: argparse.Namespace) -> Sequence[Story]:
    """Make and verify; what happened is said on the way."""
    language: Language = args.language
    words = _WORDS[language]
    started = time.monotonic()
    now = datetime.now(UTC)
    print(words["begin"], flush=True)
    with fresh(args.dir) as making:
        produced = produce(
            making, now=now, progress=lambda step: print(f"  ✓ {words[step]}", flush=True)
        )
    judge = Judge(args.dir, now)
    told = [judge.tell(story) for story in produced.stories]
    print(f"\n{_table(told, language)}\n")
    outcomes = [verdict["outcome"] for verdict in judge.verdicts(FOLDER)]
    wrong = sum(not one.as_expected for one in told) + sum(one != "valid" for one in outcomes)
    if wrong:
        raise CommandError("demo_differs", count=wrong, path=args.dir)
    print(words["summary"].format(stories=len(told), count=len(outcomes), folder=args.dir / FOLDER))
    print(_refused(produced.broken, words))
    megabytes, seconds = size(args.dir) / 1e6, time.monotonic() - started
    print(words["size"].format(path=args.dir, megabytes=megabytes, seconds=seconds))
    print(f"\n{words['next']}")
    for line in _next(args.dir, produced.stories, once=args.once):
        print(f"  {line}")
    return produced.stories


def _table(told: Sequence[Told], language: Language) -> str:
    """One line a story; below it what a verifier warns of, and the story's note."""
    words = _WORDS[language]
    rows = [tuple(words["heads"].split("|"))]
    below: list[list[str]] = [[]]
    for one in told:
        mark = codes.table()["outcomes"][one.outcome]["mark"]
        expected = words["expected"]
        if not one.as_expected:
            expected = words["differs"].format(code=" ".join((one.story.code, *one.story.warnings)))
        number = one.story.name.partition("-")[0]
        rows.append((f"{number} {one.story.title[language]}", f"{mark} {one.code}", expected))
        below.append([f"! {warning[language]}" for warning in one.warnings])
        if one.story.note:
            below[-1].append(f"↳ {one.story.note[language]}")
    lines = aligned(rows).split("\n")
    return "\n".join(
        line
        for row, notes in zip(lines, below, strict=True)
        for line in (row, *(f"   {note}" for note in notes))
    )


def _refused(checked: Checked, words: Mapping[str, str]) -> str:
    errors = {one.row for one in checked.findings if one.severity == "error"}
    marked = Path(BROKEN).with_suffix(".checked.xlsx")
    return words["refused"].format(
        name=BROKEN, rows=len(checked.rows), errors=len(errors), checked=marked
    )


def _next(directory: Path, stories: Sequence[Story], *, once: bool) -> list[str]:
    """Commands to type."""
    where = shlex.quote(str(directory))
    altered = next(story.file for story in stories if story.code == "bad_signature")
    here = Path(sys.argv[0])
    installed = here.name != "zhengyin" or which("zhengyin") is not None
    program = "zhengyin" if installed else shlex.quote(os.path.relpath(here))
    verify = f"{program} verify --trust {where}/{TRUST}"
    return [
        f"{verify} {where}/{FOLDER}",
        f"{verify} {where}/{altered}",
        f"{verify} {where}/{Path(altered).parts[0]}",
        " ".join(
            (
                f"{program} issue {where}/{BROKEN} --check --as {XUEYUAN}",
                f"--type training_completion --trust {where}/{TRUST} --home {where}/issuer",
                f"--out {where}/tried",
            )
        ),
        *([f"{program} serve --trust {where}/{TRUST}"] if once else []),
    ]
