"""Conversations, each visible only to its owner.

An exchange is stored as the JSON of its answer (`contract.record_json`), so that it shows the same quotes after the
index has been rebuilt or deleted.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from assistant.errors import DamagedError, StorageError
from assistant.messages import escaped, period_text, printable, said, say
from assistant.users.database import Where, database
from assistant.users.tables import THREADS, exchanges, plain, threads

TITLE_CHARS = 80
WORDS, LETTERS = 12, 200  # most words of a search, and characters of each
_COLUMNS = len(threads.c)


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation. `shared` is the secret part of its link, or None."""

    id: str
    owner: str
    title: str
    created: str  # ISO 8601, UTC
    changed: str
    shared: str | None = None
    records: tuple[dict[str, Any], ...] = ()  # an answer's JSON each, oldest first


class Threads:
    """The tables; thread-safe. Raises StorageError.

    Another owner's threads are treated as non-existent: the methods return None or False for them.
    """

    def __init__(self, where: Where | None) -> None:
        self.told = ""  # a message about a problem on opening
        self._db = database(where, THREADS)

    @classmethod
    def serving(cls, where: Where) -> Threads:
        """Open for a server, which must start in any case: a corrupt file is renamed; where nothing can be written,
        conversations are kept in memory until the server stops; a database that does not answer is tried again at
        each use. `told` says what happened."""
        if isinstance(where, str):
            found = cls(where)
            try:
                found.get("", "")
            except StorageError as error:
                found.told = said("threads_away", why=str(error))
            return found
        try:
            return cls(where)
        except DamagedError:
            try:
                name = _aside(where / THREADS.file)
                found = cls(where)
                found.told = said("threads_aside", name=name)
                return found
            except (OSError, StorageError) as error:
                why: Exception = error
        except StorageError as error:
            why = error
        found = cls(None)
        found.told = said("threads_in_memory", why=str(why))
        return found

    def append(self, owner: str, record: Mapping[str, Any], thread: str | None = None) -> str:
        """Add an exchange to the owner's thread, or to a new one; returns the thread's id."""
        now = _now()
        with self._db.changing() as db:
            if thread is None or not _owned(db, thread, owner):
                thread = secrets.token_urlsafe(9)
                title = _title(str(record["question"]))
                db.execute(
                    insert(threads).values(id=thread, owner=owner, title=title, created=now, changed=now)
                )
            last = select(func.coalesce(func.max(exchanges.c.number), 0)).where(exchanges.c.thread == thread)
            number = db.execute(last).scalar_one() + 1
            text = json.dumps(record, ensure_ascii=False)
            values = {"thread": thread, "number": number, "words": _words(record), "record": text}
            db.execute(insert(exchanges).values(values))
            db.execute(update(threads).where(threads.c.id == thread).values(changed=now))
        return thread

    def listed(self, owner: str, words: str = "", limit: int = 50) -> list[Thread]:
        """The owner's threads that contain all of `words`, newest first, without their records."""
        wanted = [word[:LETTERS] for word in plain(words).casefold().split()[:WORDS]]
        said_there = [
            exists().where(
                exchanges.c.thread == threads.c.id, exchanges.c.words.contains(word, autoescape=True)
            )
            for word in wanted
        ]
        newest = threads.c.changed.desc(), threads.c.created.desc(), threads.c.id
        with self._db.reading() as db:
            rows = db.execute(select(threads, *said_there).where(threads.c.owner == owner).order_by(*newest))
            # Titles are matched in Python, because databases do not case-fold all languages as Python does.
            found = (
                Thread(*row[:_COLUMNS])
                for row in rows
                if all(
                    there or word in row.title.casefold()
                    for word, there in zip(wanted, row[_COLUMNS:], strict=True)
                )
            )
            return list(islice(found, limit))

    def get(self, thread: str, owner: str, last: int = -1) -> Thread | None:
        """The owner's thread with its `last` records, or all of them."""
        return self._read([threads.c.id == thread, threads.c.owner == owner], last)

    def by_link(self, secret: str) -> Thread | None:
        """The thread that was shared under this secret."""
        return self._read([threads.c.shared == secret]) if secret else None

    def rename(self, thread: str, owner: str, title: str) -> bool:
        return bool(_title(title)) and self._change("title", _title(title), thread, owner)

    def share(self, thread: str, owner: str) -> str | None:
        """The secret of the thread's link; the same each time."""
        found = self.get(thread, owner)
        if found is None:
            return None
        if found.shared:
            return found.shared
        secret = secrets.token_urlsafe(18)
        return secret if self._change("shared", secret, thread, owner) else None

    def unshare(self, thread: str, owner: str) -> bool:
        """Invalidate the thread's link."""
        return self._change("shared", None, thread, owner)

    def delete_all(self, owner: str) -> int:
        """Delete all conversations of a removed user; returns how many."""
        return self._db.run(delete(threads).where(threads.c.owner == owner))

    def delete(self, thread: str, owner: str) -> bool:
        """Delete a thread permanently, with its link."""
        return self._db.run(delete(threads).where(threads.c.id == thread, threads.c.owner == owner)) > 0

    def close(self) -> None:
        self._db.close()

    def _read(self, where: list[ColumnElement[bool]], last: int = -1) -> Thread | None:
        with self._db.reading() as db:
            row = db.execute(select(threads).where(*where)).first()
            if row is None:
                return None
            newest = select(exchanges.c.record).where(exchanges.c.thread == row.id)
            newest = newest.order_by(exchanges.c.number.desc()).limit(None if last < 0 else last)
            texts = db.scalars(newest).all()
            return replace(Thread(*row), records=tuple(json.loads(text) for text in reversed(texts)))

    def _change(self, what: str, value: str | None, thread: str, owner: str) -> bool:
        own = update(threads).where(threads.c.id == thread, threads.c.owner == owner)
        return self._db.run(own.values({what: value})) > 0


