"""Judge which announcements are answered and what changed between agreements: `python -m eval overtime`.

    announcements/{a,b}   ten announcements and the papers of five regions; `gold.json`: which region has answered which,
                          when, and where it says so; a is the development half
    changes/01 .. 20      two consecutive agreements of a region; `gold.json`: what changed its value, came, went and
                          stayed; 11 to 20 were not used for development

A cell of an announcement is right when it is found where it was answered and silent where it was not. Its day is right
when it is the gold day, and its quote when the gold words are in what is shown. A change is right when its two clauses
are paired with other figures. A clause that came or went is right when it is not paired. A clause that stayed is right
when its two versions are paired without other figures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.compare.amendments import Clause, clauses, paired
from assistant.reports import announcements
from assistant.service.assistant import Assistant
from eval.consistency.written import indexed
from eval.metrics import interval

ROOT = Path(__file__).resolve().parent
OF_CLAUSE = 0.5  # smallest share of a gold quote that a clause inside it must cover


def announced(half: str) -> Iterator[tuple[str, bool]]:
    """(measure, right) of every announcement and region of a half."""
    gold = json.loads((ROOT / "announcements" / half / "gold.json").read_text("utf-8"))
    with indexed(ROOT / "announcements" / half) as assistant:
        found = {
            f.topic.title.partition(": ")[2].lower(): f.comparison for f in announcements.findings(assistant)
        }
        for one in gold:
            subject = one["subject"].lower()
            told = next((c for name, c in found.items() if subject in name or name in subject), None)
            rows = {row.region: row for row in told.rows} if told else {}
            for region, cell in one["cells"].items():
                row = rows.get(region)
                said = bool(row and row.status == "found")
                yield ("answered" if cell["answered"] else "not answered"), said == cell["answered"]
                if cell["answered"] and row and said:
                    words = _bare(" ".join(s.text for s in row.statements))
                    yield "quote", _bare(cell["quote"])[:60] in words or words in _bare(cell["quote"])
                    if cell["when"]:
                        yield "when", any(normal.startswith(cell["when"]) for _, _, normal in row.values)


def changed(names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """(measure, right) of every change in the pairs of agreements."""
    for name in names:
        folder = ROOT / "changes" / name
        gold = json.loads((folder / "gold.json").read_text("utf-8"))
        with indexed(folder) as assistant:
            old, new = (_paper(assistant, file) for file in ("old.md", "new.md"))
        pairs = paired(old, new)
        here, there = {i for i, _ in pairs}, {j for _, j in pairs}
        for one in gold["changes"]:
            before, after = _places(old, one["old_quote"]), _places(new, one["new_quote"])
            own = [(i, j) for i, j in pairs if i in before and j in after]
            other = any(old[i].keys != new[j].keys for i, j in own)
            right = {
                "changed": bool(own) and other, "stayed": bool(own) and not other,
                "came": bool(after) and not after & there, "went": bool(before) and not before & here,
            }  # fmt: skip
            yield one["status"], right[one["status"]]


def _paper(assistant: Assistant, name: str) -> list[Clause]:
    document = next(d.id for d in assistant.retriever.documents.values() if d.name == name)
    return clauses(assistant.retriever.passages.of(document), assistant.retriever.units_of)


def _places(told: Sequence[Clause], quote: str | None) -> set[int]:
    """The clauses that hold a quote, or that are a large part of it."""
    if not quote:
        return set()
    bare, own = _bare(quote), [_bare(c.unit.text) for c in told]
    return {
        i
        for i, text in enumerate(own)
        if bare[:80] in text or (text in bare and len(text) > OF_CLAUSE * len(bare))
    }


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def measured(parts: Sequence[tuple[str, Iterator[tuple[str, bool]]]]) -> dict[str, dict[str, Any]]:
    """Each measure of each part, with its interval."""
    out: dict[str, dict[str, Any]] = {}
    for part, judged in parts:
        told: dict[str, list[float]] = {}
        for name, right in judged:
            told.setdefault(f"{part} {name}", []).append(float(right))
        for name, values in told.items():
            low, high = interval(values)
            out[name] = {"mean": float(np.mean(values)), "low": low, "high": high, "n": len(values)}
    return out


def everything() -> dict[str, dict[str, Any]]:
    """Both halves of the announcements and of the changes."""
    numbers = [f"{n:02}" for n in range(1, 21)]
    return measured([
        ("announcements a", announced("a")), ("announcements b", announced("b")),
        ("changes 01-10", changed(numbers[:10])), ("changes 11-20", changed(numbers[10:])),
    ])  # fmt: skip
