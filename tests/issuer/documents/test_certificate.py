"""A certificate as a PDF: what it shows, what is in it, and that it is always the same."""

import hashlib
import io
import subprocess
import sys
from typing import Any

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from issuer.demo.people import HOLDERS
from issuer.documents import ground, pictures, qr_vector, typesetter
from issuer.documents.certificate import (
    ATTACHED,
    MAX_LINE,
    Design,
    certificate_pdf,
    certificate_png,
    certificates_pdf,
)
from issuer.photos import one_inch
from schemas import base64url, certificate_types, printed, qr
from tests.issuer.demonstration import Made, tokens
from tests.issuer.desk import demo_world
from tests.issuer.documents.papers import (
    TYPES,
    encoded,
    page_text,
    pictures_of,
    printing,
)
from tests.issuer.install_fonts import rare
from tests.refused import code_of, error_of
from tests.world import ORIGIN, World
from verifier.page_text import differing
from verifier.pdf import read_pdf

WHOLE = {
    "technical_level": [
        (
            "本证书由示例机械评价中心（演示）颁发，表明持证人通过本机构组织的专业技术等级考核，"
            "具备该职业相应专业技术水平。"
        ),
        "姓名：张测试",
        "证件类型：居民身份证",
        "证件号码：119999199001010012",
        "职业名称：智能制造工程技术人员",
        "职业方向：智能装备与产线应用",
        "专业技术等级：初级",
        "机构及证书信息查询网址：",
        "一寸免冠照片",
        "证书二维码",
        "发证日期：2025年5月20日",
    ],
    "training_completion": [
        (
            "张测试同志于2025年5月5日至2025年5月16日参加大数据工程技术人员职业大数据处理方向初级等级培训"
            "（计80学时），经考核合格，准予结业。"
        ),
        "证件号码后四位：0012",
        "机构信息查询网址：",
        "发证日期：2025年5月20日",
    ],
    "ce_training": [
        "北京市专业技术人员知识更新工程专业技术人员继续教育基地培训证书",
        (
            "张测试（身份证号码：119999199001010012）于2025年5月12日至2025年5月16日参加数字素养示例培训班，"
            "累计学习40学时，特发此证。"
        ),
        "证书查询网址：",
        "输入姓名、身份证号码和证书编号可查真伪",
        "发证日期：2025年5月20日",
    ],
    "skill_level": [
        "表明持证人通过本机构组织的职业技能等级认定，具备该职业（工种）相应技能等级水平。",
        "工种/职业方向：--",
        "职业技能等级：三级/高级工",
        "发证日期：2025年4月30日",
    ],
    "competition_award": [
        "张测试同志参加2025年数字技能示例大赛，荣获一等奖，特此证明。",
        "证件号码后四位：0012",
    ],
}


@pytest.mark.parametrize("type_name", TYPES)
def test_the_page_has_the_words_of_its_annex(type_name: str) -> None:
    one = printing(type_name)
    text = page_text(certificate_pdf(one))
    fixed = [
        certificate_types.load(type_name).labels["zh-CN"]
        if type_name != "ce_training"
        else "培训证书",
        f"编号：{one.token.claims()['certificate_number']}",
        "请用事先打开的“证印”核验页扫描，不要直接打开码中的网址。",
        f"https://{ORIGIN}/",
        "演示章",
        "演示证书，不作凭证",
        one.institution,
    ]
    assert [] == [words for words in fixed + WHOLE[type_name] if words not in text]


def test_every_type_has_its_words_and_its_template() -> None:
    for name in certificate_types.names():
        layout = printed.load(name)
        assert set(layout.fields) <= set(certificate_types.load(name).claims)
        assert (typesetter._TEMPLATES / f"{name}.typ").is_file()


DIRECTIONS = {"technical_level": "职业方向：—", "training_completion": "职业—方向"}


@pytest.mark.parametrize("type_name", DIRECTIONS)
def test_no_direction_is_the_types_own_mark(type_name: str) -> None:
    mark = certificate_types.load(type_name).no_direction_mark
    assert DIRECTIONS[type_name] in page_text(certificate_pdf(printing(type_name, direction=mark)))


