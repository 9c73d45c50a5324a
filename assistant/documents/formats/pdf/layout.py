"""Gives pdfplumber's table finder what it needs of a PDF page: ruled lines, and words with their positions.

The table finder accepts lines and words from any source. pdfplumber's own parser would interpret the page in Python a
second time, after pypdf. PDFium has the data already and needs a tenth of the time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from assistant.documents.formats.pdf.glyphs import Box, Frame
from assistant.documents.formats.pdf.reading_order import Word

MOST = 10_000  # lines on a page; a page with more is a map or a chart
STRAIGHT = 0.5  # points that a line may deviate from straight
Place = Callable[[float, float], tuple[float, float]]
PlacedWord = dict[str, Any]  # in pdfplumber's format: text, x0, x1, top, bottom


def placed(word: Word) -> PlacedWord:
    """A word in pdfplumber's format."""
    return {
        "text": word.text, "x0": word.x0, "x1": word.x1, "top": word.top, "bottom": word.bottom, "doctop": word.top,
        "upright": True, "direction": "ltr", "word": word,
    }  # fmt: skip


class Sheet:
    """A PDFium page rotated by `angle`, with the words that are then upright."""

    def __init__(self, page: Any, words: Sequence[Word], angle: int = 0) -> None:
        self._page = page
        self._frame = Frame(page)
        self._angle = angle
        width, height = page.get_size()
        self.bbox: Box = (0.0, 0.0, width, height) if angle in (0, 180) else (0.0, 0.0, height, width)
        self.placed: list[PlacedWord] = [placed(w) for w in words]

    def find_tables(self, settings: dict[str, Any] | None = None) -> list[Any]:
        """The tables that pdfplumber finds, with optional `settings` for its finder."""
        from pdfplumber.table import TableFinder

        return list(TableFinder(self, settings).tables)

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return self._frame.turned(*self._frame.point(x, y), self._angle)

    @cached_property
    def edges(self) -> list[dict[str, Any]]:
        """The horizontal and vertical lines, including the sides of boxes; empty for a page that is a drawing."""
        found: list[dict[str, Any]] = []
        for (ax, ay), (bx, by) in _lines(self._page, self._place):
            left, right, top, bottom = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            if min(right - left, bottom - top) > STRAIGHT:
                continue
            found.append({
                "object_type": "line", "orientation": "h" if right - left > bottom - top else "v",
                "x0": left, "x1": right, "top": top, "bottom": bottom, "width": right - left, "height": bottom - top,
            })  # fmt: skip
            if len(found) > MOST:
                return []
        return found

    def extract_words(self, **_: Any) -> list[PlacedWord]:
        """All words. The finder's tolerances are ignored: they are for characters, and these are words already."""
        return self.placed

    def words(self, box: Box) -> list[PlacedWord]:
        """The words whose centre is inside a box."""
        left, top, right, bottom = box
        return [
            w
            for w in self.placed
            if left <= (w["x0"] + w["x1"]) / 2 <= right and top <= (w["top"] + w["bottom"]) / 2 <= bottom
        ]


def _lines(page: Any, place: Place) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The two ends of every straight line that is drawn."""
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_float(), ctypes.c_float()
    for shape in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4):
        matrix = shape.get_matrix()
        holder = shape.container
        while holder is not None:
            matrix = matrix.multiply(holder.get_matrix())
            holder = holder.container
        first = last = (0.0, 0.0)
        for n in range(pdfium.FPDFPath_CountSegments(shape.raw)):
            segment = pdfium.FPDFPath_GetPathSegment(shape.raw, n)
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = place(*matrix.on_point(x.value, y.value))
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                first = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                yield last, point
            if pdfium.FPDFPathSegment_GetClose(segment) and point != first:
                yield point, first
            last = point
