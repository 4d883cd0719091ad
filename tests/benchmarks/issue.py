"""What issuing costs: a roster of 10,000 rows from the workbook to the database, stage by stage.

CPU time, the least of five runs; on PostgreSQL that of its server is added. The QR pictures are
another job, and so is what precedes handing out, the packing and the verification of each
certificate: they stand beside. So does the plain way (tests/benchmarks/plain_way.py), run after it.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from issuer import bulk_revocation, payload
from issuer.already_issued import check_not_issued
from issuer.commands.issuing import without_cycle_collection
from issuer.db import reading, sqlite_url, transaction
from issuer.documents.qr_image import draw
from issuer.issue import Order, find_batch, load, require_accepted, reserve, sign
from issuer.roster import roster
from keys.publication import DAY
from schemas import certificate_types, qr, vocabulary
from schemas.sd_jwt import SdJwt
from tests.benchmarks import plain_way
from tests.benchmarks.population import certificates
from tests.benchmarks.side_by_side import CALLS, best, how, over, table
from tests.institutions import MACHINES
from tests.issuer.desk import ISSUE_TIME, SIGNER, at_desk, issue, order, write_roster
from tests.postgres import Databases, cluster
from tests.world import NOW, ORIGIN, key, moment

ROWS = 10_000
ROUNDS = 5
DRAWN = 200
REVOKED = 2_000
TARGET = 1.5  # seconds of CPU time: read, checked, signed and stored
TYPE = certificate_types.load("technical_level")

Stages = dict[str, float]
"""Stage → seconds of CPU time; those in brackets are not part of the target."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of database."""

    name: str
    new: Callable[[Path], str]
    """The URL of a new one, in this folder if it is a file."""
    cpu: Callable[[], float]
    """Seconds of CPU time so far, the server's included."""


def main() -> None:
    """Print the tables."""
    with cluster() as server:
        databases = Databases(server.url)
        kinds = (
            Kind(
                name="SQLite",
                new=lambda folder: sqlite_url(folder / "issuer.sqlite"),
                cpu=time.process_time,
            ),
            Kind(
                name="PostgreSQL",
                new=lambda _folder: databases.new(),
                cpu=lambda: time.process_time() + server.cpu_seconds(),
            ),
        )
        for kind in kinds:
            _plain_way(kind, _whole_roster(kind))
            _bulk_revocation(kind)
    _one_certificate()


def people(count: int) -> Iterator[Order]:
    """Rows of a large roster: 2,000 names, three levels, all directions, sixty days."""
    names = [one.claims["holder_name"] for one in certificates("technical_level", 2_000)]
    known = vocabulary.occupation(MACHINES)
    directions = known.directions if known and known.directions else ("—",)
    for number in range(count):
        yield order(
            number,
            holder_name=names[number * 7 % len(names)],
            level=("初级", "中级", "高级")[number % 3],
            direction=directions[number % len(directions)],
            issue_date=moment(NOW - DAY * (number % 60)).date().isoformat(),
        )


