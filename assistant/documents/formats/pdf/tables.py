"""Finds the rows of tables on PDF pages, as spans of the page's text.

pdfplumber finds the tables by their ruled lines. On a plain page each row's cells are looked up in the text that pypdf
extracts, so that a quote of a row matches that text exactly. On other pages the text is laid out row by row
(`laid_out`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.documents.formats.headers import names_columns, stacked
from assistant.documents.formats.pdf.glyphs import Box
from assistant.documents.formats.pdf.layout import PlacedWord, Sheet, placed
from assistant.documents.formats.pdf.reading_order import Line, Word, lines_of
from assistant.models import TableRow

FEWEST = 3  # rows; fewer do not make a table
COLUMNS = 3  # columns of a table without lines; two could be text in columns
FAR = 4.0  # of a line's height: largest distance between two rows of one table
NEAR = 4.0  # points: tolerance between the edges of one column
GAP = 0.9  # of the letters' height: a wider gap separates two cells
RULES = {"vertical_strategy": "text", "horizontal_strategy": "lines"}
Cells = list[list[PlacedWord]]  # the words of each column's cell, empty for an empty cell


@dataclass(frozen=True, slots=True)
class GridRow:
    """A table row by its words. `above` is the text over each column in the first row of a two-row header. `given` is
    the text of merged cells that cover this row's empty cells, from a row above or a column to the left."""

    cells: Cells
    header: bool = False
    above: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def texts(self) -> list[str]:
        return [_text(cell) for cell in self.cells]

    @property
    def words(self) -> list[Word]:
        return [w["word"] for cell in self.cells for w in cell]


def found_in(rows: Sequence[GridRow], raw: str) -> tuple[TableRow, ...]:
    """The rows as spans of `raw`, in the order of the text. Rows that are not found in it are left out."""
    found: list[TableRow] = []
    letters = [(c.lower(), i) for i, c in enumerate(raw) if not c.isspace()]
    text = "".join(c for c, _ in letters)
    at = 0
    for row in rows:
        bare = [re.sub(r"\s+", "", c).lower() for c in row.texts]
        start = text.find("".join(bare), at)
        if start < 0 or sum(map(bool, bare)) < 2:
            continue
        spans: list[tuple[int, int] | None] = []
        for own in bare:
            spans.append((letters[start][1], letters[start + len(own) - 1][1] + 1) if own else None)
            start += len(own)
        placed = TableRow(tuple(spans), row.header, row.above, row.given)
        if _alone(raw, *placed.span):
            found.append(placed)
            at = start
    return tuple(sorted(found, key=lambda row: row.span))


def laid_out(row: GridRow, out: Collection[int] = ()) -> tuple[str, TableRow]:
    """A row as a line of text, and the positions of its cells in it. Words whose ids are in `out` are left out."""
    line = ""
    spans: list[tuple[int, int] | None] = []
    for text in _texts([[w for w in cell if id(w["word"]) not in out] for cell in row.cells]):
        if not text:
            spans.append(None)
            continue
        line += " " if line else ""
        spans.append((len(line), len(line) + len(text)))
        line += text
    return line, TableRow(tuple(spans), row.header, row.above, row.given)


def _alone(raw: str, start: int, end: int) -> bool:
    """Whether nothing else is on the lines of a row."""
    before = raw[:start].rpartition("\n")[2]
    after = raw[end:].partition("\n")[0]
    return not before.strip() and not after.strip()


def rows_of(sheet: Sheet) -> Iterator[GridRow]:
    """The rows of all tables, from the top of the page down. Ruled and unruled tables share the decisions about the
    header, so they are handled in one function."""
    ruled = sheet.find_tables()
    for table in sorted(ruled or sheet.find_tables(RULES), key=lambda t: t.bbox[1]):
        grid = table.rows  # pdfplumber builds this list on each access
        if len(grid) < (FEWEST if ruled else FEWEST + 1):
            continue
        rows = [_ruled(sheet, row) if ruled else _parted(sheet.words(row.bbox)) for row in grid]
        given = _given(sheet, table.cells, grid) if ruled else [()] * len(rows)
        above = _parted(sheet.words(_above(table)))
        width = max(map(len, rows), default=0)
        if width < 2:
            continue
        if len(above) == width and names_columns(_texts(above)):
            rows.insert(0, above)
            given.insert(0, ())
        over = _over(grid, [_texts(r) for r in rows]) if ruled and len(rows) == len(grid) else ()
        if over:
            yield GridRow(rows[0], True)
            yield GridRow(rows[1], True, over)
        headed = bool(over)
        for cells, holds in list(zip(rows, given, strict=True))[2 if over else 0 :]:
            # A row with fewer cells than columns is not a header: only ruled columns show which cells are empty.
            header = len(cells) == width and not headed and names_columns(_texts(cells))
            headed = headed or sum(map(bool, cells)) > 1
            yield GridRow(cells, header, (), () if header else holds)


