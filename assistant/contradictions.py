"""Two sentences of one document that say the same with different figures.

Only sentences that share nearly all their words are set beside each other, and only when exactly one
kind of figure in them differs: "95 pct. i 2023" and "94 pct. i 2024" contradict nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from assistant.consistency import Finding, Topic
from assistant.danish import YEAR
from assistant.models import Comparison, Difference, Passage, Quote, Row, Statement
from assistant.service import Assistant
from assistant.units import Unit, tokens_of, units_of
from assistant.values import Value, values_in

SHARED = 0.75  # of the words of two sentences that they must have in common, figures aside
FEWEST = 5  # such words
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Said:
    passage: Passage
    unit: Unit
    words: frozenset[str]
    values: dict[str, tuple[Value, ...]]


def findings(assistant: Assistant) -> list[Finding]:
    """Every contradiction found, each with both sides quoted from their pages."""
    found = []
    said: dict[str, list[_Said]] = defaultdict(list)
    for passage in assistant.retriever.passages:
        if passage.document_id not in assistant.retriever.replaced:
            said[passage.document_id] += _said(passage)
    for sentences in said.values():
        for one, other, kind in _pairs(sentences):
            if finding := _finding(assistant, one, other, kind):
                found.append(finding)
    return found


def _said(passage: Passage) -> Iterator[_Said]:
    """The sentences of a passage that hold a figure."""
    for unit in units_of(passage.text):
        if unit.kind != "sentence":
            continue
        values: dict[str, list[Value]] = defaultdict(list)
        for value in values_in(unit.text):
            values[value.kind].append(value)
        words = frozenset(t for t in tokens_of(unit.text) if not _FIGURE.search(t))
        for numbers in values.values():
            for value in numbers:
                words -= tokens_of(value.text)
        if values and len(words) >= FEWEST:
            yield _Said(passage, unit, words, {k: tuple(v) for k, v in values.items()})


def _pairs(sentences: list[_Said]) -> Iterator[tuple[_Said, _Said, str]]:
    for one, other in combinations(sentences, 2):
        if one.values.keys() != other.values.keys() or one.passage.facts != other.passage.facts:
            continue
        if YEAR.findall(one.unit.text) != YEAR.findall(other.unit.text):
            continue
        if len(one.words & other.words) < SHARED * len(one.words | other.words):
            continue
        apart = [k for k in one.values if {v.key for v in one.values[k]} != {v.key for v in other.values[k]}]
        # Figures that count along (a list of meetings, of years) are said of different things.
        if len(apart) == 1 and len(one.values[apart[0]]) == len(other.values[apart[0]]) == 1:
            yield one, other, apart[0]


def _finding(assistant: Assistant, one: _Said, other: _Said, kind: str) -> Finding | None:
    rows, shown = [], {}
    for said in (one, other):
        quote = Quote(said.passage.id, said.unit.start, said.unit.end, said.unit.text)
        passed = assistant.verified(Statement(said.unit.text, (quote,)))
        if passed is None:
            return None
        value = said.values[kind][0]
        first = passed.citations[0]
        shown[f"{first.place}{' igen' if first.place in shown else ''}"] = value.text
        rows.append(
            Row(first.facts.region, first.facts.period, first.document, "found", (passed,),
                ((value.kind, value.text, value.normalized),))
        )  # fmt: skip
    name = rows[0].document or "?"
    question = f"Siger {name} det samme to steder?"
    difference = Difference(kind, shown)
    comparison = Comparison(question, tuple(rows), "differ", (difference,), ())
    return Finding(Topic("", f"Modsigelse i {name}", question), comparison)
