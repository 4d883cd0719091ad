"""Certificates as a city would issue them, for size and speed; a third of it is new to dictionary v1.

Of institutions, directions (and class, competition and skill occupation names), name characters and
certificate number patterns, each one is drawn with probability 1/3 from a list that has nothing in
the dictionary: `UNSEEN_…` below; unseen name characters are any ideograph the dictionary does not
have, one in thirty of them from extensions A and B. `test_qr.py` checks that the lists are unseen.
People and numbers are invented: every ID number has the unassigned address code 119999.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from schemas import base64url, sd_jwt, strict_json
from schemas.dictionary import V1
from schemas.sd_jwt import SdJwt

ORIGINS = (  # hosts of 16, 19, 22, 26, 31 and 35 characters
    "zs.example-bj.cn",
    "zhengshu.example.cn",
    "zhengshu.bj-example.cn",
    "an.zhengshu.example.gov.cn",
    "certificates.rsj.example.gov.cn",
    "zhengshu.jineng.example-city.gov.cn",
)
TYPES = (
    "technical_level",
    "ce_training",
    "training_completion",
    "skill_level",
    "competition_award",
)

UNSEEN_INSTITUTIONS = (
    "tj-0007", "he-0113", "sh-0042", "gd-sz-0031", "cq-0208",
    "cie-kaoshi", "jxgc-xuehui", "zgc-rencai", "rsj-jnjd-02",
)  # fmt: skip
UNSEEN_DIRECTIONS = (
    "工业软件二次开发与集成", "机器人系统集成运维", "数据治理与合规审计", "数字孪生建模仿真", "边缘计算节点部署",
    "隐私计算与联邦学习", "柔性产线调试", "存储阵列运维", "射频前端版图设计", "跨链协议研发", "低代码平台实施",
    "视觉检测算法应用", "工控系统安全防护", "沉浸式展陈编导", "碳足迹核算",
)  # fmt: skip
UNSEEN_SKILL_OCCUPATIONS = (
    "数控机床装调维修工",
    "无人机驾驶员",
    "电子竞技员",
    "增材制造设备操作员",
)
UNSEEN_CLASSES = (
    "数据要素流通与隐私计算实务高级研修班（第{n}期）",
    "{year}年第{n}期绿色低碳与节能降耗技术专题研修班",
    "制造业企业生成式大模型私有化部署与提示词工程实训班",
    "量子信息前沿与产业化路径高级研修班",
)
UNSEEN_COMPETITIONS = (
    "第{n}届京津冀工业视觉检测与机器人集成应用挑战赛",
    "{year}年“海淀杯”生成式人工智能应用创新邀请赛决赛",
    "首届长三角集成电路版图设计邀请赛",
)

_DIRECTIONS = {
    "智能制造工程技术人员": ("智能装备与产线开发", "智能装备与产线应用", "智能生产管控", "装备与产线智能运维"),
    "大数据工程技术人员": ("大数据处理", "大数据分析", "大数据管理"),
    "人工智能工程技术人员": ("人工智能平台产品实现", "自然语言及语音处理产品实现", "计算机视觉产品实现"),
    "集成电路工程技术人员": ("集成电路设计", "集成电路封测", "设计类EDA工具开发与服务"),
    "虚拟现实工程技术人员": ("虚拟现实应用开发", "虚拟现实内容设计"),
    "区块链工程技术人员": ("—",),
    "数字化管理师": ("—",),
    "工业互联网工程技术人员": ("—",),
}  # fmt: skip
_SKILL_OCCUPATIONS = (
    "计算机程序设计员",
    "信息通信网络运行管理员",
    "工业机器人系统操作员",
    "人工智能训练师",
)
_CLASSES = (
    "{year}年第{n}期大数据分析与应用高级研修班",
    "工业互联网平台建设与网络安全高级研修班",
    "人工智能技术应用能力提升专题培训班（第{n}期）",
)
_COMPETITIONS = (
    "第{n}届北京市数字技术技能大赛人工智能训练师赛项",
    "{year}年全国工业互联网安全技术技能大赛北京选拔赛",
)
_SKILL_LEVELS = (
    "五级/初级工",
    "四级/中级工",
    "三级/高级工",
    "二级/技师",
    "一级/高级技师",
    "特级技师",
)
_ID_TYPES = ("港澳居民居住证", "台湾居民居住证", "外国人永久居留身份证", "护照")

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文辉建国华志红梅鑫鹏飞龙晓晨宇轩浩然子涵欣怡雨桐萱一博思佳琪雪"
_MINORITY = "阿卜杜拉买提江尔热合曼木依布都斯古丽如米尼克巴扎西多吉卓玛次仁"
_LATIN = ("TEST SAMPLE", "MARIA DEMO", "JOHN A EXAMPLE", "NGUYEN VAN AN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate, not yet bound to an origin."""

    institution: str
    iat: int
    type: str
    idx: int
    list_id: str
    claims: Mapping[str, object]
    """All that follow `status`, in the order of the type, `demo` included."""
    disclosure: bytes | None
    """The hidden ID number's, when there is one."""
    signature: bytes
    """64 random bytes."""

    def payload(self, origin: str) -> bytes:
        """The JSON that is signed."""
        base = f"https://{origin}/"
        uri = f"{base}t/status/{self.institution}/{self.list_id}"
        claims: dict[str, object] = {
            "iss": f"{base}i/{self.institution}",
            "iat": self.iat,
            "vct": f"{base}vct/{self.type}/1",
            "status": {"status_list": {"idx": self.idx, "uri": uri}},
            **self.claims,
        }
        if self.disclosure is not None:
            claims["_sd"] = [sd_jwt.digest(self.disclosure)]
        return strict_json.dumps(claims)

    def token(self, origin: str, *, shown: bool = False) -> SdJwt:
        """What is printed, or with `shown` the holder's, whose ID number is disclosed."""
        kid = base64url.encode(hashlib.sha256(self.institution.encode()).digest()[:8])
        disclosures = (self.disclosure,) if shown and self.disclosure is not None else ()
        return SdJwt(kid, self.payload(origin), self.signature, disclosures)


