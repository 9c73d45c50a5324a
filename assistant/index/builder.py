"""Writes a new generation of an index, document by document, beside the current one.

Documents are added as they are read, so that reading and encoding overlap and only a few documents are in memory.
Vectors go to a file, and to Chroma after the last passage is encoded: then the model can be released, and Chroma and
the word index, which grow with the corpus, can use its memory. The file is kept for queries and for the next
generation, unless the vectors are on a server. Only `finish` makes the generation the current one; until then it is a
folder that nothing refers to.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.documents import chunking
from assistant.documents.editions import Edition, replaced
from assistant.documents.worker import Read
from assistant.errors import IndexMismatch, StorageError
from assistant.index import encoders
from assistant.index.carrying import carried
from assistant.index.catalog import Catalog, Passages
from assistant.index.chroma import VectorStore
from assistant.index.encoders import Vectors
from assistant.index.exact import VECTORS, ExactVectors
from assistant.index.generations import Pointer, point, pointer
from assistant.index.integrity import STORE, broken, seal
from assistant.index.lexical import FormerTokens, LexicalIndex, LexicalWriter
from assistant.index.named import Named, NamedWriter, told
from assistant.index.unit_vectors import Encoded, Halves, UnitVectors, UnitWriter, encode
from assistant.models import DocumentEntry, Passage
from assistant.settings import Settings

BATCH = 64  # passages encoded together: sorted by length, they need little padding
STORED = 500  # passages given to Chroma at a time
LOOKED_AT = 10  # vectors of a copied collection that are compared with the ones that were written
OUTCOME = "outcome.json"  # files that were not indexed, for the report on the index


def as_text(outcome: dict[str, list[tuple[str, str]]]) -> str:
    """The outcome in the form in which it is stored."""
    return json.dumps(outcome, ensure_ascii=False)


class Former:
    """The current generation, from which unchanged documents are taken over. Raises IndexMissing, IndexMismatch,
    OSError, ValueError, sqlite3.Error on opening."""

    def __init__(self, index: Path, settings: Settings) -> None:
        self.pointer = current = pointer(index, settings)
        folder = index / current.generation
        if name := broken(folder, wholly=True):
            raise IndexMismatch(f"{folder / name} er ikke, som den blev skrevet.")
        self.outcome = (folder / OUTCOME).read_text(encoding="utf-8")
        self.catalog = Catalog.open(folder / "catalog.db")
        self._units = UnitVectors.load(folder)
        self._passages = Passages(self.catalog)
        self._named = Named.load(folder)
        self._tokens = FormerTokens(folder, LexicalIndex.load(folder / "lexical").vocabulary)
        self._exact: ExactVectors | None = None
        if (folder / VECTORS).exists():
            self._exact = ExactVectors.load(folder, len(self._passages))
        self._store = VectorStore.open(folder / STORE, settings.chroma_url, current.generation)
        if self._store.count() != len(self._passages):
            self.close()
            raise IndexMismatch(f"{folder} har ikke alle vektorer.")

    def vectors(self, document: str) -> tuple[Vectors, list[Halves]]:
        own = self._passages.stretch(document)
        if self._exact:
            rows = self._exact.rows(own)
        else:
            ids = [self._passages.identity(place) for place in range(own.start, own.stop)]
            have = self._store.vectors(ids)
            rows = np.array([have[i] for i in ids], dtype=np.float32)
        return rows, [np.array(self._units[place]) for place in range(own.start, own.stop)]

    def words(self, document: str, words: LexicalWriter, named: NamedWriter) -> None:
        """Copies the tokens of a document's passages, and the years and regions that they name."""
        own = self._passages.stretch(document)
        for place in range(own.start, own.stop):
            words.take(self._tokens, place)
            named.add(self._named.of(place))

    def close(self) -> None:
        self.catalog.close()
        self._store.close()


class Elsewhere(Protocol):
    """Encoding on other machines: groups of passages are sent, and their vectors are fetched in the same order, with up
    to `ahead` groups in progress."""

    @property
    def ahead(self) -> int: ...

    def encode(self, contexts: Sequence[str], texts: Sequence[str]) -> Callable[[], Encoded]: ...


