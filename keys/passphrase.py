"""Where a passphrase comes from: the terminal, a file or a descriptor, never the command line.

Arguments and environment variables can be read by every process of the machine and end in shell
histories; so the one variable that is looked at names a file.
"""

import argparse
import getpass
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from schemas.codes import Language
from schemas.errors import CommandError

ENVIRONMENT_VARIABLE = "ZHENGYIN_PASSPHRASE_FILE"
MIN_NEW = 8  # characters of a new passphrase (NIST SP 800-63B §5.1.1.2)
MAX_SIZE = 1_023  # bytes; the longest that every OpenSSL reads

_ASK: Mapping[Language, str] = {"zh-CN": "{path} 的口令：", "en": "passphrase of {path}: "}
_ASK_PIN: Mapping[Language, str] = {
    "zh-CN": "密码令牌 {token} 的 PIN：",
    "en": "PIN of token {token}: ",
}
_ASK_NEW: Mapping[Language, str] = {
    "zh-CN": "为 {path} 设置口令：",
    "en": "new passphrase for {path}: ",
}
_ASK_AGAIN: Mapping[Language, str] = {"zh-CN": "再输入一次：", "en": "once more: "}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassphraseSource:
    """Where to read passphrases; the terminal when neither file nor descriptor is given.

    A file holds one passphrase, its last line break left out. A descriptor gives one a line, in the
    order in which they are asked for.
    """

    file: Path | None = None
    descriptor: int | None = None
    language: Language = "en"

    def read(self, path: Path) -> bytes:
        """The passphrase of the existing key file `path`, as UTF-8.

        Raises:
            CommandError: `passphrase_unreadable` or `passphrase_no_terminal`.
        """
        return self._given() or _ask(_ASK[self.language].format(path=path))

    def read_pin(self, token: str) -> bytes:
        """The PIN of the token that people call `token`, as UTF-8.

        Raises:
            CommandError: as `read`.
        """
        return self._given() or _ask(_ASK_PIN[self.language].format(token=token))

    def read_new(self, path: Path) -> bytes:
        """A passphrase for the new key file `path`, as UTF-8; a terminal is asked twice.

        Raises:
            CommandError: as `read`; `passphrase_too_short` or `passphrases_differ`.
        """
        given = self._given()
        passphrase = given or _ask(_ASK_NEW[self.language].format(path=path))
        if len(passphrase.decode()) < MIN_NEW:
            raise CommandError("passphrase_too_short", minimum=MIN_NEW)
        if not given and _ask(_ASK_AGAIN[self.language]) != passphrase:
            raise CommandError("passphrases_differ")
        return passphrase

    def _given(self) -> bytes | None:
        """What the file or descriptor gives, None when the terminal is to be asked."""
        if self.file is not None:
            return _checked(str(self.file), partial(_file, self.file))
        if self.descriptor is not None:
            return _checked(f"descriptor {self.descriptor}", partial(_line, self.descriptor))
        return None


def add_options(parser: argparse.ArgumentParser, prefix: str = "") -> None:
    """Add `--passphrase-file` and `--passphrase-fd`, with `prefix` ("new-") before their names."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        f"--{prefix}passphrase-file",
        type=Path,
        metavar="FILE",
        help="read the passphrase from FILE instead of the terminal",
    )
    group.add_argument(
        f"--{prefix}passphrase-fd",
        type=int,
        metavar="N",
        help="read the passphrase, one line, from file descriptor N",
    )


def source_of(
    args: argparse.Namespace, environment: Mapping[str, str], prefix: str = ""
) -> PassphraseSource:
    """The source that the options of `add_options`, or else the environment, name."""
    name = prefix.replace("-", "_")
    file: Path | None = getattr(args, f"{name}passphrase_file", None)
    descriptor: int | None = getattr(args, f"{name}passphrase_fd", None)
    if file is None and descriptor is None and not prefix and environment.get(ENVIRONMENT_VARIABLE):
        file = Path(environment[ENVIRONMENT_VARIABLE])
    language: Language = getattr(args, "language", "en")
    return PassphraseSource(file=file, descriptor=descriptor, language=language)


def _file(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_SIZE + 3)  # and room for its line break


def _line(descriptor: int) -> bytes:
    """One line, byte by byte: what follows belongs to the next one who asks."""
    line = b""
    while not line.endswith(b"\n") and len(line) < MAX_SIZE + 3:
        byte = os.read(descriptor, 1)
        if not byte:
            break
        line += byte
    return line


def _checked(where: str, read: Callable[[], bytes]) -> bytes:
    try:
        passphrase = read().removesuffix(b"\n").removesuffix(b"\r")
        passphrase.decode()
    except OSError as error:
        raise CommandError("passphrase_unreadable", error.strerror or "", where=where) from None
    except UnicodeDecodeError:
        raise CommandError("passphrase_unreadable", "not UTF-8", where=where) from None
    if not passphrase or len(passphrase) > MAX_SIZE:
        raise CommandError("passphrase_unreadable", f"not 1 to {MAX_SIZE} bytes", where=where)
    return passphrase


def _ask(prompt: str) -> bytes:
    try:
        with warnings.catch_warnings():
            # Without a terminal, getpass would show what is typed: rather not at all.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt).encode()
    except (getpass.GetPassWarning, EOFError, UnicodeEncodeError):
        raise CommandError("passphrase_no_terminal") from None
