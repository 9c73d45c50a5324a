"""The documents, pages and passages of one index generation, in one SQLite file.

Raw pages are stored as they were read, with the repairs beside them. A quote is checked against the raw page, and the
clean text of a page is rebuilt from both.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import overload

from assistant.documents.printed import printed_numbers
from assistant.models import (
    CleanPage,
    DocumentEntry,
    Facts,
    Passage,
    Repair,
    SourceDocument,
    Span,
    Unread,
    Word,
    place_of,
)

SCHEMA = """
create table documents (id text primary key, path text, name text, title text, facts text, pages integer,
                        pipeline text, first integer, passages integer);
create table pages (document text, number integer, raw text, origin text, label text, repairs text, words text,
                    primary key (document, number)) without rowid;
create table passages (place integer primary key, id text unique, document text, ordinal integer,
                       text text, spans text, section text, facts text);
create table replaced (document text primary key, newer text);
create table unread (document text, what text, why text, remedy text);
create index labelled on pages (label) where label is not null;
create index inside on passages (place) where facts != '';
"""
_PASSAGES = "select id, document, ordinal, text, spans, section, facts from passages"
KEPT = 4096  # passages kept in the cache
BLOCK = 500  # passages read at a time when iterating over all


class Catalog:
    """The catalog file, opened for writing (`create`) or reading (`open`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._size = 0  # passages written

    @classmethod
    def create(cls, path: Path) -> Catalog:
        connection = sqlite3.connect(path)
        connection.executescript(SCHEMA)
        return cls(connection)

    @classmethod
    def open(cls, path: Path) -> Catalog:
        """Opens it read-only, for use from several threads."""
        return cls(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False))

    def add(
        self,
        document: SourceDocument,
        title: str,
        facts: Facts,
        clean: Sequence[CleanPage],
        passages: Sequence[Passage],
        pipeline: str,
    ) -> None:
        entry = DocumentEntry(
            document.id,
            document.path,
            document.path.name,
            title,
            facts,
            len(document.pages),
            pipeline,
        )
        printed = printed_numbers(clean)
        rows = [
            (
                document.id,
                p.number,
                p.raw,
                p.origin,
                p.printed_label if p.printed_label and " " in p.printed_label else printed.get(p.number),
                json.dumps([_short(r) for r in c.repairs]),
                json.dumps(p.words) if p.words else "",
            )
            for p, c in zip(document.pages, clean, strict=True)
        ]
        self._write(entry, rows, passages)
        self._miss(document.id, document.unread)

    def copy(self, other: Catalog, entry: DocumentEntry, passages: Sequence[Passage]) -> None:
        """Copies an unchanged document from another catalog, with the given entry."""
        rows = other._db.execute("select * from pages where document = ?", (entry.id,)).fetchall()
        self._write(entry, rows, passages)
        self._miss(entry.id, other.unread(entry.id))

    def _miss(self, document: str, unread: Iterable[Unread]) -> None:
        rows = [(document, u.what, u.why, u.remedy) for u in unread]
        self._db.executemany("insert into unread values (?, ?, ?, ?)", rows)
        self._db.commit()

    def unread(self, document: str) -> list[Unread]:
        """What was found in a document but could not be read."""
        rows = self._db.execute("select what, why, remedy from unread where document = ?", (document,))
        return [Unread(*row) for row in rows]

    def labelled(self, label: str) -> set[tuple[str, int]]:
        """(document, page) of the pages whose label ends with `label`."""
        rows = self._db.execute(
            "select document, number from pages where label is not null and label like ?", (f"%{label}",)
        )
        return {(document, number) for document, number in rows}

    def all_unread(self) -> dict[str, list[Unread]]:
        """`unread` for every document that has any."""
        found: dict[str, list[Unread]] = {}
        for document, *row in self._db.execute("select document, what, why, remedy from unread"):
            found.setdefault(document, []).append(Unread(*row))
        return found

    def _write(
        self, entry: DocumentEntry, rows: Iterable[tuple[object, ...]], passages: Sequence[Passage]
    ) -> None:
        self._db.execute(
            "insert into documents values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.id,
                str(entry.path),
                entry.name,
                entry.title,
                _facts_json(entry.facts),
                entry.pages,
                entry.pipeline,
                self._size,
                len(passages),
            ),
        )
        self._size += len(passages)
        self._db.executemany("insert into pages values (?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.executemany(
            "insert into passages (id, document, ordinal, text, spans, section, facts) values (?, ?, ?, ?, ?, ?, ?)",
            [
                (p.id, p.document_id, p.ordinal, p.text, json.dumps([(s.page, s.start, s.end) for s in p.spans]),
                 json.dumps(p.section), "" if p.facts == entry.facts else _facts_json(p.facts))
                for p in passages
            ],
        )  # fmt: skip
        self._db.commit()

    def replace(self, newer: Mapping[str, str]) -> None:
        """Stores which documents are replaced by a newer edition."""
        self._db.executemany("insert into replaced values (?, ?)", newer.items())
        self._db.commit()

    def replaced(self) -> dict[str, str]:
        """Maps the id of each replaced document to the id of its newer edition."""
        return dict(self._db.execute("select document, newer from replaced"))

    def documents(self, document: str | None = None) -> list[DocumentEntry]:
        """All documents by name, or the one with the given id."""
        where, values = ("where id = ?", (document,)) if document else ("", ())
        rows = self._db.execute(f"select * from documents {where} order by name, id", values).fetchall()
        return [DocumentEntry(r[0], Path(r[1]), r[2], r[3], _facts(r[4]), r[5], r[6]) for r in rows]

    def stretches(self) -> dict[str, slice]:
        """The range of places that each document's passages have among all passages."""
        rows = self._db.execute("select id, first, passages from documents order by first, passages")
        return {document: slice(first, first + size) for document, first, size in rows}

    def inside(self) -> dict[int, Facts]:
        """Facts of passages, by place, that come from a file inside a document and have facts of their own."""
        rows = self._db.execute("select place, facts from passages where facts != ''")
        return {place - 1: _facts(facts) for place, facts in rows}

    def passages(self, document: str) -> list[Passage]:
        """The passages of a document, in order."""
        row = self._db.execute("select first, passages from documents where id = ?", (document,)).fetchone()
        if row is None:
            return []
        facts = {d.id: d.facts for d in self.documents(document)}
        return self.stretch(slice(row[0], row[0] + row[1]), facts)

    def stretch(self, stretch: slice, facts: Mapping[str, Facts]) -> list[Passage]:
        """The passages in a range of places; `facts` maps document ids to their facts."""
        rows = self._db.execute(
            f"{_PASSAGES} where place > ? and place <= ? order by place", (stretch.start, stretch.stop)
        )
        return [
            Passage(r[0], r[1], r[2], r[3], tuple(Span(*s) for s in json.loads(r[4])), tuple(json.loads(r[5])),
                    _facts(r[6]) if r[6] else facts[r[1]])
            for r in rows
        ]  # fmt: skip

    def holding(self, words: str) -> list[int]:
        """The places of the passages whose text contains exactly these words."""
        rows = self._db.execute("select place from passages where instr(text, ?) order by place", (words,))
        return [place - 1 for (place,) in rows]

    def raw(self, document: str, page: int) -> str:
        """The raw text of a page. Raises KeyError if there is no such page."""
        row = self._db.execute(
            "select raw from pages where document = ? and number = ?", (document, page)
        ).fetchone()
        if row is None:
            raise KeyError((document, page))
        return str(row[0])

    def page(self, document: str, page: int) -> CleanPage:
        """The clean page, rebuilt from the raw page and its repairs. Raises KeyError."""
        row = self._db.execute(
            "select raw, repairs from pages where document = ? and number = ?", (document, page)
        ).fetchone()
        if row is None:
            raise KeyError((document, page))
        return CleanPage.of(
            page, row[0], [Repair(s, e, row[0][s:e], a, r) for s, e, a, r in json.loads(row[1])]
        )

    def origin(self, document: str, page: int) -> tuple[str, str]:
        """(origin of the page's text, the place to look for it, in words). Raises KeyError."""
        row = self._db.execute(
            "select origin, label from pages where document = ? and number = ?", (document, page)
        ).fetchone()
        if row is None:
            raise KeyError((document, page))
        return row[0], place_of(page, row[1])

    def printed(self, document: str, page: int) -> int | None:
        """The number printed on a page, if it is certain and differs from the physical page number."""
        row = self._db.execute(
            "select label from pages where document = ? and number = ?", (document, page)
        ).fetchone()
        return int(row[0]) if row and row[0] and row[0].isdecimal() and int(row[0]) != page else None

    def words(self, document: str, page: int) -> list[Word]:
        """The positions of the words of a page read by OCR; empty for any other page."""
        row = self._db.execute(
            "select words from pages where document = ? and number = ?", (document, page)
        ).fetchone()
        return [tuple(w) for w in json.loads(row[0])] if row and row[0] else []

    def close(self) -> None:
        self._db.close()


