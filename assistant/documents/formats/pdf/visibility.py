"""Text of a PDF page that no reader sees: invisible by its render mode, of no size, or in the colour
of what lies behind it. It is never indexed; who put it there wanted a machine to read it."""

from __future__ import annotations

import ctypes
from typing import Any

TINY = 2.0  # points: smaller letters are not read
INVISIBLE = 3  # PDF 32000-1, table 106: neither filled nor stroked
PALE = 235  # of 255 in every colour
FAINT = 12  # of 255: how little the page may vary where words stand that nobody sees


def unseen_texts(page: Any) -> tuple[list[str], list[str]]:
    """(texts a reader does not see, those of them drawn with no ink) of a PDFium page; the latter are
    what an OCR program lays over its image."""
    import pypdfium2.raw as pdfium

    text_page = page.get_textpage()
    gone: list[str] = []
    inkless: list[str] = []
    pale: list[tuple[str, tuple[float, float, float, float]]] = []
    # Of what lies in a form, or on a page that is turned or cut, neither size nor place is plain: there
    # only ink counts.
    width, height = page.get_size()
    box = tuple(round(x) for x in page.get_cropbox())
    plain = page.get_rotation() == 0 and box == (0, 0, round(width), round(height))
    for shape in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=4):
        direct = plain and shape.level == 0
        hidden = pdfium.FPDFTextObj_GetTextRenderMode(shape.raw) == INVISIBLE
        tiny = direct and _size(shape) < TINY
        # Of the text that is drawn as usual, the words themselves are not needed.
        if not (hidden or tiny or (direct and _is_pale(shape.raw))):
            continue
        text = _text(shape.raw, text_page.raw)
        if not text.strip():
            continue
        if hidden:
            inkless.append(text)
        if hidden or tiny:
            gone.append(text)
        else:
            pale.append((text, shape.get_bounds()))
    if pale:
        image = page.render(scale=1).to_pil().convert("L")
        gone += [text for text, box in pale if _blank(image, page.get_height(), box)]
    return gone, inkless


def _text(shape: Any, text_page: Any) -> str:
    import pypdfium2.raw as pdfium

    length = pdfium.FPDFTextObj_GetText(shape, text_page, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFTextObj_GetText(shape, text_page, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw.decode("utf-16-le", "ignore").rstrip("\0")


def _size(shape: Any) -> float:
    import pypdfium2.raw as pdfium

    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(shape.raw, size)
    matrix = shape.get_matrix()
    return float(size.value * max(abs(matrix.d), abs(matrix.b)))


def _is_pale(shape: Any) -> bool:
    import pypdfium2.raw as pdfium

    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(shape, *parts):
        return False
    red, green, blue, alpha = (p.value for p in parts)
    return bool(alpha < 20 or min(red, green, blue) >= PALE)


def _blank(image: Any, height: float, box: tuple[float, float, float, float]) -> bool:
    """Whether nothing shows where the words stand: white on white, not white on a dark ground."""
    left, bottom, right, top = box
    area = (
        max(int(left), 0),
        max(int(height - top), 0),
        min(int(right) + 1, image.width),
        min(int(height - bottom) + 1, image.height),
    )
    if area[0] >= area[2] or area[1] >= area[3]:
        return False
    low, high = image.crop(area).getextrema()
    return bool(high - low <= FAINT)


def spans_of(raw: str, texts: list[str]) -> tuple[tuple[int, int], ...]:
    """Where texts stand in a page's text, blanks aside; one that stands there more often than it is
    hidden is left: which of them is seen cannot be told.

    >>> spans_of("Satsen er 5 %. Satsen er 9 %.", ["Satsen er 9%."])
    ((15, 29),)
    """
    letters = [(c, i) for i, c in enumerate(raw) if not c.isspace()]
    page = "".join(c for c, _ in letters)
    found: list[tuple[int, int]] = []
    bare = ["".join(t.split()) for t in texts]
    for text in dict.fromkeys(bare):
        if not text or page.count(text) != bare.count(text):
            continue
        at = page.find(text)
        while at >= 0:
            found.append((letters[at][1], letters[at + len(text) - 1][1] + 1))
            at = page.find(text, at + len(text))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and (start <= merged[-1][1] or not raw[merged[-1][1] : start].strip()):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
