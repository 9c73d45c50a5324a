"""The fine-tuning of the bundled encoder on Danish agreements, as a low-rank change of some of its matrices.

`adapter.npz` holds two float16 arrays for each changed matrix W (out, in): `name.a` (rank, in) and `name.b` (out,
rank). W + b·a replaces W. `python -m eval learn` writes the file; docs/reader.md describes the training data.

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


class Adapter:
    """The changes by tensor name in the packed model ("l4.q.w"); empty if there is no file."""

    def __init__(self, file: Path | None = FILE) -> None:
        self._arrays: Mapping[str, Array] = {}
        self.identity = ""
        if file and file.is_file():
            with np.load(file) as arrays:
                self._arrays = dict(arrays)
            self.identity = hashlib.sha256(file.read_bytes()).hexdigest()[:8]

    def __contains__(self, name: str) -> bool:
        return f"{name.removesuffix('.w')}.a" in self._arrays

    def applied(self, name: str, matrix: Array) -> Array:
        """The matrix, shape (out, in), float32, with its change added if it has one."""
        short = name.removesuffix(".w")
        if name not in self:
            return matrix
        a, b = (self._arrays[f"{short}.{side}"].astype(np.float32) for side in "ab")
        changed: Array = matrix + b @ a
        return changed


@lru_cache(maxsize=1)
def learnt() -> Adapter:
    """The adapter stored beside this module."""
    return Adapter()
