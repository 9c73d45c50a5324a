"""Passages with their vectors in Chroma: embedded in the index folder, or on a server at `CHROMA_URL`.

They are written through LlamaIndex's ChromaVectorStore, so that other LlamaIndex programs can open the collection. The
embedded collection is only for such programs: queries here use the same vectors in a file (`exact`) and avoid Chroma's
import. With a server, queries go to it (`Served`). Only this module knows Chroma's metadata rules: None is dropped
silently, and empty lists and batches raise.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import threading
import time
import urllib.request
import weakref
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlparse

import numpy as np

from assistant.errors import AssistantError, IndexMismatch, IndexMissing, SettingsError, StorageError
from assistant.index.encoders import Vectors
from assistant.models import Passage

# If this package is installed, Chroma's import spends two seconds compiling a grammar for URLs that is not needed here.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

BATCH = 2000
# SQLite's result codes for failures to write: read-only, full; failed write, sync, truncate, and opening the log.
_READONLY, _FULL = 8, 13
_UNWRITTEN = (778, 1034, 1546, 4618, 4874)
SECONDS = 20.0  # timeout for an answer from the server
REACHED = 3.0  # timeout for the first contact with the server
AWAY = 5.0  # seconds before a server that did not answer is tried again


class VectorStore:
    """One collection of one index generation. Its files are closed by `close`, or when it is garbage collected."""

    def __init__(self, collection: Any, client: Any, url: str = "") -> None:
        self._collection = collection
        self._client = client
        self._url = url
        self.close = weakref.finalize(self, client.close)

    @classmethod
    def create(cls, folder: Path, url: str, name: str) -> VectorStore:
        """Creates an empty collection under `folder` or on the server. Raises StorageError."""
        with _storing(url):
            client = _client(folder, url)
            collection = client.get_or_create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )
        return cls(collection, client, url)

    @classmethod
    def open(cls, folder: Path, url: str, name: str) -> VectorStore:
        """Opens the collection of an index. Raises IndexMissing if there is none, StorageError if the disk cannot be
        written (Chroma writes on opening), IndexMismatch if Chroma cannot open its files."""
        import chromadb.errors

        if not url and not folder.is_dir():
            raise IndexMissing(f"Indekset i {folder.parent} mangler en del. Byg det igen: assistant ingest.")
        try:
            client = _client(folder, url)
            return cls(client.get_collection(name, embedding_function=None), client, url)
        except (ValueError, chromadb.errors.NotFoundError):
            where = url or str(folder)
            raise IndexMissing(f"Indekset findes ikke i {where}. Byg det: assistant ingest.") from None
        except _lost(AttributeError, RuntimeError, OSError) as error:
            if url:
                raise _astray(url, error) from None
            if _unwritten(error):
                raise StorageError(f"Chroma kan ikke skrive i {folder} ({error}). Frigør plads.") from None
            # With a broken file, Chroma's client is only partly initialised and fails in several ways.
            raise IndexMismatch(
                f"Chroma kan ikke åbne {folder} ({error}). Giv skriveadgang til mappen, eller byg indekset igen: "
                "assistant ingest."
            ) from None

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Stores passages with their vectors, shape (len(passages), dimension)."""
        if not passages:
            return
        from llama_index.core.schema import TextNode
        from llama_index.vector_stores.chroma import ChromaVectorStore

        target = ChromaVectorStore.from_collection(self._collection)
        with _storing(self._url):
            for at in range(0, len(passages), BATCH):
                target.add(
                    [
                        TextNode(id_=p.id, text=p.text, embedding=v.tolist(), metadata=_metadata(p))
                        for p, v in zip(passages[at : at + BATCH], vectors[at : at + BATCH], strict=True)
                    ]
                )

    def identities(self) -> set[str]:
        """The ids of the stored passages. Raises StorageError."""
        with _storing(self._url):
            return set(self._collection.get(include=[])["ids"])

    def remove(self, ids: Sequence[str]) -> None:
        """Remove at most BATCH passages. Raises StorageError."""
        with _storing(self._url):
            self._collection.delete(ids=list(ids))

    def rename(self, name: str) -> None:
        """Give the collection another name. Raises StorageError."""
        with _storing(self._url):
            self._collection.modify(name=name)

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The stored vectors by passage id."""
        found: dict[str, Vectors] = {}
        with _storing(self._url):
            for at in range(0, len(ids), BATCH):
                got = self._collection.get(ids=list(ids[at : at + BATCH]), include=["embeddings"])
                found |= {
                    i: np.asarray(v, dtype=np.float32)
                    for i, v in zip(got["ids"], got["embeddings"], strict=True)
                }
        return found

    def nearest(
        self, vector: Vectors, count: int, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The `count` nearest passages as (id, cosine), best first, optionally only from `documents`."""
        if documents is not None and not documents:
            return []
        got = self._collection.query(
            query_embeddings=[vector.tolist()],
            n_results=count,
            where={"source": {"$in": list(documents)}} if documents is not None else None,
            include=["distances"],
        )
        return [(i, 1.0 - float(d)) for i, d in zip(got["ids"][0], got["distances"][0], strict=True)]

    def count(self) -> int:
        with _storing(self._url):
            return int(self._collection.count())

    def drop(self) -> None:
        """Removes the collection (of an old generation on a server). Raises StorageError."""
        with _storing(self._url):
            self._client.delete_collection(self._collection.name)


