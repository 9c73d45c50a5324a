"""How likely a unit of text answers a question, by the encoder's similarity and by the words it shares with the
question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import Literal

from assistant.documents.answer_units import AMOUNT, Unit, tokens_of, units_of
from assistant.documents.blocks import BULLET
from assistant.documents.cleaning import ITEM
from assistant.index.encoders import Vectors
from assistant.language.expansion import Term
from assistant.language.letters import fold
from assistant.language.paraphrase import has_verb
from assistant.language.places import municipalities_named
from assistant.question.answer_type import HAPPENED, AnswerType, amounts_of
from assistant.question.expectation import Expectation, Kind

Form = Literal["shown", "missed", ""]  # "" where no particular form is expected

# How much a word counts that is not in the unit itself: in its lead or table heads, in a neighbour, in the passage.
ABOUT, BESIDE, AROUND = 0.75, 0.45, 0.35
HEAD, LISTED_HEAD = 1.6, 5.0  # extra weight of the word that names what is asked for
TITLE_WORDS = 12
COUNTED = 0.5  # how well a row or its column heads must match what is counted
# Logistic weights of a unit's cosine with the question and of its share of the question's words, the constant, and
# the weights of its form, fitted by `python -m eval weigh` on documents that the encoder has not seen.
MEANT, SAID, SILENCE = 20.22, 4.96, 10.92
FORMS: Mapping[Form, float] = {"shown": 0.44, "missed": -0.70}
# A number or place as asked for halves what a unit's score lacks to 1; another number halves the score.
ELSEWHERE = 0.1  # share of its score that a unit about another municipality keeps
APART = 0.5
# Names several items, or announces them.
_SEVERAL = re.compile(r",.*\b(?:og|samt|eller)\b|:\s*\S+.*,|:$|;", re.DOTALL)
# Words by which a column head gives the unit of its numbers.
_MEASURES = {
    AnswerType.PERCENT: re.compile(r"%|pct|procent|andel", re.IGNORECASE),
    AnswerType.DURATION: re.compile(r"dag|uge|måned|mdr|år\b|time|minut|frist|varsel", re.IGNORECASE),
    AnswerType.PHONE: re.compile(r"tlf|telefon|mobil", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the channels see it. Create one with `Query.of`."""

    text: str
    terms: tuple[Term, ...]
    expected: Expectation
    vector: Vectors
    lexical: Vectors  # BM25 score of every passage, shape (passages,)
    known: tuple[Term, ...]  # the words that the index holds; others cannot tell passages apart
    pulls: tuple[float, ...]  # weight of each known word in the coverage; they sum to 1
    head: Term | None  # the word that names what is asked for
    known_share: float  # share of the question's weight that lies in words the index holds, 0 to 1
    relevant: frozenset[str]  # every token that matches any known word
    numbered: frozenset[str]  # tokens of names with a number: "grup#4"
    places: frozenset[str]  # tokens of the municipalities named; a table may have a part for each

    @classmethod
    def of(
        cls,
        text: str,
        terms: Sequence[Term],
        expected: Expectation,
        vector: Vectors,
        lexical: Vectors,
    ) -> Query:
        known = tuple(t for t in terms if t.known)
        asked = fold(expected.head) if expected.head else None
        head = next((t for t in known if t.word == asked), None)
        lead = LISTED_HEAD if expected.kind is Kind.LIST else HEAD
        weights = [t.weight * (lead if t is head else 1.0) for t in known]
        total = sum(weights) or 1.0
        held = sum(t.weight * t.surely for t in known) / (sum(t.weight for t in terms) or 1.0)
        pulls = tuple(w / total for w in weights)
        relevant = frozenset(token for t in known for token in t.tokens)
        places = frozenset(fold(name) for _, name in municipalities_named(text))
        numbered = frozenset(t.word for t in terms if "#" in t.word)
        return cls(
            text,
            tuple(terms),
            expected,
            vector,
            lexical,
            known,
            pulls,
            head,
            held,
            relevant,
            numbered,
            places,
        )

    def coverage(self, tokens: Set[str]) -> float:
        """Weighted share of the known words that a set of tokens matches, 0 to 1."""
        return sum(m * p for m, p in zip(self.matches(tokens), self.pulls, strict=False))

    def answered(self, text: str) -> float:
        """Weighted share of the known words that occur in a text, 0 to 1."""
        return sum(self.pulls[i] for i in self._said(text))

    def added(self, text: str, before: str) -> float:
        """Weighted share of the known words that occur in a text but not in the one before it, 0 to 1."""
        return sum(self.pulls[i] for i in self._said(text) - self._said(before))

    def _said(self, text: str) -> frozenset[int]:
        return frozenset(i for i, match in enumerate(self.matches(tokens_of(text))) if match >= 0.5)

    def matches(self, tokens: Set[str]) -> tuple[float, ...]:
        """How well a set of tokens matches each known word, 0 to 1; empty where it matches none."""
        there = self.relevant & tokens
        return tuple([t.match(there) for t in self.known]) if there else ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit and the probability that it answers, 0 to 1, with what that rests on: its cosine with the question, its
    share of the question's words, 0 to 1, and whether it shows the expected form."""

    unit: Unit
    score: float
    cosine: float
    coverage: float
    form: Form

    @property
    def met(self) -> bool:
        """Whether the unit shows what is expected, or nothing in particular is expected."""
        return self.form != "missed"


