"""A QR code for paper: vector, on white, with a quiet zone, no module under 0.4 mm.

One path holds every run of dark modules, so no renderer leaves hairlines between them.
"""

import segno

from issuer.documents.qr_image import QUIET_ZONE, make
from schemas.errors import CommandError

MODULE = 0.9  # mm; what a page scanned at 150 dpi and blurred by 0.42 mm still gives to any reader
LEAST_MODULE = 0.4  # mm; below it old phones read too few printed codes


def svg(origin: str, digits: str, *, room: float) -> tuple[str, float]:
    """A credential's code as `svg_of`.

    Raises:
        CommandError: `qr_too_large`.
    """
    return svg_of(make(origin, digits), room=room)


def svg_of(symbol: segno.QRCode, *, room: float) -> tuple[str, float]:
    """The code as SVG and its side on paper in mm, quiet zone included, at most `room`.

    Raises:
        CommandError: `qr_too_large`: a module would be smaller than 0.4 mm.
    """
    rows = list(symbol.matrix)
    side = len(rows) + 2 * QUIET_ZONE
    module = min(MODULE, room / side)
    if module < LEAST_MODULE:
        raise CommandError("qr_too_large", module=f"{module:.2f}", least=LEAST_MODULE)
    runs = []
    for y, row in enumerate(rows, start=QUIET_ZONE):
        x = 0
        while (x := row.find(1, x)) >= 0:
            end = row.find(0, x)
            width = (len(row) if end < 0 else end) - x
            runs.append(f"M{x + QUIET_ZONE} {y}h{width}v1h-{width}z")
            x += width
    size = f'width="{side}" height="{side}" viewBox="0 0 {side} {side}"'
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path fill="#fff" '
        f'd="M0 0h{side}v{side}H0z"/><path d="{"".join(runs)}"/></svg>'
    )
    return text, side * module
