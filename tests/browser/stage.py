"""What the browser tests scan: a published world with one code for every verdict.

The world is that of `tests/world.py`, so that time stands at its `NOW` in the browser too.
"""

from dataclasses import dataclass, replace
from typing import Any

from keys import publication
from keys.bundle import write_bundle
from keys.published import BUNDLE, POSTER, layout
from keys.trust import Documents
from schemas import qr, strict_json
from schemas.status_list import Status
from tests.institutions import CLAIMS
from tests.world import DAY, NOW, ORIGIN, SIGNED, Issued, World, key

FOREIGN_HOST = "zs-example.cn.attacker.example"
NEW_NUMBER = "CS2025000999"
"""Of the certificate that replaces the one that was replaced."""

NAUGHTY = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "';alert(1)//",
    "{{7*7}}${7*7}",
    "</div></section><b>粗</b>",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;i&gt;&#x41;",
    '=HYPERLINK("https://attacker.example")',
    "a\u0300\u0301\u0302\u0303" * 5,
    "\u202eevil\u202c 張",
    "\u200b\u2066隐\u2069",
    "𠀀𠮷🏳️‍🌈",
    "%s%n\\u0000",
    "https://attacker.example/?q=1",
    "王" * 50,
)
"""Names and values that a careless page would run, break on or hide something in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code's text and the verdict on it at `at`."""

    text: str
    outcome: str
    code: str
    warnings: tuple[str, ...] = ()
    at: int = NOW
    personal: tuple[str, ...] = ()
    """What of it is about its holder."""


class Stage:
    """A world, its codes by name, and what it publishes."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.issued: dict[str, Issued] = {}
        self.codes: dict[str, Code] = {}

    def add(self, name: str, issued: Issued, outcome: str, code: str, **more: Any) -> Issued:
        """Know a certificate by `name`."""
        self.issued[name] = issued
        self.codes[name] = Code(
            text=scanned(issued), outcome=outcome, code=code, personal=personal(issued), **more
        )
        return issued

    def text(self, name: str) -> str:
        """What the code of this name says."""
        return self.codes[name].text

    def publish(self, **changes: Any) -> dict[str, bytes]:
        """The next snapshot's published tree by path; `changes` are members of the snapshot."""
        return published(self.world, self.world.publish(**changes))


def published(world: World, documents: Documents) -> dict[str, bytes]:
    """The whole tree of the last publication, with its bundle and poster."""
    tree = layout(documents)
    snapshot = world.snapshot
    if snapshot is None:
        raise AssertionError
    signer = key(world.roles["snapshot"][1][0])
    tree[POSTER] = publication.poster(snapshot, signer).encode()
    return tree | {BUNDLE: write_bundle(tree)}


def scanned(issued: Issued, *, host: str = ORIGIN) -> str:
    """The text of the printed code."""
    return f"https://{host}/#{digits(issued)}"


def digits(issued: Issued) -> str:
    """What stands behind the `#`."""
    return qr.pack(issued.text, ORIGIN)


def personal(issued: Issued) -> tuple[str, ...]:
    """What nobody may read once the holder has gone."""
    claims = issued.claims
    names = ("holder_name", "certificate_number")
    return (*(str(claims[name]) for name in names), digits(issued))


def everyone(stage: Stage | None = None) -> Stage:
    """A certificate for each verdict that a phone can come to."""
    stage = stage or Stage()
    world = stage.world
    _statuses(stage)
    _refused(stage)
    _strangers(stage)
    stage.add("plain training", world.issue("ce_training"), "valid", "ok")
    for number, text in enumerate(NAUGHTY):
        claims: dict[str, Any] = {
            name: text for name in CLAIMS["ce_training"] if not name.endswith("_date")
        }
        claims["certificate_number"] = f"{text}{number}"
        one = world.issue("ce_training", **claims)
        stage.add(f"naughty {number}", one, "valid", "ok")
    for number in range(10):
        one = world.issue(holder_name=f"李候选{number}")
        stage.add(f"candidate {number}", one, "valid", "ok")
    return stage


def demonstration() -> Stage:
    """A demonstration's world, whose every verdict is marked."""
    stage = Stage(World(env="demo", single=True))
    stage.add("demo", stage.world.issue(), "valid", "ok")
    return stage


def _statuses(stage: Stage) -> None:
    world, add = stage.world, stage.add
    add("valid", world.issue(), "valid", "ok")
    add("revoked", world.set_status(world.issue(), Status.INVALID), "revoked", "revoked")
    add("suspended", world.set_status(world.issue(), Status.SUSPENDED), "suspended", "suspended")
    new = world.set_status(world.issue(), Status.INVALID, replaced_by=NEW_NUMBER)
    add("replaced", new, "revoked", "replaced")
    add("expired", world.issue(members={"exp": SIGNED + DAY}), "expired", "expired")
    one = add("revoked later", world.issue(), "valid", "ok")
    stale = ("registry_stale",)
    stage.codes |= {
        "stale": replace(stage.codes["valid"], at=NOW + 10 * DAY, warnings=stale),
        "too old": Code(
            text=scanned(one), outcome="undecided", code="registry_expired", at=NOW + 100 * DAY
        ),
    }
    shown = one.token._replace(disclosures=one.disclosures).text
    stage.codes["with ID number"] = Code(
        text=f"https://{ORIGIN}/#{qr.pack(shown, ORIGIN)}", outcome="valid", code="ok"
    )


def _refused(stage: Stage) -> None:
    world, add = stage.world, stage.add
    add("out_of_scope", world.issue(occupation="人工智能工程技术人员"), "invalid", "out_of_scope")
    genuine = world.issue()
    altered = strict_json.dumps({**genuine.claims, "level": "高级"})
    token = genuine.token._replace(payload=altered)
    add("bad_signature", replace(genuine, token=token), "invalid", "bad_signature")
    stranger = world.issue(signer="stranger", log=False)
    add("issuer_unknown", stranger, "invalid", "issuer_unknown")
    forged = world.issue(log=False, iat=SIGNED - 60 * DAY, idx=0)
    add("not_in_issued_list", forged, "invalid", "not_in_issued_list")


def _strangers(stage: Stage) -> None:
    valid = stage.issued["valid"]
    version = int(digits(valid)).to_bytes(1720).lstrip(b"\0")
    newer = qr.to_digits(bytes([2]) + version[1:])
    foreign: dict[str, Any] = {"outcome": "not_ours", "code": "foreign_code"}
    stage.codes |= {
        "foreign_host": Code(
            text=scanned(valid, host=FOREIGN_HOST),
            outcome="valid",
            code="ok",
            warnings=("foreign_host",),
        ),
        "unsupported_version": Code(
            text=f"https://{ORIGIN}/#{newer}", outcome="undecided", code="unsupported_version"
        ),
        "foreign_code": Code(text="https://attacker.example/pay?to=1", **foreign),
        "health certificate": Code(text="HC1:NCFOXN%TS3DH3ZSUZK+.V0ETD%65NL-AH", **foreign),
    }
