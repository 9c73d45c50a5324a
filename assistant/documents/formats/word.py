"""Reads Word: headings by their style, lists, tables and notes, as a reader sees them.

python-docx opens the file. The text of a paragraph is collected here, because text inserted under tracked changes must
be included, and deleted or hidden text must not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.documents.formats import archive
from assistant.documents.formats.numbering import Numbering
from assistant.documents.formats.sections import sections, table
from assistant.language.marks import lowered, raised
from assistant.models import Content, Page, Unread

RAISED = 4  # half points; characters shifted by more are superscript or subscript
SHORT = 12  # most words of a bold paragraph that counts as a heading


def read_word(path: Path) -> Content:
    """The title of the document (or None) and its sections. Raises ReadError."""
    from docx import Document

    archive.check(path)
    document = Document(str(path))
    reader = _Reader(_notes(document), Numbering(document), document.styles.element)
    pages = sections(_lines(document, reader))
    margins = list(dict.fromkeys(_margins(document, reader)))
    if margins:
        pages.append(Page(len(pages) + 1, "\n".join(margins), "markup", "sidehoved og sidefod"))
    title = (document.core_properties.title or "").strip()
    return Content(title or None, pages, tuple(_unread(document)), "\n".join(margins))


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is needed to read blocks: the notes by id, the automatic numbers, the styles."""

    notes: dict[str, str]
    numbers: Numbering
    styles: Any


def _margins(document: Any, reader: _Reader) -> Iterator[str]:
    """The lines of headers and footers; lines without words, such as page numbers, are left out."""
    for section in document.sections:
        for part in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            if not part.is_linked_to_previous:
                yield from (line for line in _lines(part, reader) if re.search(r"[^\W\d_]{3}", line))


def _unread(document: Any) -> Iterator[Unread]:
    """What the document shows but is not read: charts and embedded files."""
    kinds = [r.reltype.rsplit("/", 1)[-1] for r in document.part.rels.values()]
    for kind, what in (("chart", "diagram"), ("oleObject", "indlejret fil"), ("package", "indlejret fil")):
        if count := kinds.count(kind):
            why = f"{count} i dokumentet læses ikke" if count > 1 else "læses ikke"
            yield Unread(what, why, "Se det i filen, eller skriv tallene i en tabel.")


def _lines(container: Any, reader: _Reader) -> Iterator[str]:
    """The lines of a document or a cell, including content controls and text boxes."""
    from docx.oxml.ns import qn
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    def blocks(element: Any) -> Iterator[Any]:
        for child in element:
            if child.tag == qn("w:p"):
                yield Paragraph(child, container)
            elif child.tag == qn("w:tbl"):
                yield Table(child, container)
            elif child.tag == qn("w:sdt") and (inner := child.find(qn("w:sdtContent"))) is not None:
                yield from blocks(inner)

    root = container._element
    for block in blocks(root.body if hasattr(root, "body") else root):
        if isinstance(block, Table):
            yield from table([_row(row, reader) for row in block.rows])
            continue
        yield from _paragraph(block, reader)
        for box in block._p.iter(qn("w:txbxContent")):
            if not _superseded(box):
                for inner in box.iterchildren(qn("w:p")):
                    yield from _paragraph(Paragraph(inner, block._parent), reader)


def _paragraph(block: Any, reader: _Reader) -> Iterator[str]:
    text, cited = _text(block._p, reader.styles)
    if not text:
        return
    number = reader.numbers.next(block)
    if number:
        text = f"{number} {text}"
    level = _level(block)
    if level:
        yield f"{'#' * level} {text}"
    elif number and _listed(block):
        yield text
    elif _listed(block):
        yield f"- {text}"
    elif _bold(block) and len(text.split()) <= SHORT and not re.search(r"[.;,]$", text):
        yield f"### {text.rstrip(':')}"
    else:
        yield re.sub(r"^[-–•·]\s*", "- ", text)
    yield from (f"Note: {reader.notes[n]}" for n in cited if n in reader.notes)


def _row(row: Any, reader: _Reader) -> list[str]:
    """The cells of a row. A single cell that spans the table gives one cell; a cell that spans several columns is
    repeated in each."""
    cells = list(row.cells)
    if len({id(c._tc) for c in cells}) == 1:
        return [_cell(cells[0], reader)]
    return [_cell(c, reader) for c in cells]


def _cell(cell: Any, reader: _Reader) -> str:
    return " ".join(re.sub(r"^(?:#+|-) ", "", line) for line in _lines(cell, reader))


def _superseded(element: Any) -> bool:
    """Whether the element is the fallback copy for older programs, or deleted under tracked changes."""
    from docx.oxml.ns import qn

    gone = (qn("w:del"), qn("w:moveFrom"))
    return any(a.tag in gone or str(a.tag).endswith("}Fallback") for a in element.iterancestors())


