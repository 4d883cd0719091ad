"""Write dictionary v1 from the words below: `python schemas/dictionary/build.py [--check]`.

The words are the field's vocabulary on the day v1 is released. The vocabulary (schemas/vocabulary)
may grow after that; this file may not: what is new later goes into v2, and until then into a QR
code as single characters. No person's name is in here, only the characters that names use most.
"""

import argparse
import hashlib
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("v1.bin")

# One character each, three digits in a code. Others cost five (schemas/README.md §3.4).
PUNCTUATION = "·—（）〔〕、"
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "庞樊兰殷施陶洪翟安颜倪严牛温季俞章鲁葛韦申尤毕向柳邢齐莫庄苗费欧阳"
)
GIVEN_NAMES = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂辉力玲建国华志红梅鑫鹏飞晓晨宇轩浩然子涵欣怡雨桐萱诺"
    "一博思佳琪雪莹俊峰海波斌燕丹萍颖琳云洁莉倩婷慧巧美茜瑶璐薇菲锦蓉岚柔竹玉香月莺媛瑞凡嘉琼珍贞莎钧"
    "冠腾楠榕风航弘义兴良彬富和朋光天达岩中茂进有坚祥炎亮政奇翰朗宏言若厚信友裕河哲时泽清彦豪心邦"
    "承乐绍功松善生庆壮群荣仁行顺昌启贤学新东胜全才发士世广成诚先敬震振元维春秋冬旭昊昱晖晗晟景智曼"
    "书本权村柏森正毅民永泉治法润深源灿炜烨焕煜爱玮玥珂琛琦瑜瑾璇皓睿祖科立素继羽翔耀聪育艺芝芸"
    "莲菁萌蕾虹诗语辰远逸道郁采铁铭锋锐镇长阔雄青骏鸿麒麟宁娅妍姗婧宝家小少川双"
)
TRANSLITERATION = "阿卜杜拉买提尔热合曼艾木依布都吾斯古努如亚孜米尼沙迪克巴哈扎西多吉卓玛次旺央格桑措加德其那图雅特乌日"
FIELD = (
    "与及的第年期号字证届次组名二三四五六七八九十上下大初级数化制造业工程技术人员系统平台用开设计分析处理产品"
    "装备线自音机觉片集电路封测工具服务联网物边缘区块链虚拟现实内容安密码保护合规律通软硬件部署架构算模型训练"
    "习度仿真检验识别图像知融私跨协议研究所院校教培专题修班课职创公司股份北京市海淀省际委赛选决总场站考评价定"
    "认代视频低前端版调器碳能源医疗交农商城乡府企事单位基地心管控监维运应解标准等"
)

# Several characters for the price of one.
WORDS = (  # a space between
    # levels and the marks for 'no direction'
    "初级 中级 高级 学徒工 五级/初级工 四级/中级工 三级/高级工 二级/技师 一级/高级技师 特级技师 首席技师 -- "
    # occupations and their directions
    "人工智能工程技术人员 物联网工程技术人员 大数据工程技术人员 云计算工程技术人员 数字化管理师 智能制造工程技术人员 "
    "工业互联网工程技术人员 虚拟现实工程技术人员 区块链工程技术人员 集成电路工程技术人员 数据安全工程技术人员 "
    "人工智能芯片产品实现 人工智能平台产品实现 自然语言及语音处理产品实现 计算机视觉产品实现 人工智能应用产品集成实现 "
    "大数据处理 大数据分析 大数据管理 智能装备与产线开发 智能装备与产线应用 智能生产管控 装备与产线智能运维 "
    "虚拟现实应用开发 虚拟现实内容设计 集成电路设计 集成电路工艺实现 集成电路封测 设计类EDA工具开发与服务 生产制造类EDA工具开发与服务 "
    # choices of the types
    "港澳居民居住证 台湾居民居住证 外国人永久居留身份证 护照 港澳居民来往内地通行证 台湾居民来往大陆通行证 "
    "普通班 订单班 冠名班 订制班 定向班 线上 线下 线上线下结合 在岗 拟从事 高校毕业学年学生 技工院校毕业学年学生 "
    "培训班 高级研修 专业课 公共知识 考核 竞赛获奖 直接认定 破格晋升 一等奖 二等奖 三等奖 优秀奖 职工组 学生组 "
    # institutions' ids and certificate numbers
    "bj- demo- demo-pingjia demo-kaifang demo-jidi demo-qiye BJ JX PX PJ JS "
    # what names of classes, directions, competitions and companies are made of
    "工程技术人员 专业技术人员 人工智能 大数据 物联网 云计算 智能制造 工业互联网 虚拟现实 区块链 集成电路 数据安全 网络安全 "
    "互联网 机器人 数字经济 数字技术 数字化转型 数字化 数据 信息 网络 系统 平台 软件 算法 模型 智能 安全 技术 应用 开发 设计 管理 "
    "运维 分析 服务 工程 产品 制造 生产 建设 创新 企业 能力提升 继续教育 知识更新工程 高级研修班 专题培训班 培训 "
    "职业技能 职业技能竞赛 职业技能大赛 技能大赛 大赛 赛项 选拔赛 决赛 全国 北京市 北京 中国 科技 有限公司 股份有限公司 "
    # skill occupations of the field
    "人工智能训练师 计算机程序设计员 信息通信网络运行管理员 网络与信息安全管理员 工业机器人系统操作员"
)

