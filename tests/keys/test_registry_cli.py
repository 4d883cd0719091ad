"""`zhengyin registry`: a whole authority from the command line, and what each command refuses."""

import argparse
import json
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import ceremony_commands, pkcs8, registry_cli, registry_commands
from keys.authority_folder import AuthorityFolder
from keys.jwk import Jwk
from keys.passphrase import ENVIRONMENT_VARIABLE
from keys.public_file import public_path
from keys.publication import ListFiles
from keys.published import read_tree
from schemas.errors import CommandError, TrustError, ZhengyinError
from schemas.status_list import Status, StatusList
from tests.world import DAY, NOW
from zhengyin import shielded

Run = Callable[..., str]

PASSPHRASE = b"a passphrase"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Time stands still until a test moves it."""
    now = [NOW]
    for module in (registry_commands, ceremony_commands):
        monkeypatch.setattr(module, "now", lambda: now[0])
    return now


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with key files; scrypt at a cost for tests."""
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 2**4)
    monkeypatch.chdir(tmp_path)
    Path("pass").write_bytes(PASSPHRASE)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "pass"))
    for name in ("r1", "r2", "r3", "g1", "g2", "snap", "pingjia", "other"):
        private = Ed25519PrivateKey.generate()
        pkcs8.write_private_key(Path(f"{name}.pem"), private, PASSPHRASE)
        public_path(Path(f"{name}.pem")).write_bytes(Jwk.of(private.public_key()).write())
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(line: str, language: str = "en") -> str:
        parser = argparse.ArgumentParser(prog="zhengyin")
        registry_cli.register(parser.add_subparsers())
        args = parser.parse_args(["registry", *shielded(shlex.split(line))])
        args.language = language
        assert 0 == args.run(args)
        return capsys.readouterr().out

    return run


def public(*names: str, role: str = "") -> str:
    option = f"--{role}-key " if role else ""
    return " ".join(f"{option}{name}.pem.jwk.json" for name in names)


INIT = (
    "init A --env prod --origin zs.example.cn --name 示例主管部门 --name-en 'Example authority' "
    f"--edition '2023-06 版' {public('r1', 'r2', 'r3', role='root')} --root-threshold 2 "
    f"{public('g1', 'g2', role='registry')} {public('snap', role='snapshot')}"
)
GRANT = (
    "grant A demo-pingjia --type technical_level --role 评价机构 --occupation 智能制造专业 "
    "--level 初级 --level 中级 --from 2022-01-01 --basis '示例通知 附件1 第1行'"
)


@pytest.fixture
def published(run: Run) -> Run:
    """The authority `A`, with one institution, published once."""
    run(INIT)
    run("add A demo-pingjia 示例机械评价中心（演示） --uscc 52119999DEMA00013H")
    run(GRANT)
    run(f"key A demo-pingjia {public('pingjia')} --from 2025-01-01")
    run("sign A --document root --signer r1.pem --signer file:r3.pem")
    run("sign A --document registry --signer g1.pem")
    run("sign A --document registry --signer g2.pem")
    run("publish A --signer snap.pem")
    return run


def error_of(action: Callable[[], object]) -> ZhengyinError:
    with pytest.raises(ZhengyinError) as caught:
        action()
    for language in ("zh-CN", "en"):
        assert caught.value.message(language)
    return caught.value


def kid(name: str) -> str:
    return Jwk.read(Path(f"{name}.pem.jwk.json").read_bytes()).kid


# The whole way


def test_from_nothing_to_published(run: Run) -> None:
    out = run(INIT)
    assert "root 1 (production)" in out
    assert "root: 2 of 3 sign" in out
    assert "next: each custodian signs: zhengyin registry sign A --document root" in out
    assert "1 institution added" in run("add A demo-pingjia 示例机械评价中心（演示）")
    assert "draft saved" in run(GRANT)
    out = run(f"key A demo-pingjia {public('pingjia')}")
    assert f"kid: {kid('pingjia')}" in out
    assert "1 key added" in out
    assert "good signatures 1, needed 2" in run("sign A --document root --signer r1.pem")
    out = run("sign A --document root --signer r2.pem")
    assert "good signatures 2, needed 2" in out
    assert "next: zhengyin registry publish" in out
    out = run("sign A --document registry --signer g1.pem")
    assert "registry 1 (2023-06 版), SHA-256" in out
    assert "1 institution added" in out
    assert "next" not in out
    assert "next" in run("sign A --document registry --signer g2.pem")
    out = run("publish A --signer snap.pem")
    assert "published: snapshot 1, registry 1, root 1, lists 0" in out
    documents = read_tree(Path("A/published"))
    assert 1 == len(documents.roots)


