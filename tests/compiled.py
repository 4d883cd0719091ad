"""Which modules are compiled (docs/adr/0016-compiled-modules.md), and whether they are here."""

import shutil
import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES: tuple[str, ...] = tuple(PROJECT["tool"]["hatch"]["build"]["hooks"]["custom"]["compiled"])
"""Their sources, below the root."""
SUFFIX: str = sysconfig.get_config_var("EXT_SUFFIX")
"""Of a compiled module's file."""


def stale() -> list[str]:
    """The sources that were edited after they were compiled, so that the edit does not count."""
    made = {module: (ROOT / module).with_suffix(SUFFIX) for module in MODULES}
    return [
        module
        for module, file in made.items()
        if file.exists() and file.stat().st_mtime < (ROOT / module).stat().st_mtime
    ]


def can_compile() -> bool:
    """Whether this machine has a C compiler and Python's headers."""
    compiler = (sysconfig.get_config_var("CC") or "cl").split()[0]
    header = Path(sysconfig.get_path("include")) / "Python.h"
    return shutil.which(compiler) is not None and header.is_file()
