"""`zhengyin registry` from the first root to publishing: what is signed, by whom, and what goes out."""

import argparse
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from keys import authority, ceremony, files
from keys.authority_folder import AuthorityFolder, Proposal, Signed
from keys.jwk import Jwk
from keys.passphrase import source_of
from keys.public_file import read_public_key
from keys.publication import DAY, ROOT_LIFE, ListFiles, role
from keys.published import BUNDLE
from keys.registry_table import day
from keys.registry_time import now
from keys.registry_words import grouped, print_changes, say, word
from keys.signer import Signer, open_signer
from schemas.document import Environment
from schemas.errors import CommandError, TrustError
from schemas.limits import MAX_REGISTRY
from schemas.registry import Authority, Registry
from schemas.root import Role, Roles, Root

_THRESHOLDS: Mapping[Environment, Mapping[str, int]] = {
    "prod": {"root": 3, "registry": 2, "snapshot": 1},
    "demo": {"root": 1, "registry": 1, "snapshot": 1},
}
_MAX_LISTS = 4 * MAX_REGISTRY  # bytes of one exported list


def init(args: argparse.Namespace) -> int:
    """Begin an authority's folder."""
    root = authority.init(
        args.authority,
        env=args.env,
        origins=args.origin,
        authority=Authority(zh=args.name, en=args.name_en),
        edition=args.edition,
        roles=_roles(args, None, args.env),
        next_keys=map(read_public_key, args.next_root_key),
        now=now(),
        life=_life(args),
    )
    _print_root(args, root)
    say(args, "next_sign", path=args.authority)
    return 0


def root(args: argparse.Namespace) -> int:
    """Show the root, or propose the next one."""
    folder = AuthorityFolder(args.authority)
    env = folder.settings().env
    published, data = folder.published_root(), folder.proposal("root")
    proposed = None if data is None else Root.read(data)
    if not args.rotate:
        for one in (published, proposed):
            if one is not None:
                _print_root(args, one)
        _print_progress(args, ceremony.progress(folder, "root"))
        return 0
    before = published or proposed
    roles = _roles(args, before.roles if before else None, env)
    authority.check_roles(roles)
    next_keys = map(read_public_key, args.next_root_key)
    with files.locked(args.authority):
        proposed = ceremony.propose_root(
            folder, roles, next_keys=next_keys, now=now(), life=_life(args)
        )
    _print_root(args, proposed)
    say(args, "next_sign", path=args.authority)
    return 0


def sign(args: argparse.Namespace) -> int:
    """Sign a proposal, export it for signing elsewhere, or take signatures back."""
    folder, document = AuthorityFolder(args.authority), args.document
    folder.settings()
    if sum((bool(args.signer), args.export is not None, args.merge is not None)) != 1:
        detail = "give one of --signer, --export and --merge"
        raise CommandError("usage", detail, command="zhengyin registry sign")
    with files.locked(args.authority):
        ceremony.drop_published(folder)
        if document == "registry" and folder.proposal(document) is None:
            ceremony.propose_registry(folder, now=now())
    _print_proposal(args, folder, document)
    if args.export is not None:
        ceremony.export(folder, document, AuthorityFolder(args.export))
        say(args, "exported", path=args.export, document=document)
        return 0
    if args.merge is not None:
        progress = ceremony.merge(folder, document, AuthorityFolder(args.merge))
    else:
        progress = ceremony.sign(folder, document, _signers(args))
    _print_progress(args, progress)
    if all(one.complete for one in progress):
        say(args, "next_publish", path=args.authority)
    return 0


def publish(args: argparse.Namespace) -> int:
    """Publish what is signed."""
    lists = [] if args.lists is None else read_lists(args.lists)
    done = authority.publish(args.authority, lists, _signers(args), now=now())
    state = done.state
    say(
        args,
        "published",
        snapshot=state.snapshot.version,
        registry=state.registry.version,
        root=state.root.version,
        lists=len(state.lists),
    )
    if done.waiting:
        say(args, "waiting")
        _print_progress(args, done.waiting)
    return 0


def bundle(args: argparse.Namespace) -> int:
    """Copy the published bundle."""
    folder = AuthorityFolder(args.authority)
    folder.settings()
    data = files.read_file(folder.published_path / BUNDLE, _MAX_LISTS)
    if data is None:
        raise TrustError("nothing_published", path=args.authority)
    files.write_file(args.out, data)
    say(args, "bundle", path=args.out, size=len(data))
    return 0


def read_lists(folder: Path) -> list[ListFiles]:
    """The lists that issuers exported into `folder` and the folders in it.

    Raises:
        TrustError: `lists_missing`, `document_malformed`, `file_too_large`, `file_unreadable`.
    """
    paths = sorted(folder.rglob("*.json"))
    if not paths:
        raise TrustError("lists_missing", path=folder)
    return [ListFiles.read(files.read_file(path, _MAX_LISTS) or b"") for path in paths]


def _roles(args: argparse.Namespace, before: Roles | None, env: Environment) -> Roles:
    """The roles that the options name; those that they do not name stay as `before`."""
    given: dict[str, list[Jwk]] = {
        name: [read_public_key(path) for path in getattr(args, f"{name}_key")]
        for name in ("root", "registry", "snapshot")
    }
    if before is None and env == "demo":
        given = {name: keys or given["root"] for name, keys in given.items()}
    roles: dict[str, Role] = {}
    for name, keys in given.items():
        earlier: Role | None = getattr(before, name) if before else None
        threshold = getattr(args, f"{name}_threshold")
        if threshold is None:
            threshold = earlier.threshold if earlier else _THRESHOLDS[env][name]
        if keys:
            roles[name] = role(keys, threshold)
        elif earlier is not None:
            roles[name] = earlier.model_copy(update={"threshold": threshold})
        else:
            raise TrustError("role_keys_missing", role=name)
    return Roles(root=roles["root"], registry=roles["registry"], snapshot=roles["snapshot"])


def _life(args: argparse.Namespace) -> int:
    return ROOT_LIFE if args.days is None else args.days * DAY


def _signers(args: argparse.Namespace) -> list[Signer]:
    passphrases = source_of(args, os.environ)
    return [open_signer(uri, passphrases) for uri in args.signer]


def _print_root(args: argparse.Namespace, document: Root) -> None:
    env = word(args, document.env)
    say(args, "root", version=document.version, env=env, until=day(document.exp))
    say(args, "fingerprint", fingerprint=grouped(hashlib.sha256(document.write()).hexdigest()))
    for name in ("root", "registry", "snapshot"):
        held: Role = getattr(document.roles, name)
        kids = ", ".join(one.kid for one in held.keys)
        count = len(held.keys)
        say(args, "role", role=word(args, name), threshold=held.threshold, count=count, kids=kids)


def _print_proposal(args: argparse.Namespace, folder: AuthorityFolder, document: Proposal) -> None:
    """What a custodian signs."""
    data = folder.proposal(document)
    if data is None:
        raise TrustError("nothing_to_sign", role=document)
    if document == "root":
        _print_root(args, Root.read(data))
        return
    registry = Registry.read(data)
    digest = hashlib.sha256(data).hexdigest()
    say(args, "registry", version=registry.version, edition=registry.edition, sha256=digest)
    print_changes(args, folder, registry)


def _print_progress(args: argparse.Namespace, progress: Sequence[Signed]) -> None:
    for one in progress:
        say(
            args,
            "signed",
            document=word(args, one.proposal),
            version=one.version,
            valid=one.valid,
            threshold=one.threshold,
            role_of=one.role_of,
        )
