"""The audit log: who changed or downloaded what, and when. Rows are only added, and the oldest are deleted at KEPT
rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sqlalchemy import delete, insert, select

from assistant.messages import printable
from assistant.users.database import Database, Where, database
from assistant.users.tables import AUDIT, events

HERE = "denne maskine"  # the person at the command line
KEPT = 200_000  # rows; the oldest are deleted
LETTERS = 300  # characters of `about`


class Act(StrEnum):
    """What was done; the values are the displayed texts."""

    ADDED = "tilføjet dokument"
    CORRECTED = "rettet fakta"
    REMOVED = "fjernet dokument"
    INDEXED = "indekseret"
    TAKEN = "hentet samtale"
    SHARED = "delt samtale"
    COMPARED = "hentet sammenligning"
    JUDGED = "bekræftet eller rettet felt"
    ENTERED = "logget ind"
    WRONG = "forkert adgangskode"
    USER = "bruger oprettet eller ændret"
    USER_GONE = "bruger fjernet"
    KEY = "nøgle udstedt"
    KEY_GONE = "nøgle trukket tilbage"
    MOVED = "samtaler og brugere flyttet"
    BACKUP = "sikkerhedskopi"
    RESTORED = "sikkerhedskopi lagt på plads"


@dataclass(frozen=True, slots=True)
class Event:
    """`who` is a user, "gæst", or "denne maskine" for the command line and local use; `time` is ISO 8601, UTC."""

    time: str
    who: str
    what: str
    about: str


class Audit:
    """The table, opened at first use. Raises StorageError."""

    def __init__(self, where: Where) -> None:
        self._where = where

    @cached_property
    def _db(self) -> Database:
        """Opened at first use, so that the page starts without it."""
        return database(self._where, AUDIT)

    def note(self, who: str, what: Act, about: str = "") -> None:
        """Add an event. Called before the action wherever that can be undone or fail, so that it does not happen
        unlogged. Raises StorageError."""
        time = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        with self._db.changing() as db:
            who, about = (" ".join(printable(text).split())[:LETTERS] for text in (who, about))
            added = db.execute(insert(events).values(time=time, who=who, what=str(what), about=about))
            (number,) = added.inserted_primary_key or (0,)
            db.execute(delete(events).where(events.c.number <= number - KEPT))

    def events(self, limit: int = 1000) -> list[Event]:
        """The newest events, in chronological order."""
        rows = self._db.all(
            select(events.c.time, events.c.who, events.c.what, events.c.about)
            .order_by(events.c.number.desc())
            .limit(limit)
        )
        return [Event(*row) for row in reversed(rows)]

    def close(self) -> None:
        if "_db" in vars(self):
            self._db.close()
