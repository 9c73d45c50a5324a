"""A report as an Excel workbook: an overview, a sheet for each topic, and the sources."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.messages import date_text, printable
from assistant.reports.report import CHANGED, SIDES, STANDINGS, Figure, Line, Matter, Report, Standing

if TYPE_CHECKING:
    from openpyxl import Workbook

OVERVIEW, CHANGES, SOURCES = "Overblik", "Siden sidst", "Kilder"
CELL_CHARS = 32_767  # most UTF-16 units in a cell, a limit of Excel
NAME_CHARS = 31  # most characters of a sheet's name
SHORT = 90  # most characters of a line in the overview
CUT = " … [afkortet; læs resten på siden]"
INK, QUIET, LINK, HEAD, RULE = "1B2430", "4D5A68", "0B4F9E", "1F3A5F", "C9D1DB"
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
FORMATS = {"%": "0{}%", "kr.": '#,##0{} "kr."', "": "#,##0{}"}


def write(report: Report, path: Path) -> None:
    """Write the report as a workbook. Raises OSError."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.creator = "Rammeaftale-assistent"
    book.properties.title, book.properties.subject = _text(report.title), "Sammenligning af rammeaftaler"
    book.properties.language = "da-DK"
    _styles(book)
    book.active.title = OVERVIEW
    names = sheet_names([m.title for m in report.matters], (OVERVIEW, CHANGES, SOURCES, "History"))
    for name in (*([CHANGES] if report.since else []), *names, SOURCES):
        book.create_sheet(name)
    _overview(book[OVERVIEW], report, names)
    if report.since:
        _changes(book[CHANGES], report)
    for name, matter in zip(names, report.matters, strict=True):
        _matter(book[name], report, matter)
    _sources(book[SOURCES], report)
    book.save(path)