def test_the_demonstration_has_a_pdf_for_each_certificate_that_shows_it(made: Made) -> None:
    """Read back by PDFium: all twelve holders, every type, field by field."""
    names, types = set(), set()
    for path, token in tokens(made):
        if path.parent.parent.name != "certificates":
            continue
        claims = token.reveal(token.claims())
        data = (path.parent / "certificate.pdf").read_bytes()
        text = page_text(data)
        types.add(claims["vct"])
        names.add(claims["holder_name"])
        shown = [claims["holder_name"], claims["certificate_number"], claims["id_number_tail"]]
        shown += [
            claims[name] for name in ("level", "occupation", "class_name", "rank") if name in claims
        ]
        year, month, day = claims["issue_date"].split("-")
        shown.append(f"发证日期：{year}年{int(month)}月{int(day)}日")
        assert [] == [words for words in shown if "".join(words.split()) not in text], path
        assert len(data) <= 150_000
    assert {one.name for one in HOLDERS} <= names
    assert len(TYPES) == len(types)


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize(("dpi", "blur"), [(72, 0), (150, 2.5)])
def test_the_code_is_read_from_coarse_and_blurred_pages(
    type_name: str, dpi: float, blur: float
) -> None:
    one = printing(type_name)
    [page] = pictures_of(certificate_pdf(one), dpi, blur)
    [found] = zxingcpp.read_barcodes(page)  # by any reader, without our sharpening
    digits = qr.checked_digits(one.token.without_disclosures(), ORIGIN)
    assert f"https://{ORIGIN}/#{digits}" == found.text


def test_the_code_has_its_modules_and_its_quiet_zone_in_vectors() -> None:
    svg, side = qr_vector.svg(ORIGIN, "1" * 300, room=60)
    modules = int(svg.split('viewBox="0 0 ')[1].split()[0])
    assert 0.9 == pytest.approx(side / modules)
    assert f'fill="#fff" d="M0 0h{modules}v{modules}H0z"' in svg
    assert "M4 4h7v1" in svg
    assert 0.4 <= qr_vector.svg(ORIGIN, "1" * 300, room=27)[1] / modules < 0.5
    assert "qr_too_large" == code_of(lambda: qr_vector.svg(ORIGIN, "1" * 300, room=18))


@pytest.mark.parametrize("own_copy", [False, True])
def test_the_credential_is_inside_and_the_id_number_only_in_the_holders_own_copy(
    own_copy: bool,
) -> None:
    one = printing(own_copy=own_copy)
    document = pdfium.PdfDocument(certificate_pdf(one))
    assert 1 == document.count_attachments()
    attachment = document.get_attachment(0)
    assert ATTACHED == attachment.get_name()
    expected = one.token if own_copy else one.token.without_disclosures()
    assert expected.text == bytes(attachment.get_data()).decode()


@pytest.mark.parametrize(
    "words",
    [
        b"/AFRelationship/Source",
        b"/Subtype/application#2Fdc+sd-jwt",
        b"pdfaid:part>3<",
        b"pdfaid:conformance>B<",
        b"/MarkInfo",
        b"/Lang(zh-CN)",
    ],
)
def test_the_file_is_an_archive_file_that_says_what_it_holds(words: bytes) -> None:
    squeezed = certificate_pdf(printing()).replace(b" ", b"").replace(b"\n", b"")
    assert words in squeezed


PROGRAM = """
import hashlib
from issuer.documents.certificate import certificate_pdf
from tests.issuer.documents.papers import TYPES, printing
for name in TYPES:
    print(hashlib.sha256(certificate_pdf(printing(name))).hexdigest())
"""


def test_the_same_certificate_gives_the_same_bytes_here_and_in_another_process() -> None:
    here = [hashlib.sha256(certificate_pdf(printing(name))).hexdigest() for name in TYPES]
    again = [
        hashlib.sha256(certificate_pdf(printing(name))).hexdigest() for name in reversed(TYPES)
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )
    assert here == again[::-1] == done.stdout.split()


LONG: dict[str, dict[str, Any]] = {
    "the longest name": {"holder_name": "买" * 50},
    "fourteen characters": {"holder_name": "买买提江·阿不都热合曼·测试"},
    "Latin": {"holder_name": "TEST SAMPLE"},
    "long Latin": {"holder_name": "TEST SAMPLE EXAMPLE TRIAL SPECIMEN DEMONSTRATION X"},
    "Extension B and beyond": {"holder_name": "陈𫖯𬱖𠀀䶮㛃"},
    "the longest occupation and direction": {"occupation": "智" * 40, "direction": "能" * 40},
    "the longest number": {"certificate_number": "P" * 40},
}


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("case", LONG)
def test_long_and_rare_texts_are_whole_seen_and_on_one_page(type_name: str, case: str) -> None:
    """The verifier's own look at the page: nothing is off it or under something else."""
    known = certificate_types.load(type_name).claims
    claims = {name: value for name, value in LONG[case].items() if name in known}
    if type_name == "ce_training":
        claims["class_name"] = "数" * 60
    institution = "示例" * 14 + "（演示）"
    one = printing(type_name, institution=institution, **claims)
    if missing := typesetter.without_face(claims.get("holder_name", "")):
        assert not rare(), f"a machine with rare faces has none for {missing}"
        assert "character_without_face" == code_of(lambda: certificate_pdf(one))
        return
    data = certificate_pdf(one)
    assert 1 == len(pdfium.PdfDocument(data))
    [presented] = read_pdf(data)
    [page] = presented.pages
    assert () == differing(page, type_name, one.token.claims(), institution)


