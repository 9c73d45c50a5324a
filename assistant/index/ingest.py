"""The write side: files → documents → clean pages → facts → passages → vectors and tokens.

An index is a folder of generations and a small `index.json` that names the current one. A new generation is built
beside the old one and replaces it in one rename, so that an interrupted run, a full disk or a bad file never destroys
the old index. Unchanged documents are taken over with their vectors.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.documents import formats
from assistant.documents.facts import for_all
from assistant.documents.folder import Folder, look
from assistant.documents.manifest import rows_for
from assistant.documents.worker import Read, Wanted, read_all
from assistant.errors import BusyError, IndexMismatch, IndexMissing, ReadError, StorageError, cause
from assistant.index.builder import Former, Generation, as_text
from assistant.index.catalog import Catalog
from assistant.index.chroma import VectorStore
from assistant.index.generations import pointer
from assistant.index.integrity import STORE
from assistant.language.added import Added, added, use
from assistant.models import DocumentEntry
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.index.cluster import Nodes

SHOWN = 8  # unread parts of a file that are reported one by one
# The version of reading, cleaning, chunking and units. After a change all documents are read again.
PIPELINE = "27"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one ingest. `failed` holds (file, reason), one line each in Danish."""

    documents: int
    pages: int
    passages: int
    added: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    duplicates: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str], ...]
    repaired_pages: int


def ingest(
    paths: Sequence[Path],
    index: Path,
    settings: Settings,
    tell: Callable[[str], None] = lambda line: None,
    gone: Sequence[Path] = (),
    alone: bool = False,
) -> Report:
    """Brings `paths` (files and folders) into the index. Files that are no longer there are removed from it, and so are
    the files `gone`, which the user removed. `alone`: the process does nothing else with the model.

    Raises ReadError if nothing could be read, SettingsError, BusyError, StorageError, ClusterError.
    """
    from filelock import FileLock, Timeout

    use(settings.words)

    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / ".lock", timeout=0)
        with lock:
            return _ingest(paths, index, settings, tell, gone, alone)
    except Timeout:
        raise BusyError(f"En anden indeksering er i gang i {index}. Vent, til den er færdig.") from None
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"Indekset i {index} kan ikke skrives ({cause(error)}). Giv skriveadgang, eller frigør plads."
        ) from error


@dataclass(frozen=True, slots=True)
class _Plan:
    """The plan of one run: the documents that stay, the files to read, the former entries that each file replaces once
    it is read (`former_of`), and what is reported about the rest."""

    kept: list[DocumentEntry]
    wanted: list[Wanted]
    former_of: dict[Path, list[DocumentEntry]]
    found: dict[str, Path]
    failed: list[tuple[str, str]]
    duplicates: list[tuple[str, str]]
    told: list[str]

    @property
    def outcome(self) -> dict[str, list[tuple[str, str]]]:
        return {
            "failed": self.failed,
            "duplicates": self.duplicates,
            "told": [("", line) for line in self.told],
        }


def _ingest(
    paths: Sequence[Path],
    index: Path,
    settings: Settings,
    tell: Callable[[str], None],
    gone: Sequence[Path],
    alone: bool,
) -> Report:
    former = _former(index, settings)
    try:
        old = {e.id: e for e in former.catalog.documents()} if former else {}
        roots = [p.absolute() for p in paths]
        paths = roots if former else [*roots, *_elsewhere(index, roots)]
        plan = _planned(old, paths, roots, gone)
        for line in plan.told:
            tell(line)
        if former and _nothing_new(plan, old, former):
            pages = sum(e.pages for e in plan.kept)
            names = tuple(e.name for e in plan.kept)
            return Report(
                len(names), pages, former.pointer.passages, (), names, (), tuple(plan.duplicates),
                tuple(plan.failed), 0,
            )  # fmt: skip
        return _carried_out(plan, old, former, paths, index, settings, tell, alone)
    finally:
        if former:
            former.close()


