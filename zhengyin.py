"""The `zhengyin` command: one entry, each sub-command loaded only when it is called.

Errors are two lines on standard error, `zhengyin: error: …` and `zhengyin: hint: …`, in the
language of the locale.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any, Never, cast

from schemas.codes import Language
from schemas.errors import CommandError, ZhengyinError
from verifier.language import choose, never_fail

USAGE = 64  # exit code for a wrong command line (sysexits.h EX_USAGE)
FAILED = 1
INTERRUPTED = 130

COMMANDS = {
    "demo": "issuer.demo_cli",
    "registry": "keys.registry_cli",
    "keys": "keys.cli",
    "issue": "issuer.cli",
    "revoke": "issuer.cli",
    "suspend": "issuer.cli",
    "reinstate": "issuer.cli",
    "replace": "issuer.cli",
    "issuer": "issuer.cli",
    "verify": "verifier.cli",
    "verify-page": "verifier.page_cli",
    "serve": "issuer.serve_cli",
    "pin": "verifier.trust_cli",
    "refresh": "verifier.trust_cli",
}
"""Sub-command → the module that registers it; a module may register several."""


_VALUE = re.compile(r"(--[a-z-]+)=\S+")
_DASHED_KID = re.compile(r"-(?:(?!-)|(?=.*[A-Z0-9_]))[A-Za-z0-9_-]{10}", re.ASCII)


def shielded(words: Sequence[str]) -> list[str]:
    """`words` with a space before each key id that begins with `-`, as one in 64 does.

    It is no option: these have small letters behind two dashes. Who takes a key id strips it.
    """
    return [f" {word}" if _DASHED_KID.fullmatch(word) else word for word in words]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        # A value could be the passphrase of somebody who hoped for such an option.
        raise CommandError("usage", _VALUE.sub(r"\1=…", message), command=self.prog)


def parser(commands: Sequence[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """The command line with the sub-commands of `commands`' modules."""
    top = _Parser(prog="zhengyin", description="证印 · certificates anyone can check, offline")
    top.add_argument("--version", action="version", version=f"zhengyin {version('zhengyin')}")
    _add_language(top)
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in dict.fromkeys(COMMANDS[command] for command in commands):
        register = import_module(module).register
        cast("Callable[[Any], None]", register)(subparsers)
    return top


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", metavar="zh|en", help="language of messages (default: the locale's)"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code."""
    words = shielded(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        never_fail(stream)
    language = choose(None, os.environ)
    try:
        # First of all and wherever it stands: what is wrong with the rest is said in it too.
        early = _Parser("zhengyin", add_help=False, allow_abbrev=False)
        _add_language(early)
        chosen, words = early.parse_known_args(words)
        language = choose(chosen.lang, os.environ)
        known = [words[0]] if words and words[0] in COMMANDS else list(COMMANDS)
        options, rest = parser(known).parse_known_args(words)
        if rest:
            command = f"zhengyin {options.command}"
            raise CommandError(
                "usage", f"unrecognized arguments: {' '.join(rest)}", command=command
            )
        options.language = language
        return cast("int", options.run(options))
    except ZhengyinError as error:
        say(error, language)
        return USAGE if error.code in ("usage", "language_unknown") else FAILED
    except BrokenPipeError:
        # Whoever read the output has gone: nothing to say, and no traceback at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def say(error: ZhengyinError, language: Language) -> None:
    """Print an error and its hint the way every command does."""
    print(f"zhengyin: error: {error.message(language)}", file=sys.stderr)
    if hint := error.hint(language):
        print(f"zhengyin: hint: {hint}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
