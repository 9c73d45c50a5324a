"""How likely a unit of text answers a question: by what the encoder has learnt, and by the words it covers."""

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

Form = Literal["shown", "missed", ""]  # "" where nothing of a certain form is expected

# How far words count that are not in the unit itself.
ABOUT, BESIDE, AROUND = 0.75, 0.45, 0.35
HEAD, LISTED_HEAD = 1.6, 5.0  # how much more the word counts that names what is asked for
TITLE_WORDS = 12
COUNTED = 0.5  # how well a row or its heads must name what is counted
# Logistic weights of a unit's cosine with the question, of its share of the question's words and of its form, and what
# silence weighs, fitted by `python -m eval weigh` on papers that the encoder has not seen.
MEANT, SAID, SILENCE = 20.22, 4.96, 10.92
FORMS: Mapping[Form, float] = {"shown": 0.44, "missed": -0.70}
APART = 0.5  # of what is left to certainty, for what stands under the number or place asked for, or another
# Names several things, or announces them.
_SEVERAL = re.compile(r",.*\b(?:og|samt|eller)\b|:\s*\S+.*,|:$|;", re.DOTALL)
# Words by which a column says what its numbers are.
_MEASURES = {
    AnswerType.PERCENT: re.compile(r"%|pct|procent|andel", re.IGNORECASE),
    AnswerType.DURATION: re.compile(r"dag|uge|måned|mdr|år\b|time|minut|frist|varsel", re.IGNORECASE),
    AnswerType.PHONE: re.compile(r"tlf|telefon|mobil", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the channels see it. Make one with `Query.of`."""

    text: str
    terms: tuple[Term, ...]
    expected: Expectation
    vector: Vectors
    lexical: Vectors  # BM25 of every passage, shape (passages,)
    known: tuple[Term, ...]  # the words the index holds: others cannot tell passages apart
    pulls: tuple[float, ...]  # how much each known word counts in coverage; they sum to 1
    head: Term | None  # the word that names what is asked for
    known_share: float  # of the question's weight in words that the index holds, 0 to 1
    relevant: frozenset[str]  # every token that any known word answers to
    numbered: frozenset[str]  # tokens of names with a number: "grup#4"
    places: frozenset[str]  # tokens of the municipalities named: a table may have a part for each

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
        """Share of the known words that a set of tokens answers to, 0 to 1."""
        return sum(m * p for m, p in zip(self.matches(tokens), self.pulls, strict=False))

    def answered(self, text: str) -> float:
        """Share of the known words that stand in a text, 0 to 1."""
        return sum(self.pulls[i] for i in self._said(text))

    def added(self, text: str, before: str) -> float:
        """Share of the known words that a text says and the one before it does not, 0 to 1."""
        return sum(self.pulls[i] for i in self._said(text) - self._said(before))

    def _said(self, text: str) -> frozenset[int]:
        return frozenset(i for i, match in enumerate(self.matches(tokens_of(text))) if match >= 0.5)

    def matches(self, tokens: Set[str]) -> tuple[float, ...]:
        """How well a set of tokens answers to each known word, 0 to 1; empty where it answers to none."""
        there = self.relevant & tokens
        return tuple([t.match(there) for t in self.known]) if there else ()


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit and how likely it answers, 0 to 1, from its cosine with the question, its share of the question's
    words, 0 to 1, and what it shows of what is expected."""

    unit: Unit
    score: float
    cosine: float
    coverage: float
    form: Form

    @property
    def met(self) -> bool:
        """Whether it shows what is expected, where anything of a certain form is."""
        return self.form != "missed"


def likely(cosine: float, coverage: float, form: Form) -> float:
    """How likely a unit answers, by what it means, by the words it shares with the question and by its form.

    >>> likely(0.2, 0.3, "") < 0.1 < 0.5 < likely(0.55, 0.8, "shown")
    True
    """
    return 1 / (1 + exp(-(MEANT * cosine + SAID * coverage + FORMS.get(form, 0.0) - SILENCE)))


def score_units(query: Query, text: str, context: Set[str], near: Sequence[float]) -> list[Scored]:
    """All units of a passage, likeliest first; a heading answers nothing. `context` are the tokens of its title and
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
    """Share of the question's words in a unit; a word elsewhere counts less the farther it stands."""
    if not around:
        return 0.0
    best = [AROUND * match for match in around]
    for factor, matches in ((1.0, own), (ABOUT, about), *((BESIDE, other) for other in beside)):
        if matches:
            best = [max(b, factor * match) for b, match in zip(best, matches, strict=True)]
    return sum(b * pull for b, pull in zip(best, query.pulls, strict=True))


def _numbers(query: Query, unit: Unit) -> set[str]:
    """The name that is asked for with a number, with the numbers that a unit, or what it stands under, has of it."""
    names = {t.partition("#")[0] for t in query.numbered}
    if not names:
        return set()
    return {t for t in tokens_of(f"{unit.about} {unit.text}") if "#" in t and t.partition("#")[0] in names}


@lru_cache(maxsize=65536)
def titular(unit: Unit) -> bool:
    """Whether a unit is a line that names something and says nothing of it."""
    if unit.kind != "sentence" or unit.words > TITLE_WORDS or re.search(r"[.:;!,]$", unit.text):
        return False
    return not has_verb(unit.text)


def _form(query: Query, unit: Unit) -> Form:
    """What a unit shows of what is expected: of several things a list, or a sentence that names some. A row's cells
    stand without their unit of measure, which the heads of its columns may name."""
    expected = query.expected
    if expected.lists and expected.wants is None:
        several = unit.kind in ("list", "item") or _SEVERAL.search(unit.text)
        return "shown" if several else "missed"
    if expected.wants is None:
        return ""
    if unit.kind == "row" and expected.kind is Kind.NUMBER and AMOUNT.search(amounts_of(unit.text)):
        told, measure = f"{unit.about} {unit.text}", _MEASURES.get(expected.wants)
        if expected.wants is AnswerType.COUNT and expected.head:  # by a word that the index knows
            named = query.head is not None and query.head.match(tokens_of(told)) >= COUNTED
            return "shown" if named else "missed"
        if measure is None or measure.search(told):
            return "shown"
    if expected.met(unit.text):
        return "shown"
    loosely = expected.kind is Kind.WHEN and not HAPPENED.search(query.text)
    return "" if loosely and AnswerType.TIMELY.shows(unit.text) else "missed"


def _placed(query: Query, unit: Unit, context: Set[str]) -> bool:
    """Whether a row stands under the municipality asked about, or names it."""
    own = tokens_of(f"{unit.about} {unit.text}")
    under = own if "kommune" in own else own | context
    return any(place in under or place + "s" in under for place in query.places)


def items_in(unit: Unit) -> int:
    """How many things a list has: its marked lines, or all but the first where none is marked."""
    lines = unit.text.split("\n")
    return sum(bool(BULLET.match(line) or ITEM.match(line)) for line in lines) or len(lines) - 1
