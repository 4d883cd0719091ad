"""The pages of rosters, without a browser: what each role sees and sends."""

import html
import re
import zipfile
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from issuer.desk import day_at
from issuer.documents import fonts
from issuer.running.signing_job import sign_approved
from keys.publication import DAY
from schemas import certificate_types
from schemas.registry import Institution
from schemas.sd_jwt import SdJwt
from tests.issuer.desk import INSTITUTION, demo_id_number, order, orders
from tests.issuer.office import Office, open_office
from tests.issuer.rosters import csv
from tests.issuer.submitting import Roster, workbook
from tests.world import NOW

_FIRST = count(0, 50)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


class Person:
    """Somebody in front of a browser."""

    def __init__(self, office: Office, login: str) -> None:
        self.client: TestClient = office.browser(login)
        self.token = office.csrf(login)

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert status == answer.status_code, answer.text
        return html.unescape(answer.text)

    def post(self, path: str, status: int = 303, **fields: str) -> str:
        """Where the answer leads, or what it says."""
        answer = self.client.post(path, data={"csrf": self.token, **fields})
        assert status == answer.status_code, answer.text
        return str(answer.headers.get("location") or html.unescape(answer.text))

    def upload(self, data: bytes, name: str = "名单.xlsx", status: int = 303, **fields: str) -> str:
        answer = self.client.post(
            "/console/rosters",
            data={"csrf": self.token, "type": "technical_level", **fields},
            files={"file": (name, data)},
        )
        assert status == answer.status_code, answer.text
        return str(answer.headers.get("location") or html.unescape(answer.text))


def fields(page: str) -> dict[str, str]:
    """The cells of a page's form."""
    return dict(re.findall(r'name="(cell\.[^"]+)" value="([^"]*)"', page))


def digest_on(page: str) -> str:
    found = re.search(r'name="digest" value="([^"]+)"', page)
    assert found
    return found[1]


def fresh(rows: int = 2) -> bytes:
    return workbook(orders(rows, first=next(_FIRST)))


WRONG = "119999199001010013"  # a check digit that does not fit


def broken(_row: int, cells: dict[str, object]) -> None:
    number = str(cells["id_number"])
    cells["id_number"] = number[:-1] + ("0" if number[-1] != "0" else "1")
    cells["level"] = "超级"


def test_a_clerk_and_an_approver_go_the_whole_way(office: Office) -> None:
    clerk, approver = Person(office, "clerk"), Person(office, "approver")
    first = next(_FIRST)
    at = clerk.upload(workbook(orders(2, first=first), broken))
    page = clerk.get(at)
    cells = fields(page)
    assert {"cell.2.id_number", "cell.2.level", "cell.3.id_number", "cell.3.level"} == set(cells)
    assert "2 行有错误" in page
    assert "提交复核" not in page
    mended = {
        name: demo_id_number(first + int(name.split(".")[1]) - 2) if "id_number" in name else "初级"
        for name in cells
    }
    assert at == clerk.post(f"{at}/cells", **mended)
    assert "提交复核（2 人）" in clerk.get(at)
    clerk.get(f"{at}/preview")
    clerk.post(f"{at}/submit")
    assert "等待另一位复核人员审核" in clerk.get(at)
    page = approver.get(at)
    assert "通过并签发（2 张）" in page
    approver.post(f"{at}/approve", digest=digest_on(page))
    assert "正在签发：0 / 2" in approver.get(f"{at}/progress")
    sign_approved(office.service)
    done = approver.client.get(f"{at}/progress")
    assert "true" == done.headers["hx-refresh"]
    assert "已签发 2 张证书" in clerk.get(at)
    for what in ("checked.xlsx", "certificates.zip", "holders.zip"):
        assert 200 == clerk.client.get(f"{at}/{what}").status_code


