"""`roster.broken.xlsx`: one mistake a row, the ones that clerks and spreadsheets make.

Three of its oddities are mended without a question; the other rows stop the whole roster.
"""

from typing import NamedTuple

from issuer.demo.institutions import ARTIFICIAL_INTELLIGENCE, BLOCKCHAIN, MACHINES, XUEYUAN_NAME
from issuer.demo.people import HOLDERS, LI, ZHANG
from issuer.demo.times import Times
from issuer.demo.workbooks import Line
from issuer.roster.sheet import Cell

ISSUED = 3  # days ago
_CLASS = (18, 5)  # its first and last day, days ago


class BrokenRow(NamedTuple):
    """What is odd about a row, and the code that says so."""

    code: str
    severity: str
    """`error` or `notice`."""
    cells: dict[str, Cell]


def broken_rows(times: Times) -> list[BrokenRow]:
    """The rows in their order; each is otherwise in order."""

    def error(code: str, **cells: Cell) -> BrokenRow:
        return BrokenRow(code, "error", cells)

    def notice(code: str, **cells: Cell) -> BrokenRow:
        return BrokenRow(code, "notice", cells)

    return [
        error("id_checksum", 证件号码="119999199001010013"),
        # Typed as a number: a spreadsheet keeps 15 digits of it.
        error("id_number_cell", 证件号码=119999199001010000),
        error("id_old_15", 证件号码="119999900101001"),
        error("id_real_in_demo", 证件类型="护照", 证件号码="E00000000"),
        error("end_before_start", 结束日期=times.day(_CLASS[0] + 1)),
        notice("direction_filled", 职业方向="无"),
        error("hours_per_day_impossible", 开始日期=times.day(_CLASS[1] + 2), 学时="200"),
        notice("occupation_mapped", 职业名称="智能制造专业"),
        notice("issuer_name_folded", 培训机构="样例开放学院(演示)"),
        error("grant_missing", 职业名称=ARTIFICIAL_INTELLIGENCE, 职业方向=""),
        error("grant_suspended", 职业名称=BLOCKCHAIN, 职业方向=""),
        error("level_unknown", 培训等级="特级"),
        error("cell_missing", 姓名=""),
        error("issue_date_future", 发证日期=times.day(-30)),
        # One person twice: one of the two is in the roster by mistake.
        error("person_duplicate", 姓名=LI.name, 证件类型=LI.id_type, 证件号码=LI.id_number),
        error("person_duplicate", 姓名=LI.name, 证件类型=LI.id_type, 证件号码=LI.id_number),
    ]


def broken(times: Times) -> list[Line]:
    """The roster of a class, with the oddities of `broken_rows`."""
    others = iter(one for one in HOLDERS if one is not LI)
    lines: list[Line] = []
    for number, row in enumerate(broken_rows(times), start=1):
        holder = ZHANG if "证件号码" in row.cells else next(others)
        line: dict[str, Cell] = {
            "序号": number,
            "姓名": holder.name,
            "证件类型": holder.id_type,
            "证件号码": holder.id_number,
            "职业名称": MACHINES,
            "职业方向": "智能装备与产线应用",
            "培训等级": "中级",
            "开始日期": times.day(_CLASS[0]),
            "结束日期": times.day(_CLASS[1]),
            "学时": "64",
            "发证日期": times.day(ISSUED),
            "培训机构": XUEYUAN_NAME,
        }
        lines.append(line | row.cells)
    return lines
