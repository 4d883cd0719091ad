"""Photographs of holders: whose they are, what becomes of them, and what is refused."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import select

from issuer import photos
from issuer.db import reading, transaction
from issuer.erasure import ABANDONED, drop_abandoned
from issuer.photos import HEIGHT, WIDTH, match, one_inch
from issuer.roster.rows import Row
from issuer.tables import Photo
from tests.issuer.desk import INSTITUTION, demo_id_number, orders, refusal
from tests.issuer.office import Office, open_office
from tests.issuer.submitting import Roster, workbook
from tests.issuer.test_rosters_console import Person


def picture(
    size: tuple[int, int] = (WIDTH, HEIGHT), kind: str = "JPEG", mode: str = "RGB", colour: int = 90
) -> bytes:
    file = BytesIO()
    image = Image.new("RGB", size, (colour, 120, 160)).convert(mode)
    exif = Image.Exif()
    exif[0x010E] = "place and camera"  # ImageDescription
    image.save(file, kind, **({"exif": exif} if kind == "JPEG" else {}))
    return file.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def rows() -> list[Row]:
    people = [("张测试", 0), ("李示例", 1), ("李示例", 2), ("阿卜杜拉·示例", 3)]
    return [
        Row(
            number=2 + at,
            claims={"holder_name": name, "id_number": demo_id_number(at)},
            issuer_name=None,
            findings=(),
        )
        for name, at in people
    ]


def found(files: Mapping[str, bytes]) -> tuple[set[int], list[str]]:
    matched = match(files.items(), rows())
    return set(matched.photos), [error.code for error in matched.problems]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("2.jpg", 2),
        ("第3行.jpg", 3),
        ("0004.png", 4),
        ("张测试.jpg", 2),
        ("张 测试.jpg", 2),
        ("阿卜杜拉•示例.jpeg", 5),
        (f"{demo_id_number(1)}.jpg", 3),
        (f"相册/二班/{demo_id_number(2).lower()}.JPG", 4),
    ],
)
def test_the_name_of_a_file_says_whose_it_is(name: str, row: int) -> None:
    assert ({row}, []) == found({name: picture()})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("李示例.jpg", "photo_several_rows"),
        ("王无此人.jpg", "photo_no_row"),
        ("99.jpg", "photo_no_row"),
        ("1.jpg", "photo_no_row"),  # the headings
        (".jpg", "photo_no_row"),
    ],
)
def test_what_belongs_to_nobody_is_said(name: str, code: str) -> None:
    assert (set(), [code]) == found({name: picture()})


def test_one_for_each_person() -> None:
    assert ({2}, ["photo_twice"]) == found({"2.jpg": picture(), "张测试.jpg": picture()})


def test_no_problem_shows_a_whole_id_number() -> None:
    [problem] = match([("119999199001010013.jpg", picture())], rows()).problems
    assert "119999199001010013" not in problem.message("zh-CN")
    assert "0013" in problem.message("zh-CN")


@pytest.mark.parametrize(
    ("size", "kind", "mode"),
    [
        ((295, 413), "JPEG", "RGB"),
        ((1000, 1400), "JPEG", "L"),
        ((1000, 1400), "JPEG", "CMYK"),
        ((1000, 1400), "PNG", "RGBA"),
        ((358, 441), "WEBP", "RGB"),
        ((2000, 2600), "PNG", "P"),
    ],
)
def test_every_picture_becomes_one_inch_and_nothing_else(
    size: tuple[int, int], kind: str, mode: str
) -> None:
    made = one_inch(picture(size, kind, mode), "a")
    with Image.open(BytesIO(made)) as image:
        assert ("JPEG", (WIDTH, HEIGHT), "RGB") == (image.format, image.size, image.mode)
        assert not image.getexif()
    assert b"place and camera" not in made
    assert made == one_inch(picture(size, kind, mode), "a")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (picture((200, 280)), "photo_too_small"),
        (picture((1400, 1000)), "photo_shape"),
        (picture((1000, 1000)), "photo_shape"),
        (b"nothing", "picture_unreadable"),
        (picture()[:400], "picture_unreadable"),
        (b"GIF89a" + bytes(50), "picture_unreadable"),
    ],
)
def test_what_is_no_photograph_is_refused(data: bytes, code: str) -> None:
    assert code == refusal(one_inch, data, "a.jpg")


def test_zips_are_opened_with_care(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = {
        "二班/2.jpg": picture(),
        "__MACOSX/._2.jpg": b"x",
        "notes.txt": b"x",
        "../3.png": picture(),
    }
    assert ({2, 3}, []) == found({"a.zip": zipped(inside)})
    assert (set(), ["photos_unsafe_zip"]) == found({"a.zip": zipped(inside)[:300]})
    monkeypatch.setattr(photos, "MAX_FILES", 1)
    assert (set(), ["photos_unsafe_zip"]) == found({"a.zip": zipped(inside)})
    monkeypatch.setattr(photos, "MAX_FILES", 10)
    monkeypatch.setattr(photos, "MAX_UNPACKED", 10)
    assert (set(), ["photos_unsafe_zip"]) == found({"a.zip": zipped(inside)})


def test_names_of_chinese_windows_are_read() -> None:
    name = "张测试".encode("gb18030")  # six bytes
    data = zipped({"aaaaaa.jpg": picture()}).replace(b"aaaaaa", name)
    assert ({2}, []) == found({"a.zip": data})


def kept(office: Office) -> set[str]:
    with reading(office.service.engine) as session:
        return set(session.exec(select(Photo.digest)))


def test_a_photograph_is_signed_and_goes_with_the_roster(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    clerk = Person(office, "clerk")
    at = clerk.upload(workbook(orders(3)))
    before = Roster(office.service, 1).stored.digest

    def send(*files: tuple[str, bytes]) -> str:
        answer = clerk.client.post(
            f"{at}/photos",
            data={"csrf": clerk.token},
            files=[("photos", file) for file in files],
        )
        assert 200 == answer.status_code, answer.text
        return answer.text

    page = send(("2.jpg", picture()), ("3.jpg", picture(colour=10)), ("77.jpg", picture()))
    assert "已采用 2 张照片" in page
    assert "对不上名单中的人" in page
    assert "1 人还没有照片" in page
    roster = Roster(office.service, 1)
    assert before != roster.stored.digest
    assert kept(office) == {
        str(one.claims["photo_digest"]) for one in roster.look().orders if one.row < 4
    }
    assert "/preview/2.png" in clerk.get(f"{at}/preview")
    with reading(office.service.engine) as session:
        digest = str(roster.look().orders[0].claims["photo_digest"])
        photo = photos.load(session, office.service.vault, INSTITUTION, digest)
    assert photo
    assert photo in clerk.client.get(f"{at}/preview/2.pdf").content  # printed byte for byte
    send(("3.jpg", picture(colour=20)))  # another takes its place
    assert 2 == len(kept(office))
    clerk.post(f"{at}/withdraw")
    assert set() == kept(office)

    at = clerk.upload(workbook(orders(3)))
    send(("2.jpg", picture()))
    assert 1 == len(kept(office))
    with transaction(office.service.engine) as session:  # nobody goes on with it
        now = office.service.seconds() + ABANDONED + 1
        assert 1 == drop_abandoned(session, office.service.vault, now=now)
    assert set() == kept(office)
    nothing = clerk.client.post(f"{at}/photos", data={"csrf": clerk.token})
    assert 409 == nothing.status_code
