"""Who changed or took what, and when: one SQLite file that is only added to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from assistant.messages import printable
from assistant.users.database import Database

FILE = "audit.db"
HERE = "denne maskine"  # who works at a command line
KEPT = 200_000  # rows; the oldest go
LETTERS = 300  # of what a row is about
_SCHEMA = """
create table if not exists events (number integer primary key, time text not null, who text not null,
    what text not null, about text not null);
"""


class Act(StrEnum):
    """What was done, in the words it is listed with."""

    ADDED = "tilføjet dokument"
    CORRECTED = "rettet fakta"
    REMOVED = "fjernet dokument"
    INDEXED = "indekseret"
    TAKEN = "hentet samtale"
    SHARED = "delt samtale"
    COMPARED = "hentet sammenligning"
    ENTERED = "logget ind"
    WRONG = "forkert adgangskode"
    USER = "bruger oprettet eller ændret"
    USER_GONE = "bruger fjernet"
    KEY = "nøgle udstedt"
    KEY_GONE = "nøgle trukket tilbage"
    BACKUP = "sikkerhedskopi"
    RESTORED = "sikkerhedskopi lagt på plads"


@dataclass(frozen=True, slots=True)
class Event:
    """`who` is a user, "gæst", or "denne maskine" for the machine's own people; `time` is ISO 8601, UTC."""

    time: str
    who: str
    what: str
    about: str


class Audit:
    """The file, opened when it is used. Raises StorageError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _db(self) -> Database:
        """Opened at the first use: a page starts without it."""
        return Database(self._folder / FILE, _SCHEMA, "Revisionssporet")

    def note(self, who: str, what: Act, about: str = "") -> None:
        """Add an event, before what it tells of is done. Raises StorageError."""
        time = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        with self._db.changing() as db:
            values = (time, who, str(what), " ".join(printable(about).split())[:LETTERS])
            added = db.execute("insert into events (time, who, what, about) values (?, ?, ?, ?)", values)
            db.execute("delete from events where number <= ?", ((added.lastrowid or 0) - KEPT,))

    def events(self, limit: int = 1000) -> list[Event]:
        """The newest, oldest of them first."""
        rows = self._db.all(
            "select time, who, what, about from events order by number desc limit ?", (limit,)
        )
        return [Event(*row) for row in reversed(rows)]

    def close(self) -> None:
        if "_db" in vars(self):
            self._db.close()
