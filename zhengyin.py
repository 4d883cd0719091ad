"""The `zhengyin` command: one entry, each sub-command loaded only when it is called.

Errors are two lines on standard error, `zhengyin: error: …` and `zhengyin: hint: …`, in the
language of the locale.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any, Never, cast

from schemas.codes import preferred
from schemas.errors import CommandError, ZhengyinError

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
    "pin": "verifier.trust_cli",
    "refresh": "verifier.trust_cli",
}
"""Sub-command → the module that registers it; a module may register several."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        raise CommandError("usage", message, command=self.prog)


def parser(commands: Sequence[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """The command line with the sub-commands of `commands`' modules."""
    top = _Parser(prog="zhengyin", description="证印 · certificates anyone can check, offline")
    top.add_argument("--version", action="version", version=f"zhengyin {version('zhengyin')}")
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in dict.fromkeys(COMMANDS[command] for command in commands):
        register = import_module(module).register
        cast("Callable[[Any], None]", register)(subparsers)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a substitute, never an exception.
        cast("Any", stream).reconfigure(errors="replace")
    known = [words[0]] if words and words[0] in COMMANDS else list(COMMANDS)
    try:
        options = parser(known).parse_args(words)
        options.language = preferred(os.environ)
        return cast("int", options.run(options))
    except ZhengyinError as error:
        _say(error)
        return USAGE if error.code == "usage" else FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _say(error: ZhengyinError) -> None:
    language = preferred(os.environ)
    print(f"zhengyin: error: {error.message(language)}", file=sys.stderr)
    if hint := error.hint(language):
        print(f"zhengyin: hint: {hint}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
