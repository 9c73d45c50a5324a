"""Web pages: the main text alone, with its headings, lists and tables.

lxml reads the page, hidden parts and tables that only lay it out are taken away here, and trafilatura
finds the main text in what is left.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from assistant.loading.sections import from_markdown, sections
from assistant.models import Page

HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|;|$)", re.I)
LAYOUT = 40  # words in a cell of a table that lays out the page


def read_html(path: Path) -> tuple[str | None, list[Page]]:
    """The page's title (or None) and its sections. Raises ReadError."""
    title, lines = main_text(path.read_bytes())
    return title, sections(lines)


def main_text(data: bytes | str) -> tuple[str | None, list[str]]:
    """Title and lines of a page's main text."""
    import logging

    from lxml import html
    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    if isinstance(data, bytes) and b"charset" not in data[:2048].lower():
        data = _decoded(data)
    tree: Any = html.fromstring(data)
    titles = tree.xpath("//title/text()")
    _prune(tree)
    found = extract(
        html.tostring(tree, encoding="unicode"),
        output_format="markdown",
        include_tables=True,
        include_comments=False,
        favor_recall=True,
        deduplicate=False,
    )
    title = re.sub(r"\s+", " ", titles[0]).strip() if titles else ""
    return title or None, from_markdown((found or "").replace("\xa0", " "))


def _decoded(data: bytes) -> str:
    """Of a page that does not say how it is written."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _prune(tree: Any) -> None:
    """Take away what a reader never sees, and tables that hold paragraphs rather than cells."""
    for node in list(tree.iter()):
        if not isinstance(node.tag, str):
            continue
        gone = (
            node.tag in ("script", "style", "noscript", "template", "nav", "form", "iframe", "dialog")
            or node.get("hidden") is not None
            or node.get("aria-hidden") == "true"
            or HIDDEN.search(node.get("style") or "")
            or node.get("role") in ("navigation", "banner", "contentinfo", "search", "dialog")
        )
        if gone and node.getparent() is not None:
            node.drop_tree()
    for node in tree.xpath("//b | //strong"):
        before, after = node.getprevious(), node.getnext()
        opens = (before is None and not (node.getparent().text or "").strip()) or (
            before is not None and before.tag == "br" and not (before.tail or "").strip()
        )
        if opens and after is not None and after.tag == "br" and not (node.tail or "").strip():
            node.tag = "h3"  # a line of its own in bold, as old pages set their headings
    for table in reversed(tree.xpath("//table")):  # inner ones first
        cells = table.xpath("./tr/td | ./tr/th | ./tbody/tr/td | ./tbody/tr/th")
        if any(len(c.text_content().split()) > LAYOUT for c in cells):
            for node in [*cells, *table.xpath("./tr | ./tbody | ./tbody/tr"), table]:
                node.tag = "div"
