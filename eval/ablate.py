"""Switch each stage off in turn: `python -m eval ablate`. The worth of a stage is what is lost without it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from assistant.documents import chunking, repair, worker
from assistant.index import ingest
from assistant.models import Scope
from assistant.retrieval import search
from assistant.retrieval.fusion import K
from assistant.retrieval.search import Found, Retriever
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.cases import Case
from eval.run import run

SHOWN = (
    "hit@1", "ndcg@10", "complete", "citation_precision", "wrong_document", "refusal_recall", "refusal_precision",
    "dense_mrr", "lexical_mrr", "rerank_gain",
)  # fmt: skip


def _fused_only(self: Retriever, query: Any, scope: Scope, count: int = 10, pool: int = 16) -> list[Found]:
    """Search without reranking: hits keep the order of the fusion, and the first of them answers."""
    found = sorted(_SEARCH(self, query, scope, pool, pool), key=lambda f: -_fused(f))[:count]
    return [
        replace(f, score=f.score / n, units=tuple(replace(u, score=u.score / n) for u in f.units))
        for n, f in enumerate(found, start=1)
    ]


def _fused(found: Found) -> float:
    return sum(1 / (K + rank) for rank in found.ranks.values())


_SEARCH = Retriever.search
_CHANNELS = Retriever._channels


def _without(channel: str) -> Any:
    def channels(self: Retriever, *given: Any) -> tuple[dict[str, list[str]], dict[str, float]]:
        rankings, cosines = _CHANNELS(self, *given)
        return {**rankings, channel: []}, {} if channel == "dense" else cosines

    return channels


def _unmended(wanted: Sequence[worker.Wanted], _: Settings) -> Iterator[tuple[worker.Wanted, worker.Read]]:
    """Read without repair, in this process: a worker process would not see the patch."""
    with mock.patch.object(repair, "mend", return_value=[]):
        for one in wanted:
            yield one, worker.read(one)


# Stage → (target, attribute, replacement, whether the index is built without the stage).
STAGES: dict[str, tuple[Any, str, Any, bool]] = {
    "repair": (ingest, "read_all", _unmended, True),
    "context": (chunking, "context", lambda title, facts, section: "", True),
    "lexical": (Retriever, "_channels", _without("lexical"), False),
    "dense": (Retriever, "_channels", _without("dense"), False),
    "scope": (search, "read_scope", lambda question, today: Scope(), False),
    "rerank": (Retriever, "search", _fused_only, False),
}


@contextlib.contextmanager
def without(stage: str) -> Iterator[None]:
    """Switch a stage off inside the block. Raises KeyError for an unknown stage."""
    target, name, instead, _ = STAGES[stage]
    with mock.patch.object(target, name, instead):
        yield


def ablate(cases: Sequence[Case], corpus: Sequence[Path], stages: Sequence[str]) -> dict[str, Any]:
    """The summary of the full pipeline ("all") and of the pipeline without each stage. Stages that change the index get
    an index of their own."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="ablate-") as folder:
        whole = Settings.load(index=Path(folder) / "whole")
        ingest.ingest(corpus, whole.index, whole)
        found["all"] = run(cases, Assistant(whole.index, whole))["summary"]
        for stage in stages:
            own = Settings.load(index=Path(folder) / stage) if STAGES[stage][3] else whole
            with without(stage):
                if own is not whole:
                    ingest.ingest(corpus, own.index, own)
                found[stage] = run(cases, Assistant(own.index, own))["summary"]
    return found


def table(results: dict[str, Any]) -> list[str]:
    """A Markdown table: one row for each stage that is switched off, beside the full pipeline."""
    out = ["| uden | " + " | ".join(SHOWN) + " |", "|---" * (len(SHOWN) + 1) + "|"]
    for stage, summary in results.items():
        cells = [f"{summary[m]['mean']:.3f}".replace(".", ",") if m in summary else "–" for m in SHOWN]
        out.append(f"| {'(intet)' if stage == 'all' else stage} | " + " | ".join(cells) + " |")
    return out
