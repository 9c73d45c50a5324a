"""Excel: a sheet is a page, a row a line, its figures written as the sheet shows them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.danish import MONTHS
from assistant.loading import archive
from assistant.loading.sections import table
from assistant.models import Page

MONTH = list(MONTHS)


def read_sheets(path: Path) -> tuple[str | None, list[Page]]:
    """The workbook's title (or None) and its visible sheets. Raises ReadError."""
    from openpyxl import load_workbook

    archive.check(path)
    book = load_workbook(path, data_only=True)
    pages = [
        Page(n, "\n".join(_lines(sheet)), "markup", f"ark »{sheet.title}«")
        for n, sheet in enumerate(book.worksheets, start=1)
        if sheet.sheet_state == "visible"
    ]
    return (book.properties.title or "").strip() or None, pages


def _lines(sheet: Any) -> Iterator[str]:
    yield f"## {sheet.title}"
    from openpyxl.utils import get_column_letter

    rows: list[list[str]] = []
    hidden = {name for name, column in sheet.column_dimensions.items() if column.hidden}
    for row in sheet.iter_rows():
        if sheet.row_dimensions[row[0].row].hidden:
            continue
        cells = [shown(c.value, c.number_format) for c in row if get_column_letter(c.column) not in hidden]
        if any(cells):
            rows.append(cells)
        elif rows:
            yield from table(rows)
            rows = []
    if rows:
        yield from table(rows)


def shown(value: object, form: str) -> str:
    """A cell as it is shown in Danish.

    >>> shown(2424, "#,##0"), shown(0.95, "0%"), shown(1284.5, "#,##0.00"), shown(2026, "General")
    ('2.424', '95 %', '1.284,50', '2026')
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
        return str(value)
    main = form.split(";")[0]
    decimals = re.search(r"0[.,](0+)", main)
    places = len(decimals.group(1)) if decimals else 0
    if "%" in main:
        return f"{_number(100 * value, places, grouped=False)} %"
    if main in ("General", "@"):
        return _number(value, 0 if float(value).is_integer() else 2, grouped=False)
    unit = " kr." if re.search(r"kr|DKK", form) else ""
    return _number(value, places, grouped="#,##" in main or "# ##" in main) + unit


def _number(value: float, places: int, *, grouped: bool) -> str:
    text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
    return text.translate(str.maketrans(",.", ".,"))
