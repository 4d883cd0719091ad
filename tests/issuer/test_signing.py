"""Open keys: for a while, in one process, and known to all."""

from pathlib import Path

import pytest

from issuer.db import open_database, reading
from issuer.running.settings import SignerSetting
from issuer.signing import ALIVE, FOR_EVER, KeyState, Signers
from schemas.errors import CommandError
from tests.issuer.desk import INSTITUTION, PASSPHRASE, SIGNER, write_key
from tests.issuer.office import Clock
from tests.world import key

KID = key(SIGNER).kid


class Two:
    """Two processes of a service on one database."""

    def __init__(self, folder: Path, database: str) -> None:
        write_key(folder / "key.pem", key(SIGNER))
        (folder / "passphrase").write_bytes(PASSPHRASE)
        path = str(folder / "key.pem")
        self.clock = Clock()
        self.engine = open_database(database)
        named = {INSTITUTION: SignerSetting(key=path)}
        opened = {INSTITUTION: SignerSetting(key=path, passphrase_file=folder / "passphrase")}
        self.one = Signers(named, self.engine, self.clock)
        self.other = Signers(opened, self.engine, self.clock)

    def unlock(self, *, minutes: int = 10) -> None:
        self.one.unlock(INSTITUTION, PASSPHRASE.decode(), minutes=minutes)

    def states(self) -> list[KeyState]:
        with reading(self.engine) as session:
            return [each.state(session, INSTITUTION) for each in (self.one, self.other)]


@pytest.fixture
def two(tmp_path: Path, database: str) -> Two:
    return Two(tmp_path, database)


CLOSED = KeyState(named=True)


def test_a_key_is_open_for_as_long_as_was_asked(two: Two) -> None:
    assert [CLOSED, CLOSED] == two.states()
    two.unlock(minutes=10)
    until = int(two.clock()) + 600
    assert 2 * [KeyState(named=True, kid=KID, until=until)] == two.states()
    for _ in range(600 // 10 - 1):
        two.clock.now += 10
        two.one.drop_locked()
        assert 2 * [KeyState(named=True, kid=KID, until=until)] == two.states()
    assert two.one.signer(INSTITUTION) is not None
    two.clock.now += 10
    assert two.one.signer(INSTITUTION) is None
    assert [CLOSED, CLOSED] == two.states()


def test_a_key_stays_in_its_process(two: Two) -> None:
    two.unlock()
    assert two.other.signer(INSTITUTION) is None


def test_a_key_that_is_locked_is_locked_in_all_processes(two: Two) -> None:
    two.unlock()
    two.other.open_all()
    two.other.lock(INSTITUTION)
    two.one.drop_locked()
    assert [None, None] == [each.signer(INSTITUTION) for each in (two.one, two.other)]
    assert [CLOSED, CLOSED] == two.states()


def test_the_key_of_a_process_that_died_is_not_open(two: Two) -> None:
    two.other.open_all()
    assert FOR_EVER == two.states()[0].until
    two.clock.now += ALIVE + 1
    assert CLOSED == two.states()[0]


def test_an_open_key_that_was_not_looked_after_is_not_taken_for_locked(two: Two) -> None:
    two.other.open_all()
    two.clock.now += 10 * ALIVE
    two.other.drop_locked()
    assert two.other.signer(INSTITUTION) is not None
    assert FOR_EVER == two.states()[0].until


@pytest.mark.parametrize(
    ("institution", "passphrase", "code"),
    [
        (INSTITUTION, "", "passphrase_missing"),
        (INSTITUTION, "not this one", "unlock_refused"),
        ("demo-queshi", PASSPHRASE.decode(), "key_not_named"),
    ],
)
def test_what_opens_no_key(two: Two, institution: str, passphrase: str, code: str) -> None:
    with pytest.raises(CommandError) as error:
        two.one.unlock(institution, passphrase, minutes=5)
    assert code == error.value.code
    assert [CLOSED, CLOSED] == two.states()