def likely(cosine: float, coverage: float, form: Form) -> float:
    """The probability that a unit answers, from its similarity, its share of the question's words and its form.

    >>> likely(0.2, 0.3, "") < 0.1 < 0.5 < likely(0.55, 0.8, "shown")
    True
    """
    return 1 / (1 + exp(-(MEANT * cosine + SAID * coverage + FORMS.get(form, 0.0) - SILENCE)))


def score_units(query: Query, text: str, context: Set[str], near: Sequence[float]) -> list[Scored]:
    """All units of a passage, best first; a heading gets 0. `context` are the tokens of the passage's title and
    headings, `near` the cosines of its units with the question, in their order."""
    units = units_of(text)
    around = query.matches(tokens_of(text) | context)
    own = [query.matches(tokens_of(unit.text)) for unit in units]
    found = []
    for i, unit in enumerate(units):
        beside = [
            own[j]
            for j in (i - 1, i + 1)
            if unit.kind == "sentence" and 0 <= j < len(units) and units[j].kind in ("sentence", "heading")
        ]
        about = query.matches(tokens_of(unit.about)) if unit.about else ()
        coverage = _coverage(query, around, own[i], about, beside)
        form = _form(query, unit)
        score = likely(near[i], coverage, form) if unit.kind != "heading" else 0.0
        numbers = _numbers(query, unit)
        if _elsewhere(query, unit):
            score *= ELSEWHERE
        if numbers and not numbers & query.numbered:
            score *= APART
        elif numbers or (query.places and unit.kind == "row" and _placed(query, unit, context)):
            score = 1 - (1 - score) * APART
        found.append(Scored(unit, score, near[i], coverage, form))
    return sorted(found, key=lambda s: (-s.score, s.unit.start))


def _coverage(
    query: Query,
    around: Sequence[float],
    own: Sequence[float],
    about: Sequence[float],
    beside: Sequence[Sequence[float]],
) -> float:
    """Share of the question's words in a unit. A word elsewhere counts less the farther away it is."""
    if not around:
        return 0.0
    best = [AROUND * match for match in around]
    for factor, matches in ((1.0, own), (ABOUT, about), *((BESIDE, other) for other in beside)):
        if matches:
            best = [max(b, factor * match) for b, match in zip(best, matches, strict=True)]
    return sum(b * pull for b, pull in zip(best, query.pulls, strict=True))


def _numbers(query: Query, unit: Unit) -> set[str]:
    """The numbered names ("gruppe 4") of a unit and its lead, with any number, for the names that the question gives
    with a number."""
    names = {t.partition("#")[0] for t in query.numbered}
    if not names:
        return set()
    return {t for t in tokens_of(f"{unit.about} {unit.text}") if "#" in t and t.partition("#")[0] in names}


def _elsewhere(query: Query, unit: Unit) -> bool:
    """Whether a unit is about another municipality than the one asked about: it names some, and not that one."""
    named = _municipalities(unit) if query.places else frozenset()
    return bool(named) and named.isdisjoint(query.places)


@lru_cache(maxsize=65536)
def _municipalities(unit: Unit) -> frozenset[str]:
    """The folded names of the municipalities that a unit or its lead names."""
    return frozenset(fold(name) for _, name in municipalities_named(f"{unit.about} {unit.text}"))


@lru_cache(maxsize=65536)
def titular(unit: Unit) -> bool:
    """Whether a unit is a short line that names something without saying anything about it."""
    if unit.kind != "sentence" or unit.words > TITLE_WORDS or re.search(r"[.:;!,]$", unit.text):
        return False
    return not has_verb(unit.text)


def _form(query: Query, unit: Unit) -> Form:
    """Whether a unit shows what is expected. Where several items are expected, that is a list, or a sentence that
    names some. The cells of a row have no unit of measure; the column heads may name it.

    In one piece, because it is one decision table: the first case that fits decides.
    """
    expected = query.expected
    if expected.lists and expected.wants is None:
        several = unit.kind in ("list", "item") or _SEVERAL.search(unit.text)
        return "shown" if several else "missed"
    if expected.wants is None:
        return ""
    if unit.kind == "row" and expected.kind is Kind.NUMBER and AMOUNT.search(amounts_of(unit.text)):
        told, measure = f"{unit.about} {unit.text}", _MEASURES.get(expected.wants)
        # A count must match the head word, as the index knows it.
        if expected.wants is AnswerType.COUNT and expected.head:
            named = query.head is not None and query.head.match(tokens_of(told)) >= COUNTED
            return "shown" if named else "missed"
        if measure is None or measure.search(told):
            return "shown"
    if expected.met(unit.text):
        return "shown"
    loosely = expected.kind is Kind.WHEN and not HAPPENED.search(query.text)
    return "" if loosely and AnswerType.TIMELY.shows(unit.text) else "missed"


def _placed(query: Query, unit: Unit, context: Set[str]) -> bool:
    """Whether a row belongs to the municipality asked about, or names it."""
    own = tokens_of(f"{unit.about} {unit.text}")
    under = own if "kommune" in own else own | context
    return any(place in under or place + "s" in under for place in query.places)


def items_in(unit: Unit) -> int:
    """The number of items of a list: its marked lines, or all lines but the first where none is marked."""
    lines = unit.text.split("\n")
    return sum(bool(BULLET.match(line) or ITEM.match(line)) for line in lines) or len(lines) - 1
