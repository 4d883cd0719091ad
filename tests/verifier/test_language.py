"""The language of the locale, and a terminal that lacks characters."""

import io
import locale
from collections.abc import Mapping

import pytest

from schemas.codes import Language
from schemas.errors import CommandError
from verifier.language import choose, never_fail, wants_color


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_TW"}, "zh-CN"),
        ({"LANG": "zh"}, "zh-CN"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "en_US"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "zh_CN", "LC_ALL": ""}, "zh-CN"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "zh_CN", "LC_ALL": "POSIX"}, "en"),
    ],
)
def test_locale(environ: Mapping[str, str], expected: Language) -> None:
    assert expected == choose(None, environ)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Chinese (Simplified)_China", "zh-CN"),
        ("zh_CN", "zh-CN"),
        ("German_Germany", "en"),
        (None, "en"),
    ],
)
def test_windows(monkeypatch: pytest.MonkeyPatch, system: str | None, expected: Language) -> None:
    """Without the variables, what the system says."""
    monkeypatch.setattr(locale, "getlocale", lambda: (system, "936"))
    assert expected == choose(None, {})


@pytest.mark.parametrize(
    ("option", "expected"),
    [("zh-CN", "zh-CN"), ("zh", "zh-CN"), ("ZH_cn.UTF-8", "zh-CN"), ("en", "en"), ("en-GB", "en")],
)
def test_option(option: str, expected: Language) -> None:
    """It wins over the locale."""
    assert expected == choose(option, {"LC_ALL": "en_US" if expected == "zh-CN" else "zh_CN"})


@pytest.mark.parametrize("option", ["", "de", "chinese", "eng"])
def test_unknown_option(option: str) -> None:
    with pytest.raises(CommandError) as caught:
        choose(option, {})
    assert "language_unknown" == caught.value.code


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "✓ ✕ ◇ ‹U+202E› 张䶮…"),
        ("gb18030", "✓ ✕ ◇ ‹U+202E› 张䶮…"),
        ("gbk", "√ × ◇ <U+202E> 张<U+4DAE>…"),
        ("ascii", "OK X * <U+202E> <U+5F20><U+4DAE>..."),
        ("latin-1", "OK × * <U+202E> <U+5F20><U+4DAE>..."),
        ("cp437", "OK X * <U+202E> <U+5F20><U+4DAE>..."),
    ],
)
def test_missing_characters(encoding: str, expected: str) -> None:
    """A tick never turns into the question mark of what cannot be decided."""
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding=encoding)
    never_fail(stream)
    stream.write("✓ ✕ ◇ ‹U+202E› 张䶮…")
    stream.flush()
    assert expected == data.getvalue().decode(encoding)


def test_any_character() -> None:
    """No text stops a command, not even half a character."""
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="utf-8")
    never_fail(stream)
    stream.write("\udcff\ud800")
    stream.flush()
    assert b"<U+DCFF><U+D800>" == data.getvalue()


def test_other_streams() -> None:
    """A stream without an encoding is left alone."""
    stream = io.StringIO()
    never_fail(stream)
    stream.write("✓")
    assert "✓" == stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_color(stream: io.StringIO, environ: Mapping[str, str], expected: bool) -> None:
    assert expected is wants_color(stream, environ)
