"""What people have said of the cells of a comparison: who, when, what and why. Only added to; the newest counts.

A cell is what a region's papers of a period say to a question, however it was asked; where documents are set side by
side, what one of them says. The last report of each kind is kept here too, to tell what has changed since.
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

A_DAY = 2000  # judgements of one person


@dataclass(frozen=True, slots=True)
class Cell:
    """`topic` is the question as it is put to one side, without case and signs; `paper` the name of the document where
    documents are compared, else ""."""

    topic: str
    region: str
    period: str
    paper: str = ""


class Judgements:
    """The tables, opened when they are used. Raises StorageError."""

    def __init__(self, where: Where) -> None:
        self._where = where

    @cached_property
    def _db(self) -> Database:
        """Opened at the first use: a page starts without it."""
        return database(self._where, REVIEWS)

    def keep(
        self, cell: Cell, kind: Judged, who: str, account: bool, reason: str, basis: Mapping[str, Any]
    ) -> int:
        """Add a judgement; returns its number. Raises QuestionError where the person has said enough for a day,
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
        """Every judgement of a topic's cells, or of all, oldest first."""
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
        """Leave what an account has said without its name: another one of the same name has not said it."""
        own = judgements.c.who == name, judgements.c.account == 1
        with self._db.changing() as db:
            return changed(db, update(judgements).where(*own).values(who=""))

    def last_report(self, limits: str) -> tuple[str, list[dict[str, Any]]] | None:
        """(when, records) of the last report within these limits."""
        found = self._db.all(select(reports.c.time, reports.c.record).where(reports.c.limits == limits))
        return (found[0].time, json.loads(found[0].record)) if found else None

    def keep_report(self, limits: str, records: list[dict[str, Any]]) -> None:
        """Put a report's records in the place of the last one's."""
        time = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        record = json.dumps(records, ensure_ascii=False)
        with self._db.changing() as db:
            db.execute(replacing(db, reports, limits=limits, time=time, record=record))

    def close(self) -> None:
        if "_db" in vars(self):
            self._db.close()