def test_an_id_number_is_shown_to_who_entered_it_alone(office: Office) -> None:
    def wrong(_row: int, cells: dict[str, object]) -> None:
        cells["id_number"], cells["level"] = WRONG, "超级"

    at = Person(office, "clerk").upload(workbook(orders(1, first=next(_FIRST)), wrong))
    for login in ("clerk-2", "approver", "admin", "bureau"):
        page = Person(office, login).get(at)
        assert WRONG not in page, login
    colleague = Person(office, "clerk-2")
    colleague.get(at)
    colleague.post(f"{at}/cells", **{"cell.2.id_number": "", "cell.2.level": "初级"})
    assert {"cell.2.id_number": WRONG} == fields(Person(office, "clerk").get(at))


def test_no_page_but_the_form_shows_a_whole_id_number(office: Office) -> None:
    """What is right needs no look: neither list nor preview nor findings have it."""
    wanted = orders(3, first=next(_FIRST))
    clerk = Person(office, "clerk")
    at = clerk.upload(workbook(wanted))
    closed = re.sub(r"<details.*?</details>", "", clerk.get(at), flags=re.DOTALL)
    for path, page in (("", closed), ("preview", clerk.get(f"{at}/preview"))):
        for one in wanted:
            assert str(one.claims["id_number"]) not in page, path


def test_what_is_wrong_with_the_file_is_said_where_it_was_chosen(office: Office) -> None:
    clerk = Person(office, "clerk")
    for data, name, said in (
        (b"PK\x03\x04broken", "a.xlsx", "a.xlsx"),
        (b"nothing here", "a.csv", "没有找到表头"),
        (b"x", "a.pdf", "不是可以读取的"),
    ):
        page = clerk.upload(data, name, status=400)
        assert said in page
        assert "导入并校验" in page
    page = clerk.post("/console/rosters", 400, type="technical_level", pasted=" \n ")
    assert "没有选择文件，也没有粘贴内容" in page


def test_pasted_cells_are_a_roster_and_one_date_is_for_all(office: Office) -> None:
    clerk = Person(office, "clerk")
    first = next(_FIRST)
    lines = ["姓名\t证件号码\t职业\t方向\t等级"]
    lines += [
        f"张测试\t{demo_id_number(first + at)}\t智能制造\t智能装备与产线应用\t初级" for at in (0, 1)
    ]
    at = clerk.post("/console/rosters", type="technical_level", pasted="\n".join(lines))
    page = clerk.get(at)
    assert 'name="default.issue_date"' in page
    assert "列有错误" in page
    clerk.post(f"{at}/defaults", **{"default.issue_date": "2025-05-20"})
    page = clerk.get(at)
    assert "提交复核（2 人）" in page
    assert 'name="default.issue_date" value="2025-05-20"' in page
    assert "roster_unknown_claim" not in clerk.post(
        f"{at}/defaults", 400, **{"default.nonsense": "x"}
    )
    assert "提交复核（2 人）" in clerk.get(at)


def test_columns_are_said_once_and_remembered(office: Office) -> None:
    clerk = Person(office, "clerk")

    def pasted() -> str:
        number = demo_id_number(next(_FIRST))
        row = f"张测试\t{number}\t智能制造\t\t初级\t2025-05-20\t甲"
        return "姓名\t号码栏甲\t职业\t方向\t等级\t发证日期\t分组\n" + row

    at = clerk.post("/console/rosters", type="technical_level", pasted=pasted())
    page = clerk.get(at)
    assert "<summary>各列的含义 <span" in page
    found = dict(
        re.findall(
            r'<select name="(column\.\d+)".*?<option value="(\w+)" selected', page, re.DOTALL
        )
    )
    assert "holder_name" == found["column.0"]
    said = {**found, "column.1": "id_number", "column.6": ""}
    clerk.post(f"{at}/columns", **said)
    page = clerk.get(at)
    assert "提交复核（1 人）" in page
    assert "请核对</span></summary>" not in page
    again = clerk.post("/console/rosters", type="technical_level", pasted=pasted())
    assert "提交复核（1 人）" in clerk.get(again)


