"""A report as a Word document: an annex to the documents of a meeting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.messages import date_text, printable
from assistant.reports.report import CHANGED, GROUPS, SIDES, STANDINGS, Line, Matter, Place, Report, Source

CONTENTS = 5  # with more topics than this, there is a table of contents
WHOLE = 2_000  # rows with fewer characters are kept on one page
FONT, INK, QUIET, LINK, HEAD = "Calibri", "1B2430", "4D5A68", "0B4F9E", "E3E9F1"
WIDTHS = (28, 82, 38, 22)  # column widths of a table in mm; their sum is the width between the margins


def write(report: Report, path: Path) -> None:
    """Write the report as an annex. Raises OSError."""
    from docx import Document

    paper = Document()
    _set_up(paper, report)
    _opening(paper, report)
    _summary(paper, report)
    if len(report.matters) > CONTENTS:
        _contents(paper, report)
    if report.since:
        _changes(paper, report)
    number = 0
    for kind, group in GROUPS.items():
        own = report.group(kind)
        if own:
            paper.add_heading(group, 1)
        for matter in own:
            number += 1
            _matter(paper, report, matter, number)
    _sources(paper, report)
    paper.save(str(path))


def _set_up(paper: Any, report: Report) -> None:
    """A4, Danish, readable styles, the file's properties, and page numbers."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    told = paper.core_properties
    told.title, told.subject = printable(f"Bilag: {report.title}")[:255], "Sammenligning af rammeaftaler"
    told.author = told.last_modified_by = "Rammeaftale-assistent"
    told.language, told.comments, told.keywords = "da-DK", "", "rammeaftale, sammenligning"
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(22)
    for language in paper.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "da-DK")
    theme = paper.settings.element.find(qn("w:themeFontLang"))
    theme.set(qn("w:val"), "da-DK")
    looks = {"Normal": (11, False), "Title": (22, True), "Heading 1": (15, True), "Heading 2": (12.5, True)}
    for name in ("Tabeltekst", "Note"):
        made = paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = paper.styles["Normal"]
        looks[name] = (9.5, False)
    for name, (size, bold) in looks.items():
        style = paper.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for old in list(fonts.attrib):
            del fonts.attrib[old]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
        style.font.color.rgb = RGBColor.from_string(QUIET if name == "Note" else INK)
    paper.styles["Normal"].paragraph_format.space_after = Pt(6)
    paper.styles["Normal"].paragraph_format.line_spacing = 1.1
    paper.styles["Heading 2"].paragraph_format.space_before = Pt(16)
    paper.styles["Heading 2"].paragraph_format.space_after = Pt(4)
    paper.styles["Tabeltekst"].paragraph_format.space_after = Pt(2)
    paper.styles["Note"].paragraph_format.space_before = Pt(4)
    foot = section.footer.paragraphs[0]
    foot.style = paper.styles["Note"]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for words, code in (("Side ", "PAGE"), (" af ", "NUMPAGES")):
        foot.add_run(words)
        _field(foot, code, "1")


