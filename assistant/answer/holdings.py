"""Answers about the collection itself, from the catalogue: which documents, from where and when, whether in force,
and how long.

Nothing is searched or quoted. Every fact is one that the documents tab shows with the words that prove it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from assistant.documents.answer_units import tokens_of
from assistant.language.places import REGIONS
from assistant.language.times import MONTHS
from assistant.messages import said
from assistant.models import DocumentEntry, Scope, Told
from assistant.question.scope import AGREEMENTS, admits, standing

SHOWN = 20  # most documents listed
RARE = 3  # most documents whose titles may share a word that is to identify them
_IN_FORCE = re.compile(
    r"\bgældende\b|\bgælder\b|\bi kraft\b|\bnuværende\b|\baktuelle?\b|\blige nu\b|\bi dag\b|\bin force\b|\bcurrent\b",
    re.IGNORECASE,
)
_NEWEST = re.compile(r"\b(?:ny(?:e|este|t)?|seneste|sidst \w+|newest|latest|new)\b", re.IGNORECASE)


def held(documents: Mapping[str, DocumentEntry], question: str, scope: Scope, day: dt.date) -> Told:
    """The documents that a question about the collection means, with what is known of each: those whose title it
    names, else those of its regions, times and kinds, else all. Where there is none, the answer says so and shows the
    closest ones."""
    entries = sorted(
        documents.values(), key=lambda d: (standing(d.facts, day), d.facts.date or ""), reverse=True
    )
    chosen = named(entries, question, scope) or [d for d in entries if _fits(d, scope)]
    if _IN_FORCE.search(question) and not scope.periods and not scope.soft_years:
        chosen = [
            d for d in chosen if d.facts.kind not in AGREEMENTS or admits(Scope(on=day), d.facts)
        ] or chosen
    if _NEWEST.search(question) and not scope.kinds and not scope.periods:
        chosen = chosen[:1] + [
            d for d in chosen[1:] if standing(d.facts, day) == standing(chosen[0].facts, day)
        ]
    opening = _counted(chosen, len(entries))
    if not chosen:
        opening = said("held_none", limits=_limits(scope))
        chosen = [d for d in entries if _fits(d, Scope(regions=scope.regions, kinds=scope.kinds))]
    chosen = [*chosen, *_successors(chosen, entries, day)]
    lines: list[str] = [_line(d, day) for d in chosen[:SHOWN]]
    if len(chosen) > SHOWN:
        lines.append(said("held_more", count=len(chosen) - SHOWN))
    return Told("\n".join([opening, *lines]), scope, tuple(d.id for d in chosen[:SHOWN]))


def _successors(
    chosen: Sequence[DocumentEntry], entries: Sequence[DocumentEntry], day: dt.date
) -> list[DocumentEntry]:
    """For agreements that are not in force, the ones in force of the same regions and kind."""
    past = [d for d in chosen if d.facts.kind in AGREEMENTS and not admits(Scope(on=day), d.facts)]
    lines = {(d.facts.regions, d.facts.kind) for d in past}
    return [
        d for d in entries
        if d not in chosen and (d.facts.regions, d.facts.kind) in lines and admits(Scope(on=day), d.facts)
    ]  # fmt: skip


def _fits(entry: DocumentEntry, scope: Scope) -> bool:
    facts = entry.facts
    if scope.regions and facts.regions and not set(scope.regions) & set(facts.regions):
        return False
    if scope.regions and not facts.regions:
        return False
    return admits(Scope(periods=scope.periods, soft_years=scope.soft_years, kinds=scope.kinds), facts) and (
        not (scope.periods or scope.soft_years) or facts.years is not None or facts.date is not None
    )


def named(entries: Sequence[DocumentEntry], question: str, scope: Scope) -> list[DocumentEntry]:
    """The documents that a question names by rare words of their title or file name, also by parts of compounds."""
    where = {t for region in REGIONS for t in _tokens(region)}
    asked = _tokens(question) - where
    titles = {d.id: _tokens(f"{d.title} {d.name.rpartition('.')[0].replace('-', ' ')}") for d in entries}
    few = min(RARE, max(1, len(entries) // 3))
    rare = {t for t in asked if 0 < sum(t in title for title in titles.values()) <= few}
    scored = [(len(rare & titles[d.id]), d) for d in entries]
    most = max((n for n, _ in scored), default=0)
    return [d for n, d in scored if n == most and _near(d, scope)] if most else []


def _tokens(text: str) -> set[str]:
    return {t.lstrip("~") for t in tokens_of(text) if not t.isdigit() and len(t) > 3}


def _near(entry: DocumentEntry, scope: Scope) -> bool:
    return not scope.regions or not entry.facts.regions or bool(set(scope.regions) & set(entry.facts.regions))


def _counted(chosen: Sequence[DocumentEntry], total: int) -> str:
    kinds: dict[str, int] = {}
    for d in chosen:
        kinds[d.facts.kind or "other"] = kinds.get(d.facts.kind or "other", 0) + 1
    told = ", ".join(
        f"{n} {said(f'kind_{kind}', count=n) if kind == 'other' else _plural(kind, n)}"
        for kind, n in kinds.items()
    )
    pages = sum(d.pages for d in chosen)
    return said(
        "held_all" if len(chosen) == total else "held_some",
        count=len(chosen),
        pages=pages,
        kinds=told,
        total=total,
    )


def _plural(kind: str, count: int) -> str:
    """
    >>> _plural("rammeaftale", 2), _plural("central udmelding", 2), _plural("bilag", 3)
    ('rammeaftaler', 'centrale udmeldinger', 'bilag')
    """
    if count == 1:
        return kind
    words = [w + ("e" if w == "central" else "") for w in kind.split()]
    last = words[-1]
    ending = "r" if last.endswith("e") else "er" if last.endswith(("ing", "tion", "tegi")) else ""
    return " ".join([*words[:-1], last + ending])


def _line(entry: DocumentEntry, day: dt.date) -> str:
    """One line for a document: title, file, pages, publisher and time."""
    facts = entry.facts
    about: list[str] = [said("pages", count=entry.pages)]
    about += [
        x for x in (facts.region, facts.period if facts.kind in AGREEMENTS else None, facts.publisher) if x
    ]
    if facts.valid_from and facts.valid_to:
        held = "held_in_force" if facts.valid_from <= day.isoformat() <= facts.valid_to else "held_expired"
        held = "held_to_come" if day.isoformat() < facts.valid_from else held
        about.append(said(held, since=in_words(facts.valid_from), until=in_words(facts.valid_to)))
    elif facts.date:
        about.append(in_words(facts.date))
    return f"• {entry.title} ({entry.name}): {', '.join(about)}"


def in_words(date: str) -> str:
    """A date as an agreement writes it.

    >>> in_words("2026-12-31"), in_words("2022-09")
    ('31. december 2026', 'september 2022')
    """
    year, *rest = (int(x) for x in date.split("-"))
    words = [str(year)] + [MONTHS[rest[0] - 1]] * bool(rest) + [f"{n}." for n in rest[1:]]
    return " ".join(reversed(words))


def _limits(scope: Scope) -> str:
    return ", ".join([*scope.regions, *scope.periods, *map(str, scope.soft_years), *scope.kinds])
