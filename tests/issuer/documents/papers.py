"""Certificates to print, and what is read back from their pages."""

import io
from collections.abc import Sequence
from typing import Any

import pypdfium2 as pdfium
from PIL import Image, ImageFilter

from issuer.documents import bulk, certificate, typesetter
from issuer.documents.certificate import Design, Printing
from schemas.sd_jwt import SdJwt
from tests.institutions import ISSUERS
from tests.issuer.desk import demo_world
from tests.issuer.reading import peak
from tests.world import World

NAMES = {
    "demo-pingjia": "示例机械评价中心（演示）",
    "demo-xueyuan": "样例开放学院（演示）",
    "demo-jidi": "示范继续教育基地（演示）",
    "demo-qiye": "测试科技有限公司（演示）",
    "demo-jingsai": "演练竞赛组委会（演示）",
}
TYPES = sorted(ISSUERS)


def printing(
    type_name: str = "technical_level",
    *,
    world: World | None = None,
    design: Design | None = None,
    institution: str = "",
    photo: bytes | None = None,
    own_copy: bool = False,
    **claims: Any,
) -> Printing:
    """A certificate of this type with these claims, as it is printed."""
    issued = (world or demo_world()).issue(type_name, **claims)
    return Printing(
        token=SdJwt.parse(issued.holder_text),
        institution=institution or NAMES[ISSUERS[type_name]],
        design=design or Design(),
        photo=photo,
        own_copy=own_copy,
    )


def altered(one: Printing, old: str, new: str) -> bytes:
    """The PDF of `one` whose page says `new` for `old`, whole values only; what is attached is not altered."""
    template, data, files, at = certificate._pages([one], attached=True, whole=True)

    def change(value: Any) -> Any:
        if isinstance(value, str):
            return new if value == old else value
        if isinstance(value, dict):
            return {name: change(member) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return [change(member) for member in value]
        return value

    changed = change(data)
    assert old in repr(data)
    return typesetter.pdf(template, changed, files, at=at)


def page_text(data: bytes) -> str:
    """What PDFium reads on the first page, without spaces."""
    document = pdfium.PdfDocument(data)
    text = document[0].get_textpage().get_text_range()
    document.close()
    return "".join(text.split())


def pictures_of(data: bytes, dpi: float, blur: float = 0) -> Sequence[Image.Image]:
    """Every page as a grey picture."""
    document = pdfium.PdfDocument(data)
    pages = [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    document.close()
    return [page.filter(ImageFilter.GaussianBlur(blur)) if blur else page for page in pages]


def encoded(picture: Image.Image, kind: str, **how: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **how)
    return stream.getvalue()


def memory_of_a_print_run(pages: int, parts: int) -> list[int]:
    """The most that this process has had in memory, after one page and after each part."""
    world = demo_world()
    people = (printing(world=world, holder_name=f"张测试{at}") for at in range(pages * parts))
    certificate.certificate_pdf(printing(world=world))
    return [peak(), *(peak() for _ in bulk.print_run(people))]