def test_a_cell_that_was_mended_does_not_hinder_another_mapping(office: Office) -> None:
    clerk = Person(office, "clerk")
    at = clerk.upload(workbook(orders(1, first=next(_FIRST)), broken))
    clerk.post(f"{at}/cells", **{"cell.2.level": "初级"})
    page = clerk.get(at)
    columns = dict(
        re.findall(
            r'<select name="(column\.\d+)".*?<option value="(\w+)" selected', page, re.DOTALL
        )
    )
    level = next(name for name, claim in columns.items() if claim == "level")
    clerk.post(f"{at}/columns", **{**columns, level: ""})
    assert 'name="default.level"' in clerk.get(at)


def test_a_row_is_left_out_and_taken_in_again(office: Office) -> None:
    clerk = Person(office, "clerk")
    at = clerk.upload(fresh(3))
    clerk.post(f"{at}/cells", **{"out.3": "on"})
    page = clerk.get(at)
    assert "提交复核（2 人）" in page
    assert 'name="back.3"' in page
    clerk.post(f"{at}/cells", **{"back.3": "on"})
    assert "提交复核（3 人）" in clerk.get(at)


def test_a_thousand_findings_come_in_pages(office: Office) -> None:
    clerk = Person(office, "clerk")
    at = clerk.upload(workbook(orders(120, first=9_000), broken))
    seen = set()
    for page in (1, 2, 3, 99):
        seen |= set(fields(clerk.get(f"{at}?page={page}")))
    assert {f"cell.{row}.level" for row in range(2, 122)} <= seen
    assert 200 == clerk.client.get(f"{at}?page=nonsense").status_code


def test_the_same_file_again_says_which_it_was(office: Office) -> None:
    clerk = Person(office, "clerk")
    data = fresh()
    first = clerk.upload(data, "五月.xlsx")
    second = clerk.upload(data, "再来.xlsx")
    page = clerk.get(second)
    assert f'href="{first}"' in page
    assert "提交其中一份即可" in page
    clerk.post(f"{first}/submit")
    page = clerk.get(second)
    assert "与正在办理的名单“五月.xlsx”" in page
    assert "提交复核" not in page
    clerk.post(f"{second}/submit", 409)


def test_a_mended_file_takes_the_place_of_the_first(office: Office) -> None:
    clerk = Person(office, "clerk")
    wanted = orders(2, first=next(_FIRST))
    at = clerk.upload(workbook(wanted, broken))
    answer = clerk.client.get(f"{at}/checked.xlsx")
    assert 200 == answer.status_code
    marked = load_workbook(BytesIO(answer.content))
    assert "校验结果" in [cell.value for cell in next(marked.worksheets[1].iter_rows())]
    number = at.rpartition("/")[2]
    assert at == clerk.upload(workbook(wanted), "改好的.xlsx", replaces=number)
    page = clerk.get(at)
    assert "改好的.xlsx" in page
    assert "提交复核（2 人）" in page


def test_the_institution_has_its_name_of_the_day_in_beijing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked at one o'clock in the morning, when it is still yesterday in London."""
    one_o_clock = NOW + (17 * 3600 - NOW) % DAY
    office = open_office(tmp_path / "office", now=one_o_clock)
    roster = Roster.enter(office, fresh()).submit()
    monkeypatch.setattr(Institution, "name_on", lambda _, day: f"named on {day}")
    page = Person(office, "approver").get(f"/console/rosters/{roster.id}")
    assert {day_at(office.service.now()).isoformat()} == set(
        re.findall(r"named on ([0-9-]+)", page)
    )


