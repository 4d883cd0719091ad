"""The stories of what was really issued, and of codes that are none of ours."""

from collections.abc import Iterator
from datetime import timedelta

from issuer.demo import forgeries
from issuer.demo.institutions import ORIGIN
from issuer.demo.stage import Stage
from issuer.demo.stories import Story, Words, story
from issuer.demo.world import EXAM, World, revoked
from issuer.roster.rules import check_training
from schemas import codes

FOREIGN_HOST = "jobs.example.org"
LAPSED, EXPIRED = timedelta(days=20), timedelta(days=400)


def genuine(stage: Stage) -> Iterator[Story]:
    """Certificates that went through an institution's desk, whatever became of them."""
    world = stage.world
    first = stage.handed_out(world.issued(EXAM))
    trained = stage.handed_out(world.issued("training"))
    yield story("01-valid", "真实的证书", "a genuine certificate", first)
    yield story(
        "05-revoked",
        "已撤销的证书",
        "a revoked certificate",
        stage.kept_back("05-revoked", revoked(world)),
        "revoked",
    )
    yield story(
        "06-grant-suspended-later",
        "签发之后，机构资格被暂停",
        "the grant was suspended after issue",
        stage.kept_back("06-grant-suspended-later", world.issued("blockchain")),
        warnings=("grant_ended",),
    )
    yield story(
        "07-key-stolen-later",
        "签发之后，私钥失窃",
        "the key was stolen after issue",
        stage.kept_back("07-key-stolen-later", world.issued("other-key")),
        warnings=("key_later_compromised_but_logged_before",),
    )
    yield story(
        "08-registry-20-days-old",
        "目录 20 天未更新",
        "the registry is 20 days old",
        first,
        warnings=("registry_stale",),
        at=world.times.now + LAPSED,
    )
    yield story(
        "08-registry-400-days-old",
        "目录 400 天未更新",
        "the registry is 400 days old",
        first,
        "registry_expired",
        at=world.times.now + EXPIRED,
    )
    yield story(
        "09-wrong-level-at-exam-desk",
        "考务窗口：培训等级与报考等级不符",
        "exam desk: trained for another level",
        trained,
        note=_exam_desk(world),
    )
    yield story(
        "11-same-number-one",
        "两家机构用了同一编号：其一",
        "one number at two institutions: the one",
        trained,
    )
    yield story(
        "11-same-number-other",
        "两家机构用了同一编号：其二",
        "one number at two institutions: the other",
        stage.kept_back("11-same-number-other", world.issued("big-data")),
    )
    yield story(
        "12-competition-award",
        "竞赛获奖证明",
        "a competition award",
        stage.handed_out(world.issued("award")),
    )
    yield story(
        "13-replaced",
        "姓名写错，已换发：旧证书",
        "a misspelt name: the old certificate",
        stage.kept_back("13-replaced", world.issued("base")),
        "replaced",
    )
    yield story(
        "13-replacement",
        "姓名写错，已换发：新证书",
        "a misspelt name: the new certificate",
        stage.handed_out(world.issued("correction")),
    )
    yield story(
        "14-suspended",
        "暂停的证书",
        "a suspended certificate",
        stage.kept_back("14-suspended", world.issued("skill", 1)),
        "suspended",
    )
    yield story(
        "18-scope-evaluation",
        "资格范围：评价智能制造",
        "scope: evaluates manufacturing",
        first,
    )
    yield story(
        "18-scope-training",
        "资格范围：同一机构培训大数据",
        "scope: the same body trains for data",
        stage.kept_back("18-scope-training", world.issued("big-data")),
    )


def other_codes(stage: Stage) -> Iterator[Story]:
    """Codes of other systems, of later versions, and of ours on somebody else's site."""
    real = stage.world.issued(EXAM)
    yield story(
        "15-foreign-code",
        "其他系统的二维码：健康证明",
        "a health certificate's code",
        stage.show_foreign("15-foreign-code", forgeries.health_certificate()),
        "foreign_code",
    )
    yield story(
        "16-unsupported-version",
        "本机还不认识的新版编码",
        "a later version of the format",
        stage.show_digits("16-unsupported-version", forgeries.later_version(real.token)),
        "unsupported_version",
    )
    yield story(
        "17-foreign-host",
        "真实的证书，网址是别人的",
        "genuine, on another site's address",
        stage.show_digits(
            "17-foreign-host", real.digits(ORIGIN), host=FOREIGN_HOST, token=real.token
        ),
        warnings=("foreign_host",),
    )


def _exam_desk(world: World) -> Words:
    """What the exam desk finds when a training certificate is shown for a higher level."""
    trained = world.issued("training").token
    claims = trained.reveal(trained.claims())
    found = check_training({**claims, "level": "中级"}, claims)
    heads: Words = {
        "zh-CN": "证书为真，但报考中级：",
        "en": "genuine, but for an exam of level 中级: ",
    }
    return {
        language: heads[language] + "; ".join(one.message(language) for one in found)
        for language in codes.LANGUAGES
    }
