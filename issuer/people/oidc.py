"""Single sign-on (OpenID Connect Core 1.0): authorization code with PKCE, state and nonce.

What a sign-in has begun with travels in the browser, sealed; nothing is kept here. Whom the
provider names is an account by `{issuer}#{sub}`. The first time, it is the account whose login is
the e-mail address that the provider has verified; after that the address has no say. An account
that is reset forgets whom it was linked to.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from sqlmodel import Session, select

from issuer.running.settings import OidcSetting, is_private
from issuer.tables import Account
from issuer.vault import Vault
from schemas import base64url, strict_json
from schemas.errors import CommandError, MalformedError

LIFE = 600  # seconds that a person has to sign in at the provider
TIMEOUT = 10  # seconds to wait for the provider
LEEWAY = 60  # seconds that its clock may be off
FRESH = 3600  # seconds that its metadata and keys are used before they are asked for again

ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})
"""Signatures only: `none`, and secrets that both sides know, are no proof of who has signed."""

MULTI_FACTOR = frozenset(
    {
        "https://refeds.org/profile/mfa",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "phrh",  # phishing-resistant, hardware-protected (OpenID Connect EAP ACR Values 1.0)
    }
)
"""Values of `acr` that say that two factors were given; `amr` says it as `mfa` (RFC 8176 §2)."""

_CONTEXT = b"single sign-on under way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in that waits for its answer."""

    state: str
    nonce: str
    verifier: str
    """The secret of PKCE (RFC 7636)."""
    at: int
    """Seconds."""

    def sealed(self, vault: Vault) -> str:
        """As the browser keeps it."""
        return base64url.encode(vault.seal(strict_json.dumps(asdict(self)), _CONTEXT))


