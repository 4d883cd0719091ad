"""Dictionary v1 is one file for ever, and the words that it was made from are in it."""

import hashlib
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from schemas import certificate_types, dictionary, digit_text, strict_json
from schemas.dictionary import NONE, V1, Dictionary
from schemas.skeleton import END, HEAD, STATUS

FILLED = {HEAD: '{"iss":"1","iat":1,"vct":"', STATUS: '","status":{}'}
FILE = Path(str(files("schemas"))) / "dictionary" / "v1.bin"


def test_the_file_is_the_one_that_is_pinned() -> None:
    assert dictionary.V1_SHA256 == hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert FILE.stat().st_size <= 32 * 1024


def test_its_generator_writes_it() -> None:
    run = [sys.executable, str(FILE.with_name("build.py")), "--check"]
    assert 0 == subprocess.run(run, check=False, capture_output=True).returncode


def test_another_file_is_not_loaded() -> None:
    with pytest.raises(RuntimeError):
        dictionary._load("v1.bin", "0" * 64)


@pytest.mark.parametrize(
    "data",
    [
        "a\nbb,bb\n",
        "aa\nbb\n",
        "".join(map(chr, range(0x4E00, 0x4E00 + 801))) + "\nbb\n",
        "a\nbb\n" + "\0".join(map(str, range(129))),
        "a\nbb\nx\0x",
    ],
)
def test_a_dictionary_that_has_no_number_for_each(data: str) -> None:
    with pytest.raises(ValueError, match="dictionary 2"):
        Dictionary.of(2, data.encode())


@pytest.mark.parametrize(
    "word",
    [
        "人工智能工程技术人员",
        "数据安全工程技术人员",
        "智能装备与产线应用",
        "三级/高级工",
        "初级",
        "—",
        "--",
    ],
)
def test_a_word_of_the_field_is_three_digits(word: str) -> None:
    assert 4 == len(digit_text.write(word, V1))


def test_a_word_is_cheaper_than_its_characters() -> None:
    for word in V1.codes:
        assert len("0" + V1.codes[word]) == len(digit_text.write(word, V1))


def test_skeletons_are_json_with_markers() -> None:
    for skeleton in V1.skeletons[1:]:
        payload = skeleton.rpartition(END)[2]
        filled = re.sub("[\x00-\x1f]", lambda marker: FILLED.get(marker[0], "1"), payload)
        claims = strict_json.loads_object(filled.encode())
        assert ["iss", "iat", "vct", "status", "certificate_number", "holder_name"] == list(claims)[
            :6
        ]
        known = certificate_types.load(claims["vct"].split("/")[0]).claims
        ours = [name for name in claims if name in known]
        assert ours == [name for name in known if name in ours]


def test_markers_of_skeletons_are_whole_values() -> None:
    """So what a code puts in can change a payload's form only by what it is itself."""
    whole = re.compile('(?<=[:\\[])"[\x04-\x08]"(?=[,\\]}])|(?<=:)\x04(?=[,}])')
    for skeleton in V1.skeletons[1:]:
        payload = skeleton.rpartition(END)[2]
        assert re.fullmatch(f"{HEAD}[a-z_]+/1{STATUS}[^\x00-\x1f\\\\]+", whole.sub("", payload))


def test_without_dictionary_there_are_no_words() -> None:
    assert (255, {}, (), b"") == (NONE.version, dict(NONE.entries), NONE.skeletons, NONE.preset)
