"""Decides from the drawn objects of a PDF page whether it is plain or must be examined character by character."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assistant.documents.formats.pdf.glyphs import Shape

COVERS = 0.5  # of the page: a larger image may be a scan of it
RULED = 6  # drawn paths; a page with this many may hold a table
TINY = 2.0  # points: smaller letters are unreadable
CONTRAST = 60  # of 255: with more contrast between ink and background, text is certainly visible
THIN = 3.0  # points: a lower or narrower object covers nothing
PALE = 225  # of 255: paler ink may be invisible on a white page
SMALL = 0.82  # of the neighbour's size: smaller text may be a superscript
GUTTER = 9.0  # points between two texts on a line
GAPS = 2  # lines with such a gap; from here on there may be columns
UP = 3.0  # of a text's size: a step back up the page
PageBox = tuple[float, float, float, float]  # left, bottom, right, top in the page's own coordinates


@dataclass(frozen=True, slots=True)
class Survey:
    """`picture`: an image covers most of the page. `ruled`: its lines and boxes may form a table. `doubtful`: some text
    may be invisible. `marked`: there may be note marks. `columned`: there may be columns. `turned`: some text is not
    upright. `lined`: a thin line runs through some text."""

    picture: bool
    ruled: bool
    doubtful: bool
    marked: bool
    columned: bool
    turned: bool
    lined: bool = False

    @property
    def plain(self) -> bool:
        """Whether the text in the file can be used as it is."""
        return not (self.ruled or self.doubtful or self.marked or self.columned or self.turned or self.lined)


@dataclass(frozen=True, slots=True)
class _Text:
    box: PageBox
    order: int
    ink: int  # brightness, 0 to 255
    size: float
    base: float
    level: bool  # whether it runs from left to right


def survey(page: Any, shapes: Sequence[Shape], layers: bool) -> Survey:
    """Surveys a page. `layers`: whether the file has layers that may be switched off. One pass over the shapes collects
    the evidence for all flags, so it is one function."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = page.get_cropbox()
    area = (right - left) * (top - bottom) or 1.0
    paths, picture, doubtful = 0, False, layers or _annotated(page)
    texts: list[_Text] = []
    grounds: list[tuple[PageBox, int, int | None]] = []
    lines: list[PageBox] = []
    for shape in shapes:
        x0, y0, x1, y1 = shape.box
        if shape.kind == pdfium.FPDF_PAGEOBJ_TEXT:
            ink = _ink(shape.handle)
            doubtful = doubtful or ink is None or ink >= PALE or _cut(shape)
            texts.append(_text(shape, ink or 0))
        elif shape.kind == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
            if y1 - y0 <= THIN and x1 - x0 > 3 * (y1 - y0):
                lines.append(shape.box)
            if min(x1 - x0, y1 - y0) >= THIN and (shade := _filled(shape.handle)) is not None:
                grounds.append((shape.box, shape.order, shade))
        elif shape.kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
            image = shape.kind == pdfium.FPDF_PAGEOBJ_IMAGE
            picture = picture or (image and (x1 - x0) * (y1 - y0) >= COVERS * area)
            grounds.append((shape.box, shape.order, None))
    shown = (left + 1, bottom + 1, right - 1, top - 1)
    doubtful = (
        doubtful
        or any(0 < t.size < TINY or not _meet(t.box, shown) for t in texts)
        or any(
            _meet(t.box, ground) and (order > t.order or shade is None or abs(shade - t.ink) < CONTRAST)
            for ground, order, shade in grounds
            for t in texts
        )
    )
    return Survey(
        picture, paths >= RULED, doubtful, _marked(texts), _columned(texts), _turned(page, texts), _lined(texts, lines)
    )  # fmt: skip


def _lined(texts: Sequence[_Text], lines: Sequence[PageBox]) -> bool:
    """Whether a horizontal line runs through the middle of a text rather than under it or beside it."""
    return any(
        t.base + 0.1 * t.size < (line[1] + line[3]) / 2 < t.base + 0.6 * t.size
        and line[0] < t.box[2]
        and t.box[0] < line[2]
        for line in lines
        for t in texts
        if t.size
    )


