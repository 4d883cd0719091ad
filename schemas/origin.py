"""The addresses under one deployment origin (schemas/README.md §1).

An origin is a lower-case host with an optional port, `zs.example.cn`, and stands for
`https://zs.example.cn/`. Every URI of a credential hangs under it.
"""

import re

from schemas.errors import MalformedError

MAX_PORT = 65_535  # RFC 9293 §3.1: 16 bits

INSTITUTION_ID = re.compile(r"[a-z][a-z0-9-]{1,31}", re.ASCII)
LIST_ID = re.compile(r"[0-9]{4}(?:-[0-9]{1,3})?", re.ASCII)  # the year of signing
TYPE_NAME = re.compile(r"[a-z][a-z0-9_]{1,31}", re.ASCII)
_ORIGIN = re.compile(
    r"(?=[^:]{1,63}(?::|$))[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[1-9][0-9]{0,4})?",
    re.ASCII,
)
_ISSUER = re.compile(r"https://([^/]+)/i/([^/]+)", re.ASCII)
_TYPE = re.compile(r"https://([^/]+)/vct/([^/]+)/([1-9][0-9]{0,3})", re.ASCII)
_STATUS = re.compile(r"https://([^/]+)/t/status/([^/]+)/([^/]+)", re.ASCII)


def is_origin(text: str) -> bool:
    """Whether `text` can be an origin: a host of at most 63 characters, in lower case; a port."""
    port = text.partition(":")[2]
    return _ORIGIN.fullmatch(text) is not None and (not port or int(port) <= MAX_PORT)


def base_uri(origin: str) -> str:
    """`https://{origin}/`: the text that a packed credential carries by reference."""
    return f"https://{origin}/"


def issuer_uri(origin: str, institution_id: str) -> str:
    """The `iss` claim of an institution."""
    return f"https://{origin}/i/{institution_id}"


def type_uri(origin: str, type_name: str, version: int = 1) -> str:
    """The `vct` claim of a certificate type."""
    return f"https://{origin}/vct/{type_name}/{version}"


def status_uri(origin: str, institution_id: str, list_id: str) -> str:
    """The `status.status_list.uri` claim: where the standard status list token is served."""
    return f"https://{origin}/t/status/{institution_id}/{list_id}"


def _split(pattern: re.Pattern[str], uri: str, claim: str) -> tuple[str, ...]:
    match = pattern.fullmatch(uri)
    if match is None or not is_origin(match[1]):
        raise MalformedError(f"{claim}: not an address of this system")
    return match.groups()


def split_issuer(uri: str) -> tuple[str, str]:
    """(origin, institution id) of an `iss` claim.

    Raises:
        MalformedError: not such an address.
    """
    origin, institution_id = _split(_ISSUER, uri, "iss")
    if INSTITUTION_ID.fullmatch(institution_id) is None:
        raise MalformedError("iss: not an institution id")
    return origin, institution_id


def split_type(uri: str) -> tuple[str, str, int]:
    """(origin, type name, type version) of a `vct` claim.

    Raises:
        MalformedError: not such an address.
    """
    origin, name, version = _split(_TYPE, uri, "vct")
    if TYPE_NAME.fullmatch(name) is None:
        raise MalformedError("vct: not a type name")
    return origin, name, int(version)


def split_status(uri: str) -> tuple[str, str, str]:
    """(origin, institution id, list id) of a status list address.

    Raises:
        MalformedError: not such an address.
    """
    origin, institution_id, list_id = _split(_STATUS, uri, "status")
    if INSTITUTION_ID.fullmatch(institution_id) is None or LIST_ID.fullmatch(list_id) is None:
        raise MalformedError("status: not a status list address")
    return origin, institution_id, list_id
