"""`make bench`: every benchmark, one after the other."""

from tests.benchmarks import (
    documents,
    issue,
    look_up,
    phone_page,
    qr_symbols,
    qr_versions,
    verify,
    verify_http,
)

for benchmark in (
    qr_versions,
    qr_symbols,
    verify,
    verify_http,
    issue,
    look_up,
    documents,
    phone_page,
):
    benchmark.main()