def _whole_roster(kind: Kind) -> float:
    """Give the seconds that a row takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_roster(Path(folder) / "roster.xlsx", list(people(ROWS)))
        runs = []
        for number in range(ROUNDS):
            there = Path(folder) / str(number)
            there.mkdir()
            with without_cycle_collection():
                runs.append(_issue(kind, path, there, beside=number == 0))
    least = {
        stage: min(run.get(stage, seconds) for run in runs) for stage, seconds in runs[0].items()
    }
    total = sum(seconds for stage, seconds in least.items() if not stage.startswith("("))
    print(f"\nA roster of {ROWS:,} rows on {kind.name}, CPU time (the least of {ROUNDS} runs)")
    for stage, seconds in least.items():
        print(f"  {stage:44} {seconds:8.3f} s")
    target = (
        f"  (target {TARGET} s)" if kind.name == "SQLite" else "  (the server's share included)"
    )
    print(f"  {'read + checked + signed + stored':44} {total:8.3f} s{target}")
    print(f"  {'certificates a second, on one core':44} {ROWS / total:8,.0f}")
    return total / ROWS


def _issue(kind: Kind, path: Path, folder: Path, *, beside: bool) -> Stages:
    desk, signer, stages = at_desk(folder, database=kind.new(folder)), key(SIGNER), Stages()

    def timed(stage: str, work: Callable[[], _T]) -> _T:
        start = kind.cpu()
        result = work()
        stages[stage] = kind.cpu() - start
        return result

    def held() -> None:
        known = find_batch(desk.engine, desk.institution.id, TYPE, orders)
        with reading(desk.engine) as session:
            found = check_not_issued(session, desk.vault, desk.institution.id, TYPE, orders)
        if known or found:
            raise AssertionError

    read = timed("read the workbook", lambda: roster.read_roster(path, path.name, TYPE))
    checked = timed(
        "check the rows and the grant",
        lambda: roster.check_roster(
            read, today=ISSUE_TIME.date(), demo=True, institution=desk.institution
        ),
    )
    if not checked.ok or len(checked.rows) != ROWS:
        raise AssertionError
    orders = [Order(row=row.number, claims=row.claims) for row in checked.rows]
    timed("check that nobody holds one already", held)
    batch = timed(
        "take numbers and slots, store the payloads",
        lambda: reserve(desk, signer, TYPE, orders, source=path.name, pattern=None, now=ISSUE_TIME),
    )
    timed("sign and store", lambda: sign(desk, signer, batch, now=ISSUE_TIME))
    if not beside:
        return stages
    certificates = timed("(load)", lambda: load(desk, batch))
    timed(
        "(pack and verify, before handing out)",
        lambda: require_accepted(desk, certificates, now=ISSUE_TIME),
    )
    raw = Ed25519PrivateKey.from_private_bytes(signer.seed)
    inputs = [one.token.signing_input for one in certificates]
    timed("(as many raw Ed25519PrivateKey.sign)", lambda: [raw.sign(one) for one in inputs])
    return stages


def _one_certificate() -> None:
    """From claims to digits, beside the signature alone."""
    signer = key(SIGNER)
    raw = Ed25519PrivateKey.from_private_bytes(signer.seed)
    wanted = [
        {**one.claims, "certificate_number": f"PJ2025{one.row:06}"} for one in people(2 * CALLS)
    ]
    others = wanted[CALLS:]  # for a contender whose texts another would leave in a cache
    place = payload.Place(origin=ORIGIN, institution="demo-pingjia", list_id="2025", idx=4711)
    salts = {"id_number": bytes(range(16))}

    def built(claims: dict[str, object]) -> tuple[bytes, tuple[bytes, ...]]:
        return payload.build(TYPE, claims, place=place, iat=NOW, demo=True, salts=salts)

    def signed(claims: dict[str, object]) -> SdJwt:
        content, _ = built(claims)
        unsigned = SdJwt(signer.kid, content, b"")
        return SdJwt(signer.kid, content, signer.sign(unsigned.signing_input))

    def digits(claims: dict[str, object]) -> str:
        return qr.to_digits(qr.pack_token(signed(claims), ORIGIN))

    def checked(claims: dict[str, object]) -> str:
        return qr.checked_digits(signed(claims), ORIGIN)

    inputs = [SdJwt(signer.kid, built(claims)[0], b"").signing_input for claims in wanted]
    times = best(
        {
            "raw Ed25519PrivateKey.sign": over(inputs, raw.sign),
            "claims → payload": over(wanted, built),
            "claims → signed SD-JWT": over(wanted, signed),
            "claims → digits": over(wanted, digits),
            "claims → digits, unpacked to compare": over(others, checked),
        }
    )
    table(f"One certificate, {how()}", times, unit="raw Ed25519PrivateKey.sign")
    print("  target: claims → digits ≤ 2 ×")


def _plain_way(kind: Kind, ours: float) -> None:
    """The same certificates as one would do it at first; `ours` is the seconds of one of ours."""
    wanted = list(people(ROWS))
    with tempfile.TemporaryDirectory() as folder:
        start = kind.cpu()
        plain_way.store(kind.new(Path(folder)), lambda: plain_way.signed(TYPE, wanted))
        stored = (kind.cpu() - start) / ROWS
    certificates = list(plain_way.signed(TYPE, wanted[:DRAWN]))
    tokens = [SdJwt.parse(one.token).without_disclosures() for one in certificates]
    digits = [qr.checked_digits(token, ORIGIN) for token in tokens]
    start = time.process_time()
    for one in certificates:
        plain_way.draw(one)
    plainly_drawn = (time.process_time() - start) / DRAWN
    start = time.process_time()
    for text in digits:
        draw(ORIGIN, text)
    drawn = (time.process_time() - start) / DRAWN
    batch = "ours: the roster above"
    times = {
        batch: ours,
        "plain: add_all, without pictures": stored,
        "plain: add_all, segno.make(text) *": stored + plainly_drawn,
        "(drawing alone, ours) *": drawn,
        "(drawing alone, plain) *": plainly_drawn,
    }
    title = f"One of {ROWS:,} certificates on {kind.name} beside the plain way, CPU time"
    table(title, times, unit=batch)
    print(f"  * drawn: {DRAWN} of them, the mean taken for all")
    print("  target: plain, with pictures ≥ 20 ×")


def _bulk_revocation(kind: Kind) -> None:
    """A list of certificates checked and revoked, beside their issuing without pictures."""
    with tempfile.TemporaryDirectory() as folder:
        desk, began = at_desk(Path(folder), database=kind.new(Path(folder))), kind.cpu()
        issued = issue(desk, list(people(REVOKED)))
        between = kind.cpu()
        numbers = [one.number for one in issued]
        with transaction(desk.engine) as session:
            place = session, desk.institution.id, numbers, None
            digest = bulk_revocation.check(*place).digest
            bulk_revocation.revoke(
                session, desk, numbers, None, digest=digest, reason="x", now=ISSUE_TIME
            )
        times = {
            "issued, without pictures": (between - began) / REVOKED,
            "revoked from a list": (kind.cpu() - between) / REVOKED,
        }
    title = f"One of {REVOKED:,} certificates on {kind.name} issued and revoked, CPU time"
    table(title, times, unit="issued, without pictures")


if __name__ == "__main__":
    main()
