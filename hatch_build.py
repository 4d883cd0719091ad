"""Puts the built phone page and the console's script into what is published: makes them, or refuses.

A wheel without them would install without a word and fail at its first request.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_INSTALL, _BUILD = ("ci", "--ignore-scripts"), ("run", "build")  # install scripts run nowhere


class PageHook(BuildHookInterface[Any]):
    """Runs before a wheel or a source distribution is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's)
        """See to it that both are there; an editable install finds them in the tree later."""
        if version == "editable":
            return
        root = Path(self.root)
        page = root / "verifier" / "page" / "index.html"
        if not page.is_file():
            _npm(root / "verifier" / "web", _INSTALL, _BUILD)
        console = root / "issuer" / "console"
        script = console / "static" / "htmx.js"
        if not script.is_file():
            _npm(console / "web", _INSTALL)
            made = console / "web" / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
            if made.is_file():
                shutil.copyfile(made, script)
        for built, what in ((page, "the phone page"), (script, "the console's script")):
            if not built.is_file():
                message = (
                    f"{what} is not built: {built.relative_to(root)} is missing. "
                    "Run `make test` or `make demo` once (Node 20 or later)"
                )
                raise SystemExit(message)


def _npm(folder: Path, *commands: tuple[str, ...]) -> None:
    """Run npm's commands in a folder, up to the first that fails; nothing where there is no npm."""
    npm = shutil.which("npm")
    if npm is None or not folder.is_dir():
        return
    for words in commands:
        if subprocess.run([npm, *words], cwd=folder, check=False).returncode:  # noqa: S603 (fixed words)
            return
