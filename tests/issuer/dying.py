"""Run `zhengyin` and kill it, as kill -9 does, in the middle of one part of its work.

Before call number CALL (from 0) of whatever function while PART is at work; without a PART ("-"),
tell how many calls each part makes.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zhengyin
from issuer.commands import issuing
from issuer.roster import roster

PARTS: dict[str, tuple[object, str]] = {
    "check": (roster, "check_roster"),
    "reserve": (issuing, "reserve"),
    "sign": (issuing, "sign"),
    "verify": (issuing, "require_accepted"),
    "hand out": (issuing, "_hand_out"),
    "annotate": (issuing, "write_file"),
}


def counted(part: str, work: Callable[..., Any], fatal: int | None) -> Callable[..., Any]:
    """`work`, which ends the process before its call number `fatal`."""
    seen = 0

    def count(_frame: object, kind: str, _argument: object) -> None:
        nonlocal seen
        if kind.endswith("call"):
            if seen == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

    def work_and_count(*args: Any, **options: Any) -> Any:
        sys.setprofile(count)
        try:
            return work(*args, **options)
        finally:
            sys.setprofile(None)
            if fatal is None:
                print(f"{part}:{seen}", file=sys.stderr)

    return work_and_count


def run(part: str, call: int, arguments: list[str], errors: Path) -> None:
    """Be that command, in a process group of its own; what it says of errors goes into a file."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    for name in PARTS if part == "-" else [part]:
        module, function = PARTS[name]
        fatal = None if part == "-" else call
        setattr(module, function, counted(name, getattr(module, function), fatal))
    sys.exit(zhengyin.main(arguments))
