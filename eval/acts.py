"""Learn what a turn does, and which sentence of a mail asks: `python -m eval acts`.

Logistic regression with a squared penalty, over the features of `assistant.question.acts`. A tenth of the turns is held
back to measure accuracy; the weights that are written are fitted on all of them. Takes a minute on one core.

Logistic regression with a squared penalty, over the features of `assistant.question.acts`; a tenth of the turns is held
back to tell how well it does, the weights that are written have seen all of them. A minute on one core.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.question.acts import SPACE, WEIGHTS, Act, features
from eval.reading import papers

ROOT = Path(__file__).resolve().parent / "conversations"
PENALTY = 10.0  # the inverse of the penalty, as scikit-learn's C
RESTRAINT = 1.0  # the same where the sentence vector is used too
WEIGHT = 2.0  # weight of the unit-length vector beside the word features
EVERY = 5  # one of so many of the questions to papers is learnt from
MAILS = 2  # times that a sentence of a mail counts, compared with the turns
HELD = 10  # one of so many turns is held back


def matrix(texts: Sequence[str]) -> np.ndarray:
    """One row of features for each text."""
    found = np.zeros((len(texts), SPACE), np.float32)
    for row, text in enumerate(texts):
        for place, value in features(text).items():
            found[row, place] = value
    return found


def rows(name: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def questions() -> list[dict[str, Any]]:
    """Questions to papers, from the text that the reader learns from. Each stands alone and asks for a fact."""
    found = [q.text for paper in papers("learnt") for passage in paper.passages for q in passage.questions]
    return [{"text": text, "act": "answer", "leans": False, "noun": True} for text in found[::EVERY]]


def asking() -> list[tuple[str, str]]:
    """(sentence, label) of the mails, and of the turns that stand alone."""
    found = [(text, label) for mail in rows("sentences.jsonl") for text, label in mail["lines"]] * MAILS
    for turn in rows("turns.jsonl") + questions():
        if turn["act"] == "thanks":
            found.append((turn["text"], "b"))
        elif not turn["leans"]:
            found.append((turn["text"], "q"))
    return found + [(part, "q") for one in rows("matters.jsonl") for part in one["parts"]]


def _model(penalty: float, weight: str | None = None) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=penalty, max_iter=3000, class_weight=weight)


def learn() -> dict[str, float]:
    """Fit the models, write the weights, and return the accuracy on the held tenth."""
    from assistant.index.encoders import bundled_identity, encoder
    from assistant.settings import Settings

    turns = rows("turns.jsonl") + questions()
    acts = list(Act)
    told = np.array([acts.index(Act(t["act"])) for t in turns])
    texts = [t["text"] for t in turns]
    sentences = asking()
    encode = encoder(Settings())
    words = matrix(texts), matrix([t for t, _ in sentences])
    both = tuple(
        np.hstack([w, encode(list(t), "query") * WEIGHT])
        for w, t in zip(words, (texts, [t for t, _ in sentences]), strict=True)
    )
    held = np.arange(len(turns)) % HELD == 0
    found = {"turns": float(len(turns)), "sentences": float(len(sentences))}
    for name, rows_, penalty in (("act", words[0], PENALTY), ("act_with_vector", both[0], RESTRAINT)):
        trial = _model(penalty).fit(rows_[~held], told[~held])
        found[name] = float(np.mean(trial.predict(rows_[held]) == told[held]))
    kept: dict[str, Any] = {"encoder": np.array(bundled_identity())}
    for name, (of_turns, of_sentences), penalty in (("words", words, PENALTY), ("both", both, RESTRAINT)):
        models = [_model(penalty).fit(of_turns, told)]
        models += [
            _model(penalty).fit(of_turns, [bool(t[label]) for t in turns]) for label in ("leans", "noun")
        ]
        models += [
            _model(penalty, "balanced").fit(of_sentences, [k == label for _, k in sentences])
            for label in ("q", "c")
        ]
        weights = np.hstack([m.coef_.T for m in models])
        kept[name] = weights[:SPACE].astype(np.float16)
        kept[f"{name}_constants"] = np.hstack([m.intercept_ for m in models]).astype(np.float32)
        if name == "both":
            kept["vector"] = (weights[SPACE:] * WEIGHT).astype(np.float32)
    np.savez_compressed(WEIGHTS, **kept)
    return found
