"""Where a roster is on its way (issuer/submission.py says what may happen to it there)."""

from enum import StrEnum

from sqlalchemy.orm import defer

from issuer.tables import Submission


class State(StrEnum):
    """Where a roster is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({State.DRAFT, State.RETURNED})
"""Clerks may change it."""
UNDER_WAY = OPEN | {State.SUBMITTED, State.APPROVED}

WITHOUT_FILES = (defer(Submission.sealed), defer(Submission.corrections))  # type: ignore[arg-type]
"""Options of a query for many rosters: their files may be large."""