def certificates(
    type_name: str, count: int, *, hidden: bool = True, seed: int = 0
) -> Iterator[Certificate]:
    """`count` certificates of a type; the same arguments give the same ones."""
    draw = random.Random(f"{type_name} {hidden} {seed}")
    for _ in range(count):
        yield _certificate(draw, type_name, hidden=hidden)


def _certificate(draw: random.Random, type_name: str, *, hidden: bool) -> Certificate:
    issued = date(2022, 1, 1) + timedelta(draw.randrange(9 * 365))
    signed = issued + timedelta(draw.randrange(-1, 20))
    if draw.random() < 0.05:  # an old certificate on paper, signed years later
        signed = issued + timedelta(draw.randrange(365, 3650))
    midnight = datetime(signed.year, signed.month, signed.day, tzinfo=UTC)
    iat = int(midnight.timestamp()) + draw.randrange(86_400)
    tail = f"{draw.randrange(1000):03}{draw.choice('0123456789X')}"
    demo = draw.random() < 0.2
    known = "demo-pingjia" if demo else f"bj-{draw.randint(1, 40):04}"
    claims: dict[str, object] = {
        "certificate_number": _number(draw, type_name, issued),
        "holder_name": _name(draw),
        "id_type": draw.choice(_ID_TYPES) if draw.random() < 0.1 else "居民身份证",
        "id_number_tail": tail,
        "issue_date": issued.isoformat(),
        **_CLAIMS[type_name](draw, issued),
    }
    if demo:
        claims["demo"] = True
    salt = draw.randbytes(sd_jwt.SALT_LENGTH)
    number = f"119999{1950 + draw.randrange(55)}0101{tail}"
    return Certificate(
        institution=_third(draw, UNSEEN_INSTITUTIONS, (known,)),
        iat=iat,
        type=type_name,
        idx=draw.randrange(draw.choice((100, 10_000, 100_000))),
        list_id=str(signed.year),
        claims=claims,
        disclosure=sd_jwt.disclosure(salt, "id_number", number) if hidden else None,
        signature=draw.randbytes(64),
    )


def _third(draw: random.Random, unseen: Sequence[str], seen: Sequence[str]) -> str:
    return draw.choice(unseen if draw.random() < 1 / 3 else seen)


