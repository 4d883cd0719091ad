"""Work off what waits for a signing key, one after another, and note what stops any of it."""

import logging
from collections.abc import Callable, Sequence

from sqlmodel import Session

from issuer import halt
from issuer.db import reading
from issuer.running.service import Service
from keys.jws import Signer
from schemas.errors import CommandError

LOG = logging.getLogger("zhengyin.signing")

_PASSING = frozenset({"halted", "database_unusable"})
"""Not noted: the next run sees whether it has passed."""


def work_off(
    service: Service,
    waiting: Callable[[Session, str], Sequence[int]],
    carry_out: Callable[[Service, Signer, int], None],
) -> None:
    """Carry out what waits, of each institution whose key this process has open.

    Args:
        service: The service.
        waiting: The ids of what waits in an institution, in the order of their turns.
        carry_out: Brings one to its end; notes what stops it, and raises nothing.
    """
    for institution in service.signers.held():
        with reading(service.engine) as session:
            halted = halt.find(session, institution) is not None
            found = [] if halted else waiting(session, institution)
        for one in found:
            signer = service.signers.signer(institution)
            if signer is None:
                break
            carry_out(service, signer, one)


def noted(
    what: str,
    work: Callable[[], None],
    note: Callable[[str], None],
    *,
    passing: frozenset[str] = frozenset(),
) -> None:
    """Do `work`; `note` gets the code of what stopped it, unless it is `passing` by itself."""
    try:
        work()
    except CommandError as error:
        if error.code not in _PASSING | passing:
            note(error.code)
    except Exception:
        LOG.exception("%s cannot be signed", what)
        note("signing_failed")
