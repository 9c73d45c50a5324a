"""Reads web pages: only the main text, with its headings, lists and tables.

lxml parses the page, this module removes hidden parts and layout tables, and trafilatura extracts the main text from
the rest.
"""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import html

from assistant.documents.decoding import decoded
from assistant.documents.formats.headers import names_columns
from assistant.documents.formats.sections import from_markdown, sections
from assistant.language.marks import lowered, raised
from assistant.models import Content

HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|;|$)", re.I)
GONE = frozenset({
    "script", "style", "noscript", "template", "nav", "form", "iframe", "dialog", "s", "del", "strike",
})  # fmt: skip
WIDEST = 100  # most columns or rows that one cell may span
LARGEST = 100_000  # cells; a larger table is left unchanged
LAYOUT = 40  # words; a table with a larger cell is a layout table


def read_html(path: Path) -> Content:
    """The title of the page (or None) and its sections. Raises ReadError."""
    title, lines = main_text(path.read_bytes())
    return Content(title, sections(lines))


def main_text(data: bytes | str) -> tuple[str | None, list[str]]:
    """The title and the lines of a page's main text."""
    import logging

    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    if isinstance(data, bytes) and b"charset" not in data[:2048].lower():
        data = decoded(data)
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


def _prune(tree: Any) -> None:
    """Removes what a reader never sees, and converts tables used for layout to plain blocks."""
    folded = _folded(tree)
    _styled(tree)
    for node in list(tree.iter()):
        if isinstance(node.tag, str):
            _prune_node(node, node in folded)
    for node in tree.xpath("//b | //strong"):
        if _own_line(node):
            node.tag = "h3"  # a line of its own in bold: a heading on old pages
    for table in reversed(tree.xpath("//table")):  # inner tables first
        cells = table.xpath("./tr/td | ./tr/th | ./tbody/tr/td | ./tbody/tr/th")
        if any(len(c.text_content().split()) > LAYOUT for c in cells):
            for node in [*cells, *table.xpath("./tr | ./tbody | ./tbody/tr"), table]:
                node.tag = "div"
        else:
            _spread(table)


def _prune_node(node: Any, expanded: bool) -> None:
    """Removes a hidden element and marks superscript and subscript. An `expanded` element is always kept."""
    if node.tag in ("sup", "sub"):
        _mark(node)
    elif expanded:
        return
    elif node.tag == "button" and re.fullmatch(r"h[1-6]", str(node.getparent().tag)):
        node.drop_tag()  # a heading that expands the text below it
    elif _hidden(node) and node.getparent() is not None:
        node.drop_tree()


def _hidden(node: Any) -> bool:
    """Whether an element is not part of the visible main text, by its tag and its own attributes."""
    return (
        node.tag in GONE
        or node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or bool(HIDDEN.search(node.get("style") or ""))
        or node.get("role") in ("navigation", "banner", "contentinfo", "search", "dialog")
    )


def _own_line(node: Any) -> bool:
    """Whether an element stands alone on a line that ends with a <br>."""
    before, after = node.getprevious(), node.getnext()
    if before is None:
        opens = not (node.getparent().text or "").strip()
    else:
        opens = before.tag == "br" and not (before.tail or "").strip()
    return opens and after is not None and after.tag == "br" and not (node.tail or "").strip()


def _styled(tree: Any) -> None:
    """Applies the page's own style sheet: raised, lowered, struck-out or hidden text gets the tag for it."""
    rules: dict[str, str] = {}
    for sheet in tree.xpath("//style/text()"):
        for names, rule in re.findall(r"([^{}]+)\{([^{}]*)\}", str(sheet)):
            for name in re.findall(r"(?:^|,)\s*[a-z]*\.([\w-]+)\s*(?=,|$)", names.strip()):
                rules[name] = rules.get(name, "") + ";" + rule
    for node in tree.xpath("//*[@class or @style]"):
        own = ";".join(
            [*(rules.get(c, "") for c in (node.get("class") or "").split()), node.get("style") or ""]
        )
        if m := re.search(r"vertical-align\s*:\s*(super|sub)\b", own):
            node.tag = "sup" if m.group(1) == "super" else "sub"
        elif re.search(r"text-decoration(?:-line)?\s*:[^;]*line-through", own):
            node.tag = "del"
        elif HIDDEN.search(own):
            node.set("style", own)


