"""Reads OpenDocument text, as written by LibreOffice: headings, paragraphs, lists and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.documents.formats import archive
from assistant.documents.formats.sections import sections, table
from assistant.errors import ReadError
from assistant.language.marks import raised
from assistant.models import Content

HIDDEN = frozenset({"text:tracked-changes", "office:annotation", "text:hidden-text", "text:hidden-paragraph"})


def read_text(path: Path) -> Content:
    """The document's title (or None) and its sections. Raises ReadError."""
    from odfdo import Document

    archive.check(path)
    document = Document(path)
    if document.get_type() != "text":
        raise ReadError(f"{path.name} er ikke en tekst. Gem filen som .docx eller PDF.")
    lines = list(_lines(document.body, _styles(document)))
    title = (document.meta.title or "").strip()
    return Content(title or None, sections(lines))


@dataclass(frozen=True, slots=True)
class _Styles:
    """Names of the text styles for superscript, and of those for struck-out text."""

    above: frozenset[str]
    struck: frozenset[str]


def _styles(document: Any) -> _Styles:
    above, struck = set(), set()
    for style in document.get_styles("text"):
        properties = style.get_properties(area="text") or {}
        if str(properties.get("style:text-position", "")).startswith(("super", "33")):
            above.add(style.name)
        if any(
            properties.get(f"style:text-line-through-{name}", "none") != "none" for name in ("style", "type")
        ):
            struck.add(style.name)
    return _Styles(frozenset(above), frozenset(struck))


def _lines(element: Any, styles: _Styles) -> Iterator[str]:
    for child in element.children:
        if child.tag in HIDDEN:
            continue
        if child.tag == "text:h":
            level = min(int(child.get_attribute("text:outline-level") or 1), 6)
            yield f"{'#' * level} {_said(child, styles)}"
        elif child.tag == "text:p":
            yield _said(child, styles)
        elif child.tag == "text:list":
            for item in child.children:
                yield from (f"- {line.removeprefix('- ')}" for line in _lines(item, styles) if line)
        elif child.tag == "table:table":
            yield from table(_rows(child, styles))
        else:
            yield from _lines(child, styles)


def _rows(element: Any, styles: _Styles) -> list[list[str]]:
    """The rows of a table. The text of a merged cell is repeated in each row and column it covers."""
    rows: list[list[str]] = []
    held: dict[int, tuple[int, str]] = {}  # column → (rows below that a merged cell still covers, its text)
    for row in element.get_elements("descendant::table:table-row"):
        cells: list[str] = []
        for cell in row.children:
            if cell.tag == "table:covered-table-cell":
                left, words = held.get(len(cells), (0, ""))
                cells.append(words if left else (cells[-1] if cells else ""))
                held[len(cells) - 1] = (left - 1, words)
                continue
            words = " ".join(line for line in _lines(cell, styles) if line)
            high = int(cell.get_attribute("table:number-rows-spanned") or 1)
            for _ in range(min(int(cell.get_attribute("table:number-columns-repeated") or 1), 100)):
                held[len(cells)] = (high - 1, words)
                cells.append(words)
        if any(cells):
            rows.append(cells)
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _said(element: Any, styles: _Styles) -> str:
    """The text of a paragraph, with superscript marked."""
    text = element.text or ""
    for child in element.children:
        if child.tag in ("text:s", "text:tab", "text:line-break"):
            text += " "
        elif child.tag == "text:note":
            note = child.get_element("text:note-body")
            text += f" (note: {_said_all(note, styles)})" if note is not None else ""
        elif child.tag not in HIDDEN:
            style = child.get_attribute("text:style-name")
            inner = "" if style in styles.struck else _said(child, styles)
            text += raised(inner) if style in styles.above else inner
        text += child.tail or ""
    return " ".join(text.split())


def _said_all(element: Any, styles: _Styles) -> str:
    return " ".join(line for line in _lines(element, styles) if line)
