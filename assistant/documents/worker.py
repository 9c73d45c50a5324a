"""Reads one file from bytes to passages in a separate process, so that a malicious file can only harm its own parser.
Files are read in parallel, each with a time and memory limit."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.documents import chunking, cleaning, formats, line_breaks, repair
from assistant.documents.facts import facts_of, named, title_of
from assistant.errors import ReadError
from assistant.language.added import Added, added, adopt
from assistant.models import CleanPage, DocumentEntry, Facts, Page, Passage, SourceDocument
from assistant.settings import Settings

if TYPE_CHECKING:
    from pebble import ProcessPool

AHEAD = 4  # files queued for each worker; a file that was read waits in memory until it is stored


@dataclass(frozen=True, slots=True)
class Read:
    """A document ready for the index."""

    document: SourceDocument
    title: str
    clean: tuple[CleanPage, ...]
    passages: tuple[Passage, ...]
    entry: DocumentEntry


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to read, with its manifest row and the pipeline fingerprint to store with it."""

    path: Path
    row: Mapping[str, str]
    pipeline: str


def read(wanted: Wanted, passwords: Sequence[str] = (), lying: Path | None = None) -> Read:
    """Reads one file in this process. `lying` is where its bytes are if that is not `wanted.path` (on another machine).
    Raises ReadError."""
    path = wanted.path
    document = formats.read(lying or path, passwords)
    if lying:
        document = replace(document, path=path)
    headings = line_breaks.titles(page.raw for page in document.pages)
    clean = [
        _mended(source, page, headings)
        for source, page in zip(document.pages, cleaning.clean(document.pages), strict=True)
    ]
    title = (wanted.row.get("title") or "").strip() or title_of(document.title, clean)
    facts = facts_of(title, clean, wanted.row, path.suffix.lower(), _around(document, clean))
    title = title or named(facts, path)
    document = replace(document, title=title)
    inside = _inside(document, clean)
    facts = _of_all(facts, inside)
    passages = [
        replace(p, facts=inside.get(document.pages[p.spans[-1].page - 1].file, p.facts))
        for p in chunking.passages(document.id, clean, facts)
    ]
    entry = DocumentEntry(document.id, document.path, path.name, title, facts, len(clean), wanted.pipeline)
    return Read(document, title, tuple(clean), tuple(passages), entry)


def _inside(document: SourceDocument, clean: Sequence[CleanPage]) -> dict[str, Facts]:
    """Facts of each file inside this one. An attachment may belong to another region than the document it came with."""
    found: dict[str, Facts] = {}
    for name in dict.fromkeys(page.file for page in document.pages if page.file):
        own = [c for source, c in zip(document.pages, clean, strict=True) if source.file == name]
        stem = Path(name).stem
        around = {"filnavn": re.sub(r"(?<!\d)-|-(?!\d)|[_.]+", " ", stem)}
        found[name] = facts_of(title_of("", own), own, None, Path(name).suffix.lower(), around)
    return found


def _of_all(facts: Facts, inside: Mapping[str, Facts]) -> Facts:
    """A file's facts with the regions of all documents in it, and without a period if they have different ones."""
    regions = dict.fromkeys(r for one in (facts, *inside.values()) for r in one.regions)
    periods = {one.period for one in (facts, *inside.values()) if one.period}
    if not inside or (len(regions) < 2 and len(periods) < 2):
        return facts
    return replace(
        facts, region="; ".join(regions) or None, period=facts.period if len(periods) < 2 else None
    )


def _around(document: SourceDocument, clean: Sequence[CleanPage]) -> dict[str, str]:
    """Places outside the text that may say whose document it is: headers, file name, folder, properties."""
    running = (r.before.strip() for page in clean for r in page.repairs if r.reason == "running line")
    lines = list(dict.fromkeys([*document.margins.split("\n"), *running]))
    names = {"filnavn": document.path.stem, "mappe": document.path.parent.name, "egenskaber": document.title}
    return {
        "sidehoved": " ".join(lines)[:2000],
        **{place: re.sub(r"(?<!\d)-|-(?!\d)|[_.]+", " ", name) for place, name in names.items()},
    }