def _opening(paper: Any, report: Report) -> None:
    """What it is an annex to, with lines to fill in, and what it is based on."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Mm

    _words(paper.add_heading("", 0), f"Bilag: {report.title}")
    for label, told in (
        ("Bilag til", ""),
        ("Dagsordenspunkt", ""),
        ("Dato", date_text(report.made)),
        ("Udarbejdet af", report.drawn_from),
    ):
        line = paper.add_paragraph()
        line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Mm(38), Mm(-38)
        line.paragraph_format.tab_stops.add_tab_stop(Mm(38))
        line.add_run(f"{label}:").bold = True
        if told:
            _words(line, f"\t{told}")
        else:
            line.paragraph_format.tab_stops.add_tab_stop(Mm(170), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES)
            line.add_run("\t\t")


def _summary(paper: Any, report: Report) -> None:
    """Which topics are in which state, in plain words."""
    paper.add_heading("Kort fortalt", 1)
    if len(report.matters) > 1:
        paper.add_paragraph(report.counted)
    for key in STANDINGS:
        own = [m.title for m in report.matters if m.standing == key]
        if own:
            line = paper.add_paragraph(style="List Bullet")
            _verdict(line, key)
            _words(line, f" ({len(own)}): {'; '.join(own)}")
    paper.add_paragraph(
        "Under hvert emne står, hvad hver part siger, i dokumentets egne ord. Tallet i skarp parentes viser til "
        "listen over kilder sidst i bilaget. Tavs betyder, at søgningen intet fandt, ikke at aftalen intet siger."
    )


def _contents(paper: Any, report: Report) -> None:
    """The table of contents inside a field; Word adds the page numbers when the field is updated."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm, Pt

    title = paper.add_paragraph("Indhold", style="TOC Heading")
    title.paragraph_format.keep_with_next = True
    entry = paper.styles.add_style("toc 2", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    entry.base_style = paper.styles["Normal"]
    entry.paragraph_format.left_indent, entry.paragraph_format.space_after = Mm(4), Pt(1)
    line = paper.add_paragraph(style="Note")
    _mark(line, "begin")
    _code(line, 'TOC \\o "2-2" \\h \\z')
    _mark(line, "separate")
    line.add_run(
        "Sidetal kommer på, når listen opdateres: højreklik på den, og vælg »Opdater felt«."
    ).italic = True
    ordered = [matter for kind in GROUPS for matter in report.group(kind)]
    for number, matter in enumerate(ordered, start=1):
        line = paper.add_paragraph(style="toc 2")
        _linked(line, _heading(matter, number), anchor=f"emne{number}")
    _mark(line, "end")


def _heading(matter: Matter, number: int) -> str:
    return f"{number}. {matter.title}"


def _matter(paper: Any, report: Report, matter: Matter, number: int) -> None:
    """A topic: its state in one line, then each side in its own words."""
    heading = paper.add_heading("", 2)
    _bookmarked(heading, f"emne{number}", number)
    _words(heading, _heading(matter, number))
    verdict = paper.add_paragraph()
    verdict.paragraph_format.keep_with_next = True
    _verdict(verdict, matter.standing)
    _words(verdict, f": {matter.lead}" if matter.lead else "")
    heads = (SIDES[report.by], "Siger", "Kilde", "Kontrol")
    table = _table(paper, heads, WIDTHS, f"Hvad hver part siger om {matter.title}")
    for line in matter.lines:
        _row(table, line)
    for note in matter.notes:
        _words(paper.add_paragraph(style="Note"), note)


def _row(table: Any, line: Line) -> None:
    cells = _cells(table, whole=len(line.quote) + len(line.value) < WHOLE)
    _words(cells[0].paragraphs[0], line.side, bold=True)
    for more in line.beside:
        _words(cells[0].add_paragraph(style="Tabeltekst"), more)
    said = cells[1].paragraphs[0]
    if line.standing in STANDINGS:
        _verdict(said, line.standing)
        said.add_run(": ")
    if line.standing == "silent":
        _words(said, line.value)
    else:
        _words(said, line.value, bold=True)
        quote = cells[1].add_paragraph(style="Tabeltekst") if line.value else said
        _words(quote, f"»{line.quote}«")
    for n, place in enumerate(line.places):
        at = cells[2].paragraphs[0] if n == 0 else cells[2].add_paragraph(style="Tabeltekst")
        _placed(at, place)
    _words(cells[3].paragraphs[0], line.checked)


def _placed(line: Any, place: Place) -> None:
    """Title, page and number of a source; the page is a link where the server is known."""
    _words(line, f"{place.source.title}, ")
    if place.link:
        _linked(line, place.where, url=place.link)
    else:
        _words(line, place.where)
    line.add_run(" ")
    _linked(line, f"[{place.source.number}]", anchor=_kept(place.source))


def _kept(source: Source) -> str:
    return f"kilde{source.number}"


def _changes(paper: Any, report: Report) -> None:
    """The changes since the last report."""
    paper.add_heading(printable(report.since), 1)
    table = _table(paper, CHANGED, (38, 24, 28, 40, 40), report.since)
    for row in report.changes:
        for cell, text in zip(_cells(table), row, strict=True):
            _words(cell.paragraphs[0], text)


def _sources(paper: Any, report: Report) -> None:
    """The documents quoted, by number."""
    if not report.sources:
        return
    paper.add_heading("Kilder", 1)
    table = _table(
        paper, ("Nr.", "Titel", "Fil", "Region og periode"), (14, 62, 58, 36), "De dokumenter, der er citeret"
    )
    for source in report.sources:
        cells = _cells(table)
        where = ", ".join(x for x in (source.region, source.period) if x)
        for cell, text in zip(
            cells, (f"[{source.number}]", source.title, source.document, where), strict=True
        ):
            _words(cell.paragraphs[0], text)
        _bookmarked(cells[0].paragraphs[0], _kept(source), 10_000 + source.number)


# --- what python-docx does not support ---


def _table(paper: Any, heads: tuple[str, ...], widths: tuple[int, ...], about: str) -> Any:
    """A table with its head repeated on every page and a caption for screen readers."""
    from docx.shared import Mm

    table = paper.add_table(rows=1, cols=len(heads), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    _add(table._tbl.tblPr, "w:tblCaption", val=printable(about))
    row = table.rows[0]
    _add(row._tr.get_or_add_trPr(), "w:cantSplit")
    _add(row._tr.get_or_add_trPr(), "w:tblHeader")
    for cell, head, width in zip(row.cells, heads, widths, strict=True):
        cell.width = Mm(width)
        cell.paragraphs[0].style = "Tabeltekst"
        cell.paragraphs[0].paragraph_format.keep_with_next = True
        _words(cell.paragraphs[0], head, bold=True)
        _add(cell._tc.get_or_add_tcPr(), "w:shd", val="clear", color="auto", fill=HEAD)
    return table


def _cells(table: Any, whole: bool = True) -> Any:
    """The cells of a new row; with `whole` the row does not break across pages."""
    row = table.add_row()
    if whole:
        _add(row._tr.get_or_add_trPr(), "w:cantSplit")
    for cell, column in zip(row.cells, table.columns, strict=True):
        cell.width = column.width
        cell.paragraphs[0].style = "Tabeltekst"
    return row.cells


def _verdict(line: Any, standing: str) -> None:
    """The word of a standing on its colour."""
    run = line.add_run(STANDINGS[standing].word)
    run.bold = True
    _add(run._r.get_or_add_rPr(), "w:shd", val="clear", color="auto", fill=STANDINGS[standing].fill)


def _words(line: Any, text: str, bold: bool = False) -> None:
    if text:
        line.add_run(printable(text)).bold = bold or None


def _field(line: Any, code: str, shown: str) -> None:
    _mark(line, "begin")
    _code(line, code)
    _mark(line, "separate")
    line.add_run(shown)
    _mark(line, "end")


def _mark(line: Any, kind: str) -> None:
    _add(line.add_run()._r, "w:fldChar", fldCharType=kind)


def _code(line: Any, code: str) -> None:
    _add(line.add_run()._r, "w:instrText").text = code


def _linked(line: Any, text: str, url: str = "", anchor: str = "") -> None:
    """A text that links to an address or to a bookmark of the document."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    link = _add(line._p, "w:hyperlink", **({"anchor": anchor} if anchor else {}))
    if url:
        link.set(qn("r:id"), line.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = line.add_run(printable(text))
    run.font.color.rgb, run.underline = RGBColor.from_string(LINK), True
    link.append(run._r)


def _bookmarked(line: Any, name: str, number: int) -> None:
    _add(line._p, "w:bookmarkStart", id=str(number), name=name)
    _add(line._p, "w:bookmarkEnd", id=str(number))


def _add(parent: Any, tag: str, **values: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    child = OxmlElement(tag)
    for name, value in values.items():
        child.set(qn(f"w:{name}"), value)
    parent.append(child)
    return child
