"""How well a unit of text answers a question: by the words it covers and the form it has."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from assistant.documents.blocks import BULLET
from assistant.documents.cleaning import ITEM
from assistant.documents.units import AMOUNT, Unit, tokens_of, units_of
from assistant.index.encoders import Vectors
from assistant.language.danish import fold, municipalities_named
from assistant.language.expansion import Term
from assistant.language.paraphrase import has_verb
from assistant.question.answer_type import Expectation, Kind, amounts_of

# How far words count that are not in the unit itself.
ABOUT, BESIDE, AROUND = 0.75, 0.45, 0.35
MET, UNMET = 0.12, -0.25
CAUSES = 0.5  # a reason is often given without a word that says so
NAMED = 0.08  # the unit also names the thing whose amount or date is asked for
LISTED, COUNTED = 0.35, 0.1  # a list where one is asked for; of as many items as asked
HEAD, LISTED_HEAD = 1.6, 5.0  # how much more the word counts that names what is asked for
LONG = 40
PLACED = 0.2  # a row of the municipality asked about, among rows of others
MEANT = 0.2  # what a unit's vector adds to its words; 0.4 lost as much on the real documents as it won
SIMILAR = 0.78, 0.90  # cosines of this model between which texts go from unrelated to akin
ASKS, TITLE = 0.25, 0.2  # against a unit that asks itself; one that is a mere title
ECHO = 0.4  # against a title of the question's own words: it says nothing of what is asked
TITLE_WORDS = 12
NUMBERED = 0.4  # against what stands under another number: "Gruppe 3" where group 4 is asked for
DEFINED = 0.3  # a sentence that says outright what something is
_ASKED = re.compile(r"spørgsmål|drøft|question|discuss", re.IGNORECASE)
_DEFINING = re.compile(r"(?:\S+\s+){1,5}?(?:er|betyder|forstås|dækker|vil sige|står for)\b", re.IGNORECASE)


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
    """A unit and how well it answers; `coverage` is the share of the question's words, 0 to 1."""

    unit: Unit
    score: float
    coverage: float
    met: bool


def kin(cosine: float) -> float:
    """How far a cosine of this model says that two texts are akin, 0 to 1.

    >>> kin(0.7), round(kin(0.84), 2), kin(0.95)
    (0.0, 0.5, 1.0)
    """
    low, high = SIMILAR
    return min(max((cosine - low) / (high - low), 0.0), 1.0)


def score_units(query: Query, text: str, context: Set[str], near: Sequence[float]) -> list[Scored]:
    """All units of a passage, best first. `context` are the tokens of its title and headings, `near`
    the cosines of its units with the question, in their order."""
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
        met = _met(query.expected, unit)
        score = coverage + _form(query, unit, met) + MEANT * kin(near[i])
        if query.places and unit.kind == "row" and _placed(query, unit, context):
            score += PLACED
        found.append(Scored(unit, score, coverage, met))
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


def _form(query: Query, unit: Unit, met: bool) -> float:
    expected = query.expected
    bonus = 0.0
    if expected.wants is not None:
        bonus += (MET if met else UNMET) * (CAUSES if expected.kind is Kind.WHY else 1.0)
    if unit.kind == "heading":
        bonus -= 0.3
    elif _asks(unit) and not _ASKED.search(query.text):
        bonus -= ASKS
    elif not (expected.wants and met) and titular(unit):
        bonus -= TITLE
    if (
        unit.kind in ("sentence", "item")
        and tokens_of(unit.text) <= query.relevant
        and not has_verb(unit.text)
    ):
        bonus -= ECHO
    head = query.head
    if expected.lists and unit.kind == "list":
        bonus += LISTED * _named(head, unit)
        bonus += COUNTED if items_in(unit) == expected.count else 0.0
    elif head and expected.kind is Kind.NUMBER and met and _counts(head, unit):
        bonus += 2 * MET
    if head and met and expected.wants is not None and head.match(tokens_of(unit.text)) >= 0.5:
        bonus += NAMED
    elif unit.kind == "list":
        bonus -= 0.08
    if expected.kind is Kind.DEFINITION and unit.kind == "sentence" and _defines(query, unit):
        bonus += DEFINED if _DEFINING.match(unit.text) else 0.12
    if query.numbered and _other_number(query, unit):
        bonus -= NUMBERED
    if unit.kind != "list":
        bonus -= 0.004 * max(0, unit.words - LONG)
    return bonus


def _other_number(query: Query, unit: Unit) -> bool:
    """Whether a unit, or what it stands under, bears the name that is asked for with other numbers alone."""
    own = {t for t in tokens_of(f"{unit.about} {unit.text}") if "#" in t}
    names = {t.partition("#")[0] for t in query.numbered}
    return bool({t for t in own if t.partition("#")[0] in names}) and not own & query.numbered


def _named(head: Term | None, unit: Unit) -> float:
    """How surely a list is of what is asked for: by the words above it 1, by one of its items a half."""
    first = unit.text.partition("\n")[0]
    if head is None or head.match(tokens_of(f"{unit.about} {first}")) >= 0.5:
        return 1.0
    return 0.5 if head.match(tokens_of(unit.text)) >= 0.5 else 0.0


def _asks(unit: Unit) -> bool:
    """Whether a unit is a question, or a list with one in it."""
    return unit.text.endswith("?") or (unit.kind == "list" and "?\n" in unit.text)


@lru_cache(maxsize=65536)
def titular(unit: Unit) -> bool:
    """Whether a unit is a line that names something and says nothing of it."""
    if unit.kind != "sentence" or unit.words > TITLE_WORDS or re.search(r"[.:;!,]$", unit.text):
        return False
    return not has_verb(unit.text)


def _met(expected: Expectation, unit: Unit) -> bool:
    """Whether a unit shows what is expected; a table's cells stand without their unit of measure."""
    if unit.kind == "row" and expected.kind is Kind.NUMBER:
        return bool(AMOUNT.search(amounts_of(unit.text)))
    return expected.met(unit.text)


def _placed(query: Query, unit: Unit, context: Set[str]) -> bool:
    """Whether a row stands under the municipality asked about, or names it."""
    own = tokens_of(f"{unit.about} {unit.text}")
    under = own if "kommune" in own else own | context
    return any(place in under or place + "s" in under for place in query.places)


def items_in(unit: Unit) -> int:
    """How many things a list has: its marked lines, or all but the first where none is marked."""
    lines = unit.text.split("\n")
    return sum(bool(BULLET.match(line) or ITEM.match(line)) for line in lines) or len(lines) - 1


def _counts(head: Term, unit: Unit) -> bool:
    """Whether a number stands right before the thing that is counted."""
    for m in re.finditer(r"\d[\d.,-]*\s+((?:\w+\s+){0,1}\w+)", unit.text):
        if head.match(tokens_of(m.group(1))) >= 0.9:
            return True
    return False


def _defines(query: Query, unit: Unit) -> bool:
    """Whether the sentence begins with what is asked about."""
    first = tokens_of(" ".join(unit.text.split()[:5]))
    strongest = max(query.terms, key=lambda t: t.weight, default=None)
    return strongest is not None and strongest.match(first) >= 0.9
