"""Finds which text of a PDF page is visible.

One test covers all ways of hiding text: does the character change the page as PDFium renders it? The page is rendered
with and without its text. If the two images are equal under a character, the character is invisible: covered by a box
or a picture, in the colour of the background, on a layer that is off, outside the page, clipped, without ink, or too
small.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from assistant.documents.formats.pdf.glyphs import Glyph, Shape
from assistant.documents.formats.pdf.survey import TINY

LEAST = 14  # of 255: smallest change that makes a character visible
HALF = 0.5  # share of a word's letters that must be visible for the word to count
Pixels = Any  # a numpy array of grey values


def seen(page: Any, shapes: Sequence[Shape], glyphs: Sequence[Glyph]) -> list[bool]:
    """Whether each character of a page is visible, found by rendering the page with and without its text."""
    import numpy as np
    import pypdfium2.raw as pdfium

    def drawn() -> Pixels:
        return page.render(scale=1, may_draw_forms=False).to_numpy().astype(np.int16)

    texts = [s.handle for s in shapes if s.kind == pdfium.FPDF_PAGEOBJ_TEXT]
    whole = drawn()
    try:
        for handle in texts:
            pdfium.FPDFPageObj_SetIsActive(handle, False)
        bare = drawn()
    finally:
        for handle in texts:
            pdfium.FPDFPageObj_SetIsActive(handle, True)
    change = np.abs(whole - bare)
    change = change.max(axis=2) if change.ndim == 3 else change
    return _by_words(glyphs, [_changes(g, change) for g in glyphs])


def _changes(glyph: Glyph, change: Pixels) -> bool:
    if glyph.size < TINY:
        return False
    height, width = change.shape
    left, top, right, bottom = glyph.frame
    x0, y0, x1, y1 = (
        max(int(left), 0),
        max(int(top), 0),
        min(int(right) + 1, width),
        min(int(bottom) + 1, height),
    )
    return bool(x0 < x1 and y0 < y1 and change[y0:y1, x0:x1].max() >= LEAST)


def _by_words(glyphs: Sequence[Glyph], single: list[bool]) -> list[bool]:
    """Decides visibility for whole words: ink of a neighbour may reach into a character's box, and a dot has little ink
    of its own."""
    found: list[bool] = []
    for _, run in groupby(enumerate(glyphs), key=_word_key(glyphs)):
        places = [i for i, _ in run]
        telling = [single[i] for i in places if glyphs[i].text.isalnum()] or [single[i] for i in places]
        found += [sum(telling) >= HALF * len(telling)] * len(places)
    return found


def _word_key(glyphs: Sequence[Glyph]) -> Any:
    word = 0

    def key(pair: tuple[int, Glyph]) -> int:
        nonlocal word
        i, glyph = pair
        before = glyphs[i - 1] if i else None
        near = before is not None and abs(before.base - glyph.base) < 0.5 * glyph.size
        if not (near and before is not None and -0.5 * glyph.size < glyph.x0 - before.x1 < 0.2 * glyph.size):
            word += 1
        return word

    return key
