"""The page of keys: unlocking, locking and the halt, each for those who may."""

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from issuer import halt
from issuer.db import reading, transaction
from issuer.people.throttle import UNLOCK
from issuer.tables import AuditEntry, Setting
from tests.issuer.desk import INSTITUTION, PASSPHRASE, demo_id_number, issue, orders, refusal
from tests.issuer.office import Office, open_office


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(shared: Office) -> Office:
    """One office for all tests: its key open, nothing halted, an empty log, all tries forgotten."""
    shared.clock.now += 6 * UNLOCK.seconds
    shared.clients.clear()
    shared.service.signers.open_all()
    with transaction(shared.service.engine) as session:
        session.execute(delete(Setting).where(col(Setting.name).startswith("halted")))
        session.execute(delete(AuditEntry))
    return shared


def press(office: Office, login: str, path: str, **form: str) -> int:
    data = {"csrf": office.csrf(login), **form}
    return office.browser(login).post(f"/console/{path}", data=data).status_code


def page(office: Office, login: str) -> str:
    text = office.browser(login).get("/console/keys", headers={"accept-language": "en"}).text
    assert PASSPHRASE.decode() not in text
    return text


def logged(office: Office) -> list[tuple[str, str]]:
    with reading(office.service.engine) as session:
        lines = [(one.who, one.action) for one in session.exec(select(AuditEntry))]
    return [line for line in lines if line[1] != "sign-in"]


def unlock(office: Office, login: str, passphrase: str, minutes: str = "15") -> int:
    path = f"keys/{INSTITUTION}/unlock"
    return press(office, login, path, passphrase=passphrase, minutes=minutes)


def test_a_key_is_locked_and_unlocked_for_a_while(office: Office) -> None:
    assert "unlocked when the service started" in page(office, "clerk")
    assert 303 == press(office, "clerk", f"keys/{INSTITUTION}/lock")
    assert None is office.service.signers.signer(INSTITUTION)
    assert "unlocked when" not in page(office, "clerk")
    assert 403 == unlock(office, "clerk", PASSPHRASE.decode())
    assert 303 == unlock(office, "approver", PASSPHRASE.decode())
    assert "unlocked until" in page(office, "clerk")
    assert office.service.signers.signer(INSTITUTION) is not None
    office.clock.now += 15 * 60 - 60
    assert office.service.signers.signer(INSTITUTION) is not None
    office.clock.now += 61
    assert None is office.service.signers.signer(INSTITUTION)
    assert [("clerk", "lock"), ("approver", "unlock")] == logged(office)


def test_a_wrong_passphrase_is_logged_and_cannot_be_tried_out(office: Office) -> None:
    press(office, "admin", f"keys/{INSTITUTION}/lock")
    codes = [unlock(office, "admin", "wrong passphrase") for _ in range(UNLOCK.burst + 1)]
    assert [400] * UNLOCK.burst + [429] == codes
    assert 429 == unlock(office, "approver", PASSPHRASE.decode())  # another officer's tries count
    assert [("admin", "unlock refused")] * UNLOCK.burst == logged(office)[1 : 1 + UNLOCK.burst]
    assert None is office.service.signers.signer(INSTITUTION)


@pytest.mark.parametrize("path", ["lock", "unlock"])
def test_another_institution_s_key_is_not_there(office: Office, path: str) -> None:
    assert 404 == press(office, "other-admin", f"keys/{INSTITUTION}/{path}", passphrase="x")
    assert INSTITUTION not in page(office, "other-admin")
    assert office.service.signers.signer(INSTITUTION) is not None


def halted(office: Office) -> bool:
    desk = office.service.desk(INSTITUTION, "officer")
    with reading(desk.engine) as session:
        return halt.find(session, INSTITUTION) is not None


@pytest.mark.parametrize("login", ["clerk", "approver", "admin"])
def test_whoever_works_there_stops_signing_and_the_admin_resumes(
    office: Office, login: str
) -> None:
    assert 303 == press(office, login, "halt", reason="编号有误")
    desk = office.service.desk(INSTITUTION, "officer")
    assert "halted" == refusal(issue, desk, orders(1))
    said = page(office, "approver")
    assert f"By {login}," in said
    assert "编号有误" in said
    for other in ("clerk", "approver"):
        assert 403 == press(office, other, "resume")
    assert halted(office)
    assert 303 == press(office, "admin", "resume")
    assert not halted(office)


@pytest.mark.parametrize("institution", ["", INSTITUTION])
def test_what_the_bureau_stopped_only_the_bureau_resumes(office: Office, institution: str) -> None:
    assert 303 == press(office, "bureau", "halt", institution=institution)
    assert halted(office)
    assert "only the bureau can resume" in page(office, "admin")
    for form in ({"institution": ""}, {"institution": INSTITUTION}):
        press(office, "admin", "resume", **form)
        assert halted(office)
    assert 303 == press(office, "bureau", "resume", institution=institution)
    assert not halted(office)


@pytest.mark.parametrize(
    ("login", "institution"),
    [
        ("other-admin", INSTITUTION),
        ("district", ""),
        ("district", INSTITUTION),
        ("bureau", "nobody"),
    ],
)
def test_nobody_stops_another_s_signing(office: Office, login: str, institution: str) -> None:
    assert 404 == press(office, login, "halt", institution=institution)
    assert not halted(office)


def test_no_id_number_gets_into_the_log(office: Office) -> None:
    assert 400 == press(office, "clerk", "halt", reason=f"{demo_id_number(1)} 有误")
    assert not halted(office)
