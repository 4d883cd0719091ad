"""The page of annex 5 as reportlab and WeasyPrint set it, from the same data as ours."""

import base64
import io
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from weasyprint import HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

from issuer.documents import fonts

MM = 72 / 25.4  # points
WIDTH, HEIGHT = 297.0, 210.0
_LINK = re.compile(r"base64,([^\"]+)\"")
_RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is on the page."""

    data: dict[str, Any]
    ground: str
    code: str
    token: str
    photo: bytes
    seal: bytes


def page_of(made: tuple[str, dict[str, Any], dict[str, str], int], seal: bytes) -> Page:
    """The page that `issuer.documents.certificate` prepared for the typesetter."""
    _, data, files, _ = made
    return Page(
        data=data["pages"][0],
        ground=files["ground"],
        code=files["qr-0"],
        token=files["token-0"],
        photo=_picture(files["photo-0"]),
        seal=seal,
    )


def _picture(svg: str) -> bytes:
    [link] = _LINK.findall(svg)
    return base64.b64decode(link)


@cache
def _truetype() -> str:
    """The path of a face that reportlab can take: it knows no CFF outlines, so the rare one."""
    return next(
        str(one.path)
        for one in fonts.installed().fonts()
        if str(one.path).endswith(".ttf") and "Hana" in one.family
    )


def reportlab_pdf(page: Page, *, anew: bool = False) -> bytes:
    """With reportlab: lines broken by hand, no tags, no attachment, no PDF/A.

    Args:
        page: What is on it.
        anew: Read the face for this page, as a program does that makes one certificate.
    """
    one, face, stream = page.data, "cjk", io.BytesIO()
    if anew or face not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(face, _truetype()))
    canvas = Canvas(stream, pagesize=(WIDTH * MM, HEIGHT * MM), invariant=True)
    canvas.saveState()
    canvas.transform(MM, 0, 0, -MM, 0, HEIGHT * MM)
    _ground(canvas, page.ground)
    canvas.restoreState()

    def text(x: float, y: float, size: float, words: str) -> None:
        canvas.setFont(face, size)
        canvas.drawString(x * MM, (HEIGHT - y) * MM, words)

    text(40, 40, 31, one["heading"][0])
    sentence = "　　" + "".join(part[0] for part in one["sentence"])
    for row, start in enumerate(range(0, len(sentence), 18)):
        text(25, 62 + 12 * row, 17, sentence[start : start + 18])
    seal = ImageReader(io.BytesIO(page.seal))
    canvas.drawImage(seal, 60 * MM, 30 * MM, 42 * MM, 42 * MM, mask="auto")
    text(55, 155, 15, one["institution"])
    text(55, 168, 13, f"发证日期：{one['issue_date']}")
    text(30, 190, 9, one["lookup"] + " ".join(one["addresses"]))
    photo = ImageReader(io.BytesIO(page.photo))
    canvas.drawImage(photo, 162 * MM, 140 * MM, 25 * MM, 35 * MM)
    modules = float(page.code.split('viewBox="0 0 ')[1].split()[0])
    side = one["qr_side"] * MM
    canvas.saveState()
    canvas.transform(side / modules, 0, 0, -side / modules, 200 * MM, 125 * MM + side)
    path = canvas.beginPath()
    for x, y, width in _RUN.findall(page.code):
        path.rect(int(x), int(y), int(width), 1)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()
    text(162, 90, 8.5, f"请用事先打开的“{one['verifier']}”核验页扫描，不要直接打开码中的网址。")
    for row, (_, label, value) in enumerate(one["lines"]):
        text(162, 108 + 9.5 * row, 14, f"{label}：{value}")
    text(120, 195, 8.5, one["line"])
    canvas.save()
    return stream.getvalue()


def _ground(canvas: Canvas, svg: str) -> None:
    """The paths of the ground: M, H, V, q and A, as it uses them; arcs as two curves each."""
    for width, data in re.findall(r'stroke-width="([\d.]+)" d="([^"]+)"', svg):
        canvas.setLineWidth(float(width))
        canvas.setStrokeColorRGB(0.66, 0.54, 0.33)
        path = canvas.beginPath()
        x = y = 0.0
        for command, text in re.findall(r"([MHVqAZ])([^MHVqAZ]*)", data):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", text)]
            if command == "M":
                x, y = numbers
                path.moveTo(x, y)
            elif command == "H":
                x = numbers[0]
                path.lineTo(x, y)
            elif command == "V":
                y = numbers[0]
                path.lineTo(x, y)
            elif command == "q":
                ax, ay, bx, by = numbers
                path.curveTo(
                    x + ax * 2 / 3,
                    y + ay * 2 / 3,
                    x + bx + (ax - bx) * 2 / 3,
                    y + by + (ay - by) * 2 / 3,
                    x + bx,
                    y + by,
                )
                x, y = x + bx, y + by
            elif command == "A":
                bx, by = numbers[-2:]
                ux, uy = -(by - y) * 0.31 * 2 / 3, (bx - x) * 0.31 * 2 / 3
                path.curveTo(x + ux, y + uy, bx + ux, by + uy, bx, by)
                x, y = bx, by
            else:
                path.close()
        canvas.drawPath(path)


@cache
def _faces() -> FontConfiguration:
    return FontConfiguration()


def weasyprint_pdf(page: Page, family: str) -> bytes:
    """With WeasyPrint: PDF/A-3b with the credential attached, as ours."""
    one = page.data

    def at(x: float, y: float, size: float, words: str, width: float = 113) -> str:
        place = f"left:{x}mm;top:{y}mm;width:{width}mm;font-size:{size}pt"
        return f'<div style="position:absolute;{place}">{words}</div>'

    def picture(x: float, y: float, width: float, kind: str, data: bytes) -> str:
        link = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        return f'<img style="position:absolute;left:{x}mm;top:{y}mm;width:{width}mm" src="{link}">'

    sentence = "".join(f"<b>{words}</b>" if claim else words for words, claim in one["sentence"])
    rows = "".join(f"<div>{label}：<b>{value}</b></div>" for _, label, value in one["lines"])
    body = (
        picture(0, 0, WIDTH, "svg+xml", page.ground.encode())
        + picture(60, 138, 42, "png", page.seal)
        + at(25, 32, 31, f"<b>{one['heading'][0]}</b>")
        + at(
            25,
            56,
            17,
            f'<p style="text-indent:2em;line-height:2;text-align:justify">{sentence}</p>',
        )
        + at(25, 150, 15, f"<b>{one['institution']}</b>")
        + at(25, 163, 13, f"发证日期：{one['issue_date']}")
        + at(25, 190, 9, one["lookup"] + " ".join(one["addresses"]))
        + picture(162, 40, 25, "jpeg", page.photo)
        + picture(200, 33, one["qr_side"], "svg+xml", page.code.encode())
        + at(162, 88, 8.5, f"请用事先打开的“{one['verifier']}”核验页扫描，不要直接打开码中的网址。")
        + at(162, 103, 14, f'<div style="line-height:2">{rows}</div>')
        + at(120, 193, 8.5, one["line"])
    )
    style = f"@page{{size:{WIDTH}mm {HEIGHT}mm;margin:0}}body{{margin:0;font-family:'{family}'}}"
    html = f'<html lang="zh-CN"><title>证书</title><style>{style}</style><body>{body}</body></html>'
    attached = Attachment(string=page.token, name="credential.sd-jwt", relationship="Source")
    made: bytes = HTML(string=html).write_pdf(
        font_config=_faces(), pdf_variant="pdf/a-3b", attachments=[attached]
    )
    return made
