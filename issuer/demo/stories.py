"""Stories: a certificate as somebody meets it, and the verdict that it must get."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keys.trust import TrustState
from schemas import codes
from schemas.codes import Language
from verifier.inputs import Input, collect, unreadable
from verifier.trust_source import load_trust
from verifier.verdict import check

TRUST = "trust"

Words = dict[Language, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One line of `stories.json`; paths are relative to the demonstration's folder."""

    name: str
    title: Words
    file: str
    outcome: str
    code: str
    warnings: tuple[str, ...] = ()
    at: datetime | None = None
    """None: now."""
    trust: str | None = None
    """None: `trust`."""
    note: Words | None = None

    @property
    def here_and_now(self) -> bool:
        """Whether anybody gets this verdict today from what the demonstration has published."""
        return self.at is None and self.trust is None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "story": self.name,
            "title": self.title,
            "file": self.file,
            "at": _text(self.at) if self.at else None,
            "trust": self.trust,
            "expected": {"outcome": self.outcome, "code": self.code},
            "warnings": list(self.warnings),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story and the verdict that it got."""

    story: Story
    outcome: str
    code: str
    warnings: tuple[Mapping[str, str], ...]
    """Each with its code and its words in both languages."""

    @property
    def as_expected(self) -> bool:
        """Whether it ends as it must."""
        expected = (self.story.outcome, self.story.code, self.story.warnings)
        warnings = tuple(warning["code"] for warning in self.warnings)
        return expected == (self.outcome, self.code, warnings)


@dataclass(slots=True)
class Judge:
    """Verifies files below `directory` as `zhengyin verify` does, pictures and all."""

    directory: Path
    now: datetime
    _trusts: dict[tuple[str, datetime], TrustState | None] = field(default_factory=dict)

    def tell(self, story: Story) -> Told:
        """The verdict on a story's file, as of its time, by its registry."""
        (verdict,) = self.verdicts(story.file, trust=story.trust, at=story.at)
        return Told(
            story=story,
            outcome=verdict["outcome"],
            code=verdict["code"],
            warnings=tuple(verdict["warnings"]),
        )

    def verdicts(
        self, path: str, *, trust: str | None = None, at: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """The verdicts on all that is in a file or folder, as JSON."""
        moment = at or self.now
        for one in collect([str(self.directory / path)], io.StringIO()):
            yield self._verdict(one, self._trust(trust or TRUST, moment), moment)

    def _verdict(self, one: Input, trust: TrustState | None, at: datetime) -> dict[str, Any]:
        if one.error is not None:
            return unreadable(one.name, one.error)
        return check(one.text or "", trust=trust, now=at).to_dict(one.name)

    def _trust(self, path: str, at: datetime) -> TrustState | None:
        if (path, at) not in self._trusts:
            self._trusts[path, at] = load_trust(str(self.directory / path), at=at)
        return self._trusts[path, at]


def story(
    name: str,
    zh: str,
    en: str,
    file: str,
    code: str = "ok",
    *,
    warnings: tuple[str, ...] = (),
    at: datetime | None = None,
    note: Words | None = None,
) -> Story:
    """A story with its title in both languages; the code says the outcome."""
    return Story(
        name=name,
        title={"zh-CN": zh, "en": en},
        file=file,
        outcome=codes.outcome(code),
        code=code,
        warnings=warnings,
        at=at,
        note=note,
    )


def write(stories: Sequence[Story]) -> bytes:
    """`stories.json`."""
    told = [story.to_dict() for story in stories]
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
