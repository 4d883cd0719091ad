"""The service's settings: what is read, and what a demonstration may do that production may not."""

from dataclasses import replace
from pathlib import Path

import pytest

from issuer.db import sqlite_url, transaction
from issuer.running.service import Service
from issuer.running.settings import (
    DEMO_PASSPHRASE,
    OidcSetting,
    Settings,
    SignerSetting,
    read_settings,
    require_safe,
)
from issuer.tables import Setting
from tests.issuer.desk import settle
from tests.refused import code_of


def settings(folder: Path, **values: object) -> Settings:
    """Safe ones, but for `values`."""
    made = Settings(
        home=folder,
        database_url="sqlite://",
        trust=folder / "trust",
        url="https://office.example",
        signers={},
    )
    return replace(made, **values)  # type: ignore[arg-type]


def passphrase(folder: Path, text: str) -> Path:
    (folder / "passphrase").write_text(text)
    return folder / "passphrase"


# Production


def test_safe_settings(tmp_path: Path) -> None:
    good = SignerSetting(key="k", passphrase_file=passphrase(tmp_path, "a real one"))
    for made in (
        settings(tmp_path),
        settings(tmp_path, signers={"a": good, "b": SignerSetting(key="pkcs11:x")}, snapshot=good),
        settings(tmp_path, url="http://127.0.0.1:8000"),
        settings(tmp_path, url="http://localhost"),
        settings(tmp_path, url="http://[::1]:8000"),
    ):
        require_safe(made, demo=False)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"second_factor": False}, "ZHENGYIN_SECOND_FACTOR"),
        ({"url": "http://office.example"}, "ZHENGYIN_URL"),
        ({"url": "http://10.0.0.7:8000"}, "ZHENGYIN_URL"),
        ({"url": "http://0.0.0.0:8000"}, "ZHENGYIN_URL"),
        ({"url": "http://127.0.0.1.example"}, "ZHENGYIN_URL"),
        ({"oidc": OidcSetting(issuer="http://login", client_id="x", client_secret="y")}, "OIDC"),
    ],
)
def test_what_only_a_demonstration_may_do(
    tmp_path: Path, values: dict[str, object], name: str
) -> None:
    made = settings(tmp_path, **values)
    require_safe(made, demo=True)
    with pytest.raises(Exception, match=name) as error:
        require_safe(made, demo=False)
    assert "setting_unsafe" == error.value.code  # type: ignore[attr-defined]


@pytest.mark.parametrize("where", ["signers", "snapshot"])
def test_a_demonstrations_passphrase_opens_nothing_in_production(
    tmp_path: Path, where: str
) -> None:
    file = passphrase(tmp_path, f"{DEMO_PASSPHRASE}0123456789abcdef\n")
    one = SignerSetting(key="key.pem", passphrase_file=file)
    made = settings(tmp_path, **{where: {"x": one} if where == "signers" else one})
    require_safe(made, demo=True)
    assert "setting_unsafe" == code_of(lambda: require_safe(made, demo=False))
    missing = replace(one, passphrase_file=tmp_path / "none")
    made = settings(tmp_path, **{where: {"x": missing} if where == "signers" else missing})
    assert "setting_unusable" == code_of(lambda: require_safe(made, demo=False))


def test_the_service_asks_before_it_opens_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trust that is named decides whether it is a demonstration."""
    town = settle(tmp_path)
    made = settings(tmp_path, trust=town.trust, home=tmp_path / "home", second_factor=False)
    asked: list[bool] = []

    def ask(_settings: Settings, *, demo: bool) -> None:
        asked.append(demo)
        require_safe(made, demo=False)

    monkeypatch.setattr("issuer.running.service.require_safe", ask)
    assert "setting_unsafe" == code_of(lambda: Service.open(made))
    assert [True] == asked
    assert not (tmp_path / "home").exists()


def test_a_database_of_another_environment_is_not_opened(tmp_path: Path) -> None:
    """A demonstration's accounts must let nobody into production."""
    town = settle(tmp_path)
    made = settings(
        tmp_path,
        trust=town.trust,
        home=tmp_path / "home",
        database_url=sqlite_url(tmp_path / "issuer.sqlite"),
    )
    with transaction(Service.open(made).engine) as session:
        session.add(Setting(name="environment", value="prod"))
    assert "database_of_another_environment" == code_of(lambda: Service.open(made))


# Reading


