"""How well a unit of text answers a question: by the words it covers and the form it has."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from assistant.embedding import Vectors
from assistant.lexical import Term
from assistant.questions import Expectation, Kind
from assistant.units import Unit, tokens_of, units_of

# How far words count that are not in the unit itself.
ABOUT, BESIDE, AROUND = 0.75, 0.45, 0.35
MET, UNMET = 0.12, -0.15
LONG = 40


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the channels see it."""

    text: str
    terms: tuple[Term, ...]
    expected: Expectation
    vector: Vectors

    @property
    def known(self) -> tuple[Term, ...]:
        """The words that the index holds: the others cannot tell one passage from another."""
        return tuple(t for t in self.terms if t.known)

    @property
    def weight(self) -> float:
        return sum(t.weight for t in self.known) or 1.0

    @property
    def known_share(self) -> float:
        """Share of the question's weight in words that the index holds, 0 to 1."""
        return sum(t.weight for t in self.known) / (sum(t.weight for t in self.terms) or 1.0)

    def coverage(self, tokens: Set[str]) -> float:
        """Share of the known words' weight that a set of tokens answers to, 0 to 1."""
        return sum(t.weight * t.match(tokens) for t in self.known) / self.weight


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
        met = query.expected.met(unit.text)
        found.append(Scored(unit, coverage + _form(query, unit, met), coverage, met))
    return sorted(found, key=lambda s: (-s.score, s.unit.start))


def _coverage(query: Query, unit: Unit, beside: Set[str], around: Set[str]) -> float:
    own, about = tokens_of(unit.text), tokens_of(unit.about)
    total = 0.0
    for term in query.known:
        total += term.weight * max(
            term.match(own),
            ABOUT * term.match(about),
            BESIDE * term.match(beside),
            AROUND * term.match(around),
        )
    return total / query.weight


def _form(query: Query, unit: Unit, met: bool) -> float:
    expected = query.expected
    bonus = 0.0
    if expected.pattern is not None:
        bonus += MET if met else UNMET
    if unit.kind == "heading":
        bonus -= 0.3
    if expected.kind is Kind.LIST:
        bonus += 0.12 if unit.kind == "list" else 0.0
    elif unit.kind == "list":
        bonus -= 0.08
    if expected.kind is Kind.DEFINITION and unit.kind == "sentence" and _defines(query, unit):
        bonus += 0.12
    if unit.kind != "list":
        bonus -= 0.004 * max(0, unit.words - LONG)
    return bonus


def _defines(query: Query, unit: Unit) -> bool:
    """Whether the sentence begins with what is asked about."""
    first = tokens_of(" ".join(unit.text.split()[:5]))
    strongest = max(query.terms, key=lambda t: t.weight, default=None)
    return strongest is not None and strongest.match(first) >= 0.9
