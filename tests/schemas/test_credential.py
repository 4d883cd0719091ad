"""What every credential has in common is read, and each thing that can be wrong with it refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import certificate_types
from schemas.credential import MAX_TEXT, Credential
from schemas.errors import MalformedError
from schemas.limits import MAX_LIST_ENTRIES, MAX_SAFE_INTEGER, MAX_TIME
from tests.institutions import CLAIMS as WORLD
from tests.world import World

URI = "https://zs.example.cn/t/status/demo-pingjia/2025"
CLAIMS: dict[str, Any] = {
    "iss": "https://zs.example.cn/i/demo-pingjia",
    "iat": 1747706400,
    "vct": "https://zs.example.cn/vct/technical_level/1",
    "status": {"status_list": {"idx": 17, "uri": URI}},
    "certificate_number": "PJ2025000017",
    "holder_name": "张测试",
    "issue_date": "2025-05-20",
    "occupation": "智能制造工程技术人员",
    "direction": "智能装备与产线应用",
    "level": "初级",
}


def test_a_credential_is_read() -> None:
    expected = Credential(
        origin="zs.example.cn",
        institution_id="demo-pingjia",
        type="technical_level",
        type_version=1,
        iat=1747706400,
        exp=None,
        list_id="2025",
        idx=17,
        certificate_number="PJ2025000017",
        holder_name="张测试",
        issue_date="2025-05-20",
        occupation="智能制造工程技术人员",
        direction="智能装备与产线应用",
        level="初级",
        demo=False,
        claims=CLAIMS,
    )
    assert expected == Credential.from_claims(CLAIMS)
    assert "demo-pingjia/2025" == expected.list_key


def test_what_not_every_type_has_may_be_absent() -> None:
    few = {
        name: CLAIMS[name] for name in CLAIMS if name not in ("occupation", "direction", "level")
    }
    credential = Credential.from_claims(few)
    assert (None, None, None) == (credential.occupation, credential.direction, credential.level)


@pytest.mark.parametrize("type_name", certificate_types.names())
def test_every_type_is_read(type_name: str) -> None:
    issued = World(env="demo").issue(type_name)
    credential = Credential.from_claims(issued.claims)
    assert (type_name, True) == (credential.type, credential.demo)
    assert WORLD[type_name]["holder_name"] == credential.holder_name


READ: dict[str, dict[str, Any]] = {
    "demo": {"demo": True},
    "exp": {"exp": MAX_TIME},
    "signed in 1970": {"iat": 0},
    "the first slot": {"status": {"status_list": {"idx": 0, "uri": URI}}},
    "the last slot": {"status": {"status_list": {"idx": MAX_LIST_ENTRIES - 1, "uri": URI}}},
    "a list in parts": {"status": {"status_list": {"idx": 0, "uri": URI + "-2"}}},
    "the longest name": {"holder_name": "长" * MAX_TEXT},
    "a leap day": {"issue_date": "2024-02-29"},
    "a paper certificate of long ago": {"issue_date": "1999-12-31"},
    "an unknown claim": {"photo_digest": "A" * 43},
    "a claim whose name only begins like a reserved one": {"nbfx": 0, "cnf2": {}},
}


@pytest.mark.parametrize("change", READ.values(), ids=READ)
def test_read(change: dict[str, Any]) -> None:
    assert CLAIMS | change == Credential.from_claims(CLAIMS | change).claims


def status(**entry: Any) -> dict[str, Any]:
    """A `status` claim with other members."""
    return {"status": {"status_list": {"idx": 17, "uri": URI} | entry}}


REFUSED: dict[str, dict[str, Any]] = {
    "iss of another origin": {"iss": "https://evil.example/i/demo-pingjia"},
    "iss of another institution": {"iss": "https://zs.example.cn/i/demo-xueyuan"},
    "iss with a port": {"iss": "https://zs.example.cn:443/i/demo-pingjia"},
    "iss in another case": {"iss": "https://ZS.example.cn/i/demo-pingjia"},
    "iss a number": {"iss": 1},
    "iss a list": {"iss": [CLAIMS["iss"]]},
    "vct of another origin": {"vct": "https://evil.example/vct/technical_level/1"},
    "vct without a version": {"vct": "https://zs.example.cn/vct/technical_level"},
    "vct a name": {"vct": "technical_level"},
    "iat a text": {"iat": "1747706400"},
    "iat true": {"iat": True},
    "iat negative": {"iat": -1},
    "iat after 2200": {"iat": MAX_TIME + 1},
    "iat in milliseconds": {"iat": 1747706400000},
    "iat huge": {"iat": MAX_SAFE_INTEGER},
    "iat null": {"iat": None},
    "exp a text": {"exp": "1900000000"},
    "exp null": {"exp": None},
    "exp after 2200": {"exp": MAX_TIME + 1},
    "exp false": {"exp": False},
    "nbf of now": {"nbf": 1747706400},
    "nbf of 1970": {"nbf": 0},
    "nbf null": {"nbf": None},
    "nbf and cnf": {"nbf": 0, "cnf": {}},
    "cnf with a key": {"cnf": {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}}},
    "cnf null": {"cnf": None},
    "status null": {"status": None},
    "status a number": {"status": 0},
    "status empty": {"status": {}},
    "status of another mechanism": {"status": {"status_attestations": []}},
    "status_list a text": {"status": {"status_list": URI}},
    "status_list empty": {"status": {"status_list": {}}},
    "idx negative": status(idx=-1),
    "idx beyond any list": status(idx=MAX_LIST_ENTRIES),
    "idx a text": status(idx="17"),
    "idx true": status(idx=True),
    "idx null": status(idx=None),
    "uri of another origin": status(uri="https://evil.example/t/status/demo-pingjia/2025"),
    "uri of another institution": status(uri="https://zs.example.cn/t/status/demo-xueyuan/2025"),
    "uri of a local address": status(uri="http://127.0.0.1/t/status/demo-pingjia/2025"),
    "uri of a file": status(uri="file:///t/status/demo-pingjia/2025"),
    "uri with a query": status(uri=URI + "?time=1"),
    "uri null": status(uri=None),
    "holder_name empty": {"holder_name": ""},
    "holder_name null": {"holder_name": None},
    "holder_name a number": {"holder_name": 1},
    "holder_name too long": {"holder_name": "长" * (MAX_TEXT + 1)},
    "certificate_number a number": {"certificate_number": 2025000017},
    "certificate_number empty": {"certificate_number": ""},
    "issue_date a number": {"issue_date": 20250520},
    "issue_date without hyphens": {"issue_date": "20250520"},
    "issue_date with a time": {"issue_date": "2025-05-20T00:00:00Z"},
    "issue_date as a week": {"issue_date": "2025-W21-2"},
    "issue_date with slashes": {"issue_date": "2025/05/20"},
    "issue_date that is none": {"issue_date": "2025-02-29"},
    "issue_date of month 13": {"issue_date": "2025-13-01"},
    "issue_date of year 0": {"issue_date": "0000-01-01"},
    "issue_date in full-width digits": {"issue_date": "２０２５-05-20"},
    "issue_date in Arabic digits": {"issue_date": "٢٠٢٥-05-20"},
    "issue_date with a newline": {"issue_date": "2025-05-20\n"},
    "occupation null": {"occupation": None},
    "direction a list": {"direction": ["智能装备与产线应用"]},
    "level empty": {"level": ""},
    "level a number": {"level": 1},
    "demo false": {"demo": False},
    "demo null": {"demo": None},
    "demo 1": {"demo": 1},
    "demo a text": {"demo": "true"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        Credential.from_claims(CLAIMS | change)


@pytest.mark.parametrize(
    "name", ["iss", "iat", "vct", "status", "certificate_number", "holder_name", "issue_date"]
)
def test_nothing_may_be_missing(name: str) -> None:
    with pytest.raises(MalformedError, match=name):
        Credential.from_claims({key: CLAIMS[key] for key in CLAIMS if key != name})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@given(st.sampled_from([*CLAIMS, "exp", "demo"]), JSON)
def test_any_value_of_a_claim_is_read_or_malformed(name: str, value: object) -> None:
    try:
        credential = Credential.from_claims(CLAIMS | {name: value})
    except MalformedError:
        return
    assert value == credential.claims[name]
