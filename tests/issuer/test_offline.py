"""A batch goes out, is signed where the key is, and comes back: whole, once, and only what is ours."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

import zhengyin
from issuer import audit, status
from issuer.batch_document import BatchSignatures, BatchToSign, fingerprint
from issuer.db import transaction
from issuer.desk import Desk
from issuer.issue import load, require_accepted
from issuer.offline import export_batch, import_signatures
from issuer.offline_key import check_batch, sign_batch
from issuer.tables import AuditEntry
from schemas import base64url, strict_json
from schemas.codes import LANGUAGES
from schemas.errors import CommandError
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    book,
    bytes_of,
    demo_world,
    exported,
    halt_all,
    issue,
    orders,
    publish,
    refusal,
    settle,
    stored,
    tokens,
    write_roster,
)
from tests.world import DAY, HOUR, NOW, key, moment, seconds

NEXT_KEY = "demo pingjia 2026"  # in force from July on
AUGUST = moment(seconds("2025-08-01T00:00:00Z"))


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Desk]:
    """A batch of three and whose it is, for what needs no database any more."""
    desk = at_desk(tmp_path_factory.mktemp("desk"))
    return export_batch(desk, book(desk, orders(3)), now=ISSUE_TIME), desk


def sign_there(
    data: bytes, desk: Desk, *, signer: str = SIGNER, now: datetime = ISSUE_TIME
) -> bytes:
    """What the machine with the key gives; of the desk it has only the registry."""
    checked = check_batch(data, desk.trust, desk.institution, now=now)
    return sign_batch(checked, key(signer), now=now)


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The document with something else in it, canonical as before."""
    members = strict_json.loads(data)
    change(members)
    return strict_json.dumps(members)


# The whole way


def test_signed_elsewhere_is_the_same_as_signed_here(desk: Desk, tmp_path: Path) -> None:
    """The same payloads, the same key, the same time: the same certificates."""
    batch = book(desk, orders(3))
    back = sign_there(export_batch(desk, batch, now=ISSUE_TIME), desk)
    assert [] == load(desk, batch)
    assert 3 == import_signatures(desk, back, now=ISSUE_TIME)
    there = load(desk, batch)
    require_accepted(desk, there, now=ISSUE_TIME)
    again = issue(desk, orders(3))  # the roster's own command: it finds them
    assert bytes_of(there) == bytes_of(again)
    assert [key(SIGNER).sign(one.token.signing_input) for one in there] == [
        one.token.signature for one in there
    ]


def test_a_correction_goes_the_same_way(desk: Desk) -> None:
    """The old certificate stands until the new one is signed; the same again gives the same."""
    [old, _] = issue(desk, orders(2))

    def begun() -> status.Replacement:
        return status.begin(
            desk,
            key(SIGNER),
            old.number,
            type_name=None,
            changes={"level": "中级"},
            reason="更正级别",
            pattern=None,
            now=ISSUE_TIME,
        )

    batch = begun().batch
    out = export_batch(desk, batch, now=ISSUE_TIME)
    assert [old.number] == [row.claims["replaces"] for row in BatchToSign.read(out).rows]
    assert ["valid", "valid", "valid"] == [one.status for one in stored(desk)]
    import_signatures(desk, sign_there(out, desk), now=ISSUE_TIME)
    assert ["valid", "valid", "valid"] == [one.status for one in stored(desk)]
    new = status.finish(desk, begun(), now=ISSUE_TIME)
    assert ["revoked", "valid", "valid"] == [one.status for one in stored(desk)]
    assert new.number == stored(desk)[0].replaced_by
    again = status.finish(desk, begun(), now=ISSUE_TIME)
    assert (new.number, bytes_of([new])) == (again.number, bytes_of([again]))
    assert 3 == len(stored(desk))


