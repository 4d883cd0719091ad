"""An institution's design as a file: TOML, with pictures named beside it.

```
seal = "seal.png"
seal_kind = "代章"
logo = "logo.png"
line = "地址：示例路 1 号"
addresses = ["http://www.osta.org.cn"]
verifier = "证印"
```
"""

import tomllib
from pathlib import Path
from typing import Any

from issuer.documents import pictures
from issuer.documents.certificate import SEAL_KINDS, Design
from issuer.documents.printable import require_printable
from schemas.errors import CommandError

_PICTURES = {"logo": pictures.logo, "seal": pictures.seal}
_TEXTS = ("line", "verifier")


def read_design(path: Path) -> Design:
    """Read a design.

    Raises:
        CommandError: `design_unusable`, and as `require_printable` and `issuer.documents.pictures`.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        members = {name: _member(name, value, path.parent) for name, value in raw.items()}
    except OSError as error:
        raise CommandError("design_unusable", error.strerror or "", path=path) from error
    except (ValueError, TypeError) as error:  # TOML, UTF-8, and what a member may not be
        raise CommandError("design_unusable", str(error), path=path) from error
    design = Design(**members)
    require_printable(design)
    return design


def _member(name: str, value: Any, folder: Path) -> Any:
    texts = value if name == "addresses" else [value]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name}: not text")
    if name in _PICTURES:
        return _PICTURES[name](folder.joinpath(value).read_bytes())
    if name == "addresses":
        return tuple(texts)
    if name == "seal_kind" and value not in SEAL_KINDS:
        raise ValueError(f"{name}: not one of {'、'.join(SEAL_KINDS)}")
    if name not in (*_TEXTS, "seal_kind"):
        raise ValueError(f"{name}: unknown")
    return value
