"""The place and time of a turn of a conversation: the regions and times that it names or takes over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.language import vocabulary
from assistant.language.letters import fold
from assistant.language.places import NICKNAMES, municipalities_named, regions_named
from assistant.models import Scope
from assistant.question.acts import LEANS, SURELY, Act, Reading
from assistant.question.conversation import State
from assistant.question.scope import TERM, read_scope, years_of

# In a first turn, only after a preposition: "i Syd", but not "syd for byen".
_CALLED = re.compile(rf"\b((?:i|fra|hos|ovre i|oppe i|nede i|region) )?({'|'.join(NICKNAMES)})\b(?! for\b)")
ALL = re.compile(
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
CHANGED = re.compile(
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
BEFORE = re.compile(
    r"\b(?:foregående|forrige|tidligere|sidste|forgangne|gamle|ældre)\s+(?:\w+\s+)?(?:periode|aftale\w*|ramme\w*|runde|gang|omgang|udgave)\b"
    r"|\b(?:året|perioden|aftalen|den|gangen) før\b|\bdengang\b|\bsidst\b|\bførhen\b"
    r"|\b(?:to|2) år (?:tidligere|før|siden)\b"
    r"|\bi? ?perioden? før\b|\bi fortiden\b",
    re.IGNORECASE,
)
LAST_YEAR = re.compile(r"\bsidste år\b|\bi fjor\b", re.IGNORECASE)
NOWADAYS = re.compile(
    r"\b(?:den|det) (?:nye|nuværende|aktuelle|gældende)\b|\bnugældende\b"
    r"|\b(?:nye|nuværende|aktuelle) (?:aftale\w*|periode|runde)\b"
    r"|\bi dag\b|\bnu\b|\bi år\b",
    re.IGNORECASE,
)


def named_in_turn(text: str, state: State, today: dt.date) -> Scope:
    """The regions and times that a turn names, including those it names by reference to earlier turns."""
    scope = _where_and_when(read_scope(text, today))
    called = [NICKNAMES[w] for before, w in _CALLED.findall(fold(text)) if state.asked or before]
    scope = replace(scope, regions=tuple(dict.fromkeys([*scope.regions, *called])))
    now = _begins(today.year)
    if LAST_YEAR.search(text):
        return replace(scope, on=None, soft_years=(today.year - 1,))
    periods = list(scope.periods)
    if not periods and not scope.soft_years:
        periods = _earlier(text, state, now)
    if _BOTH.search(text) and len(periods) < 2:
        first = years_of(periods[0])[0] if periods else now
        return replace(scope, on=None, periods=_then_and_now(first, now))
    timed = periods or state.scope.periods or state.scope.soft_years
    if NOWADAYS.search(text) and timed and not scope.soft_years:
        periods.append(_term(now))
    return replace(scope, on=None, periods=tuple(periods)) if periods else scope


def _earlier(text: str, state: State, now: int) -> list[str]:
    """The earlier period that a turn refers to: the one discussed ("dengang"), or the one before it ("forrige")."""
    told = [p for p in state.scope.periods if years_of(p)[0] < now]
    if told and re.search(r"\bdengang\b", text, re.IGNORECASE):
        return told[:1]
    if not BEFORE.search(text):
        return []
    held = [years_of(p)[0] for p in state.scope.periods] or [_begins(y) for y in state.scope.soft_years]
    return [_term(min(held, default=now) - TERM)]


def regions_after(text: str, named: Sequence[str], state: State, reading: Reading) -> tuple[str, ...]:
    """The regions in effect after a turn: all (empty), those it names, those together with the ones before, or the ones
    before."""
    before = state.scope.regions
    beside = bool(_BESIDE.search(text)) or any(
        m.group() not in _NO_COMPARATIVE for m in _COMPARATIVE.finditer(text.lower())
    )
    if beside and state.home and _US.search(text):  # "end hos os"
        named = [*named, state.home]
    if not named:
        if _AT_OURS.search(text) and not beside and state.home:
            return (state.home,)
        return _regions_unnamed(text, state, reading)
    gone = {r for r in named if _is_removed(text, r)}
    if gone & set(before):
        kept = [r for r in before if r not in gone]
        return tuple(dict.fromkeys([*kept, *(r for r in named if r not in gone)]))
    leans = reading.act in (Act.FIGURES, Act.COMPARE) or reading.leans >= LEANS
    if before and beside and leans and len(named) < 3:
        return tuple(dict.fromkeys([*before, *named]))
    return tuple(dict.fromkeys(named))


def _regions_unnamed(text: str, state: State, reading: Reading) -> tuple[str, ...]:
    """The regions in effect after a turn that names none: all (empty), those of the last questions, or the ones
    before."""
    before = state.scope.regions
    compares = reading.acts[Act.COMPARE] + reading.acts[Act.FIGURES] >= SURELY
    lone = len(before) == 1 and len(state.scope.periods) < 2
    if ALL.search(text) or (lone and compares and _WHO.search(text)):
        return ()
    leans = lone and compares and reading.leans >= LEANS
    both = leans and not (CHANGED.search(text) or BEFORE.search(text))
    return (*state.earlier, *before) if both else tuple(before)


def _is_removed(text: str, region: str) -> bool:
    """Whether a turn asks to leave a region out: "drop Sjælland", "Sjælland ud"."""
    return any(_AWAY.search(text[:at]) or _GONE.match(text[at:]) for at in _places(text, region))


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


def since_then(scope: Scope, today: dt.date) -> tuple[str, ...]:
    """The period before and the current one: what "ændret" means where it does not say since when."""
    first = (
        years_of(scope.periods[0])[0] if scope.periods else min(scope.soft_years, default=_begins(today.year))
    )
    return _then_and_now(_begins(first), _begins(today.year))


def _then_and_now(first: int, now: int) -> tuple[str, str]:
    """The period that begins in `first`, or the one before where that is the current one; and the current one."""
    return _term(first - TERM if first == now else first), _term(now)


def period_of(year: int) -> str:
    """The period that a year belongs to."""
    return _term(_begins(year))


def _term(first: int) -> str:
    """The period that begins in a year."""
    return f"{first}-{first + TERM - 1}"


def _begins(year: int) -> int:
    """The first year of the agreement that a year belongs to: agreements begin in odd years."""
    return year - (year + 1) % TERM
