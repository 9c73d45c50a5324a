"""The state of a conversation: what it is about by now, as a record of slots that is stored with each answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.models import Scope
from assistant.question.acts import Act

_PERIOD = re.compile(r"(?:19|20)\d\d-(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class State:
    """What a conversation is about by now: the last question in standalone form without place and time, what the user
    wanted with it, and the regions and times in effect."""

    asked: str = ""  # "Hvad er overheadet?"
    scope: Scope = field(default_factory=Scope)
    act: Act = Act.ANSWER
    wanted: Act = Act.ANSWER  # the last act other than asking for the source, a shorter answer, or thanks
    matter: str = ""  # "overheadet": the subject of the question, which the next turn may refer to
    home: str = ""  # the region that "hos os" means: the first one named
    leans: bool = False  # whether the turn depends on what was shown
    shown: tuple[str, ...] = ()  # the passages shown last
    clause: str = ""  # the words of the last answer, without their figures
    earlier: tuple[str, ...] = ()  # the regions for which the same question was asked before
    other: str = ""  # the other possible reading of the question: the new words alone

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
    """A state as it is stored with an answer."""
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
    """The stored state; the initial one where none was stored. Raises KeyError, TypeError or ValueError for one that
    is not a state, because programs send them too.

    >>> state = State("Hvad er overheadet?", Scope(("Sjælland",), (), (), dt.date(2026, 1, 1)), matter="overheadet")
    >>> from_json(as_json(state)) == state, from_json({}) == State()
    (True, True)
    """
    if not row:
        return State()
    texts = [row[name] for name in ("asked", "matter", "home", "clause")]
    lists = [row[name] for name in ("regions", "periods", "shown")] + [row.get("earlier", ())]
    if not all(isinstance(text, str) for text in [*texts, *(one for own in lists for one in own)]):
        raise TypeError
    years = tuple(row["years"])
    if not all(type(year) is int for year in years) or not isinstance(row["former"], type(Scope().former)):
        raise TypeError
    if not all(_PERIOD.fullmatch(period) for period in row["periods"]):
        raise ValueError
    on = dt.date.fromisoformat(row["on"]) if row["on"] else None
    asked, matter, home, clause = texts
    regions, periods, shown, earlier = map(tuple, lists)
    return State(
        asked, Scope(regions, periods, (), on, years, row["former"]), Act(row["act"]), Act(row["wanted"]), matter, home,
        False, shown, clause, earlier,
    )  # fmt: skip


def _times(scope: Scope) -> str:
    """The time of a scope in words that `read_scope` reads back as the same time."""
    if scope.on:
        return "i den gældende aftale"
    years = ["-".join(dict.fromkeys(p.split("-"))) for p in scope.periods] + [
        str(y) for y in scope.soft_years
    ]
    return "i " + " og ".join(years) if years else ""
