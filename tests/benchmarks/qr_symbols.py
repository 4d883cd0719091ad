"""What making a QR symbol costs beside `segno`, which makes the same, and what drawing it adds."""

import io
from itertools import cycle
from typing import Any

import segno
from segno import consts

from issuer.documents import qr_image, qr_symbol
from schemas import qr
from tests.benchmarks.population import certificates
from tests.benchmarks.side_by_side import best, table
from tests.world import ORIGIN

COUNT = 200


def main() -> None:
    """Print the table."""
    tokens = [one.token(ORIGIN) for one in certificates("technical_level", COUNT)]
    codes = [qr.segments(ORIGIN, qr.checked_digits(one, ORIGIN)) for one in tokens]
    pairs = [(prefix.encode(), digits) for prefix, digits in codes]
    if any(_ours(one).matrix != _segno(one).matrix for one in pairs):
        raise AssertionError
    following = cycle(pairs)
    made = _ours(pairs[0])
    times = best(
        {
            "ours": lambda: _ours(next(following)),
            "segno": lambda: _segno(next(following)),
            "(both pictures, ours)": lambda: qr_image.draw(ORIGIN, next(following)[1]),
            "(SVG by segno, made before)": lambda: _saved(made, "svg"),
            "(PNG by segno, made before)": lambda: _saved(made, "png"),
        }
    )
    table(f"A QR symbol, the same {COUNT} by both", times, unit="ours")


def _ours(segments: tuple[bytes, str]) -> segno.QRCode:
    return qr_symbol.make(*segments)


def _segno(segments: tuple[bytes, str]) -> segno.QRCode:
    prefix, digits = segments
    content: Any = [(prefix, consts.MODE_BYTE), (digits, consts.MODE_NUMERIC)]
    return segno.make(content, error="m", micro=False, boost_error=False)


def _saved(code: segno.QRCode, kind: str) -> None:
    code.save(io.BytesIO(), kind=kind, scale=qr_image.PNG_SCALE, border=qr_image.QUIET_ZONE)


if __name__ == "__main__":
    main()
