"""What people install is whole: code, data and command inside, tests and caches outside."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path, PurePosixPath

import pytest

from tests.compiled import MODULES, PROJECT, ROOT, SUFFIX, can_compile
from tests.schemas.test_qr import EXAMPLE_DIGITS, ORIGIN
from tests.verifier import pages

PACKAGES = {"issuer", "keys", "schemas", "verifier"}
NOT_SOURCE = {"node_modules", "build", "dist", "demo", "zhengyin-data"}
KEPT = {".gitignore", ".ci", ".npmrc"}  # of what starts with a dot
PAGE, WEB = "verifier/page", "verifier/web"
SCRIPT, CONSOLE = "issuer/console/static/htmx.js", "issuer/console/web"


def not_source(folder: str, names: list[str]) -> set[str]:
    """What a fresh clone does not have."""
    hidden = {name for name in names if name.startswith(".") and name not in KEPT}
    hidden |= {name for name in names if name.endswith(SUFFIX)}
    return hidden | (NOT_SOURCE if Path(folder) == ROOT else {"node_modules"}) & set(names)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, with the litter of a day's work in it."""
    copy = tmp_path_factory.mktemp("packaging") / "tree"
    shutil.copytree(ROOT, copy, ignore=not_source)
    if not (copy / PAGE).exists():
        pages.build(copy / PAGE)
    if not (copy / SCRIPT).exists():
        (copy / SCRIPT).write_text("// built", encoding="utf-8")
    module = copy / WEB / "node_modules" / "litter" / "index.js"
    module.parent.mkdir(parents=True)
    module.write_bytes(b"litter")
    for package in PACKAGES:
        litter = copy / package / "__pycache__" / "litter.cpython-311.pyc"
        litter.parent.mkdir(exist_ok=True)
        litter.write_bytes(b"litter")
    (copy / ".hypothesis").mkdir()
    (copy / ".hypothesis" / "litter").write_bytes(b"litter")
    return copy


def attempt(
    tree: Path, target: str, out: Path, path: str = str(Path(sys.executable).parent)
) -> subprocess.CompletedProcess[str]:
    """Build with the backend itself, which needs no network; here without npm and C compiler."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    environment = {**os.environ, "PATH": path}
    return subprocess.run(
        command, cwd=tree, check=False, capture_output=True, encoding="utf-8", env=environment
    )


def build(tree: Path, target: str) -> Path:
    out = tree.parent / target
    done = attempt(tree, target, out)
    assert 0 == done.returncode, done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    return build(tree, "wheel")


@pytest.fixture(scope="module")
def sdist(tree: Path) -> Path:
    return build(tree, "sdist")


@pytest.fixture(scope="module")
def inside(wheel: Path) -> set[str]:
    """The names of the wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def python(wheel: Path) -> Callable[[str], str]:
    """Run a program where the wheel is installed and the sources are not."""
    site = wheel.parent.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return partial(run, site)


