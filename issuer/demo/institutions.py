"""The invented institutions: whom the demonstration's authority lists, and under which grants.

They mirror the published directory: one body evaluates an occupation and only trains for another,
one trains for three, one is a base, one an employer on file, one holds competitions.
"""

from collections.abc import Sequence
from typing import Literal

from keys import draft
from schemas.registry import Authority, Grant, Institution, Name

ORIGIN = "zhengyin.example"  # `.example` is nobody's (RFC 2606 §2)
AUTHORITY = Authority(zh="演示主管部门", en="Demonstration Authority")

PINGJIA = "demo-pingjia"
XUEYUAN = "demo-xueyuan"
JIDI = "demo-jidi"
QIYE = "demo-qiye"
JINGSAI = "demo-jingsai"

MACHINES = "智能制造工程技术人员"
BIG_DATA = "大数据工程技术人员"
BLOCKCHAIN = "区块链工程技术人员"
ARTIFICIAL_INTELLIGENCE = "人工智能工程技术人员"
ROBOTS = "工业机器人系统操作员"

BLOCKCHAIN_GRANT = 3  # of XUEYUAN, counted from 1
SKILL_NUMBERS = (
    "Y000011000001{yy}{level}{serial:6}"  # employer, first filed in Beijing, body 000001
)

PINGJIA_NAME = "示例机械评价中心（演示）"
XUEYUAN_NAME = "样例开放学院（演示）"


def institutions(*, since: str) -> list[Institution]:
    """All of them without keys, with grants from the day `since` (YYYY-MM-DD) on."""

    def grant(
        type_name: str,
        role: str,
        occupation: str = "*",
        levels: Sequence[str] | Literal["*"] = "*",
    ) -> Grant:
        return draft.grant(
            type_name=type_name,
            role=role,
            occupation=occupation,
            levels=levels,
            from_=since,
            basis="演示通知 附件 1",
        )

    def institution(key: str, name: str, uscc: str | None, *grants: Grant) -> Institution:
        return Institution(
            id=key,
            names=[Name(name=name)],
            uscc=uscc,
            published_in="演示目录",
            grants=list(grants),
        )

    return [
        institution(
            PINGJIA,
            PINGJIA_NAME,
            "52119999DEMA00013H",
            grant("technical_level", "evaluation", MACHINES),
            grant("training_completion", "training", BIG_DATA),
        ),
        institution(
            XUEYUAN,
            XUEYUAN_NAME,
            "12119999DEMA00021G",
            grant("training_completion", "training", MACHINES),
            grant("training_completion", "training", BIG_DATA),
            grant("training_completion", "training", BLOCKCHAIN),
        ),
        institution(
            JIDI, "示范继续教育基地（演示）", "12119999DEMA0003X8", grant("ce_training", "base")
        ),
        institution(
            QIYE,
            "测试科技有限公司（演示）",
            "91119999DEMA00013G",
            grant("skill_level", "employer", ROBOTS, ("五级/初级工", "四级/中级工", "三级/高级工")),
        ),
        institution(
            JINGSAI, "演练技能竞赛组委会（演示）", None, grant("competition_award", "competition")
        ),
    ]
