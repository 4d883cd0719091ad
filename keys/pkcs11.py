"""Keys that never leave a token: Ed25519 through PKCS #11 (v3.0 §2.3.14 CKM_EDDSA).

Loaded only when a `pkcs11:` address is opened. The token is believed nothing: its public key is
vetted like any other, has to belong to the private one, and every signature is checked before it
is used.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import exceptions
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.mechanisms import KeyType, Mechanism
from pkcs11.types import Object, Session, SignMixin, Token

from keys import jws
from keys.ed25519 import KEY_SIZE, vet_public_key
from keys.jwk import Jwk
from keys.passphrase import PassphraseSource
from keys.pkcs11_uri import Pkcs11Uri, id_attribute
from keys.signer import HeldSigner
from schemas.errors import BadSignatureError, CommandError

CURVES = (b"\x06\x03\x2b\x65\x70", b"\x13\x0cedwards25519")
"""CKA_EC_PARAMS of Ed25519: the OID 1.3.101.112 (RFC 8410 §3), the name (PKCS #11 v3.0 §2.3.10)."""
ID_SIZE = 8  # bytes of a new key's CKA_ID, which ties public and private part together

_OCTET_STRING = b"\x04\x20"  # DER of 32 bytes: how most tokens give CKA_EC_POINT
_PROBE = b"zhengyin: do these two keys belong together?"  # no signing input has a blank

_PIN_REFUSED: dict[type[exceptions.PKCS11Error], str] = {
    exceptions.PinIncorrect: "wrong PIN",
    exceptions.PinInvalid: "wrong PIN",
    exceptions.PinLenRange: "wrong PIN",
    exceptions.PinLocked: "the PIN is locked",
    exceptions.PinExpired: "the PIN has expired",
    exceptions.UserPinNotInitialized: "no PIN is set",
}
_GONE = (
    exceptions.DeviceRemoved,
    exceptions.TokenNotPresent,
    exceptions.SessionClosed,
    exceptions.SessionHandleInvalid,
    exceptions.ObjectHandleInvalid,
    exceptions.KeyHandleInvalid,
    exceptions.UserNotLoggedIn,
)
_PROOF_KEY = os.urandom(32)
_LOGINS: dict[tuple[Path, bytes], bytes] = {}
"""(module, serial number) of each token that this process is logged in to → `_proof` of its PIN."""


class TokenSigner(HeldSigner):
    """Signs with a key that stays in its token."""

    __slots__ = ("_private_key", "_token_name")

    def __init__(self, private_key: SignMixin, jwk: Jwk, token_name: str) -> None:
        super().__init__(jwk)
        self._private_key = private_key
        self._token_name = token_name

    @classmethod
    def open(cls, text: str, passphrases: PassphraseSource) -> "TokenSigner":
        """Open the key of the address `pkcs11:` + `text`.

        Raises:
            CommandError: as `Pkcs11Uri.parse` and `PassphraseSource.read_pin`;
                `token_module_unusable`, `token_missing`, `token_ambiguous`, `token_pin_refused`,
                `token_key_missing`, `token_key_ambiguous`, `token_key_unfit`, `token_failed`.
            KeyRefusedError: a public key that no registry may list.
        """
        uri = Pkcs11Uri.parse(text)
        with _using(uri):
            session = _log_in(uri, passphrases, writing=False)
            private = _only(session, uri)
            return cls._checked(private, _public_part(session, uri, private), uri)

    @classmethod
    def generate(
        cls, uri: Pkcs11Uri, passphrases: PassphraseSource, keep: Callable[[Jwk], None]
    ) -> Jwk:
        """Make a key in a token, which neither shows it nor lets it out; give its public part.

        Args:
            uri: where; names the key by `object`, and by `id` if that matters.
            passphrases: for the PIN.
            keep: puts the public key away. When it fails, the key is destroyed.

        Raises:
            CommandError: as `open`; `token_key_exists`.
        """
        with _using(uri):
            session = _log_in(uri, passphrases, writing=True)
            if list(_private_keys(session, uri)):
                raise CommandError("token_key_exists", key=uri.key_name, token=uri.token_name)
            curve = {Attribute.EC_PARAMS: CURVES[0]}
            made = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
            public, private = made.generate_keypair(
                store=True,
                label=uri.label,
                id=uri.key_id or os.urandom(ID_SIZE),
                private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            try:
                jwk = cls._checked(private, public, uri).jwk
                keep(jwk)
            except BaseException:
                private.destroy()
                public.destroy()
                raise
            return jwk

    @classmethod
    def _checked(cls, private: Object, public: Object, uri: Pkcs11Uri) -> "TokenSigner":
        """The signer of two objects that belong together."""
        if not isinstance(private, SignMixin):
            raise _unfit(uri, "it may not sign")
        signer = cls(private, Jwk(x=_point(public, uri)), uri.token_name)
        try:
            jws.verify(_PROBE, signer._made_by_token(_PROBE), signer.jwk)
        except BadSignatureError:
            raise _unfit(uri, "the public key beside it belongs to another") from None
        return signer

    def sign(self, data: bytes) -> bytes:
        """The 64-byte Ed25519 signature over exactly `data`.

        Raises:
            CommandError: `token_failed`.
        """
        signature = self._made_by_token(data)
        try:
            jws.verify(data, signature, self.jwk)
        except BadSignatureError:
            raise CommandError(
                "token_failed", "the signature does not fit the public key", token=self._token_name
            ) from None
        return signature

    def _made_by_token(self, data: bytes) -> bytes:
        try:
            return self._private_key.sign(data, mechanism=Mechanism.EDDSA)
        except exceptions.PKCS11Error as error:
            raise _failed(error, self._token_name) from None


@contextmanager
def _using(uri: Pkcs11Uri) -> Iterator[None]:
    """Say in our words what the token says."""
    try:
        yield
    except exceptions.PKCS11Error as error:
        raise _failed(error, uri.token_name) from None


def _failed(error: exceptions.PKCS11Error, token: str) -> CommandError:
    if isinstance(error, _GONE):
        return CommandError("token_failed", "the token or its key is no longer there", token=token)
    said = f"{type(error).__name__} {error}".strip()
    return CommandError("token_failed", said, token=token)


def _unfit(uri: Pkcs11Uri, detail: str) -> CommandError:
    return CommandError("token_key_unfit", detail, key=uri.key_name, token=uri.token_name)


def _log_in(uri: Pkcs11Uri, passphrases: PassphraseSource, *, writing: bool) -> Session:
    """A session with the one token that fits, the PIN asked for once it is known to be there."""
    token = _find_token(uri)
    if uri.pin_file is not None:
        passphrases = PassphraseSource(file=uri.pin_file)
    pin = passphrases.read_pin(uri.token_name).decode()
    place, proof = (uri.module.resolve(), token.serial), _proof(pin)
    try:
        session = token.open(rw=writing, user_pin=pin)
    except exceptions.UserAlreadyLoggedIn:
        # By another key of this process: one login is for all, and the token asks for no PIN again.
        if not hmac.compare_digest(_LOGINS.get(place, b""), proof):
            raise CommandError("token_pin_refused", "wrong PIN", token=uri.token_name) from None
        return token.open(rw=writing)
    except tuple(_PIN_REFUSED) as error:
        said = _PIN_REFUSED[type(error)]
        raise CommandError("token_pin_refused", said, token=uri.token_name) from None
    _LOGINS[place] = proof
    return session


def _proof(pin: str) -> bytes:
    """What tells the right PIN again; without this process it says nothing."""
    return hashlib.blake2b(pin.encode(), key=_PROOF_KEY).digest()


def _find_token(uri: Pkcs11Uri) -> Token:
    if not uri.module.is_file():
        raise CommandError("token_module_unusable", "No such file or directory", path=uri.module)
    path = uri.module.resolve()  # a module may be loaded only once, by whatever name
    try:
        module = pkcs11.lib(str(path))
    except exceptions.PKCS11Error as error:
        said = str(error).removeprefix(f"OS exception while loading {path}: ")
        detail = f"not a PKCS #11 module: {said or type(error).__name__}"
        raise CommandError("token_module_unusable", detail, path=uri.module) from None
    present = [token for token in module.get_tokens() if token.label]  # else not initialised
    fitting = [token for token in present if uri.token.items() <= _described(token).items()]
    if not fitting:
        labels = [token.label for token in present] or ["-"]
        raise CommandError("token_missing", token=uri.token_name, present=labels)
    if len(fitting) > 1:
        serials = [token.serial.decode(errors="replace") for token in fitting]
        raise CommandError("token_ambiguous", token=uri.token_name, serials=serials)
    return fitting[0]


def _described(token: Token) -> dict[str, str]:
    """What a token says of itself, by the names of RFC 7512 §2.3."""
    return {
        "token": token.label,
        "manufacturer": token.manufacturer_id,
        "serial": token.serial.decode(errors="replace"),
        "model": token.model,
    }


def _private_keys(session: Session, uri: Pkcs11Uri) -> Iterator[Object]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if uri.label is not None:
        wanted[Attribute.LABEL] = uri.label
    if uri.key_id is not None:
        wanted[Attribute.ID] = uri.key_id
    return session.get_objects(wanted)


def _only(session: Session, uri: Pkcs11Uri) -> Object:
    """The one private key that fits, if it is an Ed25519 key."""
    found = list(_private_keys(session, uri))
    if not found:
        everything = _private_keys(session, replace(uri, label=None, key_id=None))
        present = [str(key[Attribute.LABEL]) for key in everything] or ["-"]
        raise CommandError(
            "token_key_missing", key=uri.key_name, token=uri.token_name, present=present
        )
    if len(found) > 1:
        ids = [id_attribute(key[Attribute.ID]) for key in found]
        raise CommandError("token_key_ambiguous", key=uri.key_name, token=uri.token_name, ids=ids)
    try:
        fits = found[0][Attribute.KEY_TYPE] == KeyType.EC_EDWARDS
    except ValueError:  # a kind of the vendor's own
        fits = False
    if not fits:
        raise _unfit(uri, "not an Ed25519 key")
    return found[0]


def _public_part(session: Session, uri: Pkcs11Uri, private: Object) -> Object:
    """The public key beside a private one: of the same CKA_ID, else of the same label."""
    name = Attribute.ID if private[Attribute.ID] else Attribute.LABEL
    wanted = {
        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
        Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
        name: private[name],
    }
    found = list(islice(session.get_objects(wanted), 2))
    if len(found) != 1:
        raise _unfit(uri, "two public keys beside it" if found else "no public key beside it")
    if found[0][Attribute.EC_PARAMS] not in CURVES:
        raise _unfit(uri, "not an Ed25519 key")
    return found[0]


def _point(public: Object, uri: Pkcs11Uri) -> bytes:
    """The 32 bytes of a public key, from DER (PKCS #11 v2.40) or as they are (v3.0), vetted."""
    point: bytes = public[Attribute.EC_POINT]
    if len(point) == KEY_SIZE + len(_OCTET_STRING):
        point = point.removeprefix(_OCTET_STRING)
    if len(point) != KEY_SIZE:
        raise _unfit(uri, "its public key is not of 32 bytes")
    vet_public_key(point)
    return point
