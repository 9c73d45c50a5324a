"""Comparisons over written agreements: `python -m eval written 1 2`.

A cell is right when its first value is one of the gold values. Where the gold has no figure, it is right when the gold
words are in what is shown. A silent cell is right when it is silent. A verdict is right when it is the gold verdict;
for "one" and "none" the right verdict is "insufficient", which is accepted for "partly" too. A difference is false
where the gold says "agree".
"""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import QuestionError
from assistant.index.ingest import ingest
from assistant.language.values import Value, values_in
from assistant.models import Row
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval.metrics import interval

ROOT = Path(__file__).resolve().parent / "written"
GATED = ("3", "4")
# Verdicts accepted for each gold verdict. For all others only "insufficient" is right.
VERDICTS = {"agree": ("agree",), "differ": ("differ",), "partly": ("partly", "insufficient")}


@contextmanager
def indexed(papers: Path) -> Iterator[Assistant]:
    """An assistant over an index of a folder of papers, valid inside the block."""
    with tempfile.TemporaryDirectory(prefix="written-") as folder:
        own = Settings.load({}, index=Path(folder) / "index")
        ingest([papers], own.index, own)
        yield Assistant(own.index, own)


def papers_of(folder: Path) -> Path:
    """The folder of a set's agreements."""
    return next(own for kind in ("pdf", "md") if (own := folder / kind).is_dir())


def cells(folder: Path) -> Iterator[dict[str, Any]]:
    """Every topic of a set with its cells and its verdict, each marked right or wrong."""
    gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    day = dt.date(int(gold["period"][:4]), 6, 1)
    with indexed(papers_of(folder)) as assistant:
        for topic in gold["topics"]:
            try:
                found = assistant.compare(topic["question"], today=day)
            except QuestionError:
                continue
            rows = {row.region: row for row in found.rows}
            told = {r: right(rows.get(r), cell) for r, cell in topic["cells"].items()}
            silent = {r for r, cell in topic["cells"].items() if cell["silent"]}
            wanted = VERDICTS.get(topic["verdict"], ("insufficient",))
            yield {
                "key": topic["key"], "question": topic["question"], "cells": told, "silent": sorted(silent),
                "verdict": found.verdict, "gold": topic["verdict"], "right": found.verdict in wanted,
            }  # fmt: skip


def right(row: Row | None, cell: dict[str, Any]) -> bool:
    """Whether a row says what its gold cell holds."""
    if row is None or row.status == "silent":
        return bool(cell["silent"])
    if cell["silent"]:
        return False
    meant = {value.key for text in cell["values"] for value in values_in(text)}
    if meant and row.values:
        kind, text, normal = row.values[0]
        return Value(kind, text, normal).key in meant  # type: ignore[arg-type]
    shown = _bare(" ".join(s.text for s in row.statements))
    words = cell["words"] if isinstance(cell["words"], list) else [cell["words"]]
    return any(_bare(x) in shown for x in (*cell["values"], *words))


def _bare(text: str) -> str:
    return re.sub(r"[\s\-\u00ad]+", "", text).lower()


def measured(names: Sequence[str]) -> dict[str, dict[str, float]]:
    """The measures over the sets, with their intervals."""
    topics = [topic for name in names for topic in cells(ROOT / name)]
    values = [ok for t in topics for r, ok in t["cells"].items() if r not in t["silent"]]
    silence = [ok for t in topics for r, ok in t["cells"].items() if r in t["silent"]]
    differ = [t["gold"] == "agree" for t in topics if t["verdict"] == "differ"]
    found = {
        "values": values, "silence": silence, "verdicts": [t["right"] for t in topics], "false_differences": differ,
    }  # fmt: skip
    out = {}
    for name, told in found.items():
        low, high = interval([float(x) for x in told])
        out[name] = {"mean": float(np.mean(told)), "low": low, "high": high, "n": len(told)}
    return out
