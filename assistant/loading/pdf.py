"""PDF, page by page, with pypdf. The text is kept exactly as pypdf extracts it."""

from __future__ import annotations

import logging
from pathlib import Path

from assistant.errors import ReadError
from assistant.models import Page


def read_pdf(path: Path) -> tuple[str | None, list[Page]]:
    """Title from the file's own metadata (or None), and every page. Raises ReadError."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    # pypdf reports every oddity it got over; what matters to the user is raised instead.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise ReadError(f"{path.name} er ikke en PDF, selv om den hedder det. Gem den igen som PDF.")
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ReadError(f"{path.name} er låst med adgangskode. Gem en kopi uden, og læg den ind.")
        if not reader.pages:
            raise ReadError(f"{path.name} har ingen sider. Hent eller gem filen igen.")
        labels = _labels(reader)
        pages = [
            Page(n, page.extract_text() or "", printed_label=labels.get(n))
            for n, page in enumerate(reader.pages, start=1)
        ]
        title = reader.metadata.title if reader.metadata else None
    except ReadError:
        raise
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError, AssertionError, NotImplementedError, OverflowError,
            MemoryError) as error:  # fmt: skip
        # A malformed file can make a parser fail anywhere; the other files must still get in.
        raise ReadError(f"{path.name} er beskadiget og kan ikke læses. Hent eller gem filen igen.") from error
    return title, pages


def _labels(reader: object) -> dict[int, str]:
    """Printed page labels where they say something else than the physical number."""
    try:
        labels = enumerate(reader.page_labels, start=1)  # type: ignore[attr-defined]
        return {n: label for n, label in labels if label != str(n)}
    except Exception:
        return {}  # labels are decoration: a broken label tree must not cost the document
