"""The measures, one pure function each. A measure is None where it does not apply to a case; such a case is left out of
the mean. Places are (document, page) with pages from 1.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from assistant.models import Hit
from assistant.retrieval.fusion import K
from eval.cases import EVERY, Case, bare

Place = tuple[str, int]
Answer = Mapping[str, Any]  # one answer, as `assistant ask --json` prints it


def ranked(answer: Answer) -> list[Place]:
    """The pages of the hits, best first, each once."""
    return list(dict.fromkeys((h["document"], h["page"]) for h in answer["hits"]))


def hit(answer: Answer, case: Case, k: int) -> float | None:
    """hit@k (success@k): whether a page that answers is among the first k."""
    if not case.answerable:
        return None
    return float(any(place in case.places for place in ranked(answer)[:k]))


def reciprocal_rank(answer: Answer, case: Case) -> float | None:
    """Reciprocal rank of the first page that answers (Voorhees, TREC-8, 1999). Its mean is MRR."""
    if not case.answerable:
        return None
    return next((1 / n for n, place in enumerate(ranked(answer), start=1) if place in case.places), 0.0)


def ndcg(
    runs: Mapping[str, Sequence[str]], judged: Mapping[str, Mapping[str, int]], k: int = 10
) -> dict[str, float]:
    """nDCG@k of each query (Järvelin and Kekäläinen, 2002), computed by `ir-measures` with trec_eval's code.

    `runs` are ranked ids, best first. `judged` grades them with 0 and up.
    """
    from ir_measures import Qrel, ScoredDoc, iter_calc, nDCG

    measure = nDCG @ k
    qrels = [Qrel(q, d, grade) for q, grades in judged.items() for d, grade in grades.items()]
    run = [ScoredDoc(q, d, float(-n)) for q, ids in runs.items() for n, d in enumerate(ids)]
    found = dict.fromkeys(judged, 0.0)
    found |= {m.query_id: float(m.value) for m in iter_calc([measure], qrels, run)}
    return found


def ndcg_at_10(answer: Answer, case: Case) -> float | None:
    """nDCG@10 over the pages of the hits."""
    if not case.answerable:
        return None
    names = [f"{doc}#{page}" for doc, page in ranked(answer)]
    judged = {f"{doc}#{page}": 1 for doc, page in case.places}
    return ndcg({case.id: names}, {case.id: judged})[case.id]


def channel_rank(hits: Sequence[Hit], case: Case, documents: Mapping[str, str], channel: str) -> float | None:
    """Reciprocal of the best rank that one channel alone gave to a passage that answers, among the hits; 0 where it
    found none of them. `documents` are names by id."""
    if not case.answerable:
        return None
    ranks = [
        h.ranks[channel]
        for h in hits
        if channel in h.ranks and (documents[h.passage.document_id], h.passage.page) in case.places
    ]
    return 1 / min(ranks) if ranks else 0.0


def rerank_gain(hits: Sequence[Hit], case: Case, documents: Mapping[str, str]) -> float | None:
    """How much the reciprocal rank of the first passage that answers rises from the order of the fusion (reciprocal
    ranks, unweighted) to the order of the hits."""
    if not case.answerable:
        return None
    good = [(documents[h.passage.document_id], h.passage.page) in case.places for h in hits]
    fused = sorted(range(len(hits)), key=lambda i: -sum(1 / (K + r) for r in hits[i].ranks.values()))
    first = next((1 / n for n, ok in enumerate(good, start=1) if ok), 0.0)
    before = next((1 / n for n, i in enumerate(fused, start=1) if good[i]), 0.0)
    return first - before


def wrong_document(answer: Answer, case: Case) -> float | None:
    """Whether the first hit is from a document that holds no answer. No hit counts as wrong."""
    if not case.answerable:
        return None
    places = ranked(answer)
    return float(not places or places[0][0] not in {g.doc for g in case.gold})


def complete(answer: Answer, case: Case) -> float | None:
    """Whether the answer holds one string of every group. Refusing an answerable question does not."""
    if not case.answerable:
        return None
    text = bare(answer["answer"]) if answer["status"] == "grounded" else ""
    return float(all(any(bare(form) in text for form in group) for group in case.must_include))


def citation_precision(answer: Answer, case: Case) -> float | None:
    """Share of the citations that lead to a page that answers (ALCE, Gao et al., 2023, section 4.3, with gold pages
    instead of their entailment model)."""
    if not case.answerable or not answer["citations"]:
        return None
    return float(np.mean([(c["document"], c["page"]) in case.places for c in answer["citations"]]))


def citation_recall(answer: Answer, case: Case) -> float | None:
    """Share of the statements with a citation to a page that answers (ALCE, as above)."""
    if not case.answerable or not answer["statements"]:
        return None
    good = {c["n"] for c in answer["citations"] if (c["document"], c["page"]) in case.places}
    return float(np.mean([bool(good & set(s["citations"])) for s in answer["statements"]]))


def gold_cited(answer: Answer, case: Case) -> float | None:
    """Share of the required places that the answer cites: every entry for "compare" and "change", one of the entries
    for other types."""
    if not case.answerable or answer["status"] != "grounded":
        return None
    cited = {(c["document"], c["page"]) for c in answer["citations"]}
    met = [any((g.doc, page) in cited for page in g.pages) for g in case.gold]
    return float(np.mean(met)) if case.type in EVERY else float(any(met))


def quote_validity(answer: Answer, pages: Mapping[str, Sequence[str]]) -> float | None:
    """Share of the citations whose `raw` is found letter for letter in the text of its page."""
    if not answer["citations"]:
        return None
    return float(np.mean([c["raw"] in pages[c["document"]][c["page"] - 1] for c in answer["citations"]]))


def coverage(answer: Answer, pages: Mapping[str, Sequence[str]]) -> float | None:
    """Share of the statements with a quote that is on its page."""
    if not answer["statements"]:
        return None
    good = {c["n"] for c in answer["citations"] if c["raw"] in pages[c["document"]][c["page"] - 1]}
    return float(np.mean([bool(good & set(s["citations"])) for s in answer["statements"]]))


_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:\s?(?:%|pct|procent))?")


def number_safety(answer: Answer) -> float | None:
    """Share of the figures, dates and percentages in the statements that are in a cited quote."""
    quotes = {c["n"]: bare(c["quote"]) for c in answer["citations"]}
    found = [
        any(bare(number) in quotes[n] for n in s["citations"])
        for s in answer["statements"]
        for number in _NUMBER.findall(s["text"])
    ]
    return float(np.mean(found)) if found else None


def words(answer: Answer) -> float | None:
    """Number of words of an answer that is given, without the citation marks."""
    if answer["status"] != "grounded":
        return None
    return float(sum(len(s["text"].split()) for s in answer["statements"]))


def abstention(answers: Sequence[Answer], cases: Sequence[Case]) -> dict[str, float | None]:
    """Precision, recall and F1 of refusing, with "must be refused" as the positive class."""
    refused = [a["status"] == "abstained" for a in answers]
    right = sum(r and not c.answerable for r, c in zip(refused, cases, strict=True))
    must = sum(not c.answerable for c in cases)
    precision = right / sum(refused) if any(refused) else None
    recall = right / must if must else None
    f1 = None
    if precision is not None and recall is not None:
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"refusal_precision": precision, "refusal_recall": recall, "refusal_f1": f1}


def calibration_error(likely: np.ndarray, true: np.ndarray) -> float:
    """Expected calibration error: how far the probabilities are from the shares that came true, over tenths. Both
    arrays have shape (n,).

    Guo et al., On Calibration of Modern Neural Networks (2017)

    >>> round(calibration_error(np.array([0.75] * 4), np.array([1, 1, 1, 0])), 2)
    0.0
    """
    tenths = np.minimum((likely * 10).astype(int), 9)
    bins = [tenths == n for n in np.unique(tenths)]
    return float(sum(b.mean() * abs(likely[b].mean() - true[b].mean()) for b in bins))


def interval(values: Collection[float], rounds: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Bootstrap 95 % interval of a mean, by percentiles (Efron and Tibshirani, 1993)."""
    have = np.array(list(values), dtype=float)
    draws = np.random.default_rng(seed).integers(0, len(have), size=(rounds, len(have)))
    low, high = np.percentile(have[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
