"""Certificates before the judges of others: qpdf, and poppler's pdfinfo, pdfdetach and pdffonts."""

import subprocess
from pathlib import Path

import pytest

from issuer.documents.certificate import certificate_pdf, certificates_pdf
from tests.issuer.desk import demo_world
from tests.issuer.documents.papers import TYPES, printing


def said(*words: str | Path) -> str:
    done = subprocess.run(words, check=False, capture_output=True, encoding="utf-8")
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("type_name", TYPES)
def test_qpdf_finds_nothing_wrong(type_name: str, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(certificate_pdf(printing(type_name)))
    assert "No syntax or stream encoding errors found" in said("qpdf", "--check", path)


def test_poppler_sees_tags_title_and_one_a4_page(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(certificate_pdf(printing()))
    facts = dict(line.split(":", 1) for line in said("pdfinfo", path).splitlines() if ":" in line)
    assert "yes" == facts["Tagged"].strip()
    assert "专业技术等级证书 CS2025000001" == facts["Title"].strip()
    assert "示例机械评价中心（演示）" == facts["Author"].strip()
    assert "1" == facts["Pages"].strip()
    assert "(A4)" in facts["Page size"]
    assert "no" == facts["JavaScript"].strip()


def test_poppler_takes_the_credential_out(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    one = printing()
    path.write_bytes(certificate_pdf(one))
    assert "1: credential.sd-jwt" in said("pdfdetach", "-list", path)
    said("pdfdetach", "-save", "1", "-o", tmp_path / "out", path)
    assert one.token.without_disclosures().text == (tmp_path / "out").read_text(encoding="ascii")


def test_every_face_is_embedded_as_a_subset(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(certificate_pdf(printing(holder_name="陈𫖯")))
    rows = [line.split() for line in said("pdffonts", path).splitlines()[2:]]
    assert rows
    assert {("yes", "yes", "yes")} == {tuple(row[-5:-2]) for row in rows}


def test_a_print_run_is_sound(tmp_path: Path) -> None:
    world = demo_world()
    path = tmp_path / "run.pdf"
    path.write_bytes(certificates_pdf([printing(world=world) for _ in range(3)]))
    said("qpdf", "--check", path)
    assert "3 embedded files" in said("pdfdetach", "-list", path)
