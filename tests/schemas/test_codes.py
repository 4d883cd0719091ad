"""The table of codes is whole, speaks both languages alike, and every code of the source is in it."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

import pytest

from schemas import codes, errors
from schemas.codes import LANGUAGES, Section
from schemas.errors import (
    CommandError,
    MalformedError,
    TrustError,
    VerificationError,
    ZhengyinError,
)
from verifier.verify import STEPS

ROOT = Path(__file__).parents[2]
PACKAGES = ("issuer", "keys", "schemas", "verifier")

ENTRIES: dict[str, tuple[Section, str]] = {
    f"{section}.{code}": (section, code)
    for section, entries in codes.table().items()
    for code in entries
}

# The table of verdicts: outcome → its codes.
VERDICTS = {
    "valid": "ok",
    "revoked": "revoked replaced",
    "suspended": "suspended",
    "expired": "expired",
    "invalid": "malformed bad_signature issuer_unknown issuer_key_mismatch outside_key_window "
    "issued_in_future out_of_scope not_in_issued_list backdated key_compromised "
    "disclosure_mismatch printed_text_differs",
    "undecided": "no_registry registry_expired issuer_newer_than_registry issued_after_snapshot "
    "unsupported_version clock_behind",
    "not_ours": "foreign_code",
}
WARNINGS = (
    "issuer_suspended_now grant_ended registry_stale status_not_loaded issued_list_not_loaded "
    "key_later_compromised_but_logged_before foreign_host"
)


def entry(name: str) -> dict[str, Any]:
    section, code = ENTRIES[name]
    return codes.table()[section][code]


def blanks(text: str) -> set[str]:
    """The names of the `{blanks}` of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def all_blanks(name: str) -> set[str]:
    """Those of the sentence and the hint."""
    hints = entry(name).get("hint", {})
    return {one for lang in LANGUAGES for one in blanks(entry(name)[lang] + hints.get(lang, ""))}


# The table itself


def test_every_verdict_has_its_code_and_every_code_its_outcome() -> None:
    expected = {code: outcome for outcome, listed in VERDICTS.items() for code in listed.split()}
    assert expected == {code: codes.outcome(code) for code in codes.table()["verification"]}
    assert set(VERDICTS) == set(codes.table()["outcomes"])


def test_every_warning_is_there() -> None:
    assert set(WARNINGS.split()) == set(codes.table()["warnings"])


def test_every_step_has_a_name() -> None:
    assert list(STEPS) == list(codes.table()["steps"])


def test_every_reason_is_an_exception_and_every_exception_a_code() -> None:
    assert set(codes.table()["verification"]) - {"ok"} == set(errors.VERIFICATION_ERRORS)
    subclasses = VerificationError.__subclasses__()
    assert len(subclasses) == len(errors.VERIFICATION_ERRORS)
    assert {one.code for one in subclasses} == set(errors.VERIFICATION_ERRORS)


@pytest.mark.parametrize("name", ENTRIES)
def test_both_languages_say_the_same(name: str) -> None:
    """Each has a sentence, and a hint where the other has one, with the same blanks."""
    texts = [entry(name)] + ([entry(name)["hint"]] if "hint" in entry(name) else [])
    for text in texts:
        zh, en = text["zh-CN"], text["en"]
        assert zh.strip() == zh
        assert en.strip() == en
        assert zh
        assert en
        assert re.search(r"[\u4e00-\u9fff]", zh), "no Chinese"
        assert not re.search(r"[\u3000-\u303f\uff00-\uffef]", en), "Chinese punctuation"
        assert blanks(zh) == blanks(en)
    assert set(entry(name)) <= {"zh-CN", "en", "hint", "outcome", "mark", "id", "severity"}


@pytest.mark.parametrize("name", ENTRIES)
def test_blanks_are_plain_names(name: str) -> None:
    """`{0}`, `{a.b}` and `{a!r}` would let a detail decide what is shown."""
    section, code = ENTRIES[name]
    for blank in all_blanks(name):
        assert blank.isidentifier()
    filled = dict.fromkeys(all_blanks(name), "<word>")
    for language in LANGUAGES:
        said = codes.sentence(section, code, language, **filled)
        advice = codes.hint(section, code, language, **filled)
        expected = len(re.findall(r"\{\w+\}", entry(name)[language].replace("{{", "")))
        assert expected == said.count("<word>")
        assert "{{" not in said + advice


