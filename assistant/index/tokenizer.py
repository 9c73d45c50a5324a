"""Splits text into the model's tokens: the most likely segmentation under a unigram language model.

    Kudo, Subword Regularization (2018), section 3.2; Viterbi over the pieces of each word.

The library `tokenizers` gives the same tokens (a test compares them), but needs 280 MB for this vocabulary of 250,000
pieces, half of the memory allowed for serving, and takes as long to load as the model itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

DROPPED = "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
# Characters read as a space, in addition to those that NFKC converts.
BLANK = "[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
SPACE = "▁"
UNKNOWN_COST = 10.0  # below the least likely piece, as in sentencepiece


class Unigram:
    """`pieces` with their log probabilities, both in the order of their ids."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], unknown: int) -> None:
        self._ids = {piece: i for i, piece in enumerate(pieces)}
        self._scores = scores
        self._unknown = unknown
        self._longest = max(len(piece) for piece in pieces)
        self._worst = min(scores) - UNKNOWN_COST
        self._word = lru_cache(maxsize=50_000)(self._segment)

    def __call__(self, text: str) -> list[int]:
        """The token ids of a text, without the start and end tokens."""
        text = re.sub(BLANK, " ", re.sub(DROPPED, "", text))
        words = re.sub(" {2,}", " ", unicodedata.normalize("NFKC", text)).split(" ")
        if not words[0]:  # the text starts with a space, so none is prepended
            del words[0]
        found: list[int] = []
        for word in words:
            for i in self._word(SPACE + word):
                if i != self._unknown or not found or found[-1] != self._unknown:
                    found.append(i)
        return found

    def _segment(self, word: str) -> tuple[int, ...]:
        """Viterbi: for each end position, the best score and the start of its last piece."""
        best = [0.0] + [float("-inf")] * len(word)
        came: list[tuple[int, int]] = [(0, 0)] * (len(word) + 1)
        for start in range(len(word)):
            base = best[start]
            for end in range(start + 1, min(start + self._longest, len(word)) + 1):
                piece = self._ids.get(word[start:end])
                if piece is None:
                    if end > start + 1:
                        continue
                    piece, score = self._unknown, base + self._worst
                else:
                    score = base + self._scores[piece]
                if score > best[end]:
                    best[end], came[end] = score, (start, piece)
        found, end = [], len(word)
        while end:
            end, piece = came[end]
            found.append(piece)
        return tuple(reversed(found))
