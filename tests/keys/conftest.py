"""What several tests of the store start from."""

from pathlib import Path

import pytest

from keys.store import TrustStore
from tests.world import NOW, World


@pytest.fixture
def world() -> World:
    """A world with one credential."""
    world = World()
    world.issue()
    return world


@pytest.fixture
def store(world: World, tmp_path: Path) -> TrustStore:
    """A store that has pinned the world's root."""
    store = TrustStore(tmp_path / "trust")
    store.pin(world.roots[0], now=NOW)
    return store
