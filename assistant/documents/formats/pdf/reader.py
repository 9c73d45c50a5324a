"""Reads PDF, page by page. On a plain page the text is kept exactly as pypdf extracts it.

If the rendered page differs from that text (hidden or struck-out words, note marks, columns, rotated text, filled-in
fields), the text is built from the characters that PDFium places, in the order in which a person reads them.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.documents.formats.attached import Attachment, attached
from assistant.documents.formats.pdf import ocr, overlay, reading_order, tables, visibility
from assistant.documents.formats.pdf.glyphs import Glyph, glyphs_of, shapes_of
from assistant.documents.formats.pdf.layout import Sheet
from assistant.documents.formats.pdf.survey import Survey, survey
from assistant.documents.readability import has_gaps, unreadable
from assistant.errors import ReadError
from assistant.models import Content, Page, TableRow, Unread

LARGEST = 10_000  # pages
BARE = 25  # letters; a page with fewer has no text layer
SAME = 0.7  # share of a text layer's words that OCR must also find for the layer to be trusted
TOO_LONG = "Del den op, og læg delene ind."
NO_OCR = f"Installér tesseract ({ocr.INSTALL}), eller gem filen igen som PDF med tekst."


def read_pdf(path: Path, passwords: Sequence[str], read: Callable[[Path], Content]) -> Content:
    """Reads a PDF; `read` reads a file attached to it. Raises ReadError."""
    from pypdf import PdfReader

    # pypdf logs every irregularity it tolerates. What matters to the user is raised as ReadError instead.
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
    pages, unread = _looked_at(path, key, pages, reader)
    more, missed = attached(_attachments(reader), read, len(pages))
    title = reader.metadata.title if reader.metadata else None
    return Content(title, [*pages, *more], (*unread, *missed))


def _attachments(reader: Any) -> Iterator[Attachment]:
    """The files inside a PDF: portfolio files, attachments, and files attached to a page."""
    with contextlib.suppress(Exception):  # a broken attachment must not stop the reading of the document
        for name, versions in reader.attachments.items():
            for data in versions:
                yield Attachment(str(name), bytes(data))
    for page in reader.pages:
        if "/Annots" in page:
            yield from (Attachment(name, data) for name, data in overlay.clipped_files(page))


def _looked_at(
    path: Path, key: str | None, pages: list[Page], reader: Any
) -> tuple[list[Page], list[Unread]]:
    """The pages, corrected by what only the rendered page shows. They are returned unchanged if PDFium cannot open the
    file."""
    import pypdfium2

    try:
        drawn = pypdfium2.PdfDocument(path, password=key or None)
    except (pypdfium2.PdfiumError, OSError, ValueError):
        return pages, []
    layers = _has_layers(reader)
    found: list[Page] = []
    unread: list[Unread] = []
    with contextlib.closing(drawn):
        for start in range(0, len(pages), ocr.AT_ONCE):
            looks = [
                _look(page, drawn, reader.pages[page.number - 1], layers)
                for page in pages[start : start + ocr.AT_ONCE]
            ]
            read = iter(ocr.read_images([look.image for look in looks if look.image is not None]))
            for look in looks:
                page, missed = look.page, look.unread
                with contextlib.suppress(Exception):  # a failure on one page must not stop the others
                    page, missed = _seen(look, next(read) if look.image is not None else None)
                found.append(page)
                unread += missed
    return found, unread


def _has_layers(reader: Any) -> bool:
    with contextlib.suppress(Exception):
        return "/OCProperties" in reader.trailer["/Root"]
    return False


@dataclass(frozen=True, slots=True)
class _Look:
    """What the rendered page shows beyond its text."""

    page: Page
    image: Any = None  # the image of the page if OCR is needed
    overlaid: bool = False  # a scan with a text layer laid over it
    layer: str = ""  # the text of that layer
    unreadable: bool = False  # the font maps its glyphs to no letters or to wrong ones
    unread: tuple[Unread, ...] = ()


def _look(page: Page, drawn: Any, source: Any, layers: bool) -> _Look:
    """Inspects a page. If PDFium fails on it, only its text is kept."""
    # A failure on one page must not stop the others.
    with contextlib.suppress(Exception), contextlib.closing(drawn[page.number - 1]) as sheet:
        return _looking(page, sheet, source, layers)
    why = "kunne ikke tegnes; kun dens tekst er læst, og skjult skrift er ikke fundet"
    return _Look(page, unread=(Unread(f"side {page.number}", why, "Gem filen igen som PDF."),))


# A possible note number at the start of a line, or a note mark joined to a word. A font may have superscript figures of
# its own, which cannot be recognised by size.
_NOTED = re.compile(r"(?m)^\d{1,2} ?[A-ZÆØÅ][a-zæøå]|[a-zæøå]{2}[.,;:]?\d{1,2}(?![\w.,])")


def _looking(page: Page, sheet: Any, source: Any, layers: bool) -> _Look:
    """Inspects a page with PDFium: which text is visible, and whether OCR is needed. It is one function because each
    decision depends on the results of the earlier ones."""
    shapes = list(shapes_of(sheet))
    at_a_glance = survey(sheet, shapes, layers)
    if _NOTED.search(page.raw) and not at_a_glance.marked:
        at_a_glance = replace(at_a_glance, marked=True)
    garbled, gappy = unreadable(page.raw), has_gaps(page.raw)
    layer, overlaid, letters, hidden = page.raw, False, _letters(page.raw), 0
    if not at_a_glance.plain or "/Annots" in source:
        glyphs = glyphs_of(sheet)
        visible = (
            visibility.seen(sheet, shapes, glyphs)
            if at_a_glance.doubtful and glyphs
            else [True] * len(glyphs)
        )
        shown = [glyph for glyph, is_seen in zip(glyphs, visible, strict=True) if is_seen]
        hidden, letters = len(glyphs) - len(shown), len(shown)
        overlaid = at_a_glance.picture and hidden >= max(BARE, 0.8 * len(glyphs))
        if not overlaid:
            over = overlay.overlay_of(source, sheet) if "/Annots" in source else overlay.Overlay()
            page = _composed(page, sheet, shown, shapes, over, at_a_glance, hidden)
    bare = at_a_glance.picture and letters < BARE
    wanted = overlaid or garbled or gappy or bare
    image = ocr.image_of(sheet) if wanted and ocr.available() else None
    if garbled and not overlaid and image is None:
        page = replace(page, raw="", rows=())  # wrong letters are not text
    unread = () if overlaid or image is not None else _missed(page, garbled, gappy, bare)
    if hidden and not overlaid:
        place = f"side {page.number}"
        unread = (
            *unread,
            Unread(place, "har skrift, som ingen kan se; den er ikke med", "Spørg afsenderen."),
        )
    return _Look(page, image, overlaid, layer, garbled or gappy, unread)


def _missed(page: Page, garbled: bool, gappy: bool, bare: bool) -> tuple[Unread, ...]:
    """What cannot be read on a page because OCR is missing."""
    place = f"side {page.number}"
    if garbled:
        return (Unread(place, "ulæselig, skriften siger ikke, hvilke bogstaver den viser", NO_OCR),)
    if gappy:
        return (Unread(place, "skriften mangler nogle bogstaver", NO_OCR),)
    return (Unread(place, "et billede uden tekst", NO_OCR),) if bare else ()


def _composed(
    page: Page,
    sheet: Any,
    glyphs: Sequence[Glyph],
    shapes: Sequence[Any],
    over: overlay.Overlay,
    at_a_glance: Survey,
    hidden: int,
) -> Page:
    """The unchanged page if it is plain, else the page with its text built from characters in reading order.
    It is one function, because each step uses the words that the earlier ones left."""
    angle = _angle(glyphs)
    upright = [g for g in glyphs if g.angle == angle]
    marks = reading_order.marks_of(upright)
    turned = len(upright) < len(glyphs)
    lines = overlay.lines_through(sheet, shapes, angle)
    changed = bool(hidden or marks or over != overlay.Overlay() or angle or turned)
    if not (changed or lines or at_a_glance.ruled or at_a_glance.columned):
        return page
    words = reading_order.words_of(upright, marks)
    words += overlay.settled(over.words, words)
    struck = overlay.struck_out(words, over.struck, lines)
    rows = _rows(sheet, words, angle, page.raw) if at_a_glance.ruled else []
    if not rows and at_a_glance.columned and not reading_order.has_columns(words):
        rows = tables.unruled(words)
    inside = {id(w) for row in rows for w in row.words}
    struck = [w for w in struck if id(w) not in inside or over.struck]
    free = [w for w in words if id(w) not in inside]
    if not (changed or struck or reading_order.has_columns(free)):
        placed = tables.found_in(rows, page.raw)
        # If some are missing, the file stores the cells in another order than they are read.
        if len(placed) == len(rows):
            return replace(page, rows=placed)
    out = {id(w) for w in struck}
    raw, placed = _text([w for w in free if id(w) not in out], rows, out)
    for other in sorted({g.angle for g in glyphs} - {angle}):
        apart = [g for g in glyphs if g.angle == other]
        raw += "\n\n" + reading_order.text_of(reading_order.flow(reading_order.words_of(apart, {})))
    for remark in over.remarks:
        raw += f"\n\nKommentar: {remark}"
    return replace(page, raw=raw.strip("\n"), rows=placed)


def _angle(glyphs: Sequence[Glyph]) -> int:
    """The rotation of most of a page's text."""
    counts = {angle: sum(g.angle == angle for g in glyphs) for angle in {g.angle for g in glyphs}}
    return max(counts, key=lambda a: (counts[a], -a), default=0)