def test_the_documents_are_the_same_each_time(desk: Desk) -> None:
    batch = book(desk, orders(3))
    out = export_batch(desk, batch, now=ISSUE_TIME)
    later = ISSUE_TIME + timedelta(hours=2)
    assert out == export_batch(desk, batch, now=later)
    assert sign_there(out, desk) == sign_there(out, desk, now=later)
    assert hashlib.sha256(out).hexdigest() == fingerprint(out).replace(" ", "")


def test_no_id_number_travels(desk: Desk) -> None:
    wanted = orders(3)
    out = export_batch(desk, book(desk, wanted), now=ISSUE_TIME)
    for data in (out, sign_there(out, desk)):
        assert not [one for one in wanted if str(one.claims["id_number"]).encode() in data]


def test_people_can_read_what_is_to_be_signed(desk: Desk) -> None:
    wanted = orders(2)
    document = BatchToSign.read(export_batch(desk, book(desk, wanted), now=ISSUE_TIME))
    assert (INSTITUTION, "technical_level", 1, "demo") == (
        document.institution,
        document.type,
        document.batch,
        document.env,
    )
    assert key(SIGNER).kid == document.kid
    assert desk.trust.registry.version == document.registry
    assert [one.claims["holder_name"] for one in wanted] == [
        row.claims["holder_name"] for row in document.rows
    ]
    assert [one.payload for one in stored(desk)] == [row.payload for row in document.rows]
    assert ["PJ2025000001", "PJ2025000002"] == document.numbers


def test_importing_again_is_harmless(desk: Desk) -> None:
    back = sign_there(export_batch(desk, book(desk, orders(3)), now=ISSUE_TIME), desk)
    import_signatures(desk, back, now=ISSUE_TIME)
    before = [(one.signature, one.slot, one.payload) for one in stored(desk)]
    status.change(desk, "revoke", "PJ2025000002", type_name=None, reason="误发", now=ISSUE_TIME)
    assert 0 == import_signatures(desk, back, now=ISSUE_TIME + timedelta(days=30))
    assert before == [(one.signature, one.slot, one.payload) for one in stored(desk)]
    assert ["valid", "revoked", "valid"] == [one.status for one in stored(desk)]


def test_every_step_is_in_the_log(desk: Desk) -> None:
    out = export_batch(desk, book(desk, orders(3)), now=ISSUE_TIME)
    back = sign_there(out, desk)
    import_signatures(desk, back, now=ISSUE_TIME)
    import_signatures(desk, back, now=ISSUE_TIME)
    with transaction(desk.engine) as session:
        assert 3 == audit.verify(session)
        lines = list(session.exec(select(AuditEntry)))
        said = [(one.action, strict_json.loads(one.details.encode())) for one in lines]
    assert ["reserve", "export", "import"] == [action for action, _ in said]
    digest = hashlib.sha256(out).hexdigest()
    assert {"rows": 3, "document": digest} == said[1][1]
    assert {
        "kid": key(SIGNER).kid,
        "rows": 3,
        "renewed": 0,
        "document": digest,
        "signatures": hashlib.sha256(back).hexdigest(),
    } == said[2][1]


def test_what_was_reserved_too_long_ago_is_signed_with_a_new_time(desk: Desk) -> None:
    """It must be logged soon after it is signed, as with the key at hand."""
    batch = book(desk, orders(2))
    out = export_batch(desk, batch, now=ISSUE_TIME)
    later = ISSUE_TIME + timedelta(days=3)
    back = sign_there(out, desk, now=later)
    assert int(later.timestamp()) == BatchSignatures.read(back).iat
    import_signatures(desk, back, now=later)
    require_accepted(desk, load(desk, batch), now=later)
    assert {int(later.timestamp())} == {
        strict_json.loads(one.payload)["iat"] for one in stored(desk)
    }


def test_another_key_in_force_signs_with_its_own_name(tmp_path: Path, database: str) -> None:
    world = demo_world()
    desk = at_desk(tmp_path, world, database=database)
    batch = book(desk, orders(2))
    out = export_batch(desk, batch, now=ISSUE_TIME)
    back = sign_there(out, desk, signer=NEXT_KEY, now=AUGUST)
    published = publish(world, desk.trust, exported(desk), now=int(AUGUST.timestamp()) - HOUR)
    import_signatures(replace(desk, trust=published), back, now=AUGUST)
    assert {key(NEXT_KEY).kid} == {one.kid for one in stored(desk)}


