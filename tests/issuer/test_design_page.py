"""The page of an institution's design: who changes it, what is refused, and that what is used prints."""

import io
from html import unescape
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

from issuer import designs
from issuer.db import reading
from issuer.documents import fonts, pictures
from issuer.documents.certificate import MAX_LINE, Design
from issuer.documents.qr_image import SPECIMEN
from schemas import base64url
from schemas.errors import CommandError
from tests.issuer.desk import INSTITUTION, OTHER, issue, orders
from tests.issuer.documents.papers import encoded, page_text
from tests.issuer.documents.test_pictures import bomb
from tests.issuer.office import Office, open_office
from tests.issuer.submitting import Roster, workbook
from tests.issuer.test_designs import DESIGN, LOGO, SEAL
from tests.issuer.test_rosters_console import digest_on
from verifier.pdf import read_pdf

PAGE = "/console/design"
RING = encoded(Image.new("RGBA", (400, 400), (200, 0, 0, 90)), "PNG")
SIGN = encoded(Image.new("RGB", (400, 100), (0, 0, 200)), "PNG")
TYPED = {
    "seal_kind": "代章",
    "line": DESIGN.line,
    "addresses": "\r\n".join(DESIGN.addresses),
    "verifier": DESIGN.verifier,
}
PICTURES = {"seal": ("seal.png", RING), "logo": ("logo.png", SIGN)}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def send(
    office: Office,
    step: str,
    *,
    login: str = "admin",
    status: int = 303,
    files: dict[str, tuple[str, bytes]] | None = None,
    **typed: str,
) -> str:
    """The page after a form was sent."""
    answer = office.browser(login).post(
        f"{PAGE}/{step}", data={"csrf": office.csrf(login), **typed}, files=files
    )
    assert status == answer.status_code, answer.text
    return page(office, login) if status == 303 else unescape(answer.text)


def page(office: Office, login: str = "admin", language: str = "zh-CN") -> str:
    answer = office.browser(login).get(PAGE, headers={"accept-language": language})
    assert 200 == answer.status_code
    return unescape(answer.text)


def specimen(office: Office, which: str, kind: str = "pdf", login: str = "admin") -> bytes:
    answer = office.browser(login).get(f"{PAGE}/{which}/technical_level.{kind}")
    assert 200 == answer.status_code, answer.text
    return answer.content


def in_use(office: Office, institution: str = INSTITUTION) -> Design:
    with reading(office.service.engine) as session:
        return designs.design_of(session, institution)


def use(office: Office) -> str:
    """Use what is prepared."""
    return send(office, "use", digest=digest_on(page(office)))


def pictures_in(data: bytes) -> set[tuple[int, int]]:
    """The sizes in pixels of what is on the first page of a PDF."""
    [first, *_] = pdfium.PdfDocument(data)
    found = first.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=8)
    return {one.get_px_size() for one in found}


def test_a_change_is_looked_at_and_then_used(office: Office) -> None:
    shown = send(office, "prepare", files=PICTURES, **TYPED)
    assert "尚未启用" in shown
    assert Design() == in_use(office)
    before, after = (page_text(specimen(office, which)) for which in ("used", "draft"))
    for words in (DESIGN.line, *DESIGN.addresses, DESIGN.verifier, "（代章）"):
        assert words.replace(" ", "") in after
        assert words.replace(" ", "") not in before
    assert {Image.open(io.BytesIO(one)).size for one in (SEAL, LOGO)} <= pictures_in(
        specimen(office, "draft")
    )
    assert "新版式已启用" in use(office)
    assert DESIGN == in_use(office)
    assert Design() == in_use(office, OTHER)
    assert 404 == office.browser("admin").get(f"{PAGE}/draft/technical_level.pdf").status_code
    assert page_text(specimen(office, "used")) == after


def test_a_specimen_is_a_picture_and_a_pdf_of_nobody(office: Office) -> None:
    picture = Image.open(io.BytesIO(specimen(office, "used", "png")))
    assert ("PNG", (1286, 909)) == (picture.format, picture.size)
    data = specimen(office, "used")
    [found] = read_pdf(data)
    assert SPECIMEN == found.text
    assert "张测试" in page_text(data)
    for path in ("used/technical_level.exe", "other/technical_level.png"):
        assert 404 == office.browser("admin").get(f"{PAGE}/{path}").status_code
    assert 400 == office.browser("admin").get(f"{PAGE}/used/nothing.png").status_code


def test_every_certificate_that_is_printed_has_it(office: Office) -> None:
    """One from before, too: a document is a function of the credential and the design."""
    issue(office.service.desk(INSTITUTION, "clerk"), orders(1))
    address = "/console/certificates/1/certificate"
    clerk = office.browser("clerk")
    before = clerk.get(f"{address}.pdf").content, clerk.get(f"{address}.png").content
    send(office, "prepare", files=PICTURES, **TYPED)
    assert before[0] == clerk.get(f"{address}.pdf").content
    use(office)
    after = clerk.get(f"{address}.pdf").content, clerk.get(f"{address}.png").content
    assert Image.open(io.BytesIO(SEAL)).size in pictures_in(after[0])
    assert "（代章）" in page_text(after[0])
    assert before[1] != after[1]
    assert read_pdf(before[0])[0].text == read_pdf(after[0])[0].text


