"""Pages before there is a certificate: as they will print, and nothing that could pass for one."""

import io
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image

from issuer.desk import Desk
from issuer.documents import certificate, specimen
from issuer.documents.certificate import Design, Printing, certificate_pdf, certificate_png
from issuer.documents.qr_image import SPECIMEN
from issuer.grants import grant_check
from issuer.roster.findings import masked
from schemas import certificate_types, printed
from tests.institutions import CLAIMS, ISSUERS
from tests.issuer.desk import ISSUE_TIME, at_desk, issue, order
from tests.issuer.documents.papers import TYPES, page_text, printing
from tests.refused import code_of
from verifier.pdf import read_pdf
from verifier.verdict import check

TODAY = date(2025, 6, 2)
NUMBER = "样本SPECIMEN"
MARK = "SPECIMEN样本"  # across the page, as PDFium reads what is turned


@pytest.fixture(params=TYPES)
def type_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def desk(tmp_path: Path, type_name: str) -> Desk:
    return at_desk(tmp_path, institution=ISSUERS[type_name])


def of_design(desk: Desk, type_name: str, design: Design | None = None) -> bytes:
    kind = certificate_types.load(type_name)
    return certificate_pdf(specimen.of_design(desk, kind, design or Design(), TODAY))


def side_of_code(one: Printing) -> float:
    """Millimetres, as the template is told."""
    _, data, _, _ = certificate._pages([one], attached=False, whole=True)
    side: float = data["pages"][0]["qr_side"]
    return side


def test_it_says_what_it_is_and_its_holder_is_nobody(desk: Desk, type_name: str) -> None:
    text = page_text(of_design(desk, type_name))
    for words in (MARK, f"编号：{NUMBER}", "张测试", "2025年6月2日"):
        assert words in text
    layout = printed.load(type_name)
    claims = specimen.sample(certificate_types.load(type_name), desk.institution, TODAY)
    assert certificate_types.load(type_name).mandatory <= {*claims}
    assert {*layout.fields} <= {*claims}


def test_no_verifier_takes_it_for_a_certificate(desk: Desk, type_name: str) -> None:
    """A camera reads what it is; the PDF holds no credential; the verdict is: not one of ours."""
    data = of_design(desk, type_name)
    [found] = read_pdf(data)
    assert (SPECIMEN, ()) == (found.text, found.pages)
    verdict = check(found.text, trust=desk.trust, now=ISSUE_TIME)
    assert ("not_ours", "foreign_code") == (verdict.outcome, verdict.code)
    assert 0 == pdfium.PdfDocument(data).count_attachments()
    kind = certificate_types.load(type_name)
    picture = certificate_png(specimen.of_design(desk, kind, Design(), TODAY), ppi=110)
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert SPECIMEN == read.text


def test_a_row_is_set_as_its_certificate_will_be(desk: Desk, type_name: str) -> None:
    """Word for word, but for the mark and the covered number; the code is as large."""
    real = printing(type_name)
    claims = real.token.reveal(real.token.claims())
    kind = certificate_types.load(type_name)
    row = {name: value for name, value in claims.items() if name in kind.claims}
    made = specimen.of_row(desk, kind, row, Design())
    number = str(row["id_number"])
    wanted = page_text(certificate_pdf(real)).replace(number, masked(number))
    text = page_text(certificate_pdf(made))
    assert wanted + MARK == text
    assert number not in text
    unnumbered = {name: value for name, value in row.items() if name != "certificate_number"}
    others = (made, specimen.of_row(desk, kind, unnumbered, Design()))
    assert {side_of_code(real)} == {side_of_code(one) for one in others}


def test_a_row_without_a_number_says_when_it_gets_one(desk: Desk, type_name: str) -> None:
    kind = certificate_types.load(type_name)
    row = CLAIMS[type_name]
    text = page_text(certificate_pdf(specimen.of_row(desk, kind, row, Design())))
    assert f"编号：{specimen.UNNUMBERED}" in text


def test_it_is_the_same_each_time(desk: Desk, type_name: str) -> None:
    assert of_design(desk, type_name) == of_design(desk, type_name)


def test_a_sample_is_one_that_the_institution_may_issue(tmp_path: Path) -> None:
    desk = at_desk(tmp_path)
    kind = certificate_types.load("training_completion")
    claims = specimen.sample(kind, desk.institution, TODAY)
    assert ("大数据工程技术人员", "大数据处理", "初级") == (
        claims["occupation"], claims["direction"], claims["level"]
    )  # fmt: skip
    assert [] == grant_check(desk.institution, kind, today=TODAY)(claims)


@pytest.mark.parametrize("missing", ["holder_name", "issue_date"])
def test_a_row_without_a_name_or_a_date_is_no_page(tmp_path: Path, missing: str) -> None:
    row = {name: value for name, value in CLAIMS["technical_level"].items() if name != missing}
    kind = certificate_types.load("technical_level")
    assert "malformed" == code_of(lambda: specimen.of_row(at_desk(tmp_path), kind, row, Design()))


def test_nothing_of_a_specimen_is_stored(tmp_path: Path) -> None:
    """No number and no slot is taken by looking."""
    desk = at_desk(tmp_path)
    of_design(desk, "technical_level")
    [first] = issue(desk, [order(0)])
    assert 0 == first.token.claims()["status"]["status_list"]["idx"]  # type: ignore[index]
    assert first.number.endswith("000001")
