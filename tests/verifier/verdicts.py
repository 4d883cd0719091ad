"""Verdicts in their JSON form, invented."""

from typing import Any

from schemas import codes

CODES_OF_TEXTS = frozenset(codes.table()["verification"]) - {"printed_text_differs"}
"""The codes that a text alone can get; the other one takes a page that shows something else."""


def verdict(**changes: Any) -> dict[str, Any]:
    """A valid one, with `changes`."""
    return {
        "input": "certificates/PJ2024000001/qr.png",
        "outcome": "valid",
        "code": "ok",
        "warnings": [],
        "checks": [
            {"step": "format", "state": "passed", "as_of": None},
            {"step": "signature", "state": "passed", "as_of": None},
            {"step": "status", "state": "passed", "as_of": "2024-07-02T00:00:00Z"},
        ],
        "demo": False,
        "institution": {"id": "demo-pingjia", "name": "示例机械评价中心（演示）"},
        "type": "technical_level",
        "certificate_number": "PJ2024000001",
        "holder_name": "张测试",
        "claims": {
            "certificate_number": "PJ2024000001",
            "holder_name": "张测试",
            "id_type": "居民身份证",
            "id_number": "119999199001010012",
            "id_number_tail": "0012",
            "issue_date": "2024-06-30",
            "occupation": "智能制造工程技术人员",
            "direction": "—",
            "level": "初级",
        },
        "issued_at": "2024-06-30T01:00:00Z",
        "registry": {"version": 3, "as_of": "2024-07-01T00:00:00Z"},
        "status_as_of": "2024-07-02T00:00:00Z",
        "message": {"zh-CN": "真实有效", "en": "genuine and valid"},
        "hint": {"zh-CN": "", "en": ""},
    } | changes


def forged(**changes: Any) -> dict[str, Any]:
    """One whose signature does not fit, with `changes`."""
    return (
        verdict(
            outcome="invalid",
            code="bad_signature",
            certificate_number=None,
            holder_name=None,
            claims=None,
            checks=[
                {"step": "format", "state": "passed", "as_of": None},
                {"step": "signature", "state": "failed", "as_of": None},
                {"step": "status", "state": "unknown", "as_of": None},
            ],
            message={"zh-CN": "内容与签名不符", "en": "the signature does not match the content"},
            hint={"zh-CN": "请重新扫描", "en": "scan again"},
        )
        | changes
    )
