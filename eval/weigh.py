"""Fit the weights of `assistant.retrieval.ranking` on papers that the encoder was not tuned on.

    python -m eval weigh        indexes the fitted papers and the held ones, fits on the first, and prints the
                                weights and the measures on the second

Of all units in the passages found for a question, either one answers or none does. The model is a conditional logit
whose last choice is silence.

    McFadden, Conditional logit analysis of qualitative choice behavior (1974)
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.documents.answer_units import Unit
from assistant.index.ingest import ingest
from assistant.retrieval.ranking import FORMS
from assistant.retrieval.search import POOL
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.metrics import calibration_error
from eval.reading import Part, papers
from eval.reading.folder import Case, write

TODAY = dt.date(2026, 11, 22)
SAME = 85  # of 100: how similar a unit as read must be to the unit as written; repair changes letters
PENALTY = 1e-3
SIGNS = ("cosine", "coverage", *FORMS)


@dataclass(frozen=True, slots=True)
class Seen:
    """The units found for a question: `signs` (units, 5), and which of them answer."""

    case: Case
    signs: np.ndarray
    answers: np.ndarray


def seen(part: Part, folder: Path) -> Iterator[Seen]:
    """Ask every question of one part of the written text, over an index of the papers of that part only."""
    cases = write(papers(part), folder / "papers")
    settings = replace(Settings.load(), index=folder / "index")
    ingest([folder / "papers"], settings.index, settings)
    assistant = Assistant(settings.index, settings)
    retriever = assistant.retriever
    for case in cases:
        scope = assistant.scope(case.question.text, today=TODAY)
        query = retriever.query(case.question.text, scope)
        signs, answers = [], []
        for found in retriever.search(query, scope, POOL):
            passage = found.passage
            here = retriever.documents[passage.document_id].name == case.file and passage.page == case.page
            for scored in found.units:
                signs.append((scored.cosine, scored.coverage, *(scored.form == name for name in FORMS)))
                answers.append(here and holds(scored.unit, case.gold))
        if signs:
            yield Seen(case, np.array(signs, dtype=float), np.array(answers))


def holds(unit: Unit, gold: Sequence[str]) -> bool:
    """Whether a unit is one of those that answer, contains one, or is a large part of one. A list must contain most of
    them."""
    from rapidfuzz import fuzz

    own = _bare(unit.text)
    if unit.kind == "list" and len(gold) > 1:
        return sum(fuzz.partial_ratio(_bare(text), own) >= SAME for text in gold) > len(gold) / 2
    for text in map(_bare, gold):
        near = fuzz.ratio(own, text) >= SAME or (len(text) > 20 and len(own) < 4 * len(text) and text in own)
        if near or (len(own) > 20 and own in text and len(own) >= 0.4 * len(text)):
            return True
    return False


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def fit(data: Sequence[Seen]) -> np.ndarray:
    """Weights of the signs, with the weight of silence last; shape (6,)."""
    import torch

    weights = torch.zeros(len(SIGNS) + 1, dtype=torch.float64, requires_grad=True)
    most = max(len(s.signs) for s in data)
    signs = torch.zeros(len(data), most, len(SIGNS), dtype=torch.float64)
    all_of = torch.full((len(data), most + 1), -torch.inf, dtype=torch.float64)  # silence is last
    right = all_of.clone()
    for n, seen in enumerate(data):
        count = len(seen.signs)
        signs[n, :count] = torch.tensor(seen.signs)
        all_of[n, [*range(count), most]] = 0.0
        right[n, [*np.flatnonzero(seen.answers)] or [most]] = 0.0
    optimiser = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        each = torch.cat([signs @ weights[:-1], weights[-1].expand(len(data), 1)], dim=1)
        terms = torch.logsumexp(each + all_of, 1) - torch.logsumexp(each + right, 1)
        found = terms.mean() + PENALTY * (weights**2).mean()
        found.backward()
        return found

    optimiser.step(loss)
    fitted: np.ndarray = weights.detach().numpy()
    return fitted


def report(data: Sequence[Seen], weights: np.ndarray) -> dict[str, float]:
    """How often the answering unit is first, how well questions with and without an answer are separated (area under
    the curve), and the expected calibration error of the probability of an answer."""
    first, sure = [], {True: [], False: []}  # type: ignore[var-annotated]
    for one in data:
        scores = one.signs @ weights[:-1]
        if one.case.gold:
            first.append(bool(one.answers[int(scores.argmax())]))
        high = max(scores.max(), weights[-1])
        mass = np.exp(scores - high).sum()
        sure[bool(one.case.gold)].append(mass / (mass + np.exp(weights[-1] - high)))
    yes, no = np.array(sure[True]), np.array(sure[False])
    both, has = np.concatenate([yes, no]), np.concatenate([np.ones(len(yes)), np.zeros(len(no))])
    above = (yes[:, None] > no).mean() + 0.5 * (yes[:, None] == no).mean()
    return {
        "unit first": float(np.mean(first)),
        "auc": float(above),
        "calibration error": calibration_error(both, has),
    }


def main() -> int:
    """Fit on one part and report on both."""
    with tempfile.TemporaryDirectory() as folder:
        data = {part: list(seen(part, Path(folder) / part)) for part in ("fitted", "held")}
    weights = fit(data["fitted"])
    print(", ".join(f"{name} {w:.2f}" for name, w in zip((*SIGNS, "silence"), weights, strict=True)))
    for part, rows in data.items():
        print(part, ", ".join(f"{k} {v:.3f}" for k, v in report(rows, weights).items()))
    return 0
