"""Which row of a table names its columns, decided once, where the table is read.

Later on nothing is guessed: a header's cells are parted by a mark of their own (`models.HEAD`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

_FIGURE = re.compile(r"[±+-]?\s*\d[\d.,]*\s*(?:%|pct\.?|kr\.?|mio\..*)?(?:\s*\d\))?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_FILLER = frozenset(("ikke oplyst", "ja", "nej", "efter aftale", "ingen", "-", "–"))


def is_figure(cell: str) -> bool:
    """Whether a cell is an amount and no year.

    >>> is_figure("2.450 kr."), is_figure("2025"), is_figure("Børn")
    (True, False, False)
    """
    return bool(_FIGURE.fullmatch(cell.strip())) and not _YEAR.fullmatch(cell.strip())


def names_columns(cells: Sequence[str]) -> bool:
    """Whether cells are column heads: words, all different, no figure; or a row of years that follow.

    >>> names_columns(["Tilbud", "Takst 2025", "Takst 2026"]), names_columns(["Krisecenter", "2011"])
    (True, False)
    >>> names_columns(["Område", "2024", "2025"]), names_columns(["Botilbud", "ikke oplyst", "ikke oplyst"])
    (True, False)
    """
    filled = [c.strip() for c in cells if c.strip() not in ("", "–")]
    if len(filled) < 2 or len(set(filled)) < len(filled) or any(c.lower() in _FILLER for c in filled):
        return False
    years = [c for c in filled if _YEAR.fullmatch(c)]
    if any(_FIGURE.fullmatch(c) for c in filled if c not in years):
        return False
    ascending = years == sorted(years) and all(int(b) - int(a) == 1 for a, b in itertools.pairwise(years))
    return not years or (len(years) >= 2 and ascending)
