"""What happened in the demonstration, in order, through the parts that do it in earnest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from issuer import status
from issuer.db import open_database, sqlite_url, transaction
from issuer.demo import rosters
from issuer.demo.authority import DemoAuthority
from issuer.demo.institutions import (
    AUTHORITY,
    BLOCKCHAIN_GRANT,
    JIDI,
    JINGSAI,
    ORIGIN,
    PINGJIA,
    QIYE,
    SKILL_NUMBERS,
    XUEYUAN,
    institutions,
)
from issuer.demo.people import LI, ZHOU
from issuer.demo.times import (
    AWARDED,
    CHANGED,
    EXAMINED,
    FOUNDED,
    LATER_CLASSES,
    STOLEN,
    SUSPENDED,
    TRAINED,
    Times,
    seconds,
)
from issuer.demo.workbooks import Line
from issuer.demo.workbooks import workbook as roster_workbook
from issuer.desk import Desk, find_institution
from issuer.handout import write_file
from issuer.issue import Issued, Order, load, require_accepted, reserve, sign
from issuer.lists import list_files, with_token
from issuer.roster.roster import Checked, check_roster, read_roster
from issuer.vault import Vault
from keys import draft
from keys.authority_folder import Draft
from keys.signer import MemorySigner
from keys.trust import TrustState
from schemas import certificate_types
from schemas.errors import CommandError

STOLEN_KEY = f"{XUEYUAN}-stolen"
KEYS = ("root", "registry", "snapshot", PINGJIA, XUEYUAN, STOLEN_KEY, JIDI, QIYE, JINGSAI)
EXAM = "exam"
ROSTER = "roster.xlsx"

Progress = Callable[[str], None]
"""Told what has happened: `authority`, `issuing`, `changes`, `files`."""


@dataclass(slots=True, kw_only=True)
class World:
    """The institutions' desks and the authority, as of the last publication."""

    directory: Path
    times: Times
    signers: Mapping[str, MemorySigner]
    """By the name of the key file."""
    authority: DemoAuthority
    engine: Engine
    vault: Vault
    state: TrustState
    certificates: dict[str, list[Issued]] = field(default_factory=dict)
    """Batch → what was issued, by row."""
    rosters: dict[str, tuple[int, Checked]] = field(default_factory=dict)
    """Batch → its number in the database, and its roster."""

    def desk(self, institution: str) -> Desk:
        """An institution's desk, with the registry of the day."""
        return Desk(
            engine=self.engine,
            vault=self.vault,
            trust=self.state,
            institution=find_institution(self.state, institution),
            who="demo",
        )

    def issued(self, batch: str, row: int = 0) -> Issued:
        """A certificate of a batch, by its place in the roster."""
        return self.certificates[batch][row]

    def issue(
        self,
        batch: str,
        institution: str,
        type_name: str,
        lines: Sequence[Line],
        *,
        ago: int,
        key: str | None = None,
        pattern: str | None = None,
    ) -> None:
        """Write a roster, read it back, check it, and issue what it asks for."""
        path = self.directory / (ROSTER if batch == EXAM else f"rosters/{batch}.xlsx")
        desk, now = self.desk(institution), self.times.signed(ago)
        signer = self.signers[key or institution]
        checked = self.check(path, institution, type_name, lines, self.times.day(ago))
        if not checked.ok:
            raise CommandError("roster_has_errors", path=path)
        orders = [Order(row=row.number, claims=row.claims) for row in checked.rows]
        number = reserve(
            desk,
            signer,
            checked.roster.type,
            orders,
            source=path.name,
            pattern=pattern,
            now=now,
        )
        sign(desk, signer, number, now=now)
        certificates = load(desk, number)
        require_accepted(desk, certificates, now=now)
        self.certificates[batch] = certificates
        self.rosters[batch] = number, checked

    def check(
        self, path: Path, institution: str, type_name: str, lines: Sequence[Line], today: date
    ) -> Checked:
        """Write a roster as a clerk would, read the file and check it."""
        certificate_type = certificate_types.load(type_name)
        title = f"{certificate_type.labels['zh-CN']}人员名单（演示）"
        write_file(path, roster_workbook(title, lines))
        roster = read_roster(path, path.name, certificate_type)
        listed = find_institution(self.state, institution)
        return check_roster(roster, today=today, demo=True, institution=listed)

    def publish(self, ago: int) -> None:
        """Have the authority publish all institutions' lists."""
        at = self.times.published(ago)
        with transaction(self.engine) as session:
            lists = [
                with_token(one, origin=ORIGIN, signer=self.signers[name], now=seconds(at))
                for name in (PINGJIA, XUEYUAN, JIDI, QIYE, JINGSAI)
                for one in list_files(session, name)
            ]
        self.state = self.authority.publish(lists, at)


