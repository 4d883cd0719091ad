"""`make bench`: every benchmark, one after the other."""

from tests.benchmarks import issue, phone_page, qr_versions, verify

for benchmark in (qr_versions, verify, issue, phone_page):
    benchmark.main()
