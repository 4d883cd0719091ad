"""Many at once: streamed zips, sheets of codes, drawing in other processes."""

import io
import os
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import Any, cast

import pypdfium2 as pdfium
import pytest

from issuer.documents import bulk
from issuer.documents.bulk import (
    certificates_zip,
    endings,
    print_run,
    verification_sheet,
    verification_sheets,
)
from issuer.documents.certificate import Printing, certificate_pdf
from issuer.documents.pool import AHEAD, SERIAL, Drawing, in_order, spawned
from issuer.zips import zipped
from schemas.errors import CommandError
from tests.issuer.desk import demo_world
from tests.issuer.documents.papers import (
    memory_of_a_print_run,
    page_text,
    pictures_of,
    printing,
)
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


def test_ten_thousand_need_no_more_memory_than_a_hundred() -> None:
    """Nothing is kept of what was sent but its line in the zip's directory."""
    world = demo_world()

    def peak(count: int) -> int:
        people = (printing(world=world, holder_name=f"张测试{at}") for at in range(count))
        tracemalloc.start()
        sent = sum(len(piece) for piece in certificates_zip(people))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sent > 50_000 * count
        return most

    peak(2)
    few, many = peak(10), peak(50)
    assert many < few + 10 * 50_000


def test_the_printer_gets_parts_of_so_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGES", 2)
    done: list[int] = []
    parts = list(print_run(several(5), progress=done.append))
    assert [2, 2, 1] == [len(pdfium.PdfDocument(part)) for part in parts]
    assert [2, 4, 5] == done
    assert parts == list(print_run(several(5)))
    assert "张测试2" in page_text(parts[1])


def test_many_parts_need_no_more_memory_than_a_few() -> None:
    """Of each part what typst has kept is given back; it would keep ten."""
    with spawned(1) as executor:
        one_page, first, *others = executor.submit(
            memory_of_a_print_run, bulk.PAGES, parts=8
        ).result()
    assert 7 == len(others)
    assert others[-1] - one_page < 4 * (first - one_page)


def test_another_type_is_another_part() -> None:
    """Its pages have another form."""
    wanted = [*several(2), printing("training_completion"), *several(1)]
    assert [2, 1, 1] == [len(pdfium.PdfDocument(part)) for part in print_run(wanted)]


def test_sheets_have_so_many_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CODES", 3)
    texts = [page_text(part) for part in verification_sheets(several(4))]
    assert ["（3张）", "（1张）"] == [text[text.index("（") :][:4] for text in texts]


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [""]), (2, ["-001", "-002"]), (3, ["-001", "-002", "-003"])]
)
def test_one_part_needs_no_number(count: int, expected: list[str]) -> None:
    parts = [bytes([at]) for at in range(count)]
    assert list(zip(expected, parts, strict=True)) == list(endings(iter(parts)))


def test_a_few_are_drawn_here_and_many_in_a_pool_that_is_shared() -> None:
    """It ends with the last who needs it; the next one begins another."""
    drawing = Drawing(1)
    with drawing.lent(SERIAL) as none:
        assert none is None
    with drawing.lent(SERIAL + 1) as first:
        assert first is not None
        with drawing.lent(SERIAL + 1) as second:
            assert first is second
        assert 3 == first.submit(len, "abc").result()
    with pytest.raises(RuntimeError):
        first.submit(len, "abc")
    with drawing.lent(SERIAL + 1) as third:
        assert third is not None
        assert first is not third


def test_who_goes_away_leaves_the_pool_to_the_others() -> None:
    drawing = Drawing(1)
    wanted = several(3)

    def drawn() -> Iterator[bytes]:
        with drawing.lent(SERIAL + 1) as executor:
            yield from certificates_zip(wanted, executor)

    leaving, staying = drawn(), drawn()
    assert next(leaving)
    first = next(staying)
    leaving.close()
    assert b"".join(certificates_zip(wanted)) == first + b"".join(staying)


def test_a_process_that_is_ended_from_outside_is_said() -> None:
    drawing = Drawing(1)

    def lost() -> None:
        with drawing.lent(SERIAL + 1) as executor:
            list(in_order(executor, os._exit, [1, 1]))

    with drawing.lent(SERIAL + 1):  # who has not noticed yet is in nobody's way
        assert "drawing_ended" == error_of(lost).code
        with drawing.lent(SERIAL + 1) as executor:
            assert [3] == list(in_order(executor, len, ["abc"]))


def test_a_pool_that_is_stopped_finishes_what_is_being_drawn() -> None:
    drawing = Drawing(1)
    with drawing.lent(SERIAL + 1) as executor:
        assert executor is not None
        under_way = executor.submit(len, "abc")
        drawing.stop()
        assert 3 == under_way.result()
    drawing.stop()


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
    data = verification_sheet(wanted)
    document = pdfium.PdfDocument(data)
    assert (count + 19) // 20 == len(document)
    found = [code.text for page in pictures_of(data, 150) for code in find_codes(page)]
    assert count == len(set(found))
    text = page_text(data)
    for words in (
        "专业技术等级证书核验码（",
        "张测试0",
        "请用事先打开的“证印”核验页逐一扫描",
        "演示证书",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("classes", "expected"),
    [(["一班", "一班"], "一班核验码（2张）"), (["一班", "二班"], "训证书核验码（2张）")],
)
def test_a_sheet_is_called_after_its_class(classes: list[str], expected: str) -> None:
    world = demo_world()
    wanted = [printing("ce_training", world=world, class_name=name) for name in classes]
    assert expected in page_text(verification_sheet(wanted))
