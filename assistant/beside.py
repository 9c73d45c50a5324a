"""What each side of a comparison answers with, judged beside what the others do.

Agreements say the same things, so the sides help each other. What one side says shows how well the
question can be answered. A sentence that is akin to what the others answer with is likely the answer
here too, and one that is akin to what the others have and pass over is another clause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from math import exp

import numpy as np

from assistant.embedding import Vectors
from assistant.extractive import Draft, Pick, candidates, compose, stated
from assistant.figures import ANY, Key, common_kind, in_force, key_of, kinds_of
from assistant.models import Scope
from assistant.questions import FREQUENCY
from assistant.ranking import Query
from assistant.refusal import confidence, signs
from assistant.retrieval import Retriever
from assistant.units import tokens_of
from assistant.values import values_in

HITS = 10  # passages of each side
CANDIDATES = 6  # units of a side that may stand for it
HEARD = 4  # candidates of a side that the others are compared with
AKIN = 0.9  # cosine, figures masked, from which two sentences are about the same
LIKELY = 0.45  # from which a candidate is taken: rather silent than wrong
SURE = 0.3  # of the surest side: below, no agreement says it, and nothing like it is to be found in all

# Logistic weights, the constant last, fitted on generated agreements of three makes: of a candidate by
# itself, beside the other sides' words, and beside their values too.
_ALONE = (2.38, 2.21, 0.37, 3.37, -1.56, 1.57, 1.64, -1.97)
_BESIDE = (0.81, 0.98, -1.73, -0.3)
_VALUED = (0.73, 0.66, -1.59, 1.93, -1.16)

# What no figure answers.
_OPEN = re.compile(r"\W*(?:hvordan|hvorfor|hvem|how (?!much|many|long|often)|why|who)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Side:
    """What a side answers with, and the question as it was put to it."""

    query: Query
    draft: Draft
    agreed: Mapping[Key, float]  # how surely the others answer with a value


@dataclass(frozen=True, slots=True)
class _Searched:
    """A side's own search: its candidates, its answer were it asked alone, and how sure that is."""

    query: Query
    picks: list[Pick]
    draft: Draft | None
    sure: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A unit that may answer for its side (by number), and its place among that side's."""

    side: int
    place: int
    pick: Pick


def answers(
    retriever: Retriever, question: str, limits: Sequence[Scope]
) -> tuple[list[Side | None], tuple[str, ...]]:
    """(what each scope answers with, None where it is silent; the kinds of value they answer with).

    Where the question allows several kinds of value, the likeliest candidates say which is meant."""
    sides = [_searched(retriever, question, scope) for scope in limits]
    heard = [_Candidate(i, j, pick) for i, side in enumerate(sides) for j, pick in enumerate(side.picks)]
    expected = sides[0].query.expected
    kinds = kinds_of(expected)
    vectors = retriever.masked([one.pick.unit.text for one in heard]) if heard else None
    alone = _alone(sides, heard, vectors) if vectors is not None else []
    likely = _beside(heard, alone, vectors) if vectors is not None else []
    chosen = _chosen(heard, likely, kinds)
    often = expected.pattern is FREQUENCY
    if len(kinds) != 1 and not often and not expected.lists:
        told = [
            [(likely[n], one.pick.unit.text) for n, one in enumerate(heard) if one.side == i]
            for i in range(len(sides))
        ]
        common = common_kind(kinds or ANY, told) if kinds or not _OPEN.match(question) else None
        kinds = (common,) if common else kinds
    keys = [_keys(sides[one.side].query, one, kinds) for one in heard]
    if kinds and vectors is not None:
        likely = _beside(heard, alone, vectors, keys)
        chosen = _chosen(heard, likely, kinds, keys)
    agreed = [
        {key: sum(likely[m] for s, m in chosen.items() if s != i and key in keys[m]) for key in keys[n]}
        if (n := chosen.get(i)) is not None
        else {}
        for i in range(len(sides))
    ]
    if max((side.sure for side in sides), default=0.0) < SURE:
        return [None] * len(sides), kinds
    found: list[Side | None] = []
    for i, side in enumerate(sides):
        best = chosen.get(i)
        if side.draft and side.draft.whole:
            found.append(Side(side.query, side.draft, agreed[i]))
        elif best is None or likely[best] < LIKELY:
            found.append(None)
        elif side.draft and heard[best].pick.unit == side.draft.best.unit:
            found.append(Side(side.query, side.draft, agreed[i]))
        else:
            found.append(Side(side.query, stated(side.query, heard[best].pick), agreed[i]))
    return found, kinds


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
    heard: Sequence[_Candidate],
    likely: Sequence[float],
    kinds: Sequence[str],
    keys: Sequence[Set[Key]] | None = None,
) -> dict[int, int]:
    """The likeliest candidate of each side, by their numbers, among those that hold a value of the kinds."""
    chosen: dict[int, int] = {}
    for n, one in enumerate(heard):
        if keys is not None and not keys[n]:
            continue
        if kinds and not any(v.kind in kinds for v in values_in(one.pick.unit.text)):
            continue
        if one.side not in chosen or likely[n] > likely[chosen[one.side]]:
            chosen[one.side] = n
    return chosen


