"""How an institution's certificates look: the design in use, and a draft that is looked at before.

The design in use prints every certificate from then on, those of before too: a document is a
function of the stored credential and of the design (docs/adr/0011). So a change is prepared first,
and used only as it was looked at; the log says who did either.
"""

import hashlib

from sqlmodel import Session

from issuer import audit
from issuer.db import lock
from issuer.documents.certificate import SEAL_KINDS, Design
from issuer.tables import CertificateDesign
from schemas import strict_json
from schemas.errors import CommandError


def design_of(session: Session, institution: str) -> Design:
    """The design in use; a plain one where the institution has none."""
    return _stored(session, institution, draft=False) or Design()


def draft_of(session: Session, institution: str) -> Design | None:
    """The design that is prepared and not used yet."""
    return _stored(session, institution, draft=True)


def digest(design: Design) -> str:
    """SHA-256, hexadecimal, of a design: what a look at it is bound to."""
    return hashlib.sha256(strict_json.dumps(_described(design))).hexdigest()


def prepare(session: Session, institution: str, design: Design, *, at: int, who: str) -> bool:
    """Keep a draft in place of the one before; give whether there is one: what is in use is none.

    Args:
        session: The transaction.
        institution: Its id.
        design: Checked, its pictures ready.
        at: Seconds.
        who: For the log.
    """
    _lock(session, institution)
    used = design_of(session, institution)
    if design != (draft_of(session, institution) or used):
        _delete_draft(session, institution)
        if design != used:
            _store(session, institution, design, draft=True)
        _log(session, institution, design, "prepare design", at=at, who=who)
    return design != used


def use(session: Session, institution: str, seen: str, *, at: int, who: str) -> None:
    """Print with the draft from now on, if it is the one that was looked at.

    Raises:
        CommandError: `design_changed`.
    """
    _lock(session, institution)
    draft = draft_of(session, institution)
    if draft is None or digest(draft) != seen:
        raise CommandError("design_changed")
    _delete_draft(session, institution)
    _store(session, institution, draft, draft=False)
    _log(session, institution, draft, "use design", at=at, who=who)


def drop(session: Session, institution: str, *, at: int, who: str) -> None:
    """Give the draft up; what is in use stays."""
    _lock(session, institution)
    if draft_of(session, institution) is not None:
        _delete_draft(session, institution)
        _log(session, institution, design_of(session, institution), "drop design", at=at, who=who)


def _lock(session: Session, institution: str) -> None:
    lock(session, f"design {institution}")


def _stored(session: Session, institution: str, *, draft: bool) -> Design | None:
    row = session.get(CertificateDesign, (institution, draft))
    if row is None:
        return None
    return Design(
        logo=row.logo,
        seal=row.seal,
        seal_kind=SEAL_KINDS[row.seal_kind],
        line=row.line,
        addresses=tuple(row.addresses.split()),
        verifier=row.verifier,
    )


def _store(session: Session, institution: str, design: Design, *, draft: bool) -> None:
    session.merge(
        CertificateDesign(
            institution=institution,
            draft=draft,
            logo=design.logo,
            seal=design.seal,
            seal_kind=design.seal_kind,
            line=design.line,
            addresses=" ".join(design.addresses),
            verifier=design.verifier,
        )
    )
    session.flush()


def _delete_draft(session: Session, institution: str) -> None:
    row = session.get(CertificateDesign, (institution, True))
    if row is not None:
        session.delete(row)
        session.flush()


def _described(design: Design) -> dict[str, str]:
    """A design in short: the pictures by their SHA-256, empty where there is none."""
    pictures = {
        name: hashlib.sha256(picture).hexdigest() if picture else ""
        for name, picture in (("logo", design.logo), ("seal", design.seal))
    }
    return {
        **pictures,
        "seal_kind": design.seal_kind,
        "line": design.line,
        "addresses": " ".join(design.addresses),
        "verifier": design.verifier,
    }


def _log(
    session: Session, institution: str, design: Design, action: str, *, at: int, who: str
) -> None:
    audit.append(
        session,
        at=at,
        who=who,
        action=action,
        subject=f"{institution} design",
        **_described(design),
    )
