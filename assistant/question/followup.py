"""What a turn of a conversation means, by what was said before: its matter, and where and when it is asked of.

A conversation's state is a record of slots. A turn replaces those it names and keeps the others: a new matter, a new
region, an earlier period, a narrowing, a correction. Whether it leans on what was said, and whether it names a matter
of its own, is learnt (`acts`); where and when are read by the grammar of `scope`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.index.encoders import Encoder
from assistant.language import vocabulary
from assistant.language.letters import fold
from assistant.language.places import NICKNAMES, municipalities_named, regions_named
from assistant.language.times import YEAR, periods_in
from assistant.language.words import word_terms
from assistant.models import Scope
from assistant.question.acts import Act, Reading, read_turn
from assistant.question.scope import TERM, read_scope, years_of

ALONE = 0.2  # under which a turn surely stands alone
SURELY_LEANS = 0.8  # from which a first turn leans on what was not said
LEANS, MATTER = 0.35, 0.5  # from which a turn leans on the one before; names a matter of its own
MATTER_WORDS = 14
UNLIKELY = 0.2  # under which it is no mere question, whichever of the other acts it is
SURELY = 0.45  # from which a turn is more than a question to the papers
SHORT = 5  # words of a turn that may be a mere addition


@dataclass(frozen=True, slots=True)
class State:
    """What a conversation is about by now: the question as it stands alone, without place and time, what was wanted
    with it, and the regions and times that hold."""

    asked: str = ""  # "Hvad er overheadet?"
    scope: Scope = field(default_factory=Scope)
    act: Act = Act.ANSWER
    wanted: Act = Act.ANSWER  # the last act that was no mere "where does it stand", "shorter", "thanks"
    matter: str = ""  # "overheadet": what the question is about; what the next turn may lean on
    home: str = ""  # the region that "hos os" means: the first that was named
    leans: bool = False  # whether the turn leans on what was shown
    shown: tuple[str, ...] = ()  # the passages that were shown last
    clause: str = ""  # the words that answered last, without their figures
    earlier: tuple[str, ...] = ()  # the regions that the same was asked of before
    other: str = ""  # the question as it may be meant as well: the new words alone

    @property
    def meant(self) -> str:
        """The question with its place and time.

        >>> State("Hvad er overheadet?", Scope(("Sjælland",), ("2025-2026",))).meant
        'Hvad er overheadet i Sjælland i 2025-2026?'
        """
        end = "." if self.asked.rstrip().endswith(".") else "?"
        parts = [self.asked.rstrip(" ?.!")]
        if self.scope.regions:
            parts.append("i " + " og ".join(self.scope.regions))
        if times := _times(self.scope):
            parts.append(times)
        return " ".join(parts) + end if parts[0] else ""


def as_json(state: State) -> dict[str, Any]:
    """A state as it is kept with an answer."""
    scope = state.scope
    return {
        "asked": state.asked, "act": state.act.value, "wanted": state.wanted.value, "matter": state.matter,
        "home": state.home, "shown": list(state.shown), "clause": state.clause, "earlier": list(state.earlier),
        "regions": list(scope.regions),
        "periods": list(scope.periods), "years": list(scope.soft_years),
        "on": scope.on.isoformat() if scope.on else None,
        "former": scope.former,
    }  # fmt: skip


def from_json(row: Mapping[str, Any]) -> State:
    """The state that was kept; the first one where none was.

    >>> state = State("Hvad er overheadet?", Scope(("Sjælland",), (), (), dt.date(2026, 1, 1)), matter="overheadet")
    >>> from_json(as_json(state)) == state, from_json({}) == State()
    (True, True)
    """
    if not row:
        return State()
    scope = Scope(
        tuple(row["regions"]), tuple(row["periods"]), (), dt.date.fromisoformat(row["on"]) if row["on"] else None,
        tuple(row["years"]), row["former"],
    )  # fmt: skip
    return State(
        row["asked"], scope, Act(row["act"]), Act(row["wanted"]), row["matter"], row["home"], False,
        tuple(row["shown"]), row["clause"], tuple(row.get("earlier", ())),
    )  # fmt: skip


def state_of(question: str, today: dt.date) -> State:
    """The state after a question that stood alone."""
    return follow(question, State(), today)


def standalone(question: str, previous: str, today: dt.date) -> str:
    """`question` with what it takes over from `previous`, or unchanged where it stands alone.

    >>> day = dt.date(2026, 1, 1)
    >>> standalone("Og i Syddanmark?", "Hvad er overheadet i Region Sjælland i 2025-2026?", day)
    'Hvad er overheadet i Syddanmark i 2025-2026?'
    >>> standalone("Hvad med 2018?", "Hvad er overheadet i Sjælland?", day)
    'Hvad er overheadet i Sjælland i 2018?'
    >>> standalone("Og for dagtilbud?", "Hvad er varslet for døgntilbud i Faxe i 2025?", day)
    'Hvad er varslet for dagtilbud i Sjælland i 2025?'
    >>> standalone("Hvad med overheadet?", "Hvad er varslet for døgntilbud i Faxe?", day)
    'Hvad er overheadet i Sjælland?'
    >>> standalone("Hvorfor det?", "Hvad koster en plads i Faxe?", day)
    'Hvad er begrundelsen her: hvad koster en plads i Sjælland?'
    >>> standalone("Hvad er en takst?", "Hvad er overheadet?", day)
    'Hvad er en takst?'
    """
    before, alone = state_of(previous, today), state_of(question, today)
    after = follow(question, before, today)
    return question if (after.asked, after.scope) == (alone.asked, alone.scope) else after.meant


def follow(text: str, state: State, today: dt.date, around: str = "", encode: Encoder | None = None) -> State:
    """The state after a turn; `around` are words beside it that say where and when, if it does not itself, `encode` is
    the bundled encoder, where it is at hand."""
    after = _followed(text, state, today, around, encode)
    same = after.asked == state.asked
    moved = same and len(after.scope.regions) == 1 and after.scope.regions != state.scope.regions
    earlier = state.scope.regions if moved else state.earlier if same else ()
    after = replace(after, earlier=earlier)
    return after if after.act in PASSING else replace(after, wanted=after.act)


def _followed(text: str, state: State, today: dt.date, around: str, encode: Encoder | None) -> State:
    reading = read_turn(text, encode)
    named = _named(text, state, today)
    if around:
        beside = _named(around, state, today)
        if not _ALL.search(text):
            named = replace(named, regions=named.regions or beside.regions)
        if not (named.periods or named.soft_years or named.on):
            named = replace(named, periods=beside.periods, soft_years=beside.soft_years)
    regions = _regions(text, named.regions, state, reading)
    kept = state.scope
    if reading.leans < ALONE:  # a question of its own is asked of what holds now
        kept = replace(kept, periods=(), soft_years=(), on=None)
    times = named if named.periods or named.soft_years or named.on or named.former else kept
    scope = replace(times, regions=regions, kinds=named.kinds or state.scope.kinds)
    sure = reading.acts[reading.act] >= SURELY or reading.acts[Act.ANSWER] < UNLIKELY
    act = reading.act if sure else Act.ANSWER
    if (
        act is Act.SUMMARY
        and reading.leans >= SURELY_LEANS
        and reading.matter < MATTER
        and state.wanted in ANSWERS
    ):
        act = Act.SHORTER  # of what was just said
    since = not (named.periods or named.soft_years) or bool(_CHANGED.search(text))
    since = since or bool(_BEFORE.search(text) and own_words(text))  # what is new since the one before
    if act is Act.CHANGES and len(scope.periods) < 2 and since:
        scope = replace(scope, periods=_both(scope, today), soft_years=(), on=None)
    if act is Act.ANSWER and state.asked and not named.regions and _ALL.search(text):
        act = Act.COMPARE
    apart = dict.fromkeys(_period(year) for year in scope.soft_years)
    if len(apart) > 1 and not scope.periods:  # "i 2024 og i 2026"
        scope = replace(scope, periods=tuple(sorted(apart)), soft_years=())
    if len(scope.regions) > 1 or len(scope.periods) > 1:
        act = Act.COMPARE if act in (Act.ANSWER, Act.FIGURES) else act
    state = replace(state, scope=scope, home=state.home or (regions[0] if regions else ""))
    own = own_words(text)
    state = replace(state, leans=False, other="")
    if not state.asked:
        asked = without_scope(text)
        return replace(
            state, asked=asked, matter=matter_of(asked), act=act, leans=reading.leans >= SURELY_LEANS
        )
    if act is Act.WHY:
        asked = _reason_of(state.matter) if reading.matter < MATTER and not own else own
        return replace(state, asked=asked, act=act)
    if not own:  # where or when alone: asked of another side
        act = state.wanted if act is Act.ANSWER else act
        over_time = len(kept.regions) == 1 and state.wanted is Act.COMPARE
        lone = (
            len(named.regions) == 1 and len(scope.regions) == 1 and len(scope.periods) < 2 and not over_time
        )
        return replace(state, act=Act.ANSWER if lone and act is Act.COMPARE else act)
    if act in PASSING or (act is Act.FIGURES and reading.matter < MATTER):
        return replace(state, act=act)
    few = len(own.split()) <= SHORT and reading.matter < MATTER
    if act is Act.ANSWER and state.wanted is Act.COMPARE and few and reading.leans >= LEANS:
        return replace(state, act=Act.FIGURES)  # of what was set side by side
    if reading.leans < LEANS:
        asked = without_scope(text)
        return replace(state, asked=asked, matter=matter_of(asked), act=act)
    return replace(_taken_over(own, state, reading), act=act, leans=True)


ANSWERS = (
    Act.ANSWER,
    Act.COMPARE,
    Act.FIGURES,
    Act.CHANGES,
    Act.WHY,
)  # what can be said again in fewer words
PASSING = (Act.SOURCE, Act.SHORTER, Act.THANKS)  # turns that leave the matter as it was


def _both(scope: Scope, today: dt.date) -> tuple[str, ...]:
    """The period before and the one that holds: what "ændret" means where it does not say since when."""
    first = (
        years_of(scope.periods[0])[0] if scope.periods else min(scope.soft_years, default=_begins(today.year))
    )
    first, now = _begins(first), _begins(today.year)
    first = first - TERM if first == now else first
    return f"{first}-{first + TERM - 1}", f"{now}-{now + TERM - 1}"


def _period(year: int) -> str:
    """The period that a year belongs to."""
    return f"{_begins(year)}-{_begins(year) + TERM - 1}"


def _begins(year: int) -> int:
    """The first year of the agreement that a year belongs to: they begin in odd years."""
    return year - (year + 1) % TERM


# --- where and when ---

# Where nothing has been said yet, only after a preposition: "i Syd", but not "syd for byen".
_CALLED = re.compile(rf"\b((?:i|fra|hos|ovre i|oppe i|nede i|region) )?({'|'.join(NICKNAMES)})\b(?! for\b)")
_ALL = re.compile(
    r"\b(?:alle|samtlige|de fem|fem|hver(?: af)?|uanset)\s+(?:\w+\s+)?(?:region\w*|steder|aftaler(?:ne)?)\b"
    r"|\bhele landet\b|\boveralt\b|\b(?:de|alle) (?:andre|øvrige)\b|\balle (?:fem|sammen)\b"
    r"|\bregionerne\b|\blandets regioner\b|\bresten af (?:landet|regionerne)\b|\bsamtlige\b"
    r"|\bhv(?:em|or) (?:ellers|andre)\b|\bhvor i landet\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\bhvem\b|\bhvilke[nt]? (?:\w+ )?region\w*|\bhvor i\b", re.IGNORECASE)
_AWAY = re.compile(r"\b(?:drop|slet\w*|fjern|uden|bortset fra|glem|ikke)\b[^.?!,]{0,25}$", re.IGNORECASE)
_BESIDE = re.compile(
    r"\b(?:end|også|med|sammenlign\w*|forhold til|mod|versus|vs|oveni|begge|tilføj|samt|forskel\w*|ligesom"
    r"|samme som)\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\bsiden\b|\bfra\b[^?]*\btil\b|\bændr\w*|\bste[tg]\w*|\bfald\w*|\brykket\b|\bforskel\w*|\banderledes\b|\bnyt\b|\bsket\b|\bend\b",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\b(?:gam(?:mel|le)|forrige|tidligere|foregående|før|dengang|sidste)\b(?: \w+)? "
    r"(?:og|mod|kontra|vs\.?|samt) (?:den |det |de )?"
    r"(?:ny\w*|nu\w*|nuværende|gældende|seneste)\b|\bbegge (?:perioder|aftaler)\b",
    re.IGNORECASE,
)
_GONE = re.compile(r"[\w'-]+(?: \w+){0,3} (?:slettes?|fjernes?|ud|væk|undtaget)\b", re.IGNORECASE)
_US = re.compile(r"\b(?:os|vi|vores)\b", re.IGNORECASE)
_AT_OURS = re.compile(r"\bhos os\b|\bher hos\b|\bvores eg\w+\b", re.IGNORECASE)
_COMPARATIVE = re.compile(r"\b(?:mere|mindre|flere|færre|større|\w{3,}ere)\b")
_NO_COMPARATIVE = frozenset(vocabulary.words("smaaord", "ikke_hoejere_grad"))
_BEFORE = re.compile(
    r"\b(?:foregående|forrige|tidligere|sidste|forgangne|gamle|ældre)\s+(?:\w+\s+)?(?:periode|aftale\w*|ramme\w*|runde|gang|omgang|udgave)\b"
    r"|\b(?:året|perioden|aftalen|den|gangen) før\b|\bdengang\b|\bsidst\b|\bførhen\b"
    r"|\b(?:to|2) år (?:tidligere|før|siden)\b"
    r"|\bi? ?perioden? før\b|\bi fortiden\b",
    re.IGNORECASE,
)
_LAST_YEAR = re.compile(r"\bsidste år\b|\bi fjor\b", re.IGNORECASE)
_NOWADAYS = re.compile(
    r"\b(?:den|det) (?:nye|nuværende|aktuelle|gældende)\b|\bnugældende\b"
    r"|\b(?:nye|nuværende|aktuelle) (?:aftale\w*|periode|runde)\b"
    r"|\bi dag\b|\bnu\b|\bi år\b",
    re.IGNORECASE,
)


def _named(text: str, state: State, today: dt.date) -> Scope:
    """The regions and times that a turn names, those told by what was said before among them."""
    scope = _where_and_when(read_scope(text, today))
    called = [NICKNAMES[w] for before, w in _CALLED.findall(fold(text)) if state.asked or before]
    scope = replace(scope, regions=tuple(dict.fromkeys([*scope.regions, *called])))
    now = _begins(today.year)
    if _LAST_YEAR.search(text):
        return replace(scope, on=None, soft_years=(today.year - 1,))
    periods = list(scope.periods)
    told = [p for p in state.scope.periods if years_of(p)[0] < now]
    if not periods and not scope.soft_years and told and re.search(r"\bdengang\b", text, re.IGNORECASE):
        periods += told[:1]
    elif not periods and not scope.soft_years and _BEFORE.search(text):
        held = [years_of(p)[0] for p in state.scope.periods] or [_begins(y) for y in state.scope.soft_years]
        first = min(held, default=now)
        periods.append(f"{first - TERM}-{first - 1}")
    if _BOTH.search(text) and len(periods) < 2:
        first = now if not periods else years_of(periods[0])[0]
        first = first - TERM if first == now else first
        return replace(scope, on=None, periods=(f"{first}-{first + TERM - 1}", f"{now}-{now + TERM - 1}"))
    timed = periods or state.scope.periods or state.scope.soft_years
    if _NOWADAYS.search(text) and timed and not scope.soft_years:
        periods.append(f"{now}-{now + TERM - 1}")
    return replace(scope, on=None, periods=tuple(periods)) if periods else scope


def _regions(text: str, named: Sequence[str], state: State, reading: Reading) -> tuple[str, ...]:
    """The regions that hold after a turn: all, those it names, those beside them, or those that held."""
    before = state.scope.regions
    beside = _BESIDE.search(text) or any(
        m.group() not in _NO_COMPARATIVE for m in _COMPARATIVE.finditer(text.lower())
    )
    if beside and state.home and _US.search(text):  # "end hos os"
        named = [*named, state.home]
    if not named and _AT_OURS.search(text) and not beside and state.home:
        return (state.home,)
    if not named:
        compares = reading.acts[Act.COMPARE] + reading.acts[Act.FIGURES] >= SURELY
        lone = len(before) == 1 and len(state.scope.periods) < 2
        if _ALL.search(text) or (lone and compares and _WHO.search(text)):
            return ()
        both = (
            lone
            and compares
            and reading.leans >= LEANS
            and not (_CHANGED.search(text) or _BEFORE.search(text))
        )
        return (*state.earlier, *before) if both else tuple(before)
    gone = {
        r for r in named if any(_AWAY.search(text[:at]) or _GONE.match(text[at:]) for at in _places(text, r))
    }
    if gone & set(before):
        kept = [r for r in before if r not in gone]
        return tuple(dict.fromkeys([*kept, *(r for r in named if r not in gone)]))
    leans = reading.act in (Act.FIGURES, Act.COMPARE) or reading.leans >= LEANS
    if before and beside and leans and len(named) < 3:
        return tuple(dict.fromkeys([*before, *named]))
    return tuple(dict.fromkeys(named))


def _places(text: str, region: str) -> list[int]:
    names = [w for r, w in regions_named(text) if r == region]
    names += [fold(n) for r, n in municipalities_named(text) if r == region]
    names += [w for w, r in NICKNAMES.items() if r == region]
    return [
        m.start()
        for m in re.finditer(r"[\w'-]+", text)
        if fold(m.group()).rstrip("s'") in {n.rstrip("s'") for n in names}
    ]


def _where_and_when(scope: Scope) -> Scope:
    return replace(scope, kinds=(), documents=())


def _times(scope: Scope) -> str:
    """The scope's time in words that are read back as the same."""
    if scope.on:
        return "i den gældende aftale"
    years = ["-".join(dict.fromkeys(p.split("-"))) for p in scope.periods] + [
        str(y) for y in scope.soft_years
    ]
    return "i " + " og ".join(years) if years else ""