def _rows(sheet: Any, words: Sequence[reading_order.Word], angle: int, raw: str) -> list[tables.GridRow]:
    """The rows of the page's tables that have at least two filled cells."""
    if not re.search(r"\d", raw):
        return []
    with contextlib.suppress(Exception):  # a failure of the table finder must not lose the text
        return [row for row in tables.rows_of(Sheet(sheet, words, angle)) if sum(map(bool, row.cells)) > 1]
    return []


def _text(
    free: Sequence[reading_order.Word], rows: Sequence[tables.GridRow], out: set[int]
) -> tuple[str, tuple[TableRow, ...]]:
    """The text of free words and table rows in their order on the page, and the positions of the rows in it."""
    raw = ""
    placed: list[TableRow] = []
    at = 0
    rest = sorted(free, key=lambda w: w.base)
    for row in rows:
        top = min(w.base for w in row.words)
        above = [w for w in rest[at:] if w.base < top]
        at += len(above)
        if above:
            raw += ("\n" if raw else "") + reading_order.text_of(reading_order.flow(above))
        line, spans = tables.laid_out(row, out)
        if len([c for c in spans.cells if c]) < 2:
            raw += f"\n{line}" if line else ""
            continue
        start = len(raw) + 1 if raw else 0
        raw += ("\n" if raw else "") + line
        cells = tuple((c[0] + start, c[1] + start) if c else None for c in spans.cells)
        placed.append(replace(spans, cells=cells))
    below = reading_order.text_of(reading_order.flow(rest[at:]))
    return raw + ("\n" if raw and below else "") + below, tuple(placed)


