"""The work of `zhengyin verify`: inputs, the clock and the terminal around `check`."""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from datetime import UTC, datetime
from typing import Any

from keys.trust import TrustState
from schemas.errors import CommandError, ZhengyinError
from verifier.inputs import Input, collect, unreadable
from verifier.language import wants_color
from verifier.progress import Progress
from verifier.report import csv_report
from verifier.trust_source import load_trust
from verifier.verdict import check
from verifier.verdict_text import kind_of, render_closing, render_text

VALID, WRONG, UNDECIDED = 0, 1, 2  # exit codes
_WRONG = frozenset({"invalid", "revoked", "suspended", "expired"})


def verify(args: argparse.Namespace) -> int:
    """Check everything that was given; 1 wins over 2, so that a forgery is never overlooked."""
    at = _time(args.at) if args.at else None
    try:
        trust = load_trust(args.trust, at=at or datetime.now(UTC))
    except ZhengyinError as error:
        print(f"zhengyin: error: {error.message(args.language)}", file=sys.stderr)
        if hint := error.hint(args.language):
            print(f"zhengyin: hint: {hint}", file=sys.stderr)
        return UNDECIDED
    counts: Counter[str] = Counter()
    outcomes = set()
    with ExitStack() as stack:
        add_row = _report(args, at, stack)
        # Verdicts on the terminal are progress enough, and a scanner types there.
        progress: AbstractContextManager[Progress | None] = (
            nullcontext() if sys.stdout.isatty() or "-" in args.inputs else Progress()
        )
        step = stack.enter_context(progress)
        # Ctrl-C ends a scanner's session; the report keeps what was checked until then.
        stack.enter_context(suppress(KeyboardInterrupt))
        for one in collect(args.inputs, sys.stdin):
            verdict = _verdict(one, trust, at or datetime.now(UTC))
            _print(args, verdict)
            add_row(verdict)
            counts[kind_of(verdict)] += 1
            outcomes.add(verdict["outcome"])
            if step is not None:
                step.step()
    if not args.json:
        print(render_closing(counts, args.language))
    if outcomes & _WRONG:
        return WRONG
    return VALID if outcomes == {"valid"} else UNDECIDED


def _report(
    args: argparse.Namespace, at: datetime | None, stack: ExitStack
) -> Callable[[Mapping[str, Any]], None]:
    if args.out is None:
        return lambda _verdict: None
    checked_at = (at or datetime.now(UTC)).isoformat(timespec="seconds")
    return stack.enter_context(csv_report(args.out, args.language, checked_at=checked_at))


def _verdict(one: Input, trust: TrustState | None, now: datetime) -> Mapping[str, Any]:
    if one.error is not None:
        return unreadable(one.name, one.error)
    verdict = check(one.text or "", trust=trust, now=now)
    if one.pages:
        from verifier.page_text import compared  # noqa: PLC0415 - only PDFs have pages

        verdict = compared(verdict, one.pages)
    return verdict.to_dict(one.name)


def _print(args: argparse.Namespace, verdict: Mapping[str, Any]) -> None:
    if args.json:
        # Characters that steer a terminal stay escaped; so do all that the encoding lacks.
        utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        line = json.dumps(verdict, ensure_ascii=not utf8 or sys.stdout.isatty())
        print(line, flush=True)
    else:
        color = wants_color(sys.stdout, os.environ)
        print(render_text(verdict, args.language, color=color), end="\n\n", flush=True)


def _time(text: str) -> datetime:
    """An ISO 8601 time; without an offset it is UTC.

    Raises:
        CommandError: `usage`.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        detail = f"--at {text}: not an ISO 8601 time such as 2025-06-30T08:00:00+08:00"
        raise CommandError("usage", detail, command="zhengyin verify") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