# --- the matter ---

_LEAD = re.compile(
    r"^\W*(?:(?:og|men|samt|også|så|nå|ok|okay|hej|øh|altså|undskyld|ups|nej|jo|ja|fint|godt|hvad så"
    r"|hvad med|hvad så med"
    r"|hvordan med|jeg mente|mente jeg|jeg mener|gælder det samme|gælder det også|and|what about)\b\W*"
    r"|(?:hvad|hvordan|hvor)\s+(?:er|var|med|ser)\s+(?:det|den|de)\b(?:\s+ud)?(?=\s+(?:i|på|for|efter|hos|fra|nu|så)\b|\W*$)\W*)+",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^\W*(?:hv\w+\s+(?:(?:stor|stort|store|mange|meget|lang|langt)\s+)?(?:er|var|bliver|gælder(?:\s+for)?)"
    r"|what (?:is|are))\s+",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:hv\w+|who|what|when|how|skal|kan|må|er|har|får|bliver|gælder|findes|vil|skulle|kunne)\b",
    re.IGNORECASE,
)
# Words that stand for another of their kind: a section, an abbreviation.
_KINDRED = (re.compile(r"§+\s*\d+(?:\s?[a-z]\b)?"), re.compile(r"\b[A-ZÆØÅ]{2,}\b"))
_LITTLE = frozenset(("", "for", "om", "på", "efter"))
_PLACE = r"(?:(?:\b(?:i|på|fra|hos|for|efter|in)\s+)?(?:\b(?:den|det|de|region|perioden|året|aftalen for|årene)\s+)*)"
_LEFTOVER = re.compile(r"\s+(?:i|på|fra|hos|efter|for|og|in|mellem)(?=\s*[?.,]|\s*$)", re.IGNORECASE)
# Words of a turn that name no matter, in a form of their own or about the paper and the time.
_NO_MATTER = frozenset(vocabulary.words("smaaord", "uden_sag"))


