"""What a PDF page draws: ruled lines and words where they stand, as PDFium gives them.

pdfplumber finds tables in lines and words, wherever they come from. Its own parser reads a page's operators
in Python, once more after pypdf; PDFium has them already, in a tenth of the time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

MOST = 10_000  # lines of a page: one with more is a map or a chart
HYPHEN = 2  # PDFium's code for one at a line's end
STRAIGHT = 0.5  # points that a line may lean
Box = tuple[float, float, float, float]  # left, top, right, bottom in points from the page's top left
Place = Callable[[float, float], tuple[float, float]]


class Sheet:
    """A PDFium page as pdfplumber's table finder asks for it: `bbox`, `edges`, `extract_words`."""

    def __init__(self, page: Any) -> None:
        self._page = page
        width, height = page.get_size()
        self.bbox: Box = (0.0, 0.0, width, height)

    def find_tables(self, settings: dict[str, Any] | None = None) -> list[Any]:
        """pdfplumber's tables, with `settings` of its own."""
        from pdfplumber.table import TableFinder

        return list(TableFinder(self, settings).tables)

    @cached_property
    def edges(self) -> list[dict[str, Any]]:
        """Lines along the page's sides, those around boxes too; none of a page that is a drawing."""
        found: list[dict[str, Any]] = []
        for (ax, ay), (bx, by) in _lines(self._page, _placing(self._page)):
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

    @cached_property
    def _words(self) -> list[dict[str, Any]]:
        from pdfplumber.utils import extract_words

        words: list[dict[str, Any]] = extract_words(list(_letters(self._page, _placing(self._page))))
        return words

    def extract_words(self) -> list[dict[str, Any]]:
        """Words with `text`, `x0`, `x1`, `top`, `bottom`, in the order they are read."""
        return self._words

    def words(self, box: Box) -> list[dict[str, Any]]:
        """Those words whose middle lies in a box."""
        left, top, right, bottom = box
        return [
            w
            for w in self._words
            if left <= (w["x0"] + w["x1"]) / 2 <= right and top <= (w["top"] + w["bottom"]) / 2 <= bottom
        ]


def _placing(page: Any) -> Place:
    """From where a page's own coordinates point to, to where a reader sees it, turned and cut."""
    left, bottom, right, top = page.get_cropbox()
    turned: dict[int, Place] = {
        0: lambda x, y: (x - left, top - y),
        90: lambda x, y: (y - bottom, x - left),
        180: lambda x, y: (right - x, y - bottom),
        270: lambda x, y: (top - y, right - x),
    }
    return turned[page.get_rotation()]


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


def _letters(page: Any, place: Place) -> Iterator[dict[str, Any]]:
    """The page's characters, as pdfplumber wants them to put words together."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    box = pdfium.FS_RECTF()
    for n in range(pdfium.FPDFText_CountChars(text.raw)):
        if pdfium.FPDFText_IsGenerated(text.raw, n) == 1:  # a space or a line's end that PDFium put in
            continue
        code = pdfium.FPDFText_GetUnicode(text.raw, n)
        letter = "-" if code == HYPHEN else chr(code)
        pdfium.FPDFText_GetLooseCharBox(text.raw, n, box)
        (ax, ay), (bx, by) = place(box.left, box.top), place(box.right, box.bottom)
        top, bottom = min(ay, by), max(ay, by)
        yield {
            "text": letter, "x0": min(ax, bx), "x1": max(ax, bx), "top": top, "bottom": bottom, "doctop": top,
            "upright": True, "size": bottom - top,
        }  # fmt: skip
