"""Vectors of the units of every passage, beside the passages' own.

A passage's vector says what it is about, not which of its sentences answers. These are pooled from the
same run of the model over the whole passage, so they know their context and cost next to nothing.

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
    """Unit vectors of all units, in the order of the passages and of `units_of` within each."""

    def __init__(self, vectors: Halves, starts: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        self._vectors = vectors
        self._starts = starts

    @classmethod
    def load(cls, folder: Path) -> UnitVectors:
        """Mapped, not read: a question needs a few rows. Raises OSError, ValueError."""
        return cls(np.asarray(np.load(folder / VECTORS, mmap_mode="r")), np.load(folder / STARTS))

    def __getitem__(self, place: int) -> Halves:
        """Vectors of the passage at a place, shape (its units, dimension)."""
        return self._vectors[self._starts[place] : self._starts[place + 1]]

    def cosines(self, place: int, query: Vectors) -> list[float]:
        """Cosine of each unit of a passage with a question's unit vector."""
        own = np.asarray(self[place], dtype=np.float32)
        return [float(x) for x in np.einsum("ij,j->i", own, query)] if len(own) else []


class UnitWriter:
    """Writes them passage by passage, so that a corpus of any size takes no memory. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / VECTORS).open("wb")
        self._starts = array("q", [0])
        self._dimension = 0
        self._head()

    def add(self, passages: Iterable[Halves]) -> None:
        """Each passage's vectors, shape (its units, dimension)."""
        for rows in passages:
            self._dimension = rows.shape[1] if len(rows) else self._dimension
            self._starts.append(self._starts[-1] + len(rows))
            self._file.write(np.ascontiguousarray(rows, np.float16).tobytes())

    def close(self) -> None:
        """Nothing can be read before."""
        self._file.seek(0)
        self._head()
        self._file.close()
        np.save(self._folder / STARTS, np.frombuffer(self._starts, np.int64))

    def discard(self) -> None:
        with contextlib.suppress(OSError):  # a full disk: what it still held goes with it
            self._file.close()

    def _head(self) -> None:
        """The format leaves room in its head for any number of rows."""
        shape = (self._starts[-1], self._dimension)
        head = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(np.float16)),
            "fortran_order": False,
            "shape": shape,
        }
        np.lib.format.write_array_header_1_0(self._file, head)


def encode(encoder: PieceEncoder, contexts: Sequence[str], texts: Sequence[str]) -> Encoded:
    """Vectors of passages, shape (len(texts), dimension), each read after its context; and of the units
    of each. A unit without a token of its own within the model's reach has the passage's vector."""
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
    """Where units begin and end, and the text itself."""
    places = {0, len(text)}
    for unit in units_of(text):
        places |= {unit.start, unit.end}
    return sorted(places)
