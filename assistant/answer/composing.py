"""Answers in the documents' own words: which units, in which order, and whether at all.

Nothing is rephrased. A statement is a verbatim stretch of a passage; what answers in it is marked
bold. Where near-identical agreements answer alike, the region decides a statement each and the
newest period is taken; the reader is told.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from assistant.answer.highlighting import bold
from assistant.documents.answer_units import Unit, tokens_of, units_of
from assistant.language.numerals import ORDINALS
from assistant.language.vocabulary import any_of, words
from assistant.messages import said
from assistant.models import Passage, Quote, Scope, Statement
from assistant.question.expectation import Kind
from assistant.question.scope import speaks_to, standing
from assistant.retrieval.ranking import Query, Scored, items_in, titular
from assistant.retrieval.search import Found, Listing

MOST = 6  # statements
PROVIDED = 8  # of a provision that was asked for by its number
WORDS = 95  # of an answer that is no list
LIST_WORDS = 30  # more, where things are to be listed
LONGEST = 100  # of a list that was not asked for
ENOUGH = 30  # words after which a figure or a name needs no more sentences around it
SHORT_LEAD = 14  # words of a line that an item is shown under
TITLE = 4  # words of a line that may be a title
FRESH = 0.2  # of the question: what a further sentence must add to stand beside the first
GOES_ON = 0.05  # of the best unit's likelihood: what a sentence must have to do with the question to go on
AS_WELL = 0.7  # of the best unit's likelihood: what a newer paper must answer with to answer instead
RULES = ("sentence", "item", "row")  # what a rule may be told in
NEAR = 0.8  # of the best unit's score: what may stand beside it
ALIKE = 0.6  # token overlap from which two units are the same clause of two agreements
ANAPHORA = re.compile(
    rf"(?:{any_of(words('fagord', 'naevnt_foer'))}"
    r"|Det|Den|De|Dette|Denne|Disse|Her|Heraf|Herudover|Desuden|Derudover|Derfor|Dermed|Han|Hun|Begge|Hertil"
    r"|Sådan(?:ne)?|(?:\w+\s+){1,2}(?:disse|denne|dette)"
    r"|(?:Til|For|Hos|Med|Ved|I|På)\s+(?:de|det|den)\s+\w+\s+(?:skal|kan|er|har|må|bør|vil|bliver|får|gælder))\b"
)


@dataclass(frozen=True, slots=True)
class Pick:
    """A unit chosen from a passage."""

    found: Found
    scored: Scored

    @property
    def value(self) -> float:
        """How likely it answers: what orders picks over passages."""
        return self.scored.score

    def standing(self, day: dt.date) -> tuple[bool, bool, tuple[int, int]]:
        """What orders a region's papers: in force on the day, begun by then, the newest."""
        return standing(self.passage.facts, day)

    @property
    def unit(self) -> Unit:
        return self.scored.unit

    @property
    def passage(self) -> Passage:
        return self.found.passage


@dataclass(frozen=True, slots=True)
class Draft:
    """Statements still to be verified, the pick that leads them, and remarks for the reader."""

    statements: tuple[Statement, ...]
    best: Pick
    notes: tuple[str, ...] = ()
    whole: bool = False  # a document's numbered parts, every one of them


