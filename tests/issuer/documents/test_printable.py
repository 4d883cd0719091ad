"""What a design may say: as much as fits, in characters that can be set."""

import pytest

from issuer.documents.certificate import (
    MAX_ADDRESS,
    MAX_ADDRESSES,
    MAX_LINE,
    MAX_VERIFIER,
    Design,
    certificate_pdf,
)
from issuer.documents.printable import require_printable
from tests.issuer.documents.papers import TYPES, page_text, printing
from tests.refused import code_of

LONGEST = "https://" + "w" * (MAX_ADDRESS - 11) + ".cn"
FULL = Design(
    seal_kind="代章",
    line="字" * MAX_LINE,
    addresses=(LONGEST,) * MAX_ADDRESSES,
    verifier="核" * MAX_VERIFIER,
)

REFUSED = {
    "a long line": (Design(line="字" * (MAX_LINE + 1)), "line_too_long"),
    "too many addresses": (Design(addresses=("a.cn",) * (MAX_ADDRESSES + 1)), "design_addresses"),
    "a long address": (Design(addresses=(LONGEST + "a",)), "design_addresses"),
    "a sentence": (Design(addresses=("见本机构网站",)), "design_addresses"),
    "two in one": (Design(addresses=("a.cn b.cn",)), "design_addresses"),
    "a script": (Design(addresses=("javascript:alert(1)",)), "design_addresses"),
    "nameless verifier": (Design(verifier=""), "design_verifier"),
    "a long name": (Design(verifier="核" * (MAX_VERIFIER + 1)), "design_verifier"),
    "no such character": (Design(line="\U0003fffd"), "character_without_face"),
    "nor in the name": (Design(verifier="\U0003fffd"), "character_without_face"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(case: str) -> None:
    design, code = REFUSED[case]
    assert code == code_of(lambda: require_printable(design))


@pytest.mark.parametrize(
    "address",
    ["www.osta.org.cn", "http://zggs.mohrss.gov.cn", "https://a.example.org:8443/x/?y=1", "a.cn/"],
)
def test_addresses_are_hosts_and_links(address: str) -> None:
    require_printable(Design(addresses=(address,)))


@pytest.mark.parametrize("type_name", TYPES)
def test_all_that_is_allowed_stands_on_every_page(type_name: str) -> None:
    require_printable(FULL)
    text = page_text(certificate_pdf(printing(type_name, design=FULL)))
    assert FULL.line in text
    assert FULL.verifier in text
    assert MAX_ADDRESSES == text.count(LONGEST)
