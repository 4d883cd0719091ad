"""What is different in the next edition of the registry: what custodians read before they sign it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from schemas.codes import Language
from schemas.registry import Grant, Institution, Key, Reinstated

Kind = Literal[
    "institution_added",
    "institution_suspended",
    "institution_withdrawn",
    "institution_resumed",
    "institution_renamed",
    "institution_deleted",
    "grant_added",
    "grant_suspended",
    "grant_ended",
    "grant_changed",
    "grant_deleted",
    "key_added",
    "key_retired",
    "key_compromised",
    "key_changed",
    "key_deleted",
    "slot_reinstated",
]

WORDS: Mapping[Kind, Mapping[Language, str]] = {
    "institution_added": {"zh-CN": "新增机构", "en": "institution added"},
    "institution_suspended": {"zh-CN": "暂停机构", "en": "institution suspended"},
    "institution_withdrawn": {"zh-CN": "撤销机构", "en": "institution withdrawn"},
    "institution_resumed": {"zh-CN": "恢复机构", "en": "institution resumed"},
    "institution_renamed": {"zh-CN": "更名机构", "en": "institution renamed"},
    "institution_deleted": {"zh-CN": "删除机构", "en": "institution deleted"},
    "grant_added": {"zh-CN": "新增资格", "en": "grant added"},
    "grant_suspended": {"zh-CN": "暂停资格", "en": "grant suspended"},
    "grant_ended": {"zh-CN": "终止资格", "en": "grant ended"},
    "grant_changed": {"zh-CN": "变更资格", "en": "grant changed"},
    "grant_deleted": {"zh-CN": "删除资格", "en": "grant deleted"},
    "key_added": {"zh-CN": "新增公钥", "en": "key added"},
    "key_retired": {"zh-CN": "停用公钥", "en": "key retired"},
    "key_compromised": {"zh-CN": "公钥泄露", "en": "key compromised"},
    "key_changed": {"zh-CN": "变更公钥", "en": "key changed"},
    "key_deleted": {"zh-CN": "删除公钥", "en": "key deleted"},
    "slot_reinstated": {"zh-CN": "恢复误撤", "en": "slot reinstated"},
}

_STATUS: Mapping[str, Kind] = {
    "active": "institution_resumed",
    "suspended": "institution_suspended",
    "withdrawn": "institution_withdrawn",
}
_GRANT: Mapping[str, Kind] = {"suspended": "grant_suspended", "ended": "grant_ended"}
_KEY: Mapping[str, Kind] = {"retired": "key_retired", "compromised": "key_compromised"}


class Changed(Protocol):
    """What custodians look at: the draft of a registry, or a registry."""

    @property
    def institutions(self) -> Sequence[Institution]:
        """All of them."""

    @property
    def reinstated(self) -> Sequence[Reinstated]:
        """Slots that were revoked by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference."""

    kind: Kind
    institution: Institution
    what: str
    """The grant, the kid, the list and its slot, or an empty text."""
    grant: Grant | None = None


def compare(before: Iterable[Institution], after: Iterable[Institution]) -> list[Change]:
    """All differences between two editions, in the order of the newer one."""
    old = {institution.id: institution for institution in before}
    new = {institution.id: institution for institution in after}
    found = [
        Change(kind=kind, institution=institution, what=what, grant=grant)
        for institution in new.values()
        for kind, what, grant in _differences(old.get(institution.id), institution)
    ]
    gone = [institution for institution in old.values() if institution.id not in new]
    found += [Change(kind="institution_deleted", institution=one, what="") for one in gone]
    return found


def reinstatements(before: Iterable[Reinstated], after: Changed) -> list[Change]:
    """The slots that are good again in `after` and were not before."""
    institutions = {institution.id: institution for institution in after.institutions}
    old = list(before)
    return [
        Change(
            kind="slot_reinstated",
            institution=institutions[one.institution],
            what=f"{one.list}/{one.idx}",
        )
        for one in after.reinstated
        if one not in old and one.institution in institutions
    ]


def summary(changes: Sequence[Change], language: Language) -> str:
    """The counts in one sentence: 本版：新增机构 2，暂停机构 1."""
    counts = Counter(change.kind for change in changes)
    if language == "zh-CN":
        words = [f"{WORDS[kind][language]} {counts[kind]}" for kind in WORDS if kind in counts]
        return f"本版：{'，'.join(words) or '无变化'}"
    words = [_counted(counts[kind], WORDS[kind][language]) for kind in WORDS if kind in counts]
    return f"this edition: {', '.join(words) or 'no change'}"


def _counted(count: int, what: str) -> str:
    noun, verb = what.split(" ")
    return f"{count} {noun if count == 1 else noun + 's'} {verb}"


def identity(grant: Grant) -> str:
    """What never changes in a grant: all but its end, its state and the words of its basis."""
    return f"{describe(grant)} {grant.from_}"


def describe(grant: Grant) -> str:
    """A grant in one line."""
    directions = "*" if grant.directions == "*" else "、".join(grant.directions)
    levels = "*" if grant.levels == "*" else "、".join(grant.levels)
    return f"{grant.type} {grant.role} {grant.occupation} · {directions} · {levels}"


def _differences(
    before: Institution | None, after: Institution
) -> Iterator[tuple[Kind, str, Grant | None]]:
    if before is None:
        yield "institution_added", "", None
        before = after.model_copy(update={"grants": [], "keys": [], "status": "active"})
    if before.names != after.names:
        yield "institution_renamed", after.names[-1].name, None
    if before.status != after.status:
        yield _STATUS[after.status], after.status_from or "", None
    for kind, grant in _grants(before.grants, after.grants):
        yield kind, describe(grant), grant
    for kind, kid in _keys(before.keys, after.keys):
        yield kind, kid, None


def _grants(before: Sequence[Grant], after: Sequence[Grant]) -> Iterator[tuple[Kind, Grant]]:
    old = {identity(grant): grant for grant in before}
    for grant in after:
        earlier = old.pop(identity(grant), None)
        if earlier is None:
            yield "grant_added", grant
        elif earlier.state != grant.state:
            yield _GRANT.get(grant.state, "grant_changed"), grant
        elif earlier != grant:
            yield "grant_changed", grant
    for grant in old.values():
        yield "grant_deleted", grant


def _keys(before: Sequence[Key], after: Sequence[Key]) -> Iterator[tuple[Kind, str]]:
    old = {key.kid: key for key in before}
    for key in after:
        earlier = old.pop(key.kid, None)
        if earlier is None:
            yield "key_added", key.kid
        elif earlier.state != key.state:
            yield _KEY.get(key.state, "key_changed"), key.kid
        elif earlier != key:
            yield "key_changed", key.kid
    for kid in old:
        yield "key_deleted", kid
