"""How well a unit of text answers a question: by the words it covers and the form it has."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

from assistant.chunking import BULLET
from assistant.cleaning import ITEM

from assistant.danish import fold
from assistant.embedding import Vectors
from assistant.lexical import Term
from assistant.questions import Expectation, Kind
from assistant.units import Unit, tokens_of, units_of

# How far words count that are not in the unit itself.
ABOUT, BESIDE, AROUND = 0.75, 0.45, 0.35
MET, UNMET = 0.12, -0.15
LISTED, COUNTED = 0.25, 0.1  # a list where one is asked for; of as many items as asked
HEAD = 1.6  # how much more the word counts that names what is asked for
RARE = 1.4  # exponent of a word's weight: the telling words decide
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

    @property
    def head(self) -> Term | None:
        """The word that names what is asked for."""
        head = self.expected.head
        return next((t for t in self.known if head and t.word == fold(head)), None)

    def coverage(self, tokens: Set[str]) -> float:
        """Share of the known words' weight that a set of tokens answers to, 0 to 1."""
        return sum(self.pull(t) * t.match(tokens) for t in self.known) / self.pulls

    def pull(self, term: Term) -> float:
        """How much a word counts in coverage: telling words more, what is asked for twice."""
        return float(term.weight**RARE * (HEAD if term is self.head else 1.0))

    @property
    def pulls(self) -> float:
        return sum(self.pull(t) for t in self.known) or 1.0


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
        total += query.pull(term) * max(
            term.match(own),
            ABOUT * term.match(about),
            BESIDE * term.match(beside),
            AROUND * term.match(around),
        )
    return total / query.pulls


def _form(query: Query, unit: Unit, met: bool) -> float:
    expected = query.expected
    bonus = 0.0
    if expected.pattern is not None:
        bonus += MET if met else UNMET
    if unit.kind == "heading":
        bonus -= 0.3
    head = query.head
    if expected.kind is Kind.LIST:
        named = head is None or head.match(tokens_of(f"{unit.about} {unit.text}")) >= 0.5
        bonus += LISTED if unit.kind == "list" and named else 0.0
        if unit.kind == "list" and expected.count:
            bonus += COUNTED if _items(unit) == expected.count else 0.0
    elif head and expected.kind is Kind.NUMBER and met and _counts(head, unit):
        bonus += MET
    elif unit.kind == "list":
        bonus -= 0.08
    if expected.kind is Kind.DEFINITION and unit.kind == "sentence" and _defines(query, unit):
        bonus += 0.12
    if unit.kind != "list":
        bonus -= 0.004 * max(0, unit.words - LONG)
    return bonus


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
