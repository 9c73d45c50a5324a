"""A question read beside a passage: how much each unit of the passage speaks for answering it.

The encoder reads both in one run, so that a word of the one can be weighed by the words of the other; a unit's odds
are those of its tokens' mean against the first token's, which stands for "not here". Only the likeliest passages are
read so: it costs as much as encoding them.

    Devlin et al., BERT (2019), questions that may have no answer; Nogueira and Cho, Passage Re-ranking with BERT (2019)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import Any, Protocol

import numpy as np

from assistant.documents.units import units_of
from assistant.index.adapter import second
from assistant.index.packed_model import opened
from assistant.index.unit_vectors import cuts

MOST, ASKED = 384, 60  # tokens of both together, and of the question
Floats = np.ndarray[Any, np.dtype[np.float32]]
Odds = list[float | None]  # of each unit, in order; none for those beyond MOST
Reader = Callable[[str, Sequence[tuple[str, str]]], list[Odds]]  # a question, and passages as (context, text)


class Model(Protocol):
    """What runs the encoder."""

    ends: tuple[int, int, int]

    @property
    def tokens(self) -> Callable[[str], list[int]]: ...

    def hidden(self, rows: Sequence[list[int]]) -> list[Floats]: ...


def read(model: Model, heads: Floats, question: str, passages: Sequence[tuple[str, str]]) -> list[Odds]:
    """The log odds of each unit of each passage. `heads` are the weights of a unit and of none, and their
    difference's constant, shape (2 * hidden + 1,)."""
    begin, end, _ = model.ends
    asked = [begin, *model.tokens(f"query: {question}")[:ASKED], end]
    rows, places = [], []
    for context, text in passages:
        at = cuts(text)
        own = [
            model.tokens(piece) for piece in (f"passage: {context}\n", *(text[a:b] for a, b in pairwise(at)))
        ]
        rows.append([*[*asked, *chain.from_iterable(own)][: MOST - 1], end])
        ends = [min(len(asked) + n, MOST - 1) for n in accumulate(map(len, own))]
        token = dict(zip(at, ends, strict=True))  # where the text's places stand among the tokens
        places.append([(token[u.start], token[u.end]) for u in units_of(text)])
    size = len(heads) // 2
    unit, none, constant = heads[:size], heads[size:-1], float(heads[-1])
    found: list[Odds] = []
    for vectors, spans in zip(model.hidden(rows), places, strict=True):
        rest = constant - float(none @ vectors[0])
        found.append([float(unit @ vectors[a:b].mean(axis=0)) + rest if b > a else None for a, b in spans])
    return found


def reader(once: bool = False) -> Reader:
    """The bundled reader: in numpy where a process asks `once`, else in OpenVINO. Raises ModelError."""
    return _reader(once)


@lru_cache(maxsize=2)
def _reader(once: bool) -> Reader:
    adapter, one = second(), threading.Lock()
    source, heads = opened(adapter), adapter.array("heads")
    model: Model
    if once:
        from assistant.index.light import Light

        model = Light(source)
    else:
        from assistant.index.engine import Engine

        model = Engine(source, warm=False)

    def odds(question: str, passages: Sequence[tuple[str, str]]) -> list[Odds]:
        with one:
            return read(model, heads, question, passages)

    return odds
