"""The sides of a comparison: which they are, and what each of them answers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.comparison import LIKELY, likelihood
from assistant.danish import REGIONS
from assistant.errors import QuestionError
from assistant.extractive import Draft, Pick, candidates, compose, stated
from assistant.figures import ANY, common_kind, kinds_of
from assistant.models import Scope
from assistant.questions import FREQUENCY, Expectation, Kind
from assistant.ranking import Query
from assistant.refusal import THRESHOLD, confidence, signs
from assistant.retrieval import Retriever
from assistant.scope import AGREEMENTS
from assistant.texts import said
from assistant.values import values_in

HITS = 10  # passages of each side
CANDIDATES = 10  # units of a side that may stand for it in a comparison


STRATEGIES = ("strategi", "udviklingsstrategi")
_PAPERS = re.compile(
    r"\bstrategien?\b[^?]{0,60}\b(?:og|med)\b[^?]{0,25}\b(?:ramme)?aftalen?\b"
    r"|\b(?:ramme)?aftalen?\b[^?]{0,60}\b(?:og|med)\b[^?]{0,25}\bstrategien?\b",
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


@dataclass(frozen=True, slots=True)
class Side:
    """What a side answers with, and the question as it was put to it."""

    query: Query
    draft: Draft


def answers(
    retriever: Retriever, question: str, limits: Sequence[Scope]
) -> tuple[list[Side | None], tuple[str, ...]]:
    """(what each scope answers with, None where it is silent; the kinds of value they answer with).

    A side's answer is the candidate that most likely answers, judged beside the candidates of the other
    sides. Where the question allows several kinds of value, the likeliest candidates say which is meant."""
    sides = [_searched(retriever, question, scope) for scope in limits]
    texts = [p.unit.text for side in sides for p in side.picks]
    # Where no side is sure, nothing is known to look for: what no agreement says is not found in all.
    if not texts or max(side.sure for side in sides) < THRESHOLD:
        return [None] * len(sides), ()
    near = dict(zip(texts, retriever.encoder(texts, "passage") @ sides[0].query.vector, strict=True))
    expected = sides[0].query.expected
    kinds = kinds_of(expected)
    chosen = _chosen(sides, near, kinds)
    if len(kinds) != 1 and expected.pattern is not FREQUENCY and not expected.lists:
        told = [(likely, pick.unit.text) for likely, pick in chosen if pick]
        common = common_kind(kinds or ANY, told)
        if common:
            kinds = (common,)
            chosen = _chosen(sides, near, kinds)
    found: list[Side | None] = []
    for side, (likely, best) in zip(sides, chosen, strict=True):
        if side.draft and side.draft.whole:
            found.append(Side(side.query, side.draft))
        elif best is None or likely < LIKELY:
            found.append(None)
        elif side.draft and best.unit == side.draft.best.unit:
            found.append(Side(side.query, side.draft))
        else:
            found.append(Side(side.query, stated(side.query, best)))
    return found, kinds


@dataclass(frozen=True, slots=True)
class _Searched:
    """A side's own search: its candidates, its answer were it asked alone, and how sure that is."""

    query: Query
    picks: list[Pick]
    draft: Draft | None
    sure: float


def _searched(retriever: Retriever, question: str, scope: Scope) -> _Searched:
    query = retriever.query(question, scope)
    found = retriever.search(query, scope, HITS)
    draft = compose(query, found, scope, retriever.listing(query, found)) if found else None
    sure = 0.0
    if draft:
        outside = retriever.outside(query, scope)
        sure = confidence(signs(query, found, draft, outside, retriever.kinship))
    return _Searched(query, candidates(found, scope, CANDIDATES), draft, sure)


def _chosen(
    sides: Sequence[_Searched], near: Mapping[str, float], kinds: Sequence[str]
) -> list[tuple[float, Pick | None]]:
    """(how likely it answers, candidate) of each side: the likeliest that holds a value of the kinds."""
    nearest = max(near.values())
    highest = max(p.scored.score for side in sides for p in side.picks)
    chosen: list[tuple[float, Pick | None]] = []
    for side in sides:
        best: tuple[float, Pick | None] = 0.0, None
        for pick in side.picks:
            if kinds and not any(v.kind in kinds for v in values_in(pick.unit.text)):
                continue
            leads = side.draft is not None and pick.unit == side.draft.best.unit
            score, cosine = pick.scored.score, float(near[pick.unit.text])
            likely = likelihood(score, side.sure * leads, cosine, score - highest, cosine - nearest)
            if likely > best[0]:
                best = likely, pick
        chosen.append(best)
    return chosen


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
