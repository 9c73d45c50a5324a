"""The sides of a comparison: which they are."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from assistant.danish import REGIONS
from assistant.errors import QuestionError
from assistant.models import Scope
from assistant.questions import Expectation, Kind
from assistant.retrieval import Retriever
from assistant.scope import AGREEMENTS
from assistant.texts import said

STRATEGIES = ("strategi", "udviklingsstrategi")
_PAPERS = re.compile(
    r"\bstrategi(?:en)?\b[^?]{0,60}\b(?:og|med)\b[^?]{0,25}\b(?:ramme)?aftalen?\b"
    r"|\b(?:ramme)?aftalen?\b[^?]{0,60}\b(?:og|med)\b[^?]{0,25}\bstrategi(?:en)?\b",
    re.IGNORECASE,
)


def apart(scope: Scope, expected: Expectation) -> list[tuple[str, Scope]]:
    """The sides that a question names: its regions, a strategy and an agreement, or the periods that it
    compares; each with a scope of its own. (Of two periods named otherwise, one is often what the other's
    agreement tells of.)

    >>> from assistant.questions import expects
    >>> both = Scope(regions=("Sjælland", "Nordjylland"), periods=("2025-2026",))
    >>> [name for name, _ in apart(both, expects("Hvad er varslet?"))]
    ['Sjælland', 'Nordjylland']
    """
    if len(scope.regions) > 1:
        return [(region, replace(scope, regions=(region,))) for region in scope.regions]
    if _PAPERS.search(expected.question):
        strategy = replace(scope, kinds=STRATEGIES, periods=(), soft_years=())
        agreement = replace(scope, kinds=tuple(sorted(AGREEMENTS - set(STRATEGIES))))
        return [("Strategien", strategy), ("Rammeaftalen", agreement)]
    if expected.kind is not Kind.COMPARE:
        return []
    return [(period, replace(scope, periods=(period,))) for period in scope.periods]


def regions(retriever: Retriever, scope: Scope, day: dt.date) -> list[tuple[str | None, str | None]]:
    """(region, period) of each side: the period of the agreement in force, else the newest."""
    documents = [d.facts for d in retriever.documents.values()]
    present = [r for r in REGIONS if any(r in f.regions for f in documents)]
    sides: list[tuple[str | None, str | None]] = []
    for region in scope.regions or present:
        own = [f for f in documents if region in f.regions and f.kind in AGREEMENTS and f.years and f.period]
        in_force = [f for f in own if f.years and f.years[0] <= day.year <= f.years[1]]
        newest = max(in_force or own, key=lambda f: f.years or (0, 0), default=None)
        timed = scope.periods or scope.soft_years or scope.on
        sides.append((region, None if timed or newest is None else newest.period))
    return sides


def periods(retriever: Retriever, scope: Scope) -> list[tuple[str | None, str | None]]:
    """(region, period) of each agreement of the one region that the scope names."""
    if len(scope.regions) != 1:
        raise QuestionError(said("name_region"))
    (region,) = scope.regions
    documents = [d.facts for d in retriever.documents.values()]
    found = {f.period for f in documents if region in f.regions and f.kind in AGREEMENTS and f.period}
    asked = set(scope.periods)
    return [(region, p) for p in sorted(found) if not asked or p in asked]
