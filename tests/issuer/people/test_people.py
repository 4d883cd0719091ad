"""Who lets whom in: within an institution its administrator, above them the bureau."""

import re
from pathlib import Path

import pytest
from sqlmodel import select

import zhengyin
from issuer.cli import ROLES
from issuer.db import open_database, reading, sqlite_url, transaction
from issuer.people import clients, people
from issuer.people.access import Caller, Role, Scope
from issuer.people.accounts import by_password
from issuer.tables import Account, AuditEntry, Tenant
from schemas.errors import CommandError
from tests.issuer.desk import INSTITUTION, settle
from tests.issuer.office import PEOPLE, Office, hashed, open_office, sign_in

NEW = {"login": "new", "name": "测试新人", "role": "clerk", "institution": "", "district": ""}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(shared: Office) -> Office:
    """One office; whoever was put out of use or moved is back, strangers are gone."""
    shared.clock.now += 400
    shared.clients.clear()
    with transaction(shared.service.engine) as session:
        for one in session.exec(select(AuditEntry)):
            session.delete(one)
        for one in session.exec(select(Account)):
            one.active, one.new_password = True, False
            if one.login in PEOPLE:
                one.role, one.password = PEOPLE[one.login][0], hashed()
            else:
                one.active = False
                one.login = f"gone-{one.id}"
            session.add(one)
    return shared


def press(office: Office, who: str, path: str, /, **form: str) -> tuple[int, str]:
    data = {"csrf": office.csrf(who), **form}
    answer = office.browser(who).post(f"/console/{path}", data=data)
    return answer.status_code, answer.text


def account(office: Office, login: str) -> Account:
    with reading(office.service.engine) as session:
        found = session.exec(select(Account).where(Account.login == login)).one()
        session.expunge_all()
    return found


def change(office: Office, who: str, whom: str, what: str, **form: str) -> tuple[int, str]:
    return press(office, who, f"people/{account(office, whom).id}", do=what, **form)


def logged(office: Office) -> list[tuple[str, str, str]]:
    with reading(office.service.engine) as session:
        found = [(one.who, one.action, one.subject) for one in session.exec(select(AuditEntry))]
    return [line for line in found if line[1] != "sign-in"]


def handed_over(page: str) -> str:
    found = re.search(r'<p class="big code">([^<]+)</p>', page)
    assert found
    return found[1]


def test_an_account_is_added_and_its_password_shown_once(office: Office) -> None:
    status, page = press(office, "admin", "people", **NEW)
    assert 200 == status
    password = handed_over(page)
    assert password not in office.browser("admin").get("/console/people").text
    added = account(office, "new")
    assert (INSTITUTION, "clerk", True) == (added.institution, added.role, added.new_password)
    assert [("admin", "account added", INSTITUTION)] == logged(office)
    client = office.stranger()
    sign_in(office, client, "new", password)
    assert "/console/new-password" == client.get("/console").headers["location"]


@pytest.mark.parametrize(
    ("who", "changes", "code"),
    [
        ("admin", {"login": "clerk"}, 409),
        ("admin", {"login": "Nö"}, 400),
        ("admin", {"name": " "}, 400),
        ("admin", {"role": "bureau"}, 400),
        ("admin", {"role": "district", "district": "海淀区"}, 400),
        ("admin", {"role": "nothing"}, 400),
        ("bureau", {"role": "clerk", "institution": INSTITUTION}, 400),
        ("bureau", {"role": "district"}, 400),
        ("bureau", {"role": "admin"}, 404),
        ("bureau", {"role": "admin", "institution": "nowhere"}, 404),
        ("approver", {}, 403),
    ],
)
def test_what_is_no_account(office: Office, who: str, changes: dict[str, str], code: int) -> None:
    with reading(office.service.engine) as session:
        before = len(session.exec(select(Account)).all())
    assert code == press(office, who, "people", **(NEW | changes))[0]
    with reading(office.service.engine) as session:
        assert before == len(session.exec(select(Account)).all())


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "admin", "institution": INSTITUTION},
        {"role": "district", "district": "海淀区"},
        {"role": "bureau"},
    ],
)
def test_the_bureau_lets_in_its_own_and_administrators(
    office: Office, changes: dict[str, str]
) -> None:
    status, page = press(office, "bureau", "people", **(NEW | changes))
    assert 200 == status
    assert handed_over(page)
    added = account(office, "new")
    assert changes.get("institution") == added.institution


