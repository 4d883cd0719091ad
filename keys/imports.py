"""Reading institutions from a file: JSON as the registry has them, or a table with a grant a row.

A table is CSV in UTF-8, or GB 18030 as Chinese spreadsheets write it, with English or Chinese heads.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from keys import draft, files
from keys.authority_folder import checked
from schemas import certificate_types
from schemas.codes import Language, sentence
from schemas.errors import TrustError, ZhengyinError
from schemas.limits import MAX_REGISTRY
from schemas.registry import Grant, Institution

COLUMNS: Final[Mapping[str, str]] = {
    "id": "机构编号",
    "name": "机构名称",
    "uscc": "统一社会信用代码",
    "published_in": "公布目录",
    "type": "证书类型",
    "role": "角色",
    "occupation": "职业",
    "directions": "方向",
    "levels": "等级",
    "from": "起始日期",
    "to": "截止日期",
    "basis": "依据",
}
"""Column → its Chinese head. `id` and `name` are needed; without a `type` a row gives no grant."""

_SEPARATOR = re.compile(r"[、,，;；]")


class ImportRowError(TrustError):
    """A row of a table cannot be taken; `cause` says why in both languages."""

    def __init__(self, row: int, cause: ZhengyinError) -> None:
        self.cause = cause
        super().__init__("import_row", row=row)

    def message(self, language: Language) -> str:
        """The row, and what is wrong with it."""
        detail = self.cause.message(language)
        return sentence("trust", "import_row", language, row=self.details["row"], detail=detail)

    def hint(self, language: Language) -> str:
        """What to do about the cause."""
        return self.cause.hint(language)


def read_institutions(path: Path) -> list[Institution]:
    """The institutions in the JSON or CSV file `path`.

    Raises:
        TrustError: `import_missing`, `import_unreadable`, `document_malformed`.
        ImportRowError: the first row that is wrong.
    """
    data = files.read_file(path, MAX_REGISTRY)
    if data is None:
        raise TrustError("import_missing", path=path)
    if path.suffix.lower() == ".json":
        return _from_json(data, path)
    return _from_table(_decoded(data, path), path)


def _from_json(data: bytes, path: Path) -> list[Institution]:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TrustError("import_unreadable", str(error), path=path) from None
    entries = parsed.get("institutions") if isinstance(parsed, dict) else parsed
    if not isinstance(entries, list):
        raise TrustError("import_unreadable", "no list of institutions", path=path)
    return [checked(Institution, entry) for entry in entries]


def _decoded(data: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TrustError("import_unreadable", "neither UTF-8 nor GB 18030", path=path)


def _from_table(text: str, path: Path) -> list[Institution]:
    institutions: dict[str, Institution] = {}
    try:
        for number, row in _rows(text, path):
            try:
                new = _institution(row)
                old = institutions.get(new.id, new)
                if old.names != new.names:
                    raise TrustError("institution_exists", id=new.id)
                missing = [grant for grant in new.grants if grant not in old.grants]
                institutions[new.id] = old.model_copy(update={"grants": old.grants + missing})
            except ZhengyinError as error:
                raise ImportRowError(number, error) from None
    except csv.Error as error:
        raise TrustError("import_unreadable", str(error), path=path) from None
    return list(institutions.values())


def _rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number as a spreadsheet shows it → column → cell, without empty cells and rows."""
    heads = {head: column for column, zh in COLUMNS.items() for head in (column, zh)}
    reader = csv.reader(io.StringIO(text, newline=""))
    first = [cell.strip() for cell in next(reader, [])]
    unknown = [head for head in first if head and head not in heads]
    columns = [heads.get(head) for head in first]
    if unknown or not {"id", "name"} <= set(columns):
        raise TrustError("import_columns", ", ".join(unknown) or "id, name", path=path)
    for number, cells in enumerate(reader, 2):
        found = zip(columns, (cell.strip() for cell in cells), strict=False)
        row = {column: cell for column, cell in found if column and cell}
        if row:
            yield number, row


def _institution(row: Mapping[str, str]) -> Institution:
    members = {name: row[name] for name in ("id", "uscc", "published_in") if name in row}
    names = [{"name": row.get("name", "")}]
    grants = [_grant(row)] if "type" in row else []
    return checked(Institution, members | {"names": names, "grants": grants})


def _grant(row: Mapping[str, str]) -> Grant:
    type_name = row["type"]
    for known in certificate_types.all_types():
        if type_name in known.labels.values():
            type_name = known.name
    directions, levels = row.get("directions", "*"), row.get("levels", "*")
    return draft.grant(
        type_name=type_name,
        role=row.get("role", ""),
        occupation=row.get("occupation", "*"),
        directions="*" if directions == "*" else _SEPARATOR.split(directions),
        levels="*" if levels == "*" else _SEPARATOR.split(levels),
        from_=row.get("from", ""),
        to=row.get("to"),
        basis=row.get("basis", ""),
    )
