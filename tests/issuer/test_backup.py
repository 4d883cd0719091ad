"""Backups: what comes back is what was, nothing else is taken, and numbering goes on without re-use."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from issuer import audit, backup, catch_up, designs, progress
from issuer.db import open_database, reading, sqlite_url, transaction
from issuer.desk import Desk
from issuer.issue import load
from issuer.status import change
from issuer.tables import METADATA, Certificate, Counter, Setting
from issuer.vault import Vault
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    at_desk,
    bytes_of,
    demo_world,
    exported,
    issue,
    orders,
    publish,
    refusal,
    stored,
)
from tests.issuer.test_designs import DESIGN
from tests.postgres import Databases
from tests.world import NOW, World

LATER = NOW + 3600


def saved(desk: Desk) -> bytes:
    out = io.BytesIO()
    backup.write(desk.engine, desk.vault, out, now=NOW)
    return out.getvalue()


def restored(desk: Desk, folder: Path, content: bytes, *, database: str | None = None) -> Desk:
    """The desk again, with a new database from the backup."""
    folder.mkdir(exist_ok=True)
    engine = open_database(database or sqlite_url(folder / "again.sqlite"))
    backup.restore(engine, desk.vault, io.BytesIO(content), who="officer", now=LATER)
    return replace(desk, engine=engine)


def all_rows(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    with reading(desk.engine) as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(table.select().order_by(*table.primary_key))
            ]
            for table in METADATA.sorted_tables
            if table.name not in ("setting", "auditentry")
        }


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


def test_what_comes_back_is_what_was(desk: Desk, tmp_path: Path) -> None:
    before = issue(desk, orders(30))
    again = restored(desk, tmp_path / "again", saved(desk))
    assert all_rows(desk) == all_rows(again)
    catch_up.catch_up(again, now=ISSUE_TIME)
    assert bytes_of(before) == bytes_of(load(again, 1))
    with reading(again.engine) as session:
        assert 4 == audit.verify(session)


def test_a_design_comes_back_with_its_pictures(
    desk: Desk, tmp_path: Path, postgresql: Databases
) -> None:
    """The one in use and the draft, between databases too."""
    with transaction(desk.engine) as session:
        designs.prepare(session, INSTITUTION, DESIGN, at=NOW, who="admin")
        designs.use(session, INSTITUTION, designs.digest(DESIGN), at=NOW, who="admin")
        draft = replace(DESIGN, logo=None)
        designs.prepare(session, INSTITUTION, draft, at=NOW, who="admin")
    with postgresql.lent() as url:
        again = restored(desk, tmp_path / "again", saved(desk), database=url)
        with reading(again.engine) as session:
            assert DESIGN == designs.design_of(session, INSTITUTION)
            assert draft == designs.draft_of(session, INSTITUTION)
        again.engine.dispose()


def test_what_is_of_a_moment_stays_behind(desk: Desk, tmp_path: Path) -> None:
    """Nobody waits for a download of the database that was lost."""
    progress.reporting(desk.engine, 32 * "a", INSTITUTION, 2, lambda: NOW)
    again = restored(desk, tmp_path / "again", saved(desk))
    with reading(again.engine) as session:
        assert progress.of_download(session, 32 * "a", INSTITUTION) is None


def test_a_large_backup_has_several_chunks(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "CHUNK", 1000)
    issue(desk, orders(50))
    assert all_rows(desk) == all_rows(restored(desk, tmp_path / "again", saved(desk)))


def test_a_backup_says_nothing_without_the_key(desk: Desk, tmp_path: Path) -> None:
    issue(desk, orders(5))
    content = saved(desk)
    for name in {str(order.claims["holder_name"]) for order in orders(5)}:
        assert name.encode() not in content
    other = replace(desk, vault=Vault.of(b"x" * 32))
    assert "backup_of_another_key" == refusal(restored, other, tmp_path / "other", content)


def test_whatever_is_damaged_is_refused_and_nothing_is_kept(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "CHUNK", 1000)
    issue(desk, orders(20))
    whole = saved(desk)
    head = whole.index(b"\n") + 1
    length = int.from_bytes(whole[head : head + 4], "big") + 4
    broken = {
        "empty": b"",
        "another file": b"PK\x03\x04" + whole,
        "head only": whole[:head],
        "cut off": whole[:-1],
        "without its last chunk": whole[: whole.rindex(b"\n", 0, head) + 1 + length],
        "a bit": whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:],
        "a chunk twice": whole[: head + length] + whole[head:],
        "a chunk left out": whole[:head] + whole[head + length :],
        "more behind": whole + whole[head:],
        "another head": whole.replace(b'"created":', b'"created":1', 1),
        "another version": whole.replace(b'"v":1', b'"v":2', 1),
    }
    engine = open_database(sqlite_url(tmp_path / "again.sqlite"))
    for name, content in broken.items():
        code = refusal(
            backup.restore, engine, desk.vault, io.BytesIO(content), who="officer", now=LATER
        )
        assert "backup_unreadable" == code, name
        with reading(engine) as session:
            assert session.exec(select(Certificate)).first() is None, name


def test_a_database_in_use_is_not_restored_into(desk: Desk) -> None:
    issue(desk, orders(1))
    content = io.BytesIO(saved(desk))
    code = refusal(backup.restore, desk.engine, desk.vault, content, who="officer", now=LATER)
    assert "database_not_empty" == code


def test_a_backup_moves_between_sqlite_and_postgresql(
    desk: Desk, tmp_path: Path, postgresql: Databases
) -> None:
    issue(desk, orders(3))
    with postgresql.lent() as url:
        again = restored(desk, tmp_path / "again", saved(desk), database=url)
        assert all_rows(desk) == all_rows(again)
        catch_up.catch_up(again, now=ISSUE_TIME)
        issue(again, orders(3, first=3))
        assert 6 == len({one.number for one in stored(again)})
        again.engine.dispose()


# The drill: a backup of an hour ago, and what was issued since is lost here and out in the world.


def drill(desk: Desk, tmp_path: Path) -> tuple[Desk, World, list[str]]:
    """(the restored desk, which knows what is published; the world; numbers that were lost)."""
    world = demo_world()
    state = world.state()
    issue(desk, orders(10))
    content = saved(desk)
    lost = issue(desk, orders(7, first=10))
    change(desk, "revoke", stored(desk)[2].number, type_name=None, reason="测试", now=ISSUE_TIME)
    change(desk, "suspend", lost[1].number, type_name=None, reason="测试", now=ISSUE_TIME)
    published = publish(world, state, exported(desk), now=LATER)
    again = replace(restored(desk, tmp_path / "again", content), trust=published)
    return again, world, [one.number for one in lost]


def test_nothing_is_issued_before_the_lists_were_compared(desk: Desk, tmp_path: Path) -> None:
    again, _, _ = drill(desk, tmp_path)
    assert "database_restored" == refusal(issue, again, orders(1, first=90))


def test_numbering_goes_on_without_re_use(desk: Desk, tmp_path: Path) -> None:
    again, _, lost = drill(desk, tmp_path)
    assert len(lost) == catch_up.catch_up(again, now=ISSUE_TIME)
    assert 0 == catch_up.catch_up(again, now=ISSUE_TIME)
    after = issue(again, orders(10, first=50))
    assert not {one.number for one in after} & set(lost)
    rows = stored(again)
    assert list(range(27)) == [one.idx for one in rows]
    assert 27 == len({one.slot for one in rows})


def test_a_series_that_began_after_the_backup_is_passed_over_too(
    desk: Desk, tmp_path: Path
) -> None:
    again, _, lost = drill(desk, tmp_path)
    catch_up.catch_up(again, now=ISSUE_TIME)
    [first] = issue(again, orders(1, first=60), pattern="NEW{serial:4}")
    [second] = issue(again, orders(1, first=61), pattern="NEW{serial:4}")
    assert [f"NEW{len(lost) + 1:04}", f"NEW{len(lost) + 2:04}"] == [first.number, second.number]


def test_what_was_withdrawn_since_stays_withdrawn(desk: Desk, tmp_path: Path) -> None:
    again, world, lost = drill(desk, tmp_path)
    catch_up.catch_up(again, now=ISSUE_TIME)
    assert ["revoked", "suspended"] == [stored(again)[at].status for at in (2, 11)]
    issue(again, orders(1, first=70))
    publish(world, again.trust, exported(again), now=LATER + 60)  # verifiers would refuse else
    assert len(lost) == catch_up.lost_count(again)


def test_another_history_is_refused(desk: Desk, tmp_path: Path) -> None:
    again, _, _ = drill(desk, tmp_path)
    with transaction(again.engine) as session:
        first = session.exec(select(Certificate).where(Certificate.idx == 0)).one()
        first.slot = b"another..."
        session.add(first)
    assert "list_of_another_history" == refusal(catch_up.catch_up, again, now=ISSUE_TIME)
    with reading(again.engine) as session:
        assert session.get(Setting, f"restored {INSTITUTION}") is not None
        assert 10 == session.get_one(Counter, (INSTITUTION, "slot 2025")).next