def _name(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.02:
        return draw.choice(_LATIN)
    if kind < 0.05:
        characters = [
            _character(draw, _MINORITY) for _ in range(draw.choice((5, 6, 7, 8, 9, 10, 14)))
        ]
        characters[len(characters) // 2] = "·"
        return "".join(characters)
    surname = (
        draw.choice(_SURNAMES) if draw.random() < 0.9 else draw.choice(("欧阳", _unseen(draw)))
    )
    return surname + "".join(_character(draw, _GIVEN) for _ in range(draw.choice((1, 2, 2, 2))))


def _character(draw: random.Random, seen: str) -> str:
    return _unseen(draw) if draw.random() < 1 / 3 else draw.choice(seen)


def _unseen(draw: random.Random) -> str:
    while True:
        extension = draw.random() < 1 / 30
        block = (
            draw.choice(((0x3400, 0x4DBF), (0x20000, 0x2A6DF))) if extension else (0x4E00, 0x9FA5)
        )
        character = chr(draw.randint(*block))
        if character not in V1.codes:
            return character


def _number(draw: random.Random, type_name: str, issued: date) -> str:
    """12 to 22 characters, as the institution has chosen."""

    def digits(count: int) -> str:
        return "".join(draw.choice("0123456789") for _ in range(count))

    def letters(count: int) -> str:
        return "".join(draw.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(count))

    year, month = issued.year, f"{issued.month:02}"
    if type_name == "skill_level":  # 人社鉴发〔2019〕2号
        return f"{draw.choice('SY')}{digits(4)}11{digits(6)}{year % 100}{draw.randint(1, 5)}{digits(6)}"
    seen: tuple[Callable[[], str], ...] = (
        lambda: f"PJ{year}{digits(6)}",
        lambda: f"1100{year}{month}04{digits(5)}",
        lambda: f"{year}11{digits(10)}",
        lambda: f"{digits(22)}",
    )
    unseen: tuple[Callable[[], str], ...] = (
        lambda: f"ZN-PJ-{year}{month}-{digits(5)}",
        lambda: f"CIE{year}ZN{digits(6)}",
        lambda: f"KC/{year}/{digits(4)}-{digits(4)}",
        lambda: f"京数培字{year}第{digits(5)}号",
        lambda: f"{letters(4)}-{year}-{digits(8)}",
        lambda: f"{letters(2)}{digits(2)}{letters(2)}{digits(4)}-{digits(5)}",
        lambda: f"{year}-{digits(3)}-{letters(2)}{digits(8)}",
    )
    return draw.choice(unseen if draw.random() < 1 / 3 else seen)()


def _occupation(draw: random.Random) -> dict[str, object]:
    occupation = draw.choice(tuple(_DIRECTIONS))
    return {
        "occupation": occupation,
        "direction": _third(draw, UNSEEN_DIRECTIONS, _DIRECTIONS[occupation]),
        "level": draw.choice(("初级", "中级", "高级")),
    }


def _course(draw: random.Random, issued: date) -> dict[str, object]:
    start = issued - timedelta(draw.randint(3, 70))
    end = min(start + timedelta(draw.randrange(40)), issued)
    hours = draw.choice(("40", "24", "80", "128", "7.5"))
    return {"start_date": start.isoformat(), "end_date": end.isoformat(), "hours": hours}


def _titled(draw: random.Random, unseen: Sequence[str], seen: Sequence[str], issued: date) -> str:
    return _third(draw, unseen, seen).format(year=issued.year, n=draw.randint(1, 20))


def _technical_level(draw: random.Random, issued: date) -> dict[str, object]:
    return _occupation(draw)


def _ce_training(draw: random.Random, issued: date) -> dict[str, object]:
    claims = {
        "class_name": _titled(draw, UNSEEN_CLASSES, _CLASSES, issued),
        **_course(draw, issued),
    }
    if draw.random() < 0.4:
        claims |= {"program_kind": "高级研修", "hour_category": "专业课", "mode": "线下"}
    return claims


def _training_completion(draw: random.Random, issued: date) -> dict[str, object]:
    claims = _occupation(draw) | _course(draw, issued)
    if draw.random() < 0.2:
        claims |= {"class_kind": "冠名班", "sponsor": "北京示例智能装备股份有限公司"}
    if draw.random() < 0.4:
        claims |= {"mode": draw.choice(("线上", "线下")), "trainee_category": "在岗"}
    return claims


def _skill_level(draw: random.Random, issued: date) -> dict[str, object]:
    claims: dict[str, object] = {
        "occupation": _third(draw, UNSEEN_SKILL_OCCUPATIONS, _SKILL_OCCUPATIONS),
        "direction": _third(draw, UNSEEN_DIRECTIONS, ("--",)),
        "level": draw.choice(_SKILL_LEVELS),
    }
    if draw.random() < 0.3:
        name = _titled(draw, UNSEEN_COMPETITIONS, _COMPETITIONS, issued)
        basis = {"kind": "竞赛获奖", "competition": name, "rank": "第3名", "year": issued.year}
        claims["award_basis"] = basis
    return claims


def _competition_award(draw: random.Random, issued: date) -> dict[str, object]:
    claims: dict[str, object] = {
        "competition_name": _titled(draw, UNSEEN_COMPETITIONS, _COMPETITIONS, issued),
        "rank": draw.choice(("一等奖", "二等奖", "第3名", "优胜奖")),
        "year": issued.year,
    }
    if draw.random() < 0.5:
        claims |= {"category": "职工组", "occupation": draw.choice(tuple(_DIRECTIONS))}
    return claims


_CLAIMS: Mapping[str, Callable[[random.Random, date], dict[str, object]]] = {
    "technical_level": _technical_level,
    "ce_training": _ce_training,
    "training_completion": _training_completion,
    "skill_level": _skill_level,
    "competition_award": _competition_award,
}
