"""The sentences of words.toml against the codes that the package writes."""

import re
import string
from pathlib import Path

import pytest

import workflows.counting
from engine.errors import EngineError
from workflows.counting.working import Answer, Line, NotCountable, compared, equal, words

WORKFLOWS = Path(workflows.counting.__file__).parents[1]
EVERYTHING = "\n".join(
    path.read_text("utf-8")
    for place in ("counting", "acts")
    for path in WORKFLOWS.glob(f"{place}/**/*.py")
)
RAISED = set(re.findall(r'NotCountable\(\s*"([a-z_]+)"', EVERYTHING))


def blanks(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", sorted(words()["line"]))
def test_every_sentence_of_a_line_is_used_and_bilingual(code):
    assert f'"{code}"' in EVERYTHING
    assert {"zh", "en"} == words()["line"][code].keys()
    assert not any(map(blanks, words()["line"][code].values()))


def test_every_refusal_has_a_sentence_and_every_sentence_a_refusal():
    assert words()["refusal"].keys() == RAISED


@pytest.mark.parametrize("code", sorted(words()["refusal"]))
def test_both_languages_of_a_refusal_have_the_same_blanks(code):
    text = words()["refusal"][code]
    assert blanks(text["zh"]) == blanks(text["en"])


def test_line_without_a_sentence_cannot_be_written():
    with pytest.raises(AssertionError, match="nonsense"):
        Line("nonsense")


def test_refusal_reaches_the_page_as_one_code_with_both_sentences():
    refused = NotCountable("seats_too_few", seats=0)
    assert isinstance(refused, EngineError)
    assert (refused.code, refused.why, refused.status) == ("counting_refused", "seats_too_few", 422)
    assert refused.params["zh"] == "应选名额 0 少于一名"
    assert refused.params["en"] == "the number of seats 0 is below one"


def test_answers_join_with_their_lines():
    both = compared("not_negative", 0, 3) & equal("papers", (2, 2), 5)
    assert not both
    assert both.working == (Line("not_negative", "0 ≤ 3"), Line("papers", "2+2=4 ≠ 5"))
    assert Answer(True, ()) & Answer(True, ())
