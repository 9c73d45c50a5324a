"""The characters of a PDF page as PDFium places them: what each is, where it is, its size and its rotation.

All later decisions about a page's text (what is visible, which figures are note marks, the reading order, the content
of table cells) are based on these characters.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

HYPHEN = 2  # PDFium's code for a hyphen at the end of a line
Box = tuple[float, float, float, float]  # left, top, right, bottom in points from the page's top left corner


@dataclass(slots=True)
class Glyph:
    """One character. `x0` to `bottom` are in points from the top left corner of the page as shown, rotated so that this
    character is upright; `base` is its baseline, `size` its line height. `frame` is its box on the page as shown,
    without that rotation."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    base: float
    angle: int  # 0, 90, 180, 270: the rotation that makes the character upright
    frame: Box
    spaced: bool = False  # whether a blank precedes it
    # For a figure: how far above the baseline its ink starts, as a share of the line height.
    lift: float = 0.0

    @property
    def size(self) -> float:
        return self.bottom - self.top


class Frame:
    """Converts a page's own coordinates to the page as shown: cut to the crop box and rotated by /Rotate."""

    def __init__(self, page: Any) -> None:
        self.left, self.bottom, self.right, self.top = page.get_cropbox()
        self.rotation: int = page.get_rotation()
        self.width, self.height = page.get_size()

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point in points from the top left corner of the page as shown."""
        if self.rotation == 90:
            return y - self.bottom, x - self.left
        if self.rotation == 180:
            return self.right - x, y - self.bottom
        if self.rotation == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def turned(self, x: float, y: float, angle: int) -> tuple[float, float]:
        """A point of the page as shown, rotated so that text written at `angle` (clockwise) is upright."""
        if angle == 90:
            return y, self.width - x
        if angle == 180:
            return self.width - x, self.height - y
        if angle == 270:
            return self.height - y, x
        return x, y


def glyphs_of(page: Any) -> list[Glyph]:
    """All characters of a PDFium page except blanks, in drawing order. It is one function because it runs for every
    character and function calls would cost time."""
    import pypdfium2.raw as pdfium

    text_page = page.get_textpage()  # keep the reference: PDFium closes it when it is garbage collected
    raw = text_page.raw
    frame = Frame(page)
    turns = _turns(raw)
    loose = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    code_of, box_of, origin_of = (
        pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetCharOrigin,
    )  # fmt: skip
    found: list[Glyph] = []
    straight = not (turns or frame.rotation)
    ink = tuple(ctypes.c_double() for _ in range(4))  # left, right, bottom, top
    high, spaced = 0, True
    last = (0.0, 0.0, 0.0)  # top and bottom of the last character's box, and its baseline
    for n in range(pdfium.FPDFText_CountChars(raw)):
        code = code_of(raw, n)
        if code in (0, 9, 10, 13, 32, 0xA0) or 0xD800 <= code < 0xDC00:
            high, spaced = (code, spaced) if code >= 0xD800 else (0, True)
            continue
        if 0xDC00 <= code < 0xE000:  # second half of a surrogate pair
            code, high = (0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00), 0) if high else (0xFFFD, 0)
        box_of(raw, n, loose)
        if straight and (loose.top, loose.bottom) == last[:2]:  # same line and size as the last one
            base = last[2]
        else:
            origin_of(raw, n, x, y)
            base = frame.top - y.value if straight else y.value
            last = (loose.top, loose.bottom, base)
        if straight:
            box = upright = (
                loose.left - frame.left, frame.top - loose.top, loose.right - frame.left, frame.top - loose.bottom,
            )  # fmt: skip
            angle = 0
        else:
            angle = ((turns(n) if turns else 0) + frame.rotation) % 360
            box = _ordered(frame.point(loose.left, loose.top), frame.point(loose.right, loose.bottom))
            upright = _ordered(frame.turned(*box[:2], angle), frame.turned(*box[2:], angle))
            base = frame.turned(*frame.point(x.value, y.value), angle)[1]
        if code == HYPHEN and found:  # PDFium makes its box only as high as the stroke
            before = found[-1]
            upright = (upright[0], before.top, upright[2], before.bottom)
            box = (box[0], before.frame[1], box[2], before.frame[3])
        letter = "-" if code == HYPHEN else chr(code)
        x0, top, x1, bottom = upright
        lift = 0.0
        if straight and letter.isdigit() and bottom > top:
            pdfium.FPDFText_GetCharBox(raw, n, *ink)
            lift = (base - (frame.top - ink[2].value)) / (bottom - top)
        found.append(Glyph(letter, x0, x1, top, bottom, base, angle, box, spaced, lift))
        spaced = False
    return found


def _ordered(a: tuple[float, float], b: tuple[float, float]) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _turns(raw: Any) -> Any:
    """A function that gives the rotation of the n-th character in degrees clockwise (0, 90, 180, 270); None if no text
    is rotated."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(raw)
    angle_of = pdfium.FPDFText_GetCharAngle

    def turn(n: int) -> int:
        return round(math.degrees(angle_of(raw, n)) / 90) % 4 * 90

    # Whole lines are rotated, so checking every eighth character is enough.
    return turn if any(turn(n) for n in range(0, count, 8)) else None


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn object: `kind` is PDFium's type, `box` its bounds in the page's own coordinates, `order` its place in the
    drawing order."""

    handle: Any
    kind: int
    box: tuple[float, float, float, float]  # left, bottom, right, top
    order: int
    inside: bool  # part of a form, which has coordinates of its own


def shapes_of(page: Any, deepest: int = 4) -> Iterator[Shape]:
    """All drawn objects of a page in drawing order, including those inside forms (with the bounds of the form)."""
    import pypdfium2.raw as pdfium

    order = 0
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))

    def walk(count: int, get: Any, level: int, outer: Any) -> Iterator[Shape]:
        nonlocal order
        for n in range(count):
            handle = get(n)
            kind = pdfium.FPDFPageObj_GetType(handle)
            order += 1
            if outer is None:
                pdfium.FPDFPageObj_GetBounds(handle, left, bottom, right, top)
                box = (left.value, bottom.value, right.value, top.value)
            else:
                box = outer
            if kind == pdfium.FPDF_PAGEOBJ_FORM and level < deepest:
                inner = pdfium.FPDFFormObj_CountObjects(handle)
                yield from walk(inner, lambda k, h=handle: pdfium.FPDFFormObj_GetObject(h, k), level + 1, box)
                continue
            yield Shape(handle, kind, box, order, outer is not None)

    yield from walk(
        pdfium.FPDFPage_CountObjects(page.raw), lambda k: pdfium.FPDFPage_GetObject(page.raw, k), 0, None
    )
