"""PDF, page by page, with pypdf. The text is kept exactly as pypdf extracts it.

PDFium sees what pypdf does not: whether an image lies behind a page, which words nobody can read, and
whether lines are ruled that may be a table's.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.documents.formats.pdf import ocr, tables, visibility
from assistant.documents.formats.pdf.layout import Sheet
from assistant.errors import ReadError
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
    found: list[Page] = []
    with contextlib.closing(drawn):
        for start in range(0, len(pages), ocr.AT_ONCE):
            looks = [_look(page, drawn) for page in pages[start : start + ocr.AT_ONCE]]
            read = iter(ocr.read_images([look.image for look in looks if look.image is not None]))
            for look in looks:
                page = look.page
                with contextlib.suppress(Exception):  # one page's oddity must not cost the others
                    page = _seen(look, next(read) if look.image is not None else None)
                found.append(page)
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """What a drawn page shows beside its text."""

    page: Page
    rows: tuple[TableRow, ...] = ()  # of its tables, as its text has them
    gone: tuple[str, ...] = ()  # texts that no reader sees
    inkless: tuple[str, ...] = ()  # those of them that have no ink
    image: Any = None  # the page's picture where it is to be read
    overlaid: bool = False  # with a text layer laid over it by whoever scanned it


def _look(page: Page, drawn: Any) -> _Look:
    """A look at a page; at nothing but its text where PDFium stumbles over it."""
    # One page's oddity must not cost the others.
    with contextlib.suppress(Exception), contextlib.closing(drawn[page.number - 1]) as sheet:
        images, ruled = _shapes(sheet)
        gone, inkless = visibility.unseen_texts(sheet)
        overlaid = images and _letters(*inkless) >= max(BARE, 0.8 * _letters(page.raw))
        wanted = overlaid or (images and _letters(page.raw) < BARE)
        image = ocr.image_of(sheet) if wanted and ocr.available() else None
        rows: tuple[TableRow, ...] = ()
        if ruled and re.search(r"\d", page.raw):
            with contextlib.suppress(Exception):  # what is no table must not cost what was seen
                rows = tables.rows_of(Sheet(sheet), page.raw)
        return _Look(page, rows, tuple(gone), tuple(inkless), image, overlaid)
    return _Look(page)


def _letters(*texts: str) -> int:
    """How many characters of texts are not space."""
    return sum(len(part) for text in texts for part in text.split())


def _seen(look: _Look, read: ocr.Read | None) -> Page:
    """The page with what its drawing adds to its text."""
    page, gone = _scanned(look, read)
    if gone:
        page = replace(page, unseen=visibility.spans_of(page.raw, gone))
    return page if page.origin == "ocr" else replace(page, rows=look.rows)


def _shapes(sheet: Any) -> tuple[bool, bool]:
    """(whether an image covers the page, whether so many lines and boxes are drawn that they may be a table's)."""
    import pypdfium2.raw as pdfium

    width, height = sheet.get_size()
    paths, covered = 0, False
    for shape in sheet.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH], max_depth=2):
        if shape.type == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
            continue
        left, bottom, right, top = shape.get_bounds()
        covered = covered or (right - left) * (top - bottom) >= COVERS * width * height
    return covered, paths >= RULED


def _scanned(look: _Look, read: ocr.Read | None) -> tuple[Page, list[str]]:
    """The page, with the text of its picture where it has none of its own or one laid over the picture by
    a program that did not read what stands there; and the texts of it that no reader sees."""
    page, gone = look.page, list(look.gone)
    if look.image is None:
        # An invisible layer over an image is what the scanner read; without tesseract it has to do.
        return page, [t for t in gone if t not in look.inkless] if look.overlaid else gone
    if read is None:
        return page, [] if look.overlaid else gone
    text, words = read
    if look.overlaid and _agree(page.raw, text):
        return page, []
    if len(text.split()) < 3 and _letters(page.raw) >= BARE:
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
