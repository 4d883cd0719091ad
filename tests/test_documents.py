"""The documents tell the truth about the tree: links lead somewhere, indexes are whole, nothing private is named."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ADR = ROOT / "docs" / "adr"
NOT_OURS = {"node_modules", "build", "dist", "demo", "zhengyin-data"}  # written by tools
ALSO = re.compile(r"LICENSE|Makefile|pyproject\.toml|requirements.*\.txt|package(-lock)?\.json")

CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"\]\(\s*<?([^)\s>]+)"  # [text](target) and ![text](target)
    r"|^\[[^\]]+\]:\s*<?([^\s>]+)"  # [name]: target
    r"|(?:src|href)=\"([^\"]+)\"",
    re.MULTILINE,
)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)

# Put together here, so that this file does not name them itself.
HOSTS = [
    re.escape(".".join(labels))
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("npmmirror", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.}-])/(?:home|root|work|Users)/[\w.]|\b[A-Z]:\\Users\b",
    "the host of a package registry": rf"\b(?:{'|'.join(HOSTS)})\b",
    "a private key": "BEGIN " + r"(?:[A-Z]+ )*" + "PRIVATE KEY",
}


def files() -> Iterator[Path]:
    """Every file of the tree that people or tools wrote by hand or by `make lock`."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in NOT_OURS
        )
        yield from (Path(folder, name) for name in sorted(names))


DOCUMENTS = [path for path in files() if path.suffix == ".md"]
TEXTS = DOCUMENTS + [path for path in files() if ALSO.fullmatch(path.name)]
RECORDS = sorted(ADR.glob("[0-9]*.md"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def links(text: str) -> list[str]:
    """List the relative targets of a Markdown text, without anchors; code is not read."""
    targets = [next(filter(None, match.groups())) for match in LINK.finditer(CODE.sub("", text))]
    return [
        target.partition("#")[0]
        for target in targets
        if not SCHEME.match(target) and not target.startswith("#")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see [`a.md`](docs/a.md#part) and ![b](b.svg)", ["docs/a.md", "b.svg"]),
        ("[c][c]\n\n[c]: <c.md>", ["c.md"]),
        ('<img src="d.png">', ["d.png"]),
        ("[web](https://example.cn/x) [mail](mailto:a@example.cn) [here](#here)", []),
        ("```\n[e](e.md)\n```\n`[f](f.md)`", []),
    ],
)
def test_links(text: str, expected: list[str]) -> None:
    """Only relative links outside code count."""
    assert expected == links(text)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_to_a_file_of_the_project(path: Path) -> None:
    broken = [
        target
        for target in links(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
        or not (path.parent / target).resolve().is_relative_to(ROOT)
    ]
    assert not broken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/" + "home/someone/x", ["a path of one machine"]),
        (
            "install from https://" + HOSTS[1].replace("\\", ""),
            ["the host of a package registry"],
        ),
        ("-----BEGIN " + "ENCRYPTED PRIVATE KEY-----", ["a private key"]),
        ("/t/root/1.json, trust/root/2.json, {dir}/root/3.json", []),
    ],
)
def test_forbidden(text: str, expected: list[str]) -> None:
    assert expected == [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_no_text_names_a_machine_a_registry_or_a_key(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = {
        what: match.group()
        for what, pattern in FORBIDDEN.items()
        if (match := re.search(pattern, text))
    }
    assert not found


def test_the_index_lists_every_decision_by_its_title() -> None:
    titles = [
        (path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# "), path.name)
        for path in RECORDS
    ]
    index = (ADR / "README.md").read_text(encoding="utf-8")
    assert titles == re.findall(
        r"^- \[(\d{4} .+)\]\((\d{4}-[a-z0-9-]+\.md)\)$", index, re.MULTILINE
    )


def test_decisions_are_numbered_without_a_gap() -> None:
    assert list(range(1, len(RECORDS) + 1)) == [int(path.name[:4]) for path in RECORDS]


@pytest.mark.parametrize("path", RECORDS, ids=name_of)
def test_a_decision_follows_the_template(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert f"# {path.name[:4]} " == text[:7]
    assert re.search(r"^Status: (accepted|replaced by \d{4})$", text, re.MULTILINE)
    expected = ["Context", "Options", "Outcome", "Consequences"]
    assert expected == re.findall(r"^## (.+)$", text, re.MULTILINE)


def test_every_dependency_has_its_reason() -> None:
    """The table of decision 0012 names what pyproject.toml names, and nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    requirements = sum(groups, start=project["project"]["dependencies"])
    record = (ADR / "0012-dependencies.md").read_text(encoding="utf-8")
    table = record.partition("## Outcome")[2].partition("## Consequences")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    assert {re.split(r"[^A-Za-z0-9-]", text)[0] for text in requirements} == {
        name for row in rows for name in re.findall(r"`([^`]+)`", row)
    }
