"""Disclosures: what the holder reveals belongs to a signed digest, or the credential is refused."""

from collections.abc import Callable
from typing import Any

from schemas import base64url, sd_jwt, strict_json
from schemas.limits import MAX_DISCLOSURE
from tests.vectors.cases.case import Case, Cases, case, genuine, salt, shown
from tests.world import World


def _signed(
    *disclosures: bytes, digests: list[Any] | None = None, **options: Any
) -> Callable[[World], str]:
    """A credential whose institution signed the digests of `disclosures`, all of them shown."""

    def show(world: World) -> str:
        entries = [sd_jwt.digest(one) for one in disclosures] if digests is None else digests
        one = world.issue(members={"_sd": entries}, **options)
        return shown(*disclosures, token=one.token)

    return show


def _form(*parts: Any) -> bytes:
    return strict_json.dumps(list(parts))


def _salted(name: str, value: Any = "值") -> bytes:
    return _form(base64url.encode(salt(name)), name, value)


def _bad(*disclosures: bytes, code: str = "malformed") -> Case:
    return case(_signed(*disclosures), code)


def _shown_along(change: Callable[[bytes], bytes]) -> Callable[[World], str]:
    """The genuine credential with its disclosure changed."""

    def show(world: World) -> str:
        return shown(change(genuine(world).disclosures[0]), token=genuine(world).token)

    return show


def _of_another(world: World) -> str:
    return shown(*world.issue().disclosures, token=genuine(world).token)


def _twice(world: World) -> str:
    return shown(*genuine(world).disclosures * 2, token=genuine(world).token)


def _nothing_hidden(world: World) -> str:
    return shown(*genuine(world).disclosures, token=world.issue(drop=["_sd"]).token)


_SEVENTEEN = [_salted(f"claim_{letter}") for letter in "abcdefghijklmnop"]

DISCLOSURE: Cases = {
    "nothing_disclosed": case(lambda world: genuine(world).text),
    "id_number_disclosed": case(lambda world: genuine(world).holder_text),
    "nothing_hidden": case(lambda world: world.issue(drop=["_sd"]).text),
    "several_disclosed": case(_signed(_salted("note"), _salted("remark"))),
    "several_disclosed_in_another_order": case(
        _signed(
            _salted("a"),
            _salted("b"),
            digests=[sd_jwt.digest(_salted("b")), sd_jwt.digest(_salted("a"))],
        )
    ),
    "sixteen_disclosed": case(_signed(*_SEVENTEEN[:16])),
    "a_decoy_digest": case(
        _signed(_salted("a"), digests=[sd_jwt.digest(_salted("a")), "A" * 43]),
        comment="a digest that nothing belongs to is allowed (RFC 9901 §4.2.5)",
    ),
    "an_empty_list_of_digests": case(_signed(digests=[])),
    "sd_alg_sha_256": case(lambda world: world.issue(members={"_sd_alg": "sha-256"}).text),
    "sd_alg_another": case(
        lambda world: world.issue(members={"_sd_alg": "sha-512"}).text, "malformed"
    ),
    "value_altered": case(
        _shown_along(lambda one: one.replace(b"119999199001010012", b"119999199001010039")),
        "disclosure_mismatch",
    ),
    "salt_altered": case(
        _shown_along(lambda one: b'["' + b"A" * 22 + one[24:]), "disclosure_mismatch"
    ),
    "name_altered_in_the_disclosure": case(
        _shown_along(lambda one: one.replace(b"id_number", b"id_numbers")), "disclosure_mismatch"
    ),
    "of_another_holder": case(_of_another, "disclosure_mismatch"),
    "shown_twice": case(_twice, "disclosure_mismatch"),
    "nothing_was_hidden": case(_nothing_hidden, "disclosure_mismatch"),
    "a_name_that_is_taken": _bad(_salted("level", "高级"), code="disclosure_mismatch"),
    "two_of_one_name": case(
        _signed(_salted("note", "甲"), _salted("note", "乙")), "disclosure_mismatch"
    ),
    "the_name_iss": _bad(_salted("iss"), code="disclosure_mismatch"),
    "the_name_status": case(
        _signed(_salted("cnf")), "disclosure_mismatch", "a registered name that cannot be hidden"
    ),
    "the_name_exp": _bad(_salted("exp", "1900000000"), code="disclosure_mismatch"),
    "the_name_sd": _bad(_salted("_sd"), code="disclosure_mismatch"),
    "the_name_dots": _bad(_salted("..."), code="disclosure_mismatch"),
    "the_name_proto": _bad(_salted("__proto__")),
    "the_name_empty": _bad(_salted("")),
    "the_name_digit": _bad(_salted("0")),
    "a_digest_twice": case(
        _signed(_salted("a"), digests=[sd_jwt.digest(_salted("a"))] * 2), "malformed"
    ),
    "digests_not_a_list": case(
        lambda world: world.issue(members={"_sd": "A" * 43}).text, "malformed"
    ),
    "digests_with_a_number": case(_signed(digests=[1]), "malformed"),
    "digests_null": case(lambda world: world.issue(members={"_sd": None}).text, "malformed"),
    "a_salt_of_120_bits": _bad(_form(base64url.encode(bytes(15)), "a", "值")),
    "a_salt_of_256_bits": case(_signed(_form(base64url.encode(bytes(32)), "a", "值"))),
    "a_salt_not_canonical": _bad(_form("A" * 21 + "B", "a", "值")),
    "a_salt_empty": _bad(_form("", "a", "值")),
    "a_salt_number": _bad(_form(1, "a", "值")),
    "two_elements": case(
        _signed(_form(base64url.encode(salt("a")), "值")),
        "malformed",
        "an array element's disclosure: not in this profile",
    ),
    "four_elements": _bad(_form(base64url.encode(salt("a")), "a", "值", "值")),
    "an_object": _bad(strict_json.dumps({"salt": base64url.encode(salt("a"))})),
    "a_value_that_is_a_number": _bad(_salted("a", 1)),
    "a_value_that_is_an_object": _bad(_salted("a", {"b": "c"})),
    "a_value_that_is_null": _bad(_salted("a", None)),
    "a_space_in_a_disclosure": _bad(_salted("a").replace(b",", b", ")),
    "an_escape_in_a_disclosure": _bad(_salted("a").replace("值".encode(), b"\\u503c")),
    "a_disclosure_that_is_not_utf8": _bad(_salted("a").replace("值".encode(), b"\xff")),
    "a_disclosure_of_1024_bytes": case(
        _signed(_salted("a", "b" * (MAX_DISCLOSURE - len(_salted("a", "")))))
    ),
    "a_disclosure_of_1025_bytes": _bad(
        _salted("a", "b" * (MAX_DISCLOSURE + 1 - len(_salted("a", ""))))
    ),
}