def test_a_character_without_a_face_is_an_error_with_its_code_point() -> None:
    rare = printing(holder_name="王\U0003fffd")
    error = error_of(lambda: certificate_pdf(rare))
    assert "character_without_face" == error.code
    assert "U+3FFFD" in error.message("zh-CN")
    assert "character_without_face" == code_of(lambda: certificate_png(rare))


def test_a_seal_is_whole_on_the_page() -> None:
    """As wide as high, 42 mm at the most, in its own colour."""
    ring = Image.new("RGBA", (600, 600))
    ImageDraw.Draw(ring).ellipse((0, 0, 599, 599), outline=(200, 20, 20, 255), width=30)
    design = Design(seal=pictures.seal(encoded(ring, "PNG")))
    document = pdfium.PdfDocument(certificate_pdf(printing("training_completion", design=design)))
    page = document[0].render(scale=4).to_pil().convert("RGB")
    document.close()
    hue, saturation, _ = page.convert("HSV").split()
    red = Image.composite(
        saturation, Image.new("L", page.size), hue.point(lambda one: 255 * (one < 2))
    )
    box = red.point(lambda one: 255 * (one > 220)).crop((0, 400, *page.size)).getbbox()
    assert box is not None
    side = 42 / 25.4 * 72 * 4
    assert side == pytest.approx(box[2] - box[0], abs=4)
    assert side == pytest.approx(box[3] - box[1], abs=4)


def test_an_institution_adds_its_seal_its_logo_its_line_and_its_addresses() -> None:
    ring = Image.new("RGBA", (600, 600))
    ring.paste((200, 0, 0, 255), (100, 100, 500, 500))
    design = Design(
        seal=pictures.seal(encoded(ring, "PNG")),
        logo=pictures.logo(encoded(ring.resize((300, 120)), "PNG")),
        seal_kind="代章",
        line="地址：示例路一号",
        addresses=("http://www.osta.org.cn", "http://zggs.mohrss.gov.cn"),
        verifier="示例核验",
    )
    data = certificate_pdf(printing(design=design))
    text = page_text(data)
    for words in ("（代章）", design.line, *design.addresses, "“示例核验”核验页"):
        assert words in text
    assert "演示章" not in text
    assert len(data) <= 150_000
    long = printing(design=Design(line="字" * (MAX_LINE + 1)))
    assert "line_too_long" == code_of(lambda: certificate_pdf(long))


def test_a_real_institution_has_no_seal_that_is_drawn() -> None:
    text = page_text(certificate_pdf(printing(world=World(env="prod", single=True))))
    assert "评价机构印章" in text
    assert "演示" not in text.replace("（演示）", "")


def test_a_photograph_is_printed_as_it_was_registered() -> None:
    gradient = Image.radial_gradient("L").resize((500, 700)).convert("RGB")
    photo = one_inch(encoded(gradient, "JPEG"), "gradient.jpg")
    digest = base64url.encode(hashlib.sha256(photo).digest())
    data = certificate_pdf(printing(photo=photo, photo_digest=digest))
    assert photo in data  # byte for byte, so that its digest can be checked
    assert "一寸免冠照片" not in page_text(data)
    other = base64url.encode(bytes(32))
    swapped = printing(photo=photo, photo_digest=other)
    assert "photo_differs" == code_of(lambda: certificate_pdf(swapped))


def test_many_certificates_make_one_file_with_a_page_and_a_credential_each() -> None:
    world = demo_world()
    several = [printing(world=world, holder_name=name) for name in ("张测试", "李示例", "王䶮")]
    data = certificates_pdf(several)
    found = read_pdf(data)
    assert [one.token.without_disclosures().text for one in several] == [one.text for one in found]
    assert 3 == len(pdfium.PdfDocument(data))


def test_a_picture_to_send_shows_no_id_number() -> None:
    one = printing()
    picture = certificate_png(one, ppi=100)
    assert b"\x89PNG" == picture[:4]
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert found.text.startswith("https://")


def test_a_template_with_an_error_is_an_error_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "technical_level.typ").write_text("#nothing-of-this-name", encoding="utf-8")
    monkeypatch.setattr(typesetter, "_TEMPLATES", tmp_path)
    typesetter._compiler.cache_clear()
    try:
        error = error_of(lambda: certificate_pdf(printing()))
    finally:
        typesetter._compiler.cache_clear()
    assert "document_failed" == error.code
    assert "nothing-of-this-name" in str(error)


def test_the_ground_is_the_same_each_time() -> None:
    first = ground.svg(297, 210)
    ground.svg.cache_clear()
    assert first == ground.svg(297, 210)
