"""The rosters that the demonstration's institutions hand in; all rows hold."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from issuer.demo.institutions import (
    BIG_DATA,
    BLOCKCHAIN,
    MACHINES,
    PINGJIA_NAME,
    ROBOTS,
    XUEYUAN_NAME,
)
from issuer.demo.people import (
    ABDULLA,
    CHEN,
    HOLDERS,
    LI,
    LIN,
    MAIMAITI,
    OUYANG,
    SAMPLE,
    WANG,
    WU,
    ZHAO,
    Holder,
)
from issuer.demo.times import AWARDED, EXAMINED, LATER_CLASSES, TRAINED, Times
from issuer.demo.workbooks import Line

MISSPELT = "李事例"  # LI, until the base corrects it


class _Course(NamedTuple):
    direction: str
    level: str


_COURSES = (  # of each of HOLDERS
    _Course("智能装备与产线应用", "初级"),
    _Course("智能装备与产线应用", "中级"),
    _Course("智能生产管控", "中级"),
    _Course("装备与产线智能运维", "初级"),
    _Course("智能装备与产线开发", "高级"),
    _Course("智能生产管控", "中级"),
    _Course("智能装备与产线应用", "初级"),
    _Course("", "中级"),
    _Course("智能装备与产线应用", "初级"),
    _Course("智能装备与产线开发", "高级"),
    _Course("智能装备与产线应用", "初级"),
    _Course("智能生产管控", "初级"),
)


def _person(holder: Holder) -> dict[str, str]:
    return {"姓名": holder.name, "证件类型": holder.id_type, "证件号码": holder.id_number}


def _trained(holder: Holder, times: Times, occupation: str, course: _Course, ago: int) -> Line:
    """A line of the list of a class of eleven days, handed in two days after its end."""
    return {
        **_person(holder),
        "职业名称": occupation,
        "职业方向": course.direction,
        "培训等级": course.level,
        "开始日期": times.day(ago + 12),
        "结束日期": times.day(ago + 2),
        "学时": "80",
        "发证日期": times.day(ago),
    }


def training(times: Times) -> list[Line]:
    """Everybody is trained for intelligent manufacturing."""
    return [
        _trained(holder, times, MACHINES, course, TRAINED)
        for holder, course in zip(HOLDERS, _COURSES, strict=True)
    ]


def big_data(times: Times) -> list[Line]:
    """The evaluation centre trains, too: for another occupation than it evaluates."""
    return [_trained(LIN, times, BIG_DATA, _Course("大数据处理", "中级"), TRAINED)]


def blockchain(times: Times) -> list[Line]:
    """A class of the grant that is suspended later; the occupation has no directions."""
    return [_trained(ABDULLA, times, BLOCKCHAIN, _Course("无", "初级"), LATER_CLASSES)]


def other_key(times: Times) -> list[Line]:
    """A class whose certificate is signed with the key that is stolen later."""
    return [_trained(ZHAO, times, BIG_DATA, _Course("大数据分析", "中级"), LATER_CLASSES)]


def exam(times: Times, training_numbers: Sequence[str]) -> list[Line]:
    """`roster.xlsx`: who passed the exam, as a clerk typed it. Everything odd in it can be mended."""
    day = times.day(EXAMINED)
    lines: list[Line] = []
    people = zip(HOLDERS, _COURSES, training_numbers, strict=True)
    for number, (holder, course, trained) in enumerate(people, start=1):
        line: dict[str, str | int | date] = {
            "序号": number,
            **_person(holder),
            "职业": MACHINES,
            "职业方向": course.direction,
            "等级": course.level,
            "培训机构": XUEYUAN_NAME,
            "培训合格证书编号": trained,
            "考核日期": times.day(EXAMINED + 5),
            "发证日期": day,
            "评价机构": PINGJIA_NAME,
            "备注": "",
        }
        lines.append(line | _slips(holder, day))
    return lines


def _slips(holder: Holder, day: date) -> dict[str, str | int | date]:
    """What the clerk typed otherwise than it will be signed."""
    serial = (day - date(1899, 12, 30)).days  # what a spreadsheet makes of a date
    slips: dict[Holder, dict[str, str | int | date]] = {
        LI: {"姓名": "李　示例", "发证日期": f"{day.year}年{day.month}月{day.day}日"},
        OUYANG: {"证件号码": "119999 19880229 0152", "发证日期": f"{day:%Y%m%d}"},
        ABDULLA: {"姓名": "阿卜杜拉•示例", "发证日期": f"{day.year}/{day.month}/{day.day}"},
        WANG: {"证件号码": "'119999199910090363", "发证日期": f"{day.year}-{day.month}-{day.day}"},
        CHEN: {"职业": "智能制造专业", "发证日期": serial},
        MAIMAITI: {"姓名": "买买提江•阿不都热合曼•测试", "证件号码": "11999920010704331x"},
        ZHAO: {"职业方向": "无"},
        LIN: {"评价机构": "示例机械评价中心(演示)"},
        SAMPLE: {"姓名": "TEST  SAMPLE", "证件类型": ""},
        WU: {"职业": "智能制造", "职业方向": "智能生产管控方向"},
    }
    return slips.get(holder, {})


def base(times: Times) -> list[Line]:
    """Two classes of the base, one of them over the turn of the year; a name is misspelt."""
    start, end = times.year_end_class(AWARDED)

    def line(holder: Holder, name: str, first: date, last: date, hours: str, issued: date) -> Line:
        return {
            **_person(holder),
            "姓名": name,
            "培训班名称": "数字素养与智能制造示例班",
            "开始日期": first,
            "结束日期": last,
            "累计学时": hours,
            "学时类别": "专业课",
            "发证日期": issued,
        }

    first, last = times.day(AWARDED + 7), times.day(AWARDED + 3)
    return [
        line(LI, MISSPELT, start, end, "48", end.replace(day=12)),
        line(CHEN, CHEN.name, first, last, "32.5", times.day(AWARDED)),
        line(OUYANG, OUYANG.name, first, last, "32.5", times.day(AWARDED)),
    ]


def skill(times: Times) -> list[Line]:
    """The employer gives one level by exam, one for a competition."""
    day = times.day(AWARDED)

    def line(holder: Holder, level: str, **basis: str) -> Line:
        award = {name: basis.get(name, "") for name in ("评定方式", "竞赛名称", "名次", "年度")}
        return {
            **_person(holder),
            "职业名称": ROBOTS,
            "工种/职业方向": "",
            "职业技能等级": level,
            **award,
            "发证日期": day,
        }

    return [
        line(WU, "高级工", 评定方式="考核"),
        line(
            LIN,
            "中级工",
            评定方式="竞赛获奖",
            竞赛名称="数字技能示例大赛",
            名次="二等奖",
            年度=f"{day:%Y}",
        ),
    ]


def award(times: Times) -> list[Line]:
    """Who won the competition."""
    day = times.day(AWARDED)
    return [
        {
            **_person(holder),
            "竞赛名称": "数字技能示例大赛",
            "名次": rank,
            "年度": f"{day:%Y}",
            "竞赛类别": "职工组",
            "发证日期": day,
        }
        for holder, rank in ((WANG, "一等奖"), (LIN, "二等奖"))
    ]
