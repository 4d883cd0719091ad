"""A certificate as a PDF: what was stored, set on the page of its type, with the credential inside.

Pure: the same printing gives the same bytes, in any process. The document's date is when the
credential was signed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from issuer.documents import ground, pictures, qr_image, qr_vector, typesetter
from schemas import base64url, certificate_types, printed, qr
from schemas.credential import Credential
from schemas.errors import CommandError
from schemas.registry import Institution
from schemas.sd_jwt import SdJwt

ATTACHED = "credential.sd-jwt"
PAPER = {"landscape": (297, 210), "portrait": (210, 297)}  # mm, A4
QR_ROOM = 62  # mm: version 11 at 0.9 mm a module
MAX_LINE = 40  # characters of the institution's own line
MAX_ADDRESSES = 3  # look-up addresses: three lines fit under the seal
MAX_ADDRESS = 40  # characters of one
MAX_VERIFIER = 20  # characters of the verifier's name

SealKind = Literal["机构印章", "代章"]
SEAL_KINDS: Mapping[str, SealKind] = {kind: kind for kind in get_args(SealKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What an institution adds to every certificate. Pictures as `issuer.documents.pictures` makes them."""

    logo: bytes | None = None
    seal: bytes | None = None
    """None: the place stays empty for the stamp; a demonstration draws its own 演示章."""
    seal_kind: SealKind = "机构印章"
    """代章: the seal of the institution's personnel office, which annexes 4 and 5 allow."""
    line: str = ""
    """One line of the institution's own, at the foot of the page."""
    addresses: tuple[str, ...] = ()
    """Where people look certificates up; none: the deployment's origin."""
    verifier: str = "证印"
    """The verifier's name: which page to open before a code is scanned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """One certificate to print: everything that its page depends on. Can be sent to a process."""

    token: SdJwt
    """The stored credential, with its disclosures."""
    institution: str
    """The name that the registry gives on the day of issue."""
    design: Design
    photo: bytes | None = None
    """As `issuer.photos` keeps it, a JPEG of one inch; it is printed byte for byte."""
    own_copy: bool = False
    """The holder's: the ID number is disclosed in the attached credential."""
    specimen: bool = False
    """Nobody signed it (issuer/documents/specimen.py): the page says so, and its code is no credential."""


def printing_of(
    token: SdJwt, institution: Institution, design: Design, photo: bytes | None = None
) -> Printing:
    """How a stored credential is printed."""
    name = institution.name_on(str(token.claims()["issue_date"]))
    return Printing(token=token, institution=name, design=design, photo=photo)


def certificate_pdf(printing: Printing) -> bytes:
    """The certificate as PDF/A-3b, with the credential attached.

    The page shows the ID number as its annex does: whole, or the last four characters.

    Raises:
        CommandError: `character_without_face`, `photo_differs`, `line_too_long`, `qr_too_large`,
            `document_failed`, `fonts_missing`.
    """
    return certificates_pdf([printing])


def certificates_pdf(printings: Sequence[Printing]) -> bytes:
    """Certificates of one type as one PDF, a page each, for the printer.

    Raises:
        CommandError: as `certificate_pdf`.
    """
    template, data, files, at = _pages(printings, attached=True, whole=True)
    return typesetter.pdf(template, data, files, at=at)


def certificate_png(printing: Printing, *, ppi: float = 150) -> bytes:
    """The certificate as a picture to send, with no more of the ID number than its end.

    A specimen's shows what its page will: whoever made it has covered the number.

    Raises:
        CommandError: as `certificate_pdf`.
    """
    credential = revealed(printing)
    missing = typesetter.without_face([*map(str, credential.claims.values()), printing.institution])
    if missing:
        characters = typesetter.code_points(missing)
        raise CommandError("character_without_face", characters=characters)
    template, data, files, _ = _pages([printing], attached=False, whole=printing.specimen)
    [page] = typesetter.png(template, data, files, ppi=ppi)
    return page


