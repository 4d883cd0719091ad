"""The work of `zhengyin verify-page export`: the clock and the words around `page_export.export`."""

import argparse
import time
from collections.abc import Mapping

from keys import files
from schemas.codes import Language
from verifier.page_export import export as write_export
from verifier.page_export import single_file
from verifier.page_files import SINGLE, built_page
from verifier.page_trust import page_trust

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "trusts": "本页信任：{authority}，{edition}，快照第 {version} 版（{day}）",
        "fingerprint": "根指纹：{fingerprint}",
        "compare": "发布之前，请与主管部门另行公布的指纹核对",
        "demo": "这是演示环境，不作凭证：页面上每个结论都会这样标明",
        "written": "{path}：{count} 个文件，{megabytes:.1f} MB",
        "host": "把整个文件夹放到 https 网站上（响应头见 {path}/_headers 和 nginx.conf.example）；机构公布更新后，再导出一次",
        "single": "不用网站：{file} 是独立的一个文件，用浏览器打开即可核验",
    },
    "en": {
        "trusts": "this page trusts: {authority}, {edition}, snapshot {version} ({day})",
        "fingerprint": "fingerprint of its root: {fingerprint}",
        "compare": "before you publish it, compare that with the fingerprint that the authority publishes elsewhere",
        "demo": "this is a demonstration and no evidence: every verdict on the page says so",
        "written": "{path}: {count} files, {megabytes:.1f} MB",
        "host": "put the whole folder on an https host (its headers: {path}/_headers, nginx.conf.example), and export again after each publication",
        "single": "without a host: {file} is complete in itself; open it in a browser",
    },
}


def export(args: argparse.Namespace) -> int:
    """Write the folder, and say whom the page trusts."""
    language: Language = args.language
    words = _WORDS[language]
    page = built_page()
    trust = page_trust(args.trust, root=args.pin, now=int(time.time()))
    written = write_export(args.folder, page, trust)
    if args.single is not None:
        files.write_file(args.single, single_file(page, trust))
    registry, snapshot = trust.state.registry, trust.state.snapshot
    print(
        words["trusts"].format(
            authority=registry.authority.zh if language == "zh-CN" else registry.authority.en,
            edition=registry.edition,
            version=snapshot.version,
            day=time.strftime("%Y-%m-%d", time.gmtime(snapshot.iat)),
        )
    )
    print(words["fingerprint"].format(fingerprint=bytes.fromhex(trust.fingerprint).hex(" ", 2)))
    print(words["demo" if trust.state.demo else "compare"])
    megabytes = sum(map(len, written.values())) / 1e6
    print(words["written"].format(path=args.folder, count=len(written), megabytes=megabytes))
    print(words["host"].format(path=args.folder))
    print(words["single"].format(file=args.single or args.folder / SINGLE))
    return 0
