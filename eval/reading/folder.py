"""Write papers of the written text as files that the assistant can read, with their questions in the examiner's
form.

A paper becomes one Markdown file. Each of its passages becomes a page.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.documents.manifest import NAME
from assistant.models import CELL, HEAD
from eval.reading import Paper, Passage, Question

_LINE = re.compile(r"[-•*–] |\d+[.)] |\w\) ")


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the file and page that answer it. `gold` are the texts of the units that answer."""

    question: Question
    file: str
    page: int
    gold: tuple[str, ...]


def write(papers: Iterable[Paper], folder: Path) -> list[Case]:
    """Write papers and their manifest into a folder. Returns all their questions."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, cases = [], []
    for paper in papers:
        file = f"{paper.name}.md"
        pages = [_page(paper, p) for p in paper.passages]
        (folder / file).write_text("\f".join(pages), encoding="utf-8")
        rows.append(
            {"file": file, "title": paper.title, "region": paper.region or "-", "period": _years(paper)}
        )
        for number, passage in enumerate(paper.passages, start=1):
            cases += [
                Case(q, file, number, tuple(passage.units[n] for n in q.units)) for q in passage.questions
            ]
    with (folder / NAME).open("w", encoding="utf-8", newline="") as sheet:
        table = csv.DictWriter(sheet, ["file", "title", "region", "period"])
        table.writeheader()
        table.writerows(rows)
    return cases


def _years(paper: Paper) -> str:
    whole = re.fullmatch(r"(?:19|20)\d\d(?:-(?:19|20)\d\d)?", paper.period or "")
    return whole.group() if whole else ""


def _page(paper: Paper, passage: Passage) -> str:
    headings = [f"{'#' * (n + 2)} {name}" for n, name in enumerate(passage.section)]
    return "\n\n".join([*headings, *_paragraphs(passage.units)]) + "\n"


def _paragraphs(units: Iterable[str]) -> Iterator[str]:
    """Consecutive sentences make one paragraph. Rows, items and lines without a full stop stand alone."""
    lines: list[str] = []
    before = ""
    for unit in units:
        kind = "row" if CELL in unit or HEAD in unit else "item" if _LINE.match(unit) else ""
        flows = kind == before == "" and lines and re.search(r"[.!?:»\"]$", lines[-1])
        if flows:
            lines[-1] += f" {unit}"
        elif lines and (kind != before or not kind):
            yield "\n".join(lines)
            lines = [unit]
        else:
            lines.append(unit)
        before = kind
    if lines:
        yield "\n".join(lines)