def test_everything_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "signers.toml").write_text(
        '[a]\nkey = "a.pem"\npassphrase_file = "p"\n[b]\nkey = "pkcs11:token=b"\n'
    )
    (tmp_path / "secret").write_text(" hidden\n")
    environment = {
        "ZHENGYIN_HOME": str(tmp_path),
        "ZHENGYIN_TRUST": "t",
        "ZHENGYIN_PIN": "root.json",
        "ZHENGYIN_URL": "https://office.example/",
        "ZHENGYIN_AUTHORITY": "authority",
        "ZHENGYIN_SNAPSHOT_KEY": "snapshot.pem",
        "ZHENGYIN_SNAPSHOT_PASSPHRASE_FILE": "p",
        "ZHENGYIN_OIDC_ISSUER": "https://login.example/",
        "ZHENGYIN_OIDC_CLIENT_ID": "zhengyin",
        "ZHENGYIN_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        "ZHENGYIN_SECOND_FACTOR": "off",
        "ZHENGYIN_PROXIES": "10.0.0.1, 10.0.0.2",
        "ZHENGYIN_METRICS_TOKEN_FILE": str(tmp_path / "secret"),
    }
    made = read_settings(environment)
    assert tmp_path / "data.key" == made.data_key
    assert f"sqlite:///{tmp_path}/issuer.sqlite" == made.database_url
    assert (Path("t"), Path("root.json")) == (made.trust, made.pin)
    assert ("https://office.example", True) == (made.url, made.secure)
    assert Path("authority") == made.authority
    assert SignerSetting(key="snapshot.pem", passphrase_file=Path("p")) == made.snapshot
    assert {
        "a": SignerSetting(key=str(tmp_path / "a.pem"), passphrase_file=tmp_path / "p"),
        "b": SignerSetting(key="pkcs11:token=b"),
    } == made.signers
    assert made.oidc is not None
    assert ("https://login.example", "hidden") == (made.oidc.issuer, made.oidc.client_secret)
    assert not made.second_factor
    assert ("10.0.0.1", "10.0.0.2") == made.proxies
    assert "hidden" == made.metrics_token
    other = read_settings(environment | {"ZHENGYIN_DATABASE_URL": "postgresql://x/y"})
    assert "postgresql://x/y" == other.database_url


def test_what_is_not_set_is_the_safe_choice(tmp_path: Path) -> None:
    made = read_settings({"ZHENGYIN_TRUST": "t", "XDG_DATA_HOME": str(tmp_path)})
    assert tmp_path / "zhengyin" / "issuer" == made.home
    assert (True, None, (), None, {}) == (
        made.second_factor,
        made.metrics_token,
        made.proxies,
        made.oidc,
        made.signers,
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ZHENGYIN_TRUST": ""}, "setting_missing"),
        ({"ZHENGYIN_URL": "office.example"}, "setting_unusable"),
        ({"ZHENGYIN_URL": "ftp://office.example"}, "setting_unusable"),
        ({"ZHENGYIN_URL": "https://office.example/path"}, "setting_unusable"),
        ({"ZHENGYIN_SECOND_FACTOR": "no"}, "setting_unusable"),
        ({"ZHENGYIN_METRICS_TOKEN_FILE": "none"}, "setting_unusable"),
        ({"ZHENGYIN_OIDC_ISSUER": "https://login.example"}, "setting_missing"),
        (
            {"ZHENGYIN_OIDC_ISSUER": "https://login.example", "ZHENGYIN_OIDC_CLIENT_ID": "x"},
            "setting_missing",
        ),
        ({"ZHENGYIN_SIGNERS": "bad.toml"}, "setting_unusable"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text('[a]\nname = "no key"\n')
    environment = {"ZHENGYIN_HOME": str(tmp_path), "ZHENGYIN_TRUST": "t"} | change
    assert expected == code_of(lambda: read_settings(environment))


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """A settings object in a message or a traceback gives nothing away."""
    (tmp_path / "secret").write_text("hidden")
    made = read_settings(
        {
            "ZHENGYIN_HOME": str(tmp_path),
            "ZHENGYIN_TRUST": "t",
            "ZHENGYIN_DATABASE_URL": "postgresql://office:hidden@db/office",
            "ZHENGYIN_OIDC_ISSUER": "https://login.example",
            "ZHENGYIN_OIDC_CLIENT_ID": "x",
            "ZHENGYIN_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
            "ZHENGYIN_METRICS_TOKEN_FILE": str(tmp_path / "secret"),
        }
    )
    assert "hidden" not in repr(made)
