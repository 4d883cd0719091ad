"""What every credential says, and in which form; each of these was signed as it stands."""

from typing import Any

from schemas import origin as address
from schemas.limits import MAX_LIST_ENTRIES, MAX_TIME
from tests.vectors.cases.case import Case, Cases, case, issued, logged, with_claims
from tests.world import ORIGIN, SECOND_ORIGIN

URI = address.status_uri(ORIGIN, "demo-pingjia", "2025")


def _bad(**members: Any) -> Case:
    return case(with_claims(**members), "malformed")


def _status(idx: Any = 0, uri: Any = URI) -> Case:
    return _bad(status={"status_list": {"idx": idx, "uri": uri}})


CLAIMS: Cases = {
    "iss_missing": _bad(iss=None),
    "iss_number": _bad(iss=1),
    "iss_without_tls": _bad(iss=f"http://{ORIGIN}/i/demo-pingjia"),
    "iss_upper_case_host": _bad(iss="https://ZS.example.cn/i/demo-pingjia"),
    "iss_with_a_user": _bad(iss=f"https://a@{ORIGIN}/i/demo-pingjia"),
    "iss_with_a_path": _bad(iss=f"https://{ORIGIN}/x/i/demo-pingjia"),
    "iss_with_a_query": _bad(iss=f"https://{ORIGIN}/i/demo-pingjia?a"),
    "iss_with_a_line_end": _bad(iss=f"https://{ORIGIN}/i/demo-pingjia\n"),
    "iss_not_an_id": _bad(iss=f"https://{ORIGIN}/i/Demo-Pingjia"),
    "iss_full_width_digits": _bad(iss=f"https://{ORIGIN}/i/demo-１"),
    "vct_missing": _bad(vct=None),
    "vct_of_another_origin": _bad(vct=f"https://{SECOND_ORIGIN}/vct/technical_level/1"),
    "vct_version_0": _bad(vct=f"https://{ORIGIN}/vct/technical_level/0"),
    "vct_without_version": _bad(vct=f"https://{ORIGIN}/vct/technical_level"),
    "vct_full_width_version": _bad(vct=f"https://{ORIGIN}/vct/technical_level/１"),
    "status_missing": _bad(status=None),
    "status_empty": _bad(status={}),
    "status_text": _bad(status="valid"),
    "status_of_another_institution": _status(
        uri=address.status_uri(ORIGIN, "demo-xueyuan", "2025")
    ),
    "status_of_another_origin": _status(
        uri=address.status_uri(SECOND_ORIGIN, "demo-pingjia", "2025")
    ),
    "status_uri_elsewhere": _status(uri="https://169.254.169.254/latest"),
    "status_list_not_a_year": _status(uri=address.status_uri(ORIGIN, "demo-pingjia", "all")),
    "idx_missing": _bad(status={"status_list": {"uri": URI}}),
    "idx_text": _status(idx="0"),
    "idx_negative": _status(idx=-1),
    "idx_true": _status(idx=True),
    "idx_null": _status(idx=None),
    "idx_2_24": _status(idx=MAX_LIST_ENTRIES),
    "iat_missing": _bad(iat=None),
    "iat_text": _bad(iat="1747706400"),
    "iat_true": _bad(iat=True),
    "iat_negative": _bad(iat=-1),
    "iat_after_2200": _bad(iat=MAX_TIME + 1),
    "iat_in_milliseconds": _bad(iat=1_747_706_400_000),
    "exp_text": _bad(exp="1900000000"),
    "exp_after_2200": _bad(exp=MAX_TIME + 1),
    "nbf_long_ago": _bad(nbf=0),
    "nbf_text": _bad(nbf=""),
    "nbf_false": _bad(nbf=False),
    "cnf_with_a_key": _bad(cnf={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}}),
    "cnf_empty": _bad(cnf={}),
    "number_missing": _bad(certificate_number=None),
    "number_is_a_number": _bad(certificate_number=2025000001),
    "number_empty": _bad(certificate_number=""),
    "holder_name_missing": _bad(holder_name=None),
    "holder_name_empty": _bad(holder_name=""),
    "holder_name_of_201_characters": _bad(holder_name="测" * 201),
    "holder_name_of_200_rare_characters": case(
        issued(holder_name="𫖯" * 200),
        comment="characters are code points: 400 units of UTF-16, 800 bytes of UTF-8",
    ),
    "issue_date_missing": _bad(issue_date=None),
    "issue_date_a_number": _bad(issue_date=20250520),
    "issue_date_short": _bad(issue_date="2025-5-20"),
    "issue_date_not_in_the_calendar": _bad(issue_date="2025-02-30"),
    "issue_date_in_no_leap_year": _bad(issue_date="2100-02-29"),
    "issue_date_month_13": _bad(issue_date="2025-13-01"),
    "issue_date_with_a_time": _bad(issue_date="2025-05-20T00:00:00Z"),
    "issue_date_as_week": _bad(issue_date="2025-W21-2"),
    "issue_date_full_width": _bad(issue_date="２０２５-05-20"),
    "issue_date_year_0": _bad(issue_date="0000-01-01"),
    "occupation_number": _bad(occupation=1),
    "direction_list": _bad(direction=["智能装备与产线应用"]),
    "level_empty": _bad(level=""),
    "demo_false": _bad(demo=False),
    "demo_text": _bad(demo="true"),
    "demo_1": _bad(demo=1),
    "demo_under_a_production_root": case(
        logged(demo=True), comment="it verifies, and is marked as a demonstration"
    ),
    "type_of_a_later_version": case(
        logged(vct=f"https://{ORIGIN}/vct/technical_level/2"),
        comment="a grant is for the type, whatever its version",
    ),
    "claims_that_the_type_does_not_know": case(logged(exam_room="一号考场")),
}
