"""The page as one file, from a USB stick: no server, no network, the same verdicts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.clips import clip, jpeg, page
from tests.browser.conftest import OpenPhone
from tests.browser.exported import single_file
from tests.browser.phone import Phone
from tests.browser.stage import Stage


@pytest.fixture
def copied(
    stage: Stage, tree: dict[str, bytes], open_phone: OpenPhone, tmp_path: Path
) -> Iterator[Phone]:
    """The file, opened without a network."""
    file = tmp_path / "zhengyin-verify.html"
    file.write_bytes(single_file(stage, tree["bundle.zip"]))
    phone = open_phone()
    phone.cut_off()
    phone.page.goto(file.as_uri())
    phone.ready()
    yield phone
    assert not phone.hosts


def test_a_picture(stage: Stage, copied: Phone) -> None:
    """Chosen from the disk."""
    names = ("valid", "revoked", "suspended", "bad_signature", "foreign_code")
    for number, name in enumerate(names, 1):
        copied.upload("code.jpg", jpeg(page(stage.text(name))), "image/jpeg")
        assert stage.codes[name].code == copied.verdict(number).code
        copied.press("done")


def test_the_camera(stage: Stage, copied: Phone) -> None:
    """A file may use it too."""
    copied.scan(clip(stage.text("valid")))
    assert "ok" == copied.verdict().code


def test_pasted_text(stage: Stage, copied: Phone) -> None:
    """And the rest is the same page."""
    for name in ("valid", "replaced", "foreign_host", "unsupported_version"):
        assert stage.codes[name].code == copied.check(stage.text(name)).code


def test_newer_data_by_hand(stage: Stage, tree: dict[str, bytes], copied: Phone) -> None:
    """The same bundle again changes nothing; it is the way to newer data."""
    copied.press("ready")
    copied.upload("bundle.zip", tree["bundle.zip"], "application/zip", action="load-bundle")
    assert copied.refreshed() in ("updated", "unchanged")