def own_words(text: str) -> str:
    """What a turn says besides its scope and small words, in its own order; "" where that is nothing."""
    lead = _LEAD.match(text)
    words = without_scope(text[lead.end() :] if lead else text)
    for found in (_BEFORE, _LAST_YEAR, _NOWADAYS, _ALL):
        words = found.sub(" ", words)
    said = [
        w for w in re.findall(r"[\w-]+", words.lower()) if w not in _NO_MATTER and fold(w) not in NICKNAMES
    ]
    words = re.sub(r"\s+", " ", words).strip(" ?.!,–-")
    return words if any(word_terms(w) for w in said) else ""


def _taken_over(own: str, state: State, reading: Reading) -> State:
    """The question of a turn that leans on the one before: with a matter of its own, that alone; else the matter before
    with the new words in the place of those they stand for, or beside them. Of a few bare words, both readings."""
    few = len(own.split()) <= SHORT and not _WHOLE.match(own)
    if few and (swapped := _swapped(state.asked.rstrip(" ?.!"), own)):
        return replace(state, asked=f"{swapped}?", matter=matter_of(swapped))
    if few:
        alone = f"Hvad er {own[:1].lower() if not own[:2].isupper() else own[:1]}{own[1:]}?"
        body = state.asked if "(" not in state.asked else state.matter
        both = f"{body.rstrip(' ?.!')} {own}?"
        first, second = (alone, both) if reading.matter >= MATTER else (both, alone)
        return replace(state, asked=first, other=second, matter=matter_of(first))
    if reading.matter >= MATTER:
        return replace(state, asked=own, matter=matter_of(own))
    return replace(state, asked=f"{own.rstrip(' ?.!')} ({state.matter})?")