_HEAD = '\x02{type}/1\x03,"certificate_number":"\x04","holder_name":"\x04",'
_RESIDENT = '"id_type":"居民身份证","id_number_tail":"\x04",'
_OTHER_ID = '"id_type":"\x04","id_number_tail":"\x04",'
_OCCUPATION = '"issue_date":"\x05","occupation":"\x04","direction":"\x04","level":"\x04"'
_COURSE = ',"start_date":"\x05","end_date":"\x05","hours":"\x04"'
_REPLACES = ',"replaces":"\x04"'
_DEMO = ',"demo":true'
_HIDDEN = ',"_sd":["\x06"]}'
_SHOWN = ',"_sd":["\x08"]}'
_DISCLOSURE = '["\x07","id_number","\x04"]\x09'

# type → the claims that stand after the holder's, and the optional ones that may follow, in the
# order of the type's metadata
_TYPES = {
    "competition_award": (
        '"issue_date":"\x05","competition_name":"\x04","rank":"\x04","year":\x04',
        [',"category":"\x04"', ',"occupation":"\x04"', ',"category":"\x04","occupation":"\x04"'],
    ),
    "ce_training": (
        '"issue_date":"\x05","class_name":"\x04"' + _COURSE,
        [
            ',"hour_category":"\x04"',
            ',"hour_category":"\x04","mode":"\x04"',
            ',"program_kind":"\x04","hour_category":"\x04","mode":"\x04"',
        ],
    ),
    "training_completion": (
        _OCCUPATION + _COURSE,
        [
            ',"mode":"\x04"',
            ',"class_kind":"\x04","mode":"\x04","trainee_category":"\x04"',
            ',"class_kind":"\x04","sponsor":"\x04","mode":"\x04","trainee_category":"\x04"',
        ],
    ),
    "skill_level": (
        _OCCUPATION,
        [
            ',"award_basis":{"kind":"\x04"}',
            ',"award_basis":{"kind":"\x04","competition":"\x04","rank":"\x04","year":\x04}',
        ],
    ),
    "technical_level": (
        _OCCUPATION,
        [
            ',"exam_site":"\x04","exam_date":"\x05"',
            ',"training_ref":{"issuer":"\x04","certificate_number":"\x04"}',
            ',"training_ref":{"issuer":"\x04","certificate_number":"\x04"},"exam_site":"\x04","exam_date":"\x05"',
        ],
    ),
}


def skeletons() -> list[str]:
    """What certificates look like with all that varies taken out (schemas/README.md §3.3)."""
    listed = [
        ',"replaces":"\x04","photo_digest":"\x06","e_license_id":"\x04","demo":true,"_sd":["\x06","\x06"]}'
    ]
    for name, (claims, optional) in _TYPES.items():
        head = _HEAD.format(type=name)
        resident = head + _RESIDENT + claims
        listed += [head + claims + "}", resident + _DEMO + "}", resident + "}"]
        listed += [resident + more + _HIDDEN for more in [*optional, _REPLACES]]
        listed += [_DISCLOSURE + resident + demo + _SHOWN for demo in (_DEMO, "")]
        listed += [head + _OTHER_ID + claims + demo + _HIDDEN for demo in (_DEMO, "")]
        listed += [resident + demo + _HIDDEN for demo in (_DEMO, "")]
    technical = _HEAD.format(type="technical_level") + _OTHER_ID + _OCCUPATION
    return [*listed, technical + _DEMO + "}", technical + "}"]


def build() -> bytes:
    """The bytes of v1.bin."""
    characters = dict.fromkeys(PUNCTUATION + SURNAMES + GIVEN_NAMES + TRANSLITERATION + FIELD)
    words = dict.fromkeys(word for word in WORDS.split())
    return "\n".join(["".join(characters), ",".join(words), "\0".join(skeletons())]).encode()


def main() -> int:
    """Write v1.bin, or with --check say whether it is what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    data = build()
    if not parser.parse_args().check:
        TARGET.write_bytes(data)
    elif TARGET.read_bytes() != data:
        print(f"{TARGET} differs from what its generator writes", file=sys.stderr)
        return 1
    print(f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
