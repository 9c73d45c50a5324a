"""From a unit that answers to statements: with its list, its neighbours in the passage, and what it refers back to or
announces, in text order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answer.highlighting import bold
from assistant.answer.picks import Pick
from assistant.documents.answer_units import Unit, tokens_of, units_of
from assistant.language.numerals import ORDINALS
from assistant.language.vocabulary import any_of, words
from assistant.models import Passage, Quote, Statement
from assistant.retrieval.ranking import Query, items_in

MOST = 6  # most statements of an answer
LIST_WORDS = 30  # additional words where several items are asked for
LONGEST = 100  # most words of a list that was not asked for
ENOUGH = 30  # words after which an answer with a figure or a name gets no further sentences
SHORT_LEAD = 14  # most words of the line above a list that is shown with its items
TITLE = 4  # most words of a line that may be a title
FRESH = 0.2  # share of the question that a further sentence must add to be included
GOES_ON = 0.05  # share of the best unit's score that a sentence needs to be a continuation
NEAR = 0.8  # share of the best unit's score from which another unit is shown next to it
ENDED = re.compile(r"[.!?»\"”)](?:\s*>+)?$")  # a sentence that a box or a page breaks off has no end
ANAPHORA = re.compile(
    rf"(?:{any_of(words('fagord', 'naevnt_foer'))}"
    r"|Det|Den|De|Dette|Denne|Disse|Her|Heraf|Herudover|Desuden|Derudover|Derfor|Dermed|Han|Hun|Begge|Hertil"
    r"|Sådan(?:ne)?|(?:\w+\s+){1,2}(?:disse|denne|dette)"
    r"|(?:Til|For|Hos|Med|Ved|I|På)\s+(?:de|det|den)\s+\w+\s+(?:skal|kan|er|har|må|bør|vil|bliver|får|gælder))\b"
)


def about(query: Query, picks: Sequence[Pick], words: int) -> list[Statement]:
    """Statements from the best pick and its close neighbours in the same passage, in text order."""
    best = picks[0]
    if whole := _as_list(query, best):
        return whole
    listed = query.expected.lists
    words += LIST_WORDS if listed else 0
    chosen = [best.unit if listed else led(best)]
    own = [p for p in picks[1:] if p.passage.id == best.passage.id and p.unit.kind != "list"]
    if query.expected.wants is None:  # units that cover more of the question come before those that repeat it
        own.sort(key=lambda p: not _fresh(query, chosen, p))
    for p in own:
        if len(chosen) >= 3:
            break
        if _joins(query, best, p, chosen, words):
            chosen.append(led(p))
    chosen += _following(best, chosen, words)
    chosen += _next(query, best, chosen, words)
    statements, leads = [], set[int | None]()
    for u in sorted(_joined(best, chosen), key=lambda u: u.start):
        marked = u.start <= best.unit.start < u.end
        statements.append(_statement(query, best.passage, u, marked=marked, lead=u.lead not in leads))
        leads.add(u.lead)
    return statements + _overleaf(query, best, chosen, words)


def _as_list(query: Query, best: Pick) -> list[Statement]:
    """The whole list that the best pick belongs to or announces, where that answers; else none."""
    listed = query.expected.lists
    announces = best.unit.text.rstrip().endswith(":")
    if listed or announces or best.unit.kind == "list" or _led_by_its_lead(query, best):
        whole = _whole_list(best)
        if whole and (listed or whole.words <= LONGEST):
            return [_statement(query, best.passage, whole), *_missing(query, best, whole)]
    if listed and best.unit.kind == "sentence" and (below := _announced(best)):
        return [_statement(query, best.passage, u, marked=u is below) for u in (best.unit, below)]
    return []


def _joins(query: Query, best: Pick, pick: Pick, chosen: Sequence[Unit], words: int) -> bool:
    """Whether another pick of the passage is shown with the units chosen: it scores about as well as the best one or
    adds to it, and fits within the words."""
    unit = led(pick)
    if best.unit.kind == "row" != unit.kind and (unit.kind == "heading" or unit.words <= TITLE):
        return False  # the row's column heads say more
    inside = any(u.start < unit.end and unit.start < u.end for u in chosen)
    if inside or sum(u.words for u in chosen) + unit.words > words:
        return False
    close = pick.scored.score >= NEAR * best.scored.score and pick.scored.met >= best.scored.met
    if unit.kind == best.unit.kind == "row":  # another row must match at least as many words of the question
        # Including the municipality, which the scope has removed from the terms.
        asked = tokens_of(query.text)
        close &= len(asked & tokens_of(unit.text)) >= len(asked & tokens_of(best.unit.text))
    return close or _fresh(query, chosen, pick)


def _led_by_its_lead(query: Query, best: Pick) -> bool:
    """Whether an item was found because of the line above its list rather than for its own words."""
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
    """Whether a pick covers enough of the question that the chosen units do not."""
    return query.added(pick.unit.text, " ".join(u.text for u in chosen)) >= FRESH


def _overleaf(query: Query, best: Pick, chosen: Sequence[Unit], words: int) -> list[Statement]:
    """Statements from the next passage, where a sentence or a list breaks off at the end of this one, or where the
    answer is still short."""
    after = best.found.after
    last = max(chosen, key=lambda u: u.end)
    if after is None or best.passage.text[last.end :].strip() or last.kind not in ("sentence", "item"):
        return []
    ended = ENDED.search(last.text)
    have = sum(u.words for u in chosen)
    more = _more(query, best, after, last, have, words) if ended else _rest(query, after, last)
    return [_statement(query, after, u, marked=False) for u in more]


def _more(query: Query, best: Pick, after: Passage, last: Unit, have: int, words: int) -> list[Unit]:
    """The first sentences of the next passage, where it continues the section and the answer is still short."""
    same = after.section == best.passage.section and after.page == best.passage.page
    if not same or last.kind != "sentence" or have >= ENOUGH or query.expected.wants is not None:
        return []
    out: list[Unit] = []
    for u in units_of(after.text)[:2]:
        if (
            u.kind != "sentence"
            or have + sum(x.words for x in out) + u.words > words
            or not ENDED.search(u.text)
        ):
            break
        out.append(u)
    return out


def _rest(query: Query, after: Passage, last: Unit) -> list[Unit]:
    """The rest, in the next passage, of a sentence or a list that breaks off."""
    if not (last.text.endswith(":") or after.text.lstrip()[:1].islower()):
        return []
    units = [u for u in units_of(after.text) if u.kind != "heading"]
    first = next((u for u in units if u.kind in ("sentence", "list")), None)
    if first is None or first.words > LONGEST:
        return []
    if query.expected.lists and first.kind == "sentence":
        return [first, *[u for u in units[1:3] if u.kind == "list" and u.words <= LONGEST][:1]]
    return [first]


def _missing(query: Query, best: Pick, whole: Unit) -> list[Statement]:
    """The first lines of the next passage, where a list at the end of this one has fewer items than asked for."""
    after = best.found.after
    short = (query.expected.count or 0) - items_in(whole)
    if short <= 0 or items_in(whole) >= len(ORDINALS):
        return []
    rest = [u for u in units_of(best.passage.text) if u.start >= whole.end]
    if rest:  # an item introduced by an ordinal, its list mark lost
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
    """Relevant sentences that follow the last chosen one, until the answer is long enough."""
    limit = words if query.expected.wants is None or not best.scored.met else ENOUGH
    last = max(chosen, key=lambda u: u.end)
    if last.kind != "sentence" or sum(u.words for u in chosen) >= limit:
        return []
    likely = {scored.unit.start: scored.score for scored in best.found.units}
    out: list[Unit] = []
    for u in units_of(best.passage.text):
        if u.start < last.end:
            continue
        if (
            u.kind != "sentence"
            or sum(x.words for x in chosen + out) + u.words > words
            or not ENDED.search(u.text)
        ):
            break
        if likely.get(u.start, 0.0) < GOES_ON * best.scored.score:
            break
        out.append(u)
        if sum(x.words for x in chosen + out) >= limit:
            break
    return out


def _joined(best: Pick, units: list[Unit]) -> list[Unit]:
    """The units, with neighbouring sentences of one paragraph merged."""
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
    """A sentence that refers back ("Det …", "Satsen …"), merged with the sentence before it; any other unit
    unchanged."""
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
    """The list or the sentence that the last chosen unit announces with a colon."""
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
    """The items numbered from one, with other units between them; none where nothing stands between them."""
    out: list[Unit] = []
    for u in units:
        m = re.match(r"\(?(\d{1,2})[.)]\s", u.text)
        if u.kind == "item" and m and int(m.group(1)) == len(out) + 1:
            out.append(u)
        elif not out:
            break
    return out if 1 < len(out) < MOST and out[-1] is not units[len(out) - 1] else []


def _whole_list(best: Pick) -> Unit | None:
    """The list that the pick belongs to or announces, if there is one."""
    units = units_of(best.passage.text)
    lists = [u for u in units if u.kind == "list" and u.start <= best.unit.start and best.unit.end <= u.end]
    if not lists and best.unit.kind == "sentence" and best.unit.text.rstrip().endswith(":"):
        lists = [u for u in units if u.kind == "list" and u.start <= best.unit.start < u.end]
    if not lists:
        return None
    announces = best.unit.text.rstrip().endswith(":")
    whole = lists[0]
    if announces:  # the innermost list that its last line opens
        last = best.unit.end - 1
        opened = [u for u in units if u.kind == "list" and u.start <= last < u.end]
        whole = max(opened, key=lambda u: u.start, default=whole)
    return whole


def _statement(
    query: Query, passage: Passage, unit: Unit, *, marked: bool = True, lead: bool = True
) -> Statement:
    """A unit as a statement. `marked` where it holds the pick that answers; `lead` where an item is shown with the
    line above its list."""
    text = passage.text[unit.start : unit.end]
    quotes = [Quote(passage.id, unit.start, unit.end, text)]
    header = _header_of(passage, unit) if unit.kind == "row" else _lead_of(passage, unit) if lead else None
    if header:
        quotes.append(header)  # after the row or item, which a reader opens first
        text = f"{header.text}\n{text}"
    return Statement(text, tuple(quotes), bold=bold(query, text, unit) if marked else (), kind=unit.kind)


def _header_of(passage: Passage, unit: Unit) -> Quote | None:
    """The column heads of a row's table, as a quote of their own."""
    for line in reversed(passage.text[: unit.start].rstrip("\n").split("\n")):
        if line and line in unit.about and line.strip():
            start = passage.text.rindex(line, 0, unit.start)
            return Quote(passage.id, start, start + len(line), line)
    return None


def _lead_of(passage: Passage, unit: Unit) -> Quote | None:
    """The short line above an item's list."""
    if unit.kind != "item" or unit.lead is None:
        return None
    text = passage.text[unit.lead : unit.start].split("\n")[0].rstrip()
    if not text or len(text.split()) > SHORT_LEAD:
        return None
    return Quote(passage.id, unit.lead, unit.lead + len(text), text)
