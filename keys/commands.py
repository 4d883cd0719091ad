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
from keys.public_file import public_path, read_public_key
from keys.signer import open_key, open_signer, split_uri
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
    """Make a key."""
    public = _make(args.file, source_of(args, os.environ))
    _print_made(args, args.file, public)
    _print_next(args, args.file)
    return 0


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
    key = open_key(args.file, source_of(args, os.environ))
    passphrase = source_of(args, os.environ, "new-").read_new(args.file)
    pkcs8.replace_private_key(args.file, key, passphrase)
    kid = Jwk.of(key.public_key()).kid
    print(_WORDS[_language(args)]["protected"].format(path=args.file, kid=kid))
    return 0


def rotate(args: argparse.Namespace) -> int:
    """Make the next key beside an old one; both stay until the authority retires the old one."""
    source = source_of(args, os.environ)
    old = _public_key(str(args.file), source)[1]
    path = _next_path(args.file)
    _print_made(args, path, _make(path, source))
    print(_WORDS[_language(args)]["replaces"].format(path=args.file, kid=old.kid))
    _print_next(args, path)
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


def _print_made(args: argparse.Namespace, path: Path, jwk: Jwk) -> None:
    _print_fields(
        args,
        [
            ("private", str(path)),
            ("public", str(public_path(path))),
            ("kid", jwk.kid),
            ("fingerprint", jwk.fingerprint),
        ],
    )


def _print_fields(args: argparse.Namespace, fields: list[tuple[str, str]]) -> None:
    words = _WORDS[_language(args)]
    for name, value in fields:
        print(words["field"].format(name=words.get(name, name), value=value))


def _print_next(args: argparse.Namespace, path: Path) -> None:
    words = _WORDS[_language(args)]
    sentence = words["institution" if args.purpose == "institution" else "role"]
    purpose = args.purpose
    if _language(args) == "zh-CN":
        purpose = detail_in_chinese(purpose)
    print(sentence.format(path=public_path(path), purpose=purpose))
