"""Every way to show a certificate to the page gives the same verdict as the camera."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import expect

from schemas.status_list import Status
from tests.browser.clips import jpeg, page, picture
from tests.browser.phone import Phone
from tests.browser.stage import Stage, demonstration, everyone
from tests.world import HOUR, PUBLISHED

ROTATED = 0x0112
"""The EXIF tag of how the camera was held (CIPA DC-008 §4.6.4)."""


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """A file of this kind."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def rotated(image: Image.Image, orientation: int) -> bytes:
    """A JPEG whose EXIF says that it has to be turned."""
    exif = Image.Exif()
    exif[ROTATED] = orientation
    turned = image.rotate({3: 180, 6: 90, 8: 270}[orientation], expand=True)
    return saved(turned, "JPEG", quality=85, exif=exif)


def test_a_picture(stage: Stage, phone: Phone) -> None:
    """In any format that phones and programs make."""
    for number, kind in enumerate(("png", "jpeg", "webp"), 1):
        data = saved(page(stage.text("valid")), kind)
        phone.upload(f"certificate.{kind}", data, f"image/{kind}")
        assert "ok" == phone.verdict(number).code, kind
        phone.press("done")


def test_a_photograph_of_a_turned_phone(stage: Stage, phone: Phone) -> None:
    """EXIF turns it upright."""
    for number, orientation in enumerate((3, 6, 8), 1):
        data = rotated(page(stage.text("revoked")), orientation)
        phone.upload("photo.jpg", data, "image/jpeg")
        assert "revoked" == phone.verdict(number).code, orientation
        phone.press("done")


def test_twelve_megapixels_with_a_small_code(stage: Stage, phone: Phone) -> None:
    """A certificate photographed whole: the code is a twentieth of its width."""
    whole = Image.new("L", (4032, 3024), 225)
    whole.paste(picture(stage.text("valid"), 4), (3100, 2300))
    phone.upload("photo.jpg", jpeg(whole), "image/jpeg")
    assert "ok" == phone.verdict().code


def test_several_certificates_in_one_picture(stage: Stage, phone: Phone) -> None:
    """None is chosen for the recruiter: the page says that there are two."""
    two = page(stage.text("valid"), stage.text("revoked"), scale=5)
    phone.upload("two.png", saved(two, "PNG"), "image/png")
    phone.hears("画面中有两个码")
    assert not phone.verdicts


def test_a_certificate_beside_another_code(stage: Stage, phone: Phone) -> None:
    """Posters have codes of their own: the certificate counts."""
    two = page(stage.text("foreign_code"), stage.text("valid"), scale=5)
    phone.upload("two.png", saved(two, "PNG"), "image/png")
    assert "ok" == phone.verdict().code


NO_CODE = (
    ("empty.png", b"", "图片无法读取"),
    ("desk.jpg", jpeg(page()), "图片中没有找到二维码"),
    ("notes.txt", b"no picture at all", "图片无法读取"),
    ("desk.png", saved(page(), "PNG"), "图片中没有找到二维码"),
    ("cut.jpg", jpeg(page())[:300], "图片无法读取"),
)


def test_a_file_without_a_code(phone: Phone) -> None:
    """The page says what is wrong with it, and goes on."""
    for name, data, words in NO_CODE:
        phone.upload(name, data)
        phone.hears(words)
    assert not phone.verdicts


def test_a_bomb_of_a_picture(phone: Phone) -> None:
    """A file of 10 KB that says it is huge: refused, and the page goes on."""
    phone.upload("huge.png", saved(Image.new("1", (20_000, 20_000)), "PNG"), "image/png")
    phone.hears("图片过大")
    assert not phone.verdicts


def test_a_pdf(stage: Stage, phone: Phone) -> None:
    """A scanned page in a PDF is read; otherwise the page says what to do instead."""
    phone.upload("scan.pdf", saved(page(stage.text("valid")), "PDF"), "application/pdf")
    phone.settled(lambda: bool(phone.verdicts) or any("截图后上传" in said for said in phone.said))
    assert all("ok" == seen.code for seen in phone.verdicts)


def test_the_file_of_a_holder(stage: Stage, phone: Phone) -> None:
    """An SD-JWT as the institution gave it."""
    text = stage.issued["valid"].text.encode()
    phone.upload("credential.sd-jwt", text + b"\n", "application/octet-stream")
    assert "ok" == phone.verdict().code
    phone.press("done")
    phone.upload("credential.sd-jwt", b"\xff" * 50_000, "application/octet-stream")
    assert "foreign_code" == phone.verdict(2).code


