"""The frame and the ground of every page: guilloches in vectors, light enough for office printers.

Drawn once for each paper size; every path is a long one, which typesets ten times as fast as
hundreds of short ones.
"""

import math
from functools import cache

INSET = 9.0  # mm: paper that no printer reaches, and a margin for picture frames
GAP = 4.4  # mm between the two lines of the frame
WAVE = 7.5  # mm a period of the guilloche between them
GOLD, PALE = "#a98a54", "#efe6d2"
ROSETTES = ((52.0, 32), (24.0, 16))  # radius in mm and petals, in the middle of the page
CORNER = (2.6, 8)


@cache
def svg(width: int, height: int) -> str:
    """The ground of a page of `width` × `height` mm."""
    middle = INSET + GAP / 2
    long, tall = width - 2 * middle, height - 2 * middle
    waves = [
        _wave(start, length, amplitude, upright=upright)
        for start, length, upright in (
            ((middle, middle), long, False),
            ((middle, height - middle), long, False),
            ((middle, middle), tall, True),
            ((width - middle, middle), tall, True),
        )
        for amplitude in (-1.1, -0.55, 0.55, 1.1)
    ]
    corners = [(x, y) for x in (middle, width - middle) for y in (middle, height - middle)]
    petals = [_rosette(width / 2, height / 2, *one) for one in ROSETTES]
    blanks = "".join(
        f'<circle cx="{x:g}" cy="{y:g}" r="3.1" fill="#fff" stroke="none"/>' for x, y in corners
    )
    frame = _rectangle(INSET, width, height)
    inner = _rectangle(INSET + GAP, width, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}"><g fill="none" stroke="{GOLD}">'
        f'<path stroke="{PALE}" stroke-width="0.11" d="{"".join(petals)}"/>'
        f'<path stroke-width="0.4" d="{frame}"/><path stroke-width="0.14" d="{inner}"/>'
        f'<path stroke-width="0.09" d="{"".join(waves)}"/>{blanks}'
        f'<path stroke-width="0.09" d="{"".join(_rosette(x, y, *CORNER) for x, y in corners)}"/>'
        "</g></svg>"
    )


def _rectangle(inset: float, width: float, height: float) -> str:
    return f"M{inset:g} {inset:g}H{width - inset:g}V{height - inset:g}H{inset:g}Z"


def _wave(start: tuple[float, float], length: float, amplitude: float, *, upright: bool) -> str:
    """A sine along one side, as quadratic curves of half a period."""
    halves = 2 * round(length / WAVE)
    step = length / halves
    parts = [f"M{start[0]:g} {start[1]:g}"]
    for index in range(halves):
        bend = 2 * (amplitude if index % 2 else -amplitude)
        along, end = f"{step / 2:.3f}", f"{step:.3f}"
        parts.append(f"q{bend:.2f} {along} 0 {end}" if upright else f"q{along} {bend:.2f} {end} 0")
    return "".join(parts)


def _rosette(x: float, y: float, radius: float, petals: int) -> str:
    """Ellipses turned about the middle, each of two half ellipses."""
    parts = []
    for index in range(petals):
        angle = math.pi * index / petals
        dx, dy = radius * math.cos(angle), radius * math.sin(angle)
        turned = f"A{radius:g} {radius * 0.31:g} {math.degrees(angle):.1f} 0 1"
        parts.append(
            f"M{x - dx:.2f} {y - dy:.2f}{turned} {x + dx:.2f} {y + dy:.2f}{turned} {x - dx:.2f} {y - dy:.2f}"
        )
    return "".join(parts)
