"""`zhengyin demo` stays in its folder, and a demonstration stays one."""

import shlex
import shutil
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from issuer.demo import commands
from issuer.demo.folder import MARK, fresh
from issuer.demo.people import HOLDERS
from issuer.demo.produce import Produced
from issuer.demo.stories import Told, story
from issuer.roster.id_numbers import PERMANENT_RESIDENCE
from issuer.roster.roster import Checked
from issuer.roster.rules import check_claims
from keys.published import read_tree
from keys.store import TrustStore
from keys.trust import read_root
from schemas import certificate_types
from schemas.errors import CommandError, TrustError
from tests.issuer.demonstration import Made, names, run, verdicts

pytestmark = pytest.mark.usefixtures("elsewhere")

# The folder


def test_nothing_is_written_outside(made: Made) -> None:
    assert ["demo"] == names(made.home / "here")
    assert not (made.home / "home").exists()


def test_keys_and_passphrase_are_the_owners_alone(made: Made) -> None:
    """And it says that they are for nothing else."""
    private = [made.path / "passphrase", *(made.path / "keys").glob("*.pem")]
    assert 10 == len(private)
    assert {0o600} == {path.stat().st_mode & 0o777 for path in private}
    assert 0o700 == (made.path / "keys").stat().st_mode & 0o777
    for path in made.path.rglob("*"):
        if path.is_file() and path not in private:
            assert b"PRIVATE KEY" not in path.read_bytes(), path
    readme = (made.path / "README.md").read_text(encoding="utf-8")
    assert "切勿用于任何正式系统" in readme
    assert "never use them" in readme
    assert (made.path / "passphrase").read_text(encoding="utf-8").startswith("demo-only-")


