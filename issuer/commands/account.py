"""The work of `zhengyin issuer account`: the first account of a house, and the way back in."""

import argparse
import getpass
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from issuer.commands.desk import database_url, home_of, trust_of
from issuer.db import open_database, reading, transaction
from issuer.desk import find_institution
from issuer.people import accounts, people
from issuer.people.access import Role
from issuer.tables import Account
from schemas.codes import Language
from schemas.errors import CommandError

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "added": "已添加账号 {login}",
        "reset": "已重置账号 {login}，动态验证码须重新绑定",
        "password": "密码（只显示这一次，首次登录时须更改）：{password}",
        "ended": "已停用",
        "none": "还没有账号",
    },
    "en": {
        "added": "account {login} added",
        "reset": "account {login} reset; the second factor is set up anew too",
        "password": "password (shown this once, to be replaced at the first sign-in): {password}",
        "ended": "out of use",
        "none": "there are no accounts yet",
    },
}


def account(args: argparse.Namespace) -> int:
    """Add, list or reset accounts."""
    return _COMMANDS[args.account_command](args)


def _add(args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    institution = None
    if args.institution is not None:
        institution = find_institution(trust_of(args, now), args.institution).id
    with transaction(open_database(database_url(home_of(args)))) as session:
        added, password = accounts.add(
            session,
            login=args.login,
            name=args.name,
            role=Role(args.role),
            institution=institution,
            district=args.district,
            now=int(now.timestamp()),
        )
        people.log(
            session,
            getpass.getuser(),
            "account added",
            added,
            int(now.timestamp()),
            role=added.role,
        )
        login = added.login
    _hand_over(args, "added", login, password)
    return 0


def _list(args: argparse.Namespace) -> int:
    order = (col(Account.institution), col(Account.role), col(Account.login))
    with reading(open_database(database_url(home_of(args)))) as session:
        found = session.exec(select(Account).order_by(*order)).all()
        for one in found:
            where = one.institution or one.district or "-"
            ended = "" if one.active else f"  ({_said(args, 'ended')})"
            print(f"{one.login}  {one.role}  {where}  {one.name}{ended}")
    if not found:
        print(_said(args, "none"))
    return 0


def _reset(args: argparse.Namespace) -> int:
    now = int(datetime.now(UTC).timestamp())
    with transaction(open_database(database_url(home_of(args)))) as session:
        found = _find(session, args.login)
        password = people.reset_password(session, found)
        people.log(session, getpass.getuser(), "account reset", found, now)
        login = found.login
    _hand_over(args, "reset", login, password)
    return 0


def _find(session: Session, login: str) -> Account:
    found = session.exec(select(Account).where(Account.login == login.strip().lower())).first()
    if found is None:
        raise CommandError("account_unknown")
    return found


def _hand_over(args: argparse.Namespace, word: str, login: str, password: str) -> None:
    print(_said(args, word, login=login))
    print(_said(args, "password", password=password))


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "add": _add,
    "list": _list,
    "reset": _reset,
}


def _said(args: argparse.Namespace, word: str, **blanks: object) -> str:
    return _WORDS[args.language][word].format(**blanks)
