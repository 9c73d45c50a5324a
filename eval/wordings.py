"""The same questions in other wordings: `python -m eval wordings`.

By rule: without Danish letters, in capitals, and with typing errors. Written by people (`eval/wordings/*.jsonl`): in
English, and in office language. Each wording is compared with the original questions.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from eval.cases import Case, load
from eval.gate import TODAY, samples
from eval.metrics import interval
from eval.run import CASES, run

ROOT = Path(__file__).resolve().parent / "wordings"
SEED = 29
EVERY = 5  # words, one of which gets a typing error
SHORTEST = 5  # letters of the shortest word that gets one


def without_letters(text: str) -> str:
    """
    >>> without_letters("Hvor længe på Ærø?")
    'Hvor laenge paa Aeroe?'
    """
    for letter, plain in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("Æ", "Ae"), ("Ø", "Oe"), ("Å", "Aa")):
        text = text.replace(letter, plain)
    return text


def mistyped(text: str, chance: random.Random) -> str:
    """Every fifth longer word gets an error: two letters exchanged, one left out or one doubled."""
    words = text.split(" ")
    longer = [n for n, word in enumerate(words) if word.isalpha() and len(word) >= SHORTEST]
    for n in chance.sample(longer, min(len(longer), max(1, len(words) // EVERY))):
        word, at = words[n], chance.randrange(1, len(words[n]) - 2)
        ways = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
        words[n] = chance.choice(ways)
    return " ".join(words)


def written(name: str) -> Mapping[str, str]:
    """Rewritten question by the id of its case."""
    lines = (ROOT / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["question"] for row in map(json.loads, filter(None, lines))}


def wordings(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The cases in every wording that exists."""
    chance = random.Random(SEED)
    ways: dict[str, Callable[[str], str]] = {
        "without æøå": without_letters, "capitals": str.upper, "mistyped": lambda q: mistyped(q, chance),
    }  # fmt: skip
    found = {name: [replace(c, question=way(c.question)) for c in cases] for name, way in ways.items()}
    for name in ("english", "dialect"):
        own = written(name)
        found[name] = [replace(c, question=own[c.id]) for c in cases if c.id in own]
    return found


def main() -> int:
    """Ask all wordings, and print their measures beside those of the original questions."""
    cases = load(CASES)
    with samples() as assistant:
        first = {row["id"]: _good(row) for row in run(cases, assistant, TODAY)["cases"]}
        for name, own in wordings(cases).items():
            rows = {row["id"]: (row, _good(row)) for row in run(own, assistant, TODAY)["cases"]}
            for kind, answerable in (("complete", True), ("refused", False)):
                ids = [i for i, (row, _) in rows.items() if row["answerable"] is answerable]
                values = [rows[i][1] for i in ids]
                low, high = interval(values)
                before = float(np.mean([first[i] for i in ids]))
                print(
                    f"{name:12} {kind:9} {before:.3f} → {np.mean(values):.3f} [{low:.3f}, {high:.3f}] n={len(ids)}",
                    flush=True,
                )
    return 0


def _good(row: Mapping[str, object]) -> float:
    """1.0 where the case came out right: everything that must be said is said, or the question is refused as it should
    be."""
    if not row["answerable"]:
        return float(row["answer"]["status"] == "abstained")  # type: ignore[index]
    return float(row["measures"]["complete"] or 0.0)  # type: ignore[index]
