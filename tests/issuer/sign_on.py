"""A small OpenID Connect provider on a real socket: honest unless a test makes it lie."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

CLIENT, SECRET = "zhengyin", "a secret for tests only"
Claims = dict[str, Any]


@dataclass(slots=True)
class Person:
    """Who signs in at the provider."""

    sub: str = "1001"
    email: str = "clerk@example.org"
    email_verified: bool = True
    more: Claims = field(default_factory=dict)


@dataclass(slots=True)
class Identity:
    """The provider; what is set to something else than its default is a lie."""

    now: Callable[[], float]
    address: str = ""
    person: Person = field(default_factory=Person)
    algorithm: str = "RS256"
    lie: Callable[[Claims], None] = lambda _claims: None
    sign: Callable[["Identity", Claims], str] | None = None
    metadata: Claims = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def new_key(self) -> None:
        """Sign with another key from now on."""
        kid = secrets.token_hex(4)
        options = {"kid": kid, "use": "sig"}
        key = (
            RSAKey.generate_key(2048, options)
            if self.algorithm == "RS256"
            else OKPKey.generate_key("Ed25519", options)
        )
        self.keys = {kid: key}

    def discovery(self) -> Claims:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": [self.algorithm],
        } | self.metadata

    def jwks(self) -> Claims:
        return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}

    def authorize(self, address: str) -> str:
        """A person signs in at the address to which the service has sent them; where they go then."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert "code" == asked["response_type"]
        assert "S256" == asked["code_challenge_method"]
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, Claims]:
        """Give an ID token for a code, once, to whoever began."""
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _encoded(verifier)
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        if asked is None or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(self.now())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": self.person.sub,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": self.person.email,
            "email_verified": self.person.email_verified,
        } | self.person.more
        self.lie(claims)
        sign = self.sign or signed
        return 200, {
            "access_token": secrets.token_urlsafe(8),
            "token_type": "Bearer",
            "id_token": sign(self, claims),
        }


def signed(identity: Identity, claims: Claims) -> str:
    """As it should be."""
    [(kid, key)] = identity.keys.items()
    header = {"alg": identity.algorithm, "kid": kid}
    return jwt.encode(header, claims, key, algorithms=[identity.algorithm])


def unsigned(identity: Identity, claims: Claims) -> str:
    """`alg` none."""
    return _signing_input(identity, "none", claims) + "."


def signed_with_the_public_key(identity: Identity, claims: Claims) -> str:
    """HS256 under the text of the public key, for whoever takes the algorithm from the token."""
    [key] = identity.keys.values()
    signing_input = _signing_input(identity, "HS256", claims)
    secret = key.as_pem(private=False)
    made = hmac.digest(secret, signing_input.encode(), "sha256")
    return f"{signing_input}.{_encoded(made)}"


def _signing_input(identity: Identity, algorithm: str, claims: Claims) -> str:
    header = {"alg": algorithm, "kid": next(iter(identity.keys))}
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed_by_a_stranger(identity: Identity, claims: Claims) -> str:
    """With a key that only has the name of the provider's."""
    kid = next(iter(identity.keys))
    key = RSAKey.generate_key(2048, {"kid": kid})
    return jwt.encode({"alg": "RS256", "kid": kid}, claims, key, algorithms=["RS256"])


@contextmanager
def identity_provider(now: Callable[[], float] = time.time) -> Iterator[Identity]:
    """A provider that answers until the end of the block."""
    identity = Identity(now=now)
    identity.new_key()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            identity.asked.append(self.path)
            pages = {
                "/.well-known/openid-configuration": identity.discovery,
                "/keys": identity.jwks,
            }
            self._answer(200, pages[self.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*identity.token(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, content: Claims) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    identity.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield identity
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