def test_an_admin_s_institution_is_their_own(office: Office) -> None:
    """Whatever the form says."""
    press(office, "admin", "people", **(NEW | {"institution": "demo-xueyuan"}))
    assert INSTITUTION == account(office, "new").institution


def test_whoever_is_put_out_of_use_is_out_at_once(office: Office) -> None:
    browser = office.browser("clerk")
    assert 200 == browser.get("/console").status_code
    assert 303 == change(office, "admin", "clerk", "end")[0]
    assert "/console/sign-in" == browser.get("/console").headers["location"]
    status, page = change(office, "admin", "clerk", "reopen")
    assert 200 == status
    sign_in(office, office.stranger(), "clerk", handed_over(page))


def test_another_role_means_signing_in_again(office: Office) -> None:
    browser = office.browser("clerk")
    assert 303 == change(office, "admin", "clerk", "role", role="approver")[0]
    assert 303 == browser.get("/console").status_code
    assert "approver" == account(office, "clerk").role


def test_a_reset_takes_both_factors_and_the_sign_on(office: Office) -> None:
    office.browser("clerk")
    with transaction(office.service.engine) as session:
        found = session.exec(select(Account).where(Account.login == "clerk")).one()
        found.subject = "https://sso.example#1"
        session.add(found)
    status, page = change(office, "admin", "clerk", "reset")
    assert 200 == status
    after = account(office, "clerk")
    assert (b"", False, None, True) == (
        after.totp,
        after.totp_proven,
        after.subject,
        after.new_password,
    )
    sign_in(office, office.stranger(), "clerk", handed_over(page))


@pytest.mark.parametrize("what", ["end", "reset", "role", "reopen"])
def test_nobody_changes_their_own_account(office: Office, what: str) -> None:
    assert 409 == change(office, "admin", "admin", what, role="clerk")[0]
    assert "admin" == account(office, "admin").role


@pytest.mark.parametrize(("what", "form"), [("end", {}), ("role", {"role": "clerk"})])
def test_the_last_administrator_stays(office: Office, what: str, form: dict[str, str]) -> None:
    """Not even the bureau leaves an institution without anybody who lets people in."""
    with transaction(office.service.engine) as session:
        caller = Caller(name="x", who="x", institution=INSTITUTION, role=Role.ADMIN, account_id=0)
        last = session.exec(select(Account).where(Account.login == "admin")).one()
        acts = {"end": people.put_out_of_use, "role": people.set_role}
        with pytest.raises(CommandError) as error:
            acts[what](session, caller, last, **form, now=0)
    assert "last_head" == error.value.code
    press(office, "admin", "people", **(NEW | {"role": "admin"}))
    sign_in(office, office.stranger(), "admin")
    assert 409 == change(office, "bureau", "bureau", "end")[0]
    assert 303 == change(office, "bureau", "admin", "end")[0]


@pytest.mark.parametrize(
    ("who", "whom"),
    [
        ("other-admin", "clerk"),
        ("admin", "other-clerk"),
        ("admin", "bureau"),
        ("bureau", "clerk"),
        ("bureau", "approver"),
    ],
)
def test_other_people_s_accounts_are_not_there(office: Office, who: str, whom: str) -> None:
    for what in ("end", "reset", "role", "reopen"):
        assert 404 == change(office, who, whom, what, role="clerk")[0]
    assert whom not in re.findall(
        r"<code>([^<]+)</code>", office.browser(who).get("/console/people").text
    )
    assert account(office, whom).active


# Systems


def add_client(office: Office, login: str = "admin", **form: str) -> tuple[int, str]:
    form = {"name": "培训系统", "days": "90", "scope-certificates": "on", **form}
    return press(office, login, "clients", **form)


