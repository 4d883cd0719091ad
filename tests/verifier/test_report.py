"""The CSV report opens in a spreadsheet without harm, and is whole or not there."""

import csv
import errno
import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from schemas.codes import Language
from schemas.errors import CommandError
from tests.verifier.verdicts import forged, verdict
from verifier.inputs import unreadable
from verifier.report import csv_report

CHECKED_AT = "2024-07-03T08:00:00+00:00"


def written(
    path: Path, *verdicts: dict[str, Any], language: Language = "zh-CN"
) -> list[dict[str, str]]:
    with csv_report(path, language, checked_at=CHECKED_AT) as add:
        for one in verdicts:
            add(one)
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_a_row(tmp_path: Path) -> None:
    assert [
        {
            "姓名": "张测试",
            "证件号码后四位": "'0012",
            "证书编号": "PJ2024000001",
            "结果": "真实有效",
            "代码": "ok",
            "说明": "真实有效",
            "提醒": "",
            "发证机构": "示例机械评价中心（演示）",
            "证书类型": "专业技术等级证书",
            "职业、培训班或竞赛": "智能制造工程技术人员",
            "职业方向": "—",
            "等级": "初级",
            "发证日期": "2024-06-30",
            "核验时间": CHECKED_AT,
            "目录更新到": "2024-07-01T00:00:00Z",
            "撤销信息截至": "2024-07-02T00:00:00Z",
            "来源": "certificates/PJ2024000001/qr.png",
        }
    ] == written(tmp_path / "report.csv", verdict())


def test_what_did_not_hold(tmp_path: Path) -> None:
    """Each input has its row, with what is known of it and nothing invented."""
    error = CommandError("picture_no_code")
    rows = written(
        tmp_path / "report.csv",
        forged(input="a.png"),
        unreadable("b.png", error),
        verdict(demo=True, warnings=[{"code": "x", "zh-CN": "甲", "en": "a"}]),
        language="en",
    )
    assert [
        ("", "", "does not verify", "bad_signature", "", "", "a.png"),
        ("", "", "cannot be read", "picture_no_code", "", "", "b.png"),
        (
            "张测试",
            "PJ2024000001",
            "genuine and valid",
            "ok",
            "demonstration only, no evidence of anything; a",
            "初级",
            "certificates/PJ2024000001/qr.png",
        ),
    ] == [
        tuple(
            row[column]
            for column in (
                *("name", "certificate number", "outcome", "code"),
                *("warnings", "level", "input"),
            )
        )
        for row in rows
    ]
    assert "no QR code was found in the picture" == rows[1]["message"]


def test_no_more_than_the_tail_of_an_id_number(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    written(path, verdict())
    assert "119999199001010012" not in path.read_text("utf-8-sig")


def test_excel_sees_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    written(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf" + "姓名,".encode())
    assert path.read_bytes().endswith(b"\r\n")


CELLS = {
    "=1+1": "'=1+1",
    "+86": "'+86",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    '=HYPERLINK("https://example.com","张测试")': '\'=HYPERLINK("https://example.com","张测试")',
    "＝cmd|' /C calc'!A0": "'＝cmd|' /C calc'!A0",
    " =1+1": "' =1+1",
    "\u3000@SUM(A1)": "'\u3000@SUM(A1)",
    "＋1": "'＋1",
    "\t=1": "‹U+0009›=1",
    "\r=1": "‹U+000D›=1",
    "a\nb": "a‹U+000A›b",
    "\u202e123": "‹U+202E›123",
    "202400000001": "'202400000001",
    "007": "'007",
    "2024E12": "'2024E12",
    "2024-11": "'2024-11",
    "3/4": "'3/4",
    "—": "—",
    "三级/高级工": "三级/高级工",
    'a"b,c;d': 'a"b,c;d',
    "S000011000001243000001": "S000011000001243000001",
    "2024": "2024",
}


@pytest.mark.parametrize("text", CELLS)
def test_cell(tmp_path: Path, text: str) -> None:
    """No formula, no lost digit, nothing hidden, in whatever column a text stands."""
    changes = {
        "certificate_number": text,
        "holder_name": text,
        "input": text,
        "institution": {"id": "x", "name": text},
        "type": text,
        "claims": {**verdict()["claims"], "occupation": text, "level": text, "direction": text},
        "message": {"zh-CN": text, "en": text},
        "warnings": [{"code": "x", "zh-CN": text, "en": text}],
    }
    (row,) = written(tmp_path / "report.csv", verdict(**changes))
    columns = (
        *("姓名", "证书编号", "说明", "提醒", "发证机构", "证书类型"),
        *("职业、培训班或竞赛", "职业方向", "等级", "来源"),
    )
    assert dict.fromkeys(columns, CELLS[text]) == {column: row[column] for column in columns}


def test_every_csv_file_has_its_cells_from_one_place() -> None:
    """Who writes CSV passes each cell through `csv_cell`."""
    root = Path(__file__).parents[2]
    writers = [
        path
        for package in ("issuer", "keys", "schemas", "verifier")
        for path in (root / package).rglob("*.py")
        if "csv.writer(" in path.read_text(encoding="utf-8")
        or "csv.DictWriter(" in path.read_text(encoding="utf-8")
    ]
    assert writers
    assert not [path for path in writers if "csv_cell(" not in path.read_text(encoding="utf-8")]


def test_an_error_leaves_the_old_report(tmp_path: Path) -> None:
    """Whatever stops the command, no half report stands where a whole one stood."""
    path = tmp_path / "report.csv"
    path.write_text("old")
    report = csv_report(path, "en", checked_at=CHECKED_AT)
    report.__enter__()(verdict())
    assert report.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None) is False
    assert ("old", [path]) == (path.read_text(), list(tmp_path.iterdir()))


def test_modes(tmp_path: Path) -> None:
    """A new report is for who made it; one that is replaced keeps its readers."""
    path = tmp_path / "report.csv"
    written(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    written(path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_through_a_link(tmp_path: Path) -> None:
    """The link stays a link."""
    path = tmp_path / "link.csv"
    path.symlink_to("real.csv")
    written(path, verdict())
    assert path.is_symlink()
    assert (tmp_path / "real.csv").is_file()


def test_into_a_pipe(tmp_path: Path) -> None:
    """What is no file is not replaced by one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with csv_report(pipe, "en", checked_at=CHECKED_AT) as add:
        add(verdict())
    reader.join()
    assert pipe.is_fifo()
    assert b"PJ2024000001" in got[0]


@pytest.mark.parametrize("place", ["missing/report.csv", "", "file/report.csv"])
def test_unwritable(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CommandError) as caught,
        csv_report(tmp_path / place, "en", checked_at=CHECKED_AT),
    ):
        pass
    assert "report_unwritable" == caught.value.code
    assert str(tmp_path / place) in caught.value.message("zh-CN")


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half written is left."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(CommandError) as caught,
        csv_report(tmp_path / "report.csv", "en", checked_at=CHECKED_AT) as add,
    ):
        add(verdict())
    assert ("report_unwritable", []) == (caught.value.code, list(tmp_path.iterdir()))


def test_full_device() -> None:
    """The operating system's own full disk."""
    with (
        pytest.raises(CommandError) as caught,
        csv_report(Path("/dev/full"), "en", checked_at=CHECKED_AT) as add,
    ):
        add(verdict())
    assert "report_unwritable" == caught.value.code
