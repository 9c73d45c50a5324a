"""The bundled model in numpy, for a process that asks one question: a text takes about 0.1 s, and nothing has to be
compiled first. The same encoder as `engine`, one text at a time.

    Devlin et al., BERT (2019), post-norm encoder; Wang et al., Multilingual E5 (2024), mean pooling.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assistant.index.packed_model import Packed
from assistant.index.tokenizer import Unigram

Floats = np.ndarray[Any, np.dtype[np.float32]]
# Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.26: error below 1.5e-7.
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERF_P = 0.3275911


class Light:
    """The model with its tokenizer. Matrices are unpacked one at a time to save memory."""

    def __init__(self, source: Packed) -> None:
        self._packed = source
        pieces, scores, special = source.vocabulary()
        self._tokens = Unigram(pieces, scores, special["<unk>"])
        self._ends = special["<s>"], special["</s>"]

    def encode(self, text: str) -> Floats:
        """The unit vector of a text, shape (hidden,). The text already has its prefix."""
        source, (hidden, layers, heads, *_) = self._packed, self._packed.sizes
        ids = [self._ends[0], *self._tokens(text)[: source.sizes.positions - 2], self._ends[1]]
        x = source.rows("emb.word", np.array([ids]))[0] + source.tensor("emb.type")[:hidden]
        x = self._normed(x + source.tensor("emb.pos").reshape(-1, hidden)[: len(ids)], "emb.ln")
        for layer in range(layers):
            n = f"l{layer}"
            q, k, v = (self._linear(x, f"{n}.{p}").reshape(len(ids), heads, -1).swapaxes(0, 1) for p in "qkv")
            scores = q @ k.swapaxes(1, 2) / np.sqrt(np.float32(hidden // heads))
            likely = np.exp(scores - scores.max(axis=-1, keepdims=True))
            seen = (likely / likely.sum(axis=-1, keepdims=True)) @ v
            x = self._normed(
                self._linear(seen.swapaxes(0, 1).reshape(len(ids), -1), f"{n}.ao") + x, f"{n}.aln"
            )
            x = self._normed(self._linear(_gelu(self._linear(x, f"{n}.fi")), f"{n}.fo") + x, f"{n}.oln")
        pooled = x.mean(axis=0)
        unit: Floats = (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)
        return unit

    def _linear(self, x: Floats, name: str) -> Floats:
        found: Floats = x @ self._packed.matrix(f"{name}.w").T + self._packed.tensor(f"{name}.b")
        return found

    def _normed(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self._packed.epsilon))
        found: Floats = centred / scale * self._packed.tensor(f"{name}.w") + self._packed.tensor(f"{name}.b")
        return found


def _gelu(x: Floats) -> Floats:
    t: Any = 1 / (1 + np.abs(x) * np.float32(_ERF_P / 2**0.5))
    poly = np.zeros_like(x)
    for factor in _ERF:
        poly = (poly + np.float32(factor)) * t
    erf: Any = np.sign(x) * (1 - poly * np.exp(-(x**2) / 2))
    found: Floats = x * (1 + erf) / 2
    return found
