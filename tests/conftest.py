"""What holds for the whole run: compiled modules are of today, and no property is judged by time."""

import pytest
from hypothesis import HealthCheck, settings

from tests.compiled import stale

settings.register_profile("zhengyin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zhengyin")


def pytest_configure() -> None:
    """Refuse to test what was compiled from other sources."""
    if edited := stale():
        raise pytest.UsageError(f"run make: compiled before the last edit: {', '.join(edited)}")
