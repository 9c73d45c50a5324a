"""The passages' own vectors in a file of the generation, mapped: a question is compared with every one of them.

Exact whatever the scope, and cheaper than a graph with a filter: a scope is some stretches of the file, and the rest
is not even read. Chroma holds the same vectors; this file is what is asked where no server is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index.encoders import Vectors

VECTORS = "vectors.f32"


def highest(scores: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Places of the highest scores, best first and of equals the first one first, as sorting all of them would have it.

    >>> [int(i) for i in highest(np.array([1.0, 3.0, 2.0, 3.0]), 3)]
    [1, 3, 2]
    """
    if len(scores) > count:
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        among = np.flatnonzero(scores >= least)
    else:
        among = np.arange(len(scores))
    return among[np.argsort(-scores[among], kind="stable")][:count]


class ExactVectors:
    """Unit vectors of all passages in their order."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    @classmethod
    def load(cls, folder: Path, size: int) -> ExactVectors:
        """Those of so many passages, mapped. Raises OSError, ValueError where they are not so many."""
        if not size:
            return cls(np.zeros((0, 1), np.float32))
        flat = np.memmap(folder / VECTORS, np.float32, "r")
        return cls(np.asarray(flat).reshape(size, -1))  # as a plain array: many short stretches cost less

    def __len__(self) -> int:
        return len(self._vectors)

    def rows(self, stretch: slice) -> Vectors:
        return np.array(self._vectors[stretch])

    def nearest(
        self, vector: Vectors, count: int, stretches: Sequence[slice] | None = None
    ) -> list[tuple[int, float]]:
        """The `count` nearest passages as (place, cosine), best first; `stretches`, in their order, limit them."""
        if stretches is None:
            stretches = [slice(0, len(self))]
        # One product for each: those of a matrix would leave BLAS' threads waiting, which slows the encoder.
        parts = [np.vecdot(self._vectors[own], vector) for own in stretches]
        if not parts:
            return []
        cosines = np.concatenate(parts)
        places = np.concatenate([np.arange(own.start, own.stop) for own in stretches])
        return [(int(places[i]), float(cosines[i])) for i in highest(cosines, count)]
