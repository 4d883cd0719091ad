"""Arguments become a stream of inputs: in order, nothing lost, nothing stopped by a broken file."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.limits import MAX_SD_JWT_TEXT
from tests.verifier.pictures import DIGITS, PREFIX, on_page, qr, saved
from verifier.inputs import EXTENSIONS, Input, collect, unreadable

TEXT = PREFIX + DIGITS
SD_JWT = "eyJhbGciOiJFZDI1NTE5In0.eyJpc3MiOiIifQ.c2ln~"


def stdin(data: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)))


def seen(*arguments: str | Path, typed: bytes = b"") -> list[tuple[str, str | None]]:
    """Name and text, or name and error code, of each input."""
    return [
        (one.name, one.error.code if one.error else one.text)
        for one in collect(map(str, arguments), stdin(typed))
    ]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        DIGITS,
        "7",
        SD_JWT,
        "HC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFCD2",
        "https://example.com/",
        "9" * 5000,
        TEXT * 3,
    ],
)
def test_text(text: str) -> None:
    """A text stands for itself, and its beginning for its name."""
    ((name, found),) = seen(f" {text}\n")
    assert text == found
    assert name in (text, f"{text[:40]}…")


@pytest.mark.parametrize(
    "argument",
    ["", "certificate.png", "certificates/1", "C:\\certificates\\qr.png", "a\0b", "eyes.png"],
)
def test_missing(argument: str) -> None:
    """What is neither there nor a code is a mistake in the name."""
    assert [(argument, "input_missing")] == seen(argument)


FILES: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "SD-JWT": (SD_JWT.encode(), [("", SD_JWT)]),
    "SD-JWT and an end of line": (SD_JWT.encode() + b"\n", [("", SD_JWT)]),
    "Windows text": (b"\xef\xbb\xbf" + SD_JWT.encode() + b"\r\n\r\n", [("", SD_JWT)]),
    "three codes": (
        f"{TEXT}\r\n\n  {SD_JWT}\n{DIGITS}".encode(),
        [(":1", TEXT), (":3", SD_JWT), (":4", DIGITS)],
    ),
    "a line that is too long": (
        b"1" * (MAX_SD_JWT_TEXT + 9) + b"2" * 99_999 + b"\n7",
        [(":1", "input_too_long"), (":2", "7")],
    ),
    "the longest line": (b"1" * MAX_SD_JWT_TEXT + b"\r\n", [("", "1" * MAX_SD_JWT_TEXT)]),
    "another encoding": ("证书\n7".encode("gb18030"), [(":1", "input_not_text"), (":2", "7")]),
    "PNG": (saved(qr(), "PNG"), [("", TEXT)]),
    "PNG cut short": (saved(qr(), "PNG")[:-300], [("", "picture_unreadable")]),
    "PNG without a code": (saved(on_page(size=(90, 90)), "PNG"), [("", "picture_no_code")]),
    "nothing": (b"", [("", "input_empty")]),
    "blank lines": (b"\n  \r\n\n", [("", "input_empty")]),
    "PDF": (b"%PDF-1.7\n1 0 obj\n", [("", "pdf_unreadable")]),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', [("", "input_not_text")]),
    "JSON": (b'{"payload": ""}', [("", "input_not_text")]),
    "zip": (b"PK\x03\x04\x14", [("", "input_not_text")]),
    "GIF": (b"GIF89a\x01\0\x01\0\0\0\0", [("", "input_not_text")]),
    "UTF-16": (DIGITS.encode("utf-16"), [("", "input_not_text")]),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("extension", [".png", ".sd-jwt", ""])
def test_file(tmp_path: Path, name: str, extension: str) -> None:
    """The content decides what a file is, never its extension."""
    data, expected = FILES[name]
    path = tmp_path / f"file{extension}"
    path.write_bytes(data)
    assert [(f"{path}{suffix}", result) for suffix, result in expected] == seen(path)


@pytest.mark.parametrize("name", FILES)
def test_standard_input(name: str) -> None:
    """The same through a pipe; each line of it goes by its number."""
    data, expected = FILES[name]
    found = seen("-", typed=data)
    assert [result for _, result in expected] == [result for _, result in found]
    assert all(shown == "-" or shown.startswith("-:") for shown, _ in found)


def test_two_codes_in_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jpg"
    page = on_page((qr("1" * 40), (10, 10)), (qr("2" * 40), (300, 10)), size=(600, 300))
    path.write_bytes(saved(page, "JPEG"))
    assert [(f"{path}#1", PREFIX + "1" * 40), (f"{path}#2", PREFIX + "2" * 40)] == seen(path)


def test_each_line_at_once() -> None:
    """A scanner types a code and Enter; the answer does not wait for the next one."""
    reading, writing = os.pipe()
    typed = os.fdopen(reading, "r")
    inputs = collect(["-"], typed)
    for number in range(1, 4):
        os.write(writing, f"{number}\n".encode())
        assert Input(name=f"-:{number}", text=str(number)) == next(inputs)
    os.close(writing)
    assert [] == list(inputs)
    typed.close()


def test_what_came_before_the_scanner_is_not_held_back(tmp_path: Path) -> None:
    (tmp_path / "qr.png").write_bytes(saved(qr(), "PNG"))
    reading, writing = os.pipe()
    typed = os.fdopen(reading, "r")
    inputs = collect([str(tmp_path / "qr.png"), "-"], typed)
    assert next(inputs).text == TEXT  # nobody has typed yet
    os.close(writing)
    assert [one.error.code if one.error else "" for one in inputs] == ["input_empty"]
    typed.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Certificates as a demonstration leaves them, and things that do not belong there."""
    root = tmp_path / "certificates"
    for number in ("PJ2", "PJ1"):
        (root / number).mkdir(parents=True)
        (root / number / "credential.sd-jwt").write_text(f"{SD_JWT}\n")
        (root / number / "qr.png").write_bytes(saved(qr(), "PNG"))
        (root / number / "qr.svg").write_text("<svg/>")
    (root / "PJ1" / "certificate.pdf").write_bytes(b"%PDF-1.7")
    (root / "stories.json").write_text("[]")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "qr.png").write_bytes(b"")
    (root / ".qr.png").write_bytes(b"")
    (root / "PHOTO.JPG").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "outside.txt").write_text("7")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "up").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(root / "pipe.txt")
    return root