def test_an_approver_gives_back_with_a_remark(office: Office) -> None:
    clerk, approver = Person(office, "clerk"), Person(office, "approver")
    at = clerk.upload(fresh())
    clerk.post(f"{at}/submit")
    assert "请写明退回的原因" in approver.post(f"{at}/return", 400, remark=" ")
    approver.post(f"{at}/return", remark="第 2 行姓名有误")
    page = clerk.get(at)
    assert "第 2 行姓名有误" in page
    clerk.post(f"{at}/submit")
    clerk.post(f"{at}/withdraw")
    assert "名单已撤回" in clerk.get(at)
    for path in ("checked.xlsx", "preview", "certificates.zip"):
        clerk.get(f"{at}/{path}", 409)


def test_a_stale_approval_is_refused_and_a_stale_roster_goes_back(office: Office) -> None:
    clerk, approver = Person(office, "clerk"), Person(office, "approver")
    person = orders(1, first=next(_FIRST))
    late = clerk.upload(workbook(person))
    clerk.post(f"{late}/submit")
    page = approver.get(late)
    assert "名单或机构目录有变动" in approver.post(f"{late}/approve", 409, digest="0" * 64)
    assert "通过并签发" in approver.get(late)
    other = Roster.enter(office, workbook([*person, *orders(1, first=next(_FIRST))]))
    other.submit().approve()
    sign_approved(office.service)
    said = approver.post(f"{late}/approve", 409, digest=digest_on(page))
    assert "名单或机构目录有变动" in said
    page = clerk.get(late)
    assert "退回" in page
    assert "名单或机构目录有变动" in page
    assert "已持有" in page or "1 行有错误" in page


def test_a_roster_says_that_the_signing_of_its_institution_is_stopped(office: Office) -> None:
    """Not that the key is locked, which unlocking would not mend."""
    clerk, approver = Person(office, "clerk"), Person(office, "approver")
    at = clerk.upload(fresh())
    clerk.post(f"{at}/submit")
    approver.post(f"{at}/approve", digest=digest_on(approver.get(at)))
    approver.post("/console/halt", institution=INSTITUTION, reason="待查")
    try:
        assert "签发已停止。恢复后会自动继续" in approver.get(at)
    finally:
        Person(office, "admin").post("/console/resume", institution=INSTITUTION)
    assert "签发已停止" not in approver.get(at)


def test_other_institutions_see_nothing(office: Office) -> None:
    clerk = Person(office, "clerk")
    at = clerk.upload(fresh())
    clerk.post(f"{at}/submit")
    stranger, approver = Person(office, "other-clerk"), Person(office, "other-approver")
    for path in ("", "/preview", "/checked.xlsx", "/certificates.zip", "/holders.zip", "/progress"):
        stranger.get(f"{at}{path}", 404)
    for path in ("cells", "columns", "defaults", "submit", "withdraw"):
        stranger.post(f"{at}/{path}", 404)
    for path in ("approve", "return", "retry"):
        approver.post(f"{at}/{path}", 404)
    assert at not in stranger.get("/console/rosters")
    number = at.rpartition("/")[2]
    stranger.upload(fresh(), status=404, replaces=number)


def test_the_bureau_sees_where_it_stands_and_nobody_s_name(office: Office) -> None:
    wanted = orders(2, first=next(_FIRST))
    at = Person(office, "clerk").upload(workbook(wanted))
    bureau = Person(office, "bureau")
    page = bureau.get(at)
    assert "示例机械评价中心（演示）" in page
    for one in wanted:
        assert str(one.claims["holder_name"]) not in page
    assert at in bureau.get("/console/rosters")
    bureau.get(f"{at}/preview", 403)


def test_only_what_is_granted_can_be_chosen(office: Office) -> None:
    clerk = Person(office, "clerk")
    page = clerk.get("/console/rosters/new")
    allowed = re.findall(r'name="type" value="(\w+)" required', page)
    assert ["technical_level", "training_completion"] == sorted(allowed)
    assert 3 == page.count("disabled")
    assert "目录中没有此项资格" in page
    page = clerk.upload(fresh(), status=409, type="skill_level")
    assert "本机构现在不能签发职业技能等级证书" in page


