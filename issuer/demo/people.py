"""The twelve holders, each for a feature of Chinese names and ID numbers. None of them exists.

Address code 119999 is no county and nobody was issued a permit in 1899; the checksums are right.
"""

from dataclasses import dataclass

from issuer.roster.id_numbers import (
    HONG_KONG_MACAO_RESIDENCE,
    PERMANENT_RESIDENCE,
    RESIDENT,
    TAIWAN_RESIDENCE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person as a certificate names them."""

    name: str
    id_type: str = RESIDENT
    id_number: str


ZHANG = Holder(name="张测试", id_number="119999199001010012")
LI = Holder(name="李示例", id_number="119999199512310025")
OUYANG = Holder(name="欧阳样例", id_number="119999198802290152")  # born on a leap day
ABDULLA = Holder(name="阿卜杜拉·示例", id_number="119999199206151134")
WANG = Holder(name="王䶮", id_number="119999199910090363")  # U+4DAE: GBK has no such character
CHEN = Holder(name="陈𫖯", id_number="119999198505202048")  # U+2B5AF: a surrogate pair in UTF-16
MAIMAITI = Holder(name="买买提江·阿不都热合曼·测试", id_number="11999920010704331X")
ZHAO = Holder(name="赵样本", id_type=HONG_KONG_MACAO_RESIDENCE, id_number="810000189903100014")
LIN = Holder(name="林示范", id_type=TAIWAN_RESIDENCE, id_number="830000189908080028")
SAMPLE = Holder(name="TEST SAMPLE", id_type=PERMANENT_RESIDENCE, id_number="911999189911110015")
ZHOU = Holder(name="周演练", id_number="119999199711230079")  # revoked
WU = Holder(name="吴试用", id_number="119999199012120188")  # two kinds of level

HOLDERS = (ZHANG, LI, OUYANG, ABDULLA, WANG, CHEN, MAIMAITI, ZHAO, LIN, SAMPLE, ZHOU, WU)
