"""People's judgements of the cells of a comparison: who, when, what and why. Rows are only added; the newest counts.

A cell is what a region's documents of a period say about a topic, however the question was worded; where documents are
compared, what one of them says. The last report of each kind is stored here too, to detect changes since.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import func, insert, select, update

from assistant.errors import QuestionError
from assistant.messages import said
from assistant.models import Judged, Judgement
from assistant.users.database import Database, Where, changed, database, replacing
from assistant.users.tables import REVIEWS, judgements, reports

A_DAY = 2000  # judgements per person and day


@dataclass(frozen=True, slots=True)
class Cell:
    """`topic` is the question as asked of one side, without case and punctuation; `paper` is the document's name where
    documents are compared, else ""."""

    topic: str
    region: str
    period: str
    paper: str = ""


class Judgements:
    """The tables, opened at first use. Raises StorageError."""

    def __init__(self, where: Where) -> None:
        self._where = where

    @cached_property
    def _db(self) -> Database:
        """Opened at first use, so that the page starts without it."""
        return database(self._where, REVIEWS)

    def keep(
        self, cell: Cell, kind: Judged, who: str, account: bool, reason: str, basis: Mapping[str, Any]
    ) -> int:
        """Add a judgement; returns its number. Raises QuestionError where the person has reached the daily limit,
        StorageError."""
        time = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        own = judgements.c.who == who, judgements.c.account == int(account)
        day = select(func.count()).where(*own, judgements.c.time >= time[:10])
        with self._db.changing(alone=f"judgements {who}") as db:
            if db.execute(day).scalar_one() >= A_DAY:
                raise QuestionError(said("said_enough", count=A_DAY))
            values = {
                "time": time, "who": who, "account": int(account), "topic": cell.topic, "region": cell.region,
                "period": cell.period, "paper": cell.paper, "kind": kind, "reason": reason,
                "basis": json.dumps(basis, ensure_ascii=False),
            }  # fmt: skip
            (number,) = db.execute(insert(judgements).values(values)).inserted_primary_key or (0,)
        return int(number)

    def of(self, topic: str | None = None) -> dict[Cell, tuple[Judgement, ...]]:
        """All judgements of a topic's cells, or of every cell, oldest first."""
        wanted = select(judgements).order_by(judgements.c.number)
        found: dict[Cell, tuple[Judgement, ...]] = {}
        for row in self._db.all(wanted if topic is None else wanted.where(judgements.c.topic == topic)):
            cell = Cell(row.topic, row.region, row.period, row.paper)
            told = Judgement(
                row.number, row.time, row.who, bool(row.account), row.kind, row.reason, json.loads(row.basis)
            )
            found[cell] = (*found.get(cell, ()), told)
        return found

    def forget(self, name: str) -> int:
        """Remove an account's name from its judgements, so that a later account of the same name does not appear as
        their author; returns how many."""
        own = judgements.c.who == name, judgements.c.account == 1
        with self._db.changing() as db:
            return changed(db, update(judgements).where(*own).values(who=""))

    def last_report(self, limits: str) -> tuple[str, list[dict[str, Any]]] | None:
        """(time, records) of the last report within these limits."""
        found = self._db.all(select(reports.c.time, reports.c.record).where(reports.c.limits == limits))
        return (found[0].time, json.loads(found[0].record)) if found else None

    def keep_report(self, limits: str, records: list[dict[str, Any]]) -> None:
        """Store a report's records, replacing the previous ones."""
        time = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        record = json.dumps(records, ensure_ascii=False)
        with self._db.changing() as db:
            db.execute(replacing(db, reports, limits=limits, time=time, record=record))

    def close(self) -> None:
        if "_db" in vars(self):
            self._db.close()
