"""The demonstration's service: who may sign in, and the settings that show it, keys open, no second factor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from issuer.db import transaction
from issuer.demo import keyring
from issuer.demo.institutions import (
    JIDI,
    JINGSAI,
    PINGJIA,
    PINGJIA_NAME,
    QIYE,
    XUEYUAN,
    XUEYUAN_NAME,
)
from issuer.handout import write_file
from issuer.people import accounts
from issuer.people.access import Role
from issuer.running.settings import Settings, read_settings
from issuer.tables import Account, Tenant
from keys.authority_folder import AuthorityFolder
from schemas.codes import Language

HOME = "issuer"
AUTHORITY = "authority"
DISTRICT = "示例区"
SIGNERS = "signers.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in; none of them exists."""

    login: str
    name: str
    role: Role
    institution: str | None = None
    district: str = ""


PEOPLE = (
    Person(login="pingjia-jingban", name="测试经办", role=Role.CLERK, institution=PINGJIA),
    Person(login="pingjia-fuhe", name="测试复核", role=Role.APPROVER, institution=PINGJIA),
    Person(login="pingjia-guanli", name="测试管理", role=Role.ADMIN, institution=PINGJIA),
    Person(login="xueyuan-jingban", name="样例经办", role=Role.CLERK, institution=XUEYUAN),
    Person(login="xueyuan-fuhe", name="样例复核", role=Role.APPROVER, institution=XUEYUAN),
    Person(login="xueyuan-guanli", name="样例管理", role=Role.ADMIN, institution=XUEYUAN),
    Person(login="shiju", name="示例市局", role=Role.BUREAU),
    Person(login="quju", name="示例区局", role=Role.DISTRICT, district=DISTRICT),
)

_ROLES: dict[Language, dict[Role, str]] = {
    "zh-CN": {
        Role.CLERK: "经办",
        Role.APPROVER: "复核",
        Role.ADMIN: "机构管理员",
        Role.BUREAU: "市局",
        Role.DISTRICT: "区局",
    },
    "en": {
        Role.CLERK: "enters rosters",
        Role.APPROVER: "approves them",
        Role.ADMIN: "administrator",
        Role.BUREAU: "the bureau",
        Role.DISTRICT: "a district",
    },
}
_NAMES = {PINGJIA: PINGJIA_NAME, XUEYUAN: XUEYUAN_NAME}


def furnish(directory: Path, engine: Engine, passphrase: str, *, now: int) -> None:
    """Give everybody of `PEOPLE` an account whose password is `passphrase`; name the keys.

    Raises:
        CommandError: `database_unusable`, `cannot_write`.
    """
    # One hash for all: it takes long on purpose.
    first = Account(login=PEOPLE[0].login, name="", role="", created=now)
    accounts.set_password(first, passphrase)
    with transaction(engine) as session:
        for one in PEOPLE:
            session.add(
                Account(
                    login=one.login,
                    name=one.name,
                    role=one.role,
                    institution=one.institution,
                    district=one.district,
                    password=first.password,
                    created=now,
                )
            )
        session.add_all(Tenant(institution=one, district=DISTRICT) for one in (PINGJIA, XUEYUAN))
    named = (
        f'[{one}]\nkey = "../{keyring.FOLDER}/{one}.pem"\n'
        f'passphrase_file = "../{keyring.PASSPHRASE}"\n'
        for one in (PINGJIA, XUEYUAN, JIDI, QIYE, JINGSAI)
    )
    write_file(directory / HOME / SIGNERS, "\n".join(named).encode())


def settings(directory: Path, url: str) -> Settings:
    """The settings of the demonstration's service, reached at `url`.

    It works with what the authority publishes, so what is issued next is in it at once.
    """
    return read_settings(
        {
            "ZHENGYIN_HOME": str(directory / HOME),
            "ZHENGYIN_TRUST": str(AuthorityFolder(directory / AUTHORITY).published_path),
            "ZHENGYIN_URL": url,
            "ZHENGYIN_SECOND_FACTOR": "off",
            "ZHENGYIN_AUTHORITY": str(directory / AUTHORITY),
            "ZHENGYIN_SNAPSHOT_KEY": str(directory / keyring.FOLDER / "snapshot.pem"),
            "ZHENGYIN_SNAPSHOT_PASSPHRASE_FILE": str(directory / keyring.PASSPHRASE),
        }
    )


def people(language: Language) -> Iterator[Sequence[str]]:
    """Login, role and place of everybody, for a table."""
    for one in PEOPLE:
        where = _NAMES.get(one.institution or "", "") or one.district
        yield one.login, _ROLES[language][one.role], where
