"""PDF, page by page, with pypdf. The text is kept exactly as pypdf extracts it.

PDFium sees what pypdf does not: whether an image lies behind a page, which words nobody can read, and
whether lines are ruled that may be a table's.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.errors import ReadError
from assistant.loading import ocr, tables, unseen
from assistant.models import Page, TableRow

LARGEST = 10_000  # pages
COVERS = 0.5  # of a page: a larger image may be a scan of it
BARE = 25  # letters: fewer are no text layer
SAME = 0.7  # of the words of a text layer that the image must show for the layer to be believed
RULED = 6  # drawn paths from which a page may hold a table
TOO_LONG = "Del den op, og læg delene ind."


def read_pdf(path: Path, passwords: Sequence[str] = ()) -> tuple[str | None, list[Page]]:
    """Title from the file's own metadata (or None), and every page. Raises ReadError."""
    from pypdf import PdfReader

    # pypdf reports every oddity it got over; what matters to the user is raised instead.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise ReadError(f"{path.name} er ikke en PDF, selv om den hedder det. Gem den igen som PDF.")
    reader = PdfReader(path)
    key: str | None = ""
    if reader.is_encrypted:
        key = next((p for p in ("", *passwords) if reader.decrypt(p)), None)
        if key is None:
            way = "Skriv den i ASSISTANT_PASSWORDS, eller gem en kopi uden."
            raise ReadError(f"{path.name} er låst med adgangskode. {way}")
    if not reader.pages:
        raise ReadError(f"{path.name} har ingen sider. Hent eller gem filen igen.")
    if len(reader.pages) > LARGEST:
        raise ReadError(f"{path.name} har {len(reader.pages)} sider, højst {LARGEST} læses. {TOO_LONG}")
    labels = _labels(reader)
    pages = [
        Page(n, page.extract_text() or "", printed_label=labels.get(n))
        for n, page in enumerate(reader.pages, start=1)
    ]
    title = reader.metadata.title if reader.metadata else None
    return title, _looked_at(path, key, pages)


def _looked_at(path: Path, key: str | None, pages: list[Page]) -> list[Page]:
    """The pages with what only the drawn page shows; as they are where PDFium refuses what pypdf reads."""
    import pypdfium2

    try:
        drawn = pypdfium2.PdfDocument(path, password=key or None)
    except (pypdfium2.PdfiumError, OSError, ValueError):
        return pages
    found = []
    with contextlib.closing(drawn), _Plumber(path, key) as plumber:
        for page in pages:
            with contextlib.suppress(Exception):  # one page's oddity must not cost the others
                page = _seen(page, drawn[page.number - 1], plumber)
            found.append(page)
    return found


class _Plumber:
    """pdfplumber over one file, opened when the first page needs it."""

    def __init__(self, path: Path, key: str | None) -> None:
        self._path, self._key = path, key
        self._open: Any = None

    def __enter__(self) -> _Plumber:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open is not None:
            self._open.close()

    def rows(self, page: Page) -> tuple[TableRow, ...]:
        import pdfplumber

        if self._open is None:
            self._open = pdfplumber.open(self._path, password=self._key or None)
        sheet = self._open.pages[page.number - 1]
        try:
            return tables.rows_of(sheet, page.raw)
        finally:
            sheet.close()


def _seen(page: Page, sheet: Any, plumber: _Plumber) -> Page:
    try:
        images, paths = _shapes(sheet)
        gone, inkless = unseen.unseen_texts(sheet)
        if images:
            page, gone = _scanned(page, sheet, gone, inkless)
        if gone:
            page = replace(page, unseen=unseen.spans_of(page.raw, gone))
        if paths >= RULED and page.origin != "ocr" and re.search(r"\d", page.raw):
            with contextlib.suppress(Exception):  # what is no table must not cost what was seen
                page = replace(page, rows=plumber.rows(page))
        return page
    finally:
        sheet.close()


def _shapes(sheet: Any) -> tuple[bool, int]:
    """(whether an image covers the page, how many lines and boxes are drawn on it)."""
    import pypdfium2.raw as pdfium

    width, height = sheet.get_size()
    paths, covered = 0, False
    for shape in sheet.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH], max_depth=2):
        if shape.type == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
            continue
        left, bottom, right, top = shape.get_bounds()
        covered = covered or (right - left) * (top - bottom) >= COVERS * width * height
    return covered, paths


def _scanned(page: Page, sheet: Any, gone: list[str], inkless: list[str]) -> tuple[Page, list[str]]:
    """A page that may be a scan, and its unseen texts: read anew where it has no text layer of its own,
    or one laid over the image by a program that did not read what stands there."""
    layer = "".join("".join(inkless).split())
    own = "".join(page.raw.split())
    bare = len(own) < BARE
    overlaid = len(layer) >= max(BARE, 0.8 * len(own))
    if not (bare or overlaid) or not ocr.available():
        # An invisible layer over an image is what the scanner read; without tesseract it has to do.
        return page, [t for t in gone if t not in inkless] if overlaid else gone
    try:
        text, words = ocr.read_page(sheet)
    except RuntimeError:
        return page, [] if overlaid else gone
    if overlaid and _agree(page.raw, text):
        return page, []
    if len(text.split()) < 3 and not bare:
        return page, gone
    return replace(page, raw=text, origin="ocr", words=words), []


def _agree(layer: str, read: str) -> bool:
    """Whether most words of a text layer were read in the image as well."""
    first, second = (set(re.findall(r"\w{3,}", t.lower())) for t in (layer, read))
    return bool(first) and len(first & second) >= SAME * len(first)


def _labels(reader: object) -> dict[int, str]:
    """Printed page labels where they say something else than the physical number."""
    try:
        labels = enumerate(reader.page_labels, start=1)  # type: ignore[attr-defined]
        return {n: label for n, label in labels if label != str(n)}
    except Exception:
        return {}  # labels are decoration: a broken label tree must not cost the document
