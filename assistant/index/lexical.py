"""Lexical search: BM25 (bm25s) over the tokens of `language.words`."""

from __future__ import annotations

import contextlib
import json
from array import array
from collections.abc import Mapping, Sequence, Set
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from assistant.language.expansion import BY_PARTS, PART, TURNED, Term, expand, meant, question_groups, rarity
from assistant.language.words import PREFIXES, terms

TOKENS, ENDS = "tokens.u32", "tokens-at.npy"


class LexicalWriter:
    """Takes texts one by one, in passage order. Each token is written as four bytes to a file in `folder`, so that
    memory use does not grow with the corpus and the next generation can take the tokens over. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._vocabulary: dict[str, int] = {}
        self._ends = array("q", [0])
        self._folder = folder
        self._file = (folder / TOKENS).open("wb")

    def add(self, text: str) -> None:
        known = self._vocabulary
        self._put(np.array([known.setdefault(t, len(known)) for t in terms(text) or ["·"]], np.uint32))

    def take(self, former: FormerTokens, place: int) -> None:
        """Copies the tokens of a passage of the previous generation."""
        self._put(former.renumbered(place, self._vocabulary))

    def _put(self, tokens: np.ndarray[Any, np.dtype[np.uint32]]) -> None:
        self._ends.append(self._ends[-1] + len(tokens))
        self._file.write(tokens.tobytes())

    def index(self) -> LexicalIndex:
        """Builds the index of all added texts; nothing can be added afterwards."""
        import bm25s

        self._file.close()
        np.save(self._folder / ENDS, np.frombuffer(self._ends, np.int64))
        tokens = np.fromfile(self._folder / TOKENS, np.uint32)
        texts = [tokens[a:b] for a, b in pairwise(self._ends)]
        if not texts:
            return LexicalIndex(None, 0)
        engine = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        engine.index((texts, self._vocabulary), show_progress=False)
        self._vocabulary = {}
        return LexicalIndex(engine, len(texts))

    def discard(self) -> None:
        with contextlib.suppress(OSError):  # on a full disk; its buffered data is discarded too
            self._file.close()


class FormerTokens:
    """The tokens of the previous generation, to be taken over. Raises OSError, ValueError, KeyError on opening."""

    def __init__(self, folder: Path, vocabulary: Mapping[str, int]) -> None:
        self._words = [word for word, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
        self._ends = np.load(folder / ENDS)
        self._tokens = (
            np.memmap(folder / TOKENS, np.uint32, "r") if self._ends[-1] else np.zeros(0, np.uint32)
        )
        # Old token number → number in the new generation, -1 if not yet assigned.
        self._now = np.full(len(self._words), -1, np.int64)

    def renumbered(self, place: int, vocabulary: dict[str, int]) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """The tokens of a passage as numbers in `vocabulary`; missing tokens are added to it."""
        own = self._tokens[self._ends[place] : self._ends[place + 1]]
        for token in own[self._now[own] < 0]:
            if self._now[token] < 0:
                self._now[token] = vocabulary.setdefault(self._words[token], len(vocabulary))
        return self._now[own].astype(np.uint32)


class LexicalIndex:
    """BM25 over passages by their place in the index. Token weights: BM25+ idf of `bm25s`."""

    def __init__(self, engine: Any, size: int) -> None:
        self._engine = engine
        self.size = size
        self.vocabulary: dict[str, int] = (
            {str(k): v for k, v in engine.vocab_dict.items() if k} if engine else {}
        )

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "size.json").write_text(json.dumps(self.size))
        if self._engine is not None:
            self._engine.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        import bm25s

        size = json.loads((folder / "size.json").read_text())
        # Memory-mapped: a query needs only the columns of its words.
        return cls(bm25s.BM25.load(str(folder), mmap=True) if size else None, size)

    def terms(self, question: str, faint: Set[str] = frozenset()) -> list[Term]:
        """The meaningful words of a question. Words in `faint` (folded) have a quarter of the weight."""
        found = []
        for group in question_groups(question):
            tokens, known = expand(group, self.vocabulary)
            called = meant(group[0])  # an English word has the weight of its Danish translations
            weight = self._idf((*group, *called)) if known else self._idf(()) * rarity(group[0])
            if not faint.isdisjoint((group[0], *called)):
                weight *= 0.25
            found.append(Term(group[0], tokens, weight, known, self._held(group, tokens)))
        return list({t.word: t for t in found}.values())

    def rarity(self, token: str) -> float:
        """How informative a token is: its idf, which is highest for a token that is not in the index."""
        return self._idf((token,))

    def _held(self, group: Sequence[str], tokens: Mapping[str, float]) -> float:
        if any(t in self.vocabulary for t in group if not t.startswith("~")):
            return 1.0
        parts = [t for t in group if t.startswith("~")]
        held = [p for p in parts if p in self.vocabulary or p[1:] in self.vocabulary]
        by_parts = len(held) / len(parts) if parts else 0.0
        if by_parts == 1.0:
            return TURNED if group[0].startswith(tuple(PREFIXES)) and len(parts) == 1 else BY_PARTS
        others = [s for t, s in tokens.items() if t not in group and t.lstrip("~") not in
                  {p[1:] for p in parts} and t in self.vocabulary]  # fmt: skip
        return max([PART * by_parts, *others])

    def _idf(self, group: Sequence[str]) -> float:
        """log(1 + (N - n + ½) / (n + ½)), where n is the number of passages with the word; highest for n = 0."""
        forms = [*group, *(t[1:] for t in group if t.startswith("~"))]
        counts = [self._frequency(t) for t in forms if t in self.vocabulary]
        n = max(counts, default=0)
        return float(np.log(1 + (self.size - n + 0.5) / (n + 0.5)))

    def _frequency(self, token: str) -> int:
        pointers = self._engine.scores["indptr"]
        column = self.vocabulary[token]
        return int(pointers[column + 1] - pointers[column])

    def scores(self, terms: Sequence[Term]) -> np.ndarray[Any, np.dtype[np.float32]]:
        """BM25 of every passage, shape (size,). For each word only the best of its matching tokens counts."""
        total = np.zeros(self.size, dtype=np.float32)
        if self._engine is None:
            return total
        data, indices, pointers = (np.asarray(self._engine.scores[n]) for n in ("data", "indices", "indptr"))
        best = np.zeros(self.size, dtype=np.float32)
        for term in terms:
            held = []
            for token, strength in term.tokens.items():
                if (column := self.vocabulary.get(token)) is not None:
                    at = slice(pointers[column], pointers[column + 1])
                    held.append((indices[at], strength * data[at]))
            if len(held) == 1:
                total[held[0][0]] += held[0][1]
                continue
            for n, (rows, weights) in enumerate(held):
                best[rows] = np.maximum(best[rows], weights) if n else weights
            total += best
            for rows, _ in held:
                best[rows] = 0.0
        return total