def test_a_roster_is_looked_at_as_it_will_print(office: Office) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    use(office)
    wanted = orders(2)
    at = f"/console/rosters/{Roster.enter(office, workbook(wanted)).id}/preview"
    clerk = office.browser("clerk")
    assert f"{at}/2.png" in clerk.get(at).text
    assert clerk.get(f"{at}/2.png").content.startswith(b"\x89PNG")
    data = clerk.get(f"{at}/2.pdf").content
    text, [found] = page_text(data), read_pdf(data)
    for words in (str(wanted[0].claims["holder_name"]), "（代章）", "（签发时编号）", "样本"):
        assert words in text
    assert str(wanted[0].claims["id_number"]) not in text
    assert (SPECIMEN, ()) == (found.text, found.pages)
    assert Image.open(io.BytesIO(SEAL)).size in pictures_in(data)
    for path in ("99.png", "2.exe", "1.png"):
        assert 404 == clerk.get(f"{at}/{path}").status_code
    assert 404 == office.browser("other-clerk").get(f"{at}/2.png").status_code
    assert 403 == office.browser("bureau").get(f"{at}/2.png").status_code


def test_pictures_stay_until_they_are_taken_away(office: Office) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    use(office)
    send(office, "prepare", **{**TYPED, "line": "", "addresses": "", "verifier": " "})
    use(office)
    assert Design(logo=LOGO, seal=SEAL, seal_kind="代章") == in_use(office)
    send(office, "prepare", without_seal="1", seal_kind="机构印章")
    use(office)
    assert Design(logo=LOGO) == in_use(office)


def test_a_draft_is_given_up(office: Office) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    assert "已放弃修改" in send(office, "drop")
    assert 'id="draft"' not in page(office)
    assert Design() == in_use(office)


def test_what_changes_nothing_is_said(office: Office) -> None:
    assert "没有要启用的修改" in send(office, "prepare", seal_kind="机构印章")
    assert "没有要启用的修改" not in page(office)


def test_what_was_changed_behind_the_page_is_not_used(office: Office) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    seen = digest_on(page(office))
    send(office, "prepare", **{**TYPED, "line": "别的"})
    shown = send(office, "use", status=409, digest=seen)
    assert "在预览之后有变动" in shown
    assert "别的" in shown
    assert Design() == in_use(office)


REFUSED = {
    "no square": ("seal", encoded(Image.new("RGB", (800, 600)), "PNG"), "应为正方形"),
    "too coarse": ("seal", encoded(Image.new("RGB", (100, 100)), "PNG"), "边长至少应有 240"),
    "no picture": ("seal", b"%PDF-1.7", "图片损坏或不完整"),
    "200 megapixels": ("seal", bomb(20_000, 10_000), "图片过大"),
    "no logo": ("logo", b"<svg/>", "图片损坏或不完整"),
    "a huge logo": ("logo", bomb(20_000, 10_000), "图片过大"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_picture_that_cannot_be_used_is_said(office: Office, case: str) -> None:
    """And what was typed stands in the form again."""
    name, data, said = REFUSED[case]
    shown = send(office, "prepare", status=400, files={name: ("a.png", data)}, **TYPED)
    assert said in shown
    assert DESIGN.line in shown
    assert 'id="draft"' not in page(office)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"line": "字" * (MAX_LINE + 1)}, "最多 40 个"),
        ({"line": "\U0003fffd"}, "U+3FFFD"),
        ({"addresses": "a.cn b.cn c.cn d.cn"}, "查询网址有误或过多"),
        ({"addresses": "见网站"}, "查询网址有误或过多"),
        ({"verifier": "核" * 21}, "应为 1 至 20 个"),
    ],
)
def test_a_text_that_does_not_fit_is_said(office: Office, typed: dict[str, str], said: str) -> None:
    assert said in send(office, "prepare", status=400, **{**TYPED, **typed})
    assert 'id="draft"' not in page(office)


def test_what_is_typed_becomes_one_line_and_no_markup(office: Office) -> None:
    typed = {**TYPED, "line": " <b>一\n\t行\0 ", "verifier": "证\r\n印"}
    send(office, "prepare", **typed)
    text = office.browser("admin").get(PAGE).text
    assert "&lt;b&gt;一 行" in text
    assert "<b>一" not in text
    use(office)
    assert ("<b>一 行", "证 印") == (in_use(office).line, in_use(office).verifier)
    send(office, "prepare", status=400, **{**TYPED, "seal_kind": "私章"})


@pytest.mark.parametrize("login", ["clerk", "approver"])
def test_others_of_the_institution_see_it_and_change_nothing(office: Office, login: str) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    shown = page(office, login)
    assert "机构管理员准备了新版式" in shown
    assert 'type="file"' not in shown
    assert "启用此版式" not in shown
    assert specimen(office, "draft", login=login)
    for step in ("prepare", "use", "drop"):
        send(office, step, login=login, status=403, **TYPED)


def test_it_is_the_institution_s_own(office: Office) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    use(office)
    shown = page(office, "other-admin")
    assert DESIGN.line not in shown
    assert base64url.encode(SEAL)[:40] not in shown
    for login in ("bureau", "district"):
        assert 403 == office.browser(login).get(PAGE).status_code


def test_the_english_page_is_whole(office: Office) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    shown = page(office, language="en")
    assert "Use this design" in shown
    assert 'lang="en"' in shown
    name = office.browser("admin").get(
        f"{PAGE}/draft/technical_level.pdf", headers={"accept-language": "en"}
    )
    assert "Specimen-" in name.headers["content-disposition"]


def test_without_fonts_it_says_which_are_needed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> list[str]:
        raise CommandError("fonts_missing", known=("Noto Serif CJK SC",), variable="ZHENGYIN_FONTS")

    monkeypatch.setattr(fonts, "families", none)
    answer = office.browser("admin").get(PAGE)
    assert 400 == answer.status_code
    assert "本机没有能排印证书的中文字体" in answer.text
    assert "<figure" not in answer.text


def test_pictures_are_made_ready_once(office: Office) -> None:
    send(office, "prepare", files=PICTURES, **TYPED)
    use(office)
    assert (pictures.seal(RING), pictures.logo(SIGN)) == (in_use(office).seal, in_use(office).logo)