def test_it_speaks_chinese(published: Run) -> None:
    assert "已发布：快照第 2 版，机构目录第 1 版，根第 1 版，清单 0 份" in published(
        "publish A --signer snap.pem", "zh-CN"
    )
    out = published("show A", "zh-CN")
    assert "示例主管部门 · 2023-06 版 · 正式环境" in out
    assert "编号" in out
    assert "专业技术等级证书 · 评价机构 · 智能制造工程技术人员 · 初级、中级" in out
    assert "本版：无变化" in published("diff A", "zh-CN")


def test_the_table_is_aligned(published: Run) -> None:
    """A 汉字 takes two columns."""
    published("add A demo-jidi 示范继续教育基地")
    lines = published("show A", "zh-CN").splitlines()[1:]
    places = {line.encode("gb18030").index("有效".encode("gb18030")) for line in lines[1:]}
    assert {lines[0].encode("gb18030").index("状态".encode("gb18030"))} == places
    assert "未登记公钥" in lines[2]


def test_a_demo_needs_one_key(run: Run) -> None:
    out = run(
        "init D --env demo --origin localhost:8000 --name 演示 --name-en demo --edition 演示 "
        + public("r1", role="root")
    )
    assert "root 1 (demonstration)" in out
    assert 3 == out.count("1 of 1 sign")
    run("sign D --document root --signer r1.pem")
    run("sign D --document registry --signer r1.pem")
    assert "published" in run("publish D --signer r1.pem")


def test_the_real_directory_comes_in(run: Run) -> None:
    run(INIT)
    assert "34 institutions added" in run("import A --directory bj-2023-91")
    assert "draft saved" not in run("import A --directory bj-2023-91")
    out = run("show A")
    assert 34 == out.count("none")
    assert "中国机械工程学会" in out
    assert 40 == out.count("–")


# Changes


def test_the_next_edition_says_what_it_changes(published: Run) -> None:
    published("add A demo-jidi 示范继续教育基地（演示）")
    published("add A demo-xueyuan 样例开放学院（演示）")
    published("set A demo-pingjia --status suspended --on 2025-07-01")
    published("grant A demo-pingjia --suspend 1 --on 2025-06-15")
    published(f"key A demo-pingjia {kid('pingjia')} --compromised --on 2025-06-01T08:00:00+08:00")
    out = published("diff A", "zh-CN")
    assert "本版：新增机构 2，暂停机构 1，暂停资格 1，公钥泄露 1" in out
    assert "2025-07-01" in out
    english = published("diff A")
    assert "2 institutions added, 1 institution suspended, 1 grant suspended" in english
    draft = AuthorityFolder(Path("A")).draft()
    (key,) = draft.institutions[0].keys
    assert int(datetime(2025, 6, 1, tzinfo=UTC).timestamp()) == key.compromised_at
    assert "compromised" == key.state


def test_a_resumed_grant_leaves_the_gap(published: Run) -> None:
    published("grant A demo-pingjia --suspend 1 --on 2025-06-15")
    published("grant A demo-pingjia --resume 1 --on 2025-09-01")
    (institution,) = AuthorityFolder(Path("A")).draft().institutions
    for day, expected in (("2025-06-14", True), ("2025-06-15", False), ("2025-08-31", False)):
        assert expected == any(grant.covers_day(day) for grant in institution.grants)
    assert any(grant.covers_day("2025-09-01") for grant in institution.grants)


def test_a_renamed_institution_keeps_its_old_name_for_old_days(published: Run) -> None:
    published("set A demo-pingjia --name 示例智能评价中心（演示） --on 2025-07-01")
    (institution,) = AuthorityFolder(Path("A")).draft().institutions
    assert "示例机械评价中心（演示）" == institution.name_on("2025-06-30")
    assert "示例智能评价中心（演示）" == institution.name_on("2025-07-01")
    assert "institution renamed" in published("diff A")


def test_a_key_is_retired_and_followed_by_another(published: Run) -> None:
    published(f"key A demo-pingjia {public('other')} --from 2025-07-01 --planned")
    published(f"key A demo-pingjia {kid('pingjia')} --retire --on 2025-07-15")
    old, new = AuthorityFolder(Path("A")).draft().institutions[0].keys
    assert ("retired", "planned") == (old.state, new.state)
    assert int(datetime(2025, 7, 15, tzinfo=UTC).timestamp()) == old.sign_until
    assert "2025-07-15 retired" in published("show A")


