"""Fit the weights of `assistant.answer.refusal` anew on questions with and without an answer.

    python -m eval.calibrate INDEX QUESTIONS.jsonl [INDEX QUESTIONS.jsonl …]

A draft counts as good when its page is one that holds the answer; a draft for a question without an
answer, or from another page, counts as bad. Ridge-penalised logistic regression by Newton's method.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np

from assistant.answer.composing import compose
from assistant.answer.refusal import Signs, signs
from assistant.service.assistant import Assistant
from assistant.settings import Settings

TODAY = dt.date(2026, 11, 22)  # so that "gældende" means the same in every run


def examples(index: Path, questions: Path) -> Iterator[tuple[Signs, bool, bool]]:
    """(signs, answerable, right page) of every question whose scope leaves something to answer with."""
    assistant = Assistant(index, Settings.load())
    retriever = assistant.retriever
    for line in questions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        scope = assistant.scope(row["question"], today=TODAY)
        query = retriever.query(row["question"], scope)
        found = retriever.search(query, scope)
        draft = compose(query, found, scope) if found else None
        if draft is None:
            continue
        gold = {(g["doc"], p) for g in row["gold"] for p in g["pages"]}
        passage = draft.best.passage
        place = retriever.documents[passage.document_id].name, passage.page
        yield (
            signs(query, found, draft, retriever.outside(query, scope), retriever.kinship),
            bool(row["answerable"]),
            place in gold,
        )


def fit(rows: np.ndarray, good: np.ndarray, penalty: float = 0.5, rounds: int = 50) -> np.ndarray:
    """Weights and, last, the constant. `rows` (n, signs), `good` (n,) of 0 and 1."""
    x = np.hstack([rows, np.ones((len(rows), 1))])
    ridge = penalty * np.eye(x.shape[1])
    ridge[-1, -1] = 0
    w = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-x @ w))
        step = np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]) + ridge, x.T @ (good - p) - ridge @ w)
        w += step
        if np.abs(step).max() < 1e-6:
            break
    return w


def main() -> None:
    given = sys.argv[1:]
    if len(given) < 2 or len(given) % 2:
        raise SystemExit("python -m eval.calibrate INDEKS SPØRGSMÅL.jsonl [INDEKS SPØRGSMÅL.jsonl …]")
    data = [e for i in range(0, len(given), 2) for e in examples(Path(given[i]), Path(given[i + 1]))]
    kept = [(s, a) for s, a, right in data if right or not a]
    rows = np.array([astuple(s) for s, _ in kept], dtype=float)
    good = np.array([a for _, a in kept], dtype=float)
    weights = fit(rows, good)
    for field, w in zip([*(f.name for f in fields(Signs)), "constant"], weights, strict=True):
        print(f"{field:10} {w:6.2f}")
    p = 1 / (1 + np.exp(-(np.hstack([rows, np.ones((len(rows), 1))]) @ weights)))
    for threshold in (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75):
        refused = p < threshold
        right = (refused & (good == 0)).sum()
        print(f"threshold {threshold}: recall {right / max(1, (good == 0).sum()):.2f} "
              f"precision {right / max(1, refused.sum()):.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
