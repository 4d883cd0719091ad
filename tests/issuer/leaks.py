"""What must stand nowhere in the clear: the ID numbers of the tests, in databases, logs and addresses."""

import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ID_NUMBER = re.compile(
    rb"119999(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
    rb"|(?:8[123]0000|9\d{5})1899\d{7}[\dXx]"
)
"""Numbers of people as DOMAIN's invented holders have them: residents of county 119999, birth year 1899."""
_IN_EACH = (b"119999", b"1899")
SEALED = ("*.sqlite", "*.sqlite-wal", "*.sqlite-journal", "*.backup")
"""Files in which people's numbers are encrypted; rosters that a test wrote itself are none of these."""


class Journal(logging.FileHandler):
    """Everything that is logged in a test run, the addresses that test clients ask for too."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self.setLevel(logging.DEBUG)


def found_in(data: bytes) -> list[str]:
    """The ID numbers in some bytes."""
    if not any(part in data for part in _IN_EACH):  # much quicker, and nearly always so
        return []
    return [match.group().decode() for match in ID_NUMBER.finditer(data)]


def sealed(folder: Path) -> set[Path]:
    """The files of databases and backups below a folder."""
    return {path for pattern in SEALED for path in folder.rglob(pattern)}


def leaks(paths: Iterable[Path]) -> Iterator[str]:
    """Where in these files an ID number stands in the clear."""
    for path in sorted(paths):
        if path.is_file() and (numbers := found_in(path.read_bytes())):
            yield f"{path}: {len(numbers)} ({numbers[0][:6]}…)"
