"""Certificates as one would make them at first: one text, one QR segment, one object each."""

import io
import os
from collections.abc import Callable, Iterator, Sequence

import segno
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine

from issuer import payload
from issuer.issue import Order
from schemas import sd_jwt
from schemas.certificate_types import CertificateType
from schemas.sd_jwt import SdJwt
from tests.issuer.desk import INSTITUTION, SIGNER
from tests.world import NOW, ORIGIN, key

_PLACE = payload.Place(origin=ORIGIN, institution=INSTITUTION, list_id="2025", idx=4711)


class _Apart(SQLModel, registry=registry()):
    """What is not among the institution's tables."""


class Plain(_Apart, table=True):
    """One certificate and its picture."""

    __tablename__ = "plain"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    holder_name: str = Field(index=True)
    token: str
    picture: bytes


def signed(certificate_type: CertificateType, wanted: Sequence[Order]) -> Iterator[Plain]:
    """Sign each."""
    signer = key(SIGNER)
    for one in wanted:
        number = f"PJ2025{one.row:06}"
        claims = {**one.claims, "certificate_number": number}
        salts = {"id_number": os.urandom(sd_jwt.SALT_LENGTH)}
        content, shown = payload.build(
            certificate_type, claims, place=_PLACE, iat=NOW, demo=True, salts=salts
        )
        signature = signer.sign(SdJwt(signer.kid, content, b"").signing_input)
        token = SdJwt(signer.kid, content, signature, shown)
        name = str(one.claims["holder_name"])
        yield Plain(number=number, holder_name=name, token=token.text, picture=b"")


def store(url: str, certificates: Callable[[], Iterator[Plain]]) -> None:
    """Make the certificates, and add them all to a new table."""
    engine = create_engine(url)
    Plain.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(certificates())
        session.commit()
    engine.dispose()


def draw(certificate: Plain) -> None:
    """The printed token's picture, as SVG and as PNG."""
    token = SdJwt.parse(certificate.token).without_disclosures()
    code = segno.make(f"https://{ORIGIN}/#{token.text}", error="m")
    code.save(io.BytesIO(), kind="svg", scale=0.5, unit="mm")
    code.save(io.BytesIO(), kind="png", scale=8)
