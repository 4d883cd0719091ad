"""Turn the arguments of a command into a stream of texts to verify.

An argument is a file, a folder, `-` for standard input, or the text itself. What a file holds is
told from its first bytes. Whatever cannot be read becomes an input with an error, so one broken
file never stops the others; the order of the arguments is kept.
"""

import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BufferedIOBase, BufferedReader
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from schemas import codes
from schemas.errors import CommandError
from schemas.limits import MAX_SD_JWT_TEXT
from verifier.picture_kinds import MAX_FILE, MAX_PDF, kind

if TYPE_CHECKING:
    from verifier.page_text import PageText

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".heic", ".heif", ".pdf", ".sd-jwt", ".txt")
"""What is read in a folder; a file that is named by itself may have any extension."""

MAX_LINE = MAX_SD_JWT_TEXT + 8  # bytes: a code, a byte-order mark, an end of line
MAX_NAME = 40  # characters of a text that are shown in place of a name
WORKERS = min(4, os.cpu_count() or 1)  # zxing and Pillow run without the interpreter's lock
LOOK_AHEAD = 2 * WORKERS  # pictures in memory at once, of up to 40 MB each

_CODE = re.compile(
    r"[0-9]+|[A-Za-z][A-Za-z0-9+.-]+:.+|eyJ[A-Za-z0-9_-]*\.[^/\\]*\.[^/\\]*", re.DOTALL
)
_NOT_CODES = (b"PK\x03\x04", b"<", b"{", b"[")  # zip, SVG and other markup, JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing to verify: the `text` to look at, or the `error` that kept it from being read."""

    name: str
    """What to show people: the file, `file.png#2` for its second code, `list.txt:3` for a line."""
    text: str | None = None
    error: CommandError | None = None
    pages: tuple["PageText", ...] = ()
    """Of a credential in a PDF: the pages, one of which has to show what was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    name: str
    data: bytes


def unreadable(name: str, error: CommandError) -> dict[str, Any]:
    """What is said of an input that could not be read, in the form of a verdict's JSON."""
    return {
        "input": name,
        "outcome": "undecided",
        "code": error.code,
        "warnings": [],
        "checks": [],
        "demo": False,
        "institution": None,
        "type": None,
        "certificate_number": None,
        "holder_name": None,
        "claims": None,
        "issued_at": None,
        "registry": None,
        "status_as_of": None,
        "message": {language: error.message(language) for language in codes.LANGUAGES},
        "hint": {language: error.hint(language) for language in codes.LANGUAGES},
    }


def collect(arguments: Iterable[str], stdin: TextIO) -> Iterator[Input]:
    """The inputs that `arguments` name, in order; each line of standard input as it arrives.

    Args:
        arguments: Files, folders, `-`, or texts (URL of a QR code, its digits, SD-JWT).
        stdin: `sys.stdin`; its bytes are read, whatever its encoding.
    """
    waiting: deque[Input | Future[list[Input]]] = deque()
    pool = ThreadPoolExecutor(WORKERS)
    try:
        for argument in arguments:
            if argument == "-":  # somebody may be waiting at the scanner
                yield from _drain(waiting, 0)
            for item in _read(argument, stdin):
                if isinstance(item, _Document):
                    waiting.append(pool.submit(_attached, item))
                elif isinstance(item, _Picture):
                    waiting.append(pool.submit(_codes, item))
                else:
                    waiting.append(item)
                yield from _drain(waiting, LOOK_AHEAD)
        yield from _drain(waiting, 0)
    finally:
        pool.shutdown(cancel_futures=True)


def _drain(waiting: deque[Input | Future[list[Input]]], most: int) -> Iterator[Input]:
    """Yield from the head: what is ready, and what is not until no more than `most` remain."""
    while waiting:
        head = waiting[0]
        if isinstance(head, Input):
            yield head
        elif head.done() or len(waiting) > most:
            yield from head.result()
        else:
            return
        waiting.popleft()


def _codes(picture: _Picture) -> list[Input]:
    from verifier.pictures import read_codes  # noqa: PLC0415 - texts need no picture library

    try:
        found = read_codes(picture.data)
    except CommandError as error:
        return [Input(name=picture.name, error=error)]
    return _named(picture.name, [Input(name="", text=code.text) for code in found])


def _attached(document: _Document) -> list[Input]:
    from verifier.pdf import read_pdf  # noqa: PLC0415 - texts need no PDF library

    try:
        found = read_pdf(document.data)
    except CommandError as error:
        return [Input(name=document.name, error=error)]
    inputs = [Input(name="", text=one.text, pages=one.pages) for one in found]
    return _named(document.name, inputs)