def run(site: Path, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=site.parent,
        env=os.environ | {"PYTHONPATH": str(site), "PYTHONUTF8": "1"},
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout


def test_every_file_of_the_packages_is_in_the_wheel(inside: set[str], tree: Path) -> None:
    """Code and data alike, whatever a package gains."""
    expected = {"zhengyin.py"} | {
        path.relative_to(tree).as_posix()
        for package in PACKAGES
        for path in (tree / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected = {name for name in expected if not name.startswith((f"{WEB}/", f"{CONSOLE}/"))}
    assert f"{PAGE}/index.html" in expected
    assert not expected - inside


@pytest.mark.parametrize(
    "name",
    [
        "schemas/codes.json",
        "schemas/types/technical_level/schema.json",
        "schemas/types/technical_level/metadata.json",
        "schemas/vocabulary/occupations.json",
        "schemas/dictionary/v1.bin",
        "keys/directory/*.json",
        "issuer/roster/columns.json",
        "issuer/migrations/env.py",
        "issuer/migrations/versions/0001_*.py",
    ],
)
def test_the_data_is_in_the_wheel(inside: set[str], name: str) -> None:
    assert any(PurePosixPath(one).match(name) for one in inside)


def test_nothing_else_is_in_the_wheel(inside: set[str]) -> None:
    tops = {PurePosixPath(name).parts[0] for name in inside}
    (metadata,) = tops - PACKAGES - {"zhengyin.py"}
    assert metadata.endswith(".dist-info")
    assert not {
        name
        for name in inside
        if "__pycache__" in name
        or "litter" in name
        or name.endswith((".pyc", ".db", ".sqlite3", ".ts"))
        or name.startswith((f"{WEB}/", f"{CONSOLE}/"))
        or "node_modules" in name
        or PurePosixPath(name).name.startswith((".", "test_", "conftest"))
    }


def test_the_command_is_declared(wheel: Path, inside: set[str]) -> None:
    (name,) = (one for one in inside if one.endswith("entry_points.txt"))
    with zipfile.ZipFile(wheel) as archive:
        assert "zhengyin = zhengyin:main" in archive.read(name).decode()


def test_the_licence_is_in_the_wheel(inside: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in inside)


def test_the_top_level_names_are_ours(python: Callable[[str], str]) -> None:
    """Two distributions with one import name overwrite each other, and no installer says so."""
    program = """
import json
from importlib.metadata import packages_distributions
print(json.dumps({name: sorted(set(of)) for name, of in packages_distributions().items()}))
"""
    owners = json.loads(python(program))
    expected = {name: ["zhengyin"] for name in [*sorted(PACKAGES), "zhengyin"]}
    assert expected == {name: owners.get(name) for name in expected}


def test_the_wheel_works_without_its_sources(python: Callable[[str], str], tree: Path) -> None:
    program = """
import schemas
from schemas import certificate_types, codes, dictionary, vocabulary
import zhengyin
print(schemas.__file__)
print(len(codes.table()), *certificate_types.names(), len(vocabulary.occupations()))
try:
    zhengyin.main(["verify", "--help"])
except SystemExit as end:
    print("end", end.code)
"""
    where, said, *help_text, end = python(program).splitlines()
    assert tree.parent / "site" in Path(where).parents
    expected = "7 ce_training competition_award skill_level technical_level training_completion 11"
    assert expected == said
    assert help_text[0].startswith("usage:")
    assert "end 0" == end


def test_the_source_distribution_has_the_tests(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {
            PurePosixPath(*PurePosixPath(name).parts[1:]).as_posix() for name in archive.getnames()
        }
    needed = {"pyproject.toml", "README.md", "LICENSE", "Makefile", "tests/world.py", "zhengyin.py"}
    here = Path(__file__).relative_to(ROOT).as_posix()
    assert needed | {here, "schemas/codes.json", "hatch_build.py"} <= names
    assert not {name for name in names if "__pycache__" in name or "litter" in name}
    web = {"package.json", "package-lock.json", ".npmrc", "index.html", "src/main.ts"}
    assert {f"{WEB}/{name}" for name in web} | {f"{PAGE}/index.html", SCRIPT} <= names


def test_a_source_distribution_is_enough_for_a_wheel(sdist: Path, inside: set[str]) -> None:
    """Without npm: it has the page in it."""
    unpacked = sdist.parent.parent / "unpacked"
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (tree,) = unpacked.iterdir()
    done = attempt(tree, "wheel", sdist.parent.parent / "again")
    assert 0 == done.returncode, done.stderr
    (again,) = (sdist.parent.parent / "again").iterdir()
    with zipfile.ZipFile(again) as archive:
        assert inside == set(archive.namelist())


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_nothing_is_built_without_the_page(tree: Path, tmp_path: Path, target: str) -> None:
    """It would install without a word and fail at the first request."""
    bare = tmp_path / "bare"
    shutil.copytree(tree, bare, ignore=shutil.ignore_patterns("page", "tests", "docs"))
    done = attempt(bare, target, tmp_path / "out")
    assert done.returncode != 0
    assert "the phone page is not built" in done.stderr + done.stdout
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_nothing_is_built_without_the_script(tree: Path, tmp_path: Path, target: str) -> None:
    """The console's pages would load nothing of it."""
    bare = tmp_path / "bare"
    shutil.copytree(tree, bare, ignore=shutil.ignore_patterns("htmx.js", "tests", "docs"))
    done = attempt(bare, target, tmp_path / "out")
    assert done.returncode != 0
    assert "the console's script is not built" in done.stderr + done.stdout


def test_nothing_built_is_committed() -> None:
    """What git would take: no page, no modules of others."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {f"{PAGE}/", SCRIPT, "node_modules/"} <= set(ignored)
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        done = subprocess.run([git, "ls-files"], cwd=ROOT, check=True, capture_output=True)
        names = done.stdout.decode().splitlines()
        assert "pyproject.toml" in names
        assert not [
            one for one in names if one.startswith((f"{PAGE}/", SCRIPT)) or "node_modules" in one
        ]


def test_both_are_named_as_the_project_says(wheel: Path, sdist: Path) -> None:
    project = PROJECT["project"]
    name = f"{project['name']}-{project['version']}"
    assert f"{name}-py3-none-any.whl" == wheel.name
    assert f"{name}.tar.gz" == sdist.name


# Compiled and interpreted


def test_what_runs_here_is_compiled() -> None:
    """Wherever it can be: the aims of speed hold for compiled modules."""
    found = {
        module: PurePosixPath(import_module(module[:-3].replace("/", ".")).__file__ or "").name
        for module in MODULES
    }
    suffix = SUFFIX if can_compile() else ".py"
    assert {module: PurePosixPath(module).stem + suffix for module in MODULES} == found


def test_a_wheel_is_compiled_where_it_can_be(tree: Path, tmp_path: Path) -> None:
    """It needs nothing of mypy where it is installed."""
    done = attempt(tree, "wheel", tmp_path / "wheel", os.environ["PATH"])
    assert 0 == done.returncode, done.stderr
    (wheel,) = (tmp_path / "wheel").iterdir()
    assert can_compile() != wheel.name.endswith("-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = f"""
import sys
sys.modules |= dict.fromkeys(("mypy", "mypyc", "mypy_extensions", "setuptools"))
from schemas import qr
print(qr.__file__)
print(qr.pack(qr.unpack({EXAMPLE_DIGITS!r}, {ORIGIN!r}), {ORIGIN!r}))
"""
    where, digits = run(tmp_path / "site", program).splitlines()
    assert where == str(tmp_path / "site" / "schemas" / f"qr{SUFFIX if can_compile() else '.py'}")
    assert EXAMPLE_DIGITS == digits


def test_the_vectors_hold_for_the_sources_alone(python: Callable[[str], str]) -> None:
    """A machine without a compiler runs them as they are."""
    vectors = str(ROOT / "tests" / "test_vectors.py")
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=append", "-k", "not generat"]
    where, *_ = python(f"""
import sys
sys.path.insert(1, {str(ROOT)!r})  # behind what is installed
import pytest
from schemas import qr
print(qr.__file__)
raise SystemExit(pytest.main([*{options!r}, {vectors!r}]))
""").splitlines()
    assert PurePosixPath(where).parts[-3:] == ("site", "schemas", "qr.py")
