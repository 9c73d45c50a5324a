"""Conversations, each its owner's, in one SQLite file.

An exchange is kept as the JSON of its answer (`contract.record_json`): it shows the same quotes again
when the index has been built anew, or is gone.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.errors import DamagedError, StorageError
from assistant.messages import escaped, period_text, printable, said, say
from assistant.users.database import Database

FILE = "threads.db"
TITLE_CHARS = 80
WORDS = 12  # that a search looks for at most
_SCHEMA = """
create table if not exists threads (id text primary key, owner text not null, title text not null,
    created text not null, changed text not null, shared text unique);
create table if not exists exchanges (thread text not null references threads(id) on delete cascade,
    number integer not null, words text not null, record text not null, primary key (thread, number));
create index if not exists of_owner on threads (owner, changed);
"""


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
    """The file, usable from a server's threads. Raises StorageError.

    What is not the owner's is as if it were not there: the methods return None or False for it.
    """

    def __init__(self, folder: Path) -> None:
        self.told = ""  # what has to be said of how it was opened
        self._db = Database(folder / FILE, _SCHEMA, "Samtalerne")

    @classmethod
    def serving(cls, folder: Path) -> Threads:
        """As a page needs them, which must start: a file that is damaged is set aside, and where nothing can be
        written the conversations last until the server stops. `told` says so."""
        try:
            return cls(folder)
        except DamagedError:
            try:
                name = _aside(folder / FILE)
                found = cls(folder)
                found.told = said("threads_aside", name=name)
                return found
            except (OSError, StorageError) as error:
                why: Exception = error
        except StorageError as error:
            why = error
        found = cls.__new__(cls)
        found._db, found.told = Database(None, _SCHEMA, "Samtalerne"), said("threads_in_memory", why=str(why))
        return found

    def append(self, owner: str, record: Mapping[str, Any], thread: str | None = None) -> str:
        """Add an exchange to a thread of the owner's, or to a new one; returns the thread's id."""
        now = _now()
        with self._db.changing() as db:
            if thread is None or not _owned(db, thread, owner):
                thread = secrets.token_urlsafe(9)
                title = _title(str(record["question"]))
                db.execute(
                    "insert into threads values (?, ?, ?, ?, ?, null)", (thread, owner, title, now, now)
                )
            (number,) = db.execute(
                "select coalesce(max(number), 0) + 1 from exchanges where thread = ?", (thread,)
            ).fetchone()
            text = json.dumps(record, ensure_ascii=False)
            db.execute("insert into exchanges values (?, ?, ?, ?)", (thread, number, _words(record), text))
            db.execute("update threads set changed = ? where id = ?", (now, thread))
        return thread

    def listed(self, owner: str, words: str = "", limit: int = 50) -> list[Thread]:
        """The owner's threads without their records, newest first; those that hold every one of `words`."""
        wanted = words.casefold().split()[:WORDS]
        one = (
            "(instr(fold(title), ?) or exists "
            "(select 1 from exchanges e where e.thread = t.id and instr(words, ?)))"
        )
        every = " and ".join([one] * len(wanted))
        values = [w for w in wanted for _ in range(2)]
        with self._db.changing() as db:
            rows = db.execute(
                f"select * from threads t where owner = ? {'and ' + every if every else ''} "
                "order by changed desc, rowid desc limit ?",
                (owner, *values, limit),
            ).fetchall()
        return [Thread(*row) for row in rows]

    def get(self, thread: str, owner: str, last: int = -1) -> Thread | None:
        """A thread of the owner's with its `last` records, or all."""
        return self._read("id = ? and owner = ?", (thread, owner), last)

    def by_link(self, secret: str) -> Thread | None:
        """The thread that was shared under this secret."""
        return self._read("shared = ?", (secret,)) if secret else None

    def rename(self, thread: str, owner: str, title: str) -> bool:
        return bool(_title(title)) and self._change("title = ?", _title(title), thread, owner)

    def share(self, thread: str, owner: str) -> str | None:
        """The secret of the thread's link, the same each time."""
        found = self.get(thread, owner)
        if found is None:
            return None
        if found.shared:
            return found.shared
        secret = secrets.token_urlsafe(18)
        return secret if self._change("shared = ?", secret, thread, owner) else None

    def unshare(self, thread: str, owner: str) -> bool:
        """The link that was given out shows nothing any more."""
        return self._change("shared = ?", None, thread, owner)

    def delete_all(self, owner: str) -> int:
        """Every conversation of somebody who is gone; how many there were."""
        with self._db.changing() as db:
            return db.execute("delete from threads where owner = ?", (owner,)).rowcount

    def delete(self, thread: str, owner: str) -> bool:
        """Gone for good, its link too."""
        with self._db.changing() as db:
            return db.execute("delete from threads where id = ? and owner = ?", (thread, owner)).rowcount > 0

    def close(self) -> None:
        self._db.close()

    def _read(self, where: str, values: Sequence[str], last: int = -1) -> Thread | None:
        with self._db.changing() as db:
            row = db.execute(f"select * from threads where {where}", values).fetchone()
            if row is None:
                return None
            texts = db.execute(
                "select record from exchanges where thread = ? order by number desc limit ?", (row[0], last)
            )
            return replace(Thread(*row), records=tuple(json.loads(text) for (text,) in texts)[::-1])

    def _change(self, what: str, value: str | None, thread: str, owner: str) -> bool:
        with self._db.changing() as db:
            found = db.execute(
                f"update threads set {what} where id = ? and owner = ?", (value, thread, owner)
            )
            return found.rowcount > 0


