"""The unit with which each side of a comparison answers, chosen in view of the other sides.

Agreements say the same things in their own words, so the sides help each other: a sentence that resembles what the
others answer with, in meaning, in words or in value, is likely the answer here too. One of a side's sentences
answers, or the side is silent. The probabilities come from a few signs, with weights learnt from written agreements
(`python -m eval sides`) in two steps: first from each candidate alone, then together with what the other sides likely
say.

    McFadden, Conditional logit analysis of qualitative choice behavior (1974)
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answer.amounts import of_another_kind
from assistant.answer.composing import compose, stated
from assistant.answer.figures import Key, common_kind, in_force, key_of, kinds_of
from assistant.answer.picks import Draft, Pick, picks_of
from assistant.answer.references import followed
from assistant.answer.refusal import asked_known
from assistant.documents.answer_units import tokens_of, units_of
from assistant.index.encoders import Vectors
from assistant.language.values import DIGITS, FIGURES
from assistant.models import Scope
from assistant.question.answer_type import AnswerType
from assistant.retrieval.ranking import Query
from assistant.retrieval.search import POOL, Retriever

CANDIDATES = 20  # candidates per side
STEPS = 2  # rounds in which the sides take each other into account
SHOWN = 0.8  # least probability that a side answers at all, for its words to be shown
EACH = 0.5  # the same, where another side surely has what is asked for
SURE = 0.9  # probability of the chosen words from which they are shown without a warning
LEAST = (
    0.3  # lower bound of the sum by which the other sides' votes are divided, so that weak votes count little
)
NOTHING = 1e-6
# Similarities of meaning and of words are capped here, where two sentences are the same clause. Being identical to
# the letter, as boilerplate is, does not make an answer likelier.
SAME_MEANT, SAME_SAID = 0.7, 0.2

WEIGHTS = Path(__file__).with_name("sides.json")
Signs = np.ndarray[Any, np.dtype[Any]]
# Questions that no figure answers.
_OPEN = re.compile(r"\W*(?:hvordan|hvorfor|hvem|how (?!much|many|long|often)|why|who)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Side:
    """What a side answers with, the question as put to it, and the probability that these words answer it."""

    query: Query
    draft: Draft
    agreed: Mapping[Key, float]  # how surely the other sides answer with a value
    likely: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer for its side."""

    pick: Pick
    vector: Vectors  # shape (dimension,)
    words: Mapping[str, float]  # its words without figures, each with its rarity
    keys: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Searched:
    """A side's own search: its candidates, best first, and the numbered parts that it may answer with in full."""

    query: Query
    candidates: tuple[Candidate, ...]
    listed: Draft | None


def answers(
    retriever: Retriever, question: str, limits: Sequence[Scope], day: dt.date
) -> tuple[list[Side | None], tuple[str, ...]]:
    """(what each scope answers with, None where it is silent; the kinds of value that they answer with).

    Where the question allows several kinds of value, the likeliest candidates decide which is meant.
    """
    sides = [searched(retriever, question, scope, day) for scope in limits]
    likely = likelihoods(sides)
    expected = sides[0].query.expected
    kinds = kinds_of(expected)
    if len(kinds) != 1 and expected.wants is not AnswerType.FREQUENCY and not expected.lists:
        told = [
            [(float(p[n]), one.pick.unit.text) for n, one in enumerate(side.candidates)]
            for side, p in zip(sides, likely, strict=True)
        ]
        common = common_kind(kinds or FIGURES, told) if kinds or not _OPEN.match(question) else None
        kinds = (common,) if common else kinds
    found: list[Side | None] = []
    known = asked_known(sides[0].query)
    least = EACH if any(side.listed for side in sides) else SHOWN
    for i, side in enumerate(sides):
        if side.listed:
            found.append(Side(side.query, side.listed, {}, 1.0))
        elif not known or not side.candidates or likely[i][:-1].sum() < least:
            found.append(None)
        else:
            best = int(likely[i][:-1].argmax())
            pick = side.candidates[best].pick
            agreed = _agreed(i, sides, likely)
            sure = sum(
                float(p)
                for one, p in zip(side.candidates, likely[i][:-1], strict=True)
                if _overlap(one.pick, pick)
            )
            found.append(Side(side.query, _told(retriever, side.query, pick, kinds), agreed, sure))
    return found, kinds


def _told(retriever: Retriever, query: Query, pick: Pick, kinds: Sequence[str]) -> Draft:
    """The draft for a side's unit. Where the unit only refers to the place of its value, the text at that place comes
    first."""
    own = stated(query, pick)
    if not kinds or in_force(query, pick.unit.text, kinds):
        return own
    there = followed(retriever, query, pick)
    if there is None or not in_force(query, there.unit.text, kinds):
        return own
    led = stated(query, there)
    return replace(led, statements=(*led.statements, *own.statements))


def searched(retriever: Retriever, question: str, scope: Scope, day: dt.date) -> Searched:
    """The candidates of a side."""
    query = retriever.query(question, scope)
    found = retriever.search(query, scope, POOL)
    listed = retriever.listing(query, found, day) if found else None
    whole = compose(query, found, scope, day, listed) if listed else None
    kept = [
        p
        for p in picks_of(found, scope)
        if (p.unit.kind != "list" or query.expected.lists)
        and not of_another_kind(question, f"{p.unit.about} {p.unit.text}")
    ][:CANDIDATES]
    return Searched(query, tuple(_candidate(retriever, query, pick) for pick in kept), whole)


