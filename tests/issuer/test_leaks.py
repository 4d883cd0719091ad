"""The check of what leaks can fail."""

import logging
from pathlib import Path

import pytest

from tests.issuer.desk import demo_id_number
from tests.issuer.leaks import Journal, found_in, leaks, sealed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (demo_id_number(1), 1),
        (f"name={demo_id_number(2)}&x, {demo_id_number(3)}", 2),
        ("810000189903100014", 1),
        ("911999189911110015", 1),
        ("0012", 0),
        ("119999******0012", 0),
        ("PJ2026000001 20261127", 0),
    ],
)
def test_found_in(text: str, expected: int) -> None:
    assert expected == len(found_in(text.encode()))


def test_a_leak_is_named_without_being_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    database = tmp_path / "a" / "issuer.sqlite"
    database.write_bytes(b"page" + demo_id_number(5).encode())
    (tmp_path / "a" / "roster.csv").write_text(demo_id_number(5))
    journal = Journal(tmp_path / "journal.log")
    journal.emit(logging.LogRecord("x", 20, "", 0, f"GET /?id={demo_id_number(6)}", None, None))
    journal.close()
    said = list(leaks({*sealed(tmp_path), tmp_path / "journal.log"}))
    database.unlink()  # the check after all tests would find it
    assert 2 == len(said)
    assert not [one for one in said if found_in(one.encode())]