def test_a_client_s_token_is_shown_once_and_ends_when_taken_back(office: Office) -> None:
    status, page = add_client(office)
    assert 200 == status
    token = re.search(rf"{clients.PREFIX}[\w-]+", page)
    assert token
    assert token[0] not in office.browser("admin").get("/console/clients").text
    with reading(office.service.engine) as session:
        found = clients.find(session, token[0], now=office.service.seconds())
        assert found is not None
        assert (INSTITUTION, "certificates") == (found.institution, found.scopes)
        number = found.id
        assert None is clients.find(session, token[0], now=office.service.seconds() + 91 * 86_400)
    assert 404 == press(office, "other-admin", f"clients/{number}/revoke")[0]
    assert 303 == press(office, "admin", f"clients/{number}/revoke")[0]
    with reading(office.service.engine) as session:
        assert None is clients.find(session, token[0], now=office.service.seconds())
    assert [("admin", "client added", INSTITUTION), ("admin", "client ended", INSTITUTION)] == (
        logged(office)
    )


@pytest.mark.parametrize(
    "form", [{"name": " "}, {"days": "4000"}, {"days": "x"}, {"scope-certificates": ""}]
)
def test_what_is_no_client(office: Office, form: dict[str, str]) -> None:
    assert 400 == add_client(office, **form)[0]


@pytest.mark.parametrize("login", ["clerk", "approver", "bureau", "district"])
def test_only_an_administrator_lets_systems_in(office: Office, login: str) -> None:
    assert 403 == add_client(office, login)[0]


# Institutions


def test_the_bureau_sets_district_and_retention(office: Office) -> None:
    assert (
        303
        == press(
            office, "bureau", f"tenants/{INSTITUTION}", district="海淀区", retention_days="3650"
        )[0]
    )
    with reading(office.service.engine) as session:
        tenant = session.get_one(Tenant, INSTITUTION)
        assert ("海淀区", 3650) == (tenant.district, tenant.retention_days)
    assert 200 == office.browser("district").get("/console").status_code
    assert INSTITUTION in office.browser("district").get("/console/keys").text
    assert 303 == press(office, "bureau", f"tenants/{INSTITUTION}", district="")[0]
    assert INSTITUTION not in office.browser("district").get("/console/keys").text


@pytest.mark.parametrize("days", ["0", "-1", "x", "36501", "9" * 30, "１００"])
def test_what_is_no_number_of_days(office: Office, days: str) -> None:
    status, _ = press(office, "bureau", f"tenants/{INSTITUTION}", retention_days=days)
    assert 400 == status


def test_an_institution_that_is_not_there_is_not_set(office: Office) -> None:
    assert 404 == press(office, "bureau", "tenants/nobody", district="x")[0]


# At the command line


def test_the_first_account_comes_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = settle(tmp_path)
    line = ["issuer", "account", "add", "First", "--name", "测试", "--home", str(town.home)]
    where = ["--as", INSTITUTION, "--trust", str(town.trust)]
    assert 0 == zhengyin.main([*line, "--role", "admin", *where])
    said = capsys.readouterr().out
    password = said.rsplit(maxsplit=1)[-1]
    assert 1 == zhengyin.main([*line, "--role", "admin", *where])
    assert "login" in capsys.readouterr().err
    assert 1 == zhengyin.main([*line[:3], "second", *line[4:], "--role", "admin"])
    assert 0 == zhengyin.main(["issuer", "account", "list", "--home", str(town.home)])
    assert f"first  admin  {INSTITUTION}  测试" in capsys.readouterr().out
    assert 0 == zhengyin.main(["issuer", "account", "reset", "first", "--home", str(town.home)])
    again = capsys.readouterr().out.rsplit(maxsplit=1)[-1]
    engine = open_database(sqlite_url(town.home / "issuer.sqlite"))
    with transaction(engine) as session:
        assert None is by_password(session, "first", password)
        assert by_password(session, "first", again)
        actions = [one.action for one in session.exec(select(AuditEntry))]
    assert ["account added", "account reset"] == actions
    assert 1 == zhengyin.main(["issuer", "account", "reset", "none", "--home", str(town.home)])


def test_the_command_line_knows_all_roles() -> None:
    assert set(Role) == set(ROLES)
    assert {scope.value for scope in Scope} == {"rosters", "certificates", "status"}
