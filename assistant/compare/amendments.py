"""What has changed between two agreements of a region: clauses that say another figure, lists that came and went."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer.outline import FIGURED, Section, sections
from assistant.documents.units import Unit, tokens_of
from assistant.language.values import values_in
from assistant.models import Passage, Quote, Statement

SAME = 0.6  # token overlap, figures aside, from which two sentences are one clause in two papers
MOST = 24  # clauses that are told


@dataclass(frozen=True, slots=True)
class Amendment:
    """A clause of the older paper with what has taken its place."""

    heading: str
    before: Statement
    after: Statement


def amendments(older: Sequence[Passage], newer: Sequence[Passage]) -> list[Amendment]:
    """The clauses of two papers that name other figures or list other things, in the newer one's order."""
    old = [(s, p, u, _bare(u)) for s in sections(older) for p, u in s.units]
    found: list[Amendment] = []
    told: set[str] = set()
    for section in sections(newer):
        for passage, unit in section.units:
            words = _bare(unit)
            if unit.kind not in ("sentence", "list", "row") or len(words) < 3 or unit.text in told:
                continue
            near = max(old, key=lambda o: (_shared(words, o[3]), o[0].title == section.title), default=None)
            if near is None or near[2].kind != unit.kind:
                continue
            alike = _shared(words, near[3])
            lists = unit.kind == "list" and near[0].title == section.title and _lead(unit) & _lead(near[2])
            if (alike >= SAME and _keys(unit) != _keys(near[2])) or (lists and words != near[3]):
                told.add(unit.text)
                pair = _statement(near[0], near[1], near[2]), _statement(section, passage, unit)
                found.append(Amendment(section.title, *pair))
    return found[:MOST]


def _bare(unit: Unit) -> frozenset[str]:
    return frozenset(t for t in tokens_of(re.sub(r"\d+(?:[.,]\d+)*", " ", unit.text)))


def _lead(unit: Unit) -> frozenset[str]:
    return frozenset(tokens_of(re.sub(r"\d+", " ", unit.text.partition("\n")[0])))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _keys(unit: Unit) -> frozenset[tuple[str, ...]]:
    return frozenset(v.key for v in values_in(unit.text) if v.kind in FIGURED)


def _statement(section: Section, passage: Passage, unit: Unit) -> Statement:
    quote = Quote(passage.id, unit.start, unit.end, passage.text[unit.start : unit.end])
    bold = tuple((v.start, v.end) for v in values_in(quote.text) if v.kind in FIGURED)[:2]
    return Statement(quote.text, (quote,), bold=bold, kind=unit.kind)
