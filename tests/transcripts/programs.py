"""The small programs of transcripts: what a newcomer would do with a shell, a scanner, a camera."""

import io
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import segno
from PIL import Image

from verifier.pictures import read_codes

_ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|(.))")
_ESCAPED = {b"n": b"\n", b"t": b"\t", b"\\": b"\\"}


def printf(words: list[str], _stdin: bytes) -> bytes:
    r"""`printf TEXT`: with \n, \t and \xHH."""

    def byte(match: re.Match[bytes]) -> bytes:
        return bytes.fromhex(match[1].decode()) if match[1] else _ESCAPED[match[2]]

    return _ESCAPE.sub(byte, words[0].encode())


def cat(words: list[str], stdin: bytes) -> bytes:
    """`cat [FILE…]`."""
    return b"".join(Path(word).read_bytes() for word in words) or stdin


def ls(words: list[str], _stdin: bytes) -> bytes:
    """`ls DIR`: the names, one a line."""
    return "".join(f"{one.name}\n" for one in sorted(Path(words[0]).iterdir())).encode()


def cp(words: list[str], _stdin: bytes) -> bytes:
    """`cp FROM TO`: a file, or a folder with all that is in it."""
    source, target = map(Path, words)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
    return b""


def rm(words: list[str], _stdin: bytes) -> bytes:
    """`rm PATH…`: files, or folders with all that is in them."""
    for path in map(Path, words):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return b""


def mkdir(words: list[str], _stdin: bytes) -> bytes:
    """`mkdir DIR`."""
    Path(words[0]).mkdir()
    return b""


def chmod(words: list[str], _stdin: bytes) -> bytes:
    """`chmod MODE FILE`, the mode in octal."""
    Path(words[1]).chmod(int(words[0], 8))
    return b""


def head(words: list[str], stdin: bytes) -> bytes:
    """`head -c N FILE`: its first bytes; without them its last, for a negative N."""
    return cat(words[2:], stdin)[: int(words[1])]


def alter(words: list[str], _stdin: bytes) -> bytes:
    """`alter FILE N`: another letter in the place of byte N."""
    path = Path(words[0])
    data = bytearray(path.read_bytes())
    data[int(words[1])] = ord("B" if data[int(words[1])] == ord("A") else "A")
    path.write_bytes(data)
    return b""


def scan(words: list[str], _stdin: bytes) -> bytes:
    """`scan PICTURE`: the texts of its QR codes, as a USB scanner types them."""
    return b"".join(f"{code.text}\n".encode() for code in read_codes(Path(words[0]).read_bytes()))


def qr(words: list[str], stdin: bytes) -> bytes:
    """`qr`: a QR code of the text that is given, as PNG."""
    out = io.BytesIO()
    segno.make(stdin.decode().strip(), micro=False).save(out, kind="png", scale=4)
    return out.getvalue()


def montage(words: list[str], _stdin: bytes) -> bytes:
    """`montage PICTURE…`: one picture with all of them from left to right, as PNG."""
    pictures = [Image.open(word).convert("L") for word in words]
    width, height = sum(one.width for one in pictures), max(one.height for one in pictures)
    whole = Image.new("L", (width, height), 255)
    left = 0
    for one in pictures:
        whole.paste(one, (left, (height - one.height) // 2))
        left += one.width
    out = io.BytesIO()
    whole.save(out, "png")
    return out.getvalue()


def members(_words: list[str], stdin: bytes) -> bytes:
    """`members`: the names of the members of each JSON line."""
    return "".join(f"{' '.join(json.loads(line))}\n" for line in stdin.splitlines()).encode()


PROGRAMS: Mapping[str, Callable[[list[str], bytes], bytes]] = {
    program.__name__: program
    for program in (printf, cat, ls, cp, rm, mkdir, chmod, head, alter, scan, qr, montage, members)
}
