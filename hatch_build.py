"""What is installed beside the sources: the phone page, the console's script, compiled modules.

Page and script are made, or refused: a wheel without them would install without a word and fail at
its first request. Modules are compiled where the machine can; elsewhere the same sources run as
they are (docs/adr/0016-compiled-modules.md).
"""

import contextlib
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_INSTALL, _BUILD = ("ci", "--ignore-scripts"), ("run", "build")  # install scripts run nowhere
_GROUP = "zhengyin"
_SHARED = f"{_GROUP}__mypyc.py"  # what mypyc calls the library that the compiled modules share
_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


class BuiltHook(BuildHookInterface[Any]):
    """Runs before a wheel, a source distribution or an editable install is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See to it that all is there; an editable install finds page and script in the tree later."""
        root = Path(self.root)
        if version != "editable":
            _require_pages(root)
        if self.target_name != "wheel":
            return
        self._made = tempfile.TemporaryDirectory()
        modules = self.config["compiled"]
        built = _compiled(root, modules, Path(self._made.name))
        if not built:
            self.app.display_warning(
                "nothing is compiled here: the sources run as they are, slower"
            )
        if version == "editable":
            _put_into_tree(root, modules, built)
        elif built:
            build_data["force_include"] |= {str(path): name for name, path in built.items()}
            build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 (hatchling's)
        """Take away what the wheel has a copy of."""
        if self.target_name == "wheel":
            self._made.cleanup()


def _require_pages(root: Path) -> None:
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


def _compiled(root: Path, modules: list[str], to: Path) -> dict[str, Path]:
    """Compile modules with mypyc; what was made in the folder `to`, by its path below the root.

    Nothing where mypyc, a C compiler or Python's headers are missing, or one of them refuses.
    """
    try:
        from mypyc.build import mypycify  # noqa: PLC0415 (a machine need not have it)
        from setuptools import Distribution  # noqa: PLC0415
        from setuptools.errors import BaseError, CompileError, LinkError  # noqa: PLC0415
    except ImportError:
        return {}
    options = ["--config-file=", f"--cache-dir={to / 'cache'}", "--ignore-missing-imports"]
    try:
        with contextlib.chdir(root):
            extensions = mypycify(
                [*options, *modules],
                debug_level="0",
                group_name=_GROUP,
                target_dir=str(to / "sources"),
            )
            command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
            command.build_lib, command.build_temp = str(to / "made"), str(to / "objects")
            command.ensure_finalized()
            command.run()
    except (SystemExit, BaseError, CompileError, LinkError):
        return {}
    made = to / "made"
    return {path.relative_to(made).as_posix(): path for path in made.rglob(f"*{_SUFFIX}")}


def _put_into_tree(root: Path, modules: list[str], built: dict[str, Path]) -> None:
    """Put compiled modules beside their sources, in the place of those that were made before."""
    for module in (_SHARED, *modules):
        (root / module).with_suffix(_SUFFIX).unlink(missing_ok=True)
    for name, path in built.items():
        shutil.copyfile(path, root / name)
