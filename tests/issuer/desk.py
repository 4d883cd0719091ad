"""A desk of the demo world: a database, an institution's keys, people to certify.

`at_desk` is for the rules, with time standing still; `settle` lays the same world out in a folder,
as of now, for the command line.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openpyxl import Workbook
from sqlmodel import select

from issuer import halt
from issuer.db import open_database, sqlite_url, transaction
from issuer.desk import Desk, find_institution
from issuer.handout import FOLDER
from issuer.issue import Issued, Order, load, require_accepted, reserve, sign
from issuer.lists import list_files
from issuer.roster.id_numbers import check_character
from issuer.tables import Certificate
from issuer.vault import Vault
from keys import pkcs8, publication
from keys.publication import ListFiles
from keys.published import write_tree
from keys.trust import Documents, TrustState, update
from schemas import certificate_types
from schemas.errors import CommandError
from tests.institutions import CLAIMS
from tests.world import DAY, HOUR, NOW, Key, World, key, moment

INSTITUTION = "demo-pingjia"
OTHER = "demo-xueyuan"
SIGNER = "demo pingjia 2025"
PASSPHRASE = b"demo passphrase"
ISSUE_TIME = moment(NOW)

_SURNAMES = "张李王赵周吴陈林"
_MADE_UP = "测试示例样本演练试用范本"
_BORN = date(1970, 1, 1).toordinal()


def demo_world(**options: Any) -> World:
    """The world under a demo authority, of one key a role."""
    return World(env="demo", single=True, **options)


def at_desk(
    folder: Path,
    world: World | None = None,
    *,
    institution: str = INSTITUTION,
    database: str | None = None,
    **state: Any,
) -> Desk:
    """The desk of an institution, its data key in `folder`; a SQLite database too if none is given."""
    trust = (world or demo_world()).state(**state)
    return Desk(
        engine=open_database(database or sqlite_url(folder / "issuer.sqlite")),
        vault=Vault.open(folder / "data.key"),
        trust=trust,
        institution=find_institution(trust, institution),
        who="officer",
    )


def demo_id_number(number: int) -> str:
    """A resident's number that can be nobody's (address code 119999), another for each `number`."""
    born = date.fromordinal(_BORN + number // 999 % 10_000)
    first = f"119999{born:%Y%m%d}{number % 999 + 1:03}"
    return first + check_character(first)


def demo_name(number: int) -> str:
    """A name that is nobody's."""
    surname = _SURNAMES[number % len(_SURNAMES)]
    at = number // len(_SURNAMES) % (len(_MADE_UP) // 2) * 2
    return surname + _MADE_UP[at : at + 2]


def order(number: int, type_name: str = "technical_level", **claims: Any) -> Order:
    """Row `number` of a roster; None leaves a claim out."""
    id_number = demo_id_number(number)
    values = (
        CLAIMS[type_name]
        | {
            "holder_name": demo_name(number),
            "id_number": id_number,
            "id_number_tail": id_number[-4:],
        }
        | claims
    )
    kept = {name: value for name, value in values.items() if value is not None}
    return Order(row=number + 2, claims=kept)


def orders(count: int, first: int = 0, **claims: Any) -> list[Order]:
    """`count` rows, numbered from `first`."""
    return [order(number, **claims) for number in range(first, first + count)]


def stored(desk: Desk) -> list[Certificate]:
    """All rows of the database, by slot."""
    with transaction(desk.engine) as session:
        found = list(session.exec(select(Certificate).order_by(Certificate.idx)))  # type: ignore[arg-type]
        session.expunge_all()
    return found


def exported(desk: Desk) -> list[ListFiles]:
    """What the desk's institution would publish."""
    with transaction(desk.engine) as session:
        return list_files(session, desk.institution.id)


def book(
    desk: Desk,
    wanted: Sequence[Order],
    type_name: str = "technical_level",
    *,
    signer: str = SIGNER,
    pattern: str | None = None,
    now: datetime = ISSUE_TIME,
) -> int:
    """Reserve only."""
    kind = certificate_types.load(type_name)
    return reserve(desk, key(signer), kind, wanted, source="roster.xlsx", pattern=pattern, now=now)


def halt_all(desk: Desk) -> None:
    """Stop all signing in the desk's database."""
    with transaction(desk.engine) as session:
        halt.begin(session, halt.Halt(who="officer", at=NOW, by_bureau=True))


def refusal(work: Callable[..., object], *args: Any, **options: Any) -> str:
    """The code with which `work` refuses."""
    with pytest.raises(CommandError) as error:
        work(*args, **options)
    return error.value.code


def bytes_of(certificates: Sequence[Issued]) -> list[str]:
    """What holders get."""
    return [one.token.text for one in certificates]


def issue(
    desk: Desk,
    wanted: Sequence[Order],
    type_name: str = "technical_level",
    *,
    signer: str = SIGNER,
    pattern: str | None = None,
    now: datetime = ISSUE_TIME,
) -> list[Issued]:
    """The whole way of a roster, as `zhengyin issue` goes it, up to handing out."""
    batch = book(desk, wanted, type_name, signer=signer, pattern=pattern, now=now)
    sign(desk, key(signer), batch, now=now)
    certificates = load(desk, batch)
    require_accepted(desk, certificates, now=now)
    return certificates


