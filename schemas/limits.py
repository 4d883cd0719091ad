"""Every size and time limit of the formats, in one place, with its unit and reason.

The strict profile (schemas/README.md §2) refuses anything larger before it does any work on it.
"""

from typing import Final

MAX_QR_DIGITS: Final = 4096  # decimal; below int()'s limit of 4,300 in CPython, above any V22-M
MAX_QR_TEXT: Final = MAX_QR_DIGITS + 256  # characters: URL prefix and digits
MAX_PACKED: Final = 1720  # bytes: what MAX_QR_DIGITS digits can hold
MAX_SD_JWT_TEXT: Final = 16_384  # characters of a presented SD-JWT with its disclosures
MAX_PAYLOAD: Final = 8_192  # bytes of a credential's JSON payload, and of the inflated QR text
MAX_DISCLOSURES: Final = 16
MAX_DISCLOSURE: Final = 1_024  # bytes of one disclosure's JSON
MAX_DEPTH: Final = 8  # nested arrays and objects
MAX_SAFE_INTEGER: Final = 2**53 - 1  # the largest that JSON carries exactly in every language
MAX_TIME: Final = 7_258_118_400  # 2200-01-01T00:00:00Z, seconds

MAX_ROOT: Final = 32 * 1024  # bytes of a signed root
MAX_SNAPSHOT: Final = 1024 * 1024  # bytes of a signed snapshot
MAX_REGISTRY: Final = 64 * 1024 * 1024  # bytes of the registry's plain JSON
MAX_REGISTRY_SIGNATURES: Final = 32 * 1024  # bytes of the registry's signatures
MAX_TYPE: Final = 64 * 1024  # bytes of one certificate type's metadata
MAX_LIST_ENTRIES: Final = 2**24  # status indexes in one list
MAX_STATUS_FILE: Final = 4 * 1024 * 1024  # bytes of one compressed status list
MAX_ROOTS: Final = 1_024  # root versions walked in one update (TUF: Y = 2^10)
MAX_SIGNATURES: Final = 16  # signatures on one trust document

MAX_SNAPSHOT_LIFE: Final = 100 * 86_400  # seconds from a snapshot's `iat` to `exp`; usually 90 days
MAX_LOG_DELAY: Final = 31 * 86_400  # seconds that may pass between signing and logging

CLOCK_SKEW: Final = 86_400  # seconds a phone's clock may run behind or an issuer's ahead
LOG_DELAY: Final = 7 * 86_400  # seconds from signing to logging, unless a list says otherwise
