"""An office that publishes for the authority, whose folder and snapshot key lie beside it."""

import shutil
from pathlib import Path
from typing import Any

from issuer.running.settings import SignerSetting
from keys.authority_folder import AuthorityFolder, Draft, Settings
from schemas.registry import Authority
from tests.issuer.desk import settle, write_key
from tests.issuer.office import Office, open_office
from tests.world import NOW, ORIGIN, SECOND_ORIGIN, key


def open_publishing_office(folder: Path, *, now: int = NOW, **options: Any) -> Office:
    """The office; what is published lies in the authority's folder."""
    town = settle(folder, now=now)
    authority = AuthorityFolder(folder / "authority")
    name = Authority(zh="演示主管部门", en="Demonstration authority")
    origins = [ORIGIN, SECOND_ORIGIN]
    authority.create(Settings(env="demo", origins=origins, authority=name), Draft(edition="演示版"))
    shutil.copytree(town.trust, authority.published_path)
    write_key(folder / "snapshot.pem", key("demo snapshot 1"))
    snapshot = SignerSetting(
        key=str(folder / "snapshot.pem"), passphrase_file=folder / "passphrase"
    )
    return open_office(
        folder,
        now=now,
        town=town,
        authority=authority.path,
        trust=authority.published_path,
        snapshot=snapshot,
        **options,
    )
