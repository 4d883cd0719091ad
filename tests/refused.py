"""What a refusal must be: one code, and a sentence in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas import codes
from schemas.errors import ZhengyinError


def code_of(action: Callable[[], Any]) -> str:
    """The code with which `action` is refused."""
    return error_of(action).code


def error_of(action: Callable[[], Any]) -> ZhengyinError:
    """The error with which `action` is refused."""
    with pytest.raises(ZhengyinError) as caught:
        action()
    for language in codes.LANGUAGES:
        assert caught.value.message(language)
    return caught.value
