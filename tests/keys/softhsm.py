"""A token for tests: SoftHSM2, a PKCS #11 module that keeps its tokens in a folder."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ANOTHER = "ZHENGYIN_SOFTHSM"
"""The environment variable that names the library."""

_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",  # Debian
    "/usr/lib64/pkcs11/libsofthsm2.so",  # Fedora
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
_TOOL = "softhsm2-util"

PIN, SO_PIN = "123456", "12345678"


def find() -> Path | None:
    """The machine's library, where the tool that makes tokens is there too."""
    places = [os.environ[ANOTHER]] if ANOTHER in os.environ else _PLACES
    found = next((Path(place) for place in places if Path(place).exists()), None)
    return found if shutil.which(_TOOL) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftHsm:
    """The module, with tokens in `folder`; `SOFTHSM2_CONF` has to name `configuration`."""

    module: Path
    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    def set_up(self) -> None:
        """Make the folder, without a token."""
        self.tokens.mkdir(parents=True)
        self.configuration.write_text(
            f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )

    def add_token(self, label: str) -> None:
        """Make a token, as its owner does."""
        made = ("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN)
        environment = {**os.environ, "SOFTHSM2_CONF": str(self.configuration)}
        subprocess.run((_TOOL, *made), check=True, env=environment, capture_output=True)

    def uri(self, more: str = "", **path: str) -> str:
        """The address with these path attributes; `more` is put behind its query."""
        key = ";".join(f"{name}={quote(value)}" for name, value in path.items())
        return f"pkcs11:{key}?module-path={quote(str(self.module))}{more}"
