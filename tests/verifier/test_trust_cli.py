"""`zhengyin pin` and `zhengyin refresh`: never silently, and in both languages."""

import argparse
import io
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from keys.published import write_tree
from keys.store import TrustStore
from keys.trust import root_fingerprint
from schemas.errors import TrustError
from tests.world import NOW, World
from verifier import trust_cli

Run = Callable[..., str]


@pytest.fixture
def world() -> World:
    world = World()
    world.issue()
    return world


@pytest.fixture
def run(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command in a folder with the published tree `t`; the store is `trust`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZHENGYIN_TRUST", str(tmp_path / "trust"))
    monkeypatch.setattr("time.time", lambda: float(NOW))
    write_tree(tmp_path / "t", world.publish(), tokens={}, poster="")

    def run(line: str, language: str = "en") -> str:
        parser = argparse.ArgumentParser(prog="zhengyin")
        trust_cli.register(parser.add_subparsers())
        args = parser.parse_args(shlex.split(line))
        args.language = language
        assert 0 == args.run(args)
        return capsys.readouterr().out

    return run


class Terminal(io.StringIO):
    """Somebody types."""

    def isatty(self) -> bool:
        return True


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(TrustError) as caught:
        action()
    for language in ("zh-CN", "en"):
        assert caught.value.message(language)
        assert caught.value.hint(language)
    return caught.value.code


def grouped(world: World) -> str:
    return bytes.fromhex(root_fingerprint(world.roots[0])).hex(" ", 2)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "capitals": str.upper,
    "groups": lambda fingerprint: bytes.fromhex(fingerprint).hex(" ", 2),
    "colons": lambda fingerprint: bytes.fromhex(fingerprint).hex(":"),
    "spaces around": lambda fingerprint: f"  {fingerprint}\t",
}


@pytest.mark.parametrize("case", SPELLINGS)
def test_a_fingerprint_may_be_written_in_groups(world: World, run: Run, case: str) -> None:
    fingerprint = SPELLINGS[case](root_fingerprint(world.roots[0]))
    out = run(f"pin t/root/1.json --fingerprint '{fingerprint}'")
    assert "root 1, production" in out
    assert "signing keys (3 of 5): " in out
    assert f"fingerprint: {grouped(world)}" in out
    assert "pinned in" in out
    assert frozenset(world.pins) == TrustStore().pins


def test_it_is_typed_on_a_terminal(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{grouped(world)}\n"))
    assert "已信任" in run("pin t/root/1.json", "zh-CN")


WRONG = ["", "yes", "0" * 64, "y"]


@pytest.mark.parametrize("typed", WRONG)
def test_nothing_else_pins(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{typed}\n"))
    assert "fingerprint_mismatch" == code_of(lambda: run("pin t/root/1.json"))
    by_option = f"pin t/root/1.json --fingerprint '{typed}'"
    assert "fingerprint_mismatch" == code_of(lambda: run(by_option))
    assert not (tmp_path / "trust").exists()


def test_without_a_terminal_it_asks_for_the_option(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("x"))
    assert "fingerprint_needed" == code_of(lambda: run("pin t/root/1.json"))
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert "fingerprint_needed" == code_of(lambda: run("pin t/root/1.json"))


def test_a_demo_is_never_pinned(run: Run, tmp_path: Path) -> None:
    demo = World(env="demo")
    Path("demo.json").write_bytes(demo.roots[0])
    line = f"pin demo.json --fingerprint {root_fingerprint(demo.roots[0])}"
    assert "demo_root_pinned" == code_of(lambda: run(line))
    assert not (tmp_path / "trust").exists()


def test_another_authority_is_pinned_only_on_demand(world: World, run: Run) -> None:
    run(f"pin t/root/1.json --fingerprint {root_fingerprint(world.roots[0])}")
    other = World(single=True)
    Path("other.json").write_bytes(other.roots[0])
    line = f"pin other.json --fingerprint {root_fingerprint(other.roots[0])}"
    assert "pinned_already" == code_of(lambda: run(line))
    run(f"{line} --replace")
    assert frozenset(other.pins) == TrustStore().pins


def test_refresh_fills_the_store(world: World, run: Run) -> None:
    run(f"pin t/root/1.json --fingerprint {root_fingerprint(world.roots[0])}")
    out = run("refresh t")
    assert "refreshed: Example authority, 2025-05 版, snapshot 1 (2025-06-02), lists 1" in out
    assert "已更新：示例主管部门" in run("refresh t/bundle.zip", "zh-CN")
    state = TrustStore().load(now=NOW)
    assert state is not None
    assert world.snapshot == state.snapshot


def test_refresh_says_that_a_demo_is_one(run: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "demo", World(env="demo").publish(), tokens={}, poster="")
    assert "演示环境" in run("refresh demo", "zh-CN")


def test_refresh_of_a_stranger_says_how_to_pin(run: Run) -> None:
    assert "root_not_pinned" == code_of(lambda: run("refresh t"))


def test_the_first_refresh_needs_a_source(run: Run) -> None:
    assert "refresh_source_missing" == code_of(lambda: run("refresh"))


def test_later_the_registry_names_the_source(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(f"pin t/root/1.json --fingerprint {root_fingerprint(world.roots[0])}")
    run("refresh t")
    asked: list[str] = []

    def fetched(source: str, **_options: object) -> object:
        asked.append(source)
        return world.history[-1]

    monkeypatch.setattr("verifier.refresh.fetch", fetched)
    run("refresh")
    assert ["https://zs.example.cn/t/"] == asked
