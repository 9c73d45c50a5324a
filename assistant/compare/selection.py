"""What each side of a comparison answers with, judged beside what the others do.

Agreements say the same things, so the sides help each other. What one side says shows how well the
question can be answered. A sentence that is akin to what the others answer with is likely the answer
here too, and one that is akin to what the others have and pass over is another clause.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from assistant.answer.amounts import of_another_kind
from assistant.answer.composing import Draft, Pick, candidates, compose, led, stated
from assistant.answer.figures import ANY, Key, common_kind, in_force, key_of, kinds_of
from assistant.answer.refusal import asked_known, confidence, likelihood, signs
from assistant.documents.units import tokens_of
from assistant.index.encoders import Vectors
from assistant.models import CELL, HEAD, Scope
from assistant.question.answer_type import AnswerType
from assistant.retrieval.ranking import Query
from assistant.retrieval.search import Retriever

HITS = 10  # passages of each side
CANDIDATES = 6  # units of a side that may stand for it
HEARD = 4  # candidates of a side that the others are compared with
AKIN = 0.395  # cosine, figures masked, from which two sentences are about the same
TOLD = 0.29  # cosine from which a sentence is about what is asked
# How far the weights below, which were fitted on the encoder as it was published, count a cosine of the tuned one: at
# the cosines of the pairs that both put in the same place.
PAIRED, ASKED = 4.1, 3.8
LIKELY = 0.38  # from which a candidate is taken; of those between here and 0.45 three of four are right
SURE = 0.5  # of the surest side: below, no agreement says it, and nothing like it is to be found in all

# Logistic weights, the constant last, fitted on generated agreements of four makes: of a candidate by
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
    retriever: Retriever, question: str, limits: Sequence[Scope], day: dt.date
) -> tuple[list[Side | None], tuple[str, ...]]:
    """(what each scope answers with, None where it is silent; the kinds of value they answer with).

    Where the question allows several kinds of value, the likeliest candidates say which is meant."""
    sides = [_searched(retriever, question, scope, day) for scope in limits]
    expected = sides[0].query.expected
    kinds = kinds_of(expected)
    heard = [
        _Candidate(i, j, pick)
        for i, side in enumerate(sides)
        for j, pick in enumerate(side.picks)
        if not of_another_kind(question, f"{pick.unit.about} {pick.unit.text}")
    ]
    if not heard or max(side.sure for side in sides) < SURE:
        return [None] * len(sides), kinds
    read = [_read(one.pick) for one in heard]
    vectors = retriever.masked(read)
    alone = _alone(sides, heard, read, vectors)
    beside = _beside(heard, alone, vectors)
    likely = [likelihood(_BESIDE, seen) for seen in beside]
    if len(kinds) != 1 and expected.wants is not AnswerType.FREQUENCY and not expected.lists:
        told = [
            [(likely[n], one.pick.unit.text) for n, one in enumerate(heard) if one.side == i]
            for i in range(len(sides))
        ]
        common = common_kind(kinds or ANY, told) if kinds or not _OPEN.match(question) else None
        kinds = (common,) if common else kinds
    keys = [_keys(sides[one.side].query, one, kinds) for one in heard]
    able = [n for n in range(len(heard)) if keys[n] or not kinds]
    if kinds:
        valued = _best(heard, alone, able)
        likely = [
            likelihood(_VALUED, (*seen, sum(alone[m] for m in _agreeing(n, heard, keys, valued))))
            for n, seen in enumerate(beside)
        ]
    best = _best(heard, likely, able)
    found: list[Side | None] = []
    for i, side in enumerate(sides):
        n = best.get(i)
        agreeing = _agreeing(n, heard, keys, best) if n is not None else []
        agreed = {
            key: sum(likely[m] for m in agreeing if key in keys[m])
            for key in (keys[n] if n is not None else ())
        }
        if side.draft and side.draft.whole:
            found.append(Side(side.query, side.draft, agreed))
        elif n is None or likely[n] < LIKELY:
            found.append(None)
        elif side.draft and heard[n].pick.unit == side.draft.best.unit:
            found.append(Side(side.query, side.draft, agreed))
        else:
            found.append(Side(side.query, stated(side.query, heard[n].pick), agreed))
    return found, kinds


def _read(pick: Pick) -> str:
    """What a candidate says by itself: a sentence that leans on the one before it together with that one, a row
    with the heads of its columns."""
    unit = led(pick)
    heads = unit.about.split(HEAD)
    cells = unit.text.split(CELL)
    if unit.kind != "row" or len(heads) != len(cells) or len(cells) < 2:
        return unit.text
    told = [f"{head.strip()} {cell.strip()}" for head, cell in zip(heads[1:], cells[1:], strict=True)]
    return f"{cells[0]}: {', '.join(told)}"


def _searched(retriever: Retriever, question: str, scope: Scope, day: dt.date) -> _Searched:
    query = retriever.query(question, scope)
    found = retriever.search(query, scope, HITS)
    listed = retriever.listing(query, found, day)
    draft = compose(query, found, scope, day, listed) if found else None
    sure = 0.0
    if draft and asked_known(query):
        outside = retriever.outside(query, scope)
        sure = confidence(signs(query, found, draft, outside, retriever.kinship))
    return _Searched(query, candidates(query, found, scope, CANDIDATES), draft, sure)


def _best(heard: Sequence[_Candidate], likely: Sequence[float], able: Iterable[int]) -> dict[int, int]:
    """The likeliest candidate of each side, by their numbers, among those that are able to answer."""
    best: dict[int, int] = {}
    for n in able:
        side = heard[n].side
        if side not in best or likely[n] > likely[best[side]]:
            best[side] = n
    return best


def _beside(
    heard: Sequence[_Candidate], alone: Sequence[float], vectors: Vectors
) -> list[tuple[float, float, float]]:
    """For each candidate: how likely it is by itself (log odds), how akin it is to what the other sides answer
    with, and to what they pass over."""
    best = _best(heard, alone, range(len(heard)))
    answering = set(best.values())
    near = PAIRED * (vectors @ vectors.T - AKIN)
    seen = []
    for n, one in enumerate(heard):
        akin = {
            m: float(near[n, m]) * alone[best[other.side]]
            for m, other in enumerate(heard)
            if other.side != one.side and other.place < HEARD
        }
        told = sum(max(a, 0.0) for m, a in akin.items() if m in answering)
        passed = max((a for m, a in akin.items() if m not in answering), default=0.0)
        seen.append((_logit(alone[n]), told, passed))
    return seen


def _agreeing(
    n: int, heard: Sequence[_Candidate], keys: Sequence[Set[Key]], best: Mapping[int, int]
) -> list[int]:
    """The other sides' best candidates that share a value with one."""
    return [m for side, m in best.items() if side != heard[n].side and keys[n] & keys[m]]