def _marked(texts: Sequence[_Text]) -> bool:
    """Whether a text is clearly smaller than a neighbouring one, or raised."""
    for a, b in pairwise(texts):
        larger = max(a.size, b.size)
        rise = abs(a.base - b.base)
        if rise < 0.8 * larger and (min(a.size, b.size) <= SMALL * larger or rise > 0.2 * larger):
            return True
    return False


def _columned(texts: Sequence[_Text]) -> bool:
    """Whether the drawing order suggests columns: wide gaps on several lines, or a step back up the page."""
    gaps = 0
    for a, b in pairwise(texts):
        if b.base - a.base > UP * a.size:
            return True
        apart = max(b.box[0] - a.box[2], a.box[0] - b.box[2]) > GUTTER  # forward, or back to the margin
        gaps += abs(a.base - b.base) < 0.5 * a.size and apart
    return gaps >= GAPS


def _turned(page: Any, texts: Sequence[_Text]) -> bool:
    return page.get_rotation() != 0 or not all(t.level for t in texts)


def _text(shape: Shape, ink: int) -> _Text:
    import pypdfium2.raw as pdfium

    size, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
    pdfium.FPDFTextObj_GetFontSize(shape.handle, size)
    pdfium.FPDFPageObj_GetMatrix(shape.handle, matrix)
    if shape.inside:  # it has the form's coordinates, so neither size nor position is known
        return _Text(shape.box, shape.order, ink, 0.0, shape.box[1], matrix.b == 0)
    level = abs(matrix.b) < 0.01 * abs(matrix.a or 1) and matrix.a > 0
    return _Text(shape.box, shape.order, ink, abs(size.value * (matrix.d or matrix.b)), matrix.f, level)


def _meet(a: PageBox, b: PageBox) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _annotated(page: Any) -> bool:
    """Whether an annotation lies over the page that may cover text: a note box, a stamp, a redaction."""
    import pypdfium2.raw as pdfium

    harmless = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_TEXT)
    for n in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, n)
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        pdfium.FPDFPage_CloseAnnot(note)
        if kind not in harmless:
            return True
    return False


_PARTS = tuple(ctypes.c_uint() for _ in range(4))


def _colour(handle: Any) -> tuple[int, int] | None:
    """(brightness 0 to 255, opacity 0 to 255) of an object's fill colour, None if unknown."""
    import pypdfium2.raw as pdfium

    red, green, blue, alpha = _PARTS
    if not pdfium.FPDFPageObj_GetFillColor(handle, red, green, blue, alpha):
        return None
    return (299 * red.value + 587 * green.value + 114 * blue.value) // 1000, alpha.value


def _filled(handle: Any) -> int | None:
    """The brightness of a path's fill; None for an unfilled line."""
    import pypdfium2.raw as pdfium

    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(handle, mode, stroke) or mode.value == pdfium.FPDF_FILLMODE_NONE:
        return None
    colour = _colour(handle)
    return colour[0] if colour else 128


def _ink(handle: Any) -> int | None:
    """The brightness of a text's ink; None if the text has no ink or may be transparent, so that the page must be
    examined."""
    import pypdfium2.raw as pdfium

    if pdfium.FPDFTextObj_GetTextRenderMode(handle) not in (0, 2):
        return None
    colour = _colour(handle)
    return colour[0] if colour and colour[1] >= 128 else None


def _cut(shape: Shape) -> bool:
    """Whether a text may be cut off by its clip path."""
    import pypdfium2.raw as pdfium

    path = pdfium.FPDFPageObj_GetClipPath(shape.handle)
    if not path or pdfium.FPDFClipPath_CountPaths(path) <= 0:
        return False
    if shape.inside:
        return True
    x, y = ctypes.c_float(), ctypes.c_float()
    left, bottom, right, top = shape.box
    for n in range(pdfium.FPDFClipPath_CountPaths(path)):
        xs, ys = [], []
        for k in range(pdfium.FPDFClipPath_CountPathSegments(path, n)):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(path, n, k), x, y)
            xs.append(x.value)
            ys.append(y.value)
        if not xs or left < min(xs) - 1 or right > max(xs) + 1 or bottom < min(ys) - 1 or top > max(ys) + 1:
            return True
    return False
