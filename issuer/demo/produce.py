"""Make the whole demonstration: the world, its files for people, the stories."""

import json
import shutil
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from issuer.demo import keyring, office, readme
from issuer.demo.broken_roster import broken
from issuer.demo.folder import MARK
from issuer.demo.forged_scenes import forged, out_of_scope
from issuer.demo.institutions import ORIGIN, PINGJIA, XUEYUAN
from issuer.demo.scenes import genuine, other_codes
from issuer.demo.stage import Stage, draw_sheets
from issuer.demo.stories import TRUST, Story, write
from issuer.demo.times import Times, seconds
from issuer.demo.world import EXAM, KEYS, ROSTER, Progress, World, build, revoked
from issuer.documents import fonts, papers
from issuer.documents.certificate import Design, printing_of
from issuer.documents.qr_image import draw
from issuer.handout import hand_out, write_file
from issuer.issue import Issued, load
from issuer.roster import workbook
from issuer.roster.roster import Checked
from keys.signer import MemorySigner
from schemas.credential import Credential

BROKEN = "roster.broken.xlsx"
STORIES_FILE = "stories.json"
DRAWING = 2  # processes; forty pictures are not worth more


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """What is in the folder."""

    stories: tuple[Story, ...]
    """In their order."""
    broken: Checked
    """`roster.broken.xlsx`."""


def produce(directory: Path, *, now: datetime, progress: Progress) -> Produced:
    """Fill the empty folder `directory`.

    Raises:
        CommandError, TrustError: a disk that is full or read-only, above all.
    """
    fonts.families()  # what would fail at the end fails now
    times = Times.before(now)
    keys, passphrase = keyring.new_keys(KEYS), keyring.new_passphrase()
    signers = {name: MemorySigner(key) for name, key in keys.items()}
    # Never fork: a child would inherit the signing keys. scrypt works without the interpreter's lock.
    with (
        ProcessPoolExecutor(DRAWING, mp_context=get_context("spawn")) as executor,
        ThreadPoolExecutor(1) as aside,
    ):
        written = aside.submit(keyring.write_keys, directory, keys, passphrase)
        world = build(directory, times, signers, progress)
        try:
            stage = Stage(world, MemorySigner.generate())
            acts = (genuine, forged, out_of_scope, other_codes)
            stories = [story for act in acts for story in act(stage)]
            stories.sort(key=lambda story: story.name)
            refused = _write_files(directory, world, stage, executor)
            office.furnish(directory, world.engine, passphrase, now=seconds(times.now))
        finally:
            world.engine.dispose()
        write_file(directory / STORIES_FILE, write(stories))
        written.result()
    progress("files")
    return Produced(stories=tuple(stories), broken=refused)


def good(world: World) -> list[Issued]:
    """The certificates that hold without a warning, under numbers that differ."""
    kept_back = {
        revoked(world).number,
        world.issued("base").number,
        world.issued("skill", 1).number,
    }
    batches = ("training", EXAM, "base", "correction", "skill", "award")
    every = [one for batch in batches for one in world.certificates[batch]]
    return [one for one in every if one.number not in kept_back]


def _write_files(directory: Path, world: World, stage: Stage, executor: Executor) -> Checked:
    _write_exam(directory, world)
    refused = _write_broken(directory, world)
    certificates = good(world)
    printings = [
        printing_of(
            one.token,
            world.desk(Credential.from_claims(one.token.claims()).institution_id).institution,
            Design(),
        )
        for one in certificates
    ]
    for _ in hand_out(
        directory, certificates, ORIGIN, executor, printings=printings, names=[papers.PDF]
    ):
        pass
    draw_sheets(directory, stage, executor)
    shutil.copytree(world.authority.published, directory / TRUST)
    write_file(directory / readme.NAME, readme.TEXT.encode())
    made = {"zhengyin": "demo", "made": world.times.now.isoformat(), "origin": ORIGIN}
    write_file(directory / MARK, (json.dumps(made, indent=1) + "\n").encode())
    return refused


def _write_exam(directory: Path, world: World) -> None:
    batch, checked = world.rosters[EXAM]
    words = {"valid": "已签发", "revoked": "已撤销"}
    certificates = load(world.desk(PINGJIA), batch)
    digits = {one.row: one.digits(ORIGIN) for one in certificates}
    results = {
        one.row: workbook.Outcome(
            certificate_number=one.number,
            link=f"https://{ORIGIN}/#{digits[one.row]}",
            status=words[one.status],
        )
        for one in certificates
    }
    annotated = workbook.annotate(
        checked, results, picture=lambda row: draw(ORIGIN, digits[row]).png
    )
    write_file(_checked(directory / ROSTER), annotated)


def _write_broken(directory: Path, world: World) -> Checked:
    path = directory / BROKEN
    wrong = world.check(
        path, XUEYUAN, "training_completion", broken(world.times), world.times.day(0)
    )
    write_file(_checked(path), workbook.annotate(wrong))
    return wrong


def _checked(path: Path) -> Path:
    return path.with_suffix(".checked.xlsx")
