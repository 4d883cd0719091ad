"""A verdict in words for a terminal: what holds, who issued it, what to compare, what to do.

Works on the JSON form of a verdict (`Verdict.to_dict`, `inputs.unreadable`). Nothing of a
certificate reaches the terminal except through `visible`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas import certificate_types, codes
from schemas.codes import Language
from schemas.errors import CommandError
from verifier.visible import visible

_WORDS: dict[Language, dict[str, str]] = {
    "zh-CN": {
        "line": "  {label}：{text}",
        "with_warnings": "真实",
        "unreadable": "无法读取",
        "demo": "◇ 演示证书，不作凭证",
        "reason": "原因",
        "hint": "提示",
        "institution": "发证机构",
        "claimed": "所称机构",
        "certificate": "证书",
        "hours": "{hours} 学时",
        "number": "证书编号",
        "number_and_date": "{number}（发证日期 {date}）",
        "holder": "持证人",
        "compare": "{name}（{id_type} 后四位 {tail}，请与证件核对）",
        "failed": "未通过",
        "step_as_of": "{name}（{date}）",
        "unknown": "未能核对",
        "warning": "提醒",
        "as_of": "  目录已更新到 {registry}，撤销信息截至 {status}",
        "standing": "核验通过只说明：证书内容由所示机构签发且未被改动，签发时该机构在公布目录内。"
        "人证是否一致请核对本人身份证件。",
        "total": "共 {total} 件：{counts}",
        "count": "{word} {count}",
        "between": "，",
        "between_steps": "；",
    },
    "en": {
        "line": "  {label}: {text}",
        "with_warnings": "genuine",
        "unreadable": "cannot be read",
        "demo": "◇ demonstration only, no evidence of anything",
        "reason": "reason",
        "hint": "hint",
        "institution": "issued by",
        "claimed": "claims to be from",
        "certificate": "certificate",
        "hours": "{hours} hours",
        "number": "number",
        "number_and_date": "{number} (issued {date})",
        "holder": "holder",
        "compare": "{name} ({id_type} ending in {tail}: compare with the document)",
        "failed": "failed",
        "step_as_of": "{name} ({date})",
        "unknown": "not checked",
        "warning": "warning",
        "as_of": "  registry updated to {registry}, revocations known up to {status}",
        "standing": "Genuine means only this: the institution shown signed exactly this content, "
        "and was in the published registry when it did. Whether the certificate belongs to the "
        "person before you, only their identity document tells.",
        "total": "{total} in all: {counts}",
        "count": "{count} {word}",
        "between": ", ",
        "between_steps": "; ",
    },
}

_COUNTED: dict[str, dict[Language, str]] = {
    "valid": {"zh-CN": "真实有效", "en": "valid"},
    "revoked": {"zh-CN": "已撤销", "en": "revoked"},
    "suspended": {"zh-CN": "状态暂停", "en": "suspended"},
    "expired": {"zh-CN": "已过期", "en": "expired"},
    "invalid": {"zh-CN": "验证不通过", "en": "not verified"},
    "undecided": {"zh-CN": "无法判断", "en": "undecided"},
    "not_ours": {"zh-CN": "非本系统证书", "en": "not of this system"},
    "unreadable": {"zh-CN": "无法读取", "en": "unreadable"},
}

_COLORS = {"valid": "32", "revoked": "31", "expired": "31", "invalid": "31"}  # ECMA-48 SGR
_OTHER_COLOR = "33"
_SUBJECT = ("class_name", "competition_name", "occupation", "direction", "level", "rank")
_NO_DIRECTION = ("—", "--")


def kind_of(verdict: Mapping[str, Any]) -> str:
    """The outcome to count a verdict under; `unreadable` for what never got as far as one."""
    if verdict["code"] in codes.table()["command"]:
        return "unreadable"
    return str(verdict["outcome"])


def render_text(verdict: Mapping[str, Any], language: Language, *, color: bool) -> str:
    """The lines for one verdict, without a line feed at the end."""
    return "\n".join(_lines(verdict, language, color=color))


def render_closing(counts: Mapping[str, int], language: Language) -> str:
    """What stands below all verdicts: what a verdict does not say, and how many there were.

    Args:
        counts: How many verdicts of each `kind_of`.
        language: Of the words.
    """
    words = _WORDS[language]
    each = (
        words["count"].format(word=word[language], count=counts[name])
        for name, word in _COUNTED.items()
        if counts.get(name)
    )
    total = words["total"].format(total=sum(counts.values()), counts=words["between"].join(each))
    return f"{words['standing']}\n{total.rstrip(' :：')}"


def type_label(name: str, language: Language) -> str:
    """What people call a certificate type; its own name for a type of later than this program."""
    try:
        return certificate_types.load(name).labels[language]
    except CommandError:
        return name


def _lines(verdict: Mapping[str, Any], language: Language, *, color: bool) -> Iterator[str]:
    words = _WORDS[language]

    def line(label: str, text: str) -> str:
        return words["line"].format(label=words[label], text=visible(text))

    yield _headline(verdict, language, color=color)
    if verdict["outcome"] != "valid":
        yield line("reason", verdict["message"][language])
        if verdict["hint"][language]:
            yield line("hint", verdict["hint"][language])
    if verdict["institution"] is not None:
        label = "claimed" if verdict["outcome"] == "invalid" else "institution"
        yield line(label, verdict["institution"]["name"])
    if verdict["type"] is not None:
        yield line("certificate", _subject(verdict, language))
    claims = verdict["claims"] or {}
    number, name = verdict["certificate_number"], verdict["holder_name"]
    if number is not None and "issue_date" in claims:
        number = words["number_and_date"].format(number=number, date=claims["issue_date"])
    if name is not None and "id_number_tail" in claims:
        name = words["compare"].format(
            name=name, id_type=claims.get("id_type", ""), tail=claims["id_number_tail"]
        )
    if number is not None:
        yield line("number", number)
    if name is not None:
        yield line("holder", name)
    for label, steps in _open_checks(verdict, language):
        yield line(label, steps)
    for warning in verdict["warnings"]:
        yield line("warning", warning[language])
    if verdict["registry"] is not None:
        yield words["as_of"].format(
            registry=str(verdict["registry"]["as_of"])[:10],
            status=str(verdict["status_as_of"])[:10],
        )


def _headline(verdict: Mapping[str, Any], language: Language, *, color: bool) -> str:
    words = _WORDS[language]
    outcome = verdict["outcome"]
    entry = codes.table()["outcomes"][outcome]
    word = entry[language]
    if verdict["warnings"]:
        word = words["with_warnings"]
    if kind_of(verdict) == "unreadable":
        word = words["unreadable"]
    head = f"{entry['mark']} {word}"
    if color:
        head = f"\x1b[1;{_COLORS.get(outcome, _OTHER_COLOR)}m{head}\x1b[0m"
    demo = f"  {words['demo']}" if verdict["demo"] else ""
    return f"{head}{demo}  {visible(verdict['input'])}"


def _subject(verdict: Mapping[str, Any], language: Language) -> str:
    """What the certificate is about: type, occupation or class, direction, level."""
    claims = verdict["claims"] or {}
    parts = [str(claims[name]) for name in _SUBJECT if claims.get(name)]
    if "hours" in claims:
        parts.append(_WORDS[language]["hours"].format(hours=claims["hours"]))
    about = (part for part in parts if part not in _NO_DIRECTION)
    return " · ".join((type_label(verdict["type"], language), *about))


def _open_checks(verdict: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    """Label and steps of what did not pass.

    A certificate that holds may have checks for which this device lacks the data. Otherwise
    nothing was examined after the step that stopped it, and only that one is worth a line.
    """
    unknown = []
    for check in verdict["checks"]:
        name = codes.table()["steps"][check["step"]][language]
        if check["state"] == "failed":
            if check["as_of"]:
                name = _WORDS[language]["step_as_of"].format(name=name, date=check["as_of"][:10])
            yield "failed", name
            return
        if check["state"] == "unknown":
            unknown.append(name)
    if unknown and verdict["outcome"] != "not_ours":
        kept = unknown if verdict["outcome"] == "valid" else unknown[:1]
        yield "unknown", _WORDS[language]["between_steps"].join(kept)
