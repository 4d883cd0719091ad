"""A change marks the publication as due, once, from the first one on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from issuer import status
from issuer.db import transaction
from issuer.desk import Desk
from issuer.publication_due import mark_due, take_due
from schemas.errors import CommandError
from tests.issuer.desk import ISSUE_TIME, at_desk, book, issue, orders
from tests.world import NOW


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


def take(desk: Desk) -> int | None:
    with transaction(desk.engine) as session:
        return take_due(session)


def change(action: str) -> Callable[[Desk], None]:
    def work(desk: Desk) -> None:
        status.change(desk, action, "PJ2025000001", type_name=None, reason="核实", now=ISSUE_TIME)

    return work


def test_the_first_change_counts_until_it_is_taken(desk: Desk) -> None:
    for at in (7, 8):
        with transaction(desk.engine) as session:
            mark_due(session, at=at)
    assert [7, None] == [take(desk), take(desk)]
    with transaction(desk.engine) as session:
        mark_due(session, at=9)
    assert 9 == take(desk)


def test_issuing_and_every_change_of_status_mark_it(desk: Desk) -> None:
    book(desk, orders(1))
    assert take(desk) is None  # nothing to be seen before it is signed
    issue(desk, orders(1))
    assert NOW == take(desk)
    for action in ("suspend", "reinstate", "revoke"):
        change(action)(desk)
        assert NOW == take(desk)
    with pytest.raises(CommandError):
        change("revoke")(desk)
    assert take(desk) is None
