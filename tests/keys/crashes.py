"""Being killed before any one call to the disk: the process does nothing more after it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from keys.store import TrustStore
from keys.trust import TrustState
from tests.world import NOW

CALLS = ("fsync", "replace", "rename", "mkdir", "unlink", "rmdir")


class Killed(BaseException):
    """The process is gone; nothing may catch it and go on."""


@contextmanager
def _dying(monkeypatch: pytest.MonkeyPatch, step: int | None, made: list[str]) -> Iterator[None]:
    """Raise at call number `step` and at every call after it."""
    with monkeypatch.context() as patch:
        for name in CALLS:
            real = getattr(os, name)

            def call(*args: Any, _real: Any = real, _name: str = name, **options: Any) -> Any:
                if step is not None and len(made) >= step:
                    raise Killed(_name)
                made.append(_name)
                return _real(*args, **options)

            patch.setattr(os, name, call)
        yield


def count_steps(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> int:
    """How many calls to the disk `action` makes."""
    made: list[str] = []
    with _dying(monkeypatch, None, made):
        action()
    return len(made)


def killed_at(monkeypatch: pytest.MonkeyPatch, step: int, action: Callable[[], object]) -> None:
    """Run `action` and kill it before its call number `step` (from 0)."""
    with _dying(monkeypatch, step, []), pytest.raises(Killed):
        action()


def loaded(store: TrustStore) -> TrustState:
    """What a process that starts now finds."""
    state = TrustStore(store.directory).load(now=NOW)
    assert state is not None
    return state