def _beside(
    heard: Sequence[_Candidate],
    alone: Sequence[float],
    vectors: Vectors,
    keys: Sequence[Set[Key]] | None = None,
) -> list[float]:
    """How likely each candidate is its side's answer, 0 to 1, from how likely it is by itself, how akin it is
    to what the others answer with and to what they pass over, and, where `keys` are given (what the values
    in each share with equal ones), how surely the others answer with a value that it holds."""
    best = _chosen(heard, alone, ())
    valued = _chosen(heard, alone, (), keys) if keys is not None else {}
    likely = []
    for n, one in enumerate(heard):
        akin = {
            m: 20 * (float(vectors[n] @ vectors[m]) - AKIN) * alone[best[other.side]]
            for m, other in enumerate(heard)
            if other.side != one.side and other.place < HEARD
        }
        told = sum(max(a, 0.0) for m, a in akin.items() if m in best.values())
        passed = max((a for m, a in akin.items() if m not in best.values()), default=0.0)
        if keys is None:
            likely.append(_logistic(_BESIDE, (_logit(alone[n]), told, passed)))
            continue
        agreed = sum(alone[m] for s, m in valued.items() if s != one.side and keys[n] & keys[m])
        likely.append(_logistic(_VALUED, (_logit(alone[n]), told, passed, agreed)))
    return likely


def _keys(query: Query, one: _Candidate, kinds: Sequence[str]) -> frozenset[Key]:
    """What the values of a candidate share with equal ones."""
    return frozenset(key_of(query, v) for v in in_force(query, one.pick.unit.text, kinds))


def _alone(sides: Sequence[_Searched], heard: Sequence[_Candidate], vectors: Vectors) -> list[float]:
    """How likely each candidate answers by its own signs: its side's confidence where it leads the side's
    own answer; its cosine with the question, and how far that is below the best of any side; what of the
    question its heading says; the cosine of its passage, and how far below; what its own words say."""
    near = np.einsum("ij,j->i", vectors, sides[0].query.vector)
    nearest = float(near.max())
    closest = max(one.pick.found.cosine or 0.0 for one in heard)
    likely = []
    for one, cosine in zip(heard, near, strict=True):
        side, unit, around = sides[one.side], one.pick.unit, one.pick.found.cosine
        leads = side.draft is not None and unit == side.draft.best.unit
        seen = (
            side.sure * leads,
            20 * (float(cosine) - 0.85),
            20 * (float(cosine) - nearest),
            side.query.coverage(tokens_of(unit.about)) if unit.about else 0.0,
            20 * (around - 0.85) if around else -2.0,
            20 * (around - closest) if around else -3.0,
            side.query.coverage(tokens_of(unit.text)),
        )
        likely.append(_logistic(_ALONE, seen))
    return likely


def _logistic(weights: Sequence[float], seen: Sequence[float]) -> float:
    return 1 / (1 + exp(-sum(w * x for w, x in zip(weights, (*seen, 1.0), strict=True))))


def _logit(likely: float) -> float:
    kept = min(max(likely, 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))
