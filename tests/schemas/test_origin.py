"""The addresses of a deployment: written one way, and nothing else is taken for one."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import origin
from schemas.errors import MalformedError

ORIGINS = [
    "zs.example.cn",
    "zheng.example.org:8443",
    "localhost",
    "localhost:8000",
    "127.0.0.1:8000",
    "a",
    "a-b.c--d.example",
    "xn--fiq228c.example",
    "a" * 63,
    "a" * 63 + ":65535",
    "zs.example.cn:1",
]

NOT_ORIGINS = {
    "empty": "",
    "with a scheme": "https://zs.example.cn",
    "with a path": "zs.example.cn/i",
    "with a slash": "zs.example.cn/",
    "with a query": "zs.example.cn?a",
    "with a fragment": "zs.example.cn#",
    "with a user": "user@zs.example.cn",
    "capital letters": "ZS.example.cn",
    "Chinese": "证书.example",
    "a letter that folds to ASCII": "\u212a.example",
    "full-width dot": "zs。example",
    "an underscore": "zs_1.example.cn",
    "a space": "zs .example.cn",
    "a newline at the end": "zs.example.cn\n",
    "NUL": "zs.example.cn\0",
    "a dot in front": ".example.cn",
    "a dot at the end": "example.cn.",
    "two dots": "zs..example.cn",
    "a hyphen in front": "-zs.example.cn",
    "a hyphen at the end of a label": "zs-.example.cn",
    "64 characters": "a" * 64,
    "64 characters and a port": "a" * 64 + ":1",
    "a port of nothing": "zs.example.cn:",
    "port 0": "zs.example.cn:0",
    "a port with a leading zero": "zs.example.cn:080",
    "port 65536": "zs.example.cn:65536",
    "port 70000": "zs.example.cn:70000",
    "port 99999": "zs.example.cn:99999",
    "a port of six digits": "zs.example.cn:123456",
    "a port of another script": "zs.example.cn:٨٠",
    "two ports": "zs.example.cn:1:2",
    "only a port": ":80",
    "IPv6": "[::1]:80",
    "a percent": "zs%2eexample.cn",
    "a backslash": "zs.example.cn\\@evil.example",
}


@pytest.mark.parametrize("text", ORIGINS)
def test_origins(text: str) -> None:
    assert origin.is_origin(text)


@pytest.mark.parametrize("text", NOT_ORIGINS.values(), ids=NOT_ORIGINS)
def test_not_origins(text: str) -> None:
    assert not origin.is_origin(text)
    with pytest.raises(MalformedError):
        origin.split_issuer(f"https://{text}/i/demo-pingjia")


def test_addresses() -> None:
    here = "zs.example.cn"
    assert "https://zs.example.cn/" == origin.base_uri(here)
    assert "https://zs.example.cn/i/bj-0001" == origin.issuer_uri(here, "bj-0001")
    assert "https://zs.example.cn/vct/ce_training/1" == origin.type_uri(here, "ce_training")
    assert "https://zs.example.cn/t/status/bj-0001/2024" == origin.status_uri(
        here, "bj-0001", "2024"
    )


HOSTS = st.sampled_from(ORIGINS)
INSTITUTIONS = st.from_regex(origin.INSTITUTION_ID, fullmatch=True)
TYPES = st.from_regex(origin.TYPE_NAME, fullmatch=True)
LISTS = st.from_regex(origin.LIST_ID, fullmatch=True)


@given(HOSTS, INSTITUTIONS, TYPES, LISTS, st.integers(1, 9999))
def test_what_is_written_splits_again(
    host: str, institution: str, type_name: str, list_id: str, version: int
) -> None:
    assert (host, institution) == origin.split_issuer(origin.issuer_uri(host, institution))
    assert (host, type_name, version) == origin.split_type(
        origin.type_uri(host, type_name, version)
    )
    assert (host, institution, list_id) == origin.split_status(
        origin.status_uri(host, institution, list_id)
    )


Split = Callable[[str], tuple[object, ...]]
ISSUER, TYPE, STATUS = origin.split_issuer, origin.split_type, origin.split_status

REFUSED: dict[str, tuple[Split, str]] = {
    "iss: http": (ISSUER, "http://zs.example.cn/i/bj-0001"),
    "iss: capital scheme": (ISSUER, "HTTPS://zs.example.cn/i/bj-0001"),
    "iss: no host": (ISSUER, "https:///i/bj-0001"),
    "iss: a slash at the end": (ISSUER, "https://zs.example.cn/i/bj-0001/"),
    "iss: a query": (ISSUER, "https://zs.example.cn/i/bj-0001?x"),
    "iss: a fragment": (ISSUER, "https://zs.example.cn/i/bj-0001#x"),
    "iss: a newline at the end": (ISSUER, "https://zs.example.cn/i/bj-0001\n"),
    "iss: another path": (ISSUER, "https://zs.example.cn/issuer/bj-0001"),
    "iss: a path before": (ISSUER, "https://zs.example.cn/x/i/bj-0001"),
    "iss: dots": (ISSUER, "https://zs.example.cn/i/.."),
    "iss: capital id": (ISSUER, "https://zs.example.cn/i/BJ-0001"),
    "iss: id of one letter": (ISSUER, "https://zs.example.cn/i/b"),
    "iss: id starts with a digit": (ISSUER, "https://zs.example.cn/i/1bj"),
    "iss: id of 33 letters": (ISSUER, "https://zs.example.cn/i/" + "b" * 33),
    "iss: id with an escape": (ISSUER, "https://zs.example.cn/i/bj%2d0001"),
    "iss: no id": (ISSUER, "https://zs.example.cn/i/"),
    "iss: a vct": (ISSUER, "https://zs.example.cn/vct/ce_training/1"),
    "iss: a data URI": (ISSUER, "data:,/i/bj-0001"),
    "iss: file": (ISSUER, "file:///i/bj-0001"),
    "iss: the link-local host by a user part": (ISSUER, "https://a@169.254.169.254/i/bj-0001"),
    "vct: no version": (TYPE, "https://zs.example.cn/vct/ce_training"),
    "vct: version 0": (TYPE, "https://zs.example.cn/vct/ce_training/0"),
    "vct: version 01": (TYPE, "https://zs.example.cn/vct/ce_training/01"),
    "vct: version 10000": (TYPE, "https://zs.example.cn/vct/ce_training/10000"),
    "vct: version of another script": (TYPE, "https://zs.example.cn/vct/ce_training/١"),
    "vct: capital letters": (TYPE, "https://zs.example.cn/vct/CE_training/1"),
    "vct: a hyphen": (TYPE, "https://zs.example.cn/vct/ce-training/1"),
    "vct: an issuer": (TYPE, "https://zs.example.cn/i/bj-0001"),
    "status: no list": (STATUS, "https://zs.example.cn/t/status/bj-0001"),
    "status: a year of three digits": (STATUS, "https://zs.example.cn/t/status/bj-0001/999"),
    "status: a year of five digits": (STATUS, "https://zs.example.cn/t/status/bj-0001/20240"),
    "status: a part of four digits": (STATUS, "https://zs.example.cn/t/status/bj-0001/2024-1000"),
    "status: a newline at the end": (STATUS, "https://zs.example.cn/t/status/bj-0001/2024\n"),
    "status: dots": (STATUS, "https://zs.example.cn/t/status/../2024"),
    "status: a local address": (STATUS, "http://127.0.0.1/t/status/bj-0001/2024"),
}


@pytest.mark.parametrize(("split", "uri"), REFUSED.values(), ids=REFUSED)
def test_refused(split: Split, uri: str) -> None:
    with pytest.raises(MalformedError):
        split(uri)


@given(st.text(st.sampled_from("https:/.ivct019a-_?#@\n"), max_size=60))
def test_any_text_is_split_or_malformed(text: str) -> None:
    for split in (ISSUER, TYPE, STATUS):
        try:
            split(text)
        except MalformedError:
            continue
        assert text.startswith("https://")