def unruled(words: Sequence[Word]) -> list[GridRow]:
    """The rows of tables without any lines: words in the same columns on consecutive lines."""
    found: list[GridRow] = []
    run: list[list[list[Word]]] = []

    def close() -> None:
        if len(run) >= FEWEST and any(
            re.search(r"\d", w.text) for cells in run for cell in cells for w in cell
        ):
            for n, cells in enumerate(run):
                row = [[placed(w) for w in cell] for cell in cells]
                found.append(GridRow(row, n == 0 and names_columns(_texts(row))))
        run.clear()

    for line in lines_of(words):
        cells = _segments(line)
        if len(cells) < COLUMNS:
            close()
            continue
        if run and not _aligned(run[-1], cells):
            close()
        run.append(cells)
    close()
    return found


def _segments(line: Line) -> list[list[Word]]:
    """The words of a line, separated where a gap is wider than between words."""
    cells = [[line.words[0]]]
    for word in line.words[1:]:
        if word.x0 - max(w.x1 for w in cells[-1]) > GAP * word.size:
            cells.append([word])
        else:
            cells[-1].append(word)
    return cells


def _aligned(above: Sequence[Sequence[Word]], below: Sequence[Sequence[Word]]) -> bool:
    """Whether two lines have the same columns: the same number, each overlapping its counterpart and no other."""
    if len(above) != len(below) or below[0][0].base - above[0][0].base > FAR * below[0][0].size:
        return False
    spans = [[(cell[0].x0, max(w.x1 for w in cell)) for cell in line] for line in (above, below)]
    return all(
        (a[0] < b[1] and b[0] < a[1]) or abs(a[0] - b[0]) < NEAR or abs(a[1] - b[1]) < NEAR
        for a, b in zip(*spans, strict=True)
    ) and all(
        left[1] <= right[0]
        for one, other in (spans, spans[::-1])
        for left, right in zip(one, other[1:], strict=False)
    )


def _given(sheet: Sheet, cells: Sequence[Box], grid: Sequence[Any]) -> list[tuple[str, ...]]:
    """For each row, the text of merged cells that cover its empty cells, "" for the other columns; an empty tuple for a
    row without such cells."""
    if not any(None in row.cells for row in grid):
        return [()] * len(grid)
    columns = [
        next(((box[0] + box[2]) / 2 for row in grid if (box := row.cells[k]) is not None), None)
        for k in range(len(grid[0].cells))
    ]
    return [_held(sheet, cells, columns, row.cells) for row in grid]


def _held(
    sheet: Sheet, cells: Sequence[Box], columns: Sequence[float | None], own: Sequence[Box | None]
) -> tuple[str, ...]:
    boxes = [c for c in own if c is not None]
    if not boxes or len(boxes) == len(own):
        return ()
    lowest = min(boxes, key=lambda c: c[3] - c[1])  # merged cells are higher
    middle = (lowest[1] + lowest[3]) / 2
    held = []
    for x, cell in zip(columns, own, strict=True):
        wide = None
        if cell is None and x is not None:
            wide = next((c for c in cells if c[0] <= x <= c[2] and c[1] <= middle <= c[3]), None)
        held.append(_text(sheet.words(wide)) if wide is not None else "")
    return tuple(held) if any(held) else ()


def _texts(cells: Cells) -> list[str]:
    return [_text(cell) for cell in cells]


def _over(grid: Sequence[Any], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The text that the first row of a ruled table has over each column of the second, if both form its header; else
    empty."""
    first = [(box, words) for box, words in zip(grid[0].cells, rows[0], strict=True) if box]
    middles = [(box[0] + box[2]) / 2 if box else None for box in grid[2].cells]
    over = [next((words for box, words in first if m and box[0] <= m <= box[2]), "") for m in middles]
    return tuple(over) if stacked(over, rows[1]) else ()


def _above(table: Any) -> Box:
    """The line just above a table, for a table whose first rule is below its header."""
    left, top, right, _ = table.bbox
    return left, top - min(24.0, top), right, top


def _ruled(sheet: Sheet, row: Any) -> Cells:
    """The cells of a row between drawn lines, including empty ones."""
    words = sheet.words(row.bbox)
    cells: Cells = []
    for box in row.cells:
        if box is None:  # covered by a merged cell
            cells.append([])
            continue
        own = [
            w
            for w in words  # a cell of the same row may cover several rows
            if box[0] - 1 <= (w["x0"] + w["x1"]) / 2 <= box[2] + 1
            and box[1] - 1 <= (w["top"] + w["bottom"]) / 2 <= box[3] + 1
        ]
        cells.append(own)
    return cells


def _parted(words: Sequence[PlacedWord]) -> Cells:
    """The words of one row as cells: separated at wide gaps, with the lines of a wrapped cell joined."""
    columns: Cells = []
    for word in sorted(words, key=lambda w: (w["x0"], w["top"])):
        space = GAP * (word["bottom"] - word["top"])
        own = next((c for c in columns if word["x0"] < max(w["x1"] for w in c) + space), None)
        if own is None:
            columns.append([word])
        else:
            own.append(word)
    return columns


def _text(words: Sequence[PlacedWord]) -> str:
    if len({w["word"].base for w in words}) < 2:
        return " ".join(w["text"] for w in sorted(words, key=lambda w: float(w["x0"])))
    return " ".join(line.text for line in lines_of(w["word"] for w in words))
