"""Vectors of the units of every passage, stored beside the passage vectors.

A passage vector says what the passage is about, not which of its sentences answers. Unit vectors are pooled from the
same model run over the whole passage, so they include the context and cost almost nothing.

    Günther et al., Late Chunking (2024)
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from assistant.documents.answer_units import units_of
from assistant.index.encoders import PieceEncoder, Vectors

VECTORS, STARTS = "units.npy", "units-at.npy"
Halves = np.ndarray[Any, np.dtype[np.float16]]
Encoded = tuple[Vectors, list[Halves]]  # of passages, and of the units of each


class UnitVectors:
    """Unit vectors of all units, in passage order, and within a passage in the order of `units_of`."""

    def __init__(self, vectors: Halves, starts: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        self._vectors = vectors
        self._starts = starts

    @classmethod
    def load(cls, folder: Path) -> UnitVectors:
        """Memory-maps the vectors, because a query needs only a few rows. Raises OSError, ValueError."""
        return cls(np.asarray(np.load(folder / VECTORS, mmap_mode="r")), np.load(folder / STARTS))

    def __getitem__(self, place: int) -> Halves:
        """The vectors of the passage at a place, shape (its units, dimension)."""
        return self._vectors[self._starts[place] : self._starts[place + 1]]

    def cosines(self, place: int, query: Vectors) -> list[float]:
        """The cosine of each unit of a passage with the unit vector of a question."""
        own = np.asarray(self[place], dtype=np.float32)
        return [float(x) for x in np.einsum("ij,j->i", own, query)] if len(own) else []


class UnitWriter:
    """Writes the vectors passage by passage, so that memory use does not grow with the corpus. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / VECTORS).open("wb")
        self._starts = array("q", [0])
        self._dimension = 0
        self._head()

    def add(self, passages: Iterable[Halves]) -> None:
        """The vectors of each passage, shape (its units, dimension)."""
        for rows in passages:
            self._dimension = rows.shape[1] if len(rows) else self._dimension
            self._starts.append(self._starts[-1] + len(rows))
            self._file.write(np.ascontiguousarray(rows, np.float16).tobytes())

    def close(self) -> None:
        """Completes the files; they cannot be read before."""
        self._file.seek(0)
        self._head()
        self._file.close()
        np.save(self._folder / STARTS, np.frombuffer(self._starts, np.int64))

    def discard(self) -> None:
        with contextlib.suppress(OSError):  # on a full disk; its buffered data is discarded too
            self._file.close()

    def _head(self) -> None:
        """Writes the npy header. Its length does not depend on the number of rows, so it can be rewritten."""
        shape = (self._starts[-1], self._dimension)
        head = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(np.float16)),
            "fortran_order": False,
            "shape": shape,
        }
        np.lib.format.write_array_header_1_0(self._file, head)


def encode(encoder: PieceEncoder, contexts: Sequence[str], texts: Sequence[str]) -> Encoded:
    """Vectors of passages, shape (len(texts), dimension), each encoded after its context; and of the units of each. A
    unit without tokens within the model's maximum length gets the passage vector."""
    cuts = [_cuts(text) for text in texts]
    whole, sums = encoder(
        [
            [context, *(text[a:b] for a, b in pairwise(places))]
            for context, text, places in zip(contexts, texts, cuts, strict=True)
        ]
    )
    found = []
    for text, places, own, vector in zip(texts, cuts, sums, whole, strict=True):
        at = {place: i for i, place in enumerate(places)}
        rows = [own[1 + at[u.start] : 1 + at[u.end]].sum(axis=0) for u in units_of(text)]
        unit = np.array([row if np.any(row) else vector for row in rows], dtype=np.float32)
        unit = unit.reshape(len(rows), len(vector))
        unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
        found.append(unit.astype(np.float16))
    return whole, found


def _cuts(text: str) -> list[int]:
    """The offsets where units begin and end, and the ends of the text."""
    places = {0, len(text)}
    for unit in units_of(text):
        places |= {unit.start, unit.end}
    return sorted(places)
