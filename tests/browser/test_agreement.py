"""Python and the browsers give the same answer to whatever is presented or published: no difference.

Chromium and Firefox each answer twice, by their own Ed25519 and by the library that older ones get.
The machine needs no driver for either browser.
"""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from schemas import codes
from tests.browser import agreement, mutants, trust_mutants
from tests.browser import chromium as machine
from tests.browser.agreement import FIRST, FIRST_UPDATES, Answers, Command, Questions
from tests.verifier.verdicts import CODES_OF_TEXTS

pytestmark = pytest.mark.timeout(1_500)

FIREFOX = ("firefox-esr", "firefox")


@pytest.fixture(scope="module")
def questions() -> Questions:
    asked, states = mutants.stage()
    return Questions(asked, states, trust_mutants.updates())


@pytest.fixture(scope="module")
def python(questions: Questions) -> Answers:
    return agreement.answers(questions)


@pytest.fixture(scope="module")
def page(questions: Questions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agreement") / "page"
    agreement.build(folder)
    agreement.write(questions, folder / "questions.json")
    return folder


def check(command: Command, page: Path, profile: Path, request: pytest.FixtureRequest) -> None:
    """Nothing that this browser says is another answer than Python's."""
    questions: Questions = request.getfixturevalue("questions")
    with agreement.opened(command, page, profile) as posted:
        python: Answers = request.getfixturevalue("python")  # while the browser is at work
        found = agreement.collected(posted)
    for engine in agreement.ENGINES:
        theirs = found[engine]
        asked, updates = FIRST[engine], FIRST_UPDATES[engine]
        assert len(questions.asked[:asked]) == len(theirs.asked)
        assert len(questions.updates[:updates]) == len(theirs.updates)
        differences = agreement.differences(questions, python, theirs)
        assert [] == differences[:5], f"{engine}: {len(differences)} differences"


def test_chromium(
    page: Path, tmp_path: Path, playwright: Playwright, request: pytest.FixtureRequest
) -> None:
    command = agreement.chromium(machine.find(playwright) or "chromium")
    check(command, page, tmp_path, request)


def test_firefox(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    executable = next(filter(None, map(shutil.which, FIREFOX)), None)
    if executable is None:
        pytest.skip("no Firefox on this machine: only Chromium is compared with Python")
    check(agreement.firefox(executable), page, tmp_path, request)


def test_the_questions_are_many_and_go_deep(questions: Questions, python: Answers) -> None:
    """Every code and warning is met, and every step is where a verification has ended."""
    assert 20_000 <= len(set(questions.asked) - set(mutants.vectors()))
    found = Counter(answer.partition("|")[0] for answer in python.asked)
    assert CODES_OF_TEXTS == set(found)
    assert 1_000 <= found["ok"] <= len(python.asked) // 2
    ended = Counter(answer.split("|")[1].rfind("p") for answer in python.asked)
    assert set(range(-1, 13)) >= set(ended) >= {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12}
    warnings = {code for answer in python.asked for code in answer.split("|")[2].split()}
    assert set(codes.table()["warnings"]) == warnings
    refused = Counter(code for answer in python.updates for code in answer.split("|")[0].split(","))
    assert refused[""] >= 300
    assert len(refused) >= 20


def test_a_difference_is_found(questions: Questions, python: Answers) -> None:
    other = Answers([*python.asked], [*python.updates])
    other.asked[7] += "x"
    other.updates[3] += "x"
    found = agreement.differences(questions, python, other)
    assert [str(questions.asked[7]), "3"] == [one.splitlines()[-1] for one in found]
    assert [] == agreement.differences(questions, python, python)
