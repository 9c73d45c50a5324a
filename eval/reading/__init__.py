"""Text to learn reading from: papers cut into passages, with questions in anyone's words.

    python -m eval.reading        checks every paper and prints what there is

A paper is one JSON file under `papers/`: title, genre, region, period, damage ("ocr", "no-letters", "run-together" or
null) and passages. A passage has its section, its units (sentences, items, rows, headings, in order) and questions: the
words asked, the numbers of the units that answer (none where the passage merely sounds as if it did), the shortest exact
words that answer, the kind of question and the voice it is put in. All of it is invented.

A tenth of the papers is held (`HELD`), by paper, and learnt from never; on another tenth the reader's few weights are
fitted, and its encoder learns from the rest. Papers that are near-identical on purpose stand on one side together.
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
HELD, FITTED = 0.1, 0.1  # of the families of papers
GRAM = 12  # words in a row that may not stand on both sides
DAMAGES = (None, "ocr", "no-letters", "run-together")
Part = Literal["learnt", "fitted", "held"]
PARTS: tuple[Part, ...] = ("learnt", "fitted", "held")


@dataclass(frozen=True, slots=True)
class Question:
    """`units` are numbers from 0, empty where the passage does not answer; `span` is "" where a whole unit does."""

    text: str
    units: tuple[int, ...]
    span: str
    kind: str
    voice: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a paper; `id` is the paper's name and the passage's number, from 0."""

    id: str
    title: str
    section: tuple[str, ...]
    units: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """`name` is its file's name without its ending."""

    name: str
    title: str
    genre: str
    region: str | None
    period: str | None
    damage: str | None
    passages: tuple[Passage, ...]

    @property
    def part(self) -> Part:
        """What it is for: told by its family, so that a paper added later moves no other."""
        digest = hashlib.sha256(family(self.name).encode()).digest()
        place = int.from_bytes(digest[:4], "big") / 2**32
        return "held" if place < HELD else "fitted" if place < HELD + FITTED else "learnt"


def family(name: str) -> str:
    """What a paper's near-identical fellows share: the share they were written in and their matter.

    >>> family("twins-04-takstbilag-midtjylland-2025"), family("guides-03-mailtraad")
    ('twins-takstbilag', 'guides-03-mailtraad')
    """
    share, _, rest = name.partition("-")
    matter = re.sub(r"^\d+-", "", rest)
    return f"twins-{matter.partition('-')[0]}" if share == "twins" else name


def papers(part: Part | None = None) -> Iterator[Paper]:
    """All papers in the order of their names, or those of one side."""
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
    """All runs of `size` words of texts, in lower case."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        found |= {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}
    return found


def faults() -> list[str]:
    """What is wrong with the text, one line each; nothing where it can be learnt from."""
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
