"""From claims to the bytes that are signed: order, hidden claims, nothing else."""

import json
from typing import Any

import pytest

from issuer import payload
from schemas import certificate_types, sd_jwt, strict_json
from tests.institutions import CLAIMS
from tests.world import NOW, ORIGIN

PLACE = payload.Place(origin=ORIGIN, institution="demo-pingjia", list_id="2025", idx=17)
SALT = bytes(range(16))


def build(type_name: str, *, demo: bool = True, **claims: Any) -> tuple[bytes, tuple[bytes, ...]]:
    values = {"certificate_number": "PJ2025000001", **CLAIMS[type_name], **claims}
    return payload.build(
        certificate_types.load(type_name),
        {name: value for name, value in values.items() if value is not None},
        place=PLACE,
        iat=NOW,
        demo=demo,
        salts={"id_number": SALT},
    )


@pytest.mark.parametrize("type_name", CLAIMS)
def test_members_stand_in_their_fixed_order(type_name: str) -> None:
    content, _ = build(type_name)
    members = list(json.loads(content))
    kind = certificate_types.load(type_name)
    own = [name for name in kind.claims if name in members]
    assert ["iss", "iat", "vct", "status", *own, "demo", "_sd"] == members
    assert "id_number" not in own
    assert content == strict_json.dumps(json.loads(content))


def test_what_the_envelope_says() -> None:
    claims = json.loads(build("technical_level")[0])
    assert {
        "iss": "https://zs.example.cn/i/demo-pingjia",
        "iat": NOW,
        "vct": "https://zs.example.cn/vct/technical_level/1",
        "status": {
            "status_list": {"idx": 17, "uri": "https://zs.example.cn/t/status/demo-pingjia/2025"}
        },
        "demo": True,
    } == {name: claims[name] for name in ("iss", "iat", "vct", "status", "demo")}


def test_nothing_but_its_digest_tells_the_id_number() -> None:
    content, disclosures = build("technical_level")
    assert b"119999199001010012" not in content
    assert (strict_json.dumps(["AAECAwQFBgcICQoLDA0ODw", "id_number", "119999199001010012"]),) == (
        disclosures
    )
    assert [sd_jwt.digest(disclosures[0])] == json.loads(content)["_sd"]


def test_without_a_hidden_claim_there_are_no_digests() -> None:
    content, disclosures = build("training_completion", id_number=None)
    assert () == disclosures
    assert "_sd" not in json.loads(content)


def test_production_does_not_mention_demo() -> None:
    assert "demo" not in json.loads(build("technical_level", demo=False)[0])


def test_the_order_in_which_a_roster_has_its_columns_does_not_matter() -> None:
    kind = certificate_types.load("technical_level")
    claims = {**CLAIMS["technical_level"], "certificate_number": "1"}
    ways = [claims, dict(reversed(claims.items())), {**claims, "exam_site": None}]
    salts = {"id_number": SALT}
    made = {payload.build(kind, way, place=PLACE, iat=NOW, demo=True, salts=salts) for way in ways}
    assert 1 == len(made)


def test_signing_later_changes_the_time_and_nothing_else() -> None:
    content, _ = build("technical_level")
    later = payload.signed_later(content, NOW + 1)
    assert content.replace(str(NOW).encode(), str(NOW + 1).encode()) == later
