"""The work of `zhengyin keys`: each command takes the parsed arguments and gives an exit code."""

import argparse
import os
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import pkcs8
from keys.jwk import Jwk
from keys.passphrase import PassphraseSource, source_of
from keys.pkcs11_uri import Pkcs11Uri
from keys.public_file import public_path, read_public_key
from keys.signer import open_key, open_signer, require_file, split_uri
from schemas.codes import Language, detail_in_chinese
from schemas.errors import CommandError

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "field": "{name}：{value}",
        "private": "私钥",
        "public": "公钥文件",
        "fingerprint": "指纹",
        "source": "来源",
        "protected": "口令已更换：{path}（kid {kid}）",
        "replaces": "将替换 kid {kid}（{path}）：新公钥公布并启用后再停用旧公钥",
        "institution": "下一步：把 {path} 交给主管部门登记，并当面或电话核对指纹；启用前至少提前 14 天公布",
        "role": "下一步：把 {path} 交给制作根文件的人员，登记为{purpose}的签名公钥，并当面核对指纹",
    },
    "en": {
        "field": "{name}: {value}",
        "private": "private key",
        "public": "public key file",
        "fingerprint": "fingerprint",
        "source": "from",
        "protected": "passphrase changed: {path} (kid {kid})",
        "replaces": "it replaces kid {kid} ({path}): retire that one after the new one is published and in force",
        "institution": "next: give {path} to the authority and compare the fingerprint in person or by telephone; it is published at least 14 days before its first use",
        "role": "next: give {path} to whoever prepares the root, for the role {purpose}, and compare the fingerprint in person",
    },
}


def new(args: argparse.Namespace) -> int:
    """Make a key, in a file or in a token."""
    source = source_of(args, os.environ)
    scheme, rest = split_uri(args.key)
    if scheme == "pkcs11":
        public = _required_public(args)
        _print_made(args, args.key, public, _make_in_token(rest, public, source))
    else:
        if args.public is not None:
            raise _usage("--public: only with a key in a token (pkcs11:…)")
        public = public_path(Path(rest))
        _print_made(args, rest, public, _make(Path(rest), source))
    _print_next(args, public)
    return 0


def _required_public(args: argparse.Namespace) -> Path:
    if args.public is None:
        raise _usage("--public FILE.jwk.json: needed for a key in a token")
    path: Path = args.public
    return public_path(path)


def _usage(detail: str) -> CommandError:
    return CommandError("usage", detail, command="zhengyin keys new")


def show(args: argparse.Namespace) -> int:
    """Show a public key: from its public file if there is one, else from the key itself."""
    source, jwk = _public_key(args.key, source_of(args, os.environ))
    print(jwk.write().decode(), end="")
    _print_fields(
        args, [("kid", jwk.kid), ("fingerprint", jwk.fingerprint), ("source", str(source))]
    )
    return 0


def protect(args: argparse.Namespace) -> int:
    """Change a passphrase."""
    path = require_file(args.file)
    key = open_key(path, source_of(args, os.environ))
    passphrase = source_of(args, os.environ, "new-").read_new(path)
    pkcs8.replace_private_key(path, key, passphrase)
    kid = Jwk.of(key.public_key()).kid
    print(_WORDS[_language(args)]["protected"].format(path=path, kid=kid))
    return 0


def rotate(args: argparse.Namespace) -> int:
    """Make the next key beside an old one; both stay until the authority retires the old one."""
    source = source_of(args, os.environ)
    replaced = require_file(args.file)
    old = _public_key(str(replaced), source)[1]
    path = _next_path(replaced)
    public = public_path(path)
    _print_made(args, str(path), public, _make(path, source))
    print(_WORDS[_language(args)]["replaces"].format(path=replaced, kid=old.kid))
    _print_next(args, public)
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "new": new,
    "show": show,
    "protect": protect,
    "rotate": rotate,
}


def _make(path: Path, passphrases: PassphraseSource) -> Jwk:
    """Write a new key: private to `path`, public beside it; both or none."""
    for file in (path, public_path(path)):
        if file.exists():  # said before a passphrase is asked for; create_file makes sure
            raise CommandError("key_file_exists", path=file)
    key = Ed25519PrivateKey.generate()
    jwk = Jwk.of(key.public_key())
    pkcs8.write_private_key(path, key, passphrases.read_new(path))
    try:
        pkcs8.create_file(public_path(path), jwk.write(), pkcs8.PUBLIC)
    except CommandError:
        path.unlink()
        raise
    return jwk


def _make_in_token(text: str, public: Path, passphrases: PassphraseSource) -> Jwk:
    """Make a key in the token of `pkcs11:` + `text`, public in a file; both or none."""
    from keys.pkcs11 import TokenSigner  # noqa: PLC0415 (most never need the PKCS #11 library)

    uri = Pkcs11Uri.parse(text)
    if uri.label is None:
        raise CommandError("pkcs11_uri_unusable", "object: missing")
    if public.exists():  # said before a PIN is asked for; create_file makes sure
        raise CommandError("key_file_exists", path=public)
    return TokenSigner.generate(
        uri,
        passphrases,
        keep=lambda jwk: pkcs8.create_file(public, jwk.write(), pkcs8.PUBLIC),
    )


def _public_key(uri: str, passphrases: PassphraseSource) -> tuple[str | Path, Jwk]:
    """Where the public part of a key was read, and the key."""
    scheme, rest = split_uri(uri)
    if scheme == "file" and public_path(Path(rest)).exists():
        path = public_path(Path(rest))
        return path, read_public_key(path)
    return uri, open_signer(uri, passphrases).jwk


def _next_path(path: Path) -> Path:
    """`name-2.pem` for `name.pem`, or the first higher number that is free."""
    candidates = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(c for c in candidates if not c.exists() and not public_path(c).exists())


def _language(args: argparse.Namespace) -> Language:
    language: Language = getattr(args, "language", "en")
    return language


def _print_made(args: argparse.Namespace, private: str, public: Path, jwk: Jwk) -> None:
    _print_fields(
        args,
        [
            ("private", private),
            ("public", str(public)),
            ("kid", jwk.kid),
            ("fingerprint", jwk.fingerprint),
        ],
    )


def _print_fields(args: argparse.Namespace, fields: list[tuple[str, str]]) -> None:
    words = _WORDS[_language(args)]
    for name, value in fields:
        print(words["field"].format(name=words.get(name, name), value=value))


def _print_next(args: argparse.Namespace, public: Path) -> None:
    words = _WORDS[_language(args)]
    sentence = words["institution" if args.purpose == "institution" else "role"]
    purpose = args.purpose
    if _language(args) == "zh-CN":
        purpose = detail_in_chinese(purpose)
    print(sentence.format(path=public, purpose=purpose))
