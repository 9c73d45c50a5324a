"""Units of the passages found that may answer, and the draft of an answer that they lead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from assistant.documents.answer_units import Unit, tokens_of, units_of
from assistant.models import Passage, Quote, Scope, Statement
from assistant.question.scope import speaks_to, standing
from assistant.retrieval.ranking import Scored, titular
from assistant.retrieval.search import Found

AS_WELL = 0.7  # share of a unit's score from which a newer document answers instead
ALIKE = 0.6  # token overlap from which two units are the same clause of two agreements


@dataclass(frozen=True, slots=True)
class Pick:
    """A unit chosen from a passage."""

    found: Found
    scored: Scored

    @property
    def value(self) -> float:
        """The probability that it answers, which ranks picks across passages."""
        return self.scored.score

    def standing(self, day: dt.date) -> tuple[bool, bool, tuple[int, int]]:
        """The sort key of a region's documents: in force on the day, begun by then, newest."""
        return standing(self.passage.facts, day)

    @property
    def unit(self) -> Unit:
        return self.scored.unit

    @property
    def passage(self) -> Passage:
        return self.found.passage


@dataclass(frozen=True, slots=True)
class Draft:
    """Statements still to be verified, the pick that leads them, and notes for the reader."""

    statements: tuple[Statement, ...]
    best: Pick
    notes: tuple[str, ...] = ()
    whole: bool = False  # whether it is a provision or a series of numbered parts, shown in full


def picks_of(found: Sequence[Found], scope: Scope) -> list[Pick]:
    """Units of the hits that may answer, best first. A line that merely names something qualifies only where it shows
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


def latest(pick: Pick, picks: Sequence[Pick], day: dt.date) -> Pick:
    """The same clause in the region's document in force or, where that document lacks it, a unit there that answers
    about as well. A document that has expired or is not yet in force answers only where none in force does."""
    facts = pick.passage.facts
    own = [p for p in picks if p.passage.facts.regions == facts.regions]
    later = [p for p in own if p.standing(day) > pick.standing(day)]
    same = [p for p in later if alike(p.unit, pick.unit)]
    as_well = [p for p in later if p.value >= AS_WELL * pick.value and p.passage.facts.kind == facts.kind]
    return max(same or as_well, key=lambda p: p.standing(day), default=pick)


def alike(one: Unit, other: Unit) -> bool:
    """Whether two units are the same clause of two agreements, also with different lists under the same lead."""
    if one.kind == other.kind == "list":
        leads = [re.sub(r"\d+", "", u.text.partition("\n")[0]) for u in (one, other)]
        if _overlap(tokens_of(leads[0]), tokens_of(leads[1])):
            return True
    return _overlap(tokens_of(one.text), tokens_of(other.text))


def _overlap(one: Set[str], other: Set[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other) if one and other else False


def heading_of(pick: Pick) -> str:
    """The heading above a pick in its passage, or ""."""
    found = heading(pick.passage, pick.unit.start)
    return found.text if found else ""


def heading(passage: Passage | None, at: int) -> Quote | None:
    """The last heading of a passage before a place in it."""
    above = [u for u in units_of(passage.text) if u.kind == "heading" and u.end <= at] if passage else []
    if not above or passage is None:
        return None
    last = max(above, key=lambda u: u.start)
    return Quote(passage.id, last.start, last.end, last.text)
