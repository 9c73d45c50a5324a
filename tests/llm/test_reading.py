"""A language model that reads: the units it points at are shown and verified, and nothing else from it is used."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.llm import reading
from assistant.models import Abstained, Answer, Grounded
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.scripted import Heard, serving
from tests.conftest import DAY

_SENTENCE = re.compile(r"^\[(s\w+)\] (.*)$", re.M)
NOTICE = "Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026?"
Points = Callable[[list[tuple[str, str]]], str]


def ids(*named: str) -> str:
    return json.dumps({"ids": list(named)})


def that_says(words: str) -> Points:
    return lambda told: ids(*(key for key, text in told if words in text))


def asked(
    assistant: Assistant, settings: Settings, question: str, points: Points, words: str = ""
) -> tuple[Answer, Heard]:
    """The answer where a model searches with `words` and points as `points` says. It never words anything."""

    def reply(messages: list[dict[str, str]]) -> list[str]:
        system, last = messages[0]["content"], messages[-1]["content"]
        if system == reading.OTHERWISE:
            return [words]
        return [points(_SENTENCE.findall(last))] if system == reading.RULES else [""]

    with serving(reply) as (url, heard):
        own = replace(settings, llm_url=url, llm_model="m", llm_reads=True, llm_seconds=4)
        return Assistant(own.index, own).ask(question, today=DAY).answer, heard


def test_what_it_points_at_is_shown_as_it_stands(assistant: Assistant, settings: Settings) -> None:
    found, _ = asked(
        assistant, settings, "Hvornår bekræfter driftsherren i Sjælland 2025-2026?", that_says("bekræfter")
    )
    assert isinstance(found, Grounded)
    assert "bekræfter opsigelsen" in found.statements[0].text
    assert found.statements[0].citations[0].document == "b.pdf"
    assert found.statements[0].by == "extract"


def test_where_it_says_that_none_answers_nothing_is_shown(assistant: Assistant, settings: Settings) -> None:
    found, _ = asked(assistant, settings, NOTICE, lambda told: ids())
    assert isinstance(found, Abstained)
    assert found.hits  # the hits are offered, but not told as an answer


@pytest.mark.parametrize(
    "points",
    [
        lambda told: ids(*(key for key, _ in told)), lambda told: ids("s000000"), lambda told: ids("a.pdf", "1"),
        lambda told: "fire måneder", lambda told: "", lambda told: "[" * 5000, lambda told: '{"ids": 5}',
        lambda told: '{"ids": [1, null]}', lambda told: json.dumps({"ids": [text for _, text in told[:2]]}),
    ],
    ids=["everything", "unknown", "other ids", "prose", "nothing", "nests", "number", "no texts", "sentences"],
)  # fmt: skip
def test_an_invalid_choice_leaves_the_learnt_readers_answer(
    assistant: Assistant, settings: Settings, points: Points
) -> None:
    own = assistant.ask(NOTICE, today=DAY, form=None).answer
    found, _ = asked(assistant, settings, NOTICE, points)
    assert isinstance(own, Grounded)
    assert isinstance(found, Grounded)
    assert [s.text for s in found.statements] == [s.text for s in own.statements]


def test_a_wrong_choice_shows_no_figure_that_was_not_asked_for(
    assistant: Assistant, settings: Settings
) -> None:
    """It points at the overhead where the question is about the notice: the answer is the notice or nothing."""
    found, _ = asked(assistant, settings, NOTICE, that_says("overhead"))
    assert isinstance(found, Abstained) or "fire måneder" in found.statements[0].text


def test_it_is_given_nothing_of_another_region(assistant: Assistant, settings: Settings) -> None:
    given: list[str] = []

    def points(told: list[tuple[str, str]]) -> str:
        given.extend(text for _, text in told)
        return ids(*(key for key, text in told if "fire måneder" in text))

    found, heard = asked(assistant, settings, NOTICE, points, words="varsel i Region Nordjylland 90 dage")
    assert isinstance(found, Grounded)
    assert given
    assert not [text for text in given if "90 dage" in text or "tre måneder" in text]
    prompts = [m["content"] for r in heard.requests for m in r["messages"]]
    assert not [
        p for p in prompts if settings.index.name in p and "/" in p and ".pdf:" in p
    ]  # ids carry no information


def test_its_own_words_find_what_the_question_does_not(assistant: Assistant, settings: Settings) -> None:
    question = "Hvad tager de for lederne og kontoret i Nordjylland 2025-2026?"
    found, _ = asked(
        assistant, settings, question, that_says("overhead"), words="overhead fælles ledelse administration"
    )
    assert isinstance(found, Grounded)
    assert "7 pct." in found.statements[0].text


def test_a_model_that_is_away_costs_a_moment_and_no_answer(assistant: Assistant, settings: Settings) -> None:
    own = replace(settings, llm_url="http://127.0.0.1:9/v1", llm_model="m", llm_reads=True, llm_seconds=2)
    began = time.monotonic()
    found = Assistant(own.index, own).ask(NOTICE, today=DAY).answer
    assert isinstance(found, Grounded)
    assert "fire måneder" in found.statements[0].text
    assert time.monotonic() - began < 15


def test_without_the_setting_it_is_not_asked(assistant: Assistant, settings: Settings) -> None:
    with serving(lambda messages: [""]) as (url, heard):
        own = replace(settings, llm_url=url, llm_model="m")
        Assistant(own.index, own).ask(NOTICE, today=DAY)
        systems = {r["messages"][0]["content"] for r in heard.requests}
    assert not systems & {reading.RULES, reading.OTHERWISE}
