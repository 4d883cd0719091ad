"""What is counted, for Prometheus: requests, refusals, verdicts by this process; the rest at the scrape.

What a process counts is its own: where several serve together, prometheus-client's multiprocess
mode adds their files up (`PROMETHEUS_MULTIPROC_DIR`, which `zhengyin serve` sets before they start).
What the database knows is asked when Prometheus asks, once for all processes.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from schemas.errors import ZhengyinError

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which processes count together."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds

_REQUESTS = Counter("zhengyin_requests", "Requests answered", ["route", "status"])
_SECONDS = Histogram("zhengyin_request_seconds", "Time to the answer", ["route"], buckets=_BUCKETS)
_REFUSED = Counter("zhengyin_refused", "Refusals shown to people and systems", ["code"])
_VERIFIED = Counter("zhengyin_verified", "Verdicts given", ["outcome", "code"])

# To find a child by its labels costs as much as to count in it.
_known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
_known_verdicts: dict[tuple[str, str], Counter] = {}


def count_request(route: str, status: int, seconds: float) -> None:
    """One request was answered."""
    found = _known.get((route, status))
    if found is None:
        found = _REQUESTS.labels(route, str(status)), _SECONDS.labels(route)
        _known[route, status] = found
    requests, duration = found
    requests.inc()
    duration.observe(seconds)


def count_refusal(error: ZhengyinError) -> None:
    """Somebody was told that something cannot be done."""
    _REFUSED.labels(error.code).inc()


def count_verdicts(counts: Mapping[tuple[str, str], int]) -> None:
    """Verdicts were given: (outcome, code) → how many."""
    for kind, number in counts.items():
        counter = _known_verdicts.get(kind)
        if counter is None:
            counter = _known_verdicts[kind] = _VERIFIED.labels(*kind)
        counter.inc(number)


Fact = tuple[str, str, Mapping[str, str], float]
"""Name, what it says, labels, value."""


def exposition(facts: Iterable[Fact]) -> bytes:
    """All numbers in Prometheus' text format: those of every process, and `facts`."""
    told = _Facts(facts)
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry = REGISTRY
    return generate_latest(registry) + generate_latest(told.registry())


class _Facts(Collector):
    """Values that were found a moment ago."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = list(facts)

    def registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(self)
        return registry

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, text, labels, value in self._facts:
            family = families.setdefault(name, GaugeMetricFamily(name, text, labels=list(labels)))
            family.add_metric(list(labels.values()), value)
        yield from families.values()
