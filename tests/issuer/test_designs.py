"""An institution's design: what is in use prints, what is prepared only shows, and all of it is logged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import col, select

from issuer import audit, designs
from issuer.db import reading, transaction
from issuer.desk import Desk
from issuer.documents import pictures
from issuer.documents.certificate import Design
from issuer.tables import AuditEntry
from tests.issuer.desk import INSTITUTION, OTHER, at_desk, refusal
from tests.issuer.documents.papers import encoded
from tests.world import NOW

SEAL = pictures.seal(encoded(Image.new("RGBA", (400, 400), (200, 0, 0, 90)), "PNG"))
LOGO = pictures.logo(encoded(Image.new("RGB", (400, 100), (0, 0, 200)), "PNG"))
DESIGN = Design(
    logo=LOGO,
    seal=SEAL,
    seal_kind="代章",
    line="地址：示例路 1 号",
    addresses=("http://www.example", "www.example.org"),
    verifier="示例核验",
)


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


def prepare(desk: Desk, design: Design, institution: str = INSTITUTION) -> None:
    with transaction(desk.engine) as session:
        designs.prepare(session, institution, design, at=NOW, who="admin")


def use(desk: Desk, seen: Design, institution: str = INSTITUTION) -> None:
    with transaction(desk.engine) as session:
        designs.use(session, institution, designs.digest(seen), at=NOW, who="admin")


def drop(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        designs.drop(session, INSTITUTION, at=NOW, who="admin")


def stored(desk: Desk, institution: str = INSTITUTION) -> tuple[Design, Design | None]:
    """(in use, draft)."""
    with reading(desk.engine) as session:
        return designs.design_of(session, institution), designs.draft_of(session, institution)


def logged(desk: Desk) -> list[tuple[str, str, str]]:
    """(action, subject, line) of the log."""
    with reading(desk.engine) as session:
        audit.verify(session)
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
        return [(one.action, one.subject, json.loads(one.details)["line"]) for one in entries]


def test_without_one_it_is_plain(desk: Desk) -> None:
    assert (Design(), None) == stored(desk)


def test_it_prints_once_it_is_used_and_comes_back_whole(desk: Desk) -> None:
    prepare(desk, DESIGN)
    assert (Design(), DESIGN) == stored(desk)
    use(desk, DESIGN)
    assert (DESIGN, None) == stored(desk)
    assert (Design(), None) == stored(desk, OTHER)


def test_pictures_can_be_taken_away_again(desk: Desk) -> None:
    prepare(desk, DESIGN)
    use(desk, DESIGN)
    bare = replace(DESIGN, seal=None, logo=None, addresses=())
    prepare(desk, bare)
    use(desk, bare)
    assert (bare, None) == stored(desk)


def test_only_what_was_looked_at_is_used(desk: Desk) -> None:
    """Another administrator changed the draft behind the page."""
    prepare(desk, DESIGN)
    other = replace(DESIGN, seal=None)
    prepare(desk, other)
    assert "design_changed" == refusal(use, desk, DESIGN)
    assert "design_changed" == refusal(use, desk, other, OTHER)
    assert (Design(), other) == stored(desk)
    use(desk, other)
    assert "design_changed" == refusal(use, desk, other)


def test_a_draft_that_changes_nothing_is_none(desk: Desk) -> None:
    prepare(desk, Design())
    assert [] == logged(desk)
    prepare(desk, DESIGN)
    prepare(desk, DESIGN)
    prepare(desk, Design())
    assert (Design(), None) == stored(desk)
    assert 2 == len(logged(desk))


def test_a_draft_is_given_up(desk: Desk) -> None:
    prepare(desk, DESIGN)
    drop(desk)
    drop(desk)
    assert (Design(), None) == stored(desk)


def test_every_change_is_logged(desk: Desk) -> None:
    prepare(desk, DESIGN)
    use(desk, DESIGN)
    prepare(desk, replace(DESIGN, line="电话"))
    drop(desk)
    subject = f"{INSTITUTION} design"
    assert [
        ("prepare design", subject, DESIGN.line),
        ("use design", subject, DESIGN.line),
        ("prepare design", subject, "电话"),
        ("drop design", subject, DESIGN.line),
    ] == logged(desk)


def test_each_member_makes_another_digest() -> None:
    changes: list[dict[str, object]] = [
        {"logo": None},
        {"seal": LOGO},
        {"seal_kind": "机构印章"},
        {"line": ""},
        {"addresses": ()},
        {"verifier": "证印"},
    ]
    found = {designs.digest(replace(DESIGN, **change)) for change in changes}  # type: ignore[arg-type]
    assert len(changes) == len(found - {designs.digest(DESIGN)})
