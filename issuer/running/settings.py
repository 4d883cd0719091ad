"""The service's settings, from the environment; what is unsafe in production is refused at the start.

| variable | what |
|---|---|
| `ZHENGYIN_HOME` | the institution's folder: `issuer.sqlite`, `data.key`, `signers.toml` |
| `ZHENGYIN_DATABASE_URL` | another database, PostgreSQL where several processes share it |
| `ZHENGYIN_TRUST` | the published folder (`/t/`) that certificates are checked against |
| `ZHENGYIN_PIN` | the root document that is trusted; a demonstration needs none |
| `ZHENGYIN_URL` | where people reach the service: `https://certificates.example.cn` |
| `ZHENGYIN_AUTHORITY` | the authority's folder, where this service publishes for it |
| `ZHENGYIN_SNAPSHOT_KEY`, `ZHENGYIN_SNAPSHOT_PASSPHRASE_FILE` | the key that signs snapshots then |
| `ZHENGYIN_SIGNERS` | institutions' keys, a TOML file: `[institution]`, `key`, `passphrase_file` |
| `ZHENGYIN_OIDC_ISSUER`, `…_CLIENT_ID`, `…_CLIENT_SECRET_FILE` | single sign-on; the provider sends browsers back to `{ZHENGYIN_URL}/console/sign-in/oidc/back` |
| `ZHENGYIN_SECOND_FACTOR` | `off` only in a demonstration |
| `ZHENGYIN_PROXIES` | addresses of reverse proxies whose `X-Forwarded-For` is believed |
| `ZHENGYIN_METRICS_TOKEN_FILE` | what asks for `/metrics` from another machine must show |
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from issuer.db import sqlite_url
from schemas.errors import CommandError

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerSetting:
    """An institution's key, and the passphrase with which it is opened at the start."""

    key: str
    """A file or URI, as `keys.signer.open_signer` takes it."""
    passphrase_file: Path | None = None
    """None: an officer unlocks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSetting:
    """The provider of single sign-on (OpenID Connect)."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is set outside the database."""

    home: Path
    database_url: str = field(repr=False)
    trust: Path
    pin: Path | None = None
    url: str
    authority: Path | None = None
    snapshot: SignerSetting | None = None
    signers: Mapping[str, SignerSetting]
    oidc: OidcSetting | None = None
    second_factor: bool = True
    proxies: tuple[str, ...] = ()
    metrics_token: str | None = field(default=None, repr=False)

    @property
    def data_key(self) -> Path:
        """The key that encrypts ID numbers; it lies outside the database."""
        return self.home / "data.key"

    @property
    def secure(self) -> bool:
        """Whether browsers come by https: cookies are then for https only."""
        return self.url.startswith("https://")


def default_home(environment: Mapping[str, str]) -> Path:
    """The institution's folder: `ZHENGYIN_HOME`, else in the user's data folder."""
    if named := environment.get("ZHENGYIN_HOME"):
        return Path(named)
    data = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "zhengyin" / "issuer"


def database_url(home: Path, environment: Mapping[str, str]) -> str:
    """The database that is named, else the file in `home`."""
    return environment.get("ZHENGYIN_DATABASE_URL") or sqlite_url(home / "issuer.sqlite")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of an environment.

    Raises:
        CommandError: `setting_missing`, `setting_unusable`.
    """
    home = default_home(environment)
    trust = environment.get("ZHENGYIN_TRUST")
    if not trust:
        raise CommandError("setting_missing", name="ZHENGYIN_TRUST")
    snapshot = environment.get("ZHENGYIN_SNAPSHOT_KEY")
    return Settings(
        home=home,
        database_url=database_url(home, environment),
        trust=Path(trust),
        pin=_path(environment, "ZHENGYIN_PIN"),
        url=_url(environment.get("ZHENGYIN_URL", "http://127.0.0.1:8000")),
        authority=_path(environment, "ZHENGYIN_AUTHORITY"),
        snapshot=SignerSetting(
            key=snapshot, passphrase_file=_path(environment, "ZHENGYIN_SNAPSHOT_PASSPHRASE_FILE")
        )
        if snapshot
        else None,
        signers=_signers(_path(environment, "ZHENGYIN_SIGNERS") or home / "signers.toml"),
        oidc=_oidc(environment),
        second_factor=_switch(environment, "ZHENGYIN_SECOND_FACTOR"),
        proxies=tuple(environment.get("ZHENGYIN_PROXIES", "").replace(",", " ").split()),
        metrics_token=_secret(environment, "ZHENGYIN_METRICS_TOKEN_FILE"),
    )


def require_safe(settings: Settings, *, demo: bool) -> None:
    """Refuse in production what only a demonstration may do.

    Raises:
        CommandError: `setting_unsafe`: no second factor; http from other machines, or to the provider
            of single sign-on; a demonstration's passphrase.
    """
    if demo:
        return
    if not settings.second_factor:
        raise CommandError("setting_unsafe", "off", name="ZHENGYIN_SECOND_FACTOR")
    if not settings.secure and urlsplit(settings.url).hostname not in _LOOPBACK:
        raise CommandError("setting_unsafe", settings.url, name="ZHENGYIN_URL")
    if settings.oidc is not None and not settings.oidc.issuer.startswith("https://"):
        raise CommandError("setting_unsafe", settings.oidc.issuer, name="ZHENGYIN_OIDC_ISSUER")
    for one in (*settings.signers.values(), settings.snapshot):
        file = one.passphrase_file if one else None
        if file is not None and _read(file).startswith(DEMO_PASSPHRASE):
            raise CommandError("setting_unsafe", str(file), name="passphrase_file")


DEMO_PASSPHRASE = "demo-only-"  # noqa: S105 (how every passphrase of a demonstration begins)


def _signers(path: Path) -> dict[str, SignerSetting]:
    """The keys that a file names, relative to it; none where there is no file."""
    if not path.exists():
        return {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _signer(path.parent, entry) for name, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError("setting_unusable", str(error), name=str(path)) from None


def _signer(folder: Path, entry: Mapping[str, str]) -> SignerSetting:
    key, passphrase = entry["key"], entry.get("passphrase_file")
    if ":" not in key:
        key = str(folder / key)
    file = folder / passphrase if passphrase is not None else None
    return SignerSetting(key=key, passphrase_file=file)


def _oidc(environment: Mapping[str, str]) -> OidcSetting | None:
    issuer = environment.get("ZHENGYIN_OIDC_ISSUER")
    if not issuer:
        return None
    if not is_private(issuer):
        raise CommandError("setting_unusable", issuer, name="ZHENGYIN_OIDC_ISSUER")
    client_id = environment.get("ZHENGYIN_OIDC_CLIENT_ID")
    if not client_id:
        raise CommandError("setting_missing", name="ZHENGYIN_OIDC_CLIENT_ID")
    secret = _secret(environment, "ZHENGYIN_OIDC_CLIENT_SECRET_FILE")
    if secret is None:
        raise CommandError("setting_missing", name="ZHENGYIN_OIDC_CLIENT_SECRET_FILE")
    return OidcSetting(issuer=issuer.rstrip("/"), client_id=client_id, client_secret=secret)


def is_private(address: str) -> bool:
    """Whether nobody on the way can change what comes from this address."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "on")
    if value not in ("on", "off"):
        raise CommandError("setting_unusable", value, name=name)
    return value == "on"


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise CommandError("setting_unusable", text, name="ZHENGYIN_URL")
    return text.rstrip("/")


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    path = _path(environment, name)
    return _read(path) if path is not None else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise CommandError("setting_unusable", str(error), name=str(path)) from None
