"""PowerPoint: a slide is a page; its title, its text, its tables, then the speaker's notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.documents.formats import archive
from assistant.documents.formats.sections import table
from assistant.models import Content, Page


def read_slides(path: Path) -> Content:
    """The presentation's title (or None) and its slides; hidden ones are left out. Raises ReadError."""
    from pptx import Presentation

    archive.check(path)
    show = Presentation(str(path))
    pages = [
        Page(n, "\n".join(_lines(slide)), "markup", f"dias {n}")
        for n, slide in enumerate(show.slides, start=1)
        if slide._element.get("show") != "0"
    ]
    title = (show.core_properties.title or "").strip()
    return Content((title if title != "PowerPoint Presentation" else "") or None, pages)


def _lines(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield f"## {_plain(title.text_frame.text)}"
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False) and shape.has_table:
            yield from table([_row(row) for row in shape.table.rows])
        elif shape.has_text_frame:
            texts = [_plain(p.text) for p in shape.text_frame.paragraphs]
            filled = [t for t in texts if t]
            # Lines of one text field are points, unless there is but one.
            yield from (f"- {t}" if len(filled) > 1 and not t.startswith("-") else t for t in filled)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = [_plain(p.text) for p in slide.notes_slide.notes_text_frame.paragraphs]
        if any(notes):
            yield "### Talerens noter"
            yield from (n for n in notes if n)


def _row(row: Any) -> list[str]:
    cells = list(row.cells)
    if cells[0].is_merge_origin and cells[0].span_width == len(cells):
        return [cells[0].text_frame.text]
    return [c.text_frame.text for c in cells]


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes, those of groups too, from the top of the slide down."""
    for shape in sorted(shapes, key=lambda s: (s.top or 0, s.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