def _keys(query: Query, one: _Candidate, kinds: Sequence[str]) -> frozenset[Key]:
    """What the values of a candidate share with equal ones."""
    return frozenset(key_of(query, v) for v in in_force(query, one.pick.unit.text, kinds))


def _alone(
    sides: Sequence[_Searched], heard: Sequence[_Candidate], read: Sequence[str], vectors: Vectors
) -> list[float]:
    """How likely each candidate answers by its own signs: its side's confidence where it leads the side's
    own answer; its cosine with the question, and how far that is below the best of any side; what of the
    question its heading says; the cosine of its passage, and how far below; what its own words say."""
    near = np.einsum("ij,j->i", vectors, sides[0].query.vector)
    nearest = float(near.max())
    closest = max(one.pick.found.cosine or 0.0 for one in heard)
    likely = []
    for one, text, cosine in zip(heard, read, near, strict=True):
        side, unit, around = sides[one.side], one.pick.unit, one.pick.found.cosine
        leads = side.draft is not None and unit == side.draft.best.unit
        seen = (
            side.sure * leads,
            ASKED * (float(cosine) - TOLD),
            ASKED * (float(cosine) - nearest),
            side.query.coverage(tokens_of(unit.about)) if unit.about else 0.0,
            ASKED * (around - TOLD) if around else -2.0,
            ASKED * (around - closest) if around else -3.0,
            side.query.coverage(tokens_of(text)),
        )
        likely.append(likelihood(_ALONE, seen))
    return likely


def _logit(likely: float) -> float:
    kept = min(max(likely, 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))