def _candidate(retriever: Retriever, query: Query, pick: Pick) -> Candidate:
    unit = pick.unit
    at = units_of(pick.passage.text).index(unit)
    vector = retriever.units_of(pick.passage)[at]
    words = tokens_of(DIGITS.sub(" ", f"{unit.about} {unit.text}"))
    rare = {word: retriever.lexical.rarity(word) for word in words if not word.isdigit()}
    keys = frozenset(key_of(query, v) for v in in_force(query, unit.text, FIGURES))
    return Candidate(pick, vector, rare, keys)


# --- how likely ---


def likelihoods(
    sides: Sequence[Searched], weights: Mapping[str, Sequence[float]] | None = None
) -> list[Signs]:
    """For each side the probability of each of its candidates and, last, of silence; shape (its candidates + 1,)."""
    learnt = weights or _learnt()
    own = [own_signs(side) for side in sides]
    likely = [chosen(signs, learnt["own"]) for signs in own]
    near = kinship(sides)
    for _ in range(STEPS):
        likely = [chosen(signs, learnt["beside"]) for signs in beside_signs(own, likely, near)]
    return likely


def chosen(signs: Signs, weights: Sequence[float]) -> Signs:
    """A conditional logit over candidates, `signs` (n, k), with silence as the last choice. `weights` are the k
    weights and the score of silence."""
    scores = np.append(signs @ np.asarray(weights[:-1]), weights[-1])
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def own_signs(side: Searched) -> Signs:
    """For each candidate: its own log odds, and whether it shows or misses what is asked for; shape (candidates, 3)."""
    rows = [
        (_logit(c.pick.value), c.pick.scored.form == "shown", c.pick.scored.form == "missed")
        for c in side.candidates
    ]
    return np.array(rows, dtype=float).reshape(len(rows), 3)


Kinship = Mapping[tuple[int, int], tuple[Signs, Signs, Signs]]


def kinship(sides: Sequence[Searched]) -> Kinship:
    """For each pair of sides, for every candidate of one and every candidate of the other: their cosine, the share of
    words they have in common, and whether they share a value."""
    found = {}
    for i, one in enumerate(sides):
        for j, other in enumerate(sides[:i]):
            shape = len(one.candidates), len(other.candidates)
            meant = np.zeros(shape)
            if all(shape):  # otherwise one side has no candidates
                a, b = (np.stack([c.vector for c in side.candidates]) for side in (one, other))
                meant[:] = a @ b.T
            pairs = [
                [(_shared(c.words, d.words), bool(c.keys & d.keys)) for d in other.candidates]
                for c in one.candidates
            ]
            said, valued = np.array(pairs, dtype=float).reshape(*shape, 2).transpose(2, 0, 1)
            pair = np.minimum(meant, SAME_MEANT), np.minimum(said, SAME_SAID), valued
            found[i, j], found[j, i] = pair, (pair[0].T, pair[1].T, pair[2].T)
    return found


def beside_signs(own: Sequence[Signs], likely: Sequence[Signs], near: Kinship) -> list[Signs]:
    """For each candidate: its log probability so far, its similarity to what the other sides likely answer with in
    meaning and in words, how surely they answer with one of its values, the own score of its side's best candidate,
    and how surely the others have the same clause and do not choose it; for each side shape (candidates, 6)."""
    found = []
    told = [float(p[:-1].sum()) for p in likely]
    for i, signs in enumerate(own):
        others = [j for j in range(len(own)) if j != i]
        sums = [sum((near[i, j][k] @ likely[j][:-1] for j in others), np.zeros(len(signs))) for k in range(3)]
        known = max(sum(told[j] for j in others), LEAST)
        best = signs[:, 0].max() if len(signs) else 0.0
        passed = np.zeros(len(signs))
        for j in others:
            if len(likely[j]) > 1 and len(signs):
                over = told[j] - likely[j][:-1]
                passed += (near[i, j][1] / SAME_SAID * over).max(axis=1)
        columns = (
            np.log(likely[i][:-1] + NOTHING),
            sums[0] / known,
            sums[1] / known,
            sums[2],
            np.full(len(signs), best),
            passed,
        )
        found.append(np.stack(columns, axis=1))
    return found


def _overlap(one: Pick, other: Pick) -> bool:
    """Whether two units overlap: a list, its lead and its items are one answer."""
    same = one.passage.id == other.passage.id
    return same and one.unit.start < other.unit.end and other.unit.start < one.unit.end


def _agreed(i: int, sides: Sequence[Searched], likely: Sequence[Signs]) -> dict[Key, float]:
    """How surely the sides other than `i` answer with each value."""
    found: dict[Key, float] = {}
    for j, side in enumerate(sides):
        for n, one in enumerate(side.candidates if j != i else ()):
            for key in one.keys:
                found[key] = found.get(key, 0.0) + float(likely[j][n])
    return found


def _shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Share of the words of two texts that both have; rare words count more."""
    both = sum(weight for word, weight in one.items() if word in other)
    whole = sum(one.values()) + sum(other.values()) - both
    return both / whole if whole else 0.0


def _logit(likely: float) -> float:
    kept = min(max(likely, 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))


@cache
def _learnt() -> Mapping[str, Sequence[float]]:
    learnt: Mapping[str, Sequence[float]] = json.loads(WEIGHTS.read_text("utf-8"))
    return learnt
