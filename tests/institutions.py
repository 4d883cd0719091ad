"""The invented institutions of the test world, their keys, grants and usual claims, as data.

They mirror what the notice's directory has: one body that evaluates one occupation and only trains
for another, grants and bodies that ended, keys of every state. No name is a real body's.
"""

from typing import Any

MACHINES = "智能制造工程技术人员"
BIG_DATA = "大数据工程技术人员"
BLOCKCHAIN = "区块链工程技术人员"
WEAK = (
    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # a point of small order: anybody can sign for it
)
_BASIS = "示例通知 附件 1"


def _grant(type_name: str, role: str, occupation: str, **members: Any) -> dict[str, Any]:
    everything = {"directions": "*", "levels": "*", "from": "2022-01-01", "basis": _BASIS}
    return {"type": type_name, "role": role, "occupation": occupation} | everything | members


def _key(name: str, **members: str) -> dict[str, str]:
    year = {"from": "2025-01-01T00:00:00Z", "sign_until": "2026-01-15T00:00:00Z"}
    return {"name": name} | year | members


INSTITUTIONS: list[dict[str, Any]] = [
    {
        "id": "demo-pingjia",
        "names": [{"name": "示例机械评价中心（演示）"}],
        "uscc": "52119999DEMA00013H",
        "keys": [
            _key("pingjia 2025"),
            _key(
                "pingjia 2024",
                state="retired",
                **{"from": "2024-01-01T00:00:00Z", "sign_until": "2025-01-15T00:00:00Z"},
            ),
            _key(
                "pingjia 2026",
                state="planned",
                **{"from": "2025-07-01T00:00:00Z", "sign_until": "2026-07-15T00:00:00Z"},
            ),
        ],
        "grants": [
            _grant("technical_level", "evaluation", MACHINES, levels=["初级", "中级", "高级"]),
            _grant(
                "training_completion",
                "training",
                BIG_DATA,
                directions=["大数据处理", "大数据分析"],
                levels=["初级", "中级"],
            ),
        ],
    },
    {
        "id": "demo-xueyuan",
        "names": [{"name": "样例开放学院（演示）"}],
        "uscc": "12119999DEMA00021G",
        "keys": [_key("xueyuan 2025")],
        "grants": [
            _grant("training_completion", "training", MACHINES),
            _grant("training_completion", "training", BIG_DATA, to="2025-03-31"),
            _grant(
                "training_completion",
                "training",
                BLOCKCHAIN,
                state="suspended",
                state_from="2025-04-01",
            ),
        ],
    },
    {
        "id": "demo-jidi",
        "names": [{"name": "示范继续教育基地（演示）"}],
        "uscc": "12119999DEMA0003X8",
        "keys": [_key("jidi 2025")],
        "grants": [
            _grant("ce_training", "base", "*", to="2025-04-30"),
            _grant("ce_training", "base", "*", **{"from": "2025-05-01"}),
        ],
    },
    {
        "id": "demo-qiye",
        "names": [
            {"name": "测试软件有限公司（演示）", "to": "2025-02-28"},
            {"name": "测试科技有限公司（演示）", "from": "2025-03-01"},
        ],
        "uscc": "91119999DEMA00013G",
        "status": "suspended",
        "status_from": "2025-05-21",
        "keys": [_key("qiye 2025")],
        "grants": [_grant("skill_level", "employer", MACHINES)],
    },
    {
        "id": "demo-jingsai",
        "names": [{"name": "演练竞赛组委会（演示）"}],
        "status": "withdrawn",
        "status_from": "2025-06-05",
        "keys": [_key("jingsai 2025")],
        "grants": [_grant("competition_award", "competition", "*")],
    },
    {
        "id": "demo-beidao",
        "names": [{"name": "试用评价中心（演示）"}],
        "keys": [
            _key("beidao 2025", state="compromised", compromised_at="2025-04-01T00:00:00Z"),
            _key("beidao lost", state="compromised", reason="no date is known"),
            _key("weak", x=WEAK),
        ],
        "grants": [_grant("technical_level", "evaluation", MACHINES)],
    },
    {
        "id": "demo-queshi",
        "names": [{"name": "备用评价中心（演示）"}],
        "keys": [
            _key("queshi 2025"),
            _key("queshi lost", state="compromised", compromised_at="2025-05-31T00:00:00Z"),
        ],
        "grants": [_grant("technical_level", "evaluation", MACHINES)],
    },
]

_PERSON = {
    "holder_name": "张测试",
    "id_type": "居民身份证",
    "id_number": "119999199001010012",
    "id_number_tail": "0012",
    "issue_date": "2025-05-20",
}

CLAIMS: dict[str, dict[str, Any]] = {
    "ce_training": _PERSON
    | {
        "class_name": "数字素养示例",
        "start_date": "2025-05-12",
        "end_date": "2025-05-16",
        "hours": "40",
    },
    "training_completion": _PERSON
    | {
        "occupation": BIG_DATA,
        "direction": "大数据处理",
        "level": "初级",
        "start_date": "2025-05-05",
        "end_date": "2025-05-16",
        "hours": "80",
    },
    "technical_level": _PERSON
    | {"occupation": MACHINES, "direction": "智能装备与产线应用", "level": "初级"},
    "skill_level": _PERSON
    | {
        "issue_date": "2025-04-30",
        "occupation": MACHINES,
        "direction": "--",
        "level": "三级/高级工",
    },
    "competition_award": _PERSON
    | {"competition_name": "数字技能示例大赛", "rank": "一等奖", "year": 2025},
}

ISSUERS = {
    "ce_training": "demo-jidi",
    "training_completion": "demo-pingjia",
    "technical_level": "demo-pingjia",
    "skill_level": "demo-qiye",
    "competition_award": "demo-jingsai",
}
"""Who issues a type unless a case says otherwise."""