def sheet_names(titles: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """A valid and unique Excel sheet name for each title.

    >>> sheet_names(["Løn/ferie", "løn ferie", "History", "x" * 40, "?"], ["History"])
    ['Løn ferie', 'løn ferie (2)', 'History (2)', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'Emne']
    """
    known, names = {name.casefold() for name in taken}, []
    for title in titles:
        bare = " ".join(re.sub(r"[][:*?/\\']", " ", printable(title)).split()) or "Emne"
        name, again = _within(bare, NAME_CHARS), 1
        while name.casefold() in known:
            again += 1
            name = f"{_within(bare, NAME_CHARS - len(f' ({again})'))} ({again})"
        known.add(name.casefold())
        names.append(name)
    return names


def _within(text: str, units: int) -> str:
    """The start of a text, at most `units` UTF-16 units long (Excel's measure) and without half a character.

    >>> _within("aæ", 2), _within("a😀", 2)
    ('aæ', 'a')
    """
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").strip()


def _text(text: str) -> str:
    """A text as a cell can hold it. "_x0041_" is escaped, because Excel would read it as "A"."""
    plain = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", printable(text))
    fits = len(plain.encode("utf-16-le")) <= 2 * CELL_CHARS
    return plain if fits else _within(plain, CELL_CHARS - len(CUT)) + CUT


def _put(sheet: Any, row: int, column: int, value: Any, style: str = "Aftale tekst") -> Any:
    """Write a cell: a number as a number, a text as a text even if it begins like a formula, also after editing."""
    cell = sheet.cell(row, column)
    cell.style = style
    if isinstance(value, str) and value:
        cell.value = _text(value)
        cell.data_type = "s"
        cell.quotePrefix = bool(FORMULA.match(value))
    elif value != "":
        cell.value = value
    return cell


def _across(sheet: Any, row: int, column: int, text: str, style: str, widths: Sequence[float]) -> None:
    """Write a text across the columns from `column` to the last. The height is estimated, because no program fits
    merged cells."""
    _put(sheet, row, column, text, style)
    sheet.merge_cells(start_row=row, end_row=row, start_column=column, end_column=len(widths))
    sheet.row_dimensions[row].height = _height(text, sum(widths[column - 1 :]))


def _height(text: str, width: float) -> float:
    """The estimated height of a row, in points, for a text in a column `width` characters wide. Estimated, because
    not every program fits rows when it opens a workbook, and none does for merged cells."""
    lines = sum(max(1, len(textwrap.wrap(line, int(1.1 * width)))) for line in text.split("\n"))
    return min(409, 15 * lines + 3)


def _overview(sheet: Any, report: Report, names: Sequence[str]) -> None:
    """The overview: topics as rows, sides as columns, and the verdict of each topic first."""
    sides = report.sides
    widths = [32, 21, *[26 if len(sides) < 6 else 20] * len(sides)]
    _put(sheet, 1, 1, report.title, "Aftale titel")
    _put(sheet, 2, 1, f"Lavet {date_text(report.made)}", "Aftale note")
    _across(sheet, 2, 2, f"Udarbejdet af {report.drawn_from}", "Aftale note", widths)
    head = 3
    for column, text in enumerate(("Emne", "Dom", *sides), start=1):
        _put(sheet, head, column, text, "Aftale hoved")
    last = head + len(report.matters)
    for row, (matter, name) in enumerate(zip(report.matters, names, strict=True), start=head + 1):
        _linked(_put(sheet, row, 1, matter.title, "Aftale link"), name)
        _put(sheet, row, 2, matter.verdict.word, f"Aftale {matter.verdict.word}")
        for column, side in enumerate(sides, start=3):
            own = [line for line in matter.lines if line.side == side]
            silent = bool(own) and all(line.standing == "silent" for line in own)
            unsure = any(line.standing == "unsure" for line in own)
            style = "Aftale Tavs" if silent else "Aftale Usikkert" if unsure else "Aftale tekst"
            _put(sheet, row, column, "\n".join(dict.fromkeys(map(_brief, own))), style)
    _framed(sheet, head, last, widths, "B")
    _across(sheet, last + 2, 1, report.counted, "Aftale note", widths)
    _put(sheet, last + 4, 1, "Sådan læses farverne", "Aftale mellemtitel")
    for row, standing in enumerate(_shown(report), start=last + 5):
        _put(sheet, row, 1, standing.word, f"Aftale {standing.word}")
        _across(sheet, row, 2, standing.meaning, "Aftale note", widths)


def _shown(report: Report) -> list[Standing]:
    """The standings that occur in the report, for the colour legend."""
    own = {m.standing for m in report.matters} | {line.standing for m in report.matters for line in m.lines}
    return [STANDINGS[key] for key in STANDINGS if key in own]


def _brief(line: Line) -> str:
    """A line in brief: its value, else the start of its quote."""
    if line.standing == "silent":
        return STANDINGS["silent"].word
    words = line.value or f"»{line.quote}«"
    short = words if len(words) <= SHORT else words[:SHORT].rsplit(" ", 1)[0] + " …"
    return f"{short} ({STANDINGS['unsure'].word.lower()})" if line.standing == "unsure" else short


def _matter(sheet: Any, report: Report, matter: Matter) -> None:
    """The sheet of a topic: the verdict, then a row for each side with its full quote and its place."""
    first = SIDES[report.by]
    heads = [first, *(h for h in ("Region", "Periode") if h != first)]
    linked = any(place.link for line in matter.lines for place in line.places)
    heads += [
        "Værdi",
        "Tal",
        "Status",
        "Citat",
        "Kilde",
        "Side (åbner stedet)" if linked else "Side",
        "Kontrol",
    ]
    widths = [15.0, *[12] * (len(heads) - 8), 24, 13, 11, 62, 32, 13, 16]
    _put(sheet, 1, 1, matter.title, "Aftale titel")
    _put(sheet, 2, 1, matter.verdict.word, f"Aftale {matter.verdict.word}")
    _across(sheet, 2, 2, matter.lead, "Aftale note", widths)
    _linked(_put(sheet, 3, 1, f"‹ {OVERVIEW}", "Aftale link"), OVERVIEW)
    _across(sheet, 3, 2, f"Spørgsmål: {matter.question}", "Aftale note", widths)
    head = 4
    for column, text in enumerate(heads, start=1):
        _put(sheet, head, column, text, "Aftale hoved")
    for row, line in enumerate(matter.lines, start=head + 1):
        own = {first: line.side, "Region": line.region, "Periode": line.period, "Værdi": line.value}
        for column, text in enumerate(heads, start=1):
            if text in own:
                _put(sheet, row, column, line.side if text == first else own[text])
        at = len(heads) - 5
        _figure(sheet, row, at, line.figure)
        standing = STANDINGS.get(line.standing)
        word = standing.word if standing else "Fundet"
        _put(sheet, row, at + 1, word, f"Aftale {word}" if standing else "Aftale tekst")
        _put(sheet, row, at + 2, line.quote)
        _put(sheet, row, at + 3, "\n".join(dict.fromkeys(p.source.document for p in line.places)))
        pages = "\n".join(dict.fromkeys(p.page for p in line.places))
        page = _put(sheet, row, at + 4, int(pages) if pages.isdigit() else pages)
        if line.places and line.places[0].link:
            page.hyperlink, page.style = line.places[0].link, "Aftale link"
        _put(sheet, row, at + 5, line.checked)
    last = head + len(matter.lines)
    _framed(sheet, head, last, widths, "B")
    for row, note in enumerate(matter.notes, start=last + 2):
        _across(sheet, row, 1, note, "Aftale note", widths)


def _figure(sheet: Any, row: int, column: int, figure: Figure | None) -> None:
    """Write a figure as a sortable number with its unit in the format."""
    if figure is None:
        _put(sheet, row, column, None)
    elif isinstance(figure.amount, dt.date):
        _put(sheet, row, column, figure.amount).number_format = "dd-mm-yyyy"
    else:
        share = figure.amount / 100 if figure.unit == "%" else figure.amount
        places = max(0, -int(figure.amount.normalize().as_tuple().exponent))
        form = FORMATS.get(figure.unit, f'0{{}} "{figure.unit}"')
        _put(sheet, row, column, share).number_format = form.format(f".{'0' * places}" if places else "")


def _changes(sheet: Any, report: Report) -> None:
    """The changes since the last report."""
    _put(sheet, 1, 1, report.since, "Aftale titel")
    _linked(_put(sheet, 2, 1, f"‹ {OVERVIEW}", "Aftale link"), OVERVIEW)
    for row, texts in enumerate((CHANGED, *report.changes), start=3):
        for column, text in enumerate(texts, start=1):
            _put(sheet, row, column, text, "Aftale hoved") if row == 3 else _put(sheet, row, column, text)
    _framed(sheet, 3, 3 + len(report.changes), [30, 20, 26, 40, 40], "A")


def _sources(sheet: Any, report: Report) -> None:
    """The documents quoted, with their pages and topics."""
    heads, widths = (
        ("Nr.", "Titel", "Fil", "Region", "Periode", "Sider", "Emner"),
        [12, 46, 44, 18, 13, 22, 48],
    )
    _put(sheet, 1, 1, SOURCES, "Aftale titel")
    _linked(_put(sheet, 2, 1, f"‹ {OVERVIEW}", "Aftale link"), OVERVIEW)
    for column, text in enumerate(heads, start=1):
        _put(sheet, 3, column, text, "Aftale hoved")
    quoted = [(p, m.title) for m in report.matters for line in m.lines for p in line.places]
    for row, source in enumerate(report.sources, start=4):
        own = [(place, title) for place, title in quoted if place.source == source]
        pages = sorted({p.page for p, _ in own}, key=_in_order)
        told = (
            source.number, source.title, source.document, source.region, source.period,
            ", ".join(pages), "; ".join(dict.fromkeys(title for _, title in own)),
        )  # fmt: skip
        for column, value in enumerate(told, start=1):
            _put(sheet, row, column, value)
    _framed(sheet, 3, 3 + len(report.sources), widths, "A")


def _in_order(page: str) -> tuple[int, str]:
    """
    >>> sorted(["dias 3", "10", "4 (trykt 2)"], key=_in_order)
    ['4 (trykt 2)', '10', 'dias 3']
    """
    first = page.split()[0]
    return (int(first) if first.isdecimal() else 1 << 30), page


def _linked(cell: Any, name: str) -> None:
    """Make a cell a link to a sheet of the same workbook."""
    from openpyxl.utils import quote_sheetname
    from openpyxl.worksheet.hyperlink import Hyperlink

    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(name)}!A1")


