"""Rows of the tables on a PDF's pages, as spans of the page's text.

pdfplumber finds the tables by their ruled lines; each row's cells are then looked up in the text as
pypdf extracts it, so that a quote of a row is still that text, character for character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.documents.formats.headers import names_columns, stacked
from assistant.documents.formats.pdf.layout import Box, Sheet
from assistant.models import TableRow

FEWEST = 3  # rows that make a table
GAP = 0.9  # of the letters' height: a wider gap between words parts two cells
RULES = {"vertical_strategy": "text", "horizontal_strategy": "lines"}
Cells = list[str]  # one for each column, "" where it is empty


def rows_of(sheet: Sheet, raw: str) -> tuple[TableRow, ...]:
    """The rows of a page as spans of `raw`, in the order of the text; rows that cannot be found
    in it are left out."""
    found: list[TableRow] = []
    letters = [(c.lower(), i) for i, c in enumerate(raw) if not c.isspace()]
    text = "".join(c for c, _ in letters)
    at = 0
    for cells, header, above in _rows(sheet):
        bare = [re.sub(r"\s+", "", c).lower() for c in cells]
        start = text.find("".join(bare), at)
        if start < 0 or sum(map(bool, bare)) < 2:
            continue
        spans: list[tuple[int, int] | None] = []
        for own in bare:
            spans.append((letters[start][1], letters[start + len(own) - 1][1] + 1) if own else None)
            start += len(own)
        row = TableRow(tuple(spans), header, above)
        if _alone(raw, *row.span):
            found.append(row)
            at = start
    return tuple(sorted(found, key=lambda row: row.span))


def _alone(raw: str, start: int, end: int) -> bool:
    """Whether a row has its lines to itself."""
    before = raw[:start].rpartition("\n")[2]
    after = raw[end:].partition("\n")[0]
    return not before.strip() and not after.strip()


def _rows(sheet: Sheet) -> Iterator[tuple[Cells, bool, tuple[str, ...]]]:
    """The cells of each row of each table, from the top of the page down, whether they name the columns, and
    what stands over them in the row before."""
    ruled = sheet.find_tables()
    for table in sorted(ruled or sheet.find_tables(RULES), key=lambda t: t.bbox[1]):
        if len(table.rows) < (FEWEST if ruled else FEWEST + 1):
            continue
        rows = [_ruled(sheet, row) if ruled else _parted(sheet.words(row.bbox)) for row in table.rows]
        above = _parted(sheet.words(_above(table)))
        width = max(map(len, rows), default=0)
        if width < 2:
            continue
        if len(above) == width and names_columns(above):
            rows.insert(0, above)
        over = _over(table, rows) if ruled and len(rows) == len(table.rows) else ()
        if over:
            yield rows[0], True, ()
            yield rows[1], True, over
        headed = bool(over)
        for cells in rows[2 if over else 0 :]:
            # A row with fewer cells than columns: which are empty is known only where columns are ruled.
            header = len(cells) == width and not headed and names_columns(cells)
            headed = headed or sum(map(bool, cells)) > 1
            yield cells, header, ()


def _over(table: Any, rows: Sequence[Cells]) -> tuple[str, ...]:
    """What the first row of a ruled table says over each column of the second, where both are its header;
    else nothing."""
    first = [(box, words) for box, words in zip(table.rows[0].cells, rows[0], strict=True) if box]
    middles = [(box[0] + box[2]) / 2 if box else None for box in table.rows[2].cells]
    over = [next((words for box, words in first if m and box[0] <= m <= box[2]), "") for m in middles]
    return tuple(over) if stacked(over, rows[1]) else ()


def _above(table: Any) -> Box:
    """The line right above a table whose first rule stands below its header."""
    left, top, right, _ = table.bbox
    return left, top - min(24.0, top), right, top


def _ruled(sheet: Sheet, row: Any) -> Cells:
    """The cells of a row between drawn lines, empty ones included."""
    words = sheet.words(row.bbox)
    cells: Cells = []
    for box in row.cells:
        if box is None:  # spanned by its neighbour
            cells.append("")
            continue
        own = [
            w
            for w in words  # a cell beside may reach over several rows
            if box[0] - 1 <= (w["x0"] + w["x1"]) / 2 <= box[2] + 1
            and box[1] - 1 <= (w["top"] + w["bottom"]) / 2 <= box[3] + 1
        ]
        cells.append(_text(own))
    return cells


def _parted(words: Sequence[dict[str, Any]]) -> Cells:
    """Words of one row as cells: parted by wide gaps, a wrapped cell's lines put together."""
    columns: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda w: (w["x0"], w["top"])):
        space = GAP * (word["bottom"] - word["top"])
        own = next((c for c in columns if word["x0"] < max(w["x1"] for w in c) + space), None)
        if own is None:
            columns.append([word])
        else:
            own.append(word)
    return [_text(column) for column in columns]


def _text(words: Sequence[dict[str, Any]]) -> str:
    return " ".join(w["text"] for w in sorted(words, key=lambda w: (round(w["top"]), w["x0"])))
