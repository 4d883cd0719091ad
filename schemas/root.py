"""root: which keys hold which role (schemas/README.md §4.1; after TUF's root role)."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.document import (
    Document,
    Environment,
    FormatVersion,
    Kid,
    PublicKey,
    Sha256,
    Time,
    Version,
)
from schemas.limits import MAX_SIGNATURES

TYP = "root+jws"

RoleName = Literal["root", "registry", "snapshot"]


class RoleKey(Document):
    """A key that may sign for a role."""

    kid: Kid
    jwk: PublicKey


class Role(Document):
    """`threshold` distinct keys of `keys` must sign."""

    threshold: Annotated[int, Field(ge=1, le=MAX_SIGNATURES)]
    keys: Annotated[list[RoleKey], Field(min_length=1, max_length=MAX_SIGNATURES)]


class Roles(Document):
    """The three roles."""

    root: Role
    registry: Role
    snapshot: Role


class Root(Document):
    """Version N + 1 is signed by the thresholds of N and of N + 1."""

    v: FormatVersion = 1
    env: Environment
    version: Version
    iat: Time
    exp: Time
    roles: Roles
    next_root: list[Sha256] = []
    """Thumbprints (RFC 7638) of the keys that alone may hold `root` in the next version; empty:
    not announced."""
