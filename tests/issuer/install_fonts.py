"""`make fonts`: a Chinese face for certificates, where the machine has none; and, to test them, two tools.

The distribution's fonts where we may install them, else the package that `requirements-fonts.txt`
locks. Without rare faces, names with their characters are refused in words.
"""

import sys
from pathlib import Path
from shutil import which

from issuer.documents import fonts
from schemas.errors import CommandError
from tests.system_packages import install, ran

RARE = ("fonts-hanazono", "fonts-babelstone-han")  # Extension B and beyond
TOOLS = {"pdfinfo": "poppler-utils", "qpdf": "qpdf"}  # judges of PDFs that are not ours
_LOCK = Path(__file__).parents[2] / "requirements-fonts.txt"


def found() -> bool:
    """Whether certificates can be set; asked anew each time."""
    fonts.installed.cache_clear()
    fonts.families.cache_clear()
    try:
        return bool(fonts.families())
    except CommandError:
        return False


def rare() -> bool:
    """Whether there is any face for rare characters."""
    return found() and len(fonts.families()) > 1


def missing_tools() -> list[str]:
    """The programs of others that are not here."""
    return [program for program in TOOLS if which(program) is None]


def main(arguments: list[str]) -> int:
    """0 where there is a face. With `--tools`, the tools are installed too, but not needed."""
    if not rare():
        install("fonts-noto-cjk", *RARE)
    if not found():
        pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(_LOCK))
        ran((sys.executable, *pip))
    if "--tools" in arguments:
        for program in missing_tools():
            install(TOOLS[program])
        if missing := missing_tools():
            print(
                f"make: not found: {' '.join(missing)}; PDFs are not shown to them", file=sys.stderr
            )
    if found():
        return 0
    message = CommandError("fonts_missing", known=fonts.BODIES, variable=fonts.ANOTHER)
    print(f"make: {message}\nmake: {message.hint('en')}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