def _planned(
    old: dict[str, DocumentEntry], paths: Sequence[Path], roots: Sequence[Path], removed: Sequence[Path]
) -> _Plan:
    """Decides what to keep, read and remove: deleted files leave the index, and files that cannot be read now stay as
    they were and are reported.

    Raises ReadError, SettingsError.
    """
    folder = look(paths)
    found, failed, duplicates = _surveyed(folder)
    rows, told = rows_for(folder.files, roots)
    here = {path.absolute(): identity for identity, path in found.items()}
    hidden = [left.path.absolute() for left in folder.left] + [
        path.absolute() for path in folder.files if path.absolute() not in here and path.name in dict(failed)
    ]
    away = [p.absolute() for p in removed if not p.exists()]
    speaking = [r for r in roots if any(_below(path, r) for path in here)]
    wanted: list[Wanted] = []
    kept: list[DocumentEntry] = []
    former_of: dict[Path, list[DocumentEntry]] = {}
    for identity, path in found.items():
        known, pipeline = old.get(identity), _fingerprint(rows.get(path, {}))
        if known is not None and known.pipeline == pipeline:
            kept.append(replace(known, path=path.absolute(), name=path.name))
            continue
        wanted.append(Wanted(path, rows.get(path, {}), pipeline))
        # The entry for this file's bytes or path is replaced once the file is read.
        same_place = (e for e in old.values() if e.path == path.absolute() and e.id not in found)
        former_of[path] = [known] if known is not None else list(same_place)
    yielding = {e.id for entries in former_of.values() for e in entries}
    for entry in old.values():
        if entry.id in found or entry.id in yielding or entry.path in away:
            continue
        if any(_below(entry.path, path) for path in hidden):
            told.append(f"{entry.name} kan ikke læses nu; det, der blev læst før, svarer stadig.")
            kept.append(entry)
        elif not any(_below(entry.path, root) for root in speaking):
            kept.append(entry)
    told += [
        f"{root} er tom. De dokumenter derfra, der er i indekset, er beholdt."
        for root in roots
        if root not in speaking and any(_below(e.path, root) for e in kept) and root.is_dir()
    ]
    return _Plan(kept, wanted, former_of, found, failed, duplicates, told)


def _surveyed(folder: Folder) -> tuple[dict[str, Path], list[tuple[str, str]], list[tuple[str, str]]]:
    """(document id → file, files that cannot be read, (copy, original) pairs of files with the same bytes)."""
    found: dict[str, Path] = {}
    failed = [(left.name, left.why) for left in folder.left]
    duplicates: list[tuple[str, str]] = []
    for path in folder.files:
        try:
            identity = formats.digest(path)
        except OSError as error:
            failed.append((path.name, f"{path.name} kan ikke åbnes ({cause(error)}). Tjek rettigheder."))
            continue
        if identity in found:
            duplicates.append((path.name, found[identity].name))
        else:
            found[identity] = path
    return found, failed, duplicates


def _nothing_new(plan: _Plan, old: dict[str, DocumentEntry], former: Former) -> bool:
    same = {(e.id, e.path, e.name) for e in plan.kept} == {(e.id, e.path, e.name) for e in old.values()}
    return same and not plan.wanted and former.outcome == as_text(plan.outcome)


def _carried_out(
    plan: _Plan,
    old: dict[str, DocumentEntry],
    former: Former | None,
    paths: Sequence[Path],
    index: Path,
    settings: Settings,
    tell: Callable[[str], None],
    alone: bool,
) -> Report:
    """Builds the generation that the plan describes. Raises ReadError if it would be empty."""
    kept, failed = list(plan.kept), plan.failed
    added: list[str] = []
    repaired = 0
    with contextlib.ExitStack() as connection:
        nodes = _nodes(plan, settings, connection)
        generation = Generation(index, settings, nodes)
        try:
            for entry in kept:
                assert former is not None
                generation.take(former, entry)
            with _progress(plan.wanted) as advance:
                for one, read in _as_read(plan, settings, nodes):
                    if isinstance(read, str):
                        failed.append((one.path.name, read))
                        for entry in plan.former_of[one.path]:
                            assert former is not None
                            generation.take(former, entry)
                            kept.append(entry)
                    else:
                        generation.add(read)
                        added.append(one.path.name)
                        repaired += sum(any(x.reason == "ocr" for x in c.repairs) for c in read.clean)
                        for line in _said(one.path.name, read):
                            tell(line)
                    advance(one, generation.pages)
            if not generation.documents:
                for _, other in failed[1:]:
                    tell(other)
                raise ReadError(_nothing(paths, failed))
            generation.settle()
            connection.close()  # free the nodes while words and vectors are stored
            passages = generation.finish(plan.outcome, alone)
        except BaseException:
            generation.discard()
            raise
    _sweep(index, settings)
    gone = old.keys() - {e.id for e in kept} - set(plan.found)
    return Report(
        documents=generation.documents,
        pages=generation.pages,
        passages=passages,
        added=tuple(added),
        kept=tuple(e.name for e in kept),
        removed=tuple(e.name for e in old.values() if e.id in gone),
        duplicates=tuple(plan.duplicates),
        failed=tuple(failed),
        repaired_pages=repaired,
    )


def _nodes(plan: _Plan, settings: Settings, connection: contextlib.ExitStack) -> Nodes | None:
    """The other machines that read and encode, if they are configured and there is something to read. Raises
    ClusterError."""
    if not settings.cluster or not plan.wanted:
        return None
    from assistant.index.cluster import connected

    return connection.enter_context(connected(settings))