class Served:
    """The vectors of a generation on a server that may become unreachable and return while queries arrive."""

    def __init__(self, folder: Path, url: str, name: str, size: int) -> None:
        """Raises IndexMissing or IndexMismatch if the server answers but does not have the vectors."""
        self._where = folder, url, name
        self._size = size
        self._store: VectorStore | None = None
        self._again = 0.0  # when to try an unreachable server again
        self._trying = threading.Lock()
        self.missed = 0  # queries answered without the server
        try:
            self._store = self._opened()
        except StorageError:
            self._again = time.monotonic() + AWAY

    def nearest(
        self, vector: Vectors, count: int, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]] | None:
        """Like `VectorStore.nearest`, but None if the server does not answer. A later query tries it again."""
        for _ in range(2):  # a server that was restarted has lost the connection
            store = self._reached()
            if store is None:
                break
            try:
                return store.nearest(vector, count, documents)
            except _lost(ValueError, KeyError, TypeError, OSError):
                self._store = None
                store.close()
        self._again = max(self._again, time.monotonic() + AWAY / 2)
        self.missed += 1
        return None

    def _reached(self) -> VectorStore | None:
        if self._store or time.monotonic() < self._again or not self._trying.acquire(blocking=False):
            return self._store
        try:
            self._store = self._opened()
        except AssistantError:
            self._again = time.monotonic() + AWAY
        finally:
            self._trying.release()
        return self._store

    def _opened(self) -> VectorStore:
        store = VectorStore.open(*self._where)
        if store.count() != self._size:
            store.close()
            raise IndexMismatch(
                f"{self._where[1]} har ikke alle vektorer. Byg indekset igen: assistant ingest."
            )
        return store


def _unwritten(error: Exception) -> bool:
    """Whether the disk could not be written, rather than the file being damaged.

    >>> _unwritten(RuntimeError("error returned from database: (code: 778) disk I/O error"))
    True
    >>> _unwritten(RuntimeError("error returned from database: (code: 522) disk I/O error"))
    False
    """
    found = re.search(r"\(code: (\d+)\)", str(error))
    code = int(found.group(1)) if found else 0
    return code & 0xFF in (_READONLY, _FULL) or code in _UNWRITTEN


def _lost(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """The exceptions with which Chroma and its connection fail."""
    import chromadb.errors
    import httpx

    return chromadb.errors.ChromaError, httpx.HTTPError, *others


@contextlib.contextmanager
def _storing(url: str) -> Iterator[None]:
    """Converts Chroma's errors to ours. The usual causes are a full disk or an unreachable server."""
    try:
        yield
    except AssistantError:
        raise
    except _lost() as error:
        if url:
            raise _astray(url, error) from error
        why = str(error).rpartition(": ")[2]
        raise StorageError(f"Chroma kan ikke skrive ({why}). Frigør plads, og kør igen.") from error


def _astray(url: str, error: Exception) -> StorageError:
    why = (str(error).splitlines() or [type(error).__name__])[0]
    return StorageError(f"Chroma på {url} svarede ikke, som den skal ({why}). Se til den, og kør igen.")


def _metadata(passage: Passage) -> dict[str, str | int]:
    """Metadata that Chroma accepts: flat and without None. (LlamaIndex reserves the name `document_id`.)"""
    facts = passage.facts
    values: dict[str, str | int | None] = {
        "source": passage.document_id, "page": passage.page, "region": facts.region,
        "period": facts.period, "kind": facts.kind, "section": " > ".join(passage.section),
    }  # fmt: skip
    return {k: v for k, v in values.items() if isinstance(v, int) or v}


def _client(folder: Path, url: str) -> Any:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    if not url:
        return chromadb.PersistentClient(path=str(folder), settings=quiet)
    parts = urlparse(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"CHROMA_URL={url!r} skal se ud som http://127.0.0.1:8000.")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    _greet(
        f"{parts.scheme}://{parts.netloc if parts.port else f'{parts.netloc}:{port}'}", chromadb.__version__
    )
    try:
        client = chromadb.HttpClient(host=parts.hostname, port=port, ssl=secure, settings=quiet)
    except ValueError:
        raise _silent(url) from None
    client._server._session.timeout = SECONDS  # Chroma sets no timeout
    return client


def _greet(base: str, own: str) -> None:
    """Checks the server. Raises StorageError if none answers, or if it is not a Chroma of the same major version."""
    try:
        with urllib.request.urlopen(f"{base}/api/v2/version", timeout=REACHED) as told:
            version = str(json.loads(told.read(200)))
    except (HTTPError, HTTPException, ValueError):
        version = "?"
    except OSError:
        raise _silent(base) from None
    fits = own.partition(".")[0]
    if version.partition(".")[0] != fits:
        raise StorageError(
            f"På {base} svarer ikke en Chroma af version {fits} (men {version}). Start en, der passer, eller fjern "
            "CHROMA_URL."
        )


def _silent(url: str) -> StorageError:
    return StorageError(f"Chroma svarer ikke på {url}. Start den (chroma run), eller fjern CHROMA_URL.")
