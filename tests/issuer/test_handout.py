"""Files for people: whole or not there, the same bytes each time, nothing left behind."""

import errno
import os
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.handout import (
    FOLDER,
    alone_in,
    folder_name,
    hand_out,
    require_writable,
    write_file,
    write_folder,
)
from issuer.issue import Issued
from schemas.errors import CommandError
from schemas.sd_jwt import SdJwt
from tests.issuer.desk import at_desk, content, issue, orders, refusal
from tests.world import ORIGIN
from verifier.pictures import read_codes

FILES = {"credential.sd-jwt": b"token", "qr.svg": b"<svg/>", "qr.png": b"png"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> list[Issued]:
    return issue(at_desk(tmp_path_factory.mktemp("desk")), orders(3))


# names of folders


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("PJ2025000001", "PJ2025000001"),
        ("京数培字〔2025〕第00001号", "京数培字〔2025〕第00001号"),
        ("KC/2024/0001-2", "KC%2F2024%2F0001-2"),
        ("../../etc/passwd", "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd"),
        (".", "%2E"),
        ("a:b*?\\", "a%3Ab%2A%3F%5C"),
        ("a_1", "a_1"),
    ],
)
def test_folder_names(number: str, name: str) -> None:
    assert name == folder_name(number)


@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_no_two_numbers_share_a_folder(numbers: list[str]) -> None:
    numbers = [number for number in numbers if number.isprintable()]
    names = list(map(folder_name, numbers))
    assert len(numbers) == len(set(names))
    assert all("/" not in name and "\0" not in name and not name.startswith(".") for name in names)


# handing out


def test_each_certificate_is_a_folder(certificates: list[Issued], tmp_path: Path) -> None:
    done: list[int] = []
    given = list(hand_out(tmp_path, certificates, ORIGIN, None, done.append))
    assert certificates == [certificate for certificate, _ in given]
    assert [1, 2, 3] == done
    for certificate, pictures in given:
        assert {
            "credential.sd-jwt": certificate.token.text.encode(),
            "qr.svg": pictures.svg,
            "qr.png": pictures.png,
        } == content(tmp_path / FOLDER / certificate.number)
    assert 9 == len(content(tmp_path))


def test_the_holders_file_discloses_and_the_code_does_not(
    certificates: list[Issued], tmp_path: Path
) -> None:
    list(hand_out(tmp_path, certificates[:1], ORIGIN, None))
    folder = tmp_path / FOLDER / certificates[0].number
    token = SdJwt.parse((folder / "credential.sd-jwt").read_text())
    assert certificates[0].token == token
    assert b"id_number" in token.disclosures[0]
    [scanned] = read_codes((folder / "qr.png").read_bytes())
    assert f"https://{ORIGIN}/#{certificates[0].digits(ORIGIN)}" == scanned.text


def test_handing_out_again_writes_the_same(certificates: list[Issued], tmp_path: Path) -> None:
    list(hand_out(tmp_path, certificates, ORIGIN, None))
    before = content(tmp_path)
    list(hand_out(tmp_path, certificates, ORIGIN, None))
    assert before == content(tmp_path)


def test_other_processes_draw_the_same(certificates: list[Issued], tmp_path: Path) -> None:
    list(hand_out(tmp_path / "here", certificates, ORIGIN, None))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        list(hand_out(tmp_path / "there", certificates, ORIGIN, pool))
    assert content(tmp_path / "here") == content(tmp_path / "there")


def test_a_file_in_a_folder_that_is_not_ours_stays(
    certificates: list[Issued], tmp_path: Path
) -> None:
    note = tmp_path / FOLDER / certificates[0].number / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_bytes(b"called on Monday")
    list(hand_out(tmp_path, certificates, ORIGIN, None))
    assert b"called on Monday" == note.read_bytes()
    assert 4 == len(content(note.parent))


# whole or not at all