@pytest.mark.parametrize("name", ENTRIES)
def test_a_sentence_is_one_line_without_a_full_stop(name: str) -> None:
    for text in (entry(name), entry(name).get("hint", {})):
        for language in LANGUAGES:
            assert not re.search(r"[.。\s]$|\n", text.get(language, ""))


def test_every_refusal_says_what_to_do() -> None:
    """By its hint, unless the sentence lists what is possible or nothing is to be done."""
    silent = {
        code
        for section in ("verification", "trust", "command")
        for code, said in codes.table()[section].items()
        if "hint" not in said
    }
    listed = {"grant_role_unfit", "grant_level_unknown", "directory_unknown"}
    listed |= {"certificate_type_unknown"}
    assert silent - listed == {"ok", "status_unchanged", "correction_refused"}


@pytest.mark.parametrize("code", codes.table()["roster"])
def test_a_finding_has_its_rule_and_its_severity(code: str) -> None:
    found = codes.table()["roster"][code]
    assert re.fullmatch(r"[EFW][0-9]{2}", found["id"])
    assert found["severity"] in ("error", "warning", "notice")


@pytest.mark.parametrize("code", codes.table()["outcomes"])
def test_an_outcome_has_its_mark(code: str) -> None:
    assert codes.table()["outcomes"][code]["mark"] in "✓✕!?"


def test_the_software_does_not_judge_people() -> None:
    """It says what a certificate is, never that somebody forged it."""
    word = "假" + "证"
    assert not [path for path in sources() if word in path.read_text(encoding="utf-8")]
    table = (ROOT / "schemas" / "codes.json").read_text(encoding="utf-8").lower()
    judgements = (word, "伪" + "造", "造" + "假", "forge", "fake", "counterfeit")
    assert not [judgement for judgement in judgements if judgement in table]


# Filling the blanks


def test_a_sentence_with_its_blanks_filled() -> None:
    assert "证书已换发：请查看新证书 PJ2" == codes.sentence(
        "verification", "replaced", "zh-CN", replaced_by="PJ2"
    )
    assert "the certificate was replaced by PJ2" == codes.sentence(
        "verification", "replaced", "en", replaced_by="PJ2"
    )


def test_a_blank_that_nothing_fills_is_left_out() -> None:
    assert "非本系统证书" == codes.sentence("verification", "foreign_code", "zh-CN")
    assert "not a certificate of this system" == codes.sentence(
        "verification", "foreign_code", "en", detail=""
    )


def test_braces_in_a_detail_are_only_characters() -> None:
    said = MalformedError("{detail} {0} {x.__class__}").message("en")
    assert said.endswith(": {detail} {0} {x.__class__}")


def test_a_code_without_a_hint_has_none() -> None:
    assert "" == codes.hint("verification", "ok", "en")


def test_an_error_says_its_sentence() -> None:
    error = TrustError("snapshot_rollback", was=7, now=6)
    assert "the snapshot is older than the one at hand: 7 → 6" == str(error)
    assert "快照比已有的旧：7 → 6" == error.message("zh-CN")
    assert "refresh from another source, and report it to the authority" == error.hint("en")


def test_a_detail_is_said_in_the_language_of_its_sentence() -> None:
    full = CommandError("cannot_write", "No space left on device", path="a")
    assert "无法写入 a：磁盘空间不足" == full.message("zh-CN")
    assert "cannot write a: No space left on device" == full.message("en")
    assert "根文件不连续：第 3 版根文件接在第 1 版之后" == TrustError(
        "root_gap", "root 3 after 1"
    ).message("zh-CN")
    assert "a：没有权限" == codes.detail_in_chinese("a: Permission denied")
    assert "nobody translated this: a" == codes.detail_in_chinese("nobody translated this: a")


def test_several_things_are_listed() -> None:
    error = CommandError("certificate_type_unknown", name="c", known=("a", "b"))
    assert error.message("zh-CN").endswith("应为：a、b")
    assert error.message("en").endswith("known types: a, b")


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        CommandError("no_such_code")
    with pytest.raises(KeyError):
        codes.outcome("no_such_code")


# The source


