"""Pairs of sentences that say the same thing with different figures.

Only sentences that share nearly all their words are compared, and only where exactly one kind of figure differs: "95
pct. i 2023" and "94 pct. i 2024" do not contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from assistant.documents.answer_units import Unit, tokens_of, units_of
from assistant.language.times import YEAR
from assistant.language.values import Value, values_in
from assistant.models import Passage

SHARED = 0.75  # share of their words, figures aside, that two sentences must have in common
FEWEST = 5  # fewest words, figures aside, of a sentence
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence with its figures by kind, and its other words."""

    passage: Passage
    unit: Unit
    words: frozenset[str]
    values: Mapping[str, tuple[Value, ...]]


def claims(passage: Passage) -> list[Claim]:
    """The sentences of a passage that hold a figure."""
    return [Claim(passage, *told) for told in _told(passage.text)]


@lru_cache(maxsize=4096)
def _told(text: str) -> tuple[tuple[Unit, frozenset[str], Mapping[str, tuple[Value, ...]]], ...]:
    found = []
    for unit in units_of(text):
        if unit.kind != "sentence":
            continue
        values: dict[str, tuple[Value, ...]] = {}
        for value in values_in(unit.text):
            values[value.kind] = (*values.get(value.kind, ()), value)
        words = frozenset(t for t in tokens_of(unit.text) if not _FIGURE.search(t))
        for value in (v for numbers in values.values() for v in numbers):
            words -= tokens_of(value.text)
        if values and len(words) >= FEWEST:
            found.append((unit, words, values))
    return tuple(found)


def clash(one: Claim, other: Claim) -> str | None:
    """The kind of figure in which two claims about the same region and period differ; None where they do not."""
    mine, its = one.passage.facts, other.passage.facts
    if one.values.keys() != other.values.keys() or (mine.region, mine.period) != (its.region, its.period):
        return None
    if YEAR.findall(one.unit.text) != YEAR.findall(other.unit.text):
        return None
    if len(one.words & other.words) < SHARED * len(one.words | other.words):
        return None
    apart = [k for k in one.values if {v.key for v in one.values[k]} != {v.key for v in other.values[k]}]
    # Several figures of a kind (a list of meetings, of years) refer to different things.
    if len(apart) == 1 and len(one.values[apart[0]]) == len(other.values[apart[0]]) == 1:
        return apart[0]
    return None
