"""The faces that documents are set in: found on the machine, never part of the program.

The body face covers GB 2312, GBK and CJK Extension A; rare characters of names (Extension B and
beyond) come from the faces behind it. What no face has is an error, never an empty box.
"""

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst

from schemas.errors import CommandError

ANOTHER = "ZHENGYIN_FONTS"
"""Names one more folder with fonts."""

BODIES = (  # one design under the names of its editions, all under the OFL
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Noto Serif SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
)
RARE = (  # in this order: those that look most like the body first
    "HanaMinA",
    "HanaMinB",
    "Hanazono Mincho",
    "Jigmo",
    "Jigmo2",
    "Jigmo3",
    "BabelStone Han",
    "Plangothic P1",
    "Plangothic P2",
    "SimSun-ExtB",
    "SimSun-ExtG",
    "TW-Sung-Ext-B",
)
_PACKAGE = "mplfonts"  # has Noto Serif CJK SC; only its folder is read


@cache
def installed() -> typst.Fonts:
    """Every face of the machine, of the package and of the folder that `ZHENGYIN_FONTS` names."""
    package = find_spec(_PACKAGE)
    folders = [Path(one) for one in (package.submodule_search_locations or ())] if package else []
    if another := os.environ.get(ANOTHER):
        folders.append(Path(another))
    return typst.Fonts(include_embedded_fonts=False, font_paths=folders)


@cache
def families() -> tuple[str, ...]:
    """The families to set documents in, the body first.

    Raises:
        CommandError: `fonts_missing`.
    """
    known = set(installed().families())
    body = next((one for one in BODIES if one in known), None)
    if body is None:
        raise CommandError("fonts_missing", known=BODIES, variable=ANOTHER)
    return (body, *(one for one in RARE if one in known))
