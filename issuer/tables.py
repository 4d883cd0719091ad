"""The tables of the institution's database; each says what one row is.

Tables are no parsers: nothing untrusted is put into one before a schema has read it, and none
leaves `issuer`. Times are seconds since 1970. What is `sealed` is encrypted (issuer/vault.py), what
is a `key` of a person can only be made with the data key: a copy of the database shows no ID number.
"""

from typing import Any

from pydantic_core import PydanticUndefined as Undefined
from sqlalchemy import BigInteger, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

METADATA = SQLModel.metadata
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Each database would name them in its own way, and a migration could not name them."""


MAX_ID = 2**31 - 1
"""The largest id of a row: PostgreSQL's integer has 32 bits."""


def _time(default: Any = Undefined) -> Any:
    """A column of seconds; 32 bits end in 2038."""
    return Field(default=default, sa_type=BigInteger)


# What issuing needs


class Setting(SQLModel, table=True):
    """A fact about this database: its environment and origin, fixed by first use; the halt."""

    name: str = Field(primary_key=True)
    value: str


class Counter(SQLModel, table=True):
    """The next free value of one series: certificate numbers of one form, or slots of one list."""

    institution: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    next: int


class Pattern(SQLModel, table=True):
    """How an institution numbers its certificates of one type (issuer/numbers/numbering.py)."""

    institution: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    pattern: str


class PaperNumber(SQLModel, table=True):
    """A number that a certificate on paper has, from before this database: never given again."""

    institution: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    number: str = Field(primary_key=True)


