"""Reads PowerPoint: a slide is a page with its title, text, tables and charts, then the speaker's notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.documents.formats import archive
from assistant.documents.formats.sections import table
from assistant.language.marks import lowered, raised
from assistant.models import CELL, HEAD, Content, Page


def read_slides(path: Path) -> Content:
    """The title of the presentation (or None) and its slides, without hidden ones. Raises ReadError."""
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
        yield f"## {' '.join(filter(None, map(_marked, title.text_frame.paragraphs)))}"
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        yield from _shape(shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = [_plain(p.text) for p in slide.notes_slide.notes_text_frame.paragraphs]
        if any(notes):
            yield "### Talerens noter"
            yield from (n for n in notes if n)


def _shape(shape: Any) -> Iterator[str]:
    """The lines of a chart, a table or a text field; none of any other shape."""
    if getattr(shape, "has_chart", False) and shape.has_chart:
        yield from _chart(shape.chart)
    elif getattr(shape, "has_table", False) and shape.has_table:
        yield from table([_row(row) for row in shape.table.rows])
    elif shape.has_text_frame:
        texts = [_marked(p) for p in shape.text_frame.paragraphs]
        filled = [t for t in texts if t]
        # Several lines in one text field are list items; a single line is plain text.
        yield from (f"- {t}" if len(filled) > 1 and not t.startswith("-") else t for t in filled)


def _chart(chart: Any) -> Iterator[str]:
    """A chart's values as a table: one row per category, one column per series."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield f"### {_plain(chart.chart_title.text_frame.text)}"
    for plot in chart.plots:
        series = list(plot.series)
        names = [_plain(str(c)) for c in plot.categories] or [
            str(n + 1) for n in range(len(list(series[0].values)))
        ]
        columns = [list(one.values) for one in series]
        head = ["Diagram", *(_plain(one.name or f"Serie {n}") for n, one in enumerate(series, start=1))]
        rows = [
            [name, *(_figure(c[i] if i < len(c) else None) for c in columns)] for i, name in enumerate(names)
        ]
        yield HEAD.join(head)
        yield from (CELL.join(row) for row in rows)


def _figure(value: Any) -> str:
    return "–" if value is None else f"{value:.10g}".replace(".", ",")


def _row(row: Any) -> list[str]:
    cells = list(row.cells)
    if cells[0].is_merge_origin and cells[0].span_width == len(cells):
        return [cells[0].text_frame.text]
    return [_cell(cells, n) for n in range(len(cells))]


def _cell(cells: list[Any], place: int) -> str:
    """The text of a cell. A position covered by a merged cell has the text of that cell."""
    cell = cells[place]
    if cell.is_spanned:
        table = cell._tc.tbl
        column = place
        for row in reversed(list(table.tr_lst)):
            for at in range(column, -1, -1):
                tc = row.tc_lst[at]
                if _covers(tc, cell._tc):
                    return " ".join(t.text or "" for t in tc.iter() if t.tag.endswith("}t"))
    return " ".join(_marked(p) for p in cell.text_frame.paragraphs)


def _covers(origin: Any, cell: Any) -> bool:
    return bool(
        origin.is_merge_origin
        and origin.row_idx <= cell.row_idx < origin.row_idx + origin.rowSpan
        and origin.col_idx <= cell.col_idx < origin.col_idx + origin.gridSpan
    )


def _marked(paragraph: Any) -> str:
    """The text of a paragraph, with superscript and subscript as Unicode characters and without struck-out text."""
    text = ""
    for run in paragraph.runs:
        style = run._r.rPr
        shift = int(style.get("baseline", "0")) if style is not None else 0
        if style is not None and style.get("strike", "noStrike") != "noStrike":
            continue
        text += raised(run.text) if shift > 0 else lowered(run.text) if shift < 0 else run.text
    return _plain(text or paragraph.text if not paragraph.runs else text)


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes, including those in groups, from the top of the slide down."""
    for shape in sorted(shapes, key=lambda s: (s.top or 0, s.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
