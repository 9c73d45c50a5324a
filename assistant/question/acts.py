"""What a turn of a conversation does: ask, compare, ask for the source, say thanks.

A linear model over hashed letter and word n-grams, and over the turn's embedding where the bundled encoder is in use.
It is trained on turns written for the purpose (`python -m eval acts`) and also reads misspelt and telegram-style
turns. Hashing as in Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from math import exp, sqrt
from pathlib import Path
from zlib import crc32

import numpy as np

from assistant.index.encoders import Encoder, bundled_identity
from assistant.language.letters import fold

WEIGHTS = Path(__file__).with_name("acts.npz")
SPACE = 2**13  # size of the feature hash
LONGEST = 60  # words of a turn that are read; the rest is ignored
LEANS, MATTER = 0.35, 0.5  # thresholds: the turn depends on the one before; it names a subject of its own
SURELY = 0.45  # threshold: the turn is something other than a question to the documents


class Act(StrEnum):
    """What the user wants with a turn."""

    ANSWER = "answer"
    COMPARE = "compare"
    CHANGES = "changes"
    FIGURES = "figures"  # about the figures shown last
    SOURCE = "source"
    SHORTER = "shorter"
    WHY = "why"  # about the last answer
    COLLECTION = "collection"  # about the documents themselves
    SUMMARY = "summary"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a turn is read: the probability of each act, and the probabilities that it depends on what was said before
    (leans), names a subject of its own (matter), asks the documents something (asks), and states the place, time or
    offer that a question next to it is about (places)."""

    acts: Mapping[Act, float]
    leans: float
    matter: float
    asks: float
    places: float

    @property
    def act(self) -> Act:
        return max(self.acts, key=lambda act: self.acts[act])


@lru_cache(maxsize=256)  # a turn is read by several callers
def read_turn(text: str, encode: Encoder | None = None) -> Reading:
    """What a turn does, read by itself. `encode` is the bundled encoder, where it is available.

    >>> read_turn("tusind tak for hjælpen!").act, read_turn("Hvor mange dokumenter har du?").act
    (<Act.THANKS: 'thanks'>, <Act.COLLECTION: 'collection'>)
    """
    learnt = _learnt()
    places, values = zip(*features(text).items(), strict=True)
    name = "both" if encode and str(learnt["encoder"]) == bundled_identity() else "words"
    scores = values @ learnt[name][list(places)].astype(np.float32) + learnt[f"{name}_constants"]
    if encode and name == "both":
        scores = scores + encode([text], "query")[0] @ learnt["vector"]
    told = scores[: len(Act)]
    shares = np.exp(told - told.max())
    acts = dict(zip(Act, (shares / shares.sum()).tolist(), strict=True))
    return Reading(acts, *(1 / (1 + exp(-float(s))) for s in scores[len(Act) :]))


def features(text: str) -> dict[int, float]:
    """Hash position → weight of the features of a turn: words, word pairs and letter n-grams, each kind scaled to
    length 1."""
    plain = unicodedata.normalize("NFKD", fold(text)).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z]+|\d+|[?!:]", plain.replace("'", " "))[:LONGEST]
    words = ["0" if w.isdigit() else w for w in words] or ["-"]
    edged = ["^", *words, "$"]
    kinds = (
        [f"w {w}" for w in words] + [f"n {min(len(words), 20) // 3}"],
        [f"b {a} {b}" for a, b in pairwise(edged)],
        [
            f"c {w[i : i + n]}"
            for w in (f"<{w}>" for w in words)
            for n in (3, 4, 5)
            for i in range(len(w) - n + 1)
        ],
    )
    found: dict[int, float] = {}
    for kind in kinds:
        counts = Counter(crc32(f.encode()) % SPACE for f in kind)
        length = sqrt(sum(n * n for n in counts.values())) or 1.0
        for place, n in counts.items():
            found[place] = found.get(place, 0.0) + n / length
    return found


@cache
def _learnt() -> dict[str, np.ndarray]:
    with np.load(WEIGHTS) as stored:
        return dict(stored)