def test_a_key_that_was_always_in_other_hands(published: Run) -> None:
    published(f"key A demo-pingjia {kid('pingjia')} --compromised-always --reason 备份被盗")
    (key,) = AuthorityFolder(Path("A")).draft().institutions[0].keys
    assert ("compromised", None, "备份被盗") == (key.state, key.compromised_at, key.reason)


def test_a_key_id_that_looks_like_an_option(published: Run) -> None:
    jwk = Jwk.of(Ed25519PrivateKey.generate().public_key())
    while not jwk.kid.startswith("-"):
        jwk = Jwk.of(Ed25519PrivateKey.generate().public_key())
    Path("dashed.jwk.json").write_bytes(jwk.write())
    published("key A demo-pingjia dashed.jwk.json")
    published(f"key A demo-pingjia {jwk.kid} --compromised-always --reason 备份被盗")
    key = AuthorityFolder(Path("A")).draft().institutions[0].keys[-1]
    assert (jwk.kid, "compromised") == (key.kid, key.state)
    assert ["--on", "--root-threshold", "--threshold", "-h", "-"] == shielded(
        ["--on", "--root-threshold", "--threshold", "-h", "-"]
    )


def test_the_edition_is_named(published: Run) -> None:
    published("set A --edition '2025-06 版'")
    assert "2025-06 版" in published("show A")
    assert "2023-06 版" in published("show A --published")


def test_editing_voids_signatures(published: Run, clock: list[int]) -> None:
    clock[0] += DAY
    published("set A --edition '2025-06 版'")
    published("sign A --document registry --signer g1.pem --signer g2.pem")
    published("set A --edition '2025-07 版'")
    assert "registry 1," in published("publish A --signer snap.pem")


def test_what_waits_is_said(published: Run) -> None:
    published("set A --edition '2025-06 版'")
    published("sign A --document registry --signer g1.pem")
    out = published("publish A --signer snap.pem")
    assert "still waiting for signatures" in out
    assert "registry 2: good signatures 1, needed 2" in out


# Custodians elsewhere, a new root, lists, the bundle


def test_a_custodian_signs_elsewhere(published: Run) -> None:
    published("set A --edition '2025-06 版'")
    out = published("sign A --document registry --export stick")
    assert "there run zhengyin registry sign stick --document registry" in out
    assert "registry 2" in published("sign stick --document registry --signer g2.pem")
    published("sign A --document registry --signer g1.pem")
    assert "good signatures 2, needed 2" in published("sign A --document registry --merge stick")
    assert "registry 2," in published("publish A --signer snap.pem")


def test_a_root_is_rotated(published: Run) -> None:
    shown = published("root A")
    assert "root 1 (production)" in shown
    out = published(f"root A --rotate {public('other', 'r2', 'r3', role='root')} --days 365")
    assert "root 2 (production), until 2026-06-02" in out
    assert "registry: 2 of 2" in out
    assert "root 1" in published("root A")
    assert "root 2" in published("root A")
    published("sign A --document root --signer r2.pem --signer r1.pem")
    assert "root 1," in published("publish A --signer snap.pem")
    published("sign A --document root --signer other.pem")
    assert "root 2," in published("publish A --signer snap.pem")


def test_a_first_root_can_be_proposed_again(run: Run) -> None:
    run(INIT)
    run("sign A --document root --signer r1.pem")
    out = run("root A --rotate --root-threshold 1 --next-root-key other.pem.jwk.json")
    assert "root: 1 of 3" in out
    assert "good signatures 0, needed 1" in run("root A")


def test_lists_are_published(published: Run) -> None:
    lists = ListFiles(
        institution="demo-pingjia",
        list_id="2025",
        status=StatusList.of(2, [(0, Status.INVALID)]),
        slots=bytes(20),
    )
    path = Path("out/demo-pingjia/2025.json")
    path.parent.mkdir(parents=True)
    path.write_bytes(lists.write())
    assert "lists 1" in published("publish A --signer snap.pem --lists out")
    error = error_of(lambda: published("publish A --signer snap.pem --lists A/pending"))
    assert "lists_missing" == error.code
    path.write_bytes(b"{}")
    error = error_of(lambda: published("publish A --signer snap.pem --lists out"))
    assert "document_malformed" == error.code


def test_the_bundle_is_copied(published: Run) -> None:
    assert "wrote usb.zip" in published("bundle A usb.zip")
    assert read_tree(Path("A/published")) == read_tree(Path("usb.zip"))