def test_the_folder_itself_can_be_verified(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else in it is taken for a certificate."""
    _, found = verdicts(capsys, "--trust", made.path / "trust", made.path)
    assert {".pdf", ".png", ".sd-jwt"} == {Path(one["input"]).suffix for one in found}


@pytest.mark.parametrize("what", ["file", "folder"])
def test_another_folder_is_left_alone(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine"
    if what == "folder":
        (mine / "thesis").mkdir(parents=True)
    else:
        mine.write_text("thesis", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    code, _, error = run(capsys, "demo", "--once", "--dir", mine)
    assert 1 == code
    assert f"zhengyin: error: {mine} holds something else" in error
    assert "zhengyin: hint: name a new folder with --dir" in error
    assert before == sorted(tmp_path.rglob("*"))


def test_the_folder_one_stands_in_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo" / "trust").mkdir(parents=True)
    (tmp_path / "demo" / MARK).touch()
    monkeypatch.chdir(tmp_path / "demo" / "trust")
    code, _, error = run(capsys, "demo", "--once", "--dir", "..")
    assert 1 == code
    assert "is where you are" in error


def test_an_earlier_demonstration_is_replaced_whole(tmp_path: Path) -> None:
    for round_ in ("first", "second"):
        with fresh(tmp_path / "demo") as making:
            (making / MARK).touch()
            (making / round_).touch()
    assert [MARK, "second"] == names(tmp_path / "demo")
    assert ["demo"] == names(tmp_path)


def test_a_failure_leaves_the_earlier_one(tmp_path: Path) -> None:
    def remake(text: str, error: OSError | None = None) -> None:
        with fresh(tmp_path / "demo") as making:
            (making / MARK).write_text(text, encoding="utf-8")
            if error is not None:
                raise error

    remake("first")
    with pytest.raises(CommandError) as caught:
        remake("second", OSError(28, "No space left on device"))
    assert "cannot_write" == caught.value.code
    assert "No space left on device" in str(caught.value)
    assert "first" == (tmp_path / "demo" / MARK).read_text(encoding="utf-8")
    assert ["demo"] == names(tmp_path)


# What the command says


def test_the_commands_that_it_names_work(
    made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made.path.parent)
    *lines, serve = made.output.partition("try next:\n")[2].splitlines()
    assert "zhengyin serve --trust demo/trust" == serve.strip()  # which never ends by itself
    assert 2 <= len(lines) <= 5
    codes_ = []
    for line in lines:
        program, *words = shlex.split(line)
        assert "zhengyin" == program
        codes_.append(run(capsys, *words)[0])
    shutil.rmtree(made.path / "tried")
    assert [0, 1, 1, 1] == codes_


def test_a_verdict_that_differs_is_shown() -> None:
    expected = story("01-valid", "真实", "genuine", "qr.png", warnings=("registry_stale",))
    told = Told(story=expected, outcome="revoked", code="revoked", warnings=())
    assert not told.as_expected
    assert "✕ expected ok registry_stale" in commands._table([told], "en")
    assert "✕ 应为 ok registry_stale" in commands._table([told], "zh-CN")


def test_a_verdict_that_differs_fails_the_command(
    made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a demonstration that is at hand, one of whose stories expects the wrong thing."""

    def wrong(directory: Path, **_: object) -> Produced:
        shutil.copytree(made.path, directory, dirs_exist_ok=True)
        good = made.stories()["01-valid"]["file"]
        told = story("05-revoked", "撤销", "revoked", good, "revoked")
        return Produced(stories=(told,), broken=cast("Checked", None))

    monkeypatch.setattr(commands, "produce", wrong)
    code, out, error = run(capsys, "demo", "--once")
    assert 1 == code
    assert "✕ expected revoked" in out
    assert "zhengyin: error: 1 verdicts of the demonstration are not as expected" in error


# Demonstration and earnest


def test_the_root_cannot_be_pinned(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    root = made.path / "trust" / "root" / "1.json"
    assert "demo" == read_root(root.read_bytes()).env
    code, _, error = run(capsys, "pin", root, "--fingerprint", "0" * 64)
    assert 1 == code
    assert TrustError("demo_root_pinned").message("en") in error


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_a_store_for_earnest_takes_no_demonstration(made: Made, tmp_path: Path) -> None:
    """Whoever has pinned a real authority cannot be refreshed into the demonstration's."""
    store = TrustStore(tmp_path / "store")
    store.pin(site_root(made), now=now())
    with pytest.raises(TrustError) as caught:
        store.replace(read_tree(made.path / "trust"), now=now())
    assert "environment_mismatch" == caught.value.code
    assert store.load(now=now()) is None


def test_a_demonstrations_store_takes_no_earnest(made: Made, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "store")
    assert store.replace(read_tree(made.path / "trust"), now=now()).demo
    with pytest.raises(TrustError) as caught:
        store.pin(site_root(made), now=now())
    assert "environment_mismatch" == caught.value.code


def test_verdicts_stay_marked_whatever_is_pinned(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    TrustStore().pin(site_root(made), now=now())
    good = made.path / made.stories()["01-valid"]["file"]
    _, (verdict,) = verdicts(capsys, "--trust", made.path / "trust", good)
    assert verdict["demo"]


def site_root(made: Made) -> bytes:
    """The root of the look-alike site, the one authority here that says `prod`."""
    path = made.path / "stories" / "10-look-alike-site" / "trust" / "root" / "1.json"
    assert "prod" == read_root(path.read_bytes()).env
    return path.read_bytes()


def test_the_look_alikes_own_registry_is_refused(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until somebody pins its root: comparing the fingerprint is what stands between."""
    site = made.path / "stories" / "10-look-alike-site"
    code, out, error = run(capsys, "verify", "--trust", site / "trust", site / "qr.png")
    assert (2, "") == (code, out)
    assert "the authority's root is not pinned" in error
    TrustStore().pin(site_root(made), now=now())
    code, (verdict,) = verdicts(capsys, "--trust", site / "trust", site / "qr.png")
    assert (0, "valid") == (code, verdict["outcome"])


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda one: one.id_number)
def test_demo_numbers_are_refused_in_production(holder: Any) -> None:
    check = partial(check_claims, certificate_types.load("technical_level"), today=date(2026, 6, 1))
    claims = {
        "certificate_number": "PJ2026000001",
        "holder_name": holder.name,
        "id_type": holder.id_type,
        "id_number": holder.id_number,
        "issue_date": "2026-06-01",
        "occupation": "智能制造工程技术人员",
        "direction": "智能装备与产线应用",
        "level": "初级",
        "training_ref": {"issuer": "样例开放学院（演示）", "certificate_number": "PX2026000001"},
    }
    assert [] == check(claims, demo=True)
    assert ["id_demo_in_production"] == [one.code for one in check(claims, demo=False)]
    # A number that a demonstration does not own: the sample of the permanent residence card.
    real = claims | {"id_type": PERMANENT_RESIDENCE, "id_number": "932682198501010017"}
    assert ["id_real_in_demo"] == [one.code for one in check(real, demo=True)]
