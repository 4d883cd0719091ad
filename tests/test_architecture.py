"""The map holds: checking starts light, the rules know no clock, everything public says what it is."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("issuer", "keys", "schemas", "verifier")

# What only issuing needs: each costs a verifier's start more than the whole check.
HEAVY = {
    "fastapi",
    "jsonschema",
    "openpyxl",
    "python_calamine",
    "segno",
    "sqlalchemy",
    "sqlmodel",
    "starlette",
    "typst",
}

STARTS = {
    "the help of verify": "import zhengyin\ntry: zhengyin.main(['verify', '--help'])\nexcept SystemExit: pass",
    "the work of verify": "import verifier.cli, verifier.commands",
    "the core": "import verifier.verify, verifier.verdict",
}


@pytest.mark.parametrize("program", STARTS.values(), ids=STARTS)
def test_checking_loads_nothing_that_only_issuing_needs(program: str) -> None:
    shown = f"import sys\n{program}\nprint('loaded', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", shown], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    loaded = {name.partition(".")[0] for name in done.stdout.rpartition("loaded")[2].split()}
    assert "schemas" in loaded
    assert not HEAVY & loaded


# No clock where `now` is passed in

RULES = [
    *sorted((ROOT / "schemas").rglob("*.py")),
    *(ROOT / "keys" / f"{name}.py" for name in ("ed25519", "jwk", "jws", "publication", "trust")),
    *(ROOT / "verifier" / f"{name}.py" for name in ("presentation", "verdict", "verify")),
]
CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "localtime"}


def clocks(source: str) -> list[str]:
    """The places where a program reads or imports a clock."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in CLOCKS:
                found.append(f"{node.lineno}: {ast.unparse(node.func)}")
        elif isinstance(node, ast.Import):
            found += [
                f"{node.lineno}: import {one.name}" for one in node.names if one.name == "time"
            ]
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found.append(f"{node.lineno}: from time")
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("datetime.now(UTC)", 1),
        ("x = datetime.datetime.utcnow()", 1),
        ("date.today()", 1),
        ("import time\ntime.time()", 2),
        ("from time import monotonic", 1),
        ("datetime.fromtimestamp(now, UTC)\nnow.date()", 0),
    ],
)
def test_clocks(source: str, expected: int) -> None:
    assert expected == len(clocks(source))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_rules_read_no_clock(path: Path) -> None:
    """The same input gives the same answer, whenever it is asked."""
    assert not clocks(path.read_text(encoding="utf-8"))


# Docstrings


def undocumented(path: Path) -> Iterator[str]:
    """Public modules, classes, functions and methods without a docstring."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(ROOT).as_posix()
    if ast.get_docstring(module) is None:
        yield name
    nodes: list[tuple[str, ast.AST]] = [(name, module)]
    for prefix, parent in nodes:
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                yield f"{prefix}: {node.name}"
            if isinstance(node, ast.ClassDef):
                nodes.append((f"{prefix}: {node.name}", node))


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_public_says_what_it_is(package: str) -> None:
    paths = [
        path for path in sorted((ROOT / package).rglob("*.py")) if "node_modules" not in path.parts
    ]
    assert paths
    assert not [place for path in paths for place in undocumented(path)]
