"""Learn how likely a sentence is to be what its side of a comparison says: `python -m eval sides`.

The data are written agreements (`eval/consistency/written`, the sets for development and for learning). Among each
region's candidates, those that hold the words of the gold answer are right; a region without an answer is silent. Each
set is measured with weights that were fitted without it. The weights that are written to `assistant/compare/sides.json`
are fitted on all sets. The generated agreements are not used.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.compare import selection, sides
from assistant.compare.selection import SHOWN, STEPS, WEIGHTS, Searched
from assistant.compare.verdicts import single
from assistant.question.matter import without_scope
from assistant.service.assistant import Assistant
from eval.consistency.written import ROOT, indexed, papers_of

WRITTEN = ("1", "2", "7", "8", "9", "10")
PENALTY = 0.003
SAME = 92  # of 100: how similar a part of a candidate must be to the gold words
DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """A question put to several sides: the candidates of each, which of them answer, and which sides are silent."""

    sides: tuple[Searched, ...]
    answers: tuple[np.ndarray, ...]  # for each side (its candidates,) booleans
    silent: tuple[bool, ...]


def cases_of(assistant: Assistant, topics: Sequence[Mapping[str, Any]], day: dt.date) -> Iterator[Case]:
    """Each topic of a set as the comparison sees it. `topics` as in `gold.json`."""
    retriever = assistant.retriever
    for topic in topics:
        asked = assistant.checked(topic["question"])
        scope = assistant.scope(asked, today=day)
        alone = without_scope(single(asked))
        found, answers, silent = [], [], []
        for region, period in sides.regions(retriever, scope, day):
            cell = topic["cells"][region]
            side = selection.searched(retriever, alone, assistant.comparing.side(scope, region, period), day)
            found.append(side)
            answers.append(
                np.array([not cell["silent"] and told(c.pick.unit, cell) for c in side.candidates], bool)
            )
            silent.append(bool(cell["silent"]))
        yield Case(tuple(found), tuple(answers), tuple(silent))


def told(unit: Any, cell: Mapping[str, Any]) -> bool:
    """Whether a unit holds the words of a cell, exactly or nearly, as a file reader may have changed them."""
    from rapidfuzz import fuzz

    own = _bare(f"{unit.about} {unit.text}" if unit.kind == "row" else unit.text)
    words = cell["words"] if isinstance(cell["words"], list) else [cell["words"]]
    for text in filter(None, map(_bare, words)):
        near = len(text) > 12 and len(own) >= 0.8 * len(text) and fuzz.partial_ratio(text, own) >= SAME
        if text in own or near:
            return True
    return False


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def sets() -> Iterator[tuple[str, list[Case]]]:
    """(name, cases) of every set."""
    for name in WRITTEN:
        gold = json.loads((ROOT / name / "gold.json").read_text("utf-8"))
        with indexed(papers_of(ROOT / name)) as assistant:
            yield name, list(cases_of(assistant, gold["topics"], dt.date(int(gold["period"][:4]), 6, 1)))


# --- fitting ---

Fitted = dict[str, list[float]]


def fit(cases: Sequence[Case]) -> Fitted:
    """Weights of both steps. The second is fitted on the output of the first, then on its own output."""
    own = [[selection.own_signs(side) for side in case.sides] for case in cases]
    near = [selection.kinship(case.sides) for case in cases]
    right = [answers for case in cases for answers in case.answers]
    first = logit([signs for case in own for signs in case], right)
    likely = [[selection.chosen(signs, first) for signs in case] for case in own]
    second = first
    for _ in range(STEPS):
        signs = [selection.beside_signs(*three) for three in zip(own, likely, near, strict=True)]
        second = logit([side for case in signs for side in case], right)
        likely = [[selection.chosen(side, second) for side in case] for case in signs]
    return {"own": first, "beside": second}


def logit(signs: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> list[float]:
    """Weights of a conditional logit whose last choice is silence, by maximum likelihood. The squared penalty is on
    each weight times the standard deviation of its sign."""
    from scipy.optimize import minimize

    spread = np.append(np.concatenate(list(signs)).std(axis=0) + 1e-9, 0.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = 0.0, np.zeros_like(weights)
        for rows, answers in zip(signs, right, strict=True):
            p = selection.chosen(rows, weights)
            goal = np.append(answers, not answers.any())
            hit = p[goal].sum() + 1e-12
            total -= np.log(hit)
            pull = np.where(goal, p / hit, 0.0) - p
            slope -= np.append(pull[:-1] @ rows, pull[-1])
        penalty = weights * spread
        count = len(signs)
        return total / count + PENALTY * float(
            penalty @ penalty
        ), slope / count + 2 * PENALTY * penalty * spread

    found = minimize(loss, np.zeros(signs[0].shape[1] + 1), jac=True, method="L-BFGS-B").x
    return [round(float(w), DECIMALS) for w in found]


def told_by(
    cases: Sequence[Case], weights: Mapping[str, Sequence[float]]
) -> list[tuple[float, float, bool, bool]]:
    """For each side: the probability that it says anything, the probability of its best candidate, whether that
    candidate is right, and whether the side is silent."""
    rows = []
    for case in cases:
        for p, answers, silent in zip(
            selection.likelihoods(case.sides, weights), case.answers, case.silent, strict=True
        ):
            if len(p) > 1:
                best = int(p[:-1].argmax())
                rows.append((float(p[:-1].sum()), float(p[best]), bool(answers[best]), silent))
            else:
                rows.append((0.0, 0.0, False, silent))
    return rows


def measures(rows: Sequence[tuple[float, float, bool, bool]]) -> dict[str, float]:
    """Share of right sentences shown, share of silent sides left silent, and share of the sure sentences that are
    right."""
    says = [said >= SHOWN and right for said, _, right, silent in rows if not silent]
    quiet = [said < SHOWN for said, _, _, silent in rows if silent]
    sure = [right for said, p, right, _ in rows if said >= SHOWN and p >= selection.SURE]
    return {
        "sentences": float(np.mean(says)), "silence": float(np.mean(quiet or [1.0])),
        "sure": float(np.mean(sure or [1.0])), "share sure": len(sure) / len(rows),
    }  # fmt: skip


def learn() -> Iterator[tuple[str, dict[str, float]]]:
    """Measure each set with weights fitted without it, then all sets together. Finally fit on all of them and write the
    weights."""
    data = dict(sets())
    apart: list[tuple[float, float, bool, bool]] = []
    for name, held in data.items():
        rows = told_by(held, fit([case for other, cases in data.items() if other != name for case in cases]))
        apart += rows
        yield name, measures(rows)
    yield "each apart", measures(apart)
    weights = fit([case for cases in data.values() for case in cases])
    WEIGHTS.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")