def test_two_batches_of_one_journey_come_back_in_their_order(desk: Desk) -> None:
    """Lists are published without a gap."""
    first, second = book(desk, orders(2)), book(desk, orders(2, first=2))
    backs = [sign_there(export_batch(desk, one, now=ISSUE_TIME), desk) for one in (first, second)]
    assert "batch_out_of_order" == refusal(import_signatures, desk, backs[1], now=ISSUE_TIME)
    for back in backs:
        assert 2 == import_signatures(desk, back, now=ISSUE_TIME)
    assert [4] == [one.status.count for one in exported(desk)]


# The desk refuses


def test_only_what_waits_is_exported(desk: Desk) -> None:
    batch = book(desk, orders(1))
    for unknown in (batch + 1, 0, -1, 2**31, 2**70):
        assert "batch_unknown" == refusal(export_batch, desk, unknown, now=ISSUE_TIME)
    issue(desk, orders(1))
    assert "batch_already_signed" == refusal(export_batch, desk, batch, now=ISSUE_TIME)


def test_another_institutions_batch_is_not_there(desk: Desk, tmp_path: Path, database: str) -> None:
    batch = book(desk, orders(1))
    other = at_desk(tmp_path, institution="demo-xueyuan", database=database)
    assert "batch_unknown" == refusal(export_batch, other, batch, now=ISSUE_TIME)


def test_a_halt_stops_both_ways(desk: Desk) -> None:
    batch = book(desk, orders(1))
    back = sign_there(export_batch(desk, batch, now=ISSUE_TIME), desk)
    halt_all(desk)
    assert "halted" == refusal(export_batch, desk, batch, now=ISSUE_TIME)
    assert "halted" == refusal(import_signatures, desk, back, now=ISSUE_TIME)


def test_a_desk_of_another_institution_takes_nothing(
    desk: Desk, tmp_path: Path, database: str
) -> None:
    back = sign_there(export_batch(desk, book(desk, orders(1)), now=ISSUE_TIME), desk)
    other = at_desk(tmp_path, institution="demo-xueyuan", database=database)
    code = refusal(import_signatures, other, back, now=ISSUE_TIME)
    assert "batch_of_another_institution" == code


def signature(text: str) -> str:
    """Another well-formed signature."""
    raw = bytearray(base64url.decode(text))
    raw[0] ^= 1
    return base64url.encode(bytes(raw))


def swap(members: dict[str, Any]) -> None:
    first, second = members["signatures"][:2]
    first["signature"], second["signature"] = second["signature"], first["signature"]


RESULTS: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "one bit of a signature": (
        "batch_signature_wrong",
        lambda m: m["signatures"][1].update(signature=signature(m["signatures"][1]["signature"])),
    ),
    "two signatures exchanged": ("batch_signature_wrong", swap),
    "another time": ("batch_signature_wrong", lambda m: m.update(iat=m["iat"] + 1)),
    "an earlier time": ("batch_differs", lambda m: m.update(iat=m["iat"] - 1)),
    "a time before there was a key": ("signer_not_in_force", lambda m: m.update(iat=0)),
    "a key of nobody": ("signer_not_registered", lambda m: m.update(kid="AAAAAAAAAAA")),
    "another's key": (
        "signer_not_registered",
        lambda m: m.update(kid=key("demo xueyuan 2025").kid),
    ),
    "another batch": ("batch_unknown", lambda m: m.update(batch=7)),
    "another roster": ("batch_differs", lambda m: m.update(roster="0" * 64)),
    "a row too few": ("batch_differs", lambda m: m["signatures"].pop()),
    "a row twice": (
        "batch_differs",
        lambda m: m["signatures"].append(m["signatures"][0]),
    ),
    "another row": ("batch_differs", lambda m: m["signatures"][0].update(row=99)),
    "none": ("batch_malformed", lambda m: m.update(signatures=[])),
    "a member more": ("batch_malformed", lambda m: m.update(more=1)),
    "a member less": ("batch_malformed", lambda m: m.pop("signed")),
    "another version": ("batch_malformed", lambda m: m.update(version=2)),
    "the other document": ("batch_malformed", lambda m: m.update(typ="batch")),
    "a signature cut short": (
        "batch_malformed",
        lambda m: m["signatures"][0].update(signature="A" * 85),
    ),
    "a second text of the same signature": (
        "batch_malformed",
        lambda m: m["signatures"][0].update(signature="A" * 85 + "B"),
    ),
    "a batch number beyond the database": ("batch_malformed", lambda m: m.update(batch=2**31)),
}


