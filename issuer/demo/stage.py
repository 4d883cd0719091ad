"""Where the stories' pictures come from: genuine certificates, and what others show instead."""

import io
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

import segno

from issuer.demo.institutions import ORIGIN
from issuer.demo.world import World
from issuer.documents.qr_image import PNG_SCALE, draw
from issuer.handout import FOLDER, folder_name, write_folder
from issuer.issue import Issued
from keys.signer import MemorySigner
from schemas import qr
from schemas.sd_jwt import SdJwt

STORIES = "stories"
PICTURE = "qr.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What lies in a story's own folder: a code of ours, and the certificate that it shows."""

    name: str
    origin: str
    digits: str
    token: SdJwt | None = None


@dataclass(slots=True)
class Stage:
    """Gives the stories their files."""

    world: World
    stranger: MemorySigner
    """A key that no registry lists."""
    sheets: list[Sheet] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)
    """Story → text of another system's code."""

    def handed_out(self, certificate: Issued) -> str:
        """The picture of a certificate that lies among the good ones."""
        return f"{FOLDER}/{folder_name(certificate.number)}/{PICTURE}"

    def kept_back(self, name: str, certificate: Issued) -> str:
        """The picture of an issued certificate that does not lie among the good ones."""
        return self.show(name, certificate.token)

    def show(self, name: str, token: SdJwt, origin: str = ORIGIN) -> str:
        """A picture of `token`, which names `origin`."""
        digits = qr.pack(token.without_disclosures().text, origin)
        return self.show_digits(name, digits, host=origin, token=token)

    def show_digits(
        self, name: str, digits: str, *, host: str = ORIGIN, token: SdJwt | None = None
    ) -> str:
        """A picture of `digits` behind the address of `host`."""
        self.sheets.append(Sheet(name=name, origin=host, digits=digits, token=token))
        return f"{STORIES}/{name}/{PICTURE}"

    def show_foreign(self, name: str, text: str) -> str:
        """A picture that is no code of this system."""
        self.foreign[name] = text
        return f"{STORIES}/{name}/{PICTURE}"


def draw_sheets(directory: Path, stage: Stage, executor: Executor) -> None:
    """Write the stories' folders below `directory`.

    Raises:
        CommandError: `cannot_write`.
    """
    sheets = stage.sheets
    pictures = executor.map(
        draw, [one.origin for one in sheets], [one.digits for one in sheets], chunksize=8
    )
    for sheet, drawn in zip(sheets, pictures, strict=True):
        files = {PICTURE: drawn.png, "qr.svg": drawn.svg}
        if sheet.token is not None:
            files["credential.sd-jwt"] = sheet.token.text.encode()
        write_folder(directory / STORIES / sheet.name, files)
    for name, text in stage.foreign.items():
        write_folder(directory / STORIES / name, {PICTURE: _draw_text(text)})


def _draw_text(text: str) -> bytes:
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=PNG_SCALE)
    return picture.getvalue()