def _text(paragraph: Any, styles: Any = None) -> tuple[str, list[str]]:
    """The text of a paragraph, and the ids of the notes it refers to."""
    from docx.oxml.ns import qn

    out: list[str] = []
    cited: list[str] = []
    for run in paragraph.iter(qn("w:r")):
        if next(run.iterancestors(qn("w:p"))) is not paragraph:
            continue
        style = run.find(qn("w:rPr"))
        named = _named_styles(style, styles)
        if _superseded(run) or _placeholder(run) or _on(style, "w:vanish") or _struck(named):
            continue
        placed = _placed(named)
        for part in run:
            out.append(_characters(part, placed))
            if part.tag in (qn("w:footnoteReference"), qn("w:endnoteReference")):
                cited.append(f"{part.tag == qn('w:endnoteReference')}{part.get(qn('w:id'))}")
    return re.sub(r"\s+", " ", "".join(out)).strip(), cited


def _characters(part: Any, placed: Callable[[str], str] | None) -> str:
    """The characters of an element of a run, converted by `placed` if they are superscript or subscript."""
    from docx.oxml.ns import qn

    if part.tag == qn("w:t"):
        return placed(part.text or "") if placed else part.text or ""
    if part.tag in (qn("w:tab"), qn("w:br"), qn("w:cr")):
        return " "
    return "-" if part.tag == qn("w:noBreakHyphen") else ""


def _struck(styles: Sequence[Any]) -> bool:
    """Whether a run is struck out: its text is no longer in force."""
    return any(_on(one, name) for one in styles for name in ("w:strike", "w:dstrike"))


def _placeholder(run: Any) -> bool:
    """Whether a run is the placeholder text of an empty field."""
    from docx.oxml.ns import qn

    fields = (a.find(qn("w:sdtPr")) for a in run.iterancestors(qn("w:sdt")))
    return any(f is not None and f.find(qn("w:showingPlcHdr")) is not None for f in fields)


def _named_styles(style: Any, styles: Any) -> list[Any]:
    """The properties of a run and of the character styles it is based on, nearest first."""
    from docx.oxml.ns import qn

    found = [style] if style is not None else []
    name = style.find(qn("w:rStyle")) if style is not None else None
    for _ in range(8):  # limit for chains of styles
        if name is None or styles is None:
            break
        own = next(
            (s for s in styles.iter(qn("w:style")) if s.get(qn("w:styleId")) == name.get(qn("w:val"))), None
        )
        if own is None:
            break
        if (inner := own.find(qn("w:rPr"))) is not None:
            found.append(inner)
        name = own.find(qn("w:basedOn"))
    return found


def _placed(styles: Sequence[Any]) -> Callable[[str], str] | None:
    """The function that writes a run as superscript or subscript, or None for normal text."""
    from docx.oxml.ns import qn

    for style in styles:
        level = style.find(qn("w:vertAlign"))
        if level is not None:
            return {"superscript": raised, "subscript": lowered}.get(level.get(qn("w:val")))
        position = style.find(qn("w:position"))
        if position is not None and abs(shift := int(position.get(qn("w:val")))) >= RAISED:
            return raised if shift > 0 else lowered
    return None


def _on(style: Any, name: str) -> bool:
    """Whether a run's properties switch something on."""
    from docx.oxml.ns import qn

    found = style.find(qn(name)) if style is not None else None
    return found is not None and found.get(qn("w:val")) not in ("0", "false")


def _notes(document: Any) -> dict[str, str]:
    """Texts of footnotes and endnotes by key: whether it is an endnote, then its id."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    found: dict[str, str] = {}
    for relation in document.part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1]
        if kind not in ("footnotes", "endnotes") or relation.is_external:
            continue
        for note in parse_xml(relation.target_part.blob):
            texts = [_text(p)[0] for p in note.iter(qn("w:p"))]
            if any(texts):
                found[f"{kind == 'endnotes'}{note.get(qn('w:id'))}"] = " ".join(t for t in texts if t)
    return found


def _level(paragraph: Any) -> int:
    """Heading level 1 to 6 by style or outline, 0 for none."""
    from docx.oxml.ns import qn

    style = paragraph.style
    while style is not None:
        if m := re.match(r"(?:heading|overskrift)\s*(\d)", style.name or "", re.IGNORECASE):
            return min(int(m.group(1)), 6)
        if re.match(r"(?:title|titel)$", style.name or "", re.IGNORECASE):
            return 1
        outline = style.element.find(f".//{qn('w:outlineLvl')}")
        if outline is not None and int(outline.get(qn("w:val"))) < 6:
            return int(outline.get(qn("w:val"))) + 1
        style = style.base_style
    return 0


def _listed(paragraph: Any) -> bool:
    from docx.oxml.ns import qn

    if paragraph._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None:
        return True
    return (
        bool(re.match(r"list|opstilling", paragraph.style.name or "", re.IGNORECASE))
        if paragraph.style
        else False
    )


def _bold(paragraph: Any) -> bool:
    runs = [r for r in paragraph.runs if r.text.strip()]
    return bool(runs) and all(r.bold for r in runs)