def _owned(db: sqlite3.Connection, thread: str, owner: str) -> bool:
    return (
        db.execute("select 1 from threads where id = ? and owner = ?", (thread, owner)).fetchone() is not None
    )


def _aside(file: Path) -> str:
    """Give a damaged file, with its log, another name; returns it. Raises OSError."""
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
    """What a search looks in."""
    return f"{record['question']} {record.get('meant', '')} {record.get('answer', '')}".casefold()


# --- on paper ---


def markdown(thread: Thread) -> str:
    """A conversation with its citations, to be read on."""
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
            paper.add_paragraph(record["answer"])
        if record.get("lead"):
            paper.add_paragraph().add_run(printable(record["lead"])).bold = True
        for s in record["statements"]:
            marks = "".join(f"[{n}]" for n in s["citations"])
            told = paper.add_paragraph(style="Quote")
            if own := whose(record, s):
                told.add_run(f"{printable(own)}: ").bold = True
            told.add_run(f"{printable(s['text'])} {marks}")
        for note in record["notes"]:
            paper.add_paragraph(note)
        for c in record["citations"]:
            paper.add_paragraph(printable(f"[{c['n']}] {place(c)}"))
    paper.save(str(path))


def whose(record: Mapping[str, Any], statement: Mapping[str, Any]) -> str:
    """The regions and periods whose words a statement is, as the page says them beside it.

    >>> cited = [{"region": "Sjælland", "period": "2024-2024"}, {"region": None, "period": None}]
    >>> whose({"citations": cited}, {"citations": [1, 2]})
    'Sjælland 2024; hele landet'
    """
    own = [record["citations"][n - 1] for n in statement["citations"]]
    names = (f"{c['region'] or say('national')} {period_text(c['period'])}".strip() for c in own)
    return "; ".join(dict.fromkeys(names))


def place(citation: Mapping[str, Any]) -> str:
    """Where a quote stands, as one writes it in a letter.

    >>> place({"title": "Aftale", "document": "a.pdf", "place": "side 2", "region": "Sjælland", "period": None})
    'Aftale (a.pdf), side 2 (Sjælland)'
    """
    about = ", ".join(x for x in (citation["region"], period_text(citation["period"])) if x)
    return (
        f"{citation['title']} ({citation['document']}), {citation['place']}{f' ({about})' if about else ''}"
    )