def _owned(db: Connection, thread: str, owner: str) -> bool:
    """Whether a thread belongs to the owner; locks it until the transaction ends."""
    own = select(threads.c.id).where(threads.c.id == thread, threads.c.owner == owner)
    return db.execute(own.with_for_update()).first() is not None


def _aside(file: Path) -> str:
    """Rename a corrupt file and its log; returns the new name. Raises OSError."""
    name = f"{file.name}.defekt-{dt.datetime.now():%Y%m%d-%H%M%S}"
    for suffix in ("", "-wal", "-shm"):
        if (old := file.with_name(file.name + suffix)).exists():
            old.rename(file.with_name(name + suffix))
    return name


def _now() -> str:
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _title(text: str) -> str:
    """One line, short enough for a list."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rsplit(" ", 1)[0] + "…"


def _words(record: Mapping[str, Any]) -> str:
    """The text that searches look in."""
    return f"{record['question']} {record.get('meant', '')} {record.get('answer', '')}".casefold()


# --- export ---


def markdown(thread: Thread) -> str:
    """A conversation with its citations as Markdown."""
    out = [f"# {escaped(thread.title)}", ""]
    for record in thread.records:
        out += [f"## {escaped(record['question'])}", ""]
        if record["status"] != "grounded":
            out += [escaped(record["answer"]), ""]
        if record.get("lead"):
            out += [f"**{escaped(record['lead'])}**", ""]
        for s in record["statements"]:
            marks = "".join(f"[{n}]" for n in s["citations"])
            own = f"**{escaped(whose(record, s))}:** " if whose(record, s) else ""
            out += [f"> {own}{escaped(s['text'])} {marks}".replace("\n", "\n> "), ""]
        out += [f"*{escaped(note)}*\n" for note in record["notes"]]
        out += [f"{c['n']}. {escaped(place(c))}" for c in record["citations"]]
        out.append("")
    return "\n".join(out)


def word(thread: Thread, path: Path) -> None:
    """The same as a Word file. Raises OSError."""
    from docx import Document

    paper = Document()
    paper.add_heading(printable(thread.title), 0)
    for record in thread.records:
        paper.add_heading(printable(record["question"]), 1)
        if record["status"] != "grounded":
            paper.add_paragraph(printable(record["answer"]))
        if record.get("lead"):
            paper.add_paragraph().add_run(printable(record["lead"])).bold = True
        for s in record["statements"]:
            marks = "".join(f"[{n}]" for n in s["citations"])
            told = paper.add_paragraph(style="Quote")
            if own := whose(record, s):
                told.add_run(f"{printable(own)}: ").bold = True
            told.add_run(f"{printable(s['text'])} {marks}")
        for note in record["notes"]:
            paper.add_paragraph(printable(note))
        for c in record["citations"]:
            paper.add_paragraph(printable(f"[{c['n']}] {place(c)}"))
    paper.save(str(path))


def whose(record: Mapping[str, Any], statement: Mapping[str, Any]) -> str:
    """The regions and periods of a statement's sources, as the page shows them beside it.

    >>> cited = [{"region": "Sjælland", "period": "2024-2024"}, {"region": None, "period": None}]
    >>> whose({"citations": cited}, {"citations": [1, 2]})
    'Sjælland 2024; hele landet'
    """
    own = [record["citations"][n - 1] for n in statement["citations"]]
    names = (f"{c['region'] or say('national')} {period_text(c['period'])}".strip() for c in own)
    return "; ".join(dict.fromkeys(names))


def place(citation: Mapping[str, Any]) -> str:
    """The source of a quote, as written in a document.

    >>> place({"title": "Aftale", "document": "a.pdf", "place": "side 2", "region": "Sjælland", "period": None})
    'Aftale (a.pdf), side 2 (Sjælland)'
    """
    about = ", ".join(x for x in (citation["region"], period_text(citation["period"])) if x)
    return (
        f"{citation['title']} ({citation['document']}), {citation['place']}{f' ({about})' if about else ''}"
    )
