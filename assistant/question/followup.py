"""What a turn of a conversation means, given what was said before: its subject, its place and its time.

The state of a conversation is a record of slots. A turn replaces those it names and keeps the others: a new subject,
a new region, an earlier period, a narrowing, a correction. Whether a turn depends on what was said, and whether it
names a subject of its own, is learnt (`acts`); place and time are read by the grammar of `scope`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from assistant.index.encoders import Encoder
from assistant.models import Scope
from assistant.question.acts import LEANS, MATTER, SURELY, Act, Reading, read_turn
from assistant.question.conversation import State
from assistant.question.matter import SHORT, matter_of, own_words, reason_of, taken_over, without_scope
from assistant.question.turn_scope import (
    ALL,
    BEFORE,
    CHANGED,
    named_in_turn,
    period_of,
    regions_after,
    since_then,
)

ALONE = 0.2  # below this a turn stands alone
SURELY_LEANS = 0.8  # from this on a first turn refers to something that was not said
UNLIKELY = 0.2  # below this it is some other act than a question, whichever one
# Acts whose answer can be shortened.
ANSWERS = (
    Act.ANSWER,
    Act.COMPARE,
    Act.FIGURES,
    Act.CHANGES,
    Act.WHY,
)
PASSING = (Act.SOURCE, Act.SHORTER, Act.THANKS)  # acts that leave the subject unchanged


def state_of(question: str, today: dt.date) -> State:
    """The state after a question that stands alone."""
    return follow(question, State(), today)


def standalone(question: str, previous: str, today: dt.date) -> str:
    """`question` completed with what it takes over from `previous`, or unchanged where it stands alone.

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
    """The state after a turn. `around` holds other words of the message that give place and time where the turn
    itself does not; `encode` is the bundled encoder, where it is available."""
    after = _followed(text, state, today, around, encode)
    same = after.asked == state.asked
    moved = same and len(after.scope.regions) == 1 and after.scope.regions != state.scope.regions
    earlier = state.scope.regions if moved else state.earlier if same else ()
    after = replace(after, earlier=earlier)
    return after if after.act in PASSING else replace(after, wanted=after.act)


def _followed(text: str, state: State, today: dt.date, around: str, encode: Encoder | None) -> State:
    reading = read_turn(text, encode)
    named = _named(text, around, state, today)
    act = _act_of(text, named, state, reading)
    scope = _scope_after(text, named, state, reading)
    scope = _with_periods(text, act, named, scope, today)
    if act in (Act.ANSWER, Act.FIGURES) and (len(scope.regions) > 1 or len(scope.periods) > 1):
        act = Act.COMPARE
    home = state.home or next(iter(scope.regions), "")
    after = replace(state, scope=scope, home=home, leans=False, other="")
    return _asked_after(text, act, named, state, after, reading)


def _named(text: str, around: str, state: State, today: dt.date) -> Scope:
    """The regions and times that a turn names or, where it names none, the words around it."""
    named = named_in_turn(text, state, today)
    if around:
        beside = named_in_turn(around, state, today)
        if not ALL.search(text):
            named = replace(named, regions=named.regions or beside.regions)
        if not (named.periods or named.soft_years or named.on):
            named = replace(named, periods=beside.periods, soft_years=beside.soft_years)
    return named


def _scope_after(text: str, named: Scope, state: State, reading: Reading) -> Scope:
    """The scope after a turn: what it names, and the rest from before."""
    kept = state.scope
    if reading.leans < ALONE:  # a question that stands alone is about the present
        kept = replace(kept, periods=(), soft_years=(), on=None)
    times = named if named.periods or named.soft_years or named.on or named.former else kept
    regions = regions_after(text, named.regions, state, reading)
    return replace(times, regions=regions, kinds=named.kinds or state.scope.kinds)


def _act_of(text: str, named: Scope, state: State, reading: Reading) -> Act:
    """What the turn does, in view of what was said before. An unsure reading counts as a question."""
    sure = reading.acts[reading.act] >= SURELY or reading.acts[Act.ANSWER] < UNLIKELY
    act = reading.act if sure else Act.ANSWER
    again = reading.leans >= SURELY_LEANS and reading.matter < MATTER and state.wanted in ANSWERS
    if act is Act.SUMMARY and again:
        return Act.SHORTER  # a summary of the last answer
    if act is Act.ANSWER and state.asked and not named.regions and ALL.search(text):
        return Act.COMPARE
    return act


def _with_periods(text: str, act: Act, named: Scope, scope: Scope, today: dt.date) -> Scope:
    """The scope with the two periods that a question about changes compares, and with separate years as periods."""
    if act is Act.CHANGES and len(scope.periods) < 2:
        since = not (named.periods or named.soft_years) or CHANGED.search(text)
        if since or (BEFORE.search(text) and own_words(text)):  # what is new since the period before
            scope = replace(scope, periods=since_then(scope, today), soft_years=(), on=None)
    apart = dict.fromkeys(period_of(year) for year in scope.soft_years)
    if len(apart) > 1 and not scope.periods:  # "i 2024 og i 2026"
        scope = replace(scope, periods=tuple(sorted(apart)), soft_years=())
    return scope


def _asked_after(text: str, act: Act, named: Scope, before: State, after: State, reading: Reading) -> State:
    """The state with the question that the turn asks. `after` holds the new scope, `before` the state before the turn.

    In one piece, because the order of the cases is the rule: the first that fits decides.
    """
    own = own_words(text)
    if not before.asked:
        return replace(_alone(text, act, after), leans=reading.leans >= SURELY_LEANS)
    if act is Act.WHY:
        asked = reason_of(before.matter) if reading.matter < MATTER and not own else own
        return replace(after, asked=asked, act=act)
    if not own:
        return replace(after, act=_act_elsewhere(act, named, before, after.scope))
    if act in PASSING or (act is Act.FIGURES and reading.matter < MATTER):
        return replace(after, act=act)
    few = len(own.split()) <= SHORT and reading.matter < MATTER
    if act is Act.ANSWER and before.wanted is Act.COMPARE and few and reading.leans >= LEANS:
        return replace(after, act=Act.FIGURES)  # about the figures that were compared
    if reading.leans < LEANS:
        return _alone(text, act, after)
    return replace(taken_over(own, after, reading), act=act, leans=True)


def _alone(text: str, act: Act, after: State) -> State:
    """The state with a question that takes nothing over."""
    asked = without_scope(text)
    return replace(after, asked=asked, matter=matter_of(asked), act=act)


def _act_elsewhere(act: Act, named: Scope, before: State, scope: Scope) -> Act:
    """The act of a turn that names only a place or a time: the last one again, but no comparison where one region and
    one period are left."""
    act = before.wanted if act is Act.ANSWER else act
    over_time = len(before.scope.regions) == 1 and before.wanted is Act.COMPARE
    lone = len(named.regions) == 1 and len(scope.regions) == 1 and len(scope.periods) < 2 and not over_time
    return Act.ANSWER if lone and act is Act.COMPARE else act
