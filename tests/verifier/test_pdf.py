"""PDFs that are presented: what is inside, what the page shows, and files that were tampered with."""

import ctypes
import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from PIL import Image
from pypdfium2 import raw

from issuer.documents.certificate import certificate_pdf, certificates_pdf
from schemas.errors import CommandError
from schemas.sd_jwt import SdJwt
from schemas.status_list import Status
from tests.issuer.desk import demo_world
from tests.issuer.documents.papers import TYPES, altered, encoded, pictures_of, printing
from tests.refused import code_of
from tests.world import NOW, World, moment
from verifier.inputs import collect
from verifier.page_text import compared
from verifier.pdf import MAX_PAGES, read_pdf
from verifier.verdict import Verdict, check


def verdicts(data: bytes, world: World) -> list[Verdict]:
    trust = world.state()
    found = []
    for one in read_pdf(data):
        verdict = check(one.text, trust=trust, now=moment(NOW))
        found.append(compared(verdict, one.pages) if one.pages else verdict)
    return found


def verdict(data: bytes, world: World) -> Verdict:
    [only] = verdicts(data, world)
    return only


@pytest.mark.parametrize("own_copy", [False, True])
@pytest.mark.parametrize("type_name", TYPES)
def test_a_pdf_as_it_was_issued_is_valid(type_name: str, own_copy: bool) -> None:
    """The code on the page says the same as the attachment: one certificate, not two."""
    world = demo_world()
    one = printing(type_name, world=world, own_copy=own_copy)
    assert ("valid", "ok") == verdict(certificate_pdf(one), world)[:2]