class Generation:
    """A generation being written: call `take` and `add`, then `finish` or `discard`. Passages are encoded here or
    `elsewhere`."""

    def __init__(self, index: Path, settings: Settings, elsewhere: Elsewhere | None = None) -> None:
        self._index, self._settings, self._elsewhere = index, settings, elsewhere
        self._name = f"g-{dt.datetime.now(dt.UTC):%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"
        self._folder = index / self._name
        self._folder.mkdir()
        self._store: VectorStore | None = None
        self._dimension = 0
        try:
            self._catalog = Catalog.create(self._folder / "catalog.db")
            self._units = UnitWriter(self._folder)
            self._vectors = (self._folder / VECTORS).open("wb")
            self._words = LexicalWriter(self._folder)
            self._named = NamedWriter()
            if settings.chroma_url:  # fail before hours of reading
                self._store = VectorStore.create(self._folder / STORE, settings.chroma_url, self._name)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._editions: list[Edition] = []
        self._former: Former | None = None  # the generation that documents were taken over from
        self._taken: dict[str, list[str]] = {}  # those documents, with the ids of their passages
        self._waiting: list[tuple[str, Passage]] = []  # (context, passage) not yet encoded
        self._coming: deque[Callable[[], Encoded]] = deque()  # results of encoding elsewhere, not yet fetched
        self.documents = self.pages = 0

    def take(self, former: Former, entry: DocumentEntry) -> None:
        """Takes over an unchanged document with its vectors."""
        self.settle()
        self._former = former
        passages = former.catalog.passages(entry.id)
        self._taken[entry.id] = [p.id for p in passages]
        self._catalog.copy(former.catalog, entry, passages)
        self._count(entry, passages)
        former.words(entry.id, self._words, self._named)
        if passages:
            self._keep(*former.vectors(entry.id))

    def add(self, read: Read) -> None:
        """Adds a document that was read."""
        entry = read.entry
        self._catalog.add(read.document, read.title, entry.facts, read.clean, read.passages, entry.pipeline)
        self._count(entry, read.passages)
        for passage in read.passages:
            context = f"{chunking.context(entry.title, passage.facts, passage.section)}\n"
            self._words.add(context + passage.text)
            self._named.add(told(entry.title, passage))
            self._waiting.append((context, passage))
        if len(self._waiting) >= BATCH:
            self._encode()

    def _count(self, entry: DocumentEntry, passages: Sequence[Passage]) -> None:
        self.documents += 1
        self.pages += entry.pages
        self._editions.append(Edition.of(entry.id, entry.name, entry.title, entry.facts, passages))

    def _encode(self) -> None:
        if not self._waiting:
            return
        contexts, passages = map(list, zip(*self._waiting, strict=True))
        self._waiting = []
        texts = [p.text for p in passages]
        if self._elsewhere:
            self._coming.append(self._elsewhere.encode(contexts, texts))
            self._fetch(self._elsewhere.ahead)
        else:
            self._keep(*encode(encoders.piece_encoder(self._settings), contexts, texts))

    def settle(self) -> None:
        """Encodes the passages that wait, and fetches all results of encoding elsewhere."""
        self._encode()
        self._fetch(0)

    def _fetch(self, left: int) -> None:
        """Fetches results of encoding elsewhere until `left` of them remain."""
        while len(self._coming) > left:
            self._keep(*self._coming.popleft()())

    def _keep(self, vectors: Vectors, halves: list[Halves]) -> None:
        self._dimension = vectors.shape[1]
        self._vectors.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
        self._units.add(halves)

    def _store_vectors(self) -> None:
        """Writes the vectors into Chroma, some documents at a time. What the last generation's collection holds
        already is copied."""
        self._vectors.close()
        url = self._settings.chroma_url
        own = self._store or self._carried()
        there = self._taken if own is not self._store else {}
        self._store = own or VectorStore.create(self._folder / STORE, url, self._name)
        waiting: list[Passage] = []
        rows: list[Vectors] = []
        with (self._folder / VECTORS).open("rb") as file:
            for n, document in enumerate(self._editions, start=1):  # in the order of their vectors
                if document.id in there:
                    file.seek(4 * len(there[document.id]) * self._dimension, os.SEEK_CUR)
                else:
                    passages = self._catalog.passages(document.id)
                    read = file.read(4 * len(passages) * self._dimension)
                    rows.append(np.frombuffer(read, np.float32).reshape(len(passages), self._dimension))
                    waiting += passages
                if waiting and (len(waiting) >= STORED or n == self.documents):
                    self._store.add(waiting, np.concatenate(rows))
                    waiting, rows = [], []
        if url:
            (self._folder / VECTORS).unlink()  # the server holds them

    def _carried(self) -> VectorStore | None:
        """The last generation's collection without what is not taken over from it; None where there is none to copy."""
        if self._former is None or self._settings.chroma_url:
            return None
        full = sorted(document for document, ids in self._taken.items() if ids)
        sample = full[:: max(1, len(full) // LOOKED_AT)]
        former = self._former.pointer.generation
        return carried(
            self._index / former / STORE,
            former,
            self._folder / STORE,
            self._name,
            {i for ids in self._taken.values() for i in ids},
            {self._taken[document][0]: self._former.vectors(document)[0][0] for document in sample},
        )

    def finish(self, outcome: dict[str, list[tuple[str, str]]], alone: bool = False) -> int:
        """Makes this the current generation and returns the number of its passages. `alone`: the process does nothing
        else, so the model is released first."""
        self.settle()
        if alone:
            encoders.release()
        size = self._write_words()
        self._store_vectors()
        self._catalog.replace(replaced(self._editions))
        self._catalog.close()
        self._units.close()
        self._named.save(self._folder)
        (self._folder / OUTCOME).write_text(as_text(outcome), encoding="utf-8")
        created = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        model = encoders.identity(self._settings)
        if self._store:
            self._store.close()
        seal(self._folder)
        point(self._index, Pointer(self._name, model, self.documents, size, created))
        return size

    def _write_words(self) -> int:
        """Writes the word index, before Chroma takes memory; returns the number of passages."""
        lexical = self._words.index()
        lexical.save(self._folder / "lexical")
        return lexical.size

    def discard(self) -> None:
        """Removes everything. If the server is unreachable, an empty folder stays, so that a later run also removes the
        collection."""
        left = False
        if self._store:
            try:
                if self._settings.chroma_url:
                    self._store.drop()
            except StorageError:
                left = True
            self._store.close()
        self._units.discard()
        self._words.discard()
        with contextlib.suppress(OSError):  # its buffered data is discarded too
            self._vectors.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if left:
            self._folder.mkdir(exist_ok=True)
