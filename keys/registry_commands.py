"""`zhengyin registry` on the draft: each command takes the parsed arguments and gives an exit code."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from keys import ceremony_commands, draft, files
from keys.annexes import load_directory
from keys.authority_folder import AuthorityFolder, Draft, checked
from keys.imports import read_institutions
from keys.public_file import read_public_key
from keys.registry_table import day, table
from keys.registry_time import now, time_of
from keys.registry_words import print_changes, published_registry, say, word
from schemas.errors import CommandError, TrustError
from schemas.origin import INSTITUTION_ID
from schemas.registry import Institution, Registry


def add(args: argparse.Namespace) -> int:
    """List an institution."""
    if INSTITUTION_ID.fullmatch(args.id) is None:
        raise TrustError("institution_id", id=args.id)
    members = {
        "id": args.id,
        "names": [{"name": args.name}],
        "uscc": args.uscc,
        "published_in": args.published_in,
    }
    new = checked(Institution, members)
    return _edit(args, lambda before: draft.add(before, new))


def change(args: argparse.Namespace) -> int:
    """Rename an institution, change its status, or name the edition."""
    since = args.on or day(now())
    unnamed = args.name is None and args.status is None
    if (args.id is None) != unnamed or (unnamed and args.edition is None):
        detail = "give ID with --name or --status, or --edition"
        raise CommandError("usage", detail, command="zhengyin registry set")

    def edited(before: Draft) -> Draft:
        if args.name is not None:
            before = draft.rename(before, args.id, args.name, since)
        if args.status is not None:
            before = draft.set_status(before, args.id, args.status, since)
        if args.edition is not None:
            before = before.model_copy(update={"edition": args.edition})
        return before

    return _edit(args, edited)


def import_(args: argparse.Namespace) -> int:
    """List institutions from a file or a published directory."""
    if (args.file is None) == (args.directory is None):
        detail = "give either FILE or --directory NAME"
        raise CommandError("usage", detail, command="zhengyin registry import")
    if args.directory is not None:
        institutions = load_directory(args.directory)
    else:
        institutions = read_institutions(args.file)
    return _edit(args, lambda before: draft.merge(before, institutions))


def grant(args: argparse.Namespace) -> int:
    """Give a right, or suspend, end or resume one."""
    since = args.on or day(now())
    wanted: dict[draft.GrantState, int | None] = {
        "suspended": args.suspend,
        "ended": args.end,
        "active": args.resume,
    }
    for state, number in wanted.items():
        if number is not None:
            edited = partial(draft.set_grant_state, number=number, state=state, day=since)
            return _edit(args, partial(edited, institution_id=args.id))
    if None in (args.type, args.role, args.from_, args.basis):
        detail = "a new grant needs --type, --role, --from and --basis"
        raise CommandError("usage", detail, command="zhengyin registry grant")
    new = draft.grant(
        type_name=args.type,
        role=args.role,
        occupation=args.occupation,
        directions=args.direction or "*",
        levels=args.level or "*",
        from_=args.from_,
        to=args.to,
        basis=args.basis,
    )
    return _edit(args, lambda before: draft.add_grant(before, args.id, new))


def key(args: argparse.Namespace) -> int:
    """Register a key, retire it, or mark it as stolen."""
    at = time_of(args.on) if args.on else now()
    if args.retire or args.compromised or args.compromised_always:
        owner = draft.find_key(AuthorityFolder(args.authority).draft(), args.key)[0]
        if owner.id != args.id:
            raise TrustError("key_exists", kid=args.key, id=owner.id)
        if args.retire:
            return _edit(args, lambda before: draft.retire_key(before, args.key, at=at))
        stolen = None if args.compromised_always else at
        reason = args.reason or "compromised"
        return _edit(
            args, lambda before: draft.compromise_key(before, args.key, at=stolen, reason=reason)
        )
    jwk = read_public_key(Path(args.key))
    since = time_of(args.from_) if args.from_ else now()
    until = time_of(args.until) if args.until else None
    print(f"kid: {jwk.kid}")
    say(args, "fingerprint", fingerprint=jwk.fingerprint)
    return _edit(
        args,
        lambda before: draft.add_key(
            before,
            args.id,
            jwk,
            from_=since,
            sign_until=until,
            state="planned" if args.planned else "active",
        ),
    )


def reinstate(args: argparse.Namespace) -> int:
    """Make a slot good again."""
    return _edit(args, lambda before: draft.reinstate(before, args.id, args.list, args.idx))


def show(args: argparse.Namespace) -> int:
    """Show the draft or the published registry."""
    folder = AuthorityFolder(args.authority)
    settings = folder.settings()
    if args.published:
        registry = published_registry(folder)
        if registry is None:
            raise TrustError("nothing_published", path=args.authority)
        name, institutions = registry.edition, registry.institutions
    else:
        next_ = folder.draft()
        name, institutions = next_.edition, next_.institutions
    who = settings.authority.zh if args.language == "zh-CN" else settings.authority.en
    say(args, "edition", authority=who, edition=name, env=word(args, settings.env))
    print(table(institutions, args.language))
    return 0


def diff(args: argparse.Namespace) -> int:
    """Show what the next registry changes."""
    folder = AuthorityFolder(args.authority)
    folder.settings()
    proposed = folder.proposal("registry")
    after = folder.draft() if proposed is None else Registry.read(proposed)
    print_changes(args, folder, after)
    return 0


def _edit(args: argparse.Namespace, edited: Callable[[Draft], Draft]) -> int:
    folder = AuthorityFolder(args.authority)
    folder.settings()
    with files.locked(args.authority):
        before = folder.draft()
        after = edited(before)
        if after != before:
            folder.write_draft(after)
    print_changes(args, folder, after)
    if after != before:
        say(args, "changed")
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "init": ceremony_commands.init,
    "add": add,
    "set": change,
    "import": import_,
    "grant": grant,
    "key": key,
    "reinstate": reinstate,
    "root": ceremony_commands.root,
    "sign": ceremony_commands.sign,
    "publish": ceremony_commands.publish,
    "show": show,
    "diff": diff,
    "bundle": ceremony_commands.bundle,
}
