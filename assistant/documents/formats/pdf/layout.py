"""What a PDF page draws, as pdfplumber's table finder asks for it: ruled lines, and words where they stand.

pdfplumber finds tables in lines and words, wherever they come from. Its own parser reads a page's operators
in Python, once more after pypdf; PDFium has them already, in a tenth of the time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from assistant.documents.formats.pdf.glyphs import Box, Frame
from assistant.documents.formats.pdf.reading_order import Word

MOST = 10_000  # lines of a page: one with more is a map or a chart
STRAIGHT = 0.5  # points that a line may lean
Place = Callable[[float, float], tuple[float, float]]
PlacedWord = dict[str, Any]  # pdfplumber's: text, x0, x1, top, bottom


def placed(word: Word) -> PlacedWord:
    """A word as pdfplumber has words."""
    return {
        "text": word.text, "x0": word.x0, "x1": word.x1, "top": word.top, "bottom": word.bottom, "doctop": word.top,
        "upright": True, "direction": "ltr", "word": word,
    }  # fmt: skip


class Sheet:
    """A PDFium page turned by `angle`, with the words that stand upright then."""

    def __init__(self, page: Any, words: Sequence[Word], angle: int = 0) -> None:
        self._page = page
        self._frame = Frame(page)
        self._angle = angle
        width, height = page.get_size()
        self.bbox: Box = (0.0, 0.0, width, height) if angle in (0, 180) else (0.0, 0.0, height, width)
        self.placed: list[PlacedWord] = [placed(w) for w in words]

    def find_tables(self, settings: dict[str, Any] | None = None) -> list[Any]:
        """pdfplumber's tables, with `settings` of its own."""
        from pdfplumber.table import TableFinder

        return list(TableFinder(self, settings).tables)

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return self._frame.turned(*self._frame.point(x, y), self._angle)

    @cached_property
    def edges(self) -> list[dict[str, Any]]:
        """Lines along the page's sides, those around boxes too; none of a page that is a drawing."""
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
        """All words; the finder's own tolerances are for characters, which these no longer are."""
        return self.placed

    def words(self, box: Box) -> list[PlacedWord]:
        """Those words whose middle lies in a box."""
        left, top, right, bottom = box
        return [
            w
            for w in self.placed
            if left <= (w["x0"] + w["x1"]) / 2 <= right and top <= (w["top"] + w["bottom"]) / 2 <= bottom
        ]


def _lines(page: Any, place: Place) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Both ends of every straight line drawn."""
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
