"""One SQLite file of what people leave: opened, locked, guarded and copied in one way.

What stands in it is nobody else's on this machine: the file is its owner's alone (0600), and so is its log.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import DamagedError, StorageError

Value = str | int | None
_PRAGMAS = "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;"


class Database:
    """The file, usable from a server's threads. `what` is named in errors ("Samtalerne"); without a path all is
    kept in memory. Raises DamagedError, StorageError."""

    def __init__(self, path: Path | None, schema: str, what: str) -> None:
        self._what, self._lock = what, threading.Lock()
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                for file in path.parent.glob(f"{path.name}*"):
                    file.chmod(0o600)
            self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=5)
            # SQLite's own lower knows ASCII alone.
            self._db.create_function("fold", 1, str.casefold, deterministic=True)
            self._db.executescript(_PRAGMAS + schema)
            if path and (found := self._db.execute("pragma quick_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(found)
        except (OSError, sqlite3.Error) as error:
            if _damaged(error):
                raise DamagedError(
                    f"{what} i {path} er ødelagt ({error}). Læg en sikkerhedskopi på plads: assistant restore FIL."
                ) from None
            raise StorageError(
                f"{what} i {path} kan ikke åbnes ({error}). Giv skriveadgang, eller frigør plads."
            ) from None

    @contextlib.contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing. Raises StorageError."""
        with self._lock:
            try:
                with self._db:
                    yield self._db
            except sqlite3.Error as error:
                raise StorageError(
                    f"{self._what} kan ikke gemmes eller læses ({error}). Frigør plads, eller prøv igen."
                ) from error

    def run(self, statement: str, values: Sequence[Value] = ()) -> int:
        """How many rows one statement has changed. Raises StorageError."""
        with self.changing() as db:
            return db.execute(statement, values).rowcount

    def all(self, statement: str, values: Sequence[Value] = ()) -> list[Any]:
        """The rows one statement finds. Raises StorageError."""
        with self.changing() as db:
            return db.execute(statement, values).fetchall()

    def close(self) -> None:
        self._db.close()


def _damaged(error: Exception) -> bool:
    """Whether the file itself is at fault, and not the disk or the rights."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, (sqlite3.OperationalError, sqlite3.ProgrammingError)
    )