def _framed(sheet: Any, head: int, last: int, widths: Sequence[float], column: str) -> None:
    """Make a sheet easy to read on screen and on paper: a frozen head, a filter for each column, and printing on A4,
    one page wide."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.page import PageMargins

    for n, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(n)].width = width
    sheet.row_dimensions[1].height = 26
    for row in range(head, last + 1):
        cells = zip(sheet[row], widths, strict=False)
        sheet.row_dimensions[row].height = max(_height(str(cell.value or ""), width) for cell, width in cells)
    sheet.freeze_panes = f"{column}{head + 1}"
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(widths))}{last}"
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_margins = PageMargins(left=0.5, right=0.5, top=0.5, bottom=0.7, header=0.3, footer=0.3)
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "Side &P af &N"


def _styles(book: Workbook) -> None:
    """The named styles, so that a reader can change the look in one place."""
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

    rule = Side("thin", RULE)
    boxed, top = (
        Border(left=rule, right=rule, top=rule, bottom=rule),
        Alignment("left", "top", wrap_text=True),
    )

    def style(
        name: str, font: Font, alignment: Alignment = top, border: Border | None = None, fill: str = ""
    ) -> None:
        made = NamedStyle(f"Aftale {name}", font=font, alignment=alignment, border=border or Border())
        if fill:
            made.fill = PatternFill("solid", fill)
        book.add_named_style(made)

    style("titel", Font("Calibri", 16, bold=True, color=INK), Alignment(vertical="center"))
    style("mellemtitel", Font("Calibri", 12, bold=True, color=INK), Alignment(vertical="center"))
    style("note", Font("Calibri", 11, color=QUIET), Alignment(vertical="top", wrap_text=True))
    style(
        "hoved",
        Font("Calibri", 11, bold=True, color="FFFFFF"),
        Alignment(vertical="center", wrap_text=True),
        boxed,
        HEAD,
    )
    style("tekst", Font("Calibri", 11, color=INK), border=boxed)
    style("link", Font("Calibri", 11, color=LINK, underline="single"), border=boxed)
    for standing in STANDINGS.values():
        style(standing.word, Font("Calibri", 11, bold=True, color=INK), border=boxed, fill=standing.fill)