def _pages(
    printings: Sequence[Printing], *, attached: bool, whole: bool
) -> tuple[str, dict[str, Any], dict[str, str], int]:
    """What the typesetter needs: template, data, files by name, the latest signature's time."""
    credentials = [revealed(one) for one in printings]
    [type_name] = {one.type for one in credentials}
    layout = printed.load(type_name)
    files = {"ground": ground.svg(*PAPER[layout.page])}
    how = {"attached": attached, "single": len(printings) == 1, "whole": whole}
    pages = [
        _page(printing, credential, files, str(index), **how)
        for index, (printing, credential) in enumerate(zip(printings, credentials, strict=True))
    ]
    label = certificate_types.load(type_name).labels["zh-CN"]
    only = credentials[0]
    single = len(pages) == 1
    data = {
        "pages": pages,
        "page": layout.page,
        "title": f"{label} {only.certificate_number}" if single else f"{label}（{len(pages)} 张）",
        "author": printings[0].institution,
    }
    return type_name, data, files, max(one.iat for one in credentials)


def revealed(printing: Printing) -> Credential:
    """The credential with what it hides."""
    token = printing.token
    return Credential.from_claims(token.reveal(token.claims()))


def _page(
    printing: Printing,
    credential: Credential,
    files: dict[str, str],
    key: str,
    *,
    attached: bool,
    single: bool,
    whole: bool,
) -> dict[str, Any]:
    """The data of one page; its pictures and its credential go into `files`."""
    design, fixed = printing.design, printed.load(credential.type)
    if len(design.line) > MAX_LINE:
        raise CommandError("line_too_long", length=len(design.line), limit=MAX_LINE)
    shown = printing.token.without_disclosures()
    symbol = qr_image.make(credential.origin, qr.checked_digits(shown, credential.origin))
    if printing.specimen:
        symbol = qr_image.specimen(int(symbol.version))
    files[f"qr-{key}"], side = qr_vector.svg_of(symbol, room=QR_ROOM)
    _put(files, f"photo-{key}", _photo(printing, credential) if fixed.photo else None)
    _put(files, "logo", design.logo)
    _put(files, "seal", design.seal)
    attached = attached and not printing.specimen
    if attached:
        files[f"token-{key}"] = (printing.token if printing.own_copy else shown).text
    whole = whole and fixed.whole_id_number
    claims = credential.claims
    return {
        "key": key,
        "attach": _attachment(credential, single=single) if attached else None,
        "heading": fixed.heading,
        "sentence": printed.sentence(
            credential.type, claims, printing.institution, whole_number=whole
        ),
        "lines": printed.lines(credential.type, claims, whole_number=whole),
        "number": credential.certificate_number,
        "holder": credential.holder_name,
        "institution": printing.institution,
        "issue_date": printed.chinese_date(credential.issue_date),
        "seal": fixed.seal,
        "seal_kind": design.seal_kind,
        "has_seal": design.seal is not None,
        "has_logo": design.logo is not None,
        "has_photo": f"photo-{key}" in files,
        "photo": fixed.photo,
        "demo": credential.demo,
        "specimen": printing.specimen,
        "qr_side": side,
        "lookup": fixed.lookup,
        "lookup_note": fixed.lookup_note,
        "addresses": design.addresses or (f"https://{credential.origin}/",),
        "verifier": design.verifier,
        "line": design.line,
    }


def _attachment(credential: Credential, *, single: bool) -> str:
    """The attachment's name: two of one name cannot be in one file."""
    return ATTACHED if single else f"{credential.list_id}-{credential.idx}.sd-jwt"


def _photo(printing: Printing, credential: Credential) -> bytes | None:
    digest = credential.claims.get("photo_digest")
    if digest is None or printing.photo is None:
        return printing.photo
    if digest != base64url.encode(hashlib.sha256(printing.photo).digest()):
        raise CommandError("photo_differs", number=credential.certificate_number)
    return printing.photo


def _put(files: dict[str, str], name: str, picture: bytes | None) -> None:
    if picture is not None and name not in files:
        files[name] = pictures.as_svg(picture)
