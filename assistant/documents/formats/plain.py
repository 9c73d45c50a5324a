"""Reads plain text, Markdown, RTF and CSV. A form feed starts a new page in text and Markdown; otherwise a file is one
page."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from assistant.documents.decoding import decoded
from assistant.documents.formats.sections import from_markdown, table
from assistant.errors import ReadError
from assistant.models import Content, Page

# A Markdown table: header, rule, rows.
_TABLE = re.compile(r"(?m)^\|.*\|[ \t]*\n(?=.*-)\|[ \t:|-]*\|[ \t]*\n(?:\|.*(?:\n|\Z))*")

# Two or more lines of cells, separated by tabs or vertical bars, form a table.
_LINES = re.compile(r"(?m)(?:^[^|¦\t\n]+(?:(?:[ \t]+\|[ \t]+|\t+)[^|¦\t\n]+)+(?:\n|\Z)){2,}")
LOOKED_AT = 20  # lines of a CSV file, to find its separator
_BETWEEN = re.compile(r"[ \t]+\|[ \t]+|\t+")


def read_plain(path: Path) -> Content:
    """Returns no title (a Markdown heading is found later), and the pages. Raises ReadError."""
    data = path.read_bytes()
    if b"\0" in data[:4096]:
        raise ReadError(f"{path.name} er ikke en tekstfil. Gem den som tekst (UTF-8).")
    text = decoded(data)
    text = text.replace("\r\n", "\n")
    if path.suffix.lower() == ".md":
        text = _TABLE.sub(lambda m: "\n".join(from_markdown(m.group())) + "\n", text)
    else:
        text = _LINES.sub(lambda m: _table(m.group()), text)
    pages = text.split("\f")
    return Content(None, [Page(n, raw, origin="markup") for n, raw in enumerate(pages, start=1)])


def _table(lines: str) -> str:
    """The lines as a table if all have the same number of cells, else unchanged."""
    rows = [_BETWEEN.split(line.strip()) for line in lines.splitlines()]
    return "\n".join(table(rows)) + "\n" if len({len(row) for row in rows}) == 1 else lines


def read_rtf(path: Path) -> Content:
    """Reads the text of a Rich Text Format file. Raises ReadError."""
    from striprtf.striprtf import rtf_to_text

    data = path.read_bytes()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ReadError(f"{path.name} er ikke en RTF-fil. Gem filen igen.")
    # Struck-out text is not in force, but the library keeps it, so it is removed first.
    data = re.sub(rb"\\striked?1?(?![\w])[^{}]*?(?=\\striked?0|\\plain|\})", b"", data)
    text = rtf_to_text(data.decode("cp1252", errors="replace"), errors="ignore")
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.replace("\xa0", " ").split("\n")]
    return Content(None, [Page(1, "\n".join(line for line in lines if line), origin="markup")])


def read_csv(path: Path) -> Content:
    """Reads a CSV table. The separator is the one that parts most of the first lines into equally many cells, since a
    title may stand above the table. Raises ReadError."""
    import csv

    data = path.read_bytes()
    if b"\0" in data[:4096]:
        raise ReadError(f"{path.name} er ikke en tekstfil. Gem den som CSV (UTF-8).")
    text = decoded(data)
    lines = text.splitlines()
    first = [line for line in lines if line.strip()][:LOOKED_AT]

    def alike(separator: str) -> int:
        counts = Counter(n for line in first if (n := line.count(separator)))
        return max(counts.values(), default=0)

    rows = [
        row for row in csv.reader(lines, delimiter=max(";\t,|", key=alike)) if any(c.strip() for c in row)
    ]
    width = max(map(len, rows), default=0)
    shown = table([row + [""] * (width - len(row)) for row in rows])
    return Content(None, [Page(1, "\n".join(shown), "markup", f"tabel »{path.stem}«")])
