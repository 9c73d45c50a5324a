"""How well a unit of text answers a question: by the words it covers and the form it has."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from assistant.chunking import BULLET
from assistant.cleaning import ITEM
from assistant.danish import fold
from assistant.embedding import Vectors
from assistant.lexical import Term
from assistant.questions import Expectation, Kind
from assistant.units import AMOUNT, Unit, tokens_of, units_of

# How far words count that are not in the unit itself.
ABOUT, BESIDE, AROUND = 0.75, 0.45, 0.35
MET, UNMET = 0.12, -0.25
NAMED = 0.08  # the unit also names the thing whose amount or date is asked for
LISTED, COUNTED = 0.2, 0.1  # a list where one is asked for; of as many items as asked
HEAD = 1.6  # how much more the word counts that names what is asked for
LONG = 40


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
        weights = [t.weight * (HEAD if t is head else 1.0) for t in known]
        total = sum(weights) or 1.0
        held = sum(t.weight * t.surely for t in known) / (sum(t.weight for t in terms) or 1.0)
        pulls = tuple(w / total for w in weights)
        return cls(text, tuple(terms), expected, vector, lexical, known, pulls, head, held)

    def coverage(self, tokens: Set[str]) -> float:
        """Share of the known words that a set of tokens answers to, 0 to 1."""
        return sum(p * t.match(tokens) for t, p in zip(self.known, self.pulls, strict=True))


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit and how well it answers; `coverage` is the share of the question's words, 0 to 1."""

    unit: Unit
    score: float
    coverage: float
    met: bool


def score_units(query: Query, text: str, context: Set[str]) -> list[Scored]:
    """All units of a passage, best first. `context` are the tokens of its title and headings."""
    units = units_of(text)
    around = tokens_of(text) | context
    found = []
    for i, unit in enumerate(units):
        beside: frozenset[str] = frozenset()
        if unit.kind == "sentence":
            for other in units[max(0, i - 1) : i + 2]:
                if other is not unit and other.kind in ("sentence", "heading"):
                    beside |= tokens_of(other.text)
        coverage = _coverage(query, unit, beside, around)
        met = _met(query.expected, unit)
        found.append(Scored(unit, coverage + _form(query, unit, met), coverage, met))
    return sorted(found, key=lambda s: (-s.score, s.unit.start))


def _coverage(query: Query, unit: Unit, beside: Set[str], around: Set[str]) -> float:
    own, about = tokens_of(unit.text), tokens_of(unit.about)
    total = 0.0
    for term, pull in zip(query.known, query.pulls, strict=True):
        total += pull * max(
            term.match(own),
            ABOUT * term.match(about),
            BESIDE * term.match(beside) if beside else 0.0,
            AROUND * term.match(around),
        )
    return total


def _form(query: Query, unit: Unit, met: bool) -> float:
    expected = query.expected
    bonus = 0.0
    if expected.pattern is not None:
        bonus += MET if met else UNMET
    if unit.kind == "heading":
        bonus -= 0.3
    head = query.head
    if expected.lists:
        named = head is None or head.match(tokens_of(f"{unit.about} {unit.text}")) >= 0.5
        bonus += LISTED if unit.kind == "list" and named else 0.0
        if unit.kind == "list" and expected.count:
            bonus += COUNTED if _items(unit) == expected.count else 0.0
    elif head and expected.kind is Kind.NUMBER and met and _counts(head, unit):
        bonus += 2 * MET
    if head and met and expected.pattern is not None and head.match(tokens_of(unit.text)) >= 0.5:
        bonus += NAMED
    elif unit.kind == "list":
        bonus -= 0.08
    if expected.kind is Kind.DEFINITION and unit.kind == "sentence" and _defines(query, unit):
        bonus += 0.12
    if unit.kind != "list":
        bonus -= 0.004 * max(0, unit.words - LONG)
    return bonus


def _met(expected: Expectation, unit: Unit) -> bool:
    """Whether a unit shows what is expected; a table's cells stand without their unit of measure."""
    if unit.kind == "row" and expected.kind is Kind.NUMBER:
        return bool(AMOUNT.search(unit.text))
    return expected.met(unit.text)


def _items(unit: Unit) -> int:
    return sum(bool(BULLET.match(line) or ITEM.match(line)) for line in unit.text.split("\n"))


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
