"""What users say of answers, for the examiner to learn from, in one SQLite file.

Each entry holds what was asked, what was understood, the scope, the hits and the answer, so that the
case can be judged later without the index it came from. Of the user a name is kept, to count by; it is
not listed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from assistant.errors import QuestionError
from assistant.messages import said
from assistant.users.database import Database

Verdict = Literal["up", "down"]
REASONS = ("wrong", "incomplete", "source", "missing", "other")
FILE, FORMER = "feedback.db", "feedback.jsonl"
A_DAY = 200  # entries of one person
_SCHEMA = """
create table if not exists entries (number integer primary key, time text not null, owner text not null,
    entry text not null);
create index if not exists of_day on entries (owner, time);
"""


class Feedback:
    """The file, opened when it is used; what an older version left in the folder `former` is taken over once.
    Raises StorageError."""

    def __init__(self, folder: Path, former: Path | None = None) -> None:
        self._folder, self._former = folder, former

    @cached_property
    def _db(self) -> Database:
        """Opened at the first use: a page starts without it."""
        db = Database(self._folder / FILE, _SCHEMA, "Tilbagemeldingerne")
        if self._former and (lines := self._former / FORMER).is_file():
            _take_over(lines, db)
        return db

    def keep(
        self, owner: str, verdict: Verdict, answer: Mapping[str, Any], note: str = "", reason: str = ""
    ) -> str:
        """Keep an entry for one answer (the JSON of the contract); returns its id. Raises QuestionError where
        the person has said enough for a day, StorageError.

        `reason` is one of REASONS: the answer is wrong, or lacks something; the source is the wrong one; it
        was not found though the reader knows it is there.
        """
        time = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        row = {"verdict": verdict, "reason": reason, "note": note, "answer": dict(answer)}
        with self._db.changing() as db:
            (today,) = db.execute(
                "select count(*) from entries where owner = ? and time >= ?", (owner, time[:10])
            ).fetchone()
            if today >= A_DAY:
                raise QuestionError(said("said_enough", count=A_DAY))
            values = (time, owner, json.dumps(row, ensure_ascii=False))
            number = db.execute("insert into entries (time, owner, entry) values (?, ?, ?)", values).lastrowid
        return f"f{number}"

    def entries(self) -> list[dict[str, Any]]:
        """Every entry, oldest first."""
        rows = self._db.all("select number, time, entry from entries order by number")
        return [{"id": f"f{number}", "time": time, **json.loads(entry)} for number, time, entry in rows]

    def close(self) -> None:
        if "_db" in vars(self):
            self._db.close()


def _take_over(lines: Path, db: Database) -> None:
    """Put the entries of a file with one JSON object a line into the database; the file is kept under another name."""
    with db.changing() as changing:
        for line in lines.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):  # one that was cut short
                row = json.loads(line)
                entry = {name: row[name] for name in ("verdict", "reason", "note", "answer")}
                values = (row["time"], "", json.dumps(entry, ensure_ascii=False))
                changing.execute("insert into entries (time, owner, entry) values (?, ?, ?)", values)
    lines.rename(lines.with_name(f"{lines.name}.overtaget"))