def test_a_slot_is_reinstated(published: Run) -> None:
    published("reinstate A demo-pingjia 2025 7")
    published("reinstate A demo-pingjia 2025 7")
    (one,) = AuthorityFolder(Path("A")).draft().reinstated
    assert ("demo-pingjia", "2025", 7) == (one.institution, one.list, one.idx)


# Refusals


REFUSALS = {
    "a folder that is none": ("authority_missing", "show B"),
    "a second beginning": ("authority_exists", INIT),
    "an unknown institution": ("institution_unknown", GRANT.replace("demo-pingjia", "demo-x")),
    "an institution twice": ("institution_exists", "add A demo-pingjia 另一机构"),
    "an id with capitals": ("institution_id", "add A Demo 机构"),
    "the same grant twice": ("grant_exists", GRANT),
    "a grant of the wrong role": ("grant_role_unfit", GRANT.replace("评价机构", "培训机构")),
    "an unknown occupation": ("grant_occupation_unknown", GRANT.replace("智能制造专业", "炼金")),
    "an unknown level": ("grant_level_unknown", GRANT.replace("初级", "特高")),
    "a day that is none": ("day_malformed", GRANT.replace("2022-01-01", "2022-02-30")),
    "a grant that is not there": ("grant_unknown", "grant A demo-pingjia --end 2"),
    "an unknown kid": ("key_unknown", "key A demo-pingjia AAAAAAAAAAA --retire"),
    "a key of another": ("key_exists", f"key A demo-pingjia {public('pingjia')}"),
    "a key that ends first": (
        "key_window",
        f"key A demo-pingjia {public('other')} --from 2025-02-01 --until 2025-01-01",
    ),
    "a time that is none": ("day_malformed", f"key A demo-pingjia {public('other')} --from x"),
    "an unknown directory": ("directory_unknown", "import A --directory bj-1999"),
    "a file that is not there": ("import_missing", "import A none.csv"),
    "nothing to import": ("usage", "import A"),
    "half a grant": ("usage", "grant A demo-pingjia --type ce_training"),
    "nothing to set": ("usage", "set A demo-pingjia"),
    "signing and exporting": ("usage", "sign A --document root --signer r1.pem --export x"),
    "a signer of another role": (
        "signer_not_in_role",
        "sign A --document registry --signer r1.pem",
    ),
    "no root to sign": ("nothing_to_sign", "sign A --document root --signer r1.pem"),
    "a snapshot by another": ("signer_not_in_role", "publish A --signer g1.pem"),
    "too few keys": ("threshold_too_high", "root A --rotate --root-threshold 4"),
    "an unknown type": ("certificate_type_unknown", GRANT.replace("technical_level", "x")),
    "a list that is none": ("document_malformed", "reinstate A demo-pingjia x 1"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_changes_nothing(published: Run, case: str) -> None:
    code, line = REFUSALS[case]
    folder = AuthorityFolder(Path("A"))
    before = (folder.draft(), read_tree(folder.published_path))
    assert code == error_of(lambda: published(line)).code
    assert before == (folder.draft(), read_tree(folder.published_path))


def test_before_the_first_publication(run: Run) -> None:
    run(INIT)
    for line in ("show A --published", "bundle A x.zip"):
        assert "nothing_published" == error_of(lambda line=line: run(line)).code  # type: ignore[misc]
    error = error_of(lambda: run("publish A --signer snap.pem"))
    assert "signatures_missing" == error.code
    assert "zhengyin registry sign" in error.hint("zh-CN")


def test_a_production_root_names_all_roles(run: Run) -> None:
    line = INIT.replace(public("snap", role="snapshot"), "")
    assert "role_keys_missing" == error_of(lambda: run(line)).code
    assert not Path("A").exists()


def test_a_damaged_draft_is_said(published: Run) -> None:
    path = Path("A/registry.draft.json")
    whole = json.loads(path.read_text())
    for text in ("{", "[" * 5000, "[]", json.dumps(whole | {"institutions": [{}]})):
        path.write_text(text)
        error = error_of(lambda: published("show A"))
        assert isinstance(error, TrustError)
        assert "document_malformed" == error.code


def test_a_wrong_passphrase(published: Run) -> None:
    Path("pass").write_bytes(b"wrong passphrase")
    error = error_of(lambda: published("publish A --signer snap.pem"))
    assert isinstance(error, CommandError)
    assert "key_file_wrong_passphrase" == error.code
