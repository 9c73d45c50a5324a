"""Finds what is laid over a PDF page: filled-in form fields, typed remarks, and lines that strike out words."""

from __future__ import annotations

import contextlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.documents.formats.pdf.glyphs import Box, Frame, Shape
from assistant.documents.formats.pdf.reading_order import Word

TALL = 11.0  # points: height of a typed line of unknown size
LEVEL = 1.5  # points: largest thickness of a line through words
MIDDLE = (0.25, 0.72)  # of a word's height, from the top: where a strike-out line runs
ALONG = 0.8  # share of a word's width that the line must cover


@dataclass(frozen=True, slots=True)
class Overlay:
    """What was added to a page after layout. `words` are placed where they were typed, `remarks` are notes that open on
    a click, `struck` are boxes (coordinates as in `Word`) over text that is no longer in force."""

    words: tuple[Word, ...] = ()
    remarks: tuple[str, ...] = ()
    struck: tuple[Box, ...] = ()


def overlay_of(page: Any, sheet: Any) -> Overlay:
    """The overlay of a page, given by pypdf (`page`) and PDFium (`sheet`), in the coordinates of the page as shown."""
    frame = Frame(sheet)
    words: list[Word] = []
    remarks: list[str] = []
    struck: list[Box] = []
    for note in _annotations(page):
        kind = note.get("/Subtype")
        with contextlib.suppress(Exception):  # a malformed annotation must not stop the page
            if kind == "/StrikeOut":
                struck += [_box(frame, quad[0::2], quad[1::2]) for quad in _quads(note)]
            elif (
                (kind == "/FreeText" and (text := _said(note)))
                or (kind == "/Widget" and (text := _value(note)))
                or (kind == "/Caret" and (text := _said(note)))
            ):
                words += _typed(text, _rect(frame, note))
            elif kind in ("/Text", "/Highlight", "/Underline") and (text := _said(note)):
                remarks.append(text)
    return Overlay(tuple(words), tuple(remarks), tuple(struck))


def _annotations(page: Any) -> Iterator[Any]:
    for reference in page.get("/Annots") or ():
        with contextlib.suppress(Exception):
            note = reference.get_object()
            flags = int(note.get("/F", 0))
            if note is not None and not flags & 0x22:  # flags: hidden, or not shown on screen
                yield note


def _said(note: Any) -> str:
    return " ".join(str(note.get("/Contents") or "").split())


def _value(widget: Any) -> str:
    """The value filled into a field as it is shown: a text, a choice or a tick."""
    parent = widget.get("/Parent")
    parent = parent.get_object() if parent is not None else {}
    kind = widget.get("/FT") or parent.get("/FT")
    value = widget.get("/V", parent.get("/V"))
    if kind == "/Btn":
        state = str(widget.get("/AS") or "")
        return "☒" if state not in ("", "/Off") else ""
    if kind not in ("/Tx", "/Ch") or value is None:
        return ""
    value = value.get_object() if hasattr(value, "get_object") else value
    texts = [str(v) for v in value] if isinstance(value, list) else [str(value)]
    shown = dict(_choices(widget.get("/Opt", parent.get("/Opt"))))
    texts = [shown.get(t, t) for t in texts]
    return " ".join(" ".join(texts).split())


def _choices(options: Any) -> Iterator[tuple[str, str]]:
    """(stored value, shown value) of a field's choices where they are given separately."""
    for option in options.get_object() if options is not None else ():
        pair = option.get_object()
        if isinstance(pair, list) and len(pair) == 2:
            yield str(pair[0]), str(pair[1])


def _quads(note: Any) -> Iterator[list[float]]:
    points = [float(x) for x in note.get("/QuadPoints") or note.get("/Rect") or ()]
    if len(points) == 4:
        yield points
    for at in range(0, len(points) - 7, 8):
        yield points[at : at + 8]


def _rect(frame: Frame, note: Any) -> Box:
    rect = [float(x) for x in note["/Rect"]]
    return _box(frame, rect[0::2], rect[1::2])


def _box(frame: Frame, xs: Sequence[float], ys: Sequence[float]) -> Box:
    (ax, ay), (bx, by) = frame.point(min(xs), min(ys)), frame.point(max(xs), max(ys))
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _typed(text: str, box: Box) -> Iterator[Word]:
    """The words of a typed text, spread along the first line of its box."""
    left, top, right, bottom = box
    height = min(bottom - top, TALL)
    base = top + (0.8 * height if bottom - top > 1.6 * TALL else 0.5 * (bottom - top) + 0.3 * height)
    words = text.split()
    step = (right - left) / max(1, len(text))
    at = left
    for word in words:
        yield Word(word, at, at + step * len(word), base - 0.8 * height, base + 0.2 * height, base)
        at += step * (len(word) + 1)


def settled(typed: Sequence[Word], words: Sequence[Word]) -> list[Word]:
    """Typed words, moved to the baseline of the words beside them."""
    found = []
    for one in typed:
        beside = min(words, key=lambda w: abs(w.base - one.base), default=None)
        near = beside is not None and abs(beside.base - one.base) < 0.8 * max(one.size, beside.size)
        found.append(replace(one, base=beside.base) if near and beside is not None else one)
    return found


def clipped_files(page: Any) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the files attached at a position on a pypdf page."""
    for note in _annotations(page):
        with contextlib.suppress(Exception):  # a malformed annotation must not stop the page
            if note.get("/Subtype") == "/FileAttachment":
                held = note["/FS"].get_object()
                stream = held["/EF"].get_object()
                stream = (stream.get("/UF") or stream["/F"]).get_object()
                yield str(held.get("/UF") or held.get("/F") or "bilag"), bytes(stream.get_data())


def lines_through(sheet: Any, shapes: Sequence[Shape], angle: int) -> list[Box]:
    """The thin horizontal lines drawn on a page, rotated by `angle`; some of them may strike out words."""
    import pypdfium2.raw as pdfium

    frame = Frame(sheet)
    found: list[Box] = []
    for shape in shapes:
        if shape.kind != pdfium.FPDF_PAGEOBJ_PATH or shape.inside:
            continue
        left, bottom, right, top = shape.box
        a, b = frame.turned(*frame.point(left, top), angle), frame.turned(*frame.point(right, bottom), angle)
        box = (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
        if box[3] - box[1] <= LEVEL + 1.0 and box[2] - box[0] > 3 * (box[3] - box[1]):
            found.append(box)
    return found


def struck_out(words: Sequence[Word], boxes: Sequence[Box], lines: Sequence[Box]) -> list[Word]:
    """The words that are struck out: covered by a strike-out box, or crossed by a line through their middle."""
    levels = sorted(((b[1] + b[3]) / 2, b) for b in lines)
    heights = [level for level, _ in levels]
    found = []
    for word in words:
        upper, lower = (word.top + share * word.size for share in MIDDLE)
        middle = (word.top + word.bottom) / 2
        through = [b for _, b in levels[bisect_left(heights, upper) : bisect_right(heights, lower)]]
        through += [b for b in boxes if b[1] <= middle <= b[3]]
        width = max(word.x1 - word.x0, 0.1)
        if any(min(word.x1, b[2]) - max(word.x0, b[0]) >= ALONG * width for b in through):
            found.append(word)
    return found
