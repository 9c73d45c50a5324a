"""Rate limits shared by several replicas, counted in their common database by its clock.

A row for each name holds the time until which its turns are used up, and its questions in progress (leases). One
statement both takes a turn and reports whether it was free, so that a question costs one round trip. Ended leases are
sent with it, and in batches by a background thread. The table is created at first use and is not part of the user
data: it is unlogged, not backed up, and may be dropped at any time.
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

LASTS = 60.0  # seconds after which a lease expires, because its replica may be gone
TOLD = 0.25  # seconds within which another replica reports its ended leases
FORGOTTEN = 600.0  # seconds after which an inactive name is deleted
_NAMES = 0x6C696D69  # id of the lock for creating the table
_WHAT = Store("", "Grænserne", "", ())
_MADE = (
    "create unlogged table if not exists limits_1 (name text primary key, until double precision not null, "
    "held jsonb not null, last text not null)"
)
# Generic cell rate algorithm (ITU-T I.371): each turn moves `until` one step; it may be at most a minute ahead.
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
    """The result of asking for a turn. `wait` is the number of seconds until the rate allows one; 0 where it was
    given, or where too many are in progress."""

    name: str
    lease: str
    given: bool
    wait: int = 0


class Together:
    """The shared limits; thread-safe. Raises StorageError, and after a failure for some seconds without asking, so
    that a failing database does not delay every question."""

    def __init__(self, url: str) -> None:
        self._server = database.Server(url, _WHAT)
        self._made = False
        self._again = 0.0
        self._ended: list[tuple[str, str]] = []  # (name, lease), not sent yet
        self._telling_of: list[tuple[str, str]] = []
        self._some = threading.Condition()
        self._telling: threading.Thread | None = None
        self._closed = False
        self._swept = time.monotonic()

    def take(self, name: str, per_minute: int, at_once: int = 0) -> Taken:
        """Take a turn for a name, limited to `per_minute` and to `at_once` in progress (0: no limit). If too many are
        in progress it tries again after TOLD seconds, because another replica may not have reported an ended one
        yet."""
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
        """Return a turn, so that it no longer counts."""
        self._run(_GIVEN_BACK, {"name": plain(name), "step": 60 / per_minute})

    def end(self, taken: Taken) -> None:
        """End a lease. Does not block."""
        with self._some:
            self._ended.append((taken.name, taken.lease))
            if self._telling is None:
                self._telling = threading.Thread(target=self._tell, name="limits", daemon=True)
                self._telling.start()
            self._some.notify()

    def close(self) -> None:
        """Send the ended leases if the database answers, and close the connections."""
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
        with contextlib.suppress(StorageError):  # the leases expire anyway after LASTS seconds
            if ended:
                names, leases = ([e[i] for e in ended] for i in (0, 1))
                self._run(_ENDED, {"names": names, "leases": leases})
            if time.monotonic() - self._swept > FORGOTTEN:
                self._swept = time.monotonic()
                self._run(_SWEPT, {"seconds": FORGOTTEN})

    def _run(self, statement: str, values: dict[str, Any]) -> Sequence[Any]:
        """The rows of one statement, which is committed at once."""
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
    """Create the table under a lock, because two replicas that create it at once would conflict."""
    db.execute(text("select pg_advisory_lock(:names)"), {"names": _NAMES})
    try:
        db.execute(text(_MADE))
    finally:
        db.execute(text("select pg_advisory_unlock(:names)"), {"names": _NAMES})
