"""What a turn of a conversation does: asks, compares, asks for the source, thanks.

A linear model over hashed letter and word sequences, and over the turn's vector where the bundled encoder is the one in
use; learnt from turns that were written for it (`python -m eval acts`). It reads misspelt and telegram-style turns
alike. Hashing as in Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).
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
SPACE = 2**13  # places that features are hashed to
LONGEST = 60  # words of a turn that are looked at


class Act(StrEnum):
    """What somebody wants with a turn."""

    ANSWER = "answer"
    COMPARE = "compare"
    CHANGES = "changes"
    FIGURES = "figures"  # about the figures that were shown last
    SOURCE = "source"
    SHORTER = "shorter"
    WHY = "why"  # of what was said last
    COLLECTION = "collection"  # about the papers themselves
    SUMMARY = "summary"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class Reading:
    """A turn as it is read: how likely each act is, and how likely it leans on what was said before, names a matter of
    its own, asks something of the papers, and says of what or where a question beside it is asked."""

    acts: Mapping[Act, float]
    leans: float
    matter: float
    asks: float
    places: float

    @property
    def act(self) -> Act:
        return max(self.acts, key=lambda act: self.acts[act])


@lru_cache(maxsize=256)  # a turn is looked at from several sides
def read_turn(text: str, encode: Encoder | None = None) -> Reading:
    """What a turn does, by itself; `encode` is the bundled encoder, where it is at hand.

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
    """Place → weight of what a turn is made of: words, pairs of words, letters in sequence, each kind of length 1."""
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
