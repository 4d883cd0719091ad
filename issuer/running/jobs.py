"""What a process of the service does besides answering: two threads, one job after another in each.

A job is a function of the service that looks whether there is something to do, does it, and may be
done again: every process runs them, and each takes from the database what is its own to do.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from issuer.running.correction_job import sign_corrections
from issuer.running.publisher import publish_due
from issuer.running.service import Service
from issuer.running.signing_job import sign_approved
from issuer.running.tidying import tidy

LOG = logging.getLogger("zhengyin.jobs")

Job = Callable[[Service], None]


def drop_locked(service: Service) -> None:
    """Close the keys that an officer locked in another process."""
    service.signers.drop_locked()


WATCHES: Sequence[Job] = (drop_locked,)
"""What must not wait for a long job; every `PAUSE` seconds."""

JOBS: Sequence[Job] = (sign_approved, sign_corrections, publish_due, tidy)
"""In this order, every `PAUSE` seconds."""

PAUSE = 0.5  # seconds


class Jobs:
    """The threads, from the start of the app to its end."""

    def __init__(
        self, service: Service, jobs: Sequence[Job] = JOBS, watches: Sequence[Job] = WATCHES
    ) -> None:
        self._service = service
        self._lines = (watches, jobs)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=[line], name="jobs", daemon=True)
            for line in self._lines
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the jobs under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def alive(self) -> bool:
        """Whether both threads run."""
        return all(one.is_alive() for one in self._threads)

    def once(self) -> None:
        """Do every job once."""
        for line in self._lines:
            self._do(line)

    def _run(self, line: Sequence[Job]) -> None:
        while not self._stop.wait(PAUSE):
            self._do(line)

    def _do(self, line: Sequence[Job]) -> None:
        """One after the other; one that fails is said, and tried again the next time."""
        for job in line:
            try:
                job(self._service)
            except Exception:
                LOG.exception("job %s failed", job.__name__)
