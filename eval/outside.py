"""The same retrieval over two public data sets from other fields: `python -m eval retrieval`.

Each set is a folder with `corpus.jsonl` (id, text) and questions with judgements: `queries.jsonl` with `qrels.tsv`, or
`queries_*.jsonl` whose lines carry `rel`. Nothing is tuned on them. They show whether a gain is general or lucky.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index import encoders
from assistant.index.lexical import LexicalWriter
from assistant.question.expectation import expects
from assistant.retrieval.fusion import fuse
from assistant.retrieval.ranking import Query
from assistant.retrieval.search import FAINT, says
from assistant.settings import Settings
from eval.metrics import interval, ndcg

DEPTH = 60  # hits of each channel, as in the assistant's own settings
Judged = dict[str, dict[str, int]]


def questions(folder: Path) -> Iterator[tuple[str, dict[str, str], Judged]]:
    """(name, question by id, judgements by id) of every set of questions in a folder."""
    if (folder / "qrels.tsv").exists():
        judged: Judged = {}
        for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
            query, _, passage, grade = line.split("\t")
            judged.setdefault(query, {})[passage] = int(grade)
        asked = {r["id"]: r["question"] for r in _rows(folder / "queries.jsonl") if r["id"] in judged}
        yield folder.name, asked, judged
    for file in sorted(folder.glob("queries_*.jsonl")):
        rows = _rows(file)
        yield (
            f"{folder.name}/{file.stem.removeprefix('queries_')}",
            {r["id"]: r["question"] for r in rows},
            {r["id"]: dict.fromkeys(r["rel"], 1) for r in rows},
        )


def retrieval(folder: Path, settings: Settings) -> dict[str, dict[str, Any]]:
    """nDCG@10 of each channel and of the fusion, for each set of questions."""
    rows = _rows(folder / "corpus.jsonl")
    ids = [r["id"] for r in rows]
    texts = [r["text"] for r in rows]  # without the title, because some questions are the titles
    encode = encoders.encoder(settings)
    vectors = encode(texts, "passage")
    with tempfile.TemporaryDirectory() as work:
        words = LexicalWriter(Path(work))
        for text in texts:
            words.add(text)
        lexical = words.index()
    found: dict[str, dict[str, Any]] = {}
    for name, asked, judged in questions(folder):
        runs: dict[str, dict[str, list[str]]] = {"dense": {}, "lexical": {}, "both": {}}
        vectors_of = encode(list(asked.values()), "query")
        for (key, question), vector in zip(asked.items(), vectors_of, strict=True):
            terms = lexical.terms(question, FAINT)
            scores = lexical.scores(terms)
            query = Query.of(question, terms, expects(question), vector, scores)
            near = np.argsort(-(vectors @ vector), kind="stable")[:DEPTH]
            said = [i for i in np.argsort(-scores, kind="stable")[:DEPTH] if scores[i] > 0]
            rankings = {"dense": [ids[i] for i in near], "lexical": [ids[i] for i in said]}
            both = fuse(rankings, {"lexical": says(query)})
            for channel, ranked in (*rankings.items(), ("both", [i for i, _, _ in both])):
                runs[channel][key] = ranked
        found[name] = {}
        for channel, run in runs.items():
            values = list(ndcg(run, judged).values())
            low, high = interval(values)
            found[name][channel] = {
                "mean": float(np.mean(values)),
                "low": low,
                "high": high,
                "n": len(values),
            }
    return found


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
