"""The write side: files → documents → clean pages → facts → passages → vectors and tokens.

An index is a folder of generations and one small `index.json` that names the current one. A new
generation is built beside the old and takes its place in one rename, so that an interrupted run, a
full disk or a bad file never costs what was there. Unchanged documents are taken over with their
vectors.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant import chunking, embedding, loading, metadata
from assistant.catalog import Catalog, DocumentEntry
from assistant.errors import BusyError, IndexMismatch, IndexMissing, ReadError, StorageError
from assistant.generation import Pointer, point, pointer
from assistant.lexical import LexicalIndex
from assistant.models import Passage
from assistant.reading import Read, Wanted, read_all
from assistant.settings import Settings
from assistant.store import VectorStore
from assistant.unitvectors import Halves, UnitVectors, encode
from assistant.versions import Edition, replaced

OUTCOME = "outcome.json"  # what did not get in, for the report on the index
PIPELINE = "11"  # of reading, cleaning, chunking and units: a change makes documents be read anew


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
) -> Report:
    """Bring `paths` (files and folders) into the index; what they no longer hold leaves it.

    Raises ReadError when nothing could be read, BusyError, StorageError.
    """
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / ".lock", timeout=0)
        with lock:
            return _ingest(paths, index, settings, tell)
    except Timeout:
        raise BusyError(f"En anden indeksering er i gang i {index}. Vent, til den er færdig.") from None
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise StorageError(
            f"Indekset i {index} kan ikke skrives ({why}). Giv skriveadgang, eller frigør plads."
        ) from error


def _ingest(paths: Sequence[Path], index: Path, settings: Settings, tell: Callable[[str], None]) -> Report:
    old, old_catalog, old_store, old_units = _previous(index, settings)
    try:
        roots = [p.absolute() for p in paths]
        if old_catalog is None:
            paths = [*paths, *_elsewhere(index, roots)]
        found, failed, duplicates = _survey(paths)
        outside = [e for e in old.values() if not _listed(e.path, roots, found.values())]
        fresh: list[Read] = []
        wanted: list[Wanted] = []
        kept: list[DocumentEntry] = list(outside)
        manifests: dict[Path, dict[str, dict[str, str]]] = {}
        for identity, path in found.items():
            row = _manifest_row(path, roots, manifests)
            known = old.get(identity)
            pipeline = _fingerprint(row)
            if known and known.pipeline == pipeline:
                if known not in kept:
                    kept.append(replace(known, path=path.absolute(), name=path.name))
                continue
            wanted.append(Wanted(path, row, pipeline))
        for one, read in read_all(wanted, settings) if wanted else ():
            if isinstance(read, str):
                failed.append((one.path.name, read))
                tell(f"sprunget over: {read}")
                kept += [e for e in old.values() if e.path == one.path.absolute() and e not in kept]
            else:
                fresh.append(read)
                tell(f"læst: {one.path.name}")
        kept = _latest(kept, fresh)
        if not fresh and not kept:
            raise ReadError(_nothing(paths, failed))
        outcome = {"failed": failed, "duplicates": duplicates}
        passages = _build(index, settings, fresh, kept, old_catalog, old_store, old_units, outcome)
    finally:
        if old_catalog:
            old_catalog.close()
    _sweep(index, settings)
    names = {e.id for e in kept} | {r.document.id for r in fresh}
    return Report(
        documents=len(fresh) + len(kept),
        pages=sum(len(r.clean) for r in fresh) + sum(e.pages for e in kept),
        passages=passages,
        added=tuple(r.document.path.name for r in fresh),
        kept=tuple(e.name for e in kept),
        removed=tuple(e.name for e in old.values() if e.id not in names),
        duplicates=tuple(duplicates),
        failed=tuple(failed),
        repaired_pages=sum(any(x.reason == "ocr" for x in c.repairs) for r in fresh for c in r.clean),
    )


def _previous(
    index: Path, settings: Settings
) -> tuple[dict[str, DocumentEntry], Catalog | None, VectorStore | None, UnitVectors | None]:
    """What the index holds now; nothing where it cannot be taken over."""
    try:
        current = pointer(index, settings)
        folder = index / current.generation
        catalog = Catalog.open(folder / "catalog.db")
        store = VectorStore.open(folder / "chroma", settings.chroma_url, current.generation)
        return {e.id: e for e in catalog.documents()}, catalog, store, UnitVectors.load(folder)
    except (IndexMissing, IndexMismatch, OSError, ValueError, sqlite3.Error):
        return {}, None, None, None


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
    for path in loading.files(paths):
        try:
            identity = loading.digest(path)
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
            cache[folder] = metadata.manifest(folder)
        table = cache[folder]
        row |= table.get(path.name, {})
    return row


def _fingerprint(row: dict[str, str]) -> str:
    return PIPELINE + json.dumps({k: v for k, v in sorted(row.items()) if v}, ensure_ascii=False)


def _latest(kept: list[DocumentEntry], fresh: list[Read]) -> list[DocumentEntry]:
    """A file that was changed on the spot replaces what was read from it before."""
    changed = {r.document.path for r in fresh} | {r.document.id for r in fresh}
    return [e for e in kept if e.id not in changed and e.path not in changed]


def _nothing(paths: Iterable[Path], failed: list[tuple[str, str]]) -> str:
    if failed:
        return f"Ingen af filerne kunne læses. {failed[0][1]}"
    names = ", ".join(str(p) for p in paths)
    return f"Der er ingen dokumenter i {names}. Læg filer i mappen: {loading.KNOWN}."


def _build(
    index: Path,
    settings: Settings,
    fresh: list[Read],
    kept: list[DocumentEntry],
    old_catalog: Catalog | None,
    old_store: VectorStore | None,
    old_units: UnitVectors | None,
    outcome: dict[str, list[tuple[str, str]]],
) -> int:
    """Write a generation and make it the current one; how many passages it holds."""
    generation = f"g-{dt.datetime.now(dt.UTC):%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"
    folder = index / generation
    folder.mkdir()
    store = None
    try:
        catalog = Catalog.create(folder / "catalog.db")
        titles: dict[str, str] = {}
        editions: list[Edition] = []
        order: list[Passage] = []
        taken: list[Passage] = []
        for entry in kept:
            assert old_catalog is not None
            own = old_catalog.passages(entry.id)
            catalog.copy(old_catalog, entry, own)
            titles[entry.id] = entry.title
            editions.append(Edition.of(entry.id, entry.name, entry.title, entry.facts, own))
            taken += own
            order += own
        new: list[Passage] = []
        for read in fresh:
            catalog.add(
                read.document,
                read.title,
                read.entry.facts,
                read.clean,
                read.passages,
                read.entry.pipeline,
            )
            titles[read.document.id] = read.title
            editions.append(
                Edition.of(read.document.id, read.entry.name, read.title, read.entry.facts, read.passages)
            )
            new += read.passages
            order += read.passages
        catalog.replace(replaced(editions))
        catalog.close()
        contexts = [f"{chunking.context(titles[p.document_id], p.facts, p.section)}\n" for p in order]
        texts = [context + p.text for context, p in zip(contexts, order, strict=True)]
        LexicalIndex.build(texts).save(folder / "lexical")
        store = VectorStore.create(folder / "chroma", settings.chroma_url, generation)
        halves: list[Halves] = []
        if taken and old_store and old_units and old_catalog:
            place = {p.id: i for i, p in enumerate(old_catalog.passages())}
            halves += [old_units[place[p.id]] for p in taken]
            have = old_store.vectors([p.id for p in taken])
            store.add(taken, np.array([have[p.id] for p in taken], dtype=np.float32))
        if new:
            encoder = embedding.piece_encoder(settings)
            vectors, pooled = encode(encoder, contexts[len(taken) :], [p.text for p in new])
            store.add(new, vectors)
            halves += pooled
        UnitVectors.of(halves).save(folder)
        (folder / OUTCOME).write_text(json.dumps(outcome, ensure_ascii=False), encoding="utf-8")
        point(index, Pointer(generation, embedding.identity(settings), len(titles), len(order),
                              f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"))  # fmt: skip
        return len(order)
    except BaseException:
        if store and settings.chroma_url:
            store.drop()
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _sweep(index: Path, settings: Settings) -> None:
    """Remove generations that are no longer current, but the last two: a reader may still use them."""
    current = pointer(index).generation
    others = sorted(p for p in index.glob("g-*") if p.is_dir() and p.name != current)
    for folder in others[:-2]:
        if settings.chroma_url:
            with contextlib.suppress(IndexMissing):
                VectorStore.open(folder / "chroma", settings.chroma_url, folder.name).drop()
        shutil.rmtree(folder, ignore_errors=True)
