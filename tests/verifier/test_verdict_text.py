"""What people read on a terminal."""

from typing import Any

import pytest

from schemas import codes
from schemas.errors import CommandError
from tests.verifier.verdicts import forged, verdict
from verifier.inputs import unreadable
from verifier.verdict_text import kind_of, render_closing, render_text

STALE = {
    "code": "registry_stale",
    "zh-CN": "目录已 40 天未更新",
    "en": "the registry is 40 days old",
}
NOT_LOADED = [
    {"step": "issued_list", "state": "unknown", "as_of": None},
    {"step": "status", "state": "unknown", "as_of": None},
]

TEXTS: dict[str, tuple[dict[str, Any], str]] = {
    "valid": (
        verdict(),
        """\
✓ 真实有效  certificates/PJ2024000001/qr.png
  发证机构：示例机械评价中心（演示）
  证书：专业技术等级证书 · 智能制造工程技术人员 · 初级
  证书编号：PJ2024000001（发证日期 2024-06-30）
  持证人：张测试（居民身份证 后四位 0012，请与证件核对）
  目录已更新到 2024-07-01，撤销信息截至 2024-07-02""",
    ),
    "valid, with a warning, of a demonstration": (
        verdict(warnings=[STALE], demo=True, claims=verdict()["claims"] | {"direction": "装备"}),
        """\
✓ 真实  ◇ 演示证书，不作凭证  certificates/PJ2024000001/qr.png
  发证机构：示例机械评价中心（演示）
  证书：专业技术等级证书 · 智能制造工程技术人员 · 装备 · 初级
  证书编号：PJ2024000001（发证日期 2024-06-30）
  持证人：张测试（居民身份证 后四位 0012，请与证件核对）
  提醒：目录已 40 天未更新
  目录已更新到 2024-07-01，撤销信息截至 2024-07-02""",
    ),
    "valid, some data missing": (
        verdict(
            checks=NOT_LOADED, type="ce_training", claims={"class_name": "甲班", "hours": "7.5"}
        ),
        """\
✓ 真实有效  certificates/PJ2024000001/qr.png
  发证机构：示例机械评价中心（演示）
  证书：知识更新工程培训证书 · 甲班 · 7.5 学时
  证书编号：PJ2024000001
  持证人：张测试
  未能核对：机构的签发清单；撤销与暂停
  目录已更新到 2024-07-01，撤销信息截至 2024-07-02""",
    ),
    "forged": (
        forged(),
        """\
✕ 验证不通过  certificates/PJ2024000001/qr.png
  原因：内容与签名不符
  提示：请重新扫描
  所称机构：示例机械评价中心（演示）
  证书：专业技术等级证书
  未通过：数字签名
  目录已更新到 2024-07-01，撤销信息截至 2024-07-02""",
    ),
    "revoked": (
        verdict(
            outcome="revoked",
            code="revoked",
            checks=[{"step": "status", "state": "failed", "as_of": "2024-07-02T00:00:00Z"}],
            message={"zh-CN": "证书已撤销：曾经发放，现已作废", "en": ""},
        ),
        """\
✕ 已撤销（曾经发放，现已作废）  certificates/PJ2024000001/qr.png
  原因：证书已撤销：曾经发放，现已作废
  发证机构：示例机械评价中心（演示）
  证书：专业技术等级证书 · 智能制造工程技术人员 · 初级
  证书编号：PJ2024000001（发证日期 2024-06-30）
  持证人：张测试（居民身份证 后四位 0012，请与证件核对）
  未通过：撤销与暂停（2024-07-02）
  目录已更新到 2024-07-01，撤销信息截至 2024-07-02""",
    ),
    "undecided": (
        forged(
            outcome="undecided",
            code="no_registry",
            institution=None,
            type=None,
            registry=None,
            status_as_of=None,
            checks=[{"step": "trust_state", "state": "unknown", "as_of": None}, *NOT_LOADED],
            message={"zh-CN": "本机没有机构目录", "en": ""},
        ),
        """\
? 无法判断  certificates/PJ2024000001/qr.png
  原因：本机没有机构目录
  提示：请重新扫描
  未能核对：本机的机构目录""",
    ),
    "not ours": (
        forged(
            outcome="not_ours",
            code="foreign_code",
            institution=None,
            type=None,
            checks=[{"step": "format", "state": "unknown", "as_of": None}],
            message={"zh-CN": "非本系统证书", "en": ""},
            hint={"zh-CN": "", "en": ""},
        ),
        """\
? 非本系统证书  certificates/PJ2024000001/qr.png
  原因：非本系统证书
  目录已更新到 2024-07-01，撤销信息截至 2024-07-02""",
    ),
    "unreadable": (
        unreadable("照片.heic", CommandError("picture_no_code")),
        """\
? 无法读取  照片.heic
  原因：图片中没有找到二维码
  提示：拍近一些、对焦清楚、避开反光，让二维码完整入镜""",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_chinese(name: str) -> None:
    told, expected = TEXTS[name]
    assert expected == render_text(told, "zh-CN", color=False)


@pytest.mark.parametrize("name", TEXTS)
def test_the_number_on_the_identity_document_stays_hidden(name: str) -> None:
    """A disclosed number is not repeated on a screen that others see."""
    assert "119999199001010012" not in render_text(TEXTS[name][0], "zh-CN", color=False)


def test_english() -> None:
    expected = """\
✕ does not verify  certificates/PJ2024000001/qr.png
  reason: the signature does not match the content
  hint: scan again
  claims to be from: 示例机械评价中心（演示）
  certificate: Professional level certificate
  failed: digital signature
  registry updated to 2024-07-01, revocations known up to 2024-07-02"""
    assert expected == render_text(forged(), "en", color=False)


@pytest.mark.parametrize("outcome", codes.table()["outcomes"])
@pytest.mark.parametrize("language", codes.LANGUAGES)
def test_every_outcome(outcome: str, language: codes.Language) -> None:
    """Mark and word first; colour only around them."""
    told = verdict(outcome=outcome)
    entry = codes.table()["outcomes"][outcome]
    head = f"{entry['mark']} {entry[language]}"
    plain = render_text(told, language, color=False)
    colored = render_text(told, language, color=True)
    assert plain.startswith(f"{head}  ")
    assert colored.startswith("\x1b[1;3")
    assert plain == colored.replace(colored[:7], "", 1).replace("\x1b[0m", "", 1)


HOSTILE = "\x1b[2J\u202e\x9b0m\n✓ 真实有效"


@pytest.mark.parametrize("told", [verdict, forged])
def test_hostile_text(told: Any) -> None:
    """What others wrote cannot clear, turn, colour or add a line."""
    claims = dict.fromkeys(verdict()["claims"], HOSTILE)
    hostile = told(
        input=HOSTILE,
        institution={"id": "x", "name": HOSTILE},
        type=HOSTILE,
        certificate_number=HOSTILE,
        holder_name=HOSTILE,
        claims=claims,
        warnings=[{"code": "foreign_host", "zh-CN": HOSTILE, "en": HOSTILE}],
        message={"zh-CN": HOSTILE, "en": HOSTILE},
        hint={"zh-CN": HOSTILE, "en": HOSTILE},
    )
    text = render_text(hostile, "zh-CN", color=False)
    assert not set("\x1b\u202e\x9b") & set(text)
    assert all(line.startswith("  ") for line in text.split("\n")[1:])


def test_a_type_of_later() -> None:
    """A type that this program does not know is shown by its own name."""
    assert "证书：micro_course · " in render_text(
        verdict(type="micro_course"), "zh-CN", color=False
    )


def test_closing() -> None:
    counts = {"unreadable": 2, "valid": 9, "revoked": 1, "invalid": 0}
    assert render_closing(counts, "zh-CN") == (
        "核验通过只说明：证书内容由所示机构签发且未被改动，签发时该机构在公布目录内。"
        "人证是否一致请核对本人身份证件。\n共 12 件：真实有效 9，已撤销 1，无法读取 2"
    )
    assert render_closing(counts, "en").endswith("\n12 in all: 9 valid, 1 revoked, 2 unreadable")


def test_nothing_counted() -> None:
    assert render_closing({}, "zh-CN").endswith("\n共 0 件")


@pytest.mark.parametrize("outcome", codes.table()["outcomes"])
def test_every_outcome_is_counted(outcome: str) -> None:
    assert outcome == kind_of(verdict(outcome=outcome))
    assert "1" in render_closing({outcome: 1}, "en").rpartition(": ")[2]


def test_unreadable_is_counted_apart() -> None:
    assert kind_of(unreadable("a.png", CommandError("picture_no_code"))) == "unreadable"


def test_nobody_is_called_a_forger() -> None:
    """The software does not judge people."""
    words = [render_text(told, "zh-CN", color=False) for told, _ in TEXTS.values()]
    assert not any("假证" in text or "伪造" in text for text in words)
