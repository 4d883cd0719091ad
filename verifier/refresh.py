"""Fetching the published trust files from a folder, a bundle or a web host; nothing is believed yet.

Every byte is checked afterwards by `keys.trust.update`.
"""

from pathlib import Path

from keys.published import Progress, collect, read_tree
from keys.trust import Documents

TIMEOUT = 20.0  # seconds without a byte


def fetch(
    source: str | Path,
    *,
    known: Documents | None = None,
    progress: Progress | None = None,
    timeout: float = TIMEOUT,
) -> Documents:
    """Read the published trust files, unverified.

    Args:
        source: a folder, a `bundle.zip`, or the address of the published files. `https://host` alone
            means `https://host/t/`; `http:` is taken only on this machine.
        known: what was accepted before; what has not changed does not travel again, and of an
            issued list only the new tail.
        progress: told the name of each file before it is read.
        timeout: seconds to wait for a host's next byte.

    Raises:
        TrustError: `network_unreachable`, `network_untrusted`, `network_answer`,
            `network_truncated`, `network_redirect`, `network_slow`, `address_refused`, or as
            `keys.published.read_tree`.
    """
    text = str(source)
    if isinstance(source, str) and "://" in text:
        from verifier.web_source import WebSource  # noqa: PLC0415 (40 ms of HTTP and TLS)

        return collect(WebSource(text, timeout=timeout), known=known, progress=progress)
    return read_tree(Path(source), known=known)
