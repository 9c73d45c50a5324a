"""The sides of a comparison: which they are, and what each of them answers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.comparison import LIKELY, kinds_of, likelihood
from assistant.danish import REGIONS
from assistant.errors import QuestionError
from assistant.extractive import Draft, Pick, candidates, compose, stated
from assistant.models import Scope
from assistant.questions import Expectation, Kind
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


def drafts(retriever: Retriever, question: str, limits: Sequence[Scope]) -> list[Draft | None]:
    """A draft for each scope, None where it is silent: the candidate that most likely answers,
    judged beside the candidates of the other sides."""
    sides: list[tuple[Query, list[Pick], Draft | None, float]] = []
    for scope in limits:
        query = retriever.query(question, scope)
        found = retriever.search(query, scope, HITS)
        draft = compose(query, found, scope, retriever.listing(query, found)) if found else None
        sure = 0.0
        if draft:
            outside = retriever.outside(query, scope)
            sure = confidence(signs(query, found, draft, outside, retriever.kinship))
        own = candidates(found, scope, CANDIDATES)
        kinds = set(kinds_of(query.expected))
        if kinds:
            own = [p for p in own if any(v.kind in kinds for v in values_in(p.unit.text))]
        sides.append((query, own, draft, sure))
    texts = [p.unit.text for _, own, _, _ in sides for p in own]
    # Where no side is sure, nothing is known to look for: what no agreement says is not found in all.
    if not texts or max(sure for _, _, _, sure in sides) < THRESHOLD:
        return [None] * len(sides)
    near = dict(zip(texts, retriever.encoder(texts, "passage") @ sides[0][0].vector, strict=True))
    nearest = max(float(x) for x in near.values())
    highest = max(p.scored.score for _, own, _, _ in sides for p in own)
    drafts: list[Draft | None] = []
    for query, own, draft, sure in sides:
        if draft and draft.whole:
            drafts.append(draft)
            continue
        judged = [
            (
                likelihood(
                    pick.scored.score,
                    sure if draft and pick.unit == draft.best.unit else 0.0,
                    float(near[pick.unit.text]),
                    pick.scored.score - highest,
                    float(near[pick.unit.text]) - nearest,
                ),
                pick,
            )
            for pick in own
        ]
        likely, best = max(judged, key=lambda j: j[0], default=(0.0, None))
        if best is None or likely < LIKELY:
            drafts.append(None)
        elif draft and best.unit == draft.best.unit:
            drafts.append(draft)
        else:
            drafts.append(stated(query, best))
    return drafts


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
