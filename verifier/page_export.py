"""Puts the phone page into a folder that any HTTPS host can serve as it is.

The page, its pin, the published tree, notes for the host, and the self-contained file. The folder
appears whole or not at all, and nobody else's files are ever removed for it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keys.folders import replacing
from schemas import strict_json
from schemas.errors import CommandError
from verifier.host_notes import host_notes
from verifier.page_files import SINGLE, Page
from verifier.page_trust import PageTrust

TREE = "t"
MARK = "export.json"
"""Lists what an export wrote: the next one may replace these files and no others."""


def single_file(page: Page, trust: PageTrust) -> bytes:
    """The page, its pin and the published tree in one HTML file."""
    return page.single_file(trust.fingerprint, trust.bundle())


def content(page: Page, trust: PageTrust) -> dict[str, bytes]:
    """Path → content of all that is exported."""
    page = page.pinned(trust.fingerprint, demo=trust.state.demo)
    files = dict(page.files)
    files |= {f"{name}.gz": data for name, data in page.compressed.items()}
    files |= {f"{TREE}/{name}": data for name, data in trust.tree().items()}
    files |= host_notes(page.headers)
    files[SINGLE] = single_file(page, trust)
    files[MARK] = strict_json.dumps({"v": 1, "files": sorted(files)})
    return files


def export(target: Path, page: Page, trust: PageTrust) -> dict[str, bytes]:
    """Write the page into `target`; give what was written.

    Raises:
        CommandError: `export_folder_taken`, `folder_in_use` or `cannot_write`; `target` is as it was.
    """
    with _named(target):
        _require_ours(target)
        files = content(page, trust)
        with replacing(target) as making:
            for name, data in files.items():
                path = making / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    return files


def _require_ours(target: Path) -> None:
    """Refuse a place that holds anything else than an export."""
    if not target.exists():
        return
    if not target.is_dir():
        raise CommandError("export_folder_taken", path=target, other=target.name)
    if Path.cwd().is_relative_to(target.resolve()):
        raise CommandError("folder_in_use", path=target)
    try:
        ours = {*json.loads((target / MARK).read_bytes())["files"], MARK}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        ours = set()
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if name not in ours and (path.is_symlink() or not path.is_dir()):
            raise CommandError("export_folder_taken", path=target, other=name)


@contextmanager
def _named(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError("cannot_write", error.strerror or "", path=target) from None