@pytest.mark.parametrize(("code", "change"), RESULTS.values(), ids=RESULTS)
def test_altered_signatures_leave_everything_as_it_was(
    code: str, change: Callable[[dict[str, Any]], object], desk: Desk
) -> None:
    back = sign_there(export_batch(desk, book(desk, orders(3)), now=ISSUE_TIME), desk)
    with pytest.raises(CommandError) as error:
        import_signatures(desk, changed(back, change), now=ISSUE_TIME)
    assert code == error.value.code
    assert all(error.value.message(language) for language in LANGUAGES)
    assert [None] * 3 == [one.signature for one in stored(desk)]
    with transaction(desk.engine) as session:
        assert 2 == audit.verify(session)
    assert 3 == import_signatures(desk, back, now=ISSUE_TIME)


def test_signatures_of_another_desk_do_not_fit(desk: Desk, tmp_path: Path) -> None:
    """The same roster numbered there: other salts, so other digests."""
    (tmp_path / "other").mkdir()
    other = at_desk(tmp_path / "other")
    book(desk, orders(2))
    back = sign_there(export_batch(other, book(other, orders(2)), now=ISSUE_TIME), other)
    assert "batch_signature_wrong" == refusal(import_signatures, desk, back, now=ISSUE_TIME)


def test_what_was_signed_here_meanwhile_stays(desk: Desk) -> None:
    """One slot, one certificate: the later signatures are refused."""
    batch = book(desk, orders(2))
    out = export_batch(desk, batch, now=ISSUE_TIME)
    late = sign_there(out, desk, now=ISSUE_TIME + timedelta(days=3))
    first = issue(desk, orders(2))
    code = refusal(import_signatures, desk, late, now=ISSUE_TIME + timedelta(days=3))
    assert "batch_signed_otherwise" == code
    assert bytes_of(first) == bytes_of(load(desk, batch))
    assert 0 == import_signatures(desk, sign_there(out, desk), now=ISSUE_TIME)  # the same bytes


@pytest.mark.parametrize("late", [timedelta(days=30), timedelta(days=-2)])
def test_what_verifiers_would_refuse_is_not_stored(late: timedelta, desk: Desk) -> None:
    """Logged too late after its signing, or signed by a clock that runs ahead."""
    batch = book(desk, orders(2))
    out = export_batch(desk, batch, now=ISSUE_TIME)
    back = sign_there(out, desk)
    if late < timedelta():
        back = sign_there(out, desk, now=ISSUE_TIME - late)
    code = refusal(import_signatures, desk, back, now=ISSUE_TIME + max(late, timedelta()))
    assert "self_check_failed" == code
    assert [None, None] == [one.signature for one in stored(desk)]


# The key refuses


def claims(number: int = 0, **claims: object) -> Callable[[dict[str, Any]], object]:
    """Change the claims of one row; None takes one away."""

    def change(members: dict[str, Any]) -> None:
        row = members["rows"][number]
        row["claims"] = {
            name: value for name, value in (row["claims"] | claims).items() if value is not None
        }

    return change


