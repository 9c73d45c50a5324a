"""Files to SourceDocuments: `read(path)` for one file, `files(paths)` for what lies in folders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from assistant.errors import ReadError
from assistant.models import Page, SourceDocument

Reader = Callable[[Path], tuple[str | None, list[Page]]]  # the file's own title, its pages


def _reader(suffix: str) -> Reader | None:
    if suffix == ".pdf":
        from assistant.loading.pdf import read_pdf

        return read_pdf
    if suffix in (".txt", ".md"):
        from assistant.loading.plain import read_plain

        return read_plain
    return None


def readable(path: Path) -> bool:
    """Whether the file's name ends in a way that can be read."""
    return path.suffix.lower() in (".pdf", ".txt", ".md")


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The readable files among `paths` and below the folders among them, sorted.

    Raises ReadError for a path that does not exist.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.rglob("*") if p.is_file() and readable(p) and not _left_out(p, path)
            )
        elif path.exists():
            yield path
        else:
            raise ReadError(f"{path} findes ikke: ret stien, eller opret mappen.")


def _left_out(path: Path, root: Path) -> bool:
    """Hidden files, and the notes that describe a corpus folder rather than belong to it."""
    inside = path.relative_to(root)
    return any(part.startswith(".") for part in inside.parts) or path.name == "README.md"


def digest(path: Path) -> str:
    """The document id: first 12 hex digits of the sha256 of the bytes."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()[:12]


def read(path: Path) -> SourceDocument:
    """Read one file. Raises ReadError, one line in Danish, whatever is wrong with it."""
    reader = _reader(path.suffix.lower())
    if reader is None:
        raise ReadError(f"{path.name}: filtypen læses ikke. Gem filen som .pdf, .txt eller .md.")
    try:
        if path.stat().st_size == 0:
            raise ReadError(f"{path.name} er tom. Hent eller gem filen igen.")
        identity = digest(path)
    except OSError as error:
        raise ReadError(f"{path.name} kan ikke åbnes ({error.strerror}). Tjek rettigheder.") from error
    title, pages = reader(path)
    if any("\ud800" <= c <= "\udfff" for page in pages for c in page.raw):
        raise ReadError(f"{path.name} har tegn, der ikke er tekst. Gem filen igen som PDF.")
    if not any(page.raw.strip() for page in pages):
        raise ReadError(
            f"{path.name} har ingen tekst, der kan læses (er den skannet?). "
            "Gem den med tekstlag, og læg den ind igen."
        )
    return SourceDocument(identity, path.absolute(), title or "", tuple(pages))
