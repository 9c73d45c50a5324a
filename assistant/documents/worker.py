"""One file from bytes to passages, in a process of its own: what a hostile file does to a parser, it
does to nobody else. Files are read side by side, each within its time and memory."""

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

AHEAD = 4  # files that are under way for each worker: what is read waits in memory until it is stored


@dataclass(frozen=True, slots=True)
class Read:
    """A document as it goes into the index."""

    document: SourceDocument
    title: str
    clean: tuple[CleanPage, ...]
    passages: tuple[Passage, ...]
    entry: DocumentEntry


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be read, with its row of the manifest and the fingerprint it is kept under."""

    path: Path
    row: Mapping[str, str]
    pipeline: str


def read(wanted: Wanted, passwords: Sequence[str] = (), lying: Path | None = None) -> Read:
    """Read one file here and now; its bytes may be `lying` under another path, on another machine. Raises ReadError."""
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
    """What is known of each paper inside a file: an attachment may be another region's than the paper it came with."""
    found: dict[str, Facts] = {}
    for name in dict.fromkeys(page.file for page in document.pages if page.file):
        own = [c for source, c in zip(document.pages, clean, strict=True) if source.file == name]
        stem = Path(name).stem
        around = {"filnavn": re.sub(r"(?<!\d)-|-(?!\d)|[_.]+", " ", stem)}
        found[name] = facts_of(title_of("", own), own, None, Path(name).suffix.lower(), around)
    return found


def _of_all(facts: Facts, inside: Mapping[str, Facts]) -> Facts:
    """A file's facts with the regions of all papers in it, and without a period where they have several."""
    regions = dict.fromkeys(r for one in (facts, *inside.values()) for r in one.regions)
    periods = {one.period for one in (facts, *inside.values()) if one.period}
    if not inside or (len(regions) < 2 and len(periods) < 2):
        return facts
    return replace(
        facts, region="; ".join(regions) or None, period=facts.period if len(periods) < 2 else None
    )


def _around(document: SourceDocument, clean: Sequence[CleanPage]) -> dict[str, str]:
    """Where people write whose paper it is, outside its text."""
    running = (r.before.strip() for page in clean for r in page.repairs if r.reason == "running line")
    lines = list(dict.fromkeys([*document.margins.split("\n"), *running]))
    names = {"filnavn": document.path.stem, "mappe": document.path.parent.name, "egenskaber": document.title}
    return {
        "sidehoved": " ".join(lines)[:2000],
        **{place: re.sub(r"(?<!\d)-|-(?!\d)|[_.]+", " ", name) for place, name in names.items()},
    }


def _mended(source: Page, page: CleanPage, headings: Collection[str] = ()) -> CleanPage:
    """The page without what a reading machine made of it; what was written by one needs no mending."""
    if source.origin == "markup" and source.printed_label:
        return page
    if source.origin == "ocr":
        page = page.apply(repair.section_marks(page.text))
    page = page.apply(repair.mend(page.text))
    return page.apply(line_breaks.unfold(page.text, headings))


def read_all(wanted: Sequence[Wanted], settings: Settings) -> Iterator[tuple[Wanted, Read | str]]:
    """Every file in turn, as read or with the reason why it was not, one line in Danish."""
    with _unasked():
        yield from _read_all(wanted, settings)


@contextlib.contextmanager
def _unasked() -> Iterator[None]:
    """Workers start without the program that calls: multiprocessing would run it again in each of them,
    and a script that indexes on its first line would index without end."""
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
    """One file whose bytes are `lying` there, in a process beside this one that is kept for the next: for a
    machine that is sent one file after the other."""
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
        context=multiprocessing.get_context("spawn"),  # a fork would take over threads that hold locks
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
            except Exception as error:  # whatever one file does to a parser, the others get in
                yield one, why_not(one.path.name, error, settings)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def why_not(name: str, error: Exception, settings: Settings) -> str:
    """What went wrong with a file, in one line that says what to do."""
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
    """Read with the words of the process that asks, and limit what this one may allocate, where the system can."""
    adopt(own)
    # Files are read side by side, so that tesseract's threads would only wait for each other. Set here
    # and not where torch runs: it computes wrong vectors under this limit.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        import resource
    except ImportError:  # not on Windows
        return
    most = megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