def slot(idx: int, uri: str | None = None) -> Callable[[dict[str, Any]], object]:
    def change(members: dict[str, Any]) -> None:
        entry = members["rows"][0]["claims"]["status"]["status_list"]
        entry.update(idx=idx, **({"uri": uri} if uri else {}))

    return change


def reordered(members: dict[str, Any]) -> None:
    row = members["rows"][0]
    row["claims"] = dict(reversed(row["claims"].items()))


ORIGIN = "https://zs.example.cn"
BATCHES: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    # whose it is
    "another institution": (
        "batch_of_another_institution",
        lambda m: m.update(institution="demo-xueyuan"),
    ),
    "another environment": ("batch_of_another_environment", lambda m: m.update(env="prod")),
    "a newer registry": ("batch_registry_newer", lambda m: m.update(registry=99)),
    "a type that there is not": ("certificate_type_unknown", lambda m: m.update(type="diploma")),
    "another type": ("batch_row_malformed", lambda m: m.update(type="training_completion")),
    # what it says
    "a claim of no type": ("batch_row_malformed", claims(remark="x")),
    "the ID number in clear": ("batch_row_malformed", claims(id_number="119999197001010011")),
    "an expiry": ("batch_row_malformed", claims(exp=NOW + DAY)),
    "a holder's key": ("batch_row_malformed", claims(cnf={"kid": "a"})),
    "another order": ("batch_row_malformed", reordered),
    "no hidden number": ("batch_row_malformed", claims(_sd=None)),
    "two hidden numbers": ("batch_row_malformed", claims(_sd=["A" * 43, "B" * 42 + "A"])),
    "a text for a digest": ("batch_row_malformed", claims(_sd=["x" * 42])),
    "digests that are none": ("batch_row_malformed", claims(_sd="A" * 43)),
    "for real": ("batch_row_malformed", claims(demo=None)),
    "another issuer": ("batch_row_malformed", claims(iss=f"{ORIGIN}/i/demo-xueyuan")),
    "another host": ("batch_row_malformed", claims(iss=f"https://else.example/i/{INSTITUTION}")),
    "another list": (
        "batch_row_malformed",
        slot(0, f"{ORIGIN}/t/status/{INSTITUTION}/2024"),
    ),
    "an endless text": ("batch_row_malformed", claims(exam_site="长" * 9_000)),
    "no number": ("batch_row_malformed", claims(certificate_number=None)),
    "no level": ("batch_row_refused", claims(level=None)),
    "a level of none": ("batch_row_refused", claims(level="大师")),
    "an occupation without a grant": (
        "batch_row_refused",
        claims(occupation="人工智能工程技术人员", direction="--"),
    ),
    "a day before the grant": ("batch_row_refused", claims(issue_date="1999-01-01")),
    "a day to come": ("batch_row_refused", claims(issue_date="2031-01-01")),
    "a name of control characters": ("batch_row_refused", claims(holder_name="张\u200b示例")),
    "a time to come": (
        "batch_from_the_future",
        lambda m: [row["claims"].update(iat=NOW + 9 * DAY) for row in m["rows"]],
    ),
    # how rows stand together
    "two times": ("batch_malformed", claims(iat=NOW - 1)),
    "a number twice": ("batch_malformed", claims(certificate_number="PJ2025000002")),
    "a slot twice": ("batch_malformed", slot(1)),
    "a row twice": ("batch_malformed", lambda m: m["rows"][0].update(row=3)),
    "rows in another order": ("batch_malformed", lambda m: m["rows"].reverse()),
    "none": ("batch_malformed", lambda m: m.update(rows=[])),
    "a member more": ("batch_malformed", lambda m: m.update(sign="anything")),
    "a member more in a row": ("batch_malformed", lambda m: m["rows"][0].update(payload="e30")),
    "claims that are a text": ("batch_malformed", lambda m: m["rows"][0].update(claims="e30")),
}