def build(
    directory: Path, times: Times, signers: Mapping[str, MemorySigner], progress: Progress
) -> World:
    """Let it all happen in the new folder `directory`; `signers` has a key for each of `KEYS`."""
    world = _found(directory, times, signers)
    progress("authority")
    _issue_all(world)
    progress("issuing")
    _change(world)
    progress("changes")
    return world


def _found(directory: Path, times: Times, signers: Mapping[str, MemorySigner]) -> World:
    founded = times.published(FOUNDED)
    authority = DemoAuthority(
        directory / "authority",
        env="demo",
        name=AUTHORITY,
        origin=ORIGIN,
        signers=(signers["root"], signers["registry"], signers["snapshot"]),
        at=founded,
    )
    since = date(times.day(FOUNDED).year - 2, 7, 1).isoformat()
    owners = {name: XUEYUAN if name == STOLEN_KEY else name for name in KEYS[3:]}

    def list_all(empty: Draft) -> Draft:
        full = draft.merge(empty, institutions(since=since))
        for name, institution in owners.items():
            full = draft.add_key(full, institution, signers[name].jwk, from_=seconds(founded))
        return full

    authority.change(list_all, founded)
    state = authority.publish([], founded)
    home = directory / "issuer"
    home.mkdir()
    return World(
        directory=directory,
        times=times,
        signers=signers,
        authority=authority,
        engine=open_database(sqlite_url(home / "issuer.sqlite")),
        vault=Vault.open(home / "data.key"),
        state=state,
    )


def _issue_all(world: World) -> None:
    times = world.times
    world.issue("training", XUEYUAN, "training_completion", rosters.training(times), ago=TRAINED)
    world.issue("big-data", PINGJIA, "training_completion", rosters.big_data(times), ago=TRAINED)
    world.publish(TRAINED)
    trained = [one.number for one in world.certificates["training"]]
    lines = rosters.exam(times, trained)
    world.issue(EXAM, PINGJIA, "technical_level", lines, ago=EXAMINED)
    world.publish(EXAMINED)
    world.issue("base", JIDI, "ce_training", rosters.base(times), ago=AWARDED)
    lines = rosters.skill(times)
    world.issue("skill", QIYE, "skill_level", lines, ago=AWARDED, pattern=SKILL_NUMBERS)
    world.issue("award", JINGSAI, "competition_award", rosters.award(times), ago=AWARDED)
    world.publish(AWARDED)
    lines = rosters.blockchain(times)
    world.issue("blockchain", XUEYUAN, "training_completion", lines, ago=LATER_CLASSES)
    lines, key = rosters.other_key(times), STOLEN_KEY
    world.issue("other-key", XUEYUAN, "training_completion", lines, ago=LATER_CLASSES, key=key)
    world.publish(LATER_CLASSES)


def _change(world: World) -> None:
    """Certificates are revoked, suspended and corrected; a key is stolen; a grant is suspended."""
    now = world.times.signed(CHANGED)

    def change(action: str, institution: str, number: str, reason: str) -> None:
        status.change(
            world.desk(institution), action, number, type_name=None, reason=reason, now=now
        )

    change("revoke", PINGJIA, revoked(world).number, "考核成绩复核后取消")
    change("suspend", QIYE, world.issued("skill", 1).number, "竞赛成绩复核中")
    corrected = status.replace(
        world.desk(JIDI),
        world.signers[JIDI],
        world.issued("base").number,
        type_name=None,
        changes={"holder_name": LI.name},
        reason="更正姓名",
        pattern=None,
        now=now,
    )
    world.certificates["correction"] = [corrected]
    world.publish(CHANGED)

    stolen = seconds(world.times.signed(STOLEN))
    kid = world.signers[STOLEN_KEY].kid
    world.authority.change(
        lambda old: draft.compromise_key(old, kid, at=stolen, reason="存放私钥的设备失窃"),
        world.times.published(STOLEN),
    )
    world.publish(STOLEN)
    day = world.times.day(SUSPENDED).isoformat()
    world.authority.change(
        lambda old: draft.set_grant_state(old, XUEYUAN, BLOCKCHAIN_GRANT, "suspended", day),
        world.times.published(SUSPENDED),
    )
    world.publish(SUSPENDED)
    world.publish(0)


def revoked(world: World) -> Issued:
    """The certificate of the exam's roster that is revoked."""
    return next(
        one for one in world.certificates[EXAM] if one.token.claims()["holder_name"] == ZHOU.name
    )