def matter_of(asked: str) -> str:
    """What a question is about, without the words it is asked with, in a few words.

    >>> matter_of("Hej igen. Hvad er opsigelsesvarslet for døgntilbud?")
    'opsigelsesvarslet for døgntilbud'
    """
    sentences = [x for x in re.split(r"(?<=[.!?])\s+", asked) if re.search(r"\w{3}", x)]
    told = next((x for x in reversed(sentences) if x.endswith("?")), asked)
    return " ".join(_ASKED.sub("", _LEAD.sub("", told)).rstrip(" ?.!").split()[:MATTER_WORDS])


def _reason_of(matter: str) -> str:
    if re.match(r"(?:hv\w+)\b", matter, re.IGNORECASE):  # a question of another form is taken as it stands
        return f"Hvad er begrundelsen her: {matter[0].lower()}{matter[1:]}?"
    return f"Hvad er begrundelsen for {matter}?"


def _swapped(body: str, own: str) -> str:
    """A question with new words in the place of the compound with the same last part, or of those after the same
    preposition; "" where there are none."""
    for kind in _KINDRED:
        one, other = kind.findall(body), kind.findall(own)
        if len(one) == len(other) == 1 and one != other and kind.sub("", own).strip(" ?.!") in _LITTLE:
            return kind.sub(other[0], body)
    for word in re.findall(r"[\w-]{6,}", body):
        for other in re.findall(r"[\w-]{6,}", own):
            if other.lower() != word.lower() and other.lower()[-6:] == word.lower()[-6:]:
                return body.replace(word, other)
    if m := re.match(r"(for|om|til|ved|på)\s+", own):
        before, mark, _ = body.rpartition(f" {m.group(1)} ")
        if mark:
            return f"{before} {own}"
    return ""


def without_scope(text: str) -> str:
    """A text without its regions, municipalities, periods and years and the prepositions before them."""
    spans = [(start, end) for _, start, end in periods_in(text)]
    spans += [m.span() for m in YEAR.finditer(text) if not any(s <= m.start() < e for s, e in spans)]
    names = [word for _, word in regions_named(text)] + [fold(name) for _, name in municipalities_named(text)]
    spans += [m.span() for m in re.finditer(r"[\w'-]+", text) if fold(m.group()).rstrip("s'") in {
        n.rstrip("s'") for n in names}]  # fmt: skip
    spans += [m.span() for m in re.finditer(r"\b(?:nu)?gældende\b", text, re.IGNORECASE)]
    for start, end in sorted(spans, reverse=True):
        before = re.search(_PLACE + r"$", text[:start], re.IGNORECASE)
        after = re.match(r"\s*(?:kommunes?|rammeaftale\w*|aftale\w*)?", text[end:], re.IGNORECASE)
        start = before.start() if before and before.group() else start
        text = text[:start] + " " + text[end + (after.end() if after else 0) :]
    text = _LEFTOVER.sub("", re.sub(r"\s+", " ", text))
    return re.sub(r"\s+([?.,])", r"\1", text).strip()
