"""What the bundled encoder has learnt of Danish agreements: a low-rank change of some of its matrices.

`adapter.npz` holds for each matrix W, (out, in), two float16 arrays, `name.a` (rank, in) and `name.b`
(out, rank); W + b·a takes its place. `second.npz` holds what the reader of a question beside a passage changes
on top of that, and its two heads. `python -m eval learn` writes them; docs/reader.md says from what.

    Hu et al., LoRA: Low-Rank Adaptation of Large Language Models (2021)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
FILE = Path(__file__).parent / "adapter.npz"
SECOND = Path(__file__).parent / "second.npz"


class Adapter:
    """The changes by the packed model's names of tensors ("l4.q.w"); none where there is no file."""

    def __init__(self, file: Path | None = FILE, under: Adapter | None = None) -> None:
        self._arrays: Mapping[str, Array] = {}
        self._under = under
        self.identity = ""
        if file and file.is_file():
            with np.load(file) as arrays:
                self._arrays = dict(arrays)
            self.identity = hashlib.sha256(file.read_bytes()).hexdigest()[:8]

    def __contains__(self, name: str) -> bool:
        here = f"{name.removesuffix('.w')}.a" in self._arrays
        return here or (self._under is not None and name in self._under)

    def applied(self, name: str, matrix: Array) -> Array:
        """The matrix, shape (out, in), float32, with its change where it has one."""
        short = name.removesuffix(".w")
        matrix = self._under.applied(name, matrix) if self._under else matrix
        if f"{short}.a" not in self._arrays:
            return matrix
        a, b = (self._arrays[f"{short}.{side}"].astype(np.float32) for side in "ab")
        changed: Array = matrix + b @ a
        return changed

    def array(self, name: str) -> Array:
        """Another array of the file, float32. Raises KeyError."""
        return self._arrays[name].astype(np.float32)


@lru_cache(maxsize=1)
def learnt() -> Adapter:
    """The adapter that lies beside this module."""
    return Adapter()


@lru_cache(maxsize=1)
def second() -> Adapter:
    """That of the reader, over the encoder's."""
    return Adapter(SECOND, learnt())
