"""Users' feedback on answers, for later evaluation.

Each entry holds the question, how it was understood, the scope, the hits and the answer, so that the case can be judged
later without its index. The user's name is stored only for the daily limit and is not listed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, insert, select

from assistant.errors import QuestionError, StorageError, cause
from assistant.messages import said
from assistant.users.database import Database, Where, database
from assistant.users.tables import FEEDBACK, entries

Verdict = Literal["up", "down"]
REASONS = ("wrong", "incomplete", "source", "missing", "other")
FORMER = "feedback.jsonl"
A_DAY = 200  # entries per person and day


class Feedback:
    """The table, opened at first use; a file of an older version in the folder `former` is imported once. Raises
    StorageError."""

    def __init__(self, where: Where, former: Path | None = None) -> None:
        self._where, self._former = where, former

    @cached_property
    def _db(self) -> Database:
        """Opened at first use, so that the page starts without it."""
        db = database(self._where, FEEDBACK)
        if self._former and (lines := self._former / FORMER).is_file():
            _take_over(lines, db)
        return db

    def keep(
        self, owner: str, verdict: Verdict, answer: Mapping[str, Any], note: str = "", reason: str = ""
    ) -> str:
        """Store an entry for one answer (its JSON); returns its id. Raises QuestionError where the person has reached
        the daily limit, StorageError.

        `reason` is one of REASONS: the answer is wrong or incomplete, the source is wrong, or nothing was found
        although the user knows it is there.
        """
        time = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        row = {"verdict": verdict, "reason": reason, "note": note, "answer": dict(answer)}
        day = select(func.count()).where(entries.c.owner == owner, entries.c.time >= time[:10])
        with self._db.changing(alone=f"feedback {owner}") as db:
            if db.execute(day).scalar_one() >= A_DAY:
                raise QuestionError(said("said_enough", count=A_DAY))
            entry = json.dumps(row, ensure_ascii=False)
            added = db.execute(insert(entries).values(time=time, owner=owner, entry=entry))
            (number,) = added.inserted_primary_key or (0,)
        return f"f{number}"

    def entries(self) -> list[dict[str, Any]]:
        """All entries, oldest first."""
        columns = entries.c.number, entries.c.time, entries.c.entry
        rows = self._db.all(select(*columns).order_by(entries.c.number))
        return [{"id": f"f{number}", "time": time, **json.loads(entry)} for number, time, entry in rows]

    def close(self) -> None:
        if "_db" in vars(self):
            self._db.close()


def _take_over(lines: Path, db: Database) -> None:
    """Import a file with one JSON object per line into the database; the file is kept under another name."""
    taken = lines.with_name(f"{lines.name}.overtaget")
    try:
        with db.changing(alone=lines.name) as changing:
            if not lines.is_file():  # another process was quicker
                return
            for line in lines.read_text(encoding="utf-8", errors="replace").splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):  # skip truncated lines
                    row = json.loads(line)
                    entry = {name: row[name] for name in ("verdict", "reason", "note", "answer")}
                    values = {
                        "time": row["time"],
                        "owner": "",
                        "entry": json.dumps(entry, ensure_ascii=False),
                    }
                    changing.execute(insert(entries).values(values))
            lines.rename(taken)
    except OSError as error:  # an index that may only be read: its feedback stays in the file
        raise StorageError(
            f"{lines} kan ikke overtages ({cause(error)}). Giv skriveadgang, eller flyt filen."
        ) from error
    except StorageError:
        if taken.is_file() and not lines.exists():
            taken.rename(lines)
        raise
