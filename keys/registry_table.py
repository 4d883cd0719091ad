"""The registry as people read it: a table of institutions with their rights, and what has changed."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from keys.changes import WORDS, Change, summary
from schemas import certificate_types, vocabulary
from schemas.codes import Language
from schemas.registry import Grant, Institution, Key

_HEADS: Mapping[Language, Sequence[str]] = {
    "zh-CN": ("编号", "名称", "状态", "公钥", "资格"),
    "en": ("id", "name", "status", "keys", "grants"),
}
_STATES: Mapping[str, str] = {
    "active": "有效",
    "suspended": "暂停",
    "withdrawn": "撤销",
    "ended": "终止",
    "planned": "待启用",
    "retired": "停用",
    "compromised": "泄露",
}
_NONE: Mapping[Language, str] = {"zh-CN": "未登记公钥", "en": "none"}


def table(institutions: Iterable[Institution], language: Language) -> str:
    """All institutions, one line for each key or grant."""
    rows: list[Sequence[str]] = [_HEADS[language]]
    for institution in institutions:
        keys = [_key(key, language) for key in institution.keys] or [_NONE[language]]
        grants = [_grant(n, one, language) for n, one in enumerate(institution.grants, 1)]
        status = _state(institution.status, institution.status_from, language)
        for line in range(max(len(keys), len(grants), 1)):
            head = (institution.id, institution.names[-1].name, status) if line == 0 else ("",) * 3
            rows.append((*head, *(one[line] if line < len(one) else "" for one in (keys, grants))))
    return aligned(rows)


def changes_table(changes: Sequence[Change], language: Language) -> str:
    """The counts, and then each change on a line."""
    rows = [
        (
            WORDS[one.kind][language],
            one.institution.id,
            one.institution.names[-1].name,
            one.what if one.grant is None else _right(one.grant, language),
        )
        for one in changes
    ]
    return "\n".join([summary(changes, language), *([aligned(rows)] if rows else [])])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines with their columns under each other; a 汉字 is two wide (Unicode UAX #11)."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def day(moment: int) -> str:
    """The day of `moment` (seconds), UTC."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _key(key: Key, language: Language) -> str:
    since = key.compromised_at if key.state == "compromised" else None
    state = _state(key.state, day(since) if since is not None else None, language)
    return f"{key.kid} {day(key.from_)}–{day(key.sign_until)} {state}"


def _grant(number: int, grant: Grant, language: Language) -> str:
    state = _state(grant.state, grant.state_from, language) if grant.state != "active" else ""
    return f"{number} {_right(grant, language)} · {grant.from_}–{grant.to or ''} {state}".rstrip()


def _right(grant: Grant, language: Language) -> str:
    """What a grant is for: type, role, occupation, and directions and levels unless all."""
    kind, role = grant.type, str(grant.role)
    if language == "zh-CN":
        if kind in certificate_types.names():
            kind = certificate_types.load(kind).labels[language]
        role = vocabulary.roles()[grant.role].name
    scope = [grant.directions, grant.levels]
    words = [kind, role, *("、".join(one) for one in scope if one != "*")]
    if grant.occupation != "*":
        words.insert(2, grant.occupation)
    return " · ".join(words)


def _state(state: str, since: str | None, language: Language) -> str:
    word = _STATES[state] if language == "zh-CN" else state
    return f"{word} {since}" if since and state != "active" else word
