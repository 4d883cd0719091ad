"""Run `zhengyin` and kill it, as kill -9 does, in the middle of one part of its work.

`python -m tests.issuer.dying PART CALL ARGUMENT …`: before call number CALL (from 0) of whatever
function while PART is at work; without a PART ("-"), tell how many calls each part makes.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import zhengyin
from issuer import commands, roster

PARTS: dict[str, tuple[object, str]] = {
    "check": (roster, "check_roster"),
    "reserve": (commands, "reserve"),
    "sign": (commands, "sign"),
    "verify": (commands, "require_accepted"),
    "hand out": (commands, "_hand_out"),
    "annotate": (commands, "write_file"),
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


def main() -> int:
    """Wrap the part and go."""
    part, call, *arguments = sys.argv[1:]
    for name in PARTS if part == "-" else [part]:
        module, function = PARTS[name]
        fatal = None if part == "-" else int(call)
        setattr(module, function, counted(name, getattr(module, function), fatal))
    return zhengyin.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