def issue_in_folder(folder: Path, database: str, count: int, firsts: Sequence[int]) -> None:
    """Issue rosters of `count` rows at the desk in `folder`: the work of another process."""
    there = at_desk(folder, database=database)
    for first in firsts:
        issue(there, orders(count, first=first))


def publish(
    world: World, before: TrustState, lists: Sequence[ListFiles], *, now: int
) -> TrustState:
    """What a verifier believes that had `before`, once the authority has published `lists`."""
    if world.registry is None:
        raise AssertionError
    entries = {name: one.published for name, one in before.lists.items()}
    for one in lists:
        entries[one.key] = publication.published_list(one, entries.get(one.key), now=now)
    snapshot = publication.snapshot(
        env=world.env,
        version=before.snapshot.version + 1,
        now=now,
        registry=world.registry,
        registry_data=world.registry_data,
        lists=entries.values(),
    )
    documents = Documents(
        roots=tuple(world.roots),
        snapshot=publication.sign_snapshot(snapshot, [key(f"{world.env} snapshot 1")]),
        registry=world.registry_data,
        registry_signatures=world.registry_seal,
        types=world.history[-1].types,
        status={one.key: one.status.compressed() for one in lists},
        issued={one.key: one.slots for one in lists},
        replaced={one.key: data for one in lists if (data := one.replaced_file())},
    )
    return update(before, documents, pins=world.pins, now=now)


# On the disk, for the command line.


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A demo authority's published files and one institution's key, as of now."""

    folder: Path

    @property
    def trust(self) -> Path:
        """The published tree."""
        return self.folder / "trust"

    @property
    def home(self) -> Path:
        """Where the institution's database is."""
        return self.folder / "home"

    @property
    def out(self) -> Path:
        """Where certificates are handed out."""
        return self.folder / "out"

    def command(self, *words: str | Path, desk: bool = True, signs: bool = False) -> list[str]:
        """A command line, with who, where and, if it `signs`, with which key."""
        line = [*map(str, words), "--home", str(self.home)]
        if desk:
            line += ["--as", INSTITUTION, "--trust", str(self.trust)]
        if signs:
            line += ["--key", str(self.folder / "key.pem")]
            line += ["--passphrase-file", str(self.folder / "passphrase")]
        return line

    def issue(self, roster: Path, *words: str | Path, out: Path | None = None) -> list[str]:
        """The command line that issues a roster of annex 5 certificates."""
        where = ("--type", "technical_level", "--out", out or self.out)
        return self.command("issue", roster, *where, *words, signs=True)


def settle(folder: Path, *, signer: Key | None = None, now: int | None = None) -> Town:
    """Lay out a town in `folder`: `trust/`, `key.pem`, `passphrase`."""
    now = int(time.time()) if now is None else now
    world = demo_world(only=[INSTITUTION, OTHER])
    world.new_root(iat=now - DAY, exp=now + 365 * DAY)
    entry = world.institution(INSTITUTION)
    entry["keys"] = entry["keys"][:1]
    entry["keys"][0] |= {"from": now - DAY, "sign_until": now + 365 * DAY}
    world.sign_registry(iat=now - DAY)
    documents = world.publish(iat=now - HOUR, next=now + 7 * DAY, exp=now + 90 * DAY)
    folder.mkdir(parents=True, exist_ok=True)
    write_tree(folder / "trust", documents, tokens={}, poster="")
    write_key(folder / "key.pem", signer or key(SIGNER))
    (folder / "passphrase").write_bytes(PASSPHRASE)
    return Town(folder=folder)


def write_key(path: Path, signer: Key) -> None:
    """Write the key file of a key of the world, under `PASSPHRASE`."""
    private = Ed25519PrivateKey.from_private_bytes(signer.seed)
    cost = pkcs8.SCRYPT_N
    try:
        pkcs8.SCRYPT_N = 2**4  # the file says it, so whoever opens it is as quick
        pkcs8.write_private_key(path, private, PASSPHRASE)
    finally:
        pkcs8.SCRYPT_N = cost


HEADINGS: Mapping[str, str] = {
    "holder_name": "姓名",
    "id_type": "证件类型",
    "id_number": "证件号码",
    "occupation": "职业",
    "direction": "职业方向",
    "level": "等级",
    "issue_date": "发证日期",
}


def write_roster(
    path: Path,
    wanted: Sequence[Order],
    *,
    mend: Callable[[int, dict[str, Any]], None] = lambda _row, _cells: None,
) -> Path:
    """Write a real workbook of annex 5 certificates; `mend` changes the cells of a row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    sheet.append(list(HEADINGS.values()))
    for one in wanted:
        cells = {name: one.claims.get(name) for name in HEADINGS}
        mend(one.row, cells)
        sheet.append(list(cells.values()))
    book.save(path)
    return path


def content(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`, hidden ones too."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def tokens(town: Town) -> dict[str, str]:
    """Certificate number → what its holder got, of all that was handed out."""
    found = (town.out / FOLDER).glob("*/credential.sd-jwt")
    return {path.parent.name: path.read_text() for path in sorted(found)}


ERROR, HINT = "zhengyin: error: ", "zhengyin: hint: "


def one_line_and_a_hint(said: str) -> str:
    """The line of error of a command that failed: there is one, and one of hint after it."""
    lines = said.splitlines()
    assert [ERROR, HINT] == [line[: line.index(": ", 10) + 2] for line in lines], said
    return lines[0].removeprefix(ERROR)