def test_folder(folder: Path) -> None:
    """By name, downwards; no SVG, no hidden entry, no link, no pipe; a broken file stops nothing."""
    assert [
        (f"{folder}/PHOTO.JPG", "picture_unreadable"),
        (f"{folder}/PJ1/certificate.pdf", "pdf_unreadable"),
        (f"{folder}/PJ1/credential.sd-jwt", SD_JWT),
        (f"{folder}/PJ1/qr.png", TEXT),
        (f"{folder}/PJ2/credential.sd-jwt", SD_JWT),
        (f"{folder}/PJ2/qr.png", TEXT),
    ] == seen(folder)


def test_a_folder_that_is_named_through_a_link(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder / "PJ1")
    assert ["pdf_unreadable", SD_JWT, TEXT] == [text for _, text in seen(link)]


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_bytes(b"PK")
    (one,) = collect([str(tmp_path)], stdin())
    assert one.error is not None
    assert (str(tmp_path), "folder_without_inputs") == (one.name, one.error.code)
    assert EXTENSIONS[0] in one.error.hint("zh-CN")


def test_order_of_many_pictures(tmp_path: Path) -> None:
    """Pictures are decoded side by side; a slow one does not lose its place."""
    for number in range(30):
        scale = 12 if number % 7 == 0 else 1
        path = tmp_path / f"{number:02}.png"
        path.write_bytes(saved(qr(f"1{number:02}" * 20, scale=scale), "PNG"))
    expected = [f"{PREFIX}{f'1{number:02}' * 20}" for number in range(30)]
    assert [*expected, "5"] == [text for _, text in seen(tmp_path, "5")]


def test_a_caller_that_stops_early(folder: Path) -> None:
    """Nothing goes on behind the back of a caller that has seen enough."""
    inputs = collect([str(folder)] * 50, stdin())
    next(inputs)
    assert isinstance(inputs, Iterator)
    inputs.close()  # type: ignore[attr-defined]


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser may read everything, so the refusal is made."""
    (tmp_path / "a.txt").write_text("7")
    (tmp_path / "b").mkdir()
    opened, listed = Path.open, os.scandir

    def refuse(path: Path, *arguments: object, **options: object) -> object:
        if path.name in ("a.txt", "b"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(
        os, "scandir", lambda path: refuse(path) if Path(path).name == "b" else listed(path)
    )
    assert [
        (f"{tmp_path}/a.txt", "input_forbidden"),
        (f"{tmp_path}/b", "input_forbidden"),
    ] == seen(tmp_path)


def test_a_file_that_breaks_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise OSError(5, "Input/output error")

    (tmp_path / "a.txt").write_text("7")
    monkeypatch.setattr(Path, "open", lambda *_: io.BufferedReader(Broken()))
    assert [(f"{tmp_path}/a.txt", "input_unreadable"), ("8", "8")] == seen(tmp_path, "8")


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    """Names can always be printed."""
    path = os.fsencode(tmp_path) + b"/\xff.txt"
    Path(os.fsdecode(path)).write_text("7")
    assert [(f"{tmp_path}/?.txt", "7")] == seen(tmp_path)


def test_unreadable_has_the_form_of_a_verdict() -> None:
    """Programs that read `--json` need to know one form only."""
    from datetime import UTC, datetime

    from verifier.verdict import check

    (one,) = collect(["missing.png"], stdin())
    assert one.error is not None
    verdict = check("7", trust=None, now=datetime(2024, 7, 1, tzinfo=UTC)).to_dict("7")
    said = unreadable(one.name, one.error)
    assert list(verdict) == list(said)
    assert ("missing.png", "undecided", "input_missing") == (
        said["input"],
        said["outcome"],
        said["code"],
    )