def _letters(*texts: str) -> int:
    """The number of characters that are not whitespace."""
    return sum(len(part) for text in texts for part in text.split())


def _seen(look: _Look, read: ocr.Read | None) -> tuple[Page, tuple[Unread, ...]]:
    """The page, with the OCR text if it has no text of its own, if its font has no usable letters, or if its text layer
    does not match the image."""
    page = look.page
    if look.image is None:
        return page, look.unread
    if read is None or (len(read[0].split()) < 3 and _letters(page.raw) >= BARE):
        missed = Unread(f"side {page.number}", "OCR kunne ikke læse billedet", "Scan siden igen, skarpere.")
        return page, (missed,) if look.unreadable else ()
    text, words = read
    if look.overlaid and _agree(look.layer, text):
        return page, ()
    return replace(page, raw=text, origin="ocr", words=words, rows=()), ()


def _agree(layer: str, read: str) -> bool:
    """Whether most words of a text layer were also found by OCR."""
    first, second = (set(re.findall(r"\w{3,}", t.lower())) for t in (layer, read))
    return bool(first) and len(first & second) >= SAME * len(first)


def _labels(reader: object) -> dict[int, str]:
    """Printed page labels that differ from the physical page number."""
    try:
        labels = enumerate(reader.page_labels, start=1)  # type: ignore[attr-defined]
        return {n: label for n, label in labels if label != str(n)}
    except Exception:
        return {}  # labels are optional: a broken label tree must not cost the document
