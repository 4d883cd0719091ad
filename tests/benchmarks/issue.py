"""What issuing costs: a roster of 10,000 rows from the workbook to the database, stage by stage.

CPU time of one process, the least of five runs. The QR pictures are another job, and so is what
precedes handing out, the packing and the verification of each certificate: they stand beside.
"""

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine

from issuer import payload, roster
from issuer.already_issued import check_not_issued
from issuer.commands import without_cycle_collection
from issuer.db import transaction
from issuer.issue import Order, find_batch, load, require_accepted, reserve, sign
from issuer.qr_image import draw
from keys.publication import DAY
from schemas import certificate_types, qr, sd_jwt, vocabulary
from schemas.sd_jwt import SdJwt
from tests.benchmarks.population import certificates
from tests.benchmarks.side_by_side import CALLS, best, over, table
from tests.institutions import MACHINES
from tests.issuer.desk import ISSUE_TIME, SIGNER, at_desk, order, write_roster
from tests.world import NOW, ORIGIN, key, moment

ROWS = 10_000
ROUNDS = 5
PLAIN_ROWS = 200
TARGET = 1.5  # seconds of CPU time: read, checked, signed and stored
TYPE = certificate_types.load("technical_level")

Stages = dict[str, float]
"""Stage → seconds of CPU time; those in brackets are not part of the target."""

_T = TypeVar("_T")


class _Plain(SQLModel, table=True, registry=registry()):
    """How one would store certificates at first."""

    __tablename__ = "plain"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    holder_name: str = Field(index=True)
    token: str
    picture: bytes


def main() -> None:
    """Print the tables."""
    _whole_roster()
    _one_certificate()
    _plain_way()


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


def _whole_roster() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_roster(Path(folder) / "roster.xlsx", list(people(ROWS)))
        runs = []
        for number in range(ROUNDS):
            there = Path(folder) / str(number)
            there.mkdir()
            with without_cycle_collection():
                runs.append(_issue(path, there, beside=number == 0))
    least = {
        stage: min(run.get(stage, seconds) for run in runs) for stage, seconds in runs[0].items()
    }
    total = sum(seconds for stage, seconds in least.items() if not stage.startswith("("))
    print(f"\nA roster of {ROWS:,} rows, CPU time (the least of {ROUNDS} runs)")
    for stage, seconds in least.items():
        print(f"  {stage:44} {seconds:8.3f} s")
    print(f"  {'read + checked + signed + stored':44} {total:8.3f} s  (target {TARGET} s)")


def _issue(path: Path, folder: Path, *, beside: bool) -> Stages:
    desk, signer, stages = at_desk(folder), key(SIGNER), Stages()

    def timed(stage: str, work: Callable[[], _T]) -> _T:
        start = time.process_time()
        result = work()
        stages[stage] = time.process_time() - start
        return result

    def held() -> None:
        known = find_batch(desk.engine, desk.institution.id, TYPE, orders)
        with transaction(desk.engine) as session:
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
    table("One certificate", times, unit="raw Ed25519PrivateKey.sign")
    print("  target: claims → digits ≤ 2 ×")


def _plain_way() -> None:
    """The same certificates as one would do it at first: one text, one QR segment, one row each."""
    wanted = list(people(PLAIN_ROWS))

    def ours(folder: Path, *, pictures: bool) -> None:
        desk = at_desk(folder)
        batch = reserve(desk, key(SIGNER), TYPE, wanted, source="", pattern=None, now=ISSUE_TIME)
        sign(desk, key(SIGNER), batch, now=ISSUE_TIME)
        for one in load(desk, batch):
            if pictures:
                draw(ORIGIN, one.digits(ORIGIN))

    def plain(folder: Path, *, pictures: bool) -> None:
        engine = create_engine(f"sqlite:///{folder / 'plain.sqlite'}")
        _Plain.metadata.create_all(engine)
        place = payload.Place(origin=ORIGIN, institution="demo-pingjia", list_id="2025", idx=4711)
        with Session(engine) as session:
            session.add_all(_plain(one, place, pictures=pictures) for one in wanted)
            session.commit()

    times: dict[str, float] = {}
    for name, work, pictures in (
        ("plain: segno.make(text), add_all", plain, True),
        ("ours: two segments, one insert", ours, True),
        ("plain, without pictures", plain, False),
        ("ours, without pictures", ours, False),
    ):
        rounds = range(1 if pictures else ROUNDS)
        times[name] = min(_in_new_folder(work, pictures=pictures) for _ in rounds) / PLAIN_ROWS
    table(f"{PLAIN_ROWS} certificates beside the plain way, CPU time each", times, unit=name)


def _plain(one: Order, place: payload.Place, *, pictures: bool) -> _Plain:
    signer, number = key(SIGNER), f"PJ2025{one.row:06}"
    claims = {**one.claims, "certificate_number": number}
    salts = {"id_number": os.urandom(sd_jwt.SALT_LENGTH)}
    content, shown = payload.build(TYPE, claims, place=place, iat=NOW, demo=True, salts=salts)
    signature = signer.sign(SdJwt(signer.kid, content, b"").signing_input)
    token = SdJwt(signer.kid, content, signature, shown)
    picture = io.BytesIO()
    if pictures:
        code = segno.make(f"https://{ORIGIN}/#{token.without_disclosures().text}", error="m")
        code.save(io.BytesIO(), kind="svg", scale=0.5, unit="mm")
        code.save(picture, kind="png", scale=8)
    return _Plain(
        number=number,
        holder_name=str(one.claims["holder_name"]),
        token=token.text,
        picture=picture.getvalue(),
    )


def _in_new_folder(work: Callable[..., None], *, pictures: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        work(Path(folder), pictures=pictures)
        return time.process_time() - start


if __name__ == "__main__":
    main()