def _as_read(plan: _Plan, settings: Settings, nodes: Nodes | None) -> Iterable[tuple[Wanted, Read | str]]:
    if not plan.wanted:
        return ()
    return nodes.read_all(plan.wanted) if nodes else read_all(plan.wanted, settings)


def _said(name: str, read: Read) -> Iterator[str]:
    """The lines reported about a file that was read: how it was read, and which parts were not."""
    scanned = sum(page.origin == "ocr" for page in read.document.pages)
    yield f"læst: {name}" + (f" ({scanned} sider læst med OCR)" if scanned else "")
    if read.entry.facts.region is None and not for_all(read.title, read.entry.facts):
        yield f"{name}: region ukendt. Skriv en linje om den i manifest.csv, hvis den gælder én region."
    unread = read.document.unread
    for missed in unread[:SHOWN]:
        yield f"ikke læst i {name}: {missed.line}"
    if len(unread) > SHOWN:
        yield f"ikke læst i {name}: {len(unread) - SHOWN} steder mere; se dem alle med assistant doctor"


@contextlib.contextmanager
def _progress(wanted: Sequence[Wanted]) -> Iterator[Callable[[Wanted, int], None]]:
    """A progress bar over the bytes to read, with pages per second, memory and remaining time."""
    from tqdm import tqdm

    sizes = {w.path: w.path.stat().st_size for w in wanted}
    start = time.monotonic()
    with tqdm(total=sum(sizes.values()), unit="B", unit_scale=True, desc="indekserer", disable=None) as bar:

        def advance(one: Wanted, pages: int) -> None:
            rate = pages / max(time.monotonic() - start, 0.001)
            bar.set_postfix_str(f"{pages} sider, {rate:.0f} i sekundet{_memory()}", refresh=False)
            bar.update(sizes[one.path])

        yield advance


def _memory() -> str:
    """The peak memory of this process, if the system reports it."""
    try:
        import resource
    except ImportError:  # not on Windows
        return ""
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f", {taken // (2**20 if sys.platform == 'darwin' else 2**10)} MB"


def _former(index: Path, settings: Settings) -> Former | None:
    """The current generation, or None if it cannot be taken over."""
    try:
        return Former(index, settings)
    except (IndexMissing, IndexMismatch, OSError, ValueError, KeyError, RuntimeError, sqlite3.Error):
        return None


def _elsewhere(index: Path, roots: list[Path]) -> list[Path]:
    """Files of an index that cannot be taken over (other version, other model) and that are outside the given paths.
    They are read again, so that a rebuild does not lose them."""
    try:
        generation = json.loads((index / "index.json").read_text(encoding="utf-8"))["generation"]
        catalog = Catalog.open(index / str(generation) / "catalog.db")
        files = [e.path for e in catalog.documents()]
        catalog.close()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, sqlite3.Error):
        return []
    return [p for p in files if p.exists() and not any(_below(p, root) for root in roots)]


def _below(path: Path, root: Path) -> bool:
    return path == root or root in path.parents


def _fingerprint(row: dict[str, str]) -> str:
    """What a document was read with: the version of the pipeline, the added words, and its manifest row."""
    own = json.dumps({k: v for k, v in sorted(row.items()) if v}, ensure_ascii=False)
    return PIPELINE + added().read_with + own


def read_with(fingerprint: str, own: Added) -> bool:
    """Whether a document was read with these added words, by any version of the pipeline.

    >>> read_with('26{"region": "Fyn"}', Added()), read_with("26{}", Added(glossary=("skærmning",)))
    (True, False)
    """
    _, mark, words = fingerprint.partition("{")[0].partition("+")
    return mark + words == own.read_with


def _nothing(paths: Iterable[Path], failed: list[tuple[str, str]]) -> str:
    if failed:
        return f"Ingen af filerne kunne læses. {failed[0][1]}"
    names = ", ".join(str(p) for p in paths)
    return f"Der er ingen dokumenter i {names}. Læg filer i mappen: {formats.KNOWN}."


def _sweep(index: Path, settings: Settings) -> None:
    """Removes old generations except the last two, which readers may still use."""
    current = pointer(index).generation
    others = sorted(p for p in index.glob("g-*") if p.is_dir() and p.name != current)
    for folder in others[:-2]:
        try:
            if settings.chroma_url:
                with contextlib.suppress(IndexMissing):
                    VectorStore.open(folder / STORE, settings.chroma_url, folder.name).drop()
        except StorageError:
            continue  # the server is unreachable: remove both in a later run
        shutil.rmtree(folder, ignore_errors=True)