def _folded(tree: Any) -> set[Any]:
    """The elements that are hidden until the reader expands them (tab panels, targets of buttons), made visible."""
    opened = {
        name for node in tree.xpath("//*[@aria-controls]") for name in node.get("aria-controls").split()
    }
    opened |= {(node.get("href") or "")[1:] for node in tree.xpath("//a[starts-with(@href, '#')]")}
    opened |= {
        (node.get(name) or "").lstrip("#")
        for name in ("data-target", "data-bs-target")
        for node in tree.xpath(f"//*[@{name}]")
    }
    panels = tree.xpath("//*[@role='tabpanel']") + [
        n for n in tree.xpath("//*[@id]") if n.get("id") in opened
    ]
    panels += tree.xpath("//details") + tree.xpath("//details/*")
    for node in panels:
        node.attrib.pop("hidden", None)
        node.attrib.pop("aria-hidden", None)
        if "style" in node.attrib:
            node.set("style", HIDDEN.sub("", node.get("style")))
        if node.tag == "details":
            node.tag = "div"
        elif node.tag == "summary":
            node.tag = "h3"
    return set(panels)


def _mark(node: Any) -> None:
    """Replaces the element by its text in Unicode superscript or subscript characters."""
    placed = raised if node.tag == "sup" else lowered
    text = placed("".join(node.itertext()))
    for child in list(node):
        node.remove(child)
    node.text = text
    node.tag = "span"


def _spread(table: Any) -> None:
    """Copies cells that span several columns or rows into each of them. A row that spans the whole table becomes a
    heading, and the rows below it become a table of their own with the same header."""
    rows = table.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")
    grid = _grid(rows)
    width = max((max(own) + 1 for own in grid if own), default=0)
    if width * len(rows) > LARGEST:
        return
    header: list[Any] = []
    target, headed = table, False
    for row, own in zip(rows, grid, strict=True):
        if width > 1 and len(own) == width and len({id(cell) for cell in own.values()}) == 1:
            target = _parted(target, own[0].text_content(), header)
            row.drop_tree()
            continue
        cells = _filled(row, own, width)
        named = not header and names_columns([c.text_content() for c in cells])
        names = named or all(c.tag == "th" for c in cells)
        headed = headed or not names
        if not headed:
            header.append(row)
        if target is not table:
            target.append(row)


def _grid(rows: list[Any]) -> list[dict[int, Any]]:
    """For each row, column → the cell that covers it."""
    grid: list[dict[int, Any]] = [{} for _ in rows]
    for n, row in enumerate(rows):
        column = 0
        for cell in row.xpath("./td | ./th"):
            while column in grid[n]:
                column += 1
            wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
            for own in grid[n : n + high]:
                own |= dict.fromkeys(range(column, column + wide), cell)
            column += wide
    return grid


def _parted(target: Any, title: str, header: list[Any]) -> Any:
    """Adds a heading after a table, and below it a new table that starts with a copy of the header. Returns the new
    table."""
    heading = html.Element("h4")
    heading.text = title
    target.addnext(heading)
    below = html.Element("table")
    heading.addnext(below)
    below.extend(deepcopy(header))
    return below


def _filled(row: Any, own: dict[int, Any], width: int) -> list[Any]:
    """Replaces the cells of a row by one cell per column, and returns them."""
    cells = [deepcopy(own[n]) if n in own else html.Element("td") for n in range(width)]
    for old in list(row):
        row.remove(old)
    for cell in cells:
        cell.tail = None
        for name in ("colspan", "rowspan"):
            cell.attrib.pop(name, None)
    row.extend(cells)
    return cells


def _span(cell: Any, name: str) -> int:
    """How many columns or rows a cell spans, at most `WIDEST`."""
    said = cell.get(name) or ""
    return min(max(int(said), 1), WIDEST) if said.isdecimal() and len(said) < 6 else 1
