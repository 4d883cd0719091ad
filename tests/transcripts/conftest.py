"""The demonstration, made once for the whole run."""

from tests.issuer.conftest import made as made  # noqa: PLC0414 (a fixture for this folder too)
