"""A summary of a document or a chapter in its own words: its headings with their most informative sentences.

Nothing is reworded. A sentence is informative where it names a figure, a day, a duty or a decision; a list, because
it holds what its heading promises. Text that two chapters share is shown once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.documents.answer_units import Unit, tokens_of, units_of
from assistant.language.values import FIGURES, values_in
from assistant.models import Passage, Quote, Statement

SHORT, LONG = 10, 40  # most statements, short and long
CHAPTER = 12  # most statements of a single chapter
EACH_SHORT, EACH_LONG = 1, 3  # most statements under each heading
LONGEST = 60  # half of the most words of a unit that is included
_DUTY = re.compile(
    r"\b(?:skal|senest|mindst|højst|kan kræve|pligt\w*|frist\w*|forpligte\w*|må ikke|betales?|deles)\b",
    re.IGNORECASE,
)
_AIM = re.compile(
    r"\b(?:formål\w*|fordi|opnå|målet?|ønsk\w*|vurder\w*|konklusion\w*|valgt|godkendt|aftalt|er en|betyder)\b",
    re.IGNORECASE,
)
_FORM = re.compile(r"\b(?:dette dokument|eksempel|indholdsfortegnelse|side \d+ af)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a document with the units under it, each with its passage."""

    title: str
    heading: Quote | None
    units: tuple[tuple[Passage, Unit], ...]


def sections(passages: Sequence[Passage]) -> list[Section]:
    """The headings of a document in order, each with what stands under it."""
    found: list[tuple[str, Quote | None, list[tuple[Passage, Unit]]]] = []
    for passage in passages:
        if not found:
            found.append((passage.section[-1] if passage.section else "", None, []))
        for unit in units_of(passage.text):
            if unit.kind == "heading":
                title = unit.text.strip("# ")
                if title != found[-1][0]:
                    found.append((title, Quote(passage.id, unit.start, unit.end, unit.text), []))
                continue
            found[-1][2].append((passage, unit))
    return [Section(title, heading, tuple(units)) for title, heading, units in found if units]


def chapters(found: Sequence[Section], asked: str, title: str) -> list[Section]:
    """The sections that a question names by words of their headings, apart from words of the document's `title`; none
    where it names none."""
    wanted = tokens_of(asked) - tokens_of(title)
    scored = []
    for section in found:
        shared = wanted & tokens_of(section.title)
        scored.append((sum(len(t) for t in shared if not t.startswith("~")), section))
    most = max((n for n, _ in scored), default=0)
    return [s for n, s in scored if n >= max(4, 0.5 * most)] if most else []


def outline(found: Sequence[Section], short: bool, narrow: bool = False) -> list[Statement]:
    """The most informative statements of the sections, in the document's order; more of each where the choice is
    `narrow`."""
    each = 9 if narrow else EACH_SHORT if short and len(found) > SHORT else EACH_LONG
    most = CHAPTER if narrow and short else SHORT if short else LONG
    picked: list[tuple[float, int, Statement]] = []
    seen: set[str] = set()
    order = 0
    for section in found:
        told = sorted(_telling(section, seen), key=lambda pair: -pair[0])[:each]
        for weight, passage, unit in sorted(
            ((w, p, u) for w, (p, u) in told), key=lambda x: (x[1].ordinal, x[2].start)
        ):
            picked.append((weight, order, _statement(section, passage, unit)))
            order += 1
    best = sorted(picked, key=lambda x: (-x[0], x[1]))[:most]
    return [s for _, _, s in sorted(best, key=lambda x: x[1])]


def _telling(section: Section, seen: set[str]) -> Iterator[tuple[float, tuple[Passage, Unit]]]:
    """(weight, unit) of a section's units. A list counts as a whole, not by its items."""
    lists = [(p.id, u.start, u.end) for p, u in section.units if u.kind == "list"]
    for place, (passage, unit) in enumerate(section.units):
        if unit.kind == "item" and any(
            p == passage.id and a <= unit.start and unit.end <= b for p, a, b in lists
        ):
            continue
        if unit.kind == "sentence" and any(
            p == passage.id and a <= unit.start and unit.end <= b for p, a, b in lists
        ):
            continue
        bare = re.sub(r"[\W\d]+", " ", unit.text).strip().lower()
        if unit.words < 4 or unit.words > 2 * LONGEST or bare in seen or _FORM.search(unit.text):
            continue
        seen.add(bare)
        figures = [v for v in values_in(unit.text) if v.kind in FIGURES]
        weight = 0.3 / (1 + place) + (1.0 if unit.kind == "list" else 0.0) + min(len(figures), 2)
        weight += 0.8 * bool(_DUTY.search(unit.text)) + 0.6 * bool(_AIM.search(unit.text))
        yield weight - (0.8 if unit.kind == "row" else 0.0), (passage, unit)


def _statement(section: Section, passage: Passage, unit: Unit) -> Statement:
    """A unit as a statement, with the section's heading as a quote of its own."""
    quotes = [Quote(passage.id, unit.start, unit.end, passage.text[unit.start : unit.end])]
    text = quotes[0].text
    if section.heading and section.heading.text not in text:
        quotes.append(section.heading)
        text = f"{section.heading.text}\n{text}"
    return Statement(text, tuple(quotes), kind=unit.kind if unit.kind in ("list", "row") else "sentence")