EDITS: dict[str, tuple[str, str, str]] = {
    "name": ("张测试", "李示例", "姓名"),
    "level": ("初级", "高级", "专业技术等级"),
    "number": ("119999199001010012", "119999199001010013", "证件号码后四位"),
    "occupation": ("智能制造工程技术人员", "大数据工程技术人员", "职业名称"),
    "direction": ("智能装备与产线应用", "—", "职业方向"),
    "certificate number": ("CS2025000001", "CS2025000002", "证书编号"),
    "date": ("2025年5月20日", "2025年5月21日", "发证日期"),
    "institution": ("示例机械评价中心（演示）", "北京示例大学", "证书正文"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_page_that_was_edited_is_told(edit: str) -> None:
    world = demo_world()
    old, new, label = EDITS[edit]
    found = verdict(altered(printing(world=world, own_copy=True), old, new), world)
    assert ("invalid", "printed_text_differs") == found[:2]
    assert label.replace("后四位", "") in found.message["zh-CN"].replace("后四位", "")
    assert (None, None, None) == (found.holder_name, found.certificate_number, found.claims)


@pytest.mark.parametrize(
    ("old", "new", "label"),
    [
        ("张测试", "李示例", "姓名"),
        ("初级", "高级", "培训等级"),
        ("2025年5月5日", "2025年5月6日", "开始日期"),
        ("80", "96", "学时"),
        ("同志于", "同志从", "证书正文"),
    ],
)
def test_so_is_a_sentence_that_was_edited(old: str, new: str, label: str) -> None:
    world = demo_world()
    found = verdict(altered(printing("training_completion", world=world), old, new), world)
    assert ("invalid", "printed_text_differs") == found[:2]
    assert found.message["zh-CN"].endswith(f"：{label}")


def box_of(page: Any, words: str) -> tuple[float, float, float, float]:
    text = page.get_textpage()
    index, count = text.search(words).get_next()
    boxes = [text.get_charbox(place) for place in range(index, index + count)]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def saved(document: Any, page: Any) -> bytes:
    page.gen_content()
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def with_white_box(document: Any, page: Any) -> None:
    left, bottom, right, top = box_of(page, "张测试")
    box = raw.FPDFPageObj_CreateNewRect(left, bottom, right - left, top - bottom)
    raw.FPDFPageObj_SetFillColor(box, 255, 255, 255, 255)
    raw.FPDFPath_SetDrawMode(box, raw.FPDF_FILLMODE_ALTERNATE, False)
    raw.FPDFPage_InsertObject(page, box)


def with_picture(document: Any, page: Any) -> None:
    left, bottom, right, top = box_of(page, "张测试")
    image = pdfium.PdfImage.new(document)
    image.load_jpeg(io.BytesIO(encoded(Image.new("RGB", (60, 20), "white"), "JPEG")))
    matrix = pdfium.PdfMatrix().scale(right - left, top - bottom).translate(left, bottom)
    image.set_matrix(matrix)
    page.insert_obj(image)


def with_other_words(document: Any, page: Any) -> None:
    left, bottom, _, top = box_of(page, "张测试")
    words = raw.FPDFPageObj_NewTextObj(document, b"Helvetica-Bold", ctypes.c_float(top - bottom))
    text = "WWWW"
    encoded_text = ctypes.cast(
        ctypes.create_string_buffer((text + "\0").encode("utf-16-le")),
        ctypes.POINTER(ctypes.c_ushort),
    )
    raw.FPDFText_SetText(words, encoded_text)
    raw.FPDFPageObj_Transform(words, 1, 0, 0, 1, left, bottom)
    raw.FPDFPage_InsertObject(page, words)


def with_note(document: Any, page: Any) -> None:
    left, bottom, right, top = box_of(page, "张测试")
    note = raw.FPDFPage_CreateAnnot(page, raw.FPDF_ANNOT_SQUARE)
    raw.FPDFAnnot_SetRect(note, raw.FS_RECTF(left, top, right, bottom))
    raw.FPDFPage_CloseAnnot(note)


def moved_off(document: Any, page: Any) -> None:
    left, bottom, _, _ = box_of(page, "张测试")
    for one in page.get_objects(max_depth=1):
        bounds = one.get_bounds()
        if (
            one.type == raw.FPDF_PAGEOBJ_TEXT
            and abs(bounds[0] - left) < 3
            and abs(bounds[1] - bottom) < 5
        ):
            raw.FPDFPageObj_Transform(one.raw, 1, 0, 0, 1, 0, -5_000)


def made_invisible(document: Any, page: Any) -> None:
    left, bottom, _, _ = box_of(page, "张测试")
    for one in page.get_objects(max_depth=1):
        bounds = one.get_bounds()
        if (
            one.type == raw.FPDF_PAGEOBJ_TEXT
            and abs(bounds[0] - left) < 3
            and abs(bounds[1] - bottom) < 5
        ):
            raw.FPDFTextObj_SetTextRenderMode(one.raw, raw.FPDF_TEXTRENDERMODE_INVISIBLE)


@pytest.mark.parametrize(
    "tamper", [with_white_box, with_picture, with_other_words, with_note, moved_off, made_invisible]
)
def test_what_is_hidden_from_people_does_not_count(tamper: Callable[[Any, Any], None]) -> None:
    world = demo_world()
    document = pdfium.PdfDocument(certificate_pdf(printing(world=world)))
    page = document[0]
    tamper(document, page)
    found = verdict(saved(document, page), world)
    assert "printed_text_differs" == found.code
    assert "姓名" in found.message["zh-CN"]


def test_a_file_that_was_only_saved_again_stays_valid() -> None:
    world = demo_world()
    document = pdfium.PdfDocument(certificate_pdf(printing(world=world)))
    assert "ok" == verdict(saved(document, document[0]), world).code


def test_a_revoked_certificate_stays_revoked() -> None:
    world = demo_world()
    issued = world.issue()
    world.set_status(issued, Status.INVALID)
    one = replace(printing(), token=SdJwt.parse(issued.holder_text))
    assert "revoked" == verdict(certificate_pdf(one), world).code


def test_the_code_of_another_certificate_on_the_page_has_its_own_verdict() -> None:
    world = demo_world()
    mine, other = printing(world=world), printing(world=world, holder_name="李示例")
    both = pdfium.PdfDocument(certificate_pdf(mine))
    page = both[0]
    [picture] = pictures_of(certificate_pdf(other), 150)
    image = pdfium.PdfImage.new(both)
    image.load_jpeg(io.BytesIO(encoded(picture.convert("RGB"), "JPEG", quality=90)))
    image.set_matrix(pdfium.PdfMatrix().scale(842, 595))
    page.insert_obj(image)
    found = verdicts(saved(both, page), world)
    assert ["printed_text_differs", "ok"] == [one.code for one in found]
    assert "李示例" == found[1].holder_name


def test_a_print_run_has_a_verdict_for_each_page() -> None:
    world = demo_world()
    several = [printing(world=world, holder_name=name) for name in ("张测试", "李示例")]
    found = verdicts(certificates_pdf(several), world)
    assert ["张测试", "李示例"] == [one.holder_name for one in found]


def test_a_scan_is_read_by_its_code() -> None:
    world = demo_world()
    [page] = pictures_of(certificate_pdf(printing(world=world)), 150)
    assert "ok" == verdict(encoded(page.convert("RGB"), "PDF", resolution=150), world).code


def blank(pages: int, size: float = 100) -> bytes:
    document = pdfium.PdfDocument.new()
    for _ in range(pages):
        document.new_page(size, size)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing but a head": (b"%PDF-1.7\n", "pdf_unreadable"),
    "noise": (b"%PDF-1.7\n" + bytes(range(256)) * 40, "pdf_unreadable"),
    "a blank page": (blank(1), "pdf_no_code"),
    "too many pages": (blank(MAX_PAGES + 1), "pdf_too_large"),
    "a page of a football field": (blank(1, 14_400), "picture_too_large"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_certificate_is_said(case: str) -> None:
    data, code = BROKEN[case]
    assert code == code_of(lambda: read_pdf(data))


def test_a_file_that_was_cut_short_raises_nothing_else() -> None:
    whole = certificate_pdf(printing())
    for size in range(0, len(whole), len(whole) // 25):
        with suppress(CommandError):
            read_pdf(whole[:size])


def test_the_command_reads_pdfs_from_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(certificate_pdf(printing()))
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 no")
    found = list(collect([str(tmp_path)], io.TextIOWrapper(io.BytesIO())))
    assert [True, False] == [bool(one.pages) for one in found]
    assert found[1].error is not None
