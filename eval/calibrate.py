"""Fit the weights of `assistant.answer.refusal` anew on questions with and without an answer.

    python -m eval.calibrate                                       fits on the fitted papers of the written text and
                                                                   on two seeds of near-identical agreements, and
                                                                   measures on the held papers and a third seed
    python -m eval.calibrate INDEX QUESTIONS.jsonl [INDEX QUESTIONS.jsonl …]     fits on your own questions

A draft counts as good when its page holds the answer. A draft for a question without an answer counts as bad. The
method is ridge-penalised logistic regression by Newton's method.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answer.composing import compose
from assistant.answer.refusal import Signs, signs
from assistant.index.ingest import ingest
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.metrics import calibration_error
from eval.reading import Part, papers
from eval.reading.folder import write
from eval.twins import generate

TODAY = dt.date(2026, 11, 22)  # fixed, so that "gældende" means the same in every run


Example = tuple[Signs, bool, bool]


def examples(index: Path, questions: Path) -> Iterator[Example]:
    """(signs, answerable, right page) of every question for which there is a draft."""
    assistant = Assistant(index, Settings.load())
    retriever = assistant.retriever
    for line in questions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        scope = assistant.scope(row["question"], today=TODAY)
        query = retriever.query(row["question"], scope)
        found = retriever.search(query, scope)
        draft = compose(query, found, scope, TODAY) if found else None
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
    """The weights, with the constant last. `rows` (n, signs), `good` (n,) of 0 and 1."""
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


def written(part: Part, folder: Path) -> tuple[Path, Path]:
    """An index of one part of the written text, and its questions in the examiner's form."""
    cases = write(papers(part), folder / "papers")
    rows = [
        {
            "question": c.question.text,
            "answerable": bool(c.gold),
            "gold": [{"doc": c.file, "pages": [c.page]}],
        }
        for c in cases
    ]
    return _indexed(folder, folder / "papers", rows)


def alike(seed: int, folder: Path) -> tuple[Path, Path]:
    """An index of near-identical agreements, and their questions."""
    return _indexed(folder, folder / "twins" / "pdf", generate(seed, folder / "twins"))


def _indexed(folder: Path, papers: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[Path, Path]:
    questions = folder / "asked.jsonl"
    questions.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    settings = Settings.load(index=folder / "index")
    ingest([papers], settings.index, settings)
    return settings.index, questions


def told(data: Sequence[Example], weights: np.ndarray) -> str:
    """At a threshold of one half: the share refused wrongly, the share of refusals found, and the calibration error."""
    rows, good = _arrays(data)
    p = 1 / (1 + np.exp(-(np.hstack([rows, np.ones((len(rows), 1))]) @ weights)))
    error = calibration_error(p, good)
    wrongly, found = (p[good == 1] < 0.5).mean(), (p[good == 0] < 0.5).mean()
    return f"refused wrongly {wrongly:.2f}, refusals found {found:.2f}, calibration error {error:.2f}"


def _arrays(data: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    kept = [(s, a) for s, a, right in data if right or not a]
    return np.array([astuple(s) for s, _ in kept], dtype=float), np.array([a for _, a in kept], dtype=float)


def main() -> None:
    given = [Path(name) for name in sys.argv[1:]]
    if len(given) % 2:
        raise SystemExit("python -m eval.calibrate [INDEKS SPØRGSMÅL.jsonl …]")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pairs = {f"{i}": (given[i], given[i + 1]) for i in range(0, len(given), 2)} or {
            "fitted": written("fitted", folder / "fitted"), "twins 1": alike(1, folder / "1"),
            "twins 2": alike(2, folder / "2"),
        }  # fmt: skip
        others = (
            {} if given else {"held": written("held", folder / "held"), "twins 3": alike(3, folder / "3")}
        )
        data = {name: list(examples(*pair)) for name, pair in {**pairs, **others}.items()}
    weights = fit(*_arrays([e for name in pairs for e in data[name]]))
    for field, w in zip([*(f.name for f in fields(Signs)), "constant"], weights, strict=True):
        print(f"{field:10} {w:6.2f}")
    for name, rows in data.items():
        print(f"{name}: {told(rows, weights)}")


if __name__ == "__main__":
    main()