def full_disk_after(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full from the write after next … on."""
    left = iter(range(writes))
    write_bytes = Path.write_bytes

    def write(path: Path, data: bytes) -> int:
        if next(left, None) is None:
            write_bytes(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)


@pytest.mark.parametrize("writes", range(3))
def test_a_full_disk_leaves_no_half_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    write_folder(tmp_path / "A1", FILES)
    full_disk_after(writes, monkeypatch)
    with pytest.raises(CommandError) as error:
        write_folder(tmp_path / "A2", FILES)
    assert "cannot_write" == error.value.code
    assert "No space left on device" in str(error.value)
    assert {f"A1/{name}": data for name, data in FILES.items()} == content(tmp_path)


@pytest.mark.parametrize("writes", range(3))
def test_a_full_disk_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    write_folder(tmp_path / "A1", FILES)
    full_disk_after(writes, monkeypatch)
    with pytest.raises(CommandError):
        write_folder(tmp_path / "A1", dict.fromkeys(FILES, b"other"))
    assert {f"A1/{name}": data for name, data in FILES.items()} == content(tmp_path)


def test_a_file_is_replaced_whole_or_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path / "roster.xlsx", b"old")

    def refuse(*_args: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(CommandError) as error:
            write_file(tmp_path / "roster.xlsx", b"new")
    assert "cannot_write" == error.value.code
    assert {"roster.xlsx": b"old"} == content(tmp_path)
    write_file(tmp_path / "roster.xlsx", b"new")
    assert {"roster.xlsx": b"new"} == content(tmp_path)


def test_others_may_read_what_is_handed_out(tmp_path: Path) -> None:
    """Temporary files are their owner's alone; certificates go to a printer or a web server."""
    write_folder(tmp_path / "A1", FILES)
    write_file(tmp_path / "roster.xlsx", b"")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert {"A1": 0o755, "roster.xlsx": 0o644} == modes


@pytest.mark.parametrize("name", ["file", "file/below", "file/below/it"])
def test_a_place_that_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "cannot_write" == refusal(require_writable, tmp_path / name)
    assert "cannot_write" == refusal(write_folder, tmp_path / name / "A1", FILES)
    assert "cannot_write" == refusal(write_file, tmp_path / name / "roster.xlsx", b"")
    assert "cannot_write" == refusal(ExitStack().enter_context, alone_in(tmp_path / name))


def test_asking_whether_a_folder_is_writable_leaves_nothing_in_it(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "folder")
    assert {} == content(tmp_path)


# one run at a time


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    write_folder(tmp_path / FOLDER / "A1", FILES)
    for folder in (tmp_path, tmp_path / FOLDER):
        (folder / ".writing-abc").mkdir()
        (folder / ".writing-abc" / "credential.sd-jwt").write_bytes(b"tok")
        (folder / ".writing-def").write_bytes(b"half a work")
    (tmp_path / "mine.txt").write_bytes(b"")
    with alone_in(tmp_path):
        pass
    assert {"mine.txt", *(f"{FOLDER}/A1/{name}" for name in FILES)} == set(content(tmp_path))
    assert [] == list(tmp_path.rglob(".writing-*"))


def test_two_runs_write_one_after_the_other(tmp_path: Path) -> None:
    """The second one must not clear away what the first is writing."""
    inside: list[str] = []

    def run(name: str) -> None:
        with alone_in(tmp_path):
            inside.append(name)
            for number in range(20):
                write_folder(tmp_path / FOLDER / f"{name}{number}", FILES)
            inside.append(name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, "ABCD"))
    assert inside[::2] == inside[1::2]
    assert 4 * 20 * 3 == len(content(tmp_path))


def test_the_lock_goes_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), alone_in(tmp_path):
        raise RuntimeError
    with alone_in(tmp_path):
        pass


def test_where_folders_cannot_be_locked_writing_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with alone_in(tmp_path):
        write_file(tmp_path / "roster.xlsx", b"")
