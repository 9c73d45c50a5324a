"""Decides which row of a table is its header. It is decided once, when the table is read.

Later steps do not guess: the cells of a header row are separated by a mark of their own (`models.HEAD`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from assistant.language.document_names import UNCOMPUTED

_FIGURE = re.compile(r"[±+-]?\s*\d[\d.,]*\s*(?:%|pct\.?|kr\.?|mio\..*|[×x]\s*10\d*)?(?:\s*\d\))?")
_MEASURED = re.compile(
    r"\d[\d.,]*\s*(?:\w*dage?|døgn|uger?|måneder|måned|mdr\.?|år|timer?|gange(?: om året)?|\d?\.?\s*kvartal)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_FILLER = frozenset(("ikke oplyst", UNCOMPUTED, "ja", "nej", "efter aftale", "ingen", "-", "–"))


def names_columns(cells: Sequence[str]) -> bool:
    """Whether cells are column headers: all different and without figures, or with a sequence of consecutive years.

    >>> names_columns(["Tilbud", "Takst 2025", "Takst 2026"]), names_columns(["Krisecenter", "2011"])
    (True, False)
    >>> names_columns(["Område", "2024", "2025"]), names_columns(["Botilbud", "ikke oplyst", "ikke oplyst"])
    (True, False)
    >>> names_columns(["Opsigelse", "3 måneder"]), names_columns(["Tilbud", "30 dage", "60 dage"])
    (False, True)
    """
    filled = [c.strip() for c in cells if c.strip() not in ("", "–")]
    if len(filled) < 2 or len(set(filled)) < len(filled) or any(c.lower() in _FILLER for c in filled):
        return False
    # "30 dage ¦ 60 dage" may be a header; a single measure is data.
    if sum(bool(_MEASURED.fullmatch(c)) for c in filled) == 1:
        return False
    years = [c for c in filled if _YEAR.fullmatch(c)]
    if any(_FIGURE.fullmatch(c) for c in filled if c not in years):
        return False
    ascending = years == sorted(years) and all(int(b) - int(a) == 1 for a, b in itertools.pairwise(years))
    return not years or (len(years) >= 2 and ascending)


def stacked(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """The column headers if two rows together form a header, else an empty list. In such a header, cells of the first
    row span several columns of the second, which has a word or a year below each of them. `first` holds the text over
    each column, a wide cell's text over each of its columns; `second` has "" (or the same text) where a cell of the
    first row reaches down.

    >>> stacked(["Tilbud", "Takst", "Takst"], ["", "2025", "2026"])
    ['Tilbud', 'Takst 2025', 'Takst 2026']
    >>> stacked(["Tilbud", "Takst", "Takst"], ["Bo", "2.100", "2.200"]), stacked(["Navn", "By"], ["Bo", "Køge"])
    ([], [])
    """
    if len(first) != len(second) or len({words for words in first if words}) < 2:
        return []
    beside = itertools.pairwise(["", *first, ""])
    # Whether neighbours are equal: before each column, and after the last.
    alike = [bool(a) and a == b for a, b in beside]
    wide = [left or right for left, right in itertools.pairwise(alike)]
    below = ["" if own == above else own.strip() for above, own in zip(first, second, strict=True)]
    parted = all(own if w else not (own and above) for above, own, w in zip(first, below, wide, strict=True))
    figures = any(_FIGURE.fullmatch(words) and not _YEAR.fullmatch(words) for words in (*first, *below))
    heads = [f"{above} {own}".strip() for above, own in zip(first, below, strict=True)]
    return heads if any(wide) and parted and not figures and names_columns(heads) else []