class Passages(Sequence[Passage]):
    """All passages in the order they were added. They are read on access, because those of a large corpus do not fit in
    memory. Thread-safe."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._facts = {d.id: d.facts for d in catalog.documents()}
        self._stretches = catalog.stretches()
        self._documents = list(self._stretches)
        self._starts = [own.start for own in self._stretches.values()]
        self._size = max((s.stop for s in self._stretches.values()), default=0)
        # The cache belongs to the instance: a cache on the class would keep every generation that was ever opened.
        self._at = lru_cache(maxsize=KEPT)(self._read)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> Passage: ...
    @overload
    def __getitem__(self, at: slice) -> list[Passage]: ...
    def __getitem__(self, at: int | slice) -> Passage | list[Passage]:
        if isinstance(at, int):
            return self._at(range(self._size)[at])
        first, last, step = at.indices(self._size)
        return self._catalog.stretch(slice(first, max(first, last)), self._facts)[::step]

    def __iter__(self) -> Iterator[Passage]:
        for at in range(0, self._size, BLOCK):
            yield from self[at : at + BLOCK]

    def _read(self, at: int) -> Passage:
        return self._catalog.stretch(slice(at, at + 1), self._facts)[0]

    def of(self, document: str) -> list[Passage]:
        """The passages of a document, in order."""
        return self[self.stretch(document)]

    def identity(self, place: int) -> str:
        """The id of the passage at a place, without reading it."""
        at = bisect_right(self._starts, place) - 1
        return f"{self._documents[at]}:{place - self._starts[at]}"

    def stretch(self, document: str) -> slice:
        """The range of places of a document's passages; empty for an unknown document."""
        return self._stretches.get(document, slice(0, 0))


class Places(Mapping[str, int]):
    """The place of each passage by its id, computed from the start of its document's range and the number in the id."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages

    def __getitem__(self, identity: str) -> int:
        document, _, ordinal = identity.rpartition(":")
        own = self._passages.stretch(document)
        if not ordinal.isdecimal() or int(ordinal) >= own.stop - own.start:
            raise KeyError(identity)
        return int(own.start) + int(ordinal)

    def __iter__(self) -> Iterator[str]:
        return (p.id for p in self._passages)

    def __len__(self) -> int:
        return len(self._passages)


def _short(r: Repair) -> tuple[int, int, str, str]:
    return (r.start, r.end, r.after, r.reason)


def _facts_json(facts: Facts) -> str:
    return json.dumps(asdict(facts), ensure_ascii=False)


def _facts(text: str) -> Facts:
    return Facts(**json.loads(text))
