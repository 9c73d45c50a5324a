"""Answers in the documents' own words: which units, in which order, and whether at all.

Nothing is rephrased. A statement is a verbatim stretch of a passage; the words in it that answer are set in bold.
Where the nearly identical agreements of several regions answer alike, each region gets a statement from its newest
period, and a note says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from assistant.answer.picks import Draft, Pick, alike, heading, latest, picks_of
from assistant.answer.statements import ENOUGH, FRESH, MOST, NEAR, about
from assistant.documents.answer_units import Unit, tokens_of, units_of
from assistant.messages import said
from assistant.models import Quote, Scope, Statement
from assistant.question.expectation import Kind
from assistant.retrieval.ranking import Query, Scored
from assistant.retrieval.search import Found, Listing

PROVIDED = 8  # most statements of a provision asked for by its number
WORDS = 95  # most words of an answer that is not a list
RULES = ("sentence", "item", "row")  # kinds of unit that may hold a rule


def compose(
    query: Query, found: Sequence[Found], scope: Scope, day: dt.date, listing: Listing | None = None
) -> Draft | None:
    """The best draft that the hits allow, or None where no unit qualifies. Of a region's documents the one in force
    on `day` answers. `listing` holds the numbered parts that a document calls by the word asked for."""
    if listing:
        return _parts(listing)
    picks = picks_of(found, scope)
    if not picks:
        return None
    sides = _sides(scope, picks)
    if len(sides) > 1:
        statements: list[Statement] = []
        for side in sides:
            statements += about(query, side, WORDS * 2 // 3)[: max(1, MOST // len(sides))]
        return Draft(_distinct(statements), sides[0][0])
    best, notes = _standing_pick(scope, picks, day)
    alike = _other_regions(scope, best, picks, day)
    if alike:
        statements = [s for side in [best, *alike] for s in about(query, [side], 40)[:1]]
        note = said("of_each_region")
        return Draft(_distinct(statements), best, (note,))
    own = [p for p in picks if p.passage.id == best.passage.id]
    statements = about(query, [best, *(p for p in own if p is not best)], WORDS)
    if beside := _beside(query, best, picks, statements):
        statements += about(query, [beside], ENOUGH)[:1]
    if _sum_words(statements) < 40:
        statements += _further(query, best, picks, statements)
    return Draft(tuple(_each_named(picks, _distinct(statements))), best, notes)


def stated(query: Query, pick: Pick) -> Draft:
    """A draft led by a given pick."""
    return Draft(_distinct(about(query, [pick], WORDS)), pick)


def drafted(query: Query, picks: Sequence[Pick]) -> Draft:
    """A draft of given picks in their order, one statement for each."""
    statements = [s for pick in picks for s in about(query, [pick], ENOUGH)[:1]]
    return Draft(_distinct(statements), picks[0])


# --- which units ---


def _sides(scope: Scope, picks: list[Pick]) -> list[list[Pick]]:
    """The sides of a comparison: the picks of each region, or each period, that the question names."""
    by_region = [[p for p in picks if r in p.passage.facts.regions] for r in scope.regions]
    by_period = [[p for p in picks if p.passage.facts.period == q] for q in scope.periods]
    for sides in (by_region, by_period):
        full = [side for side in sides if side]
        if len(full) > 1:
            return full
    return []


def _standing_pick(scope: Scope, picks: list[Pick], day: dt.date) -> tuple[Pick, tuple[str, ...]]:
    """Where several periods of one region answer, the pick from the one in force, whether it is the same clause or
    another that answers about as well; not where the question names a period."""
    best = picks[0]
    if scope.periods or scope.on or scope.soft_years or not best.passage.facts.years:
        return best, ()
    found = latest(best, picks, day)
    others = [p for p in picks if p.passage.facts.regions == found.passage.facts.regions
              and p.passage.facts.period not in (None, found.passage.facts.period)
              and alike(p.unit, found.unit)]  # fmt: skip
    if not others:
        return found, ()
    return found, (said("newest_period", period=found.passage.facts.period),)


def _other_regions(scope: Scope, best: Pick, picks: list[Pick], day: dt.date) -> list[Pick]:
    if scope.regions or not best.passage.facts.region:
        return []
    seen = {best.passage.facts.region}
    found: list[Pick] = []
    same = [p for p in picks if alike(p.unit, best.unit)]
    for p in sorted(same, key=lambda p: (p.standing(day), p.value), reverse=True):
        region = p.passage.facts.region
        if region and region not in seen and p.value > NEAR * best.value:
            seen.add(region)
            found.append(latest(p, same, day))
    return found[: MOST - 1]


def _further(query: Query, best: Pick, picks: list[Pick], have: list[Statement]) -> list[Statement]:
    """Another passage of the same document that covers words of the question which the first left open."""
    covered = {t.word for t in query.known if t.match(tokens_of(" ".join(s.text for s in have))) >= 0.5}
    for p in picks:
        if p.passage.id == best.passage.id or p.passage.document_id != best.passage.document_id:
            continue
        new = [t for t in query.known if t.word not in covered and t.match(tokens_of(p.unit.text)) >= 0.9]
        if p.value >= 0.9 * best.value and sum(t.weight for t in new) >= 0.3 * sum(
            t.weight for t in query.known
        ):
            return about(query, [p], 40)[:1]
    return []


def _beside(query: Query, best: Pick, picks: list[Pick], have: list[Statement]) -> Pick | None:
    """Another rule of the same document, under another heading, that also gives the figure or day asked for and
    answers as well: the question does not say which one is meant."""
    if (
        query.expected.kind not in (Kind.NUMBER, Kind.WHEN)
        or best.unit.kind not in RULES
        or not best.scored.met
    ):
        return None
    told = " ".join(s.text for s in have)
    own = heading(best.passage, best.unit.start)
    asked = query.answered(f"{best.unit.about} {best.unit.text}")
    for p in picks:
        if p.value < NEAR * best.value:
            return None
        if p.passage.document_id != best.passage.document_id or p.unit.text in told:
            continue
        name = heading(p.passage, p.unit.start)
        apart = own and name and name.text != own.text and not alike(p.unit, best.unit)
        of_it = query.answered(f"{p.unit.about} {p.unit.text}") >= asked - FRESH
        if apart and of_it and p.unit.kind in RULES and p.scored.met:
            return p
    return None


# --- from units to statements ---


def _parts(listing: Listing) -> Draft:
    """A draft with every numbered part by its heading."""
    statements = []
    for part in listing.series.parts:
        text = part.passage.text[part.start : part.end]
        title = text.rindex(part.title)
        quote = Quote(part.passage.id, part.start, part.end, text)
        statements.append(Statement(text, (quote,), bold=((title, title + len(part.title)),), kind="part"))
    first = listing.series.parts[0]
    unit = Unit(first.start, first.end, statements[0].text, "heading")
    scored = Scored(unit, listing.found.score, 0.0, listing.covered, "shown")
    return Draft(tuple(statements), Pick(listing.found, scored), whole=True)


def _each_named(picks: Sequence[Pick], statements: Sequence[Statement]) -> list[Statement]:
    """The statements, each with its heading where rules of one document stand under several headings."""
    passages = {p.passage.id: p.passage for p in picks}
    over = [heading(passages.get(s.quotes[0].passage_id), s.quotes[0].start) for s in statements]
    if len({name.text for name in over if name}) < 2:
        return list(statements)
    out: list[Statement] = []
    for s, name in zip(statements, over, strict=True):
        if name and name.text not in s.text and s.kind in RULES:
            shift = len(name.text) + 1
            bold = tuple((start + shift, end + shift) for start, end in s.bold)
            s = replace(s, text=f"{name.text}\n{s.text}", quotes=(*s.quotes, name), bold=bold)
        out.append(s)
    return out


def provided(found: Found, start: int, end: int) -> Draft | None:
    """A provision asked for by its number, quoted in full (the first `PROVIDED` units)."""
    units = [
        u for u in units_of(found.passage.text) if start <= u.start and u.end <= end and u.kind != "heading"
    ]
    chosen: list[Unit] = []
    for unit in units:
        if not any(u.start < unit.end and unit.start < u.end for u in chosen):
            chosen.append(unit)
    chosen = chosen[:PROVIDED]
    if not chosen:
        return None
    quotes = [Quote(found.passage.id, u.start, u.end, u.text) for u in chosen]
    statements = tuple(Statement(q.text, (q,), kind=u.kind) for q, u in zip(quotes, chosen, strict=True))
    scored = Scored(chosen[0], found.score, 0.0, found.coverage, "")
    return Draft(statements, Pick(found, scored), whole=True)


def _sum_words(statements: Sequence[Statement]) -> int:
    return sum(len(s.text.split()) for s in statements)


def _distinct(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    seen: dict[tuple[Quote, ...], Statement] = {}
    for s in statements:
        seen.setdefault(s.quotes, s)
    return tuple(seen.values())[:MOST]
