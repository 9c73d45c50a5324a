"""What has changed between two agreements of a region: clauses with another figure, new clauses and removed clauses.

Each clause of one document is paired with at most one of the other, so that the total similarity of all pairs is as
high as possible: in meaning, by the vectors of the index, and in words without figures. A clause without a
counterpart was added or removed.

    Kuhn, The Hungarian method for the assignment problem (1955)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answer.outline import sections
from assistant.documents.answer_units import Unit, tokens_of, units_of
from assistant.index.encoders import Vectors
from assistant.language.values import FIGURES, values_in
from assistant.models import Passage, Quote, Statement

MEANT = 0.5  # weight of the meaning; the words have the rest
SAME = 0.4  # similarity of one clause in two documents; chosen on ten pairs of eval/consistency/changes, tested on ten
WORDS = 3  # fewest words of a clause

VectorsOf = Callable[[Passage], Vectors]  # shape (units of the passage, dimension)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A clause of the older document and the one that replaces it. Without `before` it was added, without `after`
    removed."""

    heading: str
    before: Statement | None
    after: Statement | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A unit of a document, its heading, its vector and its words without figures."""

    heading: str
    passage: Passage
    unit: Unit
    vector: Vectors
    words: frozenset[str]

    @property
    def keys(self) -> frozenset[tuple[str, ...]]:
        return frozenset(v.key for v in values_in(self.unit.text) if v.kind in FIGURES)


def amendments(older: Sequence[Passage], newer: Sequence[Passage], vectors: VectorsOf) -> list[Amendment]:
    """The clauses of two documents with different figures, then those added, then those removed, each in document
    order."""
    old, new = clauses(older, vectors), clauses(newer, vectors)
    pairs = paired(old, new)
    changed = [
        Amendment(new[j].heading, _statement(old[i]), _statement(new[j]))
        for i, j in pairs
        if old[i].keys != new[j].keys
    ]
    here, there = {i for i, _ in pairs}, {j for _, j in pairs}
    came = [Amendment(c.heading, None, _statement(c)) for j, c in enumerate(new) if j not in there]
    went = [Amendment(c.heading, _statement(c), None) for i, c in enumerate(old) if i not in here]
    return [*changed, *came, *went]


def clauses(passages: Sequence[Passage], vectors: VectorsOf) -> list[Clause]:
    """The clauses of a document: its sentences, items and rows, each text once."""
    found: list[Clause] = []
    told: set[str] = set()
    for section in sections(passages):
        for passage, unit in section.units:
            if unit.kind == "list" or unit.text in told or len(re.findall(r"\w+", unit.text)) < WORDS:
                continue
            told.add(unit.text)
            vector = np.asarray(vectors(passage)[units_of(passage.text).index(unit)], np.float32)
            text = f"{unit.about} {unit.text}" if unit.kind == "row" else unit.text
            words = tokens_of(re.sub(r"\d+(?:[.,]\d+)*", " ", text))
            found.append(Clause(section.title, passage, unit, vector, words))
    return found


def paired(old: Sequence[Clause], new: Sequence[Clause]) -> list[tuple[int, int]]:
    """(index among the old, index among the new) of the clauses that correspond, in the order of the newer document."""
    from scipy.optimize import linear_sum_assignment

    if not old or not new:
        return []
    meant = np.array([c.vector for c in old]) @ np.array([c.vector for c in new]).T
    said = np.array([[len(a.words & b.words) / (len(a.words | b.words) or 1) for b in new] for a in old])
    alike = MEANT * meant + (1 - MEANT) * said
    rows, columns = linear_sum_assignment(alike, maximize=True)
    pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if alike[i, j] >= SAME]
    return sorted(pairs, key=lambda pair: pair[1])


def _statement(clause: Clause) -> Statement:
    passage, unit = clause.passage, clause.unit
    quote = Quote(passage.id, unit.start, unit.end, passage.text[unit.start : unit.end])
    bold = tuple((v.start, v.end) for v in values_in(quote.text) if v.kind in FIGURES)[:2]
    return Statement(quote.text, (quote,), bold=bold, kind=unit.kind)