def compose(
    query: Query, found: Sequence[Found], scope: Scope, day: dt.date, listing: Listing | None = None
) -> Draft | None:
    """The best draft the hits allow, or None when no unit of theirs says anything. Of a region's papers the one in
    force on the `day` answers. `listing` are the numbered parts that a document calls by the word that is asked for."""
    if listing:
        return _parts(listing)
    picks = picks_of(found, scope)
    if not picks:
        return None
    sides = _sides(query, scope, picks)
    if len(sides) > 1:
        statements: list[Statement] = []
        for side in sides:
            statements += _about(query, side, WORDS * 2 // 3)[: max(1, MOST // len(sides))]
        return Draft(_distinct(statements), sides[0][0])
    best, notes = _standing_pick(scope, picks, day)
    alike = _other_regions(scope, best, picks, day)
    if alike:
        statements = [s for side in [best, *alike] for s in _about(query, [side], 40)[:1]]
        note = said("of_each_region")
        return Draft(_distinct(statements), best, (note,))
    own = [p for p in picks if p.passage.id == best.passage.id]
    statements = _about(query, [best, *(p for p in own if p is not best)], WORDS)
    if beside := _beside(query, best, picks, statements):
        statements += _about(query, [beside], ENOUGH)[:1]
    if _sum_words(statements) < 40:
        statements += _further(query, best, picks, statements)
    return Draft(tuple(_each_named(picks, _distinct(statements))), best, notes)


def stated(query: Query, pick: Pick) -> Draft:
    """A draft that is led by a given pick."""
    return Draft(_distinct(_about(query, [pick], WORDS)), pick)


def drafted(query: Query, picks: Sequence[Pick]) -> Draft:
    """A draft of given picks, in their order, each by itself."""
    statements = [s for pick in picks for s in _about(query, [pick], ENOUGH)[:1]]
    return Draft(_distinct(statements), picks[0])


# --- which units ---


def picks_of(found: Sequence[Found], scope: Scope) -> list[Pick]:
    """Units of the hits that may answer, likeliest first; a line that merely names something may where it shows
    what is asked for."""
    picks = [
        Pick(f, scored)
        for f in found
        for scored in f.units[:8]
        if scored.unit.kind != "heading"
        and re.search(r"\w{2}", scored.unit.text)
        and (scored.form == "shown" or not titular(scored.unit))
        and speaks_to(scope, f.passage.facts, f"{scored.unit.about} {scored.unit.text}")
    ]
    return sorted(picks, key=lambda p: -p.value)


def _sides(query: Query, scope: Scope, picks: list[Pick]) -> list[list[Pick]]:
    """A comparison's sides: the picks of each region, or each period, that the question names."""
    by_region = [[p for p in picks if r in p.passage.facts.regions] for r in scope.regions]
    by_period = [[p for p in picks if p.passage.facts.period == q] for q in scope.periods]
    for sides in (by_region, by_period):
        full = [side for side in sides if side]
        if len(full) > 1:
            return full
    return []


def _standing_pick(scope: Scope, picks: list[Pick], day: dt.date) -> tuple[Pick, tuple[str, ...]]:
    """Of what several periods of one region answer with, the one in force, be it the same clause or another that
    answers about as well; unless a period was asked."""
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


def latest(pick: Pick, picks: Sequence[Pick], day: dt.date) -> Pick:
    """The same clause of the same region in its paper in force, or, where that has none, what answers about as well
    there: an expired paper, or one to come, answers only where none in force does."""
    facts = pick.passage.facts
    own = [p for p in picks if p.passage.facts.regions == facts.regions]
    later = [p for p in own if p.standing(day) > pick.standing(day)]
    same = [p for p in later if alike(p.unit, pick.unit)]
    as_well = [p for p in later if p.value >= AS_WELL * pick.value and p.passage.facts.kind == facts.kind]
    return max(same or as_well, key=lambda p: p.standing(day), default=pick)


def alike(one: Unit, other: Unit) -> bool:
    """Whether two units are the same clause of two agreements, be it with another list below the same words."""
    if one.kind == other.kind == "list":
        leads = [re.sub(r"\d+", "", u.text.partition("\n")[0]) for u in (one, other)]
        if _overlap(tokens_of(leads[0]), tokens_of(leads[1])):
            return True
    return _overlap(tokens_of(one.text), tokens_of(other.text))


def _overlap(one: Set[str], other: Set[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other) if one and other else False


def _further(query: Query, best: Pick, picks: list[Pick], have: list[Statement]) -> list[Statement]:
    """Another passage of the same document that covers words of the question the first left open."""
    covered = {t.word for t in query.known if t.match(tokens_of(" ".join(s.text for s in have))) >= 0.5}
    for p in picks:
        if p.passage.id == best.passage.id or p.passage.document_id != best.passage.document_id:
            continue
        new = [t for t in query.known if t.word not in covered and t.match(tokens_of(p.unit.text)) >= 0.9]
        if p.value >= 0.9 * best.value and sum(t.weight for t in new) >= 0.3 * sum(
            t.weight for t in query.known
        ):
            return _about(query, [p], 40)[:1]
    return []


def _beside(query: Query, best: Pick, picks: list[Pick], have: list[Statement]) -> Pick | None:
    """Another rule of the same paper, under another heading, that gives the figure or the day asked for and answers
    as well: the question does not say which of the two is meant."""
    if (
        query.expected.kind not in (Kind.NUMBER, Kind.WHEN)
        or best.unit.kind not in RULES
        or not best.scored.met
    ):
        return None
    told = " ".join(s.text for s in have)
    own = _heading(best.passage, best.unit.start)
    asked = query.answered(f"{best.unit.about} {best.unit.text}")
    for p in picks:
        if p.value < NEAR * best.value:
            return None
        if p.passage.document_id != best.passage.document_id or p.unit.text in told:
            continue
        name = _heading(p.passage, p.unit.start)
        apart = own and name and name.text != own.text and not alike(p.unit, best.unit)
        of_it = query.answered(f"{p.unit.about} {p.unit.text}") >= asked - FRESH
        if apart and of_it and p.unit.kind in RULES and p.scored.met:
            return p
    return None


# --- from units to statements ---


def _parts(listing: Listing) -> Draft:
    """Every numbered part by its heading."""
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
    """Rules of one paper that stand under several headings, each under its own."""
    passages = {p.passage.id: p.passage for p in picks}
    over = [_heading(passages.get(s.quotes[0].passage_id), s.quotes[0].start) for s in statements]
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


def heading_of(pick: Pick) -> str:
    """The heading that a pick stands under in its passage, or ""."""
    found = _heading(pick.passage, pick.unit.start)
    return found.text if found else ""


def _heading(passage: Passage | None, at: int) -> Quote | None:
    """The last heading of a passage before a place in it."""
    above = [u for u in units_of(passage.text) if u.kind == "heading" and u.end <= at] if passage else []
    if not above or passage is None:
        return None
    last = max(above, key=lambda u: u.start)
    return Quote(passage.id, last.start, last.end, last.text)


def provided(found: Found, start: int, end: int) -> Draft | None:
    """A provision that was asked for by its number, in its own words from the first to the last."""
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


def _about(query: Query, picks: Sequence[Pick], words: int) -> list[Statement]:
    """Statements from the best pick and its close neighbours of the same passage, in text order."""
    best = picks[0]
    announces = best.unit.text.rstrip().endswith(":")
    if query.expected.lists or announces or best.unit.kind == "list" or _led_by_its_lead(query, best):
        whole = _whole_list(best)
        if whole and (query.expected.lists or whole.words <= LONGEST):
            return [_statement(query, best.passage, whole), *_missing(query, best, whole)]
    listed = query.expected.lists
    if listed and best.unit.kind == "sentence" and (below := _announced(best)):
        return [_statement(query, best.passage, u, marked=u is below) for u in (best.unit, below)]
    words += LIST_WORDS if listed else 0
    chosen = [best.unit if listed else led(best)]
    own = [p for p in picks[1:] if p.passage.id == best.passage.id and p.unit.kind != "list"]
    if query.expected.wants is None:  # what says more of the question comes before what says it again
        own.sort(key=lambda p: not _fresh(query, chosen, p))
    for p in own:
        if len(chosen) >= 3:
            break
        unit = led(p)
        close = p.scored.score >= NEAR * best.scored.score and p.scored.met >= best.scored.met
        if best.unit.kind == "row" != unit.kind and (unit.kind == "heading" or unit.words <= TITLE):
            continue  # the heads of its columns say more
        if unit.kind == best.unit.kind == "row":  # another row of the table, that the question names less of
            asked = tokens_of(query.text)  # the municipality too, that the search has used up
            close &= len(asked & tokens_of(unit.text)) >= len(asked & tokens_of(best.unit.text))
        inside = any(u.start < unit.end and unit.start < u.end for u in chosen)
        if inside or sum(u.words for u in chosen) + unit.words > words:
            continue
        if close or _fresh(query, chosen, p):
            chosen.append(unit)
    chosen += _following(best, chosen, words)
    chosen += _next(query, best, chosen, words)
    statements, leads = [], set[int | None]()
    for u in sorted(_joined(best, chosen), key=lambda u: u.start):
        marked = u.start <= best.unit.start < u.end
        statements.append(_statement(query, best.passage, u, marked=marked, lead=u.lead not in leads))
        leads.add(u.lead)
    return statements + _overleaf(query, best, chosen, words)


def _led_by_its_lead(query: Query, best: Pick) -> bool:
    """Whether an item is there for the line its list stands under, not for what it says itself."""
    unit = best.unit
    if unit.kind != "item" or unit.lead is None or query.expected.wants is not None:
        return False
    return query.added(unit.text, unit.about) < FRESH <= query.answered(unit.about)


def _announced(best: Pick) -> Unit | None:
    """The list under the heading that comes right after a sentence."""
    after = [u for u in units_of(best.passage.text) if u.start >= best.unit.end]
    first = next((u for u in after if u.kind != "heading"), None)
    return first if first and after[0].kind == "heading" and first.kind == "list" else None


def _fresh(query: Query, chosen: Sequence[Unit], pick: Pick) -> bool:
    """Whether a pick says enough of the question that the units chosen do not."""
    return query.added(pick.unit.text, " ".join(u.text for u in chosen)) >= FRESH


def _overleaf(query: Query, best: Pick, chosen: Sequence[Unit], words: int) -> list[Statement]:
    """What the next passage holds of a sentence or a list that breaks off at the end of this one, or of
    an answer that is short yet."""
    text, after = best.passage.text, best.found.after
    last = max(chosen, key=lambda u: u.end)
    if after is None or text[last.end :].strip() or last.kind not in ("sentence", "item"):
        return []
    have = sum(u.words for u in chosen)
    if re.search(r"[.!?»\"”)](?:\s*>+)?$", last.text):
        same = after.section == best.passage.section and after.page == best.passage.page
        if not same or last.kind != "sentence" or have >= ENOUGH or query.expected.wants is not None:
            return []
        more: list[Unit] = []
        for u in units_of(after.text)[:2]:
            if u.kind != "sentence" or have + sum(x.words for x in more) + u.words > words:
                break
            more.append(u)
        return [_statement(query, after, u, marked=False) for u in more]
    if not (last.text.endswith(":") or after.text.lstrip()[:1].islower()):
        return []
    units = [u for u in units_of(after.text) if u.kind != "heading"]
    first = next((u for u in units if u.kind in ("sentence", "list")), None)
    if first is None or first.words > LONGEST:
        return []
    out = [first]
    if query.expected.lists and first.kind == "sentence":
        out += [u for u in units[1:3] if u.kind == "list" and u.words <= LONGEST][:1]
    return [_statement(query, after, u, marked=False) for u in out]


def _missing(query: Query, best: Pick, whole: Unit) -> list[Statement]:
    """The first lines of the next passage, where a list at the end of this one has fewer things than
    were asked for."""
    after = best.found.after
    short = (query.expected.count or 0) - items_in(whole)
    if short <= 0 or items_in(whole) >= len(ORDINALS):
        return []
    rest = [u for u in units_of(best.passage.text) if u.start >= whole.end]
    if rest:  # a thing that is counted in words, its mark lost
        counted = re.compile(rf"(?:Det|Den|De)\s+{ORDINALS[items_in(whole)]}\b")
        told = rest[:1] if counted.match(rest[0].text) else []
        return [_statement(query, best.passage, u, marked=False) for u in told]
    if after is None:
        return []
    lines = units_of(after.text)[:short]
    if not all(u.kind == "item" or (u.kind == "sentence" and u.words <= SHORT_LEAD) for u in lines):
        return []
    return [_statement(query, after, u, marked=False, lead=False) for u in lines]


def _next(query: Query, best: Pick, chosen: list[Unit], words: int) -> list[Unit]:
    """Sentences that go on from the last one and have to do with what is asked, until the answer is round."""
    limit = words if query.expected.wants is None or not best.scored.met else ENOUGH
    last = max(chosen, key=lambda u: u.end)
    if last.kind != "sentence" or sum(u.words for u in chosen) >= limit:
        return []
    likely = {scored.unit.start: scored.score for scored in best.found.units}
    out: list[Unit] = []
    for u in units_of(best.passage.text):
        if u.start < last.end:
            continue
        if u.kind != "sentence" or sum(x.words for x in chosen + out) + u.words > words:
            break
        if likely.get(u.start, 0.0) < GOES_ON * best.scored.score:
            break
        out.append(u)
        if sum(x.words for x in chosen + out) >= limit:
            break
    return out


def _joined(best: Pick, units: list[Unit]) -> list[Unit]:
    """Neighbouring sentences of one paragraph read as one statement."""
    text = best.passage.text
    out: list[Unit] = []
    for u in sorted(units, key=lambda u: u.start):
        if (
            out
            and u.kind == out[-1].kind == "sentence"
            and not re.search(r"\S|\n", text[out[-1].end : u.start])
        ):
            out[-1] = Unit(out[-1].start, u.end, text[out[-1].start : u.end], "sentence", u.about)
        else:
            out.append(u)
    return out


def led(pick: Pick) -> Unit:
    """A sentence that leans on the one before it is taken together with it: "Det …", "Satsen …"."""
    unit = pick.unit
    if unit.kind != "sentence" or not ANAPHORA.match(unit.text):
        return unit
    text = pick.passage.text
    before = [u for u in units_of(text) if u.kind == "sentence" and u.end <= unit.start]
    if before and not re.search(r"\n", text[before[-1].end : unit.start]):
        last = before[-1]
        if last.words + unit.words <= 55:
            return Unit(last.start, unit.end, text[last.start : unit.end], "sentence", unit.about)
    return unit


def _following(best: Pick, chosen: list[Unit], words: int) -> list[Unit]:
    """The list that a sentence announces, or the sentence after a very short one."""
    text = best.passage.text
    lead = max((u for u in chosen), key=lambda u: u.end)
    if not lead.text.rstrip().endswith(":"):
        return []
    rest = [
        u
        for u in units_of(text)
        if u.start >= lead.end and u.kind in ("item", "sentence") and re.search(r"\w{2}", u.text)
    ]
    if rest and (counted := _counted(rest)):
        return [
            u for i, u in enumerate(counted) if sum(x.words for x in chosen + counted[: i + 1]) <= words + 60
        ]
    out: list[Unit] = []
    for u in rest[:10]:
        if sum(x.words for x in chosen + out) + u.words > words + 60 or (out and u.kind != out[0].kind):
            break
        out.append(u)
        if u.kind == "sentence":
            break
    return out


def _counted(units: Sequence[Unit]) -> list[Unit]:
    """The items that count on from one, whatever stands between them; none where nothing does."""
    out: list[Unit] = []
    for u in units:
        m = re.match(r"\(?(\d{1,2})[.)]\s", u.text)
        if u.kind == "item" and m and int(m.group(1)) == len(out) + 1:
            out.append(u)
        elif not out:
            break
    return out if 1 < len(out) < MOST and out[-1] is not units[len(out) - 1] else []


def _whole_list(best: Pick) -> Unit | None:
    """The list the pick belongs to or announces, if there is one."""
    units = units_of(best.passage.text)
    lists = [u for u in units if u.kind == "list" and u.start <= best.unit.start and best.unit.end <= u.end]
    if not lists and best.unit.kind == "sentence" and best.unit.text.rstrip().endswith(":"):
        lists = [u for u in units if u.kind == "list" and u.start <= best.unit.start < u.end]
    if not lists:
        return None
    announces = best.unit.text.rstrip().endswith(":")
    whole = lists[0]
    if announces:  # the list that its last line opens, if there is one
        last = best.unit.end - 1
        opened = [u for u in units if u.kind == "list" and u.start <= last < u.end]
        whole = max(opened, key=lambda u: u.start, default=whole)
    return whole


def _statement(
    query: Query, passage: Passage, unit: Unit, *, marked: bool = True, lead: bool = True
) -> Statement:
    """A unit as a statement; `marked` when it holds the pick that answers, `lead` when an item is to be
    read under what its list is called."""
    text = passage.text[unit.start : unit.end]
    quotes = [Quote(passage.id, unit.start, unit.end, text)]
    header = _header_of(passage, unit) if unit.kind == "row" else _lead_of(passage, unit) if lead else None
    if header:
        quotes.append(header)  # the row or item is what a reader opens first
        text = f"{header.text}\n{text}"
    return Statement(text, tuple(quotes), bold=bold(query, text, unit) if marked else (), kind=unit.kind)


def _header_of(passage: Passage, unit: Unit) -> Quote | None:
    """The column heads of the table that a row belongs to, as a quote of their own."""
    for line in reversed(passage.text[: unit.start].rstrip("\n").split("\n")):
        if line and line in unit.about and line.strip():
            start = passage.text.rindex(line, 0, unit.start)
            return Quote(passage.id, start, start + len(line), line)
    return None


def _lead_of(passage: Passage, unit: Unit) -> Quote | None:
    """The short line that an item's list stands under."""
    if unit.kind != "item" or unit.lead is None:
        return None
    text = passage.text[unit.lead : unit.start].split("\n")[0].rstrip()
    if not text or len(text.split()) > SHORT_LEAD:
        return None
    return Quote(passage.id, unit.lead, unit.lead + len(text), text)


def _sum_words(statements: Sequence[Statement]) -> int:
    return sum(len(s.text.split()) for s in statements)


def _distinct(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    seen: dict[tuple[Quote, ...], Statement] = {}
    for s in statements:
        seen.setdefault(s.quotes, s)
    return tuple(seen.values())[:MOST]