def _mended(source: Page, page: CleanPage, headings: Collection[str] = ()) -> CleanPage:
    """Repairs OCR errors and restores line breaks. Sections made from markup have no such errors and are returned
    unchanged."""
    if source.origin == "markup" and source.printed_label:
        return page
    if source.origin == "ocr":
        page = page.apply(repair.section_marks(page.text))
    page = page.apply(repair.mend(page.text))
    return page.apply(line_breaks.unfold(page.text, headings))


def read_all(wanted: Sequence[Wanted], settings: Settings) -> Iterator[tuple[Wanted, Read | str]]:
    """Reads every file in turn; yields the result or one line in Danish that says why it failed."""
    with _unasked():
        yield from _read_all(wanted, settings)


@contextlib.contextmanager
def _unasked() -> Iterator[None]:
    """Hides the main module while workers start. multiprocessing would run it again in each worker, and a script that
    indexes at module level would index recursively."""
    main = sys.modules["__main__"]
    known = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    try:
        main.__spec__ = None
        if "__file__" in known:
            del main.__file__
        yield
    finally:
        for name, value in known.items():
            setattr(main, name, value)


def read_apart(wanted: Wanted, settings: Settings, lying: Path) -> Read | str:
    """Reads one file, whose bytes are at `lying`, in a separate process that is kept for the next file. Cluster nodes
    use this: they get one file at a time."""
    with _unasked():
        future = _kept(settings.file_mb).schedule(
            read, args=[wanted, _passwords(settings), lying], timeout=settings.file_seconds
        )
        try:
            found: Read = future.result()
            return found
        except Exception as error:
            return why_not(wanted.path.name, error, settings)


@lru_cache(maxsize=1)
def _kept(megabytes: int) -> ProcessPool:
    return _pool(1, megabytes)


def _pool(workers: int, megabytes: int) -> ProcessPool:
    from pebble import ProcessPool

    return ProcessPool(
        max_workers=workers,
        context=multiprocessing.get_context("spawn"),  # a fork would copy locks held by other threads
        initializer=_prepared,
        initargs=[megabytes, added()],
    )


def _passwords(settings: Settings) -> tuple[str, ...]:
    return tuple(p for p in settings.passwords.split(",") if p)


def _read_all(wanted: Sequence[Wanted], settings: Settings) -> Iterator[tuple[Wanted, Read | str]]:
    from pebble import ProcessFuture

    workers = max(1, min(os.cpu_count() or 1, len(wanted)))
    pool = _pool(workers, settings.file_mb)
    passwords = _passwords(settings)
    waiting: list[tuple[Wanted, ProcessFuture[Read]]] = []
    try:
        upcoming = iter(wanted)
        while True:
            while len(waiting) < AHEAD * workers and (following := next(upcoming, None)):
                future = pool.schedule(read, args=[following, passwords], timeout=settings.file_seconds)
                waiting.append((following, future))
            if not waiting:
                return
            one, future = waiting.pop(0)
            try:
                yield one, future.result()
            except Exception as error:  # one broken file must not stop the others
                yield one, why_not(one.path.name, error, settings)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def why_not(name: str, error: Exception, settings: Settings) -> str:
    """One line in Danish that says what went wrong with a file and what to do."""
    from pebble import ProcessExpired

    if isinstance(error, ReadError):
        return str(error)
    if isinstance(error, TookTooLong):
        seconds = f"{settings.file_seconds} sekunder"
        return f"{name} tog mere end {seconds} at læse. Del den op, eller sæt ASSISTANT_FILE_SECONDS op."
    if isinstance(error, ProcessExpired | MemoryError):
        most = f"{settings.file_mb} MB"
        return f"{name} fik læseren til at gå ned (grænsen er {most}). Gem den igen, eller sæt ASSISTANT_FILE_MB op."
    return f"{name} kan ikke læses ({type(error).__name__}). Gem filen igen, og læg den ind på ny."


def _prepared(megabytes: int, own: Added) -> None:
    """Initialises a worker: takes over the added words of the parent process and limits the memory where the system
    supports it."""
    adopt(own)
    # Files are read in parallel, so tesseract's own threads would only wait for each other. It is set here and not in
    # processes that run torch, which computes wrong vectors with this limit.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        import resource
    except ImportError:  # not on Windows
        return
    most = megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