@pytest.mark.parametrize("name", certificate_types.names())
def test_every_type_has_a_template(office: Office, name: str) -> None:
    answer = office.browser("clerk").get(f"/console/rosters/templates/{name}.xlsx")
    assert 200 == answer.status_code
    assert 2 == len(load_workbook(BytesIO(answer.content)).worksheets)


@pytest.mark.parametrize("name", certificate_types.names())
def test_a_row_with_errors_is_not_previewed(office: Office, name: str) -> None:
    """It would print something else than what is signed in the end."""
    data = csv([["姓名", "证件号码", "发证日期"], ["样例人", "", ""]])
    at = f"/console/rosters/{Roster.enter(office, data, name='a.csv', type_name=name).id}"
    clerk = Person(office, "clerk")
    page = clerk.get(f"{at}/preview")
    assert "还没有可以印制的行" in page
    assert "<figure" not in page
    clerk.get(f"{at}/preview/2.png", 404)


def test_a_preview_shows_the_first_the_longest_and_the_chosen(office: Office) -> None:
    names = ("李示例", "阿卜杜拉·买买提江·示例", "王样本")
    rows = [order(next(_FIRST), holder_name=name) for name in names]
    clerk = Person(office, "clerk")
    at = clerk.upload(workbook(rows))
    page = clerk.get(f"{at}/preview")
    assert ["2.png", "3.png"] == re.findall(r'src="[^"]+/preview/(\d\.png)"', page)
    page = clerk.get(f"{at}/preview?row=4")
    assert ["4.png"] == re.findall(r'src="[^"]+/preview/(\d\.png)"', page)
    assert "王样本的证书样张" in page
    assert "没有这一行" in clerk.get(f"{at}/preview?row=77")


def test_what_cannot_be_printed_is_said_in_its_row_and_not_previewed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is signed: the machine has no face for rare characters."""
    body = fonts.families()[:1]
    monkeypatch.setattr(fonts, "families", lambda: body)
    rare = orders(1, first=next(_FIRST), holder_name="王\U00020001")
    clerk = Person(office, "clerk")
    at = clerk.upload(workbook(rare))
    assert "U+20001" in clerk.get(at)
    assert "<figure" not in clerk.get(f"{at}/preview")


def test_a_file_that_cannot_take_the_place_is_said_on_the_page(office: Office) -> None:
    clerk = Person(office, "clerk")
    at = clerk.upload(fresh())
    number = at.rpartition("/")[2]
    page = clerk.upload(b"nothing here", "b.csv", status=400, replaces=number)
    assert "b.csv" in page
    assert "提交复核（2 人）" in page
    clerk.upload(fresh(), status=404, replaces="x" * 40)


def test_zips_hold_what_is_printed_and_what_is_the_holder_s(office: Office) -> None:
    roster = Roster.enter(office, fresh(3)).submit().approve()
    sign_approved(office.service)
    clerk = office.browser("clerk")
    at = f"/console/rosters/{roster.id}"
    with zipfile.ZipFile(BytesIO(clerk.get(f"{at}/certificates.zip").content)) as printed:
        assert printed.testzip() is None
        names = printed.namelist()
        tokens = {
            name: SdJwt.parse(printed.read(name).decode())
            for name in names
            if name.endswith(".sd-jwt")
        }
    assert 9 == len(names)
    assert all(name.startswith("certificates/PJ2025") and ".." not in name for name in names)
    assert all(not token.disclosures for token in tokens.values())
    with zipfile.ZipFile(BytesIO(clerk.get(f"{at}/holders.zip").content)) as kept:
        assert set(tokens) == set(kept.namelist())
        for name, token in tokens.items():
            whole = SdJwt.parse(kept.read(name).decode())
            assert token == whole.without_disclosures()
            assert 1 == len(whole.disclosures)
    again = clerk.get(f"{at}/certificates.zip").content
    assert again == clerk.get(f"{at}/certificates.zip").content
