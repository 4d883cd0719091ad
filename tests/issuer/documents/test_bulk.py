"""Many at once: streamed zips, sheets of codes, drawing in other processes."""

import io
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any, cast

import pypdfium2 as pdfium
import pytest

from issuer.documents.bulk import certificates_zip, sheet_title, verification_sheet, zipped
from issuer.documents.certificate import Printing, certificate_pdf
from issuer.documents.pool import AHEAD, in_order, spawned
from schemas import certificate_types
from schemas.errors import CommandError
from tests.issuer.desk import demo_world
from tests.issuer.documents.papers import page_text, pictures_of, printing
from tests.refused import error_of
from verifier.pictures import find_codes


def several(count: int) -> list[Printing]:
    world = demo_world()
    return [printing(world=world, holder_name=f"张测试{number}") for number in range(count)]


def test_a_zip_has_each_certificate_and_is_the_same_each_time() -> None:
    wanted = several(3)
    done: list[int] = []
    pieces = list(certificates_zip(wanted, progress=done.append))
    assert 4 == len(pieces)
    assert [1, 2, 3] == done
    data = b"".join(pieces)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        numbers = [one.token.claims()["certificate_number"] for one in wanted]
        assert [f"{number}.pdf" for number in numbers] == archive.namelist()
        assert certificate_pdf(wanted[1]) == archive.read(f"{numbers[1]}.pdf")
    assert data == b"".join(certificates_zip(wanted))


def test_a_zip_is_sent_while_it_is_made() -> None:
    made: list[str] = []

    def files() -> Iterator[tuple[str, bytes]]:
        for name in ("a", "b", "c"):
            made.append(name)
            yield name, name.encode()

    pieces = zipped(files())
    assert b"a" in next(pieces)
    assert ["a"] == made


def test_other_processes_give_the_same_bytes_and_the_same_errors() -> None:
    wanted = several(3)
    with spawned(1) as executor:
        drawn = list(in_order(executor, certificate_pdf, wanted))
        broken = [*wanted, printing(holder_name="王\U0003fffd")]
        error = error_of(lambda: list(in_order(executor, certificate_pdf, broken)))
    assert [certificate_pdf(one) for one in wanted] == drawn
    assert isinstance(error, CommandError)
    assert "character_without_face" == error.code
    assert "U+3FFFD" in error.message("en")


class Counting:
    """An executor that works when it is asked for a result, and counts what waits."""

    def __init__(self) -> None:
        self.waiting = self.most = 0

    def submit(self, work: Callable[[Any], Any], item: Any) -> Any:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        owner = self

        class Promise:
            def result(self) -> Any:
                owner.waiting -= 1
                return work(item)

            def cancel(self) -> None:
                owner.waiting -= 1

        return Promise()


def test_no_more_is_kept_than_is_being_drawn() -> None:
    executor = Counting()
    assert list(range(0, 2_000, 2)) == list(
        in_order(cast("Executor", executor), lambda one: 2 * one, range(1_000))
    )
    assert AHEAD == executor.most


@pytest.mark.parametrize("count", [1, 20, 21])
def test_a_sheet_has_every_code(count: int) -> None:
    wanted = several(count)
    data = verification_sheet(wanted, "示例班")
    document = pdfium.PdfDocument(data)
    assert (count + 19) // 20 == len(document)
    found = [code.text for page in pictures_of(data, 150) for code in find_codes(page)]
    assert count == len(set(found))
    text = page_text(data)
    for words in ("示例班", "张测试0", "请用事先打开的“证印”核验页逐一扫描", "演示证书"):
        assert words in text


@pytest.mark.parametrize("name", certificate_types.names())
def test_a_sheet_has_a_title_of_its_own(name: str) -> None:
    assert sheet_title(name, 3).endswith("核验码（3 张）")
