"""Run `zhengyin` on a disk that has no room for a file of more than so many bytes.

`python -m tests.issuer.full_disk PART BYTES ARGUMENT …`: from the beginning of PART of its work on,
or from the very start ("-"). The limit is the process's own (setrlimit, RLIMIT_FSIZE); writing
beyond it fails as it does on a full disk.
"""

import resource
import sys
from collections.abc import Callable
from typing import Any

import zhengyin
from issuer.commands import issuing
from issuer.roster import workbook
from tests.issuer.dying import PARTS

LATER_PARTS = {
    **PARTS,
    "write workbook": (issuing, "write_file"),
    "annotate": (workbook, "annotate"),
    "print": (issuing, "write_files"),
}


def limited(work: Callable[..., Any], limit: int) -> Callable[..., Any]:
    """`work`, with the limit from its beginning on."""

    def limit_and_work(*args: Any, **options: Any) -> Any:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return work(*args, **options)

    return limit_and_work


def main() -> int:
    """Wrap the part and go."""
    part, limit, *arguments = sys.argv[1:]
    if part == "-":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    else:
        module, function = LATER_PARTS[part]
        setattr(module, function, limited(getattr(module, function), int(limit)))
    return zhengyin.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
