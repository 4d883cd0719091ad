"""What changes is published at once, by one process, whole or not at all."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete

from issuer import status
from issuer.db import transaction
from issuer.issue import Issued
from issuer.publication_due import mark_due
from issuer.running import leases, publisher
from issuer.running.jobs import Jobs
from issuer.running.publisher import publish_due
from issuer.running.settings import SignerSetting
from issuer.tables import CERTIFICATES
from keys.publication import DAY, ListFiles
from keys.published import token_path
from keys.trust import TrustState
from schemas.errors import CommandError, RevokedError, TrustError, VerificationError
from tests.issuer.desk import INSTITUTION, issue, orders
from tests.issuer.office import Office, open_office
from tests.issuer.publishing import open_publishing_office
from tests.world import moment
from verifier.presentation import Presentation
from verifier.verify import verify

REASON = "持证人申请"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_publishing_office(tmp_path)


def sign(office: Office, count: int = 3, first: int = 0) -> list[Issued]:
    """Issue certificates at the office's desk."""
    desk = office.service.desk(INSTITUTION, "officer")
    return issue(desk, orders(count, first=first), now=office.service.now())


def change(office: Office, action: str, one: Issued) -> None:
    desk = office.service.desk(INSTITUTION, "officer")
    now = office.service.now()
    status.change(desk, action, one.number, type_name=None, reason=REASON, now=now)


def note(office: Office) -> None:
    with transaction(office.service.engine) as session:
        mark_due(session, at=office.service.seconds())


def said(trust: TrustState, one: Issued, now: float) -> str:
    """What a verifier says who has `trust`."""
    text = f"https://{trust.registry.origins[0]}/#{one.digits(trust.registry.origins[0])}"
    try:
        verify(Presentation.read(text), trust=trust, now=moment(int(now)))
    except VerificationError as error:
        return error.code
    return "ok"


def ask(office: Office, one: Issued) -> str:
    return said(office.service.trust(), one, office.clock())


def version(office: Office) -> int:
    return office.service.trust().snapshot.version


def test_what_is_signed_and_changed_is_published_in_one_round(office: Office) -> None:
    first, second, third = sign(office)
    assert "issued_after_snapshot" == ask(office, first)
    jobs = Jobs(office.service)
    jobs.once()
    assert ["ok"] * 3 == [ask(office, one) for one in (first, second, third)]
    office.clock.now += 60
    change(office, "revoke", second)
    change(office, "suspend", third)
    assert "ok" == ask(office, second)
    jobs.once()
    assert ["ok", "revoked", "suspended"] == [ask(office, one) for one in (first, second, third)]
    office.clock.now += 60
    change(office, "reinstate", third)
    jobs.once()
    assert ["ok", "revoked", "ok"] == [ask(office, one) for one in (first, second, third)]


def test_a_revocation_is_published_by_the_running_service(tmp_path: Path) -> None:
    """From the officer's press to the published tree, with the jobs' own thread."""
    office = open_publishing_office(tmp_path)
    [one] = sign(office, 1)
    jobs = Jobs(office.service)
    jobs.start()
    try:
        wait_until(lambda: "ok" == ask(office, one))
        change(office, "revoke", one)
        wait_until(lambda: RevokedError.code == ask(office, one))
    finally:
        jobs.stop()


def wait_until(happened: Callable[[], bool], *, seconds: float = 60) -> float:
    """The seconds until it has happened."""
    began = time.monotonic()
    while not happened():
        assert seconds > time.monotonic() - began
        time.sleep(0.02)
    return time.monotonic() - began


def test_nothing_is_published_without_a_reason_but_once_a_day(office: Office) -> None:
    publish_due(office.service)
    before = version(office)
    for _ in range(3):
        office.clock.now += 3600
        publish_due(office.service)
    assert before == version(office)
    office.clock.now += DAY
    publish_due(office.service)
    publish_due(office.service)
    assert before + 1 == version(office)


def test_the_lists_bear_the_institutions_token_while_its_key_is_open(office: Office) -> None:
    """An old one would say what is no longer true: without the key there is none."""
    sign(office)
    publish_due(office.service)
    path = office.service.settings.trust / token_path(f"{INSTITUTION}/2025")
    assert path.exists()
    office.service.signers.lock(INSTITUTION)
    note(office)
    publish_due(office.service)
    assert not path.exists()


def test_a_failure_publishes_nothing_and_is_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = sign(office, 1)
    before = version(office)

    def full(*_: object, **__: object) -> None:
        raise TrustError("folder_unwritable", "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("keys.authority.write_tree", full)
        with pytest.raises(TrustError):
            publish_due(office.service)
        publish_due(office.service)  # not at once again
    assert before == version(office)
    office.clock.now += publisher.RETRY
    publish_due(office.service)
    assert "ok" == ask(office, one)
    assert before + 1 == version(office)


def test_an_old_backup_is_not_published(office: Office) -> None:
    sign(office)
    publish_due(office.service)
    before = version(office)
    with transaction(office.service.engine) as session:
        session.execute(delete(CERTIFICATES).where(CERTIFICATES.c.idx == 2))
    note(office)
    with pytest.raises(CommandError) as error:
        publish_due(office.service)
    assert "database_behind_lists" == error.value.code
    assert before == version(office)


def test_one_process_publishes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one waits for its lease, and goes on where it died."""
    [one] = sign(office, 1)
    with transaction(office.service.engine) as session:
        assert publisher._take(session, office.service.seconds())
    monkeypatch.setattr(leases, "PROCESS", "another process")
    publish_due(office.service)
    assert "issued_after_snapshot" == ask(office, one)
    office.clock.now += publisher.WORKING
    publish_due(office.service)
    assert "ok" == ask(office, one)


def test_whoever_took_too_long_has_it_published_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lists may be older than those that another process has published meanwhile."""
    first, second = sign(office, 2)
    publish = publisher._publish

    def slow(service: object, lists: list[ListFiles]) -> None:
        office.clock.now += publisher.WORKING
        with monkeypatch.context() as patch:
            patch.setattr(leases, "PROCESS", "another process")
            patch.setattr(publisher, "_publish", publish)
            change(office, "suspend", second)
            publish_due(office.service)
        assert "suspended" == ask(office, second)
        publish(office.service, lists)

    with monkeypatch.context() as patch:
        patch.setattr(publisher, "_publish", slow)
        publish_due(office.service)
    assert "ok" == ask(office, second)
    publish_due(office.service)
    assert ["ok", "suspended"] == [ask(office, one) for one in (first, second)]


def test_without_an_authority_the_lists_lie_ready_for_it(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    sign(office)
    publish_due(office.service)
    [path] = (tmp_path / "home" / publisher.FOLDER).rglob("*.json")
    assert 3 == ListFiles.read(path.read_bytes()).status.count


@pytest.mark.parametrize("missing", ["snapshot", "passphrase_file"])
def test_who_publishes_needs_the_snapshot_key(tmp_path: Path, missing: str) -> None:
    snapshot = None if missing == "snapshot" else SignerSetting(key="snapshot.pem")
    with pytest.raises(CommandError) as error:
        open_office(tmp_path, authority=tmp_path, snapshot=snapshot)
    assert "setting_missing" == error.value.code