def test_pasted_text(stage: Stage, phone: Phone) -> None:
    """A code's text, its digits alone, and the holder's file."""
    issued = stage.issued["valid"]
    text = stage.text("valid")
    for shown in (text, text.rpartition("#")[2], issued.text, issued.holder_text, f"  {text}\n"):
        assert "ok" == phone.check(shown).code


def test_a_pasted_picture(stage: Stage, phone: Phone) -> None:
    """Out of a chat: the clipboard has a picture."""
    data = saved(page(stage.text("valid")), "PNG")
    phone.page.evaluate(
        """bytes => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], 'p.png', { type: 'image/png' }));
          const event = new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true });
          document.body.dispatchEvent(event);
        }""",
        list(data),
    )
    assert "ok" == phone.verdict().code


def test_a_scanner_gun(stage: Stage, phone: Phone) -> None:
    """It types fast and ends with Enter, wherever the page is."""
    for number, name in enumerate(("valid", "revoked", "foreign_code"), 1):
        phone.page.evaluate(_TYPED, [*stage.text(name), "Enter"])
        assert stage.codes[name].code == phone.verdict(number).code


def test_a_scanner_gun_with_the_field_in_focus(stage: Stage, phone: Phone) -> None:
    """Into the field, for which its Enter is meant too."""
    phone.find("textarea").focus()
    phone.page.keyboard.insert_text(stage.text("revoked"))
    phone.page.keyboard.press("Enter")
    assert "revoked" == phone.verdict().code


def test_fingers_are_no_scanner_gun(phone: Phone) -> None:
    """A few keys and Enter are not taken for a code."""
    phone.page.keyboard.type("1234567890", delay=60)
    phone.page.keyboard.press("Enter")
    assert not phone.verdicts


_TYPED = """
(keys) => {
  for (const key of keys)
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}
"""


def test_a_bundle_carried_by_hand(stage: Stage, phone: Phone) -> None:
    """Trust data from a USB stick, where there is no network."""
    newer = everyone()
    newer.publish()
    newer.world.set_status(newer.issued["revoked later"], Status.INVALID)
    bundle = newer.publish(iat=PUBLISHED + HOUR)["bundle.zip"]
    phone.kept().cut_off()
    assert "ok" == phone.check(stage.text("revoked later")).code
    phone.press("ready")
    phone.upload("bundle.zip", bundle, "application/zip", action="load-bundle")
    assert "updated" == phone.refreshed()
    phone.press("home")
    assert "revoked" == phone.check(stage.text("revoked later")).code


def test_a_bundle_that_is_none(stage: Stage, tree: dict[str, bytes], phone: Phone) -> None:
    """Another file, or one that was cut short: refused, and nothing is lost."""
    bundle = tree["bundle.zip"]
    phone.press("ready")
    for data in (b"no zip file", bundle[: len(bundle) // 2], bundle.replace(b"2022-", b"2021-")):
        phone.upload("bundle.zip", data, "application/zip", action="load-bundle")
        assert phone.refreshed() in ("file_unreadable", "registry_hash")
    phone.press("home")
    assert "ok" == phone.check(stage.text("valid")).code


def test_the_poster_at_the_door(tree: dict[str, bytes], phone: Phone) -> None:
    """It says that the phone's data are those of the poster."""
    phone.paste(tree["poster"].decode())
    expect(phone.page.get_by_text("与海报一致，数据是最新的").filter(visible=True)).to_be_visible()
    assert not phone.verdicts


def test_a_poster_that_knows_more(stage: Stage, phone: Phone) -> None:
    """Yesterday's data and today's poster: one should connect."""
    newer = everyone()
    newer.publish()
    phone.kept()
    phone.paste(newer.publish(iat=PUBLISHED + HOUR)["poster"].decode())
    expect(phone.page.get_by_text("本机数据比海报旧").filter(visible=True)).to_be_visible()


def test_a_forged_poster(stage: Stage, phone: Phone) -> None:
    """A poster that anybody has printed is said to be one."""
    other = demonstration()
    phone.paste(other.publish()["poster"].decode())
    expect(phone.page.get_by_text("海报的签名不对").filter(visible=True)).to_be_visible()
