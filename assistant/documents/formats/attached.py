"""Reads files inside a file: attachments of a mail or a PDF, members of an archive. Each is read as if it were a
separate file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import ReadError
from assistant.models import ATTACHED, Content, Page, Unread

MOST = 40  # at most this many are read per file
LARGEST = 100 * 2**20  # bytes of one attachment


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file."""

    name: str
    data: bytes


def attached(
    files: Iterable[Attachment], read: Callable[[Path], Content], before: int
) -> tuple[list[Page], list[Unread]]:
    """The pages of attached files, numbered from `before` + 1, and the attachments that could not be read."""
    pages: list[Page] = []
    unread: list[Unread] = []
    once = {one.data: one for one in reversed(list(files))}  # the same file may be attached twice
    for n, one in enumerate(reversed(once.values())):
        name = Path(one.name.replace("\\", "/")).name or "uden navn"
        what = f"vedhæftet fil »{name}«"
        if n >= MOST or len(one.data) > LARGEST:
            unread.append(Unread(what, "der er for meget vedhæftet", "Læg den i mappen for sig."))
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / f"bilag{Path(name).suffix.lower()}"
                file.write_bytes(one.data)
                inner = read(file)
        except ReadError as error:
            why = str(error).replace(f"bilag{Path(name).suffix.lower()}", name).partition(". ")[0].rstrip(".")
            unread.append(Unread(what, why, "Læg den i mappen for sig, i en form, der læses."))
            continue
        except Exception as error:  # a broken attachment must not stop the reading of its host file
            unread.append(Unread(what, f"kan ikke læses ({type(error).__name__})", "Gem den igen."))
            continue
        pages += [
            replace(
                p,
                number=before + len(pages) + k,
                printed_label=f"{ATTACHED}{name}, {p.place}",
                words=(),
                file=p.file or name,
            )
            for k, p in enumerate(inner.pages, start=1)
        ]
        unread += [replace(u, what=f"{what}, {u.what}") for u in inner.unread]
    return pages, unread


def read_zip(path: Path, read: Callable[[Path], Content]) -> Content:
    """Reads the files of an archive in turn. Raises ReadError for an archive that would grow too large."""
    import zipfile

    from assistant.documents.formats import archive

    archive.check(path)
    with zipfile.ZipFile(path) as file:
        inside = [
            part for part in file.infolist() if not part.is_dir() and not part.filename.startswith("__MACOSX")
        ]
        pages, unread = attached((Attachment(part.filename, file.read(part)) for part in inside), read, 0)
    if not pages and not unread:
        raise ReadError(f"{path.name} er et tomt arkiv. Pak filerne ud i mappen.")
    return Content(path.stem, pages, tuple(unread))
