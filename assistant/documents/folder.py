"""Lists the files in the given folders: those that can be read, and those that cannot, each with a reason."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistant.documents.formats import KNOWN, readable
from assistant.errors import ReadError, cause

# Files that describe a folder of documents, and files that systems and editors leave behind.
OWN = frozenset({"readme.md", "manifest.csv", "sources.csv", "hentet.csv", "topics.toml"})
CLUTTER = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})

_SAVE_AS = {
    ".doc": "et gammelt Word-format. Gem filen som .docx", ".dot": "et gammelt Word-format. Gem filen som .docx",
    ".xls": "et gammelt Excel-format. Gem filen som .xlsx", ".ods": "et OpenDocument-regneark. Gem filen som .xlsx",
    ".ppt": "et gammelt PowerPoint-format. Gem filen som .pptx", ".odp": "et OpenDocument-oplæg. Gem filen som .pptx",
    ".pages": "et Pages-dokument. Gem filen som PDF", ".wpd": "et WordPerfect-dokument. Gem filen som PDF",
    ".lnk": "en genvej. Læg selve filen i mappen", ".url": "en genvej. Gem selve siden eller filen i mappen",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".heic"), "et billede. Gem det som PDF"),
    **dict.fromkeys((".crdownload", ".part", ".partial", ".download"), "kun halvt hentet. Hent den igen"),
    **dict.fromkeys((".rar", ".7z", ".tar", ".gz"), "en pakket fil. Pak den ud i mappen"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """A file or folder that is not read. `why` is one line that names it and says what to do."""

    path: Path
    name: str
    why: str


@dataclass
class Folder:
    """The contents of the given paths. `files` can be read, judging by their names."""

    files: list[Path] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def leave(self, path: Path, root: Path, why: str) -> None:
        """Record a file that is not read; `why` is appended to its name."""
        name = str(path.relative_to(root)) if root in path.parents else path.name
        self.left.append(Left(path, name, f"{name} {why}"))


def look(paths: Iterable[Path]) -> Folder:
    """The files among `paths` and below the folders among them, sorted. A folder reached through several links is read
    once. Raises ReadError for a path that does not exist."""
    found = Folder()
    for path in paths:
        if path.is_dir():
            below = sorted(_below(path, path, found, set()))
            for file in below:
                _sort(file, path, found)
        elif path.exists():
            found.files.append(path)
        elif path.is_symlink():
            found.leave(
                path, path.parent, "er en genvej til noget, der ikke findes. Læg selve filen i mappen."
            )
        else:
            raise ReadError(f"{path} findes ikke: ret stien, eller opret mappen.")
    return found


def _below(folder: Path, root: Path, found: Folder, entered: set[Path]) -> Iterator[Path]:
    """All files below a folder, without hidden ones. A folder is entered once, so that loops of links end."""
    real = folder.resolve()
    if real in entered:
        return
    entered.add(real)
    try:
        # Real entries come before links.
        entries = sorted(os.scandir(folder), key=lambda e: (e.is_symlink(), e.name))
    except OSError as error:
        found.leave(folder, root, f"kan ikke åbnes ({cause(error)}). Giv læseadgang til mappen.")
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith((".", "~$")) or entry.name.lower() in CLUTTER:
            continue
        if entry.is_dir():
            yield from _below(path, root, found, entered)
        elif entry.is_file():
            yield path
        elif entry.is_symlink():
            found.leave(path, root, "er en genvej til noget, der ikke findes. Læg selve filen i mappen.")


def _sort(file: Path, root: Path, found: Folder) -> None:
    suffix = file.suffix.lower()
    if file.name.lower() in OWN:
        return
    if suffix in _SAVE_AS:
        found.leave(file, root, f"læses ikke: {_SAVE_AS[suffix]}.")
    elif not readable(file):
        found.leave(file, root, f"læses ikke: filtypen kendes ikke. Gem filen som en af {KNOWN}.")
    elif _empty(file):
        found.leave(file, root, "er tom. Ligger den kun i skyen, så åbn den én gang; ellers hent den igen.")
    else:
        found.files.append(file)


def _empty(file: Path) -> bool:
    try:
        return file.stat().st_size == 0
    except OSError:
        return False
