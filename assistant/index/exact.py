"""The passage vectors in a memory-mapped file of the generation. A query is compared with all of them.

The result is exact for any scope, and cheaper than a graph with a filter: a scope is a few ranges of the file, and the
rest is not read. Chroma holds the same vectors; this file serves queries if no server is configured.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index.encoders import Vectors

VECTORS = "vectors.f32"


def highest(scores: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The places of the highest scores, best first; equal scores in order of place, as a full stable sort would give.

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
    """Unit vectors of all passages, in order."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    @classmethod
    def load(cls, folder: Path, size: int) -> ExactVectors:
        """Maps the vectors of `size` passages. Raises OSError, or ValueError if the file does not hold that many."""
        if not size:
            return cls(np.zeros((0, 1), np.float32))
        flat = np.memmap(folder / VECTORS, np.float32, "r")
        # As a plain array, because slicing it is cheaper than slicing a memmap.
        return cls(np.asarray(flat).reshape(size, -1))

    def __len__(self) -> int:
        return len(self._vectors)

    def rows(self, stretch: slice) -> Vectors:
        return np.array(self._vectors[stretch])

    def nearest(
        self, vector: Vectors, count: int, stretches: Sequence[slice] | None = None
    ) -> list[tuple[int, float]]:
        """The `count` nearest passages as (place, cosine), best first, optionally only from `stretches`, which are in
        order."""
        if stretches is None:
            stretches = [slice(0, len(self))]
        # One dot product per row: a matrix product would leave BLAS threads spinning, which slows the encoder.
        parts = [np.vecdot(self._vectors[own], vector) for own in stretches]
        if not parts:
            return []
        cosines = np.concatenate(parts)
        places = np.concatenate([np.arange(own.start, own.stop) for own in stretches])
        return [(int(places[i]), float(cosines[i])) for i in highest(cosines, count)]
