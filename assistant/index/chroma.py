"""The dense channel's home: Chroma, embedded in the index folder or a server at `CHROMA_URL`.

Written through LlamaIndex's ChromaVectorStore, so that other LlamaIndex programs can open the
collection. Questions go to the same collection directly: LlamaIndex takes two seconds to import,
and a cold `assistant ask` should not wait for it. This module alone knows Chroma's metadata rules:
None is dropped in silence, empty lists and batches raise.
"""

from __future__ import annotations

import contextlib
import os
import re
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np

from assistant.errors import IndexMismatch, IndexMissing, SettingsError, StorageError
from assistant.index.encoders import Vectors
from assistant.models import Passage

BATCH = 2000
# SQLite's result codes where it cannot write: read-only, full; failed to write, sync, truncate, or open its log.
_READONLY, _FULL = 8, 13
_UNWRITTEN = (778, 1034, 1546, 4618, 4874)
EXACT = 10_000  # up to so many passages every vector is compared, a tenth of what HNSW with a filter takes


class VectorStore:
    """One collection of one index generation. Its files are closed when nobody holds it any more, or by `close`."""

    def __init__(self, collection: Any, client: Any) -> None:
        self._collection = collection
        self._client = client
        self.close = weakref.finalize(self, client.close)
        self._size: int | None = None  # a generation does not change once it is read
        self._all: tuple[list[str], list[str], Vectors] | None = None

    @classmethod
    def create(cls, folder: Path, url: str, name: str) -> VectorStore:
        """A new, empty collection under `folder` (or on the server)."""
        with _storing():
            client = _client(folder, url)
            collection = client.get_or_create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )
        return cls(collection, client)

    @classmethod
    def open(cls, folder: Path, url: str, name: str) -> VectorStore:
        """The collection of an index. Raises IndexMissing where there is none, StorageError where Chroma can only
        not write, which it does on opening."""
        import chromadb.errors

        if not url and not folder.is_dir():
            raise IndexMissing(f"Indekset i {folder.parent} mangler en del. Byg det igen: assistant ingest.")
        try:
            client = _client(folder, url)
            return cls(client.get_collection(name, embedding_function=None), client)
        except (ValueError, chromadb.errors.NotFoundError):
            where = url or str(folder)
            raise IndexMissing(f"Indekset findes ikke i {where}. Byg det: assistant ingest.") from None
        except (chromadb.errors.ChromaError, AttributeError, RuntimeError, OSError) as error:
            if _unwritten(error):
                raise StorageError(f"Chroma kan ikke skrive i {folder} ({error}). Frigør plads.") from None
            # Chroma's own client is half made where its file is broken, and says so in its own ways.
            raise IndexMismatch(
                f"Chroma kan ikke åbne {folder} ({error}). Giv skriveadgang til mappen, eller byg indekset igen: "
                "assistant ingest."
            ) from None

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store passages with their vectors, shape (len(passages), dimension)."""
        if not passages:
            return
        from llama_index.core.schema import TextNode
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self._size = self._all = None
        target = ChromaVectorStore.from_collection(self._collection)
        with _storing():
            for at in range(0, len(passages), BATCH):
                target.add(
                    [
                        TextNode(id_=p.id, text=p.text, embedding=v.tolist(), metadata=_metadata(p))
                        for p, v in zip(passages[at : at + BATCH], vectors[at : at + BATCH], strict=True)
                    ]
                )

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """Stored vectors by passage id."""
        found: dict[str, Vectors] = {}
        for at in range(0, len(ids), BATCH):
            got = self._collection.get(ids=list(ids[at : at + BATCH]), include=["embeddings"])
            found |= {
                i: np.asarray(v, dtype=np.float32) for i, v in zip(got["ids"], got["embeddings"], strict=True)
            }
        return found

    def nearest(
        self, vector: Vectors, count: int, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The `count` nearest passages as (id, cosine), best first; `documents` limits them."""
        if documents is not None and not documents:
            return []
        size = self.count()
        if not size:
            return []
        if size <= EXACT:
            return self._exact(vector, count, documents)
        got = self._collection.query(
            query_embeddings=[vector.tolist()],
            n_results=min(count, size),
            where={"source": {"$in": list(documents)}} if documents is not None else None,
            include=["distances"],
        )
        return [(i, 1.0 - float(d)) for i, d in zip(got["ids"][0], got["distances"][0], strict=True)]

    def _exact(self, vector: Vectors, count: int, documents: Sequence[str] | None) -> list[tuple[str, float]]:
        if self._all is None:
            got = self._collection.get(include=["embeddings", "metadatas"])
            sources = [str(m["source"]) for m in got["metadatas"]]
            vectors = np.asarray(got["embeddings"], dtype=np.float32)
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
            self._all = got["ids"], sources, vectors
        ids, sources, vectors = self._all
        cosines = np.einsum("ij,j->i", vectors, vector)  # BLAS' waiting threads would slow the encoder
        if documents is not None:
            wanted = set(documents)
            cosines = np.where([s in wanted for s in sources], cosines, -2.0)
        order = np.argsort(-cosines, kind="stable")[:count]
        return [(ids[i], float(cosines[i])) for i in order if cosines[i] > -2]

    def count(self) -> int:
        if self._size is None:
            self._size = int(self._collection.count())
        return self._size

    def drop(self) -> None:
        """Remove the collection (an old generation on a server)."""
        self._client.delete_collection(self._collection.name)


def _unwritten(error: Exception) -> bool:
    """Whether the disk is at fault and not what stands on it.

    >>> _unwritten(RuntimeError("error returned from database: (code: 778) disk I/O error"))
    True
    >>> _unwritten(RuntimeError("error returned from database: (code: 522) disk I/O error"))
    False
    """
    found = re.search(r"\(code: (\d+)\)", str(error))
    code = int(found.group(1)) if found else 0
    return code & 0xFF in (_READONLY, _FULL) or code in _UNWRITTEN


@contextlib.contextmanager
def _storing() -> Iterator[None]:
    """Chroma's own errors as ours: most often the disk is full."""
    import chromadb.errors

    try:
        yield
    except chromadb.errors.ChromaError as error:
        why = str(error).rpartition(": ")[2]
        raise StorageError(f"Chroma kan ikke skrive ({why}). Frigør plads, og kør igen.") from error


def _metadata(passage: Passage) -> dict[str, str | int]:
    """Flat and without None: what Chroma can hold. (LlamaIndex keeps `document_id` for itself.)"""
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
    if url:
        parts = urlparse(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"CHROMA_URL={url!r} skal se ud som http://127.0.0.1:8000.")
        secure = parts.scheme == "https"
        try:
            return chromadb.HttpClient(
                host=parts.hostname,
                port=parts.port or (443 if secure else 8000),
                ssl=secure,
                settings=quiet,
            )
        except ValueError:
            raise StorageError(
                f"Chroma svarer ikke på {url}. Start den (chroma run), eller fjern CHROMA_URL."
            ) from None
    return chromadb.PersistentClient(path=str(folder), settings=quiet)