def _named(name: str, inputs: list[Input]) -> list[Input]:
    """Under the file's name; under numbers if there are several."""
    if len(inputs) == 1:
        return [replace(inputs[0], name=name)]
    return [replace(one, name=f"{name}#{number}") for number, one in enumerate(inputs, start=1)]


def _read(argument: str, stdin: TextIO) -> Iterator[Input | _Picture | _Document]:
    name = _printable(argument)
    if argument == "-":
        yield from _stream(name, cast("BufferedReader", stdin.buffer), live=True)
        return
    try:
        mode = Path(argument).stat().st_mode if argument else 0
    except PermissionError as error:
        yield Input(name=name, error=_system_error(error))
        return
    except (OSError, ValueError):  # not there, or no path at all: too long, with a NUL
        mode = 0
    if stat.S_ISDIR(mode):
        yield from _folder(Path(argument))
    elif mode:
        yield from _file(Path(argument))
    elif _CODE.fullmatch(text := name.strip()):
        shown = text if len(text) <= MAX_NAME else f"{text[:MAX_NAME]}…"
        yield Input(name=shown, text=text)
    else:
        yield Input(name=name, error=CommandError("input_missing"))


def _folder(root: Path) -> Iterator[Input | _Picture | _Document]:
    """Everything under `root` that is read, by name; no hidden entries, no symbolic links."""
    found = False
    pending: list[Path | os.DirEntry[str]] = [root]
    while pending:
        entry = pending.pop()
        if isinstance(entry, os.DirEntry) and not entry.is_dir():
            found = True
            yield from _file(Path(entry))
            continue
        try:
            with os.scandir(entry) as inside:
                chosen = sorted(filter(_is_read, inside), key=lambda child: child.name)
        except OSError as error:
            found = True
            yield Input(name=_printable(os.fspath(entry)), error=_system_error(error))
            continue
        pending.extend(reversed(chosen))
    if not found:
        nothing = CommandError("folder_without_inputs", known=" ".join(EXTENSIONS))
        yield Input(name=_printable(str(root)), error=nothing)


def _is_read(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return False
    if entry.is_dir(follow_symlinks=False):
        return True
    return entry.is_file(follow_symlinks=False) and entry.name.lower().endswith(EXTENSIONS)


def _file(path: Path) -> Iterator[Input | _Picture | _Document]:
    name = _printable(str(path))
    try:
        file = path.open("rb")
    except OSError as error:
        yield Input(name=name, error=_system_error(error))
        return
    with file:
        yield from _stream(name, file, live=False)


def _stream(
    name: str, stream: BufferedReader, *, live: bool
) -> Iterator[Input | _Picture | _Document]:
    """What a file or standard input holds: a picture, or lines of text.

    A `live` stream gives each line under its number as it arrives; a file with one line gives it
    under the file's name.
    """
    try:
        yield from _content(name, stream, live=live)
    except OSError as error:
        yield Input(name=name, error=_system_error(error))


def _content(
    name: str, stream: BufferedReader, *, live: bool
) -> Iterator[Input | _Picture | _Document]:
    head = stream.peek(16)
    if kind(head) is not None:  # one byte too many is refused as too large
        yield _Picture(name=name, data=stream.read(MAX_FILE + 1))
        return
    if head.startswith(b"%PDF-"):
        yield _Document(name=name, data=stream.read(MAX_PDF + 1))
        return
    if b"\0" in head or head.startswith(_NOT_CODES):
        yield Input(name=name, error=CommandError("input_not_text"))
        return
    found = lines(name, stream)
    first = list(islice(found, 1 if live else 2))
    if not first:
        yield Input(name=name, error=CommandError("input_empty"))
    elif len(first) == 1 and not live:
        yield replace(first[0], name=name)
    else:
        yield from first
        yield from found


def lines(name: str, stream: BufferedIOBase) -> Iterator[Input]:
    """Each line that is not blank, named `name:number`."""
    for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), b""), start=1):
        text = error = None
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)  # noqa: PLW2901 - the rest of it
            error = CommandError("input_too_long", limit=MAX_SD_JWT_TEXT)
        else:
            try:
                text = line.decode().removeprefix("\ufeff").strip()
            except UnicodeDecodeError:
                error = CommandError("input_not_text")
        if text or error:
            yield Input(name=f"{name}:{number}", text=text, error=error)


def _printable(text: str) -> str:
    """Without what no encoding has: file names are bytes, and Python keeps odd ones as surrogates."""
    return text.encode("utf-8", "replace").decode()


def _system_error(error: OSError) -> CommandError:
    if isinstance(error, PermissionError):
        return CommandError("input_forbidden")
    if isinstance(error, FileNotFoundError):
        return CommandError("input_missing")
    return CommandError("input_unreadable", error.strerror or type(error).__name__)
