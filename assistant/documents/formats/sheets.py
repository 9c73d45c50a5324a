"""Reads Excel: a sheet is a page, a row is a line, and figures are written as the sheet shows them."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.documents.formats import archive
from assistant.documents.formats.sections import table
from assistant.language.document_names import UNCOMPUTED
from assistant.language.marks import lowered, raised
from assistant.language.times import MONTHS
from assistant.models import Content, Page, Unread

DEEPEST = 5_000  # rows that a merged cell may cover
MONTH = list(MONTHS)
# A formula without a value.
_UNCOMPUTED = re.compile(rb"(?:</f>|<f\b[^>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


def read_sheets(path: Path) -> Content:
    """The title of the workbook (or None) and its visible sheets. Raises ReadError."""
    from openpyxl import load_workbook

    archive.check(path)
    book = load_workbook(path, data_only=True, rich_text=True)
    if _uncomputed(path):
        _say_uncomputed(book, load_workbook(path))
    pages = [
        Page(n, "\n".join(_lines(sheet)), "markup", f"ark »{sheet.title}«")
        for n, sheet in enumerate(book.worksheets, start=1)
        if sheet.sheet_state == "visible"
    ]
    charts = [
        Unread(f"diagram på ark »{s.title}«", "tallene er kun tegnet", "Se arket i Excel.")
        for s in book.worksheets
        if getattr(s, "_charts", None)
    ]
    return Content((book.properties.title or "").strip() or None, pages, tuple(charts))


def _uncomputed(path: Path) -> bool:
    """Whether the file has a formula without its value: it was written by another program and never opened in Excel."""
    with zipfile.ZipFile(path) as file:
        sheets = (
            name for name in file.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")
        )
        return any(_UNCOMPUTED.search(file.read(name)) for name in sheets)


def _say_uncomputed(book: Any, formulas: Any) -> None:
    """Marks formulas without a value, because a dash would say that the cell is empty. (A formula whose value is an
    empty string has the type "str" and stays empty.)"""
    for sheet, own in zip(book.worksheets, formulas.worksheets, strict=True):
        for (row, column), formula in list(own._cells.items()):
            cell = sheet.cell(row, column)
            if formula.data_type == "f" and cell.value is None and cell.data_type != "str":
                cell.value = UNCOMPUTED


def _lines(sheet: Any) -> Iterator[str]:
    yield f"## {sheet.title}"
    filled = _filled(sheet)
    if not filled:
        return
    columns = sorted({column for own in filled.values() for column in own})
    ranges = sheet.merged_cells.ranges
    spanning = {a.min_row for a in ranges if a.min_col <= columns[0] and a.max_col >= columns[-1]}
    wide: dict[int, list[Any]] = {}
    for area in ranges:
        if area.max_col > area.min_col:
            wide.setdefault(area.min_row, []).append(area)
    for row, column, cell in _held(sheet, columns):  # a cell merged over rows applies to each of them
        if not sheet.row_dimensions[row].hidden:
            filled.setdefault(row, {}).setdefault(column, cell)
    rows: list[list[str]] = []
    before = 0
    for number in sorted(filled):
        if rows and number > before + 1:  # an empty row ends a table
            yield from table(rows)
            rows = []
        before, own = number, filled[number]
        if number in spanning:
            rows.append([shown(c.value, c.number_format) for c in own.values()][:1])
            continue
        own = _widened(own, columns, wide.get(number, ()))
        rows.append([shown(own[c].value, own[c].number_format) if c in own else "" for c in columns])
    yield from table(rows)


def _filled(sheet: Any) -> dict[int, dict[int, Any]]:
    """The visible cells that have a value: row → column → cell."""
    gone = {
        column
        for dimension in sheet.column_dimensions.values()
        if dimension.hidden
        for column in range(dimension.min or 0, (dimension.max or 0) + 1)
    }
    # Only existing cells: one stray cell in the last row must not create a million empty ones.
    filled: dict[int, dict[int, Any]] = {}
    for (row, column), cell in sheet._cells.items():
        if cell.value is not None and column not in gone and not sheet.row_dimensions[row].hidden:
            filled.setdefault(row, {})[column] = cell
    return filled


def _widened(own: dict[int, Any], columns: Sequence[int], areas: Sequence[Any]) -> dict[int, Any]:
    """A row's cells by column. In a row of text alone, a cell merged over several columns applies to each."""
    if len(own) < 2 or not all(isinstance(c.value, str | list) for c in own.values()):
        return own
    cells = dict(own)
    for area in areas:
        if area.min_col in cells:
            over = (c for c in columns if area.min_col <= c <= area.max_col)
            cells |= dict.fromkeys(over, cells[area.min_col])
    return cells


def _held(sheet: Any, columns: Sequence[int]) -> Iterator[tuple[int, int, Any]]:
    """(row, column, merged cell) for each position in these columns below the first row of cells merged over several
    rows."""
    for area in sheet.merged_cells.ranges:
        cell = sheet._cells.get((area.min_row, area.min_col))
        if area.max_row == area.min_row or cell is None or cell.value is None:
            continue
        for row in range(area.min_row + 1, min(area.max_row, area.min_row + DEEPEST) + 1):
            for column in columns:
                if area.min_col <= column <= area.max_col:
                    yield row, column, cell


def shown(value: object, form: str) -> str:
    """The value of a cell as shown in Danish.

    >>> shown(2424, "#,##0"), shown(0.95, "0%"), shown(1284.5, "#,##0.00"), shown(2026, "General")
    ('2.424', '95 %', '1.284,50', '2026')
    >>> shown(0.004, "General"), shown(12, '0"%"'), shown(0.975, "0.0%")
    ('0,004', '12 %', '97,5 %')
    >>> shown(dt.datetime(2026, 1, 1), "dd-mm-yyyy"), shown(None, "General")
    ('1. januar 2026', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, dt.datetime | dt.date):
        return f"{value.day}. {MONTH[value.month - 1]} {value.year}"
    if not isinstance(value, int | float):
        return _marked(value)
    bare = re.sub(r'"[^"]*"|\\.', "", form.split(";")[0])  # quoted text in a number format is literal
    decimals = re.search(r"0\.(0+)", bare)
    places = len(decimals.group(1)) if decimals else 0
    if "%" in bare:
        return f"{_number(100 * value, places, grouped=False)} %"
    if bare in ("General", "@"):
        return repr(round(value, 10)).removesuffix(".0").replace(".", ",")
    said = "".join(re.findall(r'"([^"]*)"', form.split(";")[0])).strip()
    unit = f" {said}" if said else " kr." if re.search(r"kr|DKK", form) else ""
    return _number(value, places, grouped="#,##" in bare or "# ##" in bare) + unit


def _marked(value: object) -> str:
    """The text of a cell, with superscript and subscript as Unicode characters and without struck-out text."""
    if not isinstance(value, list):
        return str(value)
    text = ""
    for part in value:
        font = getattr(part, "font", None)
        placed = {"superscript": raised, "subscript": lowered}.get(getattr(font, "vertAlign", None) or "")
        struck = bool(getattr(font, "strike", False))
        text += "" if struck else placed(part.text) if placed else str(part)
    return text


def _number(value: float, places: int, *, grouped: bool) -> str:
    text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
    return text.translate(str.maketrans(",.", ".,"))
