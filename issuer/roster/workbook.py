"""Write workbooks for clerks: the roster again with every finding in its place, and templates.

The columns of numbers are text columns, so that a number that was mended stays whole, and an
annotated workbook, mended, can be handed in again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from issuer.documents.qr_image import printed_side
from issuer.roster.columns import CAN_BE_FILLED, OWN_HEADINGS, example, roster_claims
from issuer.roster.findings import Finding, Severity
from issuer.roster.roster import Checked, Roster
from issuer.roster.sheet import Cell
from issuer.roster.xlsx import NOTES_SHEET, SUMMARY_SHEET
from issuer.roster.xlsx_cells import Pen, add_picture, add_sheet, save
from schemas import vocabulary
from schemas.certificate_types import CertificateType

TEXT_COLUMNS = frozenset(
    {
        "certificate_number",
        "id_number",
        "id_number_tail",
        "replaces",
        "training_ref.certificate_number",
    }
)
"""Claims whose cells must be text: a number cell loses zeros in front and digits after the 15th."""

_NOT_IN_TEMPLATES = frozenset({"id_number_tail", "replaces", "e_license_id"})

_VERDICT, _ADVICE, _LINK, _STATUS, _CODE = OWN_HEADINGS
_NUMBER = "证书编号"
_PASSED = "✓ 通过"
_MARKS: Mapping[Severity, str] = {"error": "✕ 错误", "warning": "! 提醒", "notice": "· 已规范"}
MAX_PICTURES = 1_000  # rows; more pictures make a workbook that spreadsheet programs open slowly
_PICTURES = "供在屏幕上核对；印制证书请用单独的二维码图，本表打印时会缩小"
_MANY_PICTURES = f"名单超过 {MAX_PICTURES} 行，未附图；请用单独的二维码图"
TEMPLATE_ROWS = 2000  # rows of a template that offer lists to choose from
_CHARACTER = 1.85  # mm; column widths are given in characters
_WIDEST = 40  # characters of a column; longer text is wrapped


class Outcome(NamedTuple):
    """What became of a row that was issued."""

    certificate_number: str
    link: str
    status: str


def annotate(
    checked: Checked,
    issued: Mapping[int, Outcome] | None = None,
    *,
    picture: Callable[[int], bytes] | None = None,
) -> bytes:
    """Return the roster as a workbook with all findings.

    Args:
        checked: The roster and what was said about it.
        issued: By row number, once it is.
        picture: Gives the PNG of `issuer.documents.qr_image` for an issued row, to have it in the workbook.
            It is not asked above `MAX_PICTURES` rows; the summary then says why.
    """
    book = Workbook(write_only=True)
    pictures: dict[int, bytes] = {}
    about_pictures = None
    if issued and picture is not None:
        about_pictures = _MANY_PICTURES if len(issued) > MAX_PICTURES else _PICTURES
        if about_pictures is _PICTURES:
            pictures = {row: picture(row) for row in issued}
    _write_summary(book, checked, issued, about_pictures)
    _write_roster(book, checked, issued, pictures)
    return save(book)


def template(certificate_type: CertificateType) -> bytes:
    """Return an empty roster of this type: headings, text columns, lists, and how to fill it in."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "学员名单"
    sheet.freeze_panes = "A2"
    notes = _add_sheet(book, NOTES_SHEET)
    pen = Pen(notes)
    for letter, width in zip("ABCDE", (24, 8, 30, 60, 60), strict=True):
        notes.column_dimensions[letter].width = width
    notes.append(_headings(pen, ("列", "必填", "示例", "说明", "可选内容")))
    labels = []
    claims = [claim for claim in roster_claims(certificate_type) if claim not in _NOT_IN_TEMPLATES]
    for place, claim in enumerate(claims, start=1):
        label = certificate_type.claim_labels[claim]["zh-CN"]
        required = claim in certificate_type.mandatory - CAN_BE_FILLED
        labels.append(f"{label}*" if required else label)
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(12, 2 * len(label) + 4)
        sheet.column_dimensions[letter].number_format = "@"
        words = words_to_choose(certificate_type, claim)
        if words:
            listed = DataValidation(
                type="list",
                formula1=f'"{",".join(words)}"',
                allow_blank=True,
                showErrorMessage=False,
            )
            listed.add(f"{letter}2:{letter}{TEMPLATE_ROWS}")
            sheet.add_data_validation(listed)
        shown, advice = example(certificate_type.name, claim)
        line = (label, "是" if required else "", shown, advice, "、".join(words))
        notes.append([pen.cell(word) for word in line])
    sheet.append(_headings(Pen(sheet), labels))
    return save(book)


