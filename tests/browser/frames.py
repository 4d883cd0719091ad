"""What a phone's camera sees of our certificates: frames made up from a seed, the same in every run.

A page with a code in the middle of text, rules and a seal lies before a pinhole camera: turned,
tilted, bent around a cylinder. Then light, lens, sensor and JPEG spoil it, in this order.
"""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from io import BytesIO

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from issuer.documents import qr_image
from schemas import qr
from tests.world import ORIGIN, World

WIDTH, HEIGHT = 1280, 720
NAMES = {8: 2, 9: 3, 10: 20, 11: 33, 12: 50}  # version of the code: characters of a name
FOCAL = 1005  # pixels: 65° across 1280, a phone's main camera after the crop of its video mode
FINER = 2  # times: a code is drawn finer and averaged, as a sensor's pixels do
CELL = 40  # pixels: within a cell the bent page is taken for a plane
NOISE = 1 << 22

Span = tuple[float, float]

GOOD_PITCHES = (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0)  # pixels a module
POOR_PITCHES = (5.0, 5.5, 6.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a frame is spoiled: each value is drawn from a span."""

    tilt: Span = (0, 8)  # degrees
    turn: Span = (-12, 12)  # degrees
    radius: Span | None = None  # of the cylinder, in sides of the code
    black: Span = (25, 45)  # grey levels of the print
    white: Span = (190, 225)  # and of the paper
    shade: Span = (0, 0.15)  # how much darker one end of the frame is
    glare: Span = (0, 0)  # how far the middle of a reflection goes to white
    blur: Span = (0.5, 0.8)  # σ in pixels
    blur_modules: Span = (0, 0)  # σ in modules, where the lens and not the sensor is to blame
    motion: Span = (0, 0)  # pixels
    noise: Span = (2, 4)  # σ in grey levels
    quality: Span | None = None  # of JPEG


HELD_STILL = View()

# Each spoils one thing as much as may still be called good light.
GOOD: dict[str, View] = {
    "plain": HELD_STILL,
    "turned": replace(HELD_STILL, turn=(-180, 180)),
    "perspective": replace(HELD_STILL, tilt=(15, 32)),
    "blur": replace(HELD_STILL, blur=(0, 0), blur_modules=(0.28, 0.36)),
    "motion": replace(HELD_STILL, motion=(1, 2.4)),
    "noise": replace(HELD_STILL, noise=(8, 14)),
    "low contrast": replace(HELD_STILL, black=(95, 110), white=(150, 170)),
    "glare": replace(HELD_STILL, glare=(0.5, 0.8)),
    "curved paper": replace(HELD_STILL, radius=(1.25, 2.5)),
    "jpeg": replace(HELD_STILL, quality=(25, 45)),
}

_DIM = View(
    tilt=(0, 22),
    black=(45, 65),
    white=(120, 170),
    shade=(0.1, 0.35),
    blur=(1.2, 1.8),
    motion=(1, 3),
    noise=(7, 13),
)  # the poor light of the measurements that chose the size of the print

POOR: dict[str, View] = {
    "dim": _DIM,
    "dim, turned": replace(_DIM, turn=(-180, 180)),
    "dim, glare": replace(_DIM, glare=(0.3, 0.5)),
    "dim, curved paper": replace(_DIM, radius=(2, 4), tilt=(0, 10)),
    "dim, jpeg": replace(_DIM, quality=(50, 75)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One frame to be drawn."""

    light: str
    """`good` or `poor`."""
    defect: str
    pitch: float
    """Pixels a module, in the middle of the code."""
    version: int
    seed: int

    @property
    def text(self) -> str:
        """What a scanner must read."""
        return _code(self.version)[0]

    def draw(self) -> Image.Image:
        """The grey frame."""
        rng = default_rng(self.seed)
        view = (GOOD if self.light == "good" else POOR)[self.defect]
        seen = _camera(_page(self.version, self.pitch), self, view, rng)
        return _developed(_lit(seen, view, rng), view, self.pitch, rng)


def scenes() -> list[Scene]:
    """The whole set of 500: in each light every defect at every pitch for every version."""
    good, poor = (
        [
            (light, defect, pitch, version)
            for version in NAMES
            for pitch in pitches
            for defect in views
        ]
        for light, views, pitches in (("good", GOOD, GOOD_PITCHES), ("poor", POOR, POOR_PITCHES))
    )
    return [
        Scene(light=light, defect=defect, pitch=pitch, version=version, seed=seed)
        for seed, (light, defect, pitch, version) in enumerate(good + poor + poor)
    ]


@cache
def _code(version: int) -> tuple[str, Image.Image]:
    """A credential of ours whose code has this version: its text, and a pixel a module."""
    without = {"id_number": None} if version == 8 else {}
    issued = World().issue(holder_name="例" * NAMES[version], **without)
    digits = qr.pack(issued.text, ORIGIN)
    code = qr_image.make(ORIGIN, digits)
    if int(code.version) != version:
        raise AssertionError(f"{NAMES[version]} characters are now version {code.version}")
    stream = BytesIO()
    code.save(stream, kind="png", scale=1, border=qr_image.QUIET_ZONE)
    return "".join(qr.segments(ORIGIN, digits)), Image.open(stream).convert("L")


@lru_cache(maxsize=8)
def _page(version: int, pitch: float) -> Image.Image:
    """A printed page with the code in its middle, `FINER` times as fine as the frame."""
    rng = default_rng([version, round(pitch * 10)])
    scale = round(pitch * FINER)
    code = _code(version)[1]
    code = code.resize((code.width * scale, code.height * scale), Image.Resampling.NEAREST)
    page = Image.new("L", (WIDTH * FINER, HEIGHT * FINER), 255)
    pen = ImageDraw.Draw(page)
    line = 9 * scale
    font = ImageFont.load_default(7 * scale)
    for top in range(scale, page.height, line):
        words = ("".join(map(chr, rng.integers(48, 123, rng.integers(2, 9)))) for _ in range(40))
        pen.text(
            (rng.integers(-40, 0), top), " ".join(words), fill=int(rng.integers(0, 60)), font=font
        )
    for left in rng.integers(0, page.width, 5):
        pen.line((int(left), 0, int(left), page.height), fill=0, width=scale)
    left, top = (page.width - code.width) // 2, (page.height - code.height) // 2
    radius = 30 * scale
    x, y = left - radius // 2, top + code.height
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=110, width=2 * scale)
    page.paste(code, (left, top))
    return page


