"""Reads a file into a SourceDocument: `read(path)`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import ReadError, cause
from assistant.models import Content, SourceDocument

READABLE = (
    ".pdf", ".docx", ".pptx", ".xlsx", ".xlsm", ".html", ".htm", ".eml", ".msg", ".odt", ".rtf", ".csv", ".zip",
    ".txt", ".md",
)  # fmt: skip
KNOWN = ", ".join(READABLE)


def _content(path: Path, passwords: Sequence[str]) -> Content:
    """The content of a file, by its suffix. Each reader is imported only when needed. It is one function because it is
    one table of suffixes and readers."""
    suffix = path.suffix.lower()

    def inner(file: Path) -> Content:
        """Reads a file embedded in this one."""
        if file.stat().st_size == 0:
            raise ReadError(f"{file.name} er tom.")
        return _content(file, passwords)

    if suffix == ".pdf":
        from assistant.documents.formats.pdf.reader import read_pdf

        return read_pdf(path, passwords, inner)
    if suffix == ".eml":
        from assistant.documents.formats.mail import read_mail

        return read_mail(path, inner)
    if suffix == ".msg":
        from assistant.documents.formats.mail import read_outlook

        return read_outlook(path, inner)
    if suffix == ".zip":
        from assistant.documents.formats.attached import read_zip

        return read_zip(path, inner)
    if suffix == ".docx":
        from assistant.documents.formats.word import read_word as reader
    elif suffix == ".pptx":
        from assistant.documents.formats.slides import read_slides as reader
    elif suffix in (".xlsx", ".xlsm"):
        from assistant.documents.formats.sheets import read_sheets as reader
    elif suffix in (".html", ".htm"):
        from assistant.documents.formats.web import read_html as reader
    elif suffix == ".odt":
        from assistant.documents.formats.opendocument import read_text as reader
    elif suffix == ".rtf":
        from assistant.documents.formats.plain import read_rtf as reader
    elif suffix == ".csv":
        from assistant.documents.formats.plain import read_csv as reader
    elif suffix in (".txt", ".md"):
        from assistant.documents.formats.plain import read_plain as reader
    else:
        raise ReadError(f"{path.name}: filtypen læses ikke. Gem filen som en af {KNOWN}.")
    return reader(path)


def readable(path: Path) -> bool:
    """Whether the file's suffix is one that can be read."""
    return path.suffix.lower() in READABLE and not path.name.startswith("~$")  # Word's own lock files


def digest(path: Path) -> str:
    """The document id: the first 12 hex digits of the sha256 of the bytes."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()[:12]


def read(path: Path, passwords: Sequence[str] = ()) -> SourceDocument:
    """Reads one file; `passwords` are tried on an encrypted PDF. Raises ReadError with one line in Danish, whatever is
    wrong with the file."""
    try:
        if path.stat().st_size == 0:
            raise ReadError(f"{path.name} er tom. Hent eller gem filen igen.")
        identity = digest(path)
    except OSError as error:
        raise ReadError(f"{path.name} kan ikke åbnes ({cause(error)}). Tjek rettigheder.") from error
    try:
        content = _content(path, passwords)
    except ReadError:
        raise
    except Exception as error:  # a malformed file can make a parser raise anything
        raise ReadError(f"{path.name} er beskadiget og kan ikke læses. Hent eller gem filen igen.") from error
    if any("\ud800" <= c <= "\udfff" for page in content.pages for c in page.raw):
        raise ReadError(f"{path.name} har tegn, der ikke er tekst. Gem filen igen.")
    if not any(page.raw.strip() for page in content.pages):
        if content.unread:
            raise ReadError(f"{path.name}, {content.unread[0].line}")
        raise ReadError(_empty(path))
    return SourceDocument(
        identity, path.absolute(), content.title or "", tuple(content.pages), content.unread, content.margins
    )


def _empty(path: Path) -> str:
    if path.suffix.lower() != ".pdf":
        return f"{path.name} har ingen tekst. Tjek filen, eller tag den ud af mappen."
    from assistant.documents.formats.pdf import ocr

    if ocr.available():
        return f"{path.name} har ingen tekst, og der kunne ingen læses i billederne. Scan den igen, skarpere."
    return f"{path.name} er skannet og kan ikke læses uden tesseract. Installér den: {ocr.INSTALL}"
