"""Puts the built phone page into what is published: builds it where it is missing, or refuses.

A wheel without the page would install without a word and fail at its first request.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_COMMANDS = (("ci", "--ignore-scripts"), ("run", "build"))  # install scripts run nowhere


class PageHook(BuildHookInterface[Any]):
    """Runs before a wheel or a source distribution is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's)
        """See to it that the page is there; an editable install finds it in the tree later."""
        verifier = Path(self.root, "verifier")
        page = verifier / "page" / "index.html"
        npm = shutil.which("npm")
        if version == "editable" or page.is_file():
            return
        if npm is not None:
            for words in _COMMANDS:
                if subprocess.run([npm, *words], cwd=verifier / "web", check=False).returncode:  # noqa: S603 (fixed words)
                    break
        if not page.is_file():
            message = (
                "the phone page is not built: verifier/page/index.html is missing. "
                "Run `npm ci --ignore-scripts && npm run build` in verifier/web (Node 20 or later)"
            )
            raise SystemExit(message)
