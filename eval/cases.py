"""Cases: questions with the place and the words that answer them. One JSON object a line.

    id, user, type, question, answerable
    gold          [{"doc", "pages", "words"}]: where the answer is. For "compare" and "change" every entry is
                  needed, for other types any one is enough. `words` are on one of the pages.
    must_include  groups of strings: a complete answer holds one string of every group
    why           for an unanswerable question: what is wrong with it
    previous      questions asked before it
    on            the day it is asked; today where it is missing

A case names document, page and words, so it stays valid when passages are cut in another way. The questions in
`../shared/eval` have the same form without `words`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USERS = frozenset({"ny medarbejder", "politiker", "sekretariat"})
EVERY = frozenset({"compare", "change"})  # types that need every entry of gold
REFUSALS = frozenset(
    {"out of scope", "absent figure", "wrong region", "expired period", "false premise", "instruction"}
)


class CaseError(ValueError):
    """A file of cases that cannot be used. The message names the line and what to correct."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that answers: any of the pages, from 1. `words` are on one of them."""

    doc: str
    pages: tuple[int, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what a good answer to it must have."""

    id: str
    question: str
    answerable: bool
    type: str = "fact"
    user: str = ""
    gold: tuple[Gold, ...] = ()
    must_include: tuple[tuple[str, ...], ...] = ()
    why: str = ""
    previous: tuple[str, ...] = ()
    on: dt.date | None = None

    @property
    def places(self) -> frozenset[tuple[str, int]]:
        """(document, page) of every page that answers."""
        return frozenset((g.doc, page) for g in self.gold for page in g.pages)


def load(path: Path) -> list[Case]:
    """The cases of a file. Raises CaseError for a file that cannot be read, a line that is no case, or an id that is
    used twice."""
    cases: list[Case] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CaseError(f"{path} kan ikke læses ({error.strerror}). Angiv en anden fil.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = read(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise CaseError(f"{path.name}, linje {number}: {error}. Ret linjen.") from None
        if any(case.id == other.id for other in cases):
            raise CaseError(f"{path.name}, linje {number}: id {case.id!r} er brugt før. Vælg et andet.")
        cases.append(case)
    return cases


def read(row: Mapping[str, Any]) -> Case:
    """A case from its JSON. Raises ValueError, KeyError or TypeError when the JSON does not fit the form."""
    gold = tuple(
        Gold(str(g["doc"]), tuple(int(p) for p in g["pages"]), str(g.get("words", ""))) for g in row["gold"]
    )
    groups = tuple(tuple(str(x) for x in group) for group in row["must_include"])
    if row["answerable"] and (not gold or not groups or not all(groups)):
        raise ValueError("et spørgsmål med svar skal have gold og must_include")
    if any(page < 1 for g in gold for page in g.pages) or any(not g.pages for g in gold):
        raise ValueError("sider tælles fra 1")
    return Case(
        id=str(row["id"]),
        question=str(row["question"]),
        answerable=bool(row["answerable"]),
        type=str(row.get("type", "fact")),
        user=str(row.get("user", "")),
        gold=gold,
        must_include=groups,
        why=str(row.get("why", "")),
        previous=tuple(str(q) for q in row.get("previous", ())),
        on=dt.date.fromisoformat(row["on"]) if row.get("on") else None,
    )


def problems(cases: Sequence[Case], folder: Path) -> list[str]:
    """What is wrong with the project's own cases: words that are not on their page, unknown users or reasons."""
    from pypdf import PdfReader

    pages: dict[str, list[str]] = {}
    found = []
    for case in cases:
        if case.user not in USERS:
            found.append(f"{case.id}: ukendt bruger {case.user!r}")
        if not case.answerable and case.why not in REFUSALS:
            found.append(f"{case.id}: ukendt grund {case.why!r}")
        for gold in case.gold:
            file = folder / gold.doc
            if not file.is_file():
                found.append(f"{case.id}: {gold.doc} findes ikke")
                continue
            if file.suffix.lower() != ".pdf":
                found.append(f"{case.id}: {gold.doc} er ingen PDF")
                continue
            if gold.doc not in pages:
                pages[gold.doc] = [bare(page.extract_text()) for page in PdfReader(file).pages]
            texts = [pages[gold.doc][p - 1] for p in gold.pages if p <= len(pages[gold.doc])]
            if not gold.words or not any(bare(gold.words) in text for text in texts):
                found.append(f"{case.id}: ordene står ikke på {gold.doc}, side {gold.pages}")
    return found


def bare(text: str) -> str:
    """The text in lower case, without white space and hyphens, so that line breaks do not matter."""
    return re.sub(r"[\s\-\u00ad]+", "", text).lower()
