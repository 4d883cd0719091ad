"""registry: who may issue what, with which keys (schemas/README.md §4.2).

A grant is one tuple: 中国机械工程学会 is 评价机构 for 智能制造 and only 培训机构 for 大数据, which two
independent lists would over-authorise. Nothing is ever deleted, only ended.
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.document import (
    Date,
    Document,
    Environment,
    FormatVersion,
    Kid,
    Length,
    PublicKey,
    Sha256,
    Time,
    Version,
)
from schemas.limits import MAX_LIST_ENTRIES
from schemas.origin import INSTITUTION_ID, LIST_ID, TYPE_NAME

TYP = "registry+jws"

InstitutionId = Annotated[str, Field(pattern=f"^{INSTITUTION_ID.pattern}$")]
ListId = Annotated[str, Field(pattern=f"^{LIST_ID.pattern}$")]
TypeName = Annotated[str, Field(pattern=f"^{TYPE_NAME.pattern}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Name(Document):
    """A name of an institution; from `from_` on, until and with `to`."""

    name: Text
    from_: Annotated[Date | None, Field(alias="from")] = None
    to: Date | None = None


class Grant(Document):
    """One right: this type, in this role, for this occupation, directions and levels."""

    type: TypeName
    role: Literal["evaluation", "training", "base", "assessment", "employer", "competition"]
    occupation: Text
    """The occupation's name, or `*` where the type or the grant knows none."""
    directions: Literal["*"] | list[Text]
    levels: Literal["*"] | list[Text]
    from_: Annotated[Date, Field(alias="from")]
    to: Date | None = None
    """The last day; None: open."""
    state: Literal["active", "suspended", "ended"] = "active"
    state_from: Date | None = None
    """The first day on which a suspended or ended grant no longer counts."""
    basis: Text
    """The notice, annex and row that the grant rests on."""

    def covers_day(self, day: str) -> bool:
        """Whether the grant was in force on `day` (YYYY-MM-DD)."""
        if day < self.from_ or (self.to is not None and day > self.to):
            return False
        return self.state == "active" or (self.state_from is not None and day < self.state_from)

    def signs_on(self, day: str) -> bool:
        """Whether anything may be signed under it on `day`.

        What was issued on paper while a grant was in force may be signed after its end, but not
        while it is suspended.
        """
        return self.state != "suspended" or (self.state_from is not None and day < self.state_from)

    def covers(
        self, type_name: str, occupation: str | None, direction: str | None, level: str | None
    ) -> bool:
        """Whether the grant is for such a certificate."""
        return (
            self.type == type_name
            and self.occupation in ("*", occupation)
            and (self.directions == "*" or direction in self.directions)
            and (self.levels == "*" or level in self.levels)
        )


class Key(Document):
    """An institution's signing key; its times are seconds."""

    kid: Kid
    jwk: PublicKey
    from_: Annotated[Time, Field(alias="from")]
    sign_until: Time
    """It signs in [from, sign_until)."""
    state: Literal["planned", "active", "retired", "compromised"] = "active"
    compromised_at: Time | None = None
    """Only slots logged before stay good; None on a compromised key: none does."""
    reason: Text | None = None


class Institution(Document):
    """A listed body."""

    id: InstitutionId
    names: Annotated[list[Name], Field(min_length=1)]
    uscc: Text | None = None
    """统一社会信用代码 (GB 32100-2015); the notices give none."""
    published_in: Text | None = None
    """The published directory that has the name."""
    status: Literal["active", "suspended", "withdrawn"] = "active"
    status_from: Date | None = None
    keys: list[Key] = []
    grants: list[Grant] = []

    def name_on(self, day: str) -> str:
        """The name that the registry gives for `day`, else the last one."""
        for name in self.names:
            if (name.from_ is None or name.from_ <= day) and (name.to is None or day <= name.to):
                return name.name
        return self.names[-1].name

    def acts_on(self, day: str) -> bool:
        """Whether the institution was neither suspended nor withdrawn on `day`."""
        return self.status == "active" or (self.status_from is not None and day < self.status_from)

    def grant_for(
        self,
        type_name: str,
        occupation: str | None,
        direction: str | None,
        level: str | None,
        day: str,
        *,
        signed_on: str | None = None,
    ) -> Grant | None:
        """The grant under which such a certificate may bear the date `day`, if there is one.

        `signed_on` is the day of signing where it is another: who is suspended signs nothing,
        whatever date it would bear.
        """
        return self.grant_among(
            self.grants_for(type_name, occupation, direction, level), day, signed_on or day
        )

    def grants_for(
        self, type_name: str, occupation: str | None, direction: str | None, level: str | None
    ) -> list[Grant]:
        """All grants for such a certificate, whenever they are in force."""
        return [
            grant for grant in self.grants if grant.covers(type_name, occupation, direction, level)
        ]

    def grant_among(self, grants: list[Grant], day: str, signed_on: str) -> Grant | None:
        """The one of its `grants` under which a certificate may bear `day`, signed on another."""
        if self.acts_on(day) and self.acts_on(signed_on):
            for grant in grants:
                if grant.covers_day(day) and grant.signs_on(signed_on):
                    return grant
        return None


class PublishedType(Document):
    """A certificate type, with its metadata by hash: an old verifier can show a new type."""

    type: TypeName
    version: Version
    sha256: Sha256
    len: Length


class Authority(Document):
    """Who keeps the registry."""

    zh: Text
    en: Text


class Reinstated(Document):
    """A slot that was revoked by mistake and is good again: only the registry can say so."""

    institution: InstitutionId
    list: ListId
    idx: Annotated[int, Field(ge=0, lt=MAX_LIST_ENTRIES)]


class Registry(Document):
    """The published directory, edition by edition."""

    v: FormatVersion = 1
    env: Environment
    version: Version
    prev: Sha256 | None = None
    """SHA-256 of the version before."""
    iat: Time
    authority: Authority
    edition: Text
    """What people call it: 2023-06 版."""
    origins: Annotated[list[Text], Field(min_length=1)]
    """The deployment origins that credentials may carry."""
    types: list[PublishedType] = []
    institutions: list[Institution] = []
    reinstated: list[Reinstated] = []


class RegistrySeal(Document):
    """What the registry's keys sign: the registry file by what it must be."""

    v: FormatVersion = 1
    env: Environment
    version: Version
    prev: Sha256 | None = None
    iat: Time
    sha256: Sha256
    len: Length