def words_to_choose(certificate_type: CertificateType, claim: str) -> tuple[str, ...]:
    """Return what a cell may say, where that is a short list."""
    if claim == "id_type":
        return tuple(kind.name for kind in vocabulary.id_types())
    if claim == "level":
        return tuple(level.name for level in vocabulary.levels(certificate_type.name))
    if claim == "occupation" and vocabulary.occupation_must_be_listed(certificate_type.name):
        return tuple(occupation.name for occupation in vocabulary.occupations())
    return tuple(choice.value for choice in vocabulary.choices(claim))


def _add_sheet(book: Workbook, title: str) -> Any:
    """Add a worksheet that prints on A4, as wide as the page."""
    sheet = add_sheet(book, title)
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.orientation = Worksheet.ORIENTATION_LANDSCAPE
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return sheet


def _headings(pen: Pen, words: Iterable[str]) -> list[Any]:
    return [pen.cell(word, fill="heading", bold=True) for word in words]


def _write_summary(
    book: Workbook,
    checked: Checked,
    issued: Mapping[int, Outcome] | None,
    about_pictures: str | None,
) -> None:
    sheet = _add_sheet(book, SUMMARY_SHEET)
    pen = Pen(sheet)
    for letter, width in zip("ABCDEF", (10, 18, 10, 8, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    wrong = {found.row for found in checked.findings if found.severity == "error"}
    odd = {found.row for found in checked.findings if found.severity == "warning"} - wrong
    if issued:
        result = f"已签发 {len(issued)} 张证书"
    elif checked.ok:
        result = "没有错误，可以签发"
    else:
        result = "有错误，尚未签发任何证书；请改正后重新提交整份名单"
    facts = {
        "名单": checked.roster.name,
        "证书类型": checked.roster.type.labels["zh-CN"],
        "人数": str(len(checked.rows)),
        "有错误": f"{len(wrong)} 行",
        "有提醒": f"{len(odd)} 行",
        "结论": result,
    }
    if about_pictures:
        facts[_CODE] = about_pictures
    for label, fact in facts.items():
        sheet.append([pen.cell(label, bold=True), pen.cell(fact)])
    sheet.append([])
    headings = ("行", "列", "程度", "规则", "问题", "修改建议")
    sheet.append(_headings(pen, headings))
    for found in checked.findings:
        said = (found.message("zh-CN"), found.fix("zh-CN"))
        sheet.append(
            [
                found.row,
                pen.cell(_label(found)),
                pen.cell(_MARKS[found.severity], fill=found.severity),
                pen.cell(found.rule_id),
                *(pen.cell(sentence, wrap=True) for sentence in said),
            ]
        )


def _label(found: Finding) -> str:
    """Return the heading that the finding is about."""
    return found.place("zh-CN").partition("「")[2].rstrip("」")


def _write_roster(
    book: Workbook,
    checked: Checked,
    issued: Mapping[int, Outcome] | None,
    pictures: Mapping[int, bytes],
) -> None:
    roster = checked.roster
    sheet = _add_sheet(book, roster.sheet.name or "名单")
    sheet.freeze_panes = f"A{roster.header_row + 1}"
    pen = Pen(sheet)
    kept = _kept_columns(roster)
    by_claim = {claim: at for at, claim in roster.columns.items()}
    numbers = by_claim.get("certificate_number")
    added = [_VERDICT, _ADVICE]
    if issued:
        added += [_LINK, _STATUS] if numbers is not None else [_NUMBER, _LINK, _STATUS]
    if pictures:
        added.append(_CODE)
    _set_widths(sheet, roster, kept, added)
    _add_pictures(sheet, pictures, column=len(kept) + len(added))
    findings: dict[int, list[Finding]] = defaultdict(list)
    for found in checked.findings:
        findings[found.row or 0].append(found)
    people = {row.number for row in checked.rows}
    for number, cells in enumerate(roster.sheet.rows, start=1):
        said = findings[number]
        values = [cells[at] if at < len(cells) else "" for at in kept]
        if number <= roster.header_row:
            is_header = number == roster.header_row
            row = _headings(pen, map(str, values)) if is_header else [*map(pen.cell, values)]
            sheet.append(row + _headings(pen, added) if is_header else row)
            continue
        outcome = (issued or {}).get(number)
        if outcome and numbers is not None:
            values[kept.index(numbers)] = outcome.certificate_number
        by_column: dict[int | None, list[Finding]] = defaultdict(list)
        for found in said:
            by_column[by_claim.get(found.column or "")].append(found)
        row = [
            _roster_cell(pen, value, roster.columns.get(at), by_column.get(at, ()))
            for at, value in zip(kept, values, strict=True)
        ]
        if number in people:
            row += _verdict_cells(pen, said)
        if outcome:
            row += map(pen.cell, outcome[1:] if numbers is not None else outcome)
        sheet.append(row)


def _add_pictures(sheet: Any, pictures: Mapping[int, bytes], *, column: int) -> None:
    sides = {row: printed_side(png) for row, png in pictures.items()}
    for row, png in pictures.items():
        add_picture(sheet, png, row=row, column=column, side=sides[row])
    if sides:
        width = max(sides.values()) / _CHARACTER + 1
        sheet.column_dimensions[get_column_letter(column)].width = width


def _kept_columns(roster: Roster) -> list[int]:
    """Return the clerk's columns, without those of an annotated workbook that came back."""
    width = max(len(row) for row in roster.sheet.rows)
    header = roster.sheet.rows[roster.header_row - 1]
    return [at for at in range(width) if at >= len(header) or header[at] not in OWN_HEADINGS]


def _roster_cell(pen: Pen, value: Cell, claim: str | None, said: Sequence[Finding]) -> Any:
    """Return the clerk's cell with what is said about it."""
    number_format = None
    if claim in TEXT_COLUMNS:
        number_format = "@"  # a number stays one: what it lost must not look like text
    elif isinstance(value, date):
        has_time = isinstance(value, datetime) and value.time() != datetime.min.time()
        number_format = "yyyy-mm-dd hh:mm:ss" if has_time else "yyyy-mm-dd"
    cell = pen.cell(value, fill=_worst(said), number_format=number_format)
    if said:
        words = "\n".join(f"{found.message('zh-CN')}。{found.fix('zh-CN')}" for found in said)
        cell.comment = Comment(words, SUMMARY_SHEET, width=320, height=60 + 40 * len(said))
    return cell


def _worst(said: Iterable[Finding]) -> Severity | None:
    severities = {found.severity for found in said}
    return next((severity for severity in _MARKS if severity in severities), None)


def _verdict_cells(pen: Pen, said: Sequence[Finding]) -> list[Any]:
    counts = Counter(found.severity for found in said)
    marks = [f"{mark} {counts[kind]} 处" for kind, mark in _MARKS.items() if counts[kind]]
    if not counts["error"]:
        marks.insert(0, _PASSED)
    lines = [
        f"{_label(found)}：{found.message('zh-CN')}。{found.fix('zh-CN')}".lstrip("：")
        for found in said
    ]
    return [
        pen.cell("，".join(marks), fill=_worst(said)),
        pen.cell("\n".join(lines), wrap=bool(lines)),
    ]


def _set_widths(sheet: Any, roster: Roster, kept: Sequence[int], added: Sequence[str]) -> None:
    for place, at in enumerate(kept, start=1):
        shown = [str(row[at]) for row in roster.sheet.rows[:50] if at < len(row)]
        longest = max((sum(1 + (mark > "\u2e7f") for mark in text) for text in shown), default=0)
        sheet.column_dimensions[get_column_letter(place)].width = min(_WIDEST, max(8, longest + 2))
    widths = {_VERDICT: 22, _ADVICE: 70, _NUMBER: 24, _LINK: _WIDEST, _STATUS: 10, _CODE: 20}
    for place, word in enumerate(added, start=len(kept) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = widths[word]
