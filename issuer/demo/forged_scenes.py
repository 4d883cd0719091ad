"""The stories of certificates that nobody was entitled to make."""

from collections.abc import Iterator

from issuer.demo import forgeries
from issuer.demo.forgeries import LOOK_ALIKE, Forger
from issuer.demo.institutions import (
    ARTIFICIAL_INTELLIGENCE,
    BIG_DATA,
    BLOCKCHAIN,
    JIDI,
    PINGJIA,
    XUEYUAN,
)
from issuer.demo.people import ABDULLA, CHEN, OUYANG, WU, ZHANG, ZHAO
from issuer.demo.stage import STORIES, Stage
from issuer.demo.stories import TRUST, Story, Words, story
from issuer.demo.times import STOLEN, SUSPENDED
from issuer.demo.world import EXAM, STOLEN_KEY

LOOK_ALIKE_SITE = "10-look-alike-site"


def forged(stage: Stage) -> Iterator[Story]:
    """Altered, signed with a key of one's own, signed with a stolen one, served by a look-alike."""
    forger = Forger(times=stage.world.times, state=stage.world.state)
    stolen, own = stage.world.signers[STOLEN_KEY], stage.stranger
    real = stage.world.issued(EXAM).token
    yield story(
        "02-altered-level",
        "等级被改：初级 → 高级",
        "level altered: 初级 → 高级",
        stage.show("02-altered-level", forgeries.altered(real, "初级", "高级")),
        "bad_signature",
    )
    yield story(
        "04-unknown-key",
        "签名公钥不在目录",
        "signed with a key that nobody listed",
        stage.show("04-unknown-key", forger.level(own, ZHANG)),
        "issuer_unknown",
    )
    yield story(
        "07-stolen-key-new-date",
        "盗用私钥，日期写在近日",
        "stolen key, dated the other day",
        stage.show("07-stolen-key-new-date", forger.training(stolen, XUEYUAN, WU, ago=2)),
        "key_compromised",
    )
    # The slots of that time are other certificates'.
    back_dated = forger.training(stolen, XUEYUAN, WU, ago=STOLEN + 3, idx=0)
    yield story(
        "07-stolen-key-old-date",
        "盗用私钥，日期写在失窃之前",
        "stolen key, dated before the theft",
        stage.show("07-stolen-key-old-date", back_dated),
        "not_in_issued_list",
    )
    look_alike = forger.level(own, ZHANG, origin=LOOK_ALIKE, idx=0)
    site = stage.world.directory / STORIES / LOOK_ALIKE_SITE / TRUST
    forgeries.look_alike_site(site, own, look_alike, stage.world.times)
    refused: Words = {
        "zh-CN": f"该网站自带的目录 {STORIES}/{LOOK_ALIKE_SITE}/trust 自称正式环境，无人信任其根，会被拒绝",
        "en": f"the site's own registry, {STORIES}/{LOOK_ALIKE_SITE}/trust, claims to be a real one; "
        "nobody pinned its root, so it is refused",
    }
    yield story(
        LOOK_ALIKE_SITE,
        f"相似网址 {LOOK_ALIKE}",
        f"look-alike site {LOOK_ALIKE}",
        stage.show(LOOK_ALIKE_SITE, look_alike, LOOK_ALIKE),
        "issuer_unknown",
        note=refused,
    )


def out_of_scope(stage: Stage) -> Iterator[Story]:
    """Signed with an institution's own key, past its desk, beyond its grants."""
    forger = Forger(times=stage.world.times, state=stage.world.state)
    signers = stage.world.signers
    centre, school, base = signers[PINGJIA], signers[XUEYUAN], signers[JIDI]
    late = forger.training(
        school, XUEYUAN, ABDULLA, ago=SUSPENDED - 10, occupation=BLOCKCHAIN, direction="—"
    )
    attempts = (
        (
            "03-out-of-scope",
            "评价大数据：该机构只可培训",
            "evaluates where it may only train",
            forger.level(centre, OUYANG, occupation=BIG_DATA, direction="大数据处理"),
        ),
        (
            "06-issued-after-suspension",
            "资格暂停之后仍然签发",
            "issued after the grant was suspended",
            late,
        ),
        (
            "18-scope-artificial-intelligence",
            "资格范围：人工智能，尚无机构有资格",
            "scope: artificial intelligence (nobody)",
            forger.level(centre, CHEN, occupation=ARTIFICIAL_INTELLIGENCE, direction="—"),
        ),
        (
            "18-scope-base",
            "资格范围：基地签发培训合格证书",
            "scope: a base signs for a training class",
            forger.training(base, JIDI, ZHAO),
        ),
    )
    for name, zh, en, token in attempts:
        yield story(name, zh, en, stage.show(name, token), "out_of_scope")
