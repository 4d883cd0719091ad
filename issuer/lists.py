"""What an institution publishes: its status lists and issued lists, from the database."""

from dataclasses import replace

from sqlalchemy import select
from sqlmodel import Session

from issuer.tables import CERTIFICATES
from keys import jws
from keys.jws import Signer
from keys.publication import DAY, ListFiles
from schemas import origin as address
from schemas import status_list, strict_json
from schemas.status_list import Status, StatusList

_STATUS = {"revoked": Status.INVALID, "suspended": Status.SUSPENDED}
TOKEN_LIFE = 7 * DAY  # seconds that the standard status list token is good for


def list_files(session: Session, institution: str) -> list[ListFiles]:
    """All lists of an institution; a slot that is reserved and not signed yet ends its list."""
    table = CERTIFICATES.c
    rows = session.execute(
        select(table.list_id, table.idx, table.slot, table.status, table.replaced_seal)
        .where(table.institution == institution)
        .order_by(table.list_id, table.idx)
    )
    slots: dict[str, list[bytes]] = {}
    changed: dict[str, list[tuple[int, Status]]] = {}
    replaced: dict[str, dict[int, str]] = {}
    for list_id, idx, slot, status, replaced_seal in rows:
        entries = slots.setdefault(list_id, [])
        if slot is None or len(entries) != idx:
            continue
        entries.append(slot)
        if status in _STATUS:
            changed.setdefault(list_id, []).append((idx, _STATUS[status]))
        if replaced_seal is not None:
            replaced.setdefault(list_id, {})[idx] = replaced_seal
    return [
        ListFiles(
            institution=institution,
            list_id=list_id,
            status=StatusList.of(len(entries), changed.get(list_id, ())),
            slots=b"".join(entries),
            replaced=replaced.get(list_id, {}),
        )
        for list_id, entries in slots.items()
        if entries
    ]


def with_token(files: ListFiles, *, origin: str, signer: Signer, now: int) -> ListFiles:
    """The lists with the standard status list token, for verifiers that know no registry."""
    uri = address.status_uri(origin, files.institution, files.list_id)
    claims = files.status.claims(uri, iat=now, exp=now + TOKEN_LIFE)
    token = jws.sign_compact(strict_json.dumps(claims), typ=status_list.TYP, signer=signer)
    return replace(files, token=token)
