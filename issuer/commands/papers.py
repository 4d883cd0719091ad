"""What the command line prints: papers in the certificates' folders, files for many at once; also afterwards."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path

from issuer import status
from issuer.commands.desk import desk_of
from issuer.db import transaction
from issuer.desk import Desk
from issuer.documents import bulk, fonts, papers
from issuer.documents.certificate import Design, Printing
from issuer.documents.design_file import read_design
from issuer.documents.pool import Drawing
from issuer.documents.qr_image import QrPictures
from issuer.handout import (
    FOLDER,
    alone_in,
    hand_out,
    require_file_writable,
    require_writable,
    write_file,
    write_pieces,
)
from issuer.issue import Issued, issued
from issuer.offline import require_batch
from issuer.printings import printings, require_faces, stored
from schemas.codes import Language
from schemas.errors import CommandError
from verifier.progress import Progress

_Draw = Callable[[Iterable[Printing], Executor | None, Callable[[int], None]], Iterator[bytes]]

_IN_FOLDERS = {"pdf": papers.PDF, "own_copy": papers.OWN_COPY, "picture": papers.PICTURE}
"""Option → the file that it adds to each certificate's folder."""
_PARTS = {"print_run": bulk.print_run, "sheet": bulk.verification_sheets}
"""Option → what draws its file, in parts where there are many."""
_FILES = ("zip", *_PARTS)

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "folders": "{count} 张证书已写入 {folder}",
        "zip": "证书压缩包：{path}",
        "print_run": "付印文件：{path}",
        "sheet": "核验页：{path}",
        "parts": "{first} … {last}",
    },
    "en": {
        "folders": "certificates {count}, written to {folder}",
        "zip": "zip of certificates: {path}",
        "print_run": "for the printer: {path}",
        "sheet": "verification sheet: {path}",
        "parts": "{first} … {last}",
    },
}


def prints(args: argparse.Namespace) -> bool:
    """Whether anything is printed."""
    return any(getattr(args, option) for option in (*_IN_FOLDERS, *_FILES))


def design_for(args: argparse.Namespace) -> Design | None:
    """The design that is named; None: the institution's own.

    What is wrong with it, with the machine's fonts or with the files to write is said now, before
    anything is signed.

    Raises:
        CommandError: as `read_design`; `fonts_missing`, `cannot_write`.
    """
    if not prints(args):
        return None
    fonts.families()
    for option in _FILES:
        if (path := getattr(args, option)) is not None:
            require_file_writable(path)
    return read_design(args.design) if args.design is not None else None


def hand_out_to(
    args: argparse.Namespace, desk: Desk, certificates: Sequence[Issued], design: Design | None
) -> Iterator[tuple[Issued, QrPictures]]:
    """Write each certificate's folder below `--out`, with the papers that are wanted.

    Raises:
        CommandError: as `hand_out`.
    """
    names = [name for option, name in _IN_FOLDERS.items() if getattr(args, option)]
    count = len(certificates)
    with Drawing().lent(count) as executor, Progress(count) as progress:
        yield from hand_out(
            args.out,
            certificates,
            desk.origin,
            executor,
            progress.update,
            printings=printings(desk, certificates, design),
            names=names,
        )


def write_files(
    args: argparse.Namespace, desk: Desk, certificates: Sequence[Issued], design: Design | None
) -> None:
    """Write the files for many certificates that are wanted, each whole or not at all.

    Raises:
        CommandError: `cannot_write`, and as `require_faces` and `certificate_pdf`.
    """
    if not any(getattr(args, option) for option in _FILES):
        return
    require_faces(certificates)
    say = _WORDS[args.language]
    with Drawing().lent(len(certificates)) as executor:

        def drawn(draw: _Draw) -> Iterator[bytes]:
            with Progress(len(certificates)) as progress:
                yield from draw(printings(desk, certificates, design), executor, progress.update)

        if args.zip is not None:
            with alone_in(args.zip.parent):
                write_pieces(args.zip, drawn(bulk.certificates_zip))
            print(say["zip"].format(path=args.zip))
        for option, draw in _PARTS.items():
            if (path := getattr(args, option)) is not None:
                written = _write_parts(path, bulk.endings(drawn(draw)))
                first, last = written[0], written[-1]
                named = say["parts"].format(first=first, last=last) if last != first else first
                print(say[option].format(path=named))


def _write_parts(path: Path, parts: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Write a file, or as many as there are parts; give their paths."""
    written = []
    with alone_in(path.parent):
        for ending, data in parts:
            written.append(path.with_stem(path.stem + ending))
            write_file(written[-1], data)
    return written


def print_again(args: argparse.Namespace) -> int:
    """Print certificates that were issued before: by their numbers, or a whole batch."""
    _require_places(args)
    desk = desk_of(args, datetime.now(UTC))
    certificates = _found(args, desk)
    require_faces(certificates)
    design = design_for(args)
    if args.out is not None:
        require_writable(args.out)
        with alone_in(args.out):
            count = sum(1 for _ in hand_out_to(args, desk, certificates, design))
        print(_WORDS[args.language]["folders"].format(count=count, folder=args.out / FOLDER))
    write_files(args, desk, certificates, design)
    return 0


def _found(args: argparse.Namespace, desk: Desk) -> list[Issued]:
    """The certificates of the numbers, in their order; of a batch those that are not revoked."""
    if args.batch is not None:
        with transaction(desk.engine) as session:
            require_batch(session, desk, args.batch)
        return list(stored(desk, args.batch, but_revoked=True))
    found = []
    with transaction(desk.engine) as session:
        for number in dict.fromkeys(args.number):
            one = status.find(session, desk.institution.id, number, args.type)
            if one.erased is not None:
                raise CommandError("certificate_erased", number=number)
            found.append(issued(desk.vault, one))
    return found


def _require_places(args: argparse.Namespace) -> None:
    """What the parser cannot know: something to write, and a folder for what lies in folders."""
    missing = ""
    if args.out is None and any(getattr(args, option) for option in _IN_FOLDERS):
        missing = "--out"
    elif args.out is None and not any(getattr(args, option) for option in _FILES):
        missing = "--out, --zip, --print-run or --sheet"
    if missing:
        detail = f"the following arguments are required: {missing}"
        raise CommandError("usage", detail, command="zhengyin issuer print")