class Batch(SQLModel, table=True):
    """One roster that was accepted; the same roster again is the same batch."""

    __table_args__ = (UniqueConstraint("institution", "type", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    institution: str
    type: str
    digest: str
    """SHA-256 of what the checked rows say: the idempotency key."""
    source: str
    """The file's name, for people."""
    rows: int
    created: int = _time()


class Certificate(SQLModel, table=True):
    """One certificate from the moment its number is reserved."""

    __table_args__ = (
        UniqueConstraint("batch_id", "row"),
        UniqueConstraint("institution", "type", "number"),
        UniqueConstraint("institution", "list_id", "idx"),
        # Signing writes each row once more: with room for it on the page, indexes stay as they are.
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    row: int
    """The roster's row, as Excel counts; 0 for a certificate that replaces another."""
    institution: str
    type: str
    number: str
    list_id: str
    idx: int
    kid: str
    payload: bytes = Field(sa_type=LargeBinary)
    """What is to be signed, stored before it is: a retry signs the same bytes. Empty once erased."""
    sealed: bytes = Field(sa_type=LargeBinary)
    """The disclosures."""
    person: str = Field(index=True)
    """Key of who holds it and for what: to see a second one (E15)."""
    holder: str = Field(default="", index=True)
    """Key of the ID number; empty where the certificate has none."""
    lookup: str = Field(default="", index=True)
    """Key of name, ID number and certificate number together: all that the public look-up asks."""
    name: str = Field(default="", index=True)
    """The holder's name as `comparison_key` folds it, to search by; empty once erased."""
    issue_date: str = ""
    signature: bytes | None = Field(default=None, sa_type=LargeBinary)
    slot: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Its entry in the issued list."""
    status: str = "valid"
    reason: str | None = None
    replaced_by: str | None = None
    replaced_seal: str | None = None
    """`replaced_by` as it is published: readable only with the old certificate."""
    erased: int | None = _time(None)
    """When the holder's data were erased; number, slot and status stay."""


class AuditEntry(SQLModel, table=True):
    """One line of the append-only log; each hash covers the line before (issuer/audit.py)."""

    id: int = Field(primary_key=True)
    at: int = _time()
    who: str
    action: str
    subject: str = Field(index=True)
    details: str
    digest: str


# What the service needs


class Submission(SQLModel, table=True):
    """A roster on its way from the upload to the second person's approval (issuer/submission.py)."""

    id: int | None = Field(default=None, primary_key=True)
    institution: str = Field(index=True)
    type: str
    name: str
    """The file's name, for people."""
    sha256: str
    """Of the uploaded bytes, hexadecimal."""
    sealed: bytes = Field(sa_type=LargeBinary)
    """The uploaded bytes; empty once the roster is withdrawn, or its certificates issued long ago."""
    corrections: bytes = Field(sa_type=LargeBinary)
    """Sealed JSON: cells that were mended in the console, rows left out, pictures."""
    columns: str = "{}"
    """JSON: column, from 0 → claim, where a person corrected what was recognised."""
    defaults: str = "{}"
    """JSON: claim → what empty cells say."""
    state: str = Field(default="draft", index=True)
    rows: int = 0
    errors: int = 0
    warnings: int = 0
    digest: str = ""
    """`roster_digest` of the rows as they were last checked: what an approval is bound to."""
    created_by: int = Field(foreign_key="account.id")
    created: int = _time()
    changed: int = _time()
    submitted_by: int | None = Field(default=None, foreign_key="account.id")
    submitted: int | None = _time(None)
    decided_by: int | None = Field(default=None, foreign_key="account.id")
    decided: int | None = _time(None)
    remark: str = ""
    """Why it was returned or withdrawn."""
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    failure: str = ""
    """The code of what stopped the signing; it is tried again."""


class Correction(SQLModel, table=True):
    """A correction that one person asked for and another decides on (issuer/corrections_asked.py)."""

    id: int | None = Field(default=None, primary_key=True)
    institution: str = Field(index=True)
    certificate_id: int = Field(foreign_key="certificate.id", index=True)
    changes: bytes = Field(sa_type=LargeBinary)
    """Sealed JSON: claim → its new text; empty once it is done or dropped."""
    reason: str
    state: str = Field(default="asked", index=True)
    asked_by: int = Field(foreign_key="account.id")
    asked: int = _time()
    decided_by: int | None = Field(default=None, foreign_key="account.id")
    decided: int | None = _time(None)
    failure: str = ""
    """The code of what stopped the signing; whoever decides tries again or drops it."""


class ColumnWord(SQLModel, table=True):
    """What an institution's heading means, remembered from the last time it was corrected."""

    institution: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    heading: str = Field(primary_key=True)
    claim: str


class Photo(SQLModel, table=True):
    """A holder's picture by its SHA-256 (base64url), which the certificate signs."""

    institution: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class CertificateDesign(SQLModel, table=True):
    """What an institution adds to its certificates: as it is in use, and as a draft (issuer/designs.py)."""

    institution: str = Field(primary_key=True)
    draft: bool = Field(primary_key=True)
    """Whether it is only looked at; what prints is the other one."""
    logo: bytes | None = Field(default=None, sa_type=LargeBinary)
    seal: bytes | None = Field(default=None, sa_type=LargeBinary)
    """As issuer/documents/pictures.py makes both."""
    seal_kind: str
    line: str
    addresses: str
    """Separated by spaces."""
    verifier: str


class Tenant(SQLModel, table=True):
    """What the registry does not say of an institution: its district, how long data are kept."""

    institution: str = Field(primary_key=True)
    district: str = ""
    retention_days: int | None = None
    """Days after which holder data are erased; None: never by itself."""


class Account(SQLModel, table=True):
    """A person who may sign in (issuer/people/accounts.py)."""

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    name: str
    role: str
    institution: str | None = Field(default=None, index=True)
    """None for the bureau's and the districts' officers."""
    district: str = ""
    password: str = ""
    """argon2id; empty where only single sign-on lets in."""
    new_password: bool = False
    """Whether the password was handed over and must be replaced."""
    totp: bytes = Field(default=b"", sa_type=LargeBinary)
    """The sealed secret of the second factor; empty until it is set up."""
    totp_proven: bool = False
    """Whether a right code was given once; until then the secret is shown."""
    totp_step: int = 0
    """The last 30-second step whose code was taken: none is taken twice."""
    subject: str | None = Field(default=None, unique=True)
    """`{issuer}#{sub}` of single sign-on."""
    active: bool = True
    created: int = _time()


class LoginSession(SQLModel, table=True):
    """A signed-in browser; the cookie's value is known only by its hash."""

    digest: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    csrf: str
    verified: bool = False
    """Whether the second factor was given."""
    created: int = _time()
    seen: int = _time()


class ApiClient(SQLModel, table=True):
    """A system that may call the API; its token is known only by its hash."""

    id: int | None = Field(default=None, primary_key=True)
    institution: str = Field(index=True)
    name: str
    digest: str = Field(unique=True)
    scopes: str
    """Separated by spaces."""
    created_by: int = Field(foreign_key="account.id")
    created: int = _time()
    expires: int = _time()
    revoked: int | None = _time(None)


class Throttle(SQLModel, table=True):
    """How often something was tried from one place (issuer/people/throttle.py)."""

    bucket: str = Field(primary_key=True)
    tokens: float
    at: float


class Lease(SQLModel, table=True):
    """Which process does a job that only one may do: signing for an institution, publishing."""

    name: str = Field(primary_key=True)
    holder: str
    until: int = _time()
    details: str = ""


class Progress(SQLModel, table=True):
    """How far a download has come that is drawn while it is sent (issuer/progress.py)."""

    id: str = Field(primary_key=True)
    institution: str
    done: int
    total: int
    at: int = _time()


BATCHES = METADATA.tables["batch"]
CERTIFICATES = METADATA.tables["certificate"]
"""The table itself, for statements over many rows: an object for each would cost ten times more."""
