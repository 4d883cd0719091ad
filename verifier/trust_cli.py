"""`zhengyin pin` and `zhengyin refresh`: whom to trust, and what they publish, on this machine.

Nothing is ever pinned silently: a person, or whoever wrote `--fingerprint` into a script, has the
fingerprint from somewhere else than the file.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.codes import Language
from schemas.errors import TrustError

if TYPE_CHECKING:
    from keys.trust import TrustState

    # argparse has no public name for what add_subparsers gives.
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "root": "根文件第 {version} 版，正式环境，到 {until} 有效",
        "keys": "签名公钥（{threshold}/{count}）：{kids}",
        "fingerprint": "指纹：{fingerprint}",
        "ask": "请输入主管部门公布的指纹（64 位十六进制，可含空格）：",
        "pinned": "已信任，保存在 {path}；下一步：zhengyin refresh https://…",
        "refreshed": "已更新：{authority}，{edition}，快照第 {version} 版（{day}），清单 {lists} 份",
        "demo": "这是演示环境，不作凭证",
        "file": "文件",
    },
    "en": {
        "root": "root {version}, production, good until {until}",
        "keys": "signing keys ({threshold} of {count}): {kids}",
        "fingerprint": "fingerprint: {fingerprint}",
        "ask": "type the fingerprint that the authority publishes (64 hexadecimal digits): ",
        "pinned": "pinned in {path}; next: zhengyin refresh https://…",
        "refreshed": "refreshed: {authority}, {edition}, snapshot {version} ({day}), lists {lists}",
        "demo": "this is a demonstration and no evidence",
        "file": "file",
    },
}


def register(subparsers: "Subparsers") -> None:
    """Add `pin` and `refresh`; what to call is `args.run`."""
    pin = subparsers.add_parser("pin", help="trust an authority, after comparing its fingerprint")
    pin.add_argument("root", type=Path, metavar="ROOT.json")
    pin.add_argument(
        "--fingerprint", metavar="HEX", help="the expected fingerprint, instead of being asked"
    )
    pin.add_argument(
        "--replace",
        action="store_true",
        help="forget the authority that is pinned now, and all that it published",
    )
    pin.set_defaults(run=_pin)

    refresh = subparsers.add_parser("refresh", help="fetch and check the published trust files")
    refresh.add_argument(
        "source",
        nargs="?",
        metavar="URL|DIR|bundle.zip",
        help="default: the address that the registry names",
    )
    refresh.set_defaults(run=_refresh)


def _pin(args: argparse.Namespace) -> int:
    from keys import files  # noqa: PLC0415 (this and the next: 0.1 s of cryptography)
    from keys.store import TrustStore  # noqa: PLC0415
    from keys.trust import read_root, root_fingerprint  # noqa: PLC0415
    from schemas.limits import MAX_ROOT  # noqa: PLC0415

    words = _WORDS[args.language]
    document = files.read_file(args.root, MAX_ROOT)
    if document is None:
        raise TrustError("root_missing", path=args.root)
    root, fingerprint = read_root(document), root_fingerprint(document)
    if root.env == "demo":
        raise TrustError("demo_root_pinned")
    held = root.roles.root
    kids = ", ".join(key.kid for key in held.keys)
    print(words["root"].format(version=root.version, until=_day(root.exp)))
    print(words["keys"].format(threshold=held.threshold, count=len(held.keys), kids=kids))
    print(words["fingerprint"].format(fingerprint=bytes.fromhex(fingerprint).hex(" ", 2)))
    given = _ask(words["ask"]) if args.fingerprint is None else args.fingerprint
    if "".join(given.replace(":", "").split()).lower() != fingerprint:
        raise TrustError("fingerprint_mismatch")
    store = TrustStore()
    store.pin(document, now=int(time.time()), replace=args.replace)
    print(words["pinned"].format(path=store.directory))
    return 0


def _refresh(args: argparse.Namespace) -> int:
    from keys.store import TrustStore  # noqa: PLC0415
    from verifier.progress import Progress  # noqa: PLC0415
    from verifier.refresh import fetch  # noqa: PLC0415

    words = _WORDS[args.language]
    store = TrustStore()
    known = store.documents()
    source = args.source or _own_address(store.state())
    with Progress(label=words["file"]) as line:
        documents = fetch(source, known=known, progress=lambda _name, done, _of: line.update(done))
    state = store.replace(documents, now=int(time.time()))
    authority = state.registry.authority
    print(
        words["refreshed"].format(
            authority=authority.zh if args.language == "zh-CN" else authority.en,
            edition=state.registry.edition,
            version=state.snapshot.version,
            day=_day(state.snapshot.iat),
            lists=len(state.lists),
        )
    )
    if state.demo:
        print(words["demo"])
    return 0


def _own_address(state: "TrustState | None") -> str:
    """Where the registry at hand says that it is published."""
    if state is None:
        raise TrustError("refresh_source_missing")
    return f"https://{state.registry.origins[0]}/t/"


def _ask(question: str) -> str:
    if not sys.stdin.isatty():
        raise TrustError("fingerprint_needed")
    try:
        return input(question)
    except EOFError:
        raise TrustError("fingerprint_needed") from None


def _day(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))
