"""Text for training the reader: papers cut into passages, with questions in many voices.

    python -m eval.reading        checks every paper and prints what there is

A paper is one JSON file under `papers/`: title, genre, region, period, damage ("ocr", "no-letters", "run-together" or
null) and passages. A passage has its section, its units (sentences, items, rows, headings, in order) and its questions.
A question has its words, the numbers of the units that answer (none where the passage only seems to answer), the
shortest exact words that answer, its kind and its voice. All of it is invented.

The split is by paper. A tenth of the papers is held back (`HELD`) and never learnt from. On another tenth the few
weights of the reader are fitted. The encoder learns from the rest. Papers that are near-identical on purpose are always
in the same part.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "papers"
HELD, FITTED = 0.1, 0.1  # shares of the families of papers
GRAM = 12  # no run of so many words may be in both parts
DAMAGES = (None, "ocr", "no-letters", "run-together")
Part = Literal["learnt", "fitted", "held"]
PARTS: tuple[Part, ...] = ("learnt", "fitted", "held")


@dataclass(frozen=True, slots=True)
class Question:
    """`units` are numbers from 0, empty where the passage does not answer. `span` is "" where a whole unit answers."""

    text: str
    units: tuple[int, ...]
    span: str
    kind: str
    voice: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a paper. `id` is the paper's name and the number of the passage, from 0."""

    id: str
    title: str
    section: tuple[str, ...]
    units: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """`name` is the file name without its extension."""

    name: str
    title: str
    genre: str
    region: str | None
    period: str | None
    damage: str | None
    passages: tuple[Passage, ...]

    @property
    def part(self) -> Part:
        """The part of the data it belongs to. It is derived from the family name, so a paper added later moves no other
        paper."""
        digest = hashlib.sha256(family(self.name).encode()).digest()
        place = int.from_bytes(digest[:4], "big") / 2**32
        return "held" if place < HELD else "fitted" if place < HELD + FITTED else "learnt"


def family(name: str) -> str:
    """The key that near-identical papers share: the batch they were written in and their subject.

    >>> family("twins-04-takstbilag-midtjylland-2025"), family("guides-03-mailtraad")
    ('twins-takstbilag', 'guides-03-mailtraad')
    """
    share, _, rest = name.partition("-")
    matter = re.sub(r"^\d+-", "", rest)
    return f"twins-{matter.partition('-')[0]}" if share == "twins" else name


def papers(part: Part | None = None) -> Iterator[Paper]:
    """All papers, or those of one part, in the order of their names."""
    for file in sorted(FOLDER.glob("*.json")):
        paper = _paper(file)
        if part is None or paper.part == part:
            yield paper


@lru_cache(maxsize=512)
def _paper(file: Path) -> Paper:
    data = json.loads(file.read_text(encoding="utf-8"))
    passages = tuple(
        Passage(
            f"{file.stem}:{n}", data["title"], tuple(p["section"]), tuple(p["units"]),
            tuple(
                Question(q["question"], tuple(q["units"]), q["span"], q["kind"] or "", q["voice"])
                for q in p["questions"]
            ),
        )
        for n, p in enumerate(data["passages"])
    )  # fmt: skip
    return Paper(
        file.stem, data["title"], data["genre"], data["region"], data["period"], data["damage"], passages
    )


def grams(texts: Iterable[str], size: int = GRAM) -> set[tuple[str, ...]]:
    """All runs of `size` words in the texts, in lower case."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        found |= {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}
    return found


def faults() -> list[str]:
    """The faults in the text, one line each. Empty where it can be learnt from."""
    found: list[str] = []
    asked: Counter[tuple[str, str]] = Counter()
    for paper in papers():
        if paper.damage not in DAMAGES:
            found.append(f"{paper.name}: unknown damage {paper.damage!r}")
        for passage in paper.passages:
            for question in passage.questions:
                asked[paper.name, question.text] += 1
                found += [f"{passage.id}: {why}: {question.text}" for why in _wrong(passage, question)]
    found += [f"{name}: asked {count} times: {text}" for (name, text), count in asked.items() if count > 1]
    sides = [grams(u for p in papers(part) for x in p.passages for u in x.units) for part in PARTS]
    both = {g for one, other in combinations(sides, 2) for g in one & other}
    found += [f"on both sides: {' '.join(g)}" for g in sorted(both)]
    return found


def _wrong(passage: Passage, question: Question) -> Iterator[str]:
    if any(not 0 <= n < len(passage.units) for n in question.units):
        yield "no such unit"
    elif question.span and not any(question.span in passage.units[n] for n in question.units):
        yield "its span stands in none of its units"
    if question.span and not question.units:
        yield "a span without a unit"
    if not re.search(r"\w", question.text):
        yield "no words"
