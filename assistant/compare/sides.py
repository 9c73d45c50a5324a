"""Which sides a comparison has."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from assistant.errors import QuestionError
from assistant.language.letters import fold
from assistant.language.places import REGIONS, regions_named
from assistant.messages import said
from assistant.models import Scope
from assistant.question.expectation import Expectation, Kind
from assistant.question.scope import AGREEMENTS, read_scope
from assistant.retrieval.search import Retriever

STRATEGIES = ("strategi", "udviklingsstrategi")
_PAPERS = re.compile(
    r"\bstrategi(?:en)?\b[^?]{0,60}\b(?:og|med)\b[^?]{0,25}\b(?:ramme)?aftalen?\b"
    r"|\b(?:ramme)?aftalen?\b[^?]{0,60}\b(?:og|med)\b[^?]{0,25}\bstrategi(?:en)?\b",
    re.IGNORECASE,
)


def apart(scope: Scope, expected: Expectation, today: dt.date) -> list[tuple[str, Scope]]:
    """The sides that a question names, each with a scope of its own: its regions, a strategy and an agreement, or the
    periods that it compares. (Two periods named in another question are often one period and what its agreement says
    about the other.)

    >>> from assistant.question.expectation import expects
    >>> both = Scope(regions=("Sjælland", "Nordjylland"), periods=("2025-2026",))
    >>> [name for name, _ in apart(both, expects("Hvad er varslet?"), dt.date(2026, 1, 1))]
    ['Sjælland', 'Nordjylland']
    """
    if len(scope.regions) > 1:
        own = _timed(expected.question, scope, today)
        return [(region, replace(own.get(region, scope), regions=(region,))) for region in scope.regions]
    if _PAPERS.search(expected.question):
        strategy = replace(scope, kinds=STRATEGIES, periods=(), soft_years=())
        agreement = replace(scope, kinds=tuple(sorted(AGREEMENTS - set(STRATEGIES))))
        return [("Strategien", strategy), ("Rammeaftalen", agreement)]
    if expected.kind is not Kind.COMPARE:
        return []
    return [(period, replace(scope, periods=(period,))) for period in scope.periods]


def _timed(question: str, scope: Scope, today: dt.date) -> dict[str, Scope]:
    """The scopes of regions that are named with times of their own: a time belongs to the region before it. A time
    before the first region, or only after the last one, applies to all; then the result is empty.

    >>> both = Scope(regions=("Sjælland", "Nordjylland"), periods=("2021-2022",))
    >>> own = _timed("Hvem er formand i Sjælland (2021-2022) og i Nordjylland?", both, dt.date(2026, 1, 1))
    >>> own["Sjælland"].periods, own["Nordjylland"].periods
    (('2021-2022',), ())
    >>> _timed("Hvem er formand i Sjælland og i Nordjylland i 2021-2022?", both, dt.date(2026, 1, 1))
    {}
    """
    text = fold(question)
    names = regions_named(question)
    places: list[int] = []
    for _, name in names:
        places.append(text.index(name, places[-1] + 1 if places else 0))
    if {region for region, _ in names} != set(scope.regions) or _times(text[: places[0]], today):
        return {}
    found = dict.fromkeys(scope.regions, Scope())
    for (region, _), start, end in zip(names, places, [*places[1:], len(text)], strict=True):
        found[region] = _times(text[start:end], today) or found[region]
    told = {period for own in found.values() for period in own.periods}
    if told != set(scope.periods) or not any(own for region, own in found.items() if region != names[-1][0]):
        return {}
    return {r: replace(scope, periods=own.periods, soft_years=own.soft_years) for r, own in found.items()}


def _times(text: str, today: dt.date) -> Scope:
    own = read_scope(text, today)
    return Scope(periods=own.periods, soft_years=own.soft_years)


def present(retriever: Retriever) -> list[str]:
    """The regions with documents in the index, in the usual order."""
    documents = retriever.documents.values()
    return [r for r in REGIONS if any(r in d.facts.regions for d in documents)]


def regions(retriever: Retriever, scope: Scope, day: dt.date) -> list[tuple[str | None, str | None]]:
    """(region, period) of each side: the period of the agreement in force, else the newest."""
    documents = [d.facts for d in retriever.documents.values()]
    sides: list[tuple[str | None, str | None]] = []
    for region in scope.regions or present(retriever):
        own = [f for f in documents if region in f.regions and f.kind in AGREEMENTS and f.years and f.period]
        in_force = [f for f in own if f.years and f.years[0] <= day.year <= f.years[1]]
        newest = max(in_force or own, key=lambda f: f.years or (0, 0), default=None)
        timed = scope.periods or scope.soft_years or scope.on
        sides.append((region, None if timed or newest is None else newest.period))
    return sides


def periods(retriever: Retriever, scope: Scope) -> list[tuple[str | None, str | None]]:
    """(region, period) of each agreement of the one region that the scope names. Raises QuestionError unless it names
    one."""
    if len(scope.regions) != 1:
        raise QuestionError(said("name_region"))
    (region,) = scope.regions
    documents = [d.facts for d in retriever.documents.values()]
    found = {f.period for f in documents if region in f.regions and f.kind in AGREEMENTS and f.period}
    asked = set(scope.periods)
    return [(region, p) for p in sorted(found) if not asked or p in asked]
