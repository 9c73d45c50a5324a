"""English words in a question: the Danish words they match, terms of several words, and Danish words that are left
alone.
"""

from __future__ import annotations

import pytest

from assistant.language.expansion import expand, question_groups
from assistant.language.list_checks import is_small
from assistant.language.vocabulary import named
from assistant.language.words import stem, word_terms

ENGLISH = named("engelsk", "til_dansk")


def answering(question: str) -> set[str]:
    """The tokens that match some word of a question well, in an index that has none of the question's words."""
    return {
        token
        for group in question_groups(question)
        for token, how_well in expand(group, {})[0].items()
        if how_well >= 0.9
    }


@pytest.mark.parametrize(
    ("said", "meant", "other"),
    [
        ("the wage bill", "lønsum", "regning"),
        ("wage-bill", "lønsum", "regning"),
        ("the occupancy rate", "belægningsprocent", "takst"),
        ("the interest rate", "rente", "takst"),
        ("women’s shelters", "krisecenter", "forsorgshjem"),
        ("day services", "dagtilbud", "døgntilbud"),
        ("residential places", "døgntilbud", "dagtilbud"),
        ("special education", "specialundervisning", "uddannelse"),
        ("temporary accommodation", "midlertidig", "længerevarende"),
        ("approved", "godkendt", "forkaste"),
        ("opening", "oprettelse", "lukning"),
        ("deficits", "underskud", "overskud"),
        ("seller", "sælge", "køber"),
    ],
)
def test_a_term_answers_to_what_it_means(said: str, meant: str, other: str) -> None:
    found = answering(said)
    assert stem(meant) in found
    assert stem(other) not in found


def test_an_english_word_is_no_misspelling() -> None:
    known = {token: n for n, token in enumerate(word_terms("svare"))}
    assert "svare" not in expand(question_groups("share")[0], known)[0]
    assert "svare" in expand(question_groups("svire")[0], known)[0]


def test_danish_words_that_look_english_are_left_alone() -> None:
    for word in ("sent", "time", "fund", "rent", "last", "part", "task", "former", "list", "person"):
        assert word not in ENGLISH
    question = "Hvornår er en task force for sent på den med en udmelding?"
    assert all("-" not in group[0] for group in question_groups(question))


def test_every_english_word_can_be_asked_with() -> None:
    for term in ENGLISH:
        assert term == term.lower()
        assert not is_small(term)
        assert question_groups(f"the {term} of")[0][0] == term.replace(" ", "-")
