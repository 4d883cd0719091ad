"""What a process of the service does besides answering: one thread, one job after another.

A job is a function of the service that looks whether there is something to do, does it, and may be
done again: every process runs them, and each takes from the database what is its own to do.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from issuer.correction_job import sign_corrections
from issuer.service import Service
from issuer.signing_job import sign_approved
from issuer.tidying import tidy

LOG = logging.getLogger("zhengyin.jobs")

Job = Callable[[Service], None]

JOBS: Sequence[Job] = (sign_approved, sign_corrections, tidy)
"""In this order, every `PAUSE` seconds."""

PAUSE = 0.5  # seconds


class Jobs:
    """The thread, from the start of the app to its end."""

    def __init__(self, service: Service, jobs: Sequence[Job] = JOBS) -> None:
        self._service = service
        self._jobs = jobs
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job under way."""
        self._stop.set()
        self._thread.join()

    def once(self) -> None:
        """Do every job once; one that fails is said, and tried again the next time."""
        for job in self._jobs:
            try:
                job(self._service)
            except Exception:
                LOG.exception("job %s failed", job.__name__)

    def _run(self) -> None:
        while not self._stop.wait(PAUSE):
            self.once()
