"""The write side: files → documents → clean pages → facts → passages → vectors and tokens.

An index is a folder of generations and one small `index.json` that names the current one. A new
generation is built beside the old and takes its place in one rename, so that an interrupted run, a
full disk or a bad file never costs what was there. Unchanged documents are taken over with their
vectors.
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

from assistant.documents import facts, formats
from assistant.documents.worker import Wanted, read_all
from assistant.errors import BusyError, IndexMismatch, IndexMissing, ReadError, StorageError
from assistant.index.builder import Former, Generation, as_text
from assistant.index.catalog import Catalog
from assistant.index.chroma import VectorStore
from assistant.index.generations import pointer
from assistant.models import DocumentEntry
from assistant.settings import Settings

PIPELINE = "24"  # of reading, cleaning, chunking and units: a change makes documents be read anew


@dataclass(frozen=True, slots=True)
class Report:
    """What one ingest did. `failed` are (file, why), one line each in Danish."""

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
    """Bring `paths` (files and folders) into the index; what they no longer hold leaves it, and so do
    the files `gone`, which were taken away on purpose. `alone`: the process does nothing else with the model.

    Raises ReadError when nothing could be read, BusyError, StorageError.
    """
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / ".lock", timeout=0)
        with lock:
            return _ingest(paths, index, settings, tell, gone, alone)
    except Timeout:
        raise BusyError(f"En anden indeksering er i gang i {index}. Vent, til den er færdig.") from None
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise StorageError(
            f"Indekset i {index} kan ikke skrives ({why}). Giv skriveadgang, eller frigør plads."
        ) from error


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
        return _renewed(former, paths, index, settings, tell, gone, alone)
    finally:
        if former:
            former.close()


def _renewed(
    former: Former | None,
    paths: Sequence[Path],
    index: Path,
    settings: Settings,
    tell: Callable[[str], None],
    removed: Sequence[Path],
    alone: bool,
) -> Report:
    old = {e.id: e for e in former.catalog.documents()} if former else {}
    roots = [p.absolute() for p in paths]
    if former is None:
        paths = [*paths, *_elsewhere(index, roots)]
    found, failed, duplicates = _survey(paths)
    away = [p for p in removed if not p.exists()]
    kept = [e for e in old.values() if not _listed(e.path, roots, found.values()) and e.path not in away]
    wanted: list[Wanted] = []
    manifests: dict[Path, dict[str, dict[str, str]]] = {}
    for identity, path in found.items():
        row = _manifest_row(path, roots, manifests)
        known, pipeline = old.get(identity), _fingerprint(row)
        if known is None or known.pipeline != pipeline:
            wanted.append(Wanted(path, row, pipeline))
        elif known not in kept:
            kept.append(replace(known, path=path.absolute(), name=path.name))
    added: list[str] = []
    repaired = 0
    # What stands in the index under the path of a file to be read, gives way once that is read.
    # (A file that merely moved is found by its bytes, wherever it lies now.)
    by_path = {e.path: e for e in old.values() if e.id not in found}
    of_wanted = {identity: path for identity, path in found.items() if any(w.path == path for w in wanted)}
    former_of: dict[Path, list[DocumentEntry]] = {w.path: [] for w in wanted}
    for identity, path in of_wanted.items():
        same_file = [old[identity]] if identity in old else []
        same_place = [by_path[path.absolute()]] if path.absolute() in by_path else []
        former_of[path] = same_file or same_place
    yielding = {e.id for entries in former_of.values() for e in entries}
    kept = [e for e in kept if e.id not in yielding]
    # What cannot be opened now stays as it was.
    closed = {name for name, _ in failed}
    kept += [e for e in old.values() if e.name in closed and e.id not in found and e not in kept]
    same = {(e.id, e.path, e.name) for e in kept} == {(e.id, e.path, e.name) for e in old.values()}
    outcome: dict[str, list[tuple[str, str]]] = {"failed": failed, "duplicates": duplicates}
    if former and same and not wanted and former.outcome == as_text(outcome):
        pages = sum(e.pages for e in kept)
        names = tuple(e.name for e in kept)
        return Report(len(kept), pages, former.pointer.passages, (), names, (), tuple(duplicates), (), 0)
    generation = Generation(index, settings)
    try:
        for entry in kept:
            assert former is not None
            generation.take(former, entry)
        with _progress(wanted) as advance:
            for one, read in read_all(wanted, settings) if wanted else ():
                if isinstance(read, str):
                    failed.append((one.path.name, read))
                    tell(f"sprunget over: {read}")
                    for entry in former_of[one.path]:
                        assert former is not None
                        generation.take(former, entry)
                        kept.append(entry)
                else:
                    generation.add(read)
                    added.append(one.path.name)
                    repaired += sum(any(x.reason == "ocr" for x in c.repairs) for c in read.clean)
                    tell(f"læst: {one.path.name}")
                advance(one, generation.pages)
        if not generation.documents:
            raise ReadError(_nothing(paths, failed))
        passages = generation.finish(outcome, alone)
    except BaseException:
        generation.discard()
        raise
    _sweep(index, settings)
    gone = old.keys() - {e.id for e in kept} - set(found)
    return Report(
        documents=generation.documents,
        pages=generation.pages,
        passages=passages,
        added=tuple(added),
        kept=tuple(e.name for e in kept),
        removed=tuple(e.name for e in old.values() if e.id in gone),
        duplicates=tuple(duplicates),
        failed=tuple(failed),
        repaired_pages=repaired,
    )


@contextlib.contextmanager
def _progress(wanted: Sequence[Wanted]) -> Iterator[Callable[[Wanted, int], None]]:
    """A bar over the bytes to be read, with pages a second, memory and the time that is left."""
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
    """What this process has taken at most, where the system says."""
    try:
        import resource
    except ImportError:  # not on Windows
        return ""
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f", {taken // (2**20 if sys.platform == 'darwin' else 2**10)} MB"


def _former(index: Path, settings: Settings) -> Former | None:
    """What the index holds now; nothing where it cannot be taken over."""
    try:
        return Former(index, settings)
    except (IndexMissing, IndexMismatch, OSError, ValueError, sqlite3.Error):
        return None


def _elsewhere(index: Path, roots: list[Path]) -> list[Path]:
    """Files of an index that cannot be taken over (other version, other model) and that lie outside
    the paths given: they are read anew, so that building again never forgets them."""
    try:
        generation = json.loads((index / "index.json").read_text(encoding="utf-8"))["generation"]
        catalog = Catalog.open(index / str(generation) / "catalog.db")
        files = [e.path for e in catalog.documents()]
        catalog.close()
    except (OSError, ValueError, KeyError, TypeError, sqlite3.Error):
        return []
    return [p for p in files if p.exists() and not any(_below(p, root) for root in roots)]


def _listed(path: Path, roots: list[Path], found: Iterable[Path]) -> bool:
    """Whether this run speaks for an indexed file: it lies below a path given that holds files. A
    folder that is suddenly empty (not mounted, say) speaks for nothing."""
    speaking = [r for r in roots if any(_below(f.absolute(), r) for f in found)]
    return any(_below(path, root) for root in speaking)


def _survey(
    paths: Sequence[Path],
) -> tuple[dict[str, Path], list[tuple[str, str]], list[tuple[str, str]]]:
    """(document id → file), unreadable files, and (copy, original) of the same bytes."""
    found: dict[str, Path] = {}
    failed: list[tuple[str, str]] = []
    duplicates: list[tuple[str, str]] = []
    for path in formats.files(paths):
        try:
            identity = formats.digest(path)
        except OSError as error:
            failed.append((path.name, f"{path.name} kan ikke åbnes ({error.strerror}). Tjek rettigheder."))
            continue
        if identity in found:
            duplicates.append((path.name, found[identity].name))
        else:
            found[identity] = path
    return found, failed, duplicates


def _below(path: Path, root: Path) -> bool:
    return path == root or root in path.parents


def _manifest_row(
    path: Path, roots: list[Path], cache: dict[Path, dict[str, dict[str, str]]]
) -> dict[str, str]:
    """The manifest's row for a file: in its own folder, or in the folder that was given."""
    row: dict[str, str] = {}
    for folder in dict.fromkeys(
        [*(r for r in roots if r.is_dir() and _below(path.absolute(), r)), path.parent]
    ):
        if folder not in cache:
            cache[folder] = facts.manifest(folder)
        table = cache[folder]
        row |= table.get(path.name, {})
    return row


def _fingerprint(row: dict[str, str]) -> str:
    return PIPELINE + json.dumps({k: v for k, v in sorted(row.items()) if v}, ensure_ascii=False)


def _nothing(paths: Iterable[Path], failed: list[tuple[str, str]]) -> str:
    if failed:
        return f"Ingen af filerne kunne læses. {failed[0][1]}"
    names = ", ".join(str(p) for p in paths)
    return f"Der er ingen dokumenter i {names}. Læg filer i mappen: {formats.KNOWN}."


def _sweep(index: Path, settings: Settings) -> None:
    """Remove generations that are no longer current, but the last two: a reader may still use them."""
    current = pointer(index).generation
    others = sorted(p for p in index.glob("g-*") if p.is_dir() and p.name != current)
    for folder in others[:-2]:
        if settings.chroma_url:
            with contextlib.suppress(IndexMissing):
                VectorStore.open(folder / "chroma", settings.chroma_url, folder.name).drop()
        shutil.rmtree(folder, ignore_errors=True)