class Site(NamedTuple):
    """A place in the source that names a code."""

    where: str
    name: str
    """`section.code`."""
    given: frozenset[str] | None
    """The blanks that it fills; None: more than can be read off."""


SECTIONS: dict[str, Section] = {
    "CommandError": "command",
    "RosterError": "command",
    "TrustError": "trust",
    "finding": "roster",
    "Problem": "roster",
    "warn": "warnings",
    "Caution": "warnings",
}
CODE_AT = {"Problem": 1}  # which argument is the code; elsewhere the first
LATER = {"finding": {"label"}, "Problem": {"label"}, "RosterError": {"name"}}  # filled by others
REASONS = {one.__name__: code for code, one in errors.VERIFICATION_ERRORS.items()}


@cache
def sources() -> tuple[Path, ...]:
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return (*sorted(found), ROOT / "zhengyin.py")


def called(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def literals(node: ast.expr) -> list[str]:
    """The codes that an argument may be, as far as they are written out."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def given(call: ast.Call, name: str, code_at: int) -> frozenset[str] | None:
    """The blanks that a call fills."""
    names = {keyword.arg for keyword in call.keywords}
    rest = call.args[code_at + 1 :]
    if name == "Problem" or None in names:
        members = rest[0] if rest else None
        if not isinstance(members, ast.Dict):
            return None
        names |= {key.value for key in members.keys if isinstance(key, ast.Constant)}  # type: ignore[misc]
    elif rest:
        names.add("detail")
    return frozenset(one for one in names if one) | LATER.get(name, set())


def sites_of(node: ast.AST, where: str) -> Iterator[Site]:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in REASONS:
        yield Site(where, f"verification.{REASONS[node.exc.id]}", frozenset())
    if not isinstance(node, ast.Call):
        return
    name = called(node.func)
    if name in REASONS:
        yield Site(where, f"verification.{REASONS[name]}", given(node, name, -1))
    if name in SECTIONS:
        at = CODE_AT.get(name, 0)
        for code in literals(node.args[at]) if len(node.args) > at else ():
            yield Site(where, f"{SECTIONS[name]}.{code}", given(node, name, at))


@cache
def sites() -> tuple[Site, ...]:
    return tuple(
        site
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for site in sites_of(node, f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    )


def test_the_search_finds_what_there_is() -> None:
    """Else the next tests would pass over everything."""
    named = {site.name for site in sites()}
    expected = {"trust.snapshot_rollback", "verification.backdated", "command.usage"}
    assert expected | {"roster.grant_missing", "warnings.foreign_host"} <= named
    assert {"command.roster_encrypted", "command.roster_old_xls"} <= named


def test_every_code_of_the_source_is_in_the_table() -> None:
    assert not [f"{site.where}: {site.name}" for site in sites() if site.name not in ENTRIES]


def test_every_blank_is_filled_where_the_code_is_raised() -> None:
    """A detail may be missing where it ends the sentence: there it is cut off, colon and all."""
    found = []
    for site in sites():
        if site.name in ENTRIES and site.given is not None:
            missing = all_blanks(site.name) - site.given
            if all(entry(site.name)[language].endswith("{detail}") for language in LANGUAGES):
                missing -= {"detail"}
            found += [f"{site.where}: {site.name} without {name}" for name in sorted(missing)]
    assert not found


def test_every_code_of_the_table_is_in_the_source() -> None:
    """What nothing says any more is taken out."""
    words = {
        node.value
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    built = {
        "direction_unknown",
        "direction_unlisted",
    }  # issuer/roster/rules.py: f"direction_{state}"
    data = "".join(
        path.read_text(encoding="utf-8") for path in ROOT.glob("schemas/types/**/*.json")
    )
    unused = {code for _, code in ENTRIES.values() if code not in words | built}
    assert not {code for code in unused if f'"{code}"' not in data}


def subclasses(base: type[ZhengyinError]) -> Iterator[type[ZhengyinError]]:
    for one in base.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_exception_has_a_code_of_its_section() -> None:
    for package in PACKAGES:
        folder = importlib.import_module(package)
        for module in pkgutil.walk_packages(folder.__path__, f"{package}."):
            importlib.import_module(module.name)
    named = [one for one in subclasses(ZhengyinError) if one.code]
    assert not [one for one in named if one.code not in codes.table()[one.section]]
    assert len(named) > len(REASONS)
