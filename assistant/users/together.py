"""Limits that hold for several replicas together: counted in the database that they share, by its clock.

A row for each name says until when it has used up its turns and what it has under way. One statement takes a turn and
says whether it was free, so that a question costs one; what has ended is told with it, and by a thread beside, all that
ended meanwhile in one statement. The table is made when it is first wanted and is no part of the tables that are kept:
it is unlogged, stands in no backup, and may be dropped at any time.
"""

from __future__ import annotations

import contextlib
import math
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from assistant.errors import StorageError
from assistant.users import database
from assistant.users.tables import Store, plain

LASTS = 60.0  # seconds after which what is under way no longer counts: its replica may be gone
TOLD = 0.25  # seconds in which another replica has surely told what has ended there
FORGOTTEN = 600.0  # seconds after which a name that does nothing is forgotten
_NAMES = 0x6C696D69  # of the lock that the table is made under
_WHAT = Store("", "Grænserne", "", ())
_MADE = (
    "create unlogged table if not exists limits_1 (name text primary key, until double precision not null, "
    "held jsonb not null, last text not null)"
)
# Generic cell rate (ITU-T I.371): `until` moves a step for each turn, and may be a minute ahead of the clock at most.
_TAKEN = """
insert into limits_1 as l (name, until, held, last)
select :name, t.at + :step, case when :most > 0 then jsonb_build_object(cast(:mine as text), t.at + :lasts)
                                 else '{}'::jsonb end, :mine
from (select extract(epoch from now())::float8 as at) t
on conflict (name) do update set (until, held, last) = (
    select case when s.free then s.begins + :step else l.until end,
           case when s.free and :most > 0 then s.held || jsonb_build_object(cast(:mine as text), s.at + :lasts)
                else s.held end,
           case when s.free then :mine else l.last end
    from (
        select t.at, t.begins, h.held, t.begins + :step <= t.at + 60.001
               and (:most = 0 or (select count(*) from jsonb_object_keys(h.held)) < :most) as free
        from (select n.at, greatest(l.until, n.at) as begins
              from (select extract(epoch from now())::float8 as at) n) t,
             lateral (select coalesce(jsonb_object_agg(key, value), '{}'::jsonb) as held
                      from jsonb_each(l.held - cast(:ended as text[])) where value::float8 > t.at) h
    ) s)
returning last, until - extract(epoch from now())::float8
"""
_GIVEN_BACK = "update limits_1 set until = until - :step where name = :name"
_ENDED = "update limits_1 set held = held - cast(:leases as text[]) where name = any(cast(:names as text[]))"
_SWEPT = "delete from limits_1 where until < extract(epoch from now())::float8 - :seconds"


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn that was asked for. `wait` is how many seconds until there is one by the clock; 0 where it was given, or
    where too many are under way."""

    name: str
    lease: str
    given: bool
    wait: int = 0


class Together:
    """The table, usable from a server's threads. Raises StorageError, also for some seconds after it once failed, so
    that a database in trouble is not asked by every question."""

    def __init__(self, url: str) -> None:
        self._server = database.Server(url, _WHAT)
        self._made = False
        self._again = 0.0
        self._ended: list[tuple[str, str]] = []  # (name, lease), not told yet
        self._telling_of: list[tuple[str, str]] = []
        self._some = threading.Condition()
        self._telling: threading.Thread | None = None
        self._closed = False
        self._swept = time.monotonic()

    def take(self, name: str, per_minute: int, at_once: int = 0) -> Taken:
        """One more of a name's turns, so many a minute; `at_once` of them under way at most, where it is not 0. Too
        many are looked at twice."""
        found = self._take(name, per_minute, at_once)
        if found.given or found.wait:
            return found
        time.sleep(TOLD)
        return self._take(name, per_minute, at_once)

    def _take(self, name: str, per_minute: int, at_once: int) -> Taken:
        name, mine, step = plain(name), secrets.token_urlsafe(9), 60 / per_minute
        with self._some:
            ended = [lease for whose, lease in [*self._ended, *self._telling_of] if whose == name]
        given = {"name": name, "step": step, "most": at_once, "mine": mine, "lasts": LASTS, "ended": ended}
        ((last, ahead),) = self._run(_TAKEN, given)
        if last == mine:
            return Taken(name, mine, given=True)
        return Taken(name, "", given=False, wait=max(0, math.ceil(ahead + step - 60.001)))

    def give_back(self, name: str, per_minute: int) -> None:
        """A turn that was taken counts no more."""
        self._run(_GIVEN_BACK, {"name": plain(name), "step": 60 / per_minute})

    def end(self, taken: Taken) -> None:
        """It is no longer under way. Waits for nothing."""
        with self._some:
            self._ended.append((taken.name, taken.lease))
            if self._telling is None:
                self._telling = threading.Thread(target=self._tell, name="limits", daemon=True)
                self._telling.start()
            self._some.notify()

    def close(self) -> None:
        """Tell what has ended, as far as the database is there."""
        with self._some:
            self._closed = True
            self._some.notify()
        self._told()
        self._server.close()

    def _tell(self) -> None:
        while not self._closed:
            with self._some:
                self._some.wait_for(lambda: self._ended or self._closed)
            self._told()

    def _told(self) -> None:
        with self._some:
            ended, self._ended = self._ended, []
            self._telling_of = ended
        with contextlib.suppress(StorageError):  # it no longer counts in a minute
            if ended:
                names, leases = ([e[i] for e in ended] for i in (0, 1))
                self._run(_ENDED, {"names": names, "leases": leases})
            if time.monotonic() - self._swept > FORGOTTEN:
                self._swept = time.monotonic()
                self._run(_SWEPT, {"seconds": FORGOTTEN})

    def _run(self, statement: str, values: dict[str, Any]) -> Sequence[Any]:
        """The rows of one statement, which counts at once."""
        if time.monotonic() < self._again:
            raise StorageError("")
        try:
            with self._server.single() as db:
                if not self._made:
                    _make(db)
                    self._made = True
                found = db.execute(text(statement), values)
                return found.all() if found.returns_rows else []
        except StorageError:
            self._made, self._again = False, time.monotonic() + database.AWAY
            raise


def _make(db: Connection) -> None:
    """Two that make it at the same moment would stand in each other's way."""
    db.execute(text("select pg_advisory_lock(:names)"), {"names": _NAMES})
    try:
        db.execute(text(_MADE))
    finally:
        db.execute(text("select pg_advisory_unlock(:names)"), {"names": _NAMES})
