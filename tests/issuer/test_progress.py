"""How far a download has come: noted once a second, gone when it breaks off, seen by its own people."""

from collections.abc import Iterator
from itertools import count

import pytest

from issuer import progress
from issuer.db import open_database, reading, transaction
from issuer.running.signing_job import sign_approved
from tests.issuer.desk import INSTITUTION, orders
from tests.issuer.office import Office, open_office
from tests.issuer.submitting import Roster, workbook

ID = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("text", "expected"), [(ID, True), (ID[1:], False), (ID.upper(), False), ("../" + ID, False)]
)
def test_is_id(text: str, expected: bool) -> None:
    assert expected == progress.is_id(text)


def test_it_is_noted_once_a_second_and_at_the_end(database: str) -> None:
    engine = open_database(database)
    seconds = iter([100, 100, 101, 101, 101])
    report = progress.reporting(engine, ID, INSTITUTION, 4, lambda: next(seconds))

    def noted() -> tuple[int, int] | None:
        with reading(engine) as session:
            found = progress.of_download(session, ID, INSTITUTION)
            return found and (found.done, found.at)

    seen = [noted()]
    for done in range(1, 5):
        report(done)
        seen.append(noted())
    assert [(0, 100), (0, 100), (2, 101), (2, 101), (4, 101)] == seen
    with reading(engine) as session:
        assert progress.of_download(session, ID, "demo-xueyuan") is None
    for before, left in ((101, (4, 101)), (102, None)):
        with transaction(engine) as session:
            progress.forget(session, before=before)
        assert left == noted()


def test_nobody_waits_for_what_broke_off(database: str) -> None:
    engine = open_database(database)

    def there() -> bool:
        with reading(engine) as session:
            return progress.of_download(session, ID, INSTITUTION) is not None

    def begun() -> Iterator[bytes]:
        progress.reporting(engine, ID, INSTITUTION, 2, count().__next__)
        return progress.broken_off(engine, ID, iter([b"1", b"2"]))

    assert [b"1", b"2"] == list(begun())
    assert there()
    pieces = begun()
    assert b"1" == next(pieces)
    assert there()
    pieces.close()  # type: ignore[attr-defined]  # a generator's
    assert not there()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


def test_the_page_that_waits_is_told(office: Office) -> None:
    roster = Roster.enter(office, workbook(orders(3))).submit().approve()
    sign_approved(office.service)
    at = f"/console/rosters/{roster.id}/papers"
    clerk = office.browser("clerk")
    assert 404 == clerk.get(f"{at}/progress/{ID}").status_code
    assert 200 == clerk.get(f"{at}/pdfs", params={"progress": "not one"}).status_code
    assert 200 == clerk.get(f"{at}/pdfs", params={"progress": ID}).status_code
    told = clerk.get(f"{at}/progress/{ID}", headers={"accept-language": "en"})
    assert told.json()["over"] is True
    assert "3" in told.json()["said"]
    assert 404 == office.browser("other-clerk").get(f"{at}/progress/{ID}").status_code
