"""One demonstration, made once for all tests that look at it, and how they look."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import zhengyin
from schemas.sd_jwt import SdJwt

STORIES = (
    "01-valid",
    "02-altered-level",
    "03-out-of-scope",
    "04-unknown-key",
    "05-revoked",
    "06-grant-suspended-later",
    "06-issued-after-suspension",
    "07-key-stolen-later",
    "07-stolen-key-new-date",
    "07-stolen-key-old-date",
    "08-registry-20-days-old",
    "08-registry-400-days-old",
    "09-wrong-level-at-exam-desk",
    "10-look-alike-site",
    "11-same-number-one",
    "11-same-number-other",
    "12-competition-award",
    "13-replaced",
    "13-replacement",
    "14-suspended",
    "15-foreign-code",
    "16-unsupported-version",
    "17-foreign-host",
    "18-scope-artificial-intelligence",
    "18-scope-base",
    "18-scope-evaluation",
    "18-scope-training",
)


class Made:
    """A demonstration and what the command said."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "here" / "demo"
        self.output = (home / "output.txt").read_text(encoding="utf-8")
        self.exit = int((home / "exit.txt").read_text(encoding="utf-8"))

    def stories(self) -> dict[str, dict[str, Any]]:
        told = json.loads((self.path / "stories.json").read_text(encoding="utf-8"))
        return {one["story"]: one for one in told}

    def desk(self, name: str) -> list[str]:
        """The options with which an institution issues."""
        paths = {
            "--trust": "trust",
            "--home": "issuer",
            "--key": f"keys/{name}.pem",
            "--passphrase-file": "passphrase",
        }
        return [word for option, path in paths.items() for word in (option, str(self.path / path))]


def make(home: Path) -> None:
    """Run the command once, with a home of its own, from a folder of its own."""
    (home / "here").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        in_home(patch, home)
        patch.chdir(home / "here")
        with (home / "output.txt").open("w", encoding="utf-8") as output:
            patch.setattr("sys.stdout", output)
            code = zhengyin.main(["demo", "--once", "--dir", "demo"])
    (home / "exit.txt").write_text(str(code), encoding="utf-8")


def in_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    for name in ("ZHENGYIN_TRUST", "ZHENGYIN_HOME", "ZHENGYIN_DATABASE_URL", "LC_ALL", "LANG"):
        patch.delenv(name, raising=False)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        patch.setenv(name, str(home / "home"))
    patch.setenv("LC_ALL", "en_US.UTF-8")


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    code = zhengyin.main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def verdicts(
    capsys: pytest.CaptureFixture[str], *words: str | Path
) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = run(capsys, "verify", "--json", *words)
    return code, [json.loads(line) for line in out.splitlines()]


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def tokens(made: Made) -> Iterator[tuple[Path, SdJwt]]:
    for path in sorted(made.path.rglob("credential.sd-jwt")):
        yield path, SdJwt.parse(path.read_text(encoding="ascii"))
