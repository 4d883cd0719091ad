"""What printing costs: certificates with photograph, seal, code and attachment, as PDF/A-3b.

Batches as zips and for the printer through two spawned processes, and single pages beside
reportlab and WeasyPrint, which set the same layout: ground, texts, photograph, seal and code, the
code's modules being given.
"""

import io
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor

from PIL import Image, ImageDraw, ImageFilter

from issuer.documents import certificate, fonts, pictures, typesetter
from issuer.documents.bulk import certificates_zip, print_run
from issuer.documents.certificate import Design, Printing, certificate_pdf
from issuer.documents.pool import in_order, spawned
from issuer.photos import one_inch
from tests.benchmarks.peer_pages import page_of, reportlab_pdf, weasyprint_pdf
from tests.issuer.desk import demo_name, demo_world
from tests.issuer.documents.papers import printing

COUNTS = (300, 1_000, 10_000)  # the larger need no more memory
SINGLE = 30  # for the peers
ROUNDS = 5
PROCESSES = 2
TARGET = 60.0  # seconds for 10,000 on two cores


def main() -> None:
    """Print the tables."""
    print(f"\nMany certificates, {PROCESSES} processes")
    for count in COUNTS:
        _batch("zip", certificates_zip, count)
    _batch("for the printer", print_run, COUNTS[0])
    print(f"  target: {COUNTS[-1]:,} in {TARGET:.0f} s")
    _single(population(SINGLE))


def population(count: int) -> list[Printing]:
    """Certificates of people with photographs, and a seal."""
    seal = Image.new("RGBA", (600, 600))
    ImageDraw.Draw(seal).ellipse((10, 10, 590, 590), outline=(200, 20, 20, 255), width=16)
    design = Design(seal=pictures.seal(_png(seal)), line="地址：示例路一号")
    noise = Image.effect_noise((300, 420), 40).filter(ImageFilter.GaussianBlur(4))
    photo = one_inch(_png(noise.convert("RGB")), "noise.png")
    world = demo_world()
    return [
        printing(world=world, design=design, photo=photo, holder_name=demo_name(number))
        for number in range(count)
    ]


def _batch(
    name: str,
    draw: Callable[[Iterable[Printing], Executor], Iterator[bytes]],
    count: int,
) -> None:
    printings = population(count)
    with spawned(PROCESSES) as executor:
        list(in_order(executor, certificate_pdf, printings[:PROCESSES]))  # started, faces loaded
        start = time.perf_counter()
        size = sum(len(piece) for piece in draw(printings, executor))
        seconds = time.perf_counter() - start
    drawing = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(
        f"  {name:16} {count:6} {seconds:8.1f} s, {count / seconds:8.1f} a second,"
        f" {size / count / 1000:.0f} kB each"
    )
    print(f"  {'':23} at most {drawing:.0f} MB in a drawing process, {here:.0f} MB in this one")


def _single(printings: list[Printing]) -> None:
    made = [certificate._pages([one], attached=True, whole=True) for one in printings]
    body = next(one for one in fonts.installed().fonts() if one.family == fonts.families()[0])
    seal = printings[0].design.seal or b""
    contenders: dict[str, Callable[[int], bytes]] = {
        "typst": lambda at: typesetter.pdf(made[at][0], made[at][1], made[at][2], at=made[at][3]),
        "reportlab": lambda at: reportlab_pdf(page_of(made[at], seal)),
        "reportlab, the face read anew": lambda at: reportlab_pdf(
            page_of(made[at], seal), anew=True
        ),
        "WeasyPrint": lambda at: weasyprint_pdf(page_of(made[at], seal), body.family),
        "typst, and the code made": lambda at: certificate_pdf(printings[at]),
    }
    least = dict.fromkeys(contenders, float("inf"))
    sizes: dict[str, int] = {}
    for name, call in contenders.items():
        sizes[name] = len(call(0))
    for turn in range(ROUNDS):
        for name, call in contenders.items():
            at = 1 + turn * (len(printings) - 1) // ROUNDS
            start = time.perf_counter()
            for step in range(3):
                call((at + step) % len(printings))
            least[name] = min(least[name], (time.perf_counter() - start) / 3)
    print("\nOne certificate")
    for name, seconds in least.items():
        ratio = seconds / least["typst"]
        print(f"  {name:40} {seconds * 1e3:8.1f} ms {ratio:7.1f} × {sizes[name] / 1000:8.1f} kB")


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


if __name__ == "__main__":
    main()
