"""The desk of a command line: where its trust files and its database are."""

import argparse
import getpass
import os
from datetime import datetime
from pathlib import Path

from issuer.db import open_database
from issuer.desk import Desk, find_institution
from issuer.handout import require_writable
from issuer.running import settings
from issuer.vault import Vault
from keys.trust import TrustState
from schemas.errors import CommandError
from verifier.trust_source import load_trust


def home_of(args: argparse.Namespace) -> Path:
    """The folder of the institution's database."""
    return Path(args.home) if args.home else settings.default_home(os.environ)


def database_url(home: Path) -> str:
    """The database of `home`, or the one that the environment names.

    Raises:
        CommandError: `cannot_write`.
    """
    require_writable(home)
    return settings.database_url(home, os.environ)


def trust_of(args: argparse.Namespace, now: datetime) -> TrustState:
    """The trust state to issue under.

    Raises:
        TrustError, CommandError: as `load_trust`; `no_trust`.
    """
    trust = load_trust(args.trust, at=now)
    if trust is None:
        raise CommandError("no_trust")
    return trust


def desk_of(args: argparse.Namespace, now: datetime) -> Desk:
    """The desk of `--as`.

    Raises:
        TrustError, CommandError: as `trust_of`, `find_institution` and `open_database`.
    """
    trust = trust_of(args, now)
    home = home_of(args)
    engine = open_database(database_url(home))
    return Desk(
        engine=engine,
        vault=Vault.open(home / "data.key"),
        trust=trust,
        institution=find_institution(trust, args.institution),
        who=getpass.getuser(),
    )