def _camera(page: Image.Image, scene: Scene, view: View, rng: Generator) -> Image.Image:
    """The page as the camera sees it: for each corner of a cell, the point of the page there."""
    side = (17 + 4 * scene.version) * scene.pitch
    turn, tilt = np.radians(rng.uniform(*view.turn)), np.radians(rng.uniform(*view.tilt))
    half = (side / 2 + qr_image.QUIET_ZONE * scene.pitch) * (abs(np.cos(turn)) + abs(np.sin(turn)))
    shift = rng.uniform(-1, 1, 2) * np.maximum(0, [WIDTH / 2 - half, HEIGHT / 2 - half])
    towards = rng.uniform(0, 2 * np.pi)
    rotation = _about_z(towards) @ _about_x(tilt) @ _about_z(turn - towards)

    across, down = np.meshgrid(np.arange(0, WIDTH + 1, CELL), np.arange(0, HEIGHT + 1, CELL))
    rays = np.stack([across - WIDTH / 2, down - HEIGHT / 2, np.full(across.shape, FOCAL)], -1)
    middle = np.array([*shift, FOCAL])  # of the code: there, a pixel is a pixel
    start, rays = -middle @ rotation, rays @ rotation
    if view.radius is None:
        reach = -start[2] / rays[..., 2]
        u, v = (start[i] + reach * rays[..., i] for i in (0, 1))
    else:  # around a cylinder whose axis is parallel to the code's columns
        radius = side * rng.uniform(*view.radius)
        a = rays[..., 0] ** 2 + rays[..., 2] ** 2
        b = start[0] * rays[..., 0] + (start[2] - radius) * rays[..., 2]
        c = start[0] ** 2 + (start[2] - radius) ** 2 - radius**2
        reach = (-b - np.sqrt(np.maximum(b * b - a * c, 0))) / a
        x, v, z = (start[i] + reach * rays[..., i] for i in range(3))
        u = radius * np.arctan2(x, radius - z)
    points = np.stack([u + WIDTH / 2, v + HEIGHT / 2], -1)
    corners = (points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:])
    quads = np.concatenate(corners, -1)
    fine, coarse = page, page.reduce(FINER)
    seen = _bent(coarse, quads, 1)
    left, top = (
        int(max(0, (size / 2 + at - 0.8 * side) // CELL))
        for size, at in zip((WIDTH, HEIGHT), shift, strict=True)
    )
    cells = quads[top:, left:][: int(1.6 * side / CELL) + 2, : int(1.6 * side / CELL) + 2]
    seen.paste(_bent(fine, cells * FINER, FINER).reduce(FINER), (left * CELL, top * CELL))
    return seen


def _bent(page: Image.Image, quads: NDArray[np.float64], finer: int) -> Image.Image:
    """The cells whose corners are these points of the page, put together."""
    down, across, _ = quads.shape
    step = CELL * finer
    boxes = [
        (x * step, y * step, (x + 1) * step, (y + 1) * step)
        for y in range(down)
        for x in range(across)
    ]
    mesh = list(zip(boxes, quads.reshape(-1, 8).tolist(), strict=True))
    size = (across * step, down * step)
    return page.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fillcolor=90)


def _lit(seen: Image.Image, view: View, rng: Generator) -> Image.Image:
    """Print and paper have the grey levels that the light leaves them."""
    black, white = rng.uniform(*view.black), rng.uniform(*view.white)
    x, y = np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32)[:, None]
    picture = np.asarray(seen, np.float32) * ((white - black) / 255) + black
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * (x / WIDTH - 0.5) + np.sin(angle) * (y / HEIGHT - 0.5)
    picture *= 1 + rng.uniform(*view.shade) * slope.astype(np.float32)
    if view.glare[1]:
        at, width = rng.uniform(0.35, 0.65, 2) * [WIDTH, HEIGHT], rng.uniform(60, 160)
        spot = np.exp(-(((x - at[0]) / width) ** 2)) * np.exp(-(((y - at[1]) / width) ** 2))
        picture += (255 - picture) * (rng.uniform(*view.glare) * spot)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _developed(lit: Image.Image, view: View, pitch: float, rng: Generator) -> Image.Image:
    """What lens, hand, sensor and compression leave of it."""
    blur = rng.uniform(*view.blur) + pitch * rng.uniform(*view.blur_modules)
    moved = lit.filter(ImageFilter.GaussianBlur(blur))
    if view.motion[1]:
        moved = moved.filter(_motion(rng.uniform(*view.motion), rng.uniform(0, np.pi)))
    noise, start = _noise(), int(rng.integers(NOISE - WIDTH * HEIGHT))
    grain = noise[start : start + WIDTH * HEIGHT].reshape(HEIGHT, WIDTH)
    picture = np.asarray(moved, np.float32) + grain * np.float32(rng.uniform(*view.noise))
    frame = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if view.quality is None:
        return frame
    stream = BytesIO()
    frame.save(stream, "JPEG", quality=round(rng.uniform(*view.quality)))
    return Image.open(stream).convert("L")


def _motion(length: float, angle: float) -> ImageFilter.Kernel:
    """The path of a point during the exposure, in 5 × 5 pixels."""
    path = np.linspace(-length / 2, length / 2, 33)
    across, down = 2 + path * np.cos(angle), 2 + path * np.sin(angle)
    grid = np.arange(5)
    near = np.maximum(0, 1 - np.abs(grid - across[:, None]))
    weights = np.einsum("pi,pj->ji", near, np.maximum(0, 1 - np.abs(grid - down[:, None])))
    return ImageFilter.Kernel((5, 5), weights.ravel().tolist(), scale=float(weights.sum()))


@cache
def _noise() -> NDArray[np.float32]:
    """Normal noise; frames take different parts of it."""
    return default_rng(0).standard_normal(NOISE, np.float32)


def _about_x(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_z(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
