"""The published trust files on a web host, over HTTPS with nothing but the standard library.

A host can refuse, and nothing else: each answer has its cap and its time, no other host and no other
folder is asked, and no proxy of the environment (who is behind one carries a `bundle.zip`).
"""

import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
from typing import IO, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from schemas.errors import TrustError

DEADLINE = 900.0  # seconds for all files together
MAX_REDIRECTS = 3
MAX_TOTAL = 1024 * 1024 * 1024  # bytes of all files together

_CHUNK = 64 * 1024  # bytes
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_ABSENT: Final = (403, 404, 410)  # object stores say 403 where listing is not allowed


class WebSource:
    """The published files under one address, and nothing beside them.

    Args:
        address: `https://host[:port][/path]`.
        timeout: seconds to wait for the next byte.

    Raises:
        TrustError: `address_refused`.
    """

    def __init__(self, address: str, *, timeout: float) -> None:
        try:
            parts = urlsplit(address)
            allowed = parts.scheme == "https" or (
                parts.scheme == "http" and parts.hostname in _LOCAL
            )
            proper = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        except ValueError:
            raise TrustError("address_refused", url=address) from None
        plain = address.isascii() and address.isprintable() and " " not in address
        if not (allowed and proper and plain) or parts.query or parts.fragment:
            raise TrustError("address_refused", url=address)
        path = parts.path.rstrip("/") or "/t"
        self._base = f"{parts.scheme}://{parts.netloc}{path}/"
        self._timeout = timeout
        self._until = time.monotonic() + DEADLINE
        self._left = MAX_TOTAL
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=ssl.create_default_context()),
            urllib.request.HTTPErrorProcessor(),
            urllib.request.HTTPDefaultErrorHandler(),
            _Redirects(self._base),
        ):
            self._opener.add_handler(handler)

    @property
    def where(self) -> str:
        """The address."""
        return self._base

    def read(self, name: str, limit: int) -> bytes | None:
        """As `keys.published.Source`."""
        return self._get(name, limit, exact=True)

    def read_start(self, name: str, size: int, known: bytes) -> bytes | None:
        """As `keys.published.Source`; asks for what comes after `known` (RFC 9110 §14.2)."""
        if not 0 < len(known) < size:
            return self._get(name, size)
        return self._get(name, size, known=known)

    def _get(
        self, name: str, limit: int, *, exact: bool = False, known: bytes = b""
    ) -> bytes | None:
        """The first `limit` bytes, or with `exact` a refusal of a longer file."""
        headers = {"User-Agent": "zhengyin", "Accept-Encoding": "identity"}
        if limit == 0:
            return b""
        if not exact:
            headers["Range"] = f"bytes={len(known)}-{limit - 1}"
        url = urljoin(self._base, name)
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 (the constructor checks the scheme)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                if answer.headers.get("Content-Encoding", "identity") != "identity":
                    raise TrustError("network_answer", "Content-Encoding", url=url)
                if answer.status == http.client.PARTIAL_CONTENT:
                    start = f"bytes {len(known)}-"
                    if exact or not answer.headers.get("Content-Range", "").startswith(start):
                        raise TrustError("network_answer", "Content-Range", url=url)
                    return known + self._body(answer, url, limit - len(known), exact=False)
                if answer.status == http.client.NO_CONTENT:
                    return None  # how a host that knows us says that there is none
                if answer.status != http.client.OK:
                    raise TrustError("network_answer", str(answer.status), url=url)
                return self._body(answer, url, limit, exact=exact)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _ABSENT:
                return None
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and not exact:
                return self._get(name, limit) if known else b""
            raise TrustError("network_answer", str(error.code), url=url) from None
        except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
            raise _refusal(error, url) from None

    def _body(
        self, answer: http.client.HTTPResponse, url: str, limit: int, *, exact: bool
    ) -> bytes:
        """Read at most `limit` bytes and know that none is missing."""
        length = answer.headers.get("Content-Length", "")
        announced = int(length) if re.fullmatch(r"[0-9]{1,15}", length) else 0
        if exact and announced > limit:
            raise TrustError("file_too_large", url)
        data = bytearray()
        while len(data) <= limit:
            chunk = answer.read1(min(_CHUNK, limit + 1 - len(data)))
            if not chunk:
                break
            data += chunk
            self._left -= len(chunk)
            if time.monotonic() > self._until:
                raise TrustError("network_slow", url=url)
            if self._left < 0:
                raise TrustError("file_too_large", self._base)
        if len(data) > limit and exact:
            raise TrustError("file_too_large", url)
        if len(data) < min(announced, limit):
            raise TrustError("network_truncated", url=url)
        return bytes(data[:limit])


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only inside the published tree."""

    max_redirections = MAX_REDIRECTS
    max_repeats = MAX_REDIRECTS

    def __init__(self, base: str) -> None:
        self._base = urlsplit(base)

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        there = urlsplit(newurl)
        if not _inside(there, self._base):
            raise TrustError("network_redirect", url=req.full_url, to=newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _inside(there: SplitResult, base: SplitResult) -> bool:
    same = (there.scheme, there.netloc) == (base.scheme, base.netloc)
    return same and there.path.startswith(base.path) and ".." not in there.path.split("/")


def _refusal(error: Exception, url: str) -> TrustError:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLError):
        return TrustError("network_untrusted", str(reason.reason or reason), url=url)
    if isinstance(error, http.client.HTTPException):
        return TrustError("network_truncated", url=url)
    said = getattr(reason, "strerror", None) or str(reason)
    return TrustError("network_unreachable", said, url=url)
