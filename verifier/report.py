"""The report of many verifications: a CSV file that Excel and WPS open without harm (RFC 4180).

Of an identity document no more is written than the last four characters.
"""

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from schemas import codes
from schemas.codes import Language
from schemas.errors import CommandError
from verifier.csv_cell import csv_cell
from verifier.verdict_text import kind_of, type_label

_COLUMNS = {  # Chinese → English
    "姓名": "name",
    "证件号码后四位": "ID ending",
    "证书编号": "certificate number",
    "结果": "outcome",
    "代码": "code",
    "说明": "message",
    "提醒": "warnings",
    "发证机构": "institution",
    "证书类型": "certificate type",
    "职业、培训班或竞赛": "occupation, class or competition",
    "职业方向": "direction",
    "等级": "level",
    "发证日期": "issue date",
    "核验时间": "checked at",
    "目录更新到": "registry as of",
    "撤销信息截至": "revocations as of",
    "来源": "input",
}
_DEMO: dict[Language, str] = {
    "zh-CN": "演示证书，不作凭证",
    "en": "demonstration only, no evidence of anything",
}
_UNREADABLE: dict[Language, str] = {"zh-CN": "无法读取", "en": "cannot be read"}


@contextmanager
def csv_report(
    path: Path, language: Language, *, checked_at: str
) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Give a function that writes the row of one verdict, in its JSON form.

    The file appears when the block ends without an error; until then, and after an error, what
    was at `path` stays as it was. A device or a pipe is written to directly.

    Args:
        path: The file, replaced if it is there. A new one is readable for its owner only.
        language: Of headings, outcomes and messages.
        checked_at: The time of the verification, ISO 8601.

    Raises:
        CommandError: `report_unwritable`, when the block begins or ends or a row is written.
    """
    staged: Path | None = None
    with _named_errors(path):
        target = path.resolve()
        if target.exists() and not target.is_file():
            file = target.open("w", encoding="utf-8-sig", newline="")
        else:
            handle, name = tempfile.mkstemp(prefix=".report-", dir=target.parent)
            staged = Path(name)
            file = os.fdopen(handle, "w", encoding="utf-8-sig", newline="")
    writer = csv.writer(file)

    def add(verdict: Mapping[str, Any]) -> None:
        row = [csv_cell(value) for value in _row(verdict, language, checked_at)]
        with _named_errors(path):
            writer.writerow(row)

    try:
        with _named_errors(path):
            writer.writerow(_COLUMNS if language == "zh-CN" else _COLUMNS.values())
        yield add
        with _named_errors(path):
            file.flush()
            if staged is not None:
                os.fsync(file.fileno())
                if target.exists():
                    shutil.copymode(target, staged)
                file.close()  # Windows renames no open file
                staged.replace(target)
    finally:
        with suppress(OSError):  # what could not be written has been reported
            file.close()
        if staged is not None:
            staged.unlink(missing_ok=True)


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise CommandError("report_unwritable", detail, path=path) from error


def _row(verdict: Mapping[str, Any], language: Language, checked_at: str) -> tuple[object, ...]:
    claims = verdict["claims"] or {}
    registry = verdict["registry"] or {}
    outcome = codes.table()["outcomes"][verdict["outcome"]][language]
    notes = [warning[language] for warning in verdict["warnings"]]
    if verdict["demo"]:
        notes.insert(0, _DEMO[language])
    return (
        verdict["holder_name"],
        claims.get("id_number_tail"),
        verdict["certificate_number"],
        _UNREADABLE[language] if kind_of(verdict) == "unreadable" else outcome,
        verdict["code"],
        verdict["message"][language],
        ("；" if language == "zh-CN" else "; ").join(notes),
        (verdict["institution"] or {}).get("name"),
        verdict["type"] and type_label(verdict["type"], language),
        claims.get("occupation") or claims.get("class_name") or claims.get("competition_name"),
        claims.get("direction"),
        claims.get("level"),
        claims.get("issue_date"),
        checked_at,
        registry.get("as_of"),
        verdict["status_as_of"],
        verdict["input"],
    )