def unsealed(vault: Vault, text: str) -> Begun:
    """What `Begun.sealed` gave.

    Raises:
        CommandError: `sign_on_refused`.
    """
    try:
        opened = vault.open_sealed(base64url.decode(text), _CONTEXT)
    except (MalformedError, CommandError):
        raise CommandError("sign_on_refused", "no sign-in was begun here") from None
    return Begun(**strict_json.loads_object(opened))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom the provider has named."""

    subject: str
    """`{issuer}#{sub}`."""
    email: str
    """Verified, small letters; empty where there is none."""
    two_factors: bool


class Provider:
    """The provider of the settings.

    Args:
        setting: which one, and who we are there.
        redirect_uri: where it sends the browser back to.
        clock: seconds since 1970.
    """

    def __init__(self, setting: OidcSetting, redirect_uri: str, clock: Callable[[], float]) -> None:
        self._setting = setting
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._lock = threading.Lock()
        self._asked = 0.0
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None

    def begin(self, now: datetime) -> tuple[str, Begun]:
        """Where to send the browser, and what to keep until it comes back.

        Raises:
            CommandError: `sign_on_unavailable`.
        """
        begun = Begun(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            at=int(now.timestamp()),
        )
        metadata, _ = self._known()
        with self._client() as client:
            address, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return str(address), begun

    def finish(self, begun: Begun, answer: Mapping[str, str], now: datetime) -> Person:
        """Whom the provider names in its answer to `begun`.

        Args:
            begun: as the browser has kept it.
            answer: the parameters of the address that it came back to.
            now: aware.

        Raises:
            CommandError: `sign_on_refused`, `sign_on_unavailable`.
        """
        seconds = int(now.timestamp())
        if not begun.at <= seconds < begun.at + LIFE:
            raise CommandError("sign_on_refused", "it took too long")
        if not secrets.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise CommandError("sign_on_refused", "another sign-in")
        metadata, keys = self._known()
        if answer.get("iss", metadata["issuer"]) != metadata["issuer"]:  # RFC 9207 §2.4
            raise CommandError("sign_on_refused", "another provider")
        if "code" not in answer:
            raise CommandError("sign_on_refused", "the provider did not let you in")
        token = self._exchange(metadata, answer["code"], begun.verifier)
        try:
            try:
                claims = self._claims(token, keys, metadata, begun.nonce, seconds)
            except InvalidKeyIdError:  # a newer key than we have seen
                metadata, keys = self._known(anew=True)
                claims = self._claims(token, keys, metadata, begun.nonce, seconds)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise CommandError("sign_on_refused", f"ID token: {_said(error)}") from None
        return _person(claims)

    def _exchange(self, metadata: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        try:
            with self._client() as client:
                token: dict[str, Any] = client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
        except httpx2.HTTPError as error:
            raise CommandError("sign_on_unavailable", _said(error)) from None
        except (AuthlibBaseError, ValueError) as error:
            raise CommandError("sign_on_refused", f"code: {_said(error)}") from None
        return token

    def _claims(
        self,
        token: Mapping[str, Any],
        keys: KeySet,
        metadata: Mapping[str, Any],
        nonce: str,
        now: int,
    ) -> dict[str, Any]:
        """The claims of the ID token (OpenID Connect Core §3.1.3.7)."""
        supported = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        allowed = sorted(ALGORITHMS & set(supported))
        decoded = jwt.decode(token["id_token"], keys, algorithms=allowed)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self._setting.client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            {
                "nonce": nonce,
                "client_id": self._setting.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=now, leeway=LEEWAY)
        return dict(claims)

    def _known(self, *, anew: bool = False) -> tuple[dict[str, Any], KeySet]:
        """The provider's metadata (OpenID Connect Discovery 1.0 §4) and keys."""
        with self._lock:
            now = self._clock()
            if self._keys is None or anew or now - self._asked > FRESH:
                self._metadata, self._keys = self._ask()
                self._asked = now
            return self._metadata, self._keys

    def _ask(self) -> tuple[dict[str, Any], KeySet]:
        address = f"{self._setting.issuer}/.well-known/openid-configuration"
        try:
            with self._client() as client:
                metadata = _json(client.request("GET", address, withhold_token=True))
                if str(metadata["issuer"]).rstrip("/") != self._setting.issuer:
                    raise CommandError("sign_on_unavailable", "it calls itself otherwise")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    if not is_private(metadata[name]):
                        raise CommandError("sign_on_unavailable", f"{name} is not https")
                keys: Any = _json(client.request("GET", metadata["jwks_uri"], withhold_token=True))
                return metadata, KeySet.import_key_set(keys)
        except (httpx2.HTTPError, JoseError, ValueError, TypeError, KeyError) as error:
            raise CommandError("sign_on_unavailable", _said(error)) from None

    def _client(self) -> Any:
        return OAuth2Client(
            client_id=self._setting.client_id,
            client_secret=self._setting.client_secret,
            redirect_uri=self._redirect_uri,
            scope="openid email profile",
            code_challenge_method="S256",
            timeout=TIMEOUT,
            follow_redirects=False,
        )


def _person(claims: Mapping[str, Any]) -> Person:
    amr, acr = claims.get("amr"), claims.get("acr")
    both = isinstance(amr, list) and "mfa" in amr
    verified = claims.get("email_verified") is True
    return Person(
        subject=f"{claims['iss']}#{claims['sub']}",
        email=str(claims.get("email") or "").strip().lower() if verified else "",
        two_factors=both or (isinstance(acr, str) and acr in MULTI_FACTOR),
    )


def _json(answer: Any) -> dict[str, Any]:
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _said(error: Exception) -> str:
    """The kind of an error: its text may have a token in it."""
    return type(error).__name__


def account_of(session: Session, person: Person) -> Account:
    """The account of whom the provider has named, linked if this is the first time.

    Raises:
        CommandError: `sign_on_unknown`.
    """
    account = session.exec(select(Account).where(Account.subject == person.subject)).first()
    if account is None and person.email:
        wanted = select(Account).where(Account.login == person.email)
        account = session.exec(wanted.with_for_update()).first()
        if account is not None and account.subject is not None:
            account = None  # it is somebody else's by now
    if account is None or not account.active:
        raise CommandError("sign_on_unknown")
    return account


def link(account: Account, person: Person) -> bool:
    """Note whose account it is; False where that is known. A password to hand over is void then."""
    if account.subject is not None:
        return False
    account.subject = person.subject
    if account.new_password:
        account.password, account.new_password = "", False
    return True
