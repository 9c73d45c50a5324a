"""A new generation of an index, written document by document beside the one that counts.

Documents come as they are read, so that reading the next ones and encoding these go on side by side,
and only a few are held in memory. Vectors go to a file, and to Chroma when the last passage is encoded: by then the
model can be let go, and Chroma and the word index, which grow with the corpus, take its room. The file stays, for
questions and for the next generation, unless the vectors live on a server. Nothing is swapped here: an unfinished
generation is a folder that nobody points to.
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

BATCH = 64  # passages that are encoded together: sorted by length, they waste little on padding
STORED = 500  # passages that are given to Chroma together
LOOKED_AT = 10  # vectors of a collection that is copied, to see whether they are the ones that were written
OUTCOME = "outcome.json"  # what did not get in, for the report on the index


def as_text(outcome: dict[str, list[tuple[str, str]]]) -> str:
    """What did not get in, as it is kept."""
    return json.dumps(outcome, ensure_ascii=False)


class Former:
    """The generation that counts now, to take unchanged documents over from. Raises IndexMissing,
    IndexMismatch, OSError, ValueError, sqlite3.Error on opening."""

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
        """Hand over the tokens of a document's passages, and what these name."""
        own = self._passages.stretch(document)
        for place in range(own.start, own.stop):
            words.take(self._tokens, place)
            named.add(self._named.of(place))

    def close(self) -> None:
        self.catalog.close()
        self._store.close()


class Elsewhere(Protocol):
    """Other machines that encode: groups of passages are handed over, and their vectors fetched in the same order
    with some of them `ahead`."""

    @property
    def ahead(self) -> int: ...

    def encode(self, contexts: Sequence[str], texts: Sequence[str]) -> Callable[[], Encoded]: ...


class Generation:
    """Written with `take` and `add`, then `finish`; or `discard`. Passages are encoded here, or `elsewhere`."""

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
            if settings.chroma_url:  # before hours of reading
                self._store = VectorStore.create(self._folder / STORE, settings.chroma_url, self._name)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._editions: list[Edition] = []
        self._former: Former | None = None  # where documents were taken over from, and which
        self._taken: set[str] = set()
        self._waiting: list[tuple[str, Passage]] = []  # with their context, not yet encoded
        self._coming: deque[Callable[[], Encoded]] = deque()  # what is encoded elsewhere
        self.documents = self.pages = 0

    def take(self, former: Former, entry: DocumentEntry) -> None:
        """Take an unchanged document over, with its vectors."""
        self.settle()
        self._former = former
        self._taken.add(entry.id)
        passages = former.catalog.passages(entry.id)
        self._catalog.copy(former.catalog, entry, passages)
        self._count(entry, passages)
        former.words(entry.id, self._words, self._named)
        if passages:
            self._keep(*former.vectors(entry.id))

    def add(self, read: Read) -> None:
        """A document that was read."""
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
        """Encode what waits, and take all that is encoded elsewhere."""
        self._encode()
        self._fetch(0)

    def _fetch(self, left: int) -> None:
        """Take what comes from elsewhere, but for the last ones."""
        while len(self._coming) > left:
            self._keep(*self._coming.popleft()())

    def _keep(self, vectors: Vectors, halves: list[Halves]) -> None:
        self._dimension = vectors.shape[1]
        self._vectors.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
        self._units.add(halves)

    def _store_vectors(self) -> None:
        """Into Chroma, some documents at a time; what the last generation's collection holds already is copied."""
        self._vectors.close()
        url = self._settings.chroma_url
        own = self._store or self._carried()
        there = self._taken if own is not self._store else set()
        self._store = own or VectorStore.create(self._folder / STORE, url, self._name)
        waiting: list[Passage] = []
        rows: list[Vectors] = []
        with (self._folder / VECTORS).open("rb") as file:
            for n, document in enumerate(self._editions, start=1):  # in the order of their vectors
                passages = self._catalog.passages(document.id)
                size = 4 * len(passages) * self._dimension
                if document.id in there:
                    file.seek(size, os.SEEK_CUR)
                else:
                    waiting += passages
                    rows.append(
                        np.frombuffer(file.read(size), np.float32).reshape(len(passages), self._dimension)
                    )
                if waiting and (len(waiting) >= STORED or n == self.documents):
                    self._store.add(waiting, np.concatenate(rows))
                    waiting, rows = [], []
        if url:
            (self._folder / VECTORS).unlink()  # they live there

    def _carried(self) -> VectorStore | None:
        """The last generation's collection without what is not taken over from it; None where there is none to copy."""
        if self._former is None or self._settings.chroma_url:
            return None
        own = {document: [p.id for p in self._catalog.passages(document)] for document in self._taken}
        full = sorted(document for document in own if own[document])
        sample = full[:: max(1, len(full) // LOOKED_AT)]
        former = self._former.pointer.generation
        return carried(
            self._index / former / STORE,
            former,
            self._folder / STORE,
            self._name,
            {i for ids in own.values() for i in ids},
            {own[document][0]: self._former.vectors(document)[0][0] for document in sample},
        )

    def finish(self, outcome: dict[str, list[tuple[str, str]]], alone: bool = False) -> int:
        """Make it the one that counts; how many passages it holds. `alone` where the process does nothing
        else: the model is let go."""
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
        """The word index, before Chroma's memory is taken; how many passages it holds."""
        lexical = self._words.index()
        lexical.save(self._folder / "lexical")
        return lexical.size

    def discard(self) -> None:
        """Leave nothing behind, but an empty folder where the server is away: it is swept with its collection later."""
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
        with contextlib.suppress(OSError):  # what it still held goes with it
            self._vectors.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if left:
            self._folder.mkdir(exist_ok=True)
