"""What `zhengyin registry` says on a terminal, in both languages."""

import argparse
from collections.abc import Mapping

from keys.authority_folder import AuthorityFolder
from keys.changes import Changed, compare, reinstatements
from keys.registry_table import changes_table
from schemas.codes import Language
from schemas.registry import Registry

WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh-CN": {
        "root": "根文件第 {version} 版（{env}），到 {until}",
        "fingerprint": "指纹：{fingerprint}",
        "role": "{role}：{count} 个公钥中须有 {threshold} 个签名：{kids}",
        "registry": "机构目录第 {version} 版（{edition}），SHA-256 {sha256}",
        "signed": "{document}第 {version} 版：有效签名 {valid}，需要 {threshold}（第 {role_of} 版根的公钥）",
        "next_sign": "下一步：由各保管人签名：zhengyin registry sign {path} --document root --signer file:…",
        "next_publish": "下一步：zhengyin registry publish {path} --signer file:…",
        "changed": "草稿已保存；已收集的目录签名（如有）作废",
        "exported": "已导出到 {path}；在那里运行 zhengyin registry sign {path} --document {document} --signer file:…",
        "waiting": "仍在等待签名，这次没有发布：",
        "published": "已发布：快照第 {snapshot} 版，机构目录第 {registry} 版，根第 {root} 版，清单 {lists} 份",
        "bundle": "已写入 {path}（{size} 字节）",
        "edition": "{authority} · {edition} · {env}",
    },
    "en": {
        "root": "root {version} ({env}), until {until}",
        "fingerprint": "fingerprint: {fingerprint}",
        "role": "{role}: {threshold} of {count} sign: {kids}",
        "registry": "registry {version} ({edition}), SHA-256 {sha256}",
        "signed": "{document} {version}: good signatures {valid}, needed {threshold} (keys of root {role_of})",
        "next_sign": "next: each custodian signs: zhengyin registry sign {path} --document root --signer file:…",
        "next_publish": "next: zhengyin registry publish {path} --signer file:…",
        "changed": "draft saved; signatures collected for the registry, if any, are void",
        "exported": "exported to {path}; there run zhengyin registry sign {path} --document {document} --signer file:…",
        "waiting": "still waiting for signatures, not published this time:",
        "published": "published: snapshot {snapshot}, registry {registry}, root {root}, lists {lists}",
        "bundle": "wrote {path} ({size} bytes)",
        "edition": "{authority} · {edition} · {env}",
    },
}


_TERMS: Mapping[str, Mapping[Language, str]] = {
    "prod": {"zh-CN": "正式环境", "en": "production"},
    "demo": {"zh-CN": "演示环境", "en": "demonstration"},
    "root": {"zh-CN": "根文件", "en": "root"},
    "registry": {"zh-CN": "机构目录", "en": "registry"},
    "snapshot": {"zh-CN": "快照", "en": "snapshot"},
}


def word(args: argparse.Namespace, term: str) -> str:
    """An environment or a role in the language of the command."""
    language: Language = args.language
    return _TERMS[term][language]


def say(args: argparse.Namespace, sentence: str, **blanks: object) -> None:
    """Print one sentence in the language of the command."""
    language: Language = args.language
    print(WORDS[language][sentence].format(**blanks))


def print_changes(args: argparse.Namespace, folder: AuthorityFolder, after: Changed) -> None:
    """Print what `after` changes in the published registry."""
    before = published_registry(folder)
    changes = compare(before.institutions if before else (), after.institutions)
    changes += reinstatements(before.reinstated if before else (), after)
    print(changes_table(changes, args.language))


def published_registry(folder: AuthorityFolder) -> Registry | None:
    """The published registry, None before the first publication."""
    data = folder.published_registry()
    return None if data is None else Registry.read(data)


def grouped(fingerprint: str) -> str:
    """A fingerprint (hex) for people: 16 groups of 4 digits."""
    return bytes.fromhex(fingerprint).hex(" ", 2)