@pytest.mark.parametrize(("code", "change"), BATCHES.values(), ids=BATCHES)
def test_the_key_signs_nothing_that_the_desk_could_not_have_exported(
    code: str, change: Callable[[dict[str, Any]], object], document: tuple[bytes, Desk]
) -> None:
    out, desk = document
    check_batch(out, desk.trust, desk.institution, now=ISSUE_TIME)
    altered = changed(out, change)
    assert altered != out
    with pytest.raises(CommandError) as error:
        check_batch(altered, desk.trust, desk.institution, now=ISSUE_TIME)
    assert code == error.value.code
    assert all(error.value.message(language) for language in LANGUAGES)


def test_a_document_in_another_form_is_refused(document: tuple[bytes, Desk]) -> None:
    out, desk = document
    for data in (b"", out[:-1], out + b"\n", out.replace(b",", b", ", 1), b"\xff" + out):
        code = refusal(check_batch, data, desk.trust, desk.institution, now=ISSUE_TIME)
        assert "batch_malformed" == code


def test_a_grant_that_has_ended_meanwhile(document: tuple[bytes, Desk], tmp_path: Path) -> None:
    """The registry on the machine with the key decides."""
    out, _ = document
    world = demo_world()
    world.new_root()
    for grant in world.institution(INSTITUTION)["grants"]:
        grant |= {"state": "ended", "state_from": "2024-01-01"}
    world.sign_registry()
    there = at_desk(tmp_path, world)
    code = refusal(check_batch, out, there.trust, there.institution, now=ISSUE_TIME)
    assert "batch_row_refused" == code


def test_only_the_institutions_keys_in_force_sign(document: tuple[bytes, Desk]) -> None:
    out, desk = document
    for signer, code in (
        ("nobody's", "signer_not_registered"),
        ("demo xueyuan 2025", "signer_not_registered"),
        (NEXT_KEY, "signer_not_in_force"),
    ):
        assert code == refusal(sign_there, out, desk, signer=signer)


@pytest.mark.usefixtures("elsewhere")
def test_the_machine_with_the_key_needs_no_database(tmp_path: Path) -> None:
    """From a roster to files in hand, the desk's folder away while it is signed."""
    town = settle(tmp_path / "town")
    roster = write_roster(tmp_path / "roster.xlsx", orders(2))
    out, back, away = tmp_path / "batch.json", tmp_path / "signatures.json", tmp_path / "away"
    export = town.command("issuer", "export-batch", "1", "--out", out)
    assert [0, 0] == [zhengyin.main(town.issue(roster, "--offline")), zhengyin.main(export)]
    town.home.rename(away)
    there = town.command("issue", "--batch", out, "--out", back, signs=True)
    assert 0 == zhengyin.main(there)
    assert not town.home.exists()
    away.rename(town.home)
    assert {} == tokens(town)
    assert 0 == zhengyin.main(town.command("issuer", "import-batch", back))
    assert 0 == zhengyin.main(town.issue(roster, "--offline"))
    assert 2 == len(tokens(town))
    assert out.read_bytes().count(b"119999") == 0


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "issuer", "idx", "uri"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(data=st.data())
@settings(max_examples=300)
def test_whatever_stands_in_a_claim_gets_an_answer_of_ours(
    document: tuple[bytes, Desk], data: st.DataObject
) -> None:
    """Any value in any claim: it is signed as it would be at the desk, or refused with a code."""
    out, desk = document
    members = strict_json.loads(out)
    row = members["rows"][0]["claims"]
    name = data.draw(st.sampled_from([*row, "training_ref", "exam_date", "replaces"]))
    row[name] = data.draw(HOSTILE)
    altered = strict_json.dumps(members)
    try:
        checked = check_batch(altered, desk.trust, desk.institution, now=ISSUE_TIME)
    except CommandError as error:
        code = error.code
    else:
        code = "signed"
        assert strict_json.loads(checked.payloads[0]) == row
    assert code in ("signed", "batch_malformed", "batch_row_malformed", "batch_row_refused")
