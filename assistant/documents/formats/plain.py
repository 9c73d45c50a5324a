"""Plain text and Markdown, whose tables are set as any other's. A form feed starts a new page; otherwise the
file is one page."""

from __future__ import annotations

import re
from pathlib import Path

from assistant.documents.formats.sections import from_markdown, table
from assistant.errors import ReadError
from assistant.models import Content, Page

# A table of Markdown: its header, its rule, its rows.
_TABLE = re.compile(r"(?m)^\|.*\|[ \t]*\n(?=.*-)\|[ \t:|-]*\|[ \t]*\n(?:\|.*(?:\n|\Z))*")

# Lines of cells, parted by tabs or upright strokes: two or more are a table.
_LINES = re.compile(r"(?m)(?:^[^|¦\t\n]+(?:(?:[ \t]+\|[ \t]+|\t+)[^|¦\t\n]+)+(?:\n|\Z)){2,}")
_BETWEEN = re.compile(r"[ \t]+\|[ \t]+|\t+")


def read_plain(path: Path) -> Content:
    """No title of its own (a Markdown heading is found later), and the pages. Raises ReadError."""
    data = path.read_bytes()
    if b"\0" in data[:4096]:
        raise ReadError(f"{path.name} er ikke en tekstfil. Gem den som tekst (UTF-8).")
    text = _decoded(data)
    text = text.replace("\r\n", "\n")
    if path.suffix.lower() == ".md":
        text = _TABLE.sub(lambda m: "\n".join(from_markdown(m.group())) + "\n", text)
    else:
        text = _LINES.sub(lambda m: _table(m.group()), text)
    pages = text.split("\f")
    return Content(None, [Page(n, raw, origin="markup") for n, raw in enumerate(pages, start=1)])


def _decoded(data: bytes) -> str:
    """Text in UTF-8, or as older Windows programs write it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _table(lines: str) -> str:
    """Lines of as many cells each as a table; others as they stand."""
    rows = [_BETWEEN.split(line.strip()) for line in lines.splitlines()]
    return "\n".join(table(rows)) + "\n" if len({len(row) for row in rows}) == 1 else lines


def read_rtf(path: Path) -> Content:
    """The words of a file in Rich Text Format. Raises ReadError."""
    from striprtf.striprtf import rtf_to_text

    data = path.read_bytes()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ReadError(f"{path.name} er ikke en RTF-fil. Gem filen igen.")
    # What is struck out is not in force, and the library keeps it.
    data = re.sub(rb"\\striked?1?(?![\w])[^{}]*?(?=\\striked?0|\\plain|\})", b"", data)
    text = rtf_to_text(data.decode("cp1252", errors="replace"), errors="ignore")
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.replace("\xa0", " ").split("\n")]
    return Content(None, [Page(1, "\n".join(line for line in lines if line), origin="markup")])


def read_csv(path: Path) -> Content:
    """A table of text; its cells parted by what parts them most evenly. Raises ReadError."""
    import csv

    data = path.read_bytes()
    if b"\0" in data[:4096]:
        raise ReadError(f"{path.name} er ikke en tekstfil. Gem den som CSV (UTF-8).")
    text = _decoded(data)
    first = text.lstrip().partition("\n")[0]
    parting = max(";\t,|", key=first.count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=parting) if any(c.strip() for c in row)]
    width = max(map(len, rows), default=0)
    lines = table([row + [""] * (width - len(row)) for row in rows])
    return Content(None, [Page(1, "\n".join(lines), "markup", f"tabel »{path.stem}«")])
