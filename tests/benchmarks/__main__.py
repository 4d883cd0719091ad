"""`make bench`: every benchmark, one after the other."""

from tests.benchmarks import issue, qr_versions, verify

for benchmark in (qr_versions, verify, issue):
    benchmark.main()
