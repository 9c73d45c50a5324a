"""Word: headings by their style, lists, tables and notes, as a reader sees them.

python-docx opens the file; the text of a paragraph is gathered here, since what was inserted under
tracked changes must be in it, and what was deleted or hidden must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.loading import archive
from assistant.loading.sections import sections, table
from assistant.models import Page

SHORT = 12  # words of a paragraph in bold that is a heading in all but its style


def read_word(path: Path) -> tuple[str | None, list[Page]]:
    """The document's title (or None) and its sections. Raises ReadError."""
    from docx import Document

    archive.check(path)
    document = Document(str(path))
    lines = list(_lines(document, document, _notes(document)))
    return (document.core_properties.title or "").strip() or None, sections(lines)


def _lines(document: Any, container: Any, notes: dict[str, str]) -> Iterator[str]:
    from docx.table import Table

    for block in container.iter_inner_content():
        if isinstance(block, Table):
            yield from table([[_cell(document, c, notes) for c in row.cells] for row in block.rows])
            continue
        text, cited = _text(block._p)
        if not text:
            continue
        level = _level(block)
        if level:
            yield f"{'#' * level} {text}"
        elif _listed(block):
            yield f"- {text}"
        elif _bold(block) and len(text.split()) <= SHORT and not re.search(r"[.;,]$", text):
            yield f"### {text.rstrip(':')}"
        else:
            yield re.sub(r"^[-–•·]\s*", "- ", text)
        yield from (f"Note: {notes[n]}" for n in cited if n in notes)


def _cell(document: Any, cell: Any, notes: dict[str, str]) -> str:
    return " ".join(re.sub(r"^(?:#+|-) ", "", line) for line in _lines(document, cell, notes))


def _text(paragraph: Any) -> tuple[str, list[str]]:
    """What is read of a paragraph, and the ids of the notes it refers to."""
    from docx.oxml.ns import qn

    out: list[str] = []
    cited: list[str] = []
    for run in paragraph.iter(qn("w:r")):
        if any(a.tag in (qn("w:del"), qn("w:moveFrom")) for a in run.iterancestors()):
            continue
        style = run.find(qn("w:rPr"))
        hidden = style.find(qn("w:vanish")) if style is not None else None
        if hidden is not None and hidden.get(qn("w:val")) not in ("0", "false"):
            continue
        for part in run:
            if part.tag == qn("w:t"):
                out.append(part.text or "")
            elif part.tag in (qn("w:tab"), qn("w:br"), qn("w:cr")):
                out.append(" ")
            elif part.tag == qn("w:noBreakHyphen"):
                out.append("-")
            elif part.tag in (qn("w:footnoteReference"), qn("w:endnoteReference")):
                cited.append(f"{part.tag == qn('w:endnoteReference')}{part.get(qn('w:id'))}")
    return re.sub(r"\s+", " ", "".join(out)).strip(), cited


def _notes(document: Any) -> dict[str, str]:
    """Texts of footnotes and endnotes by (whether it is an endnote, id)."""
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
    """1 to 6 for a heading by style or outline, 0 for none."""
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
