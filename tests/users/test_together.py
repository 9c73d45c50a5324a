"""Limits that several replicas count together, and their behaviour while the database is down."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import event

from assistant.users import accounts, database
from assistant.users.accounts import People
from assistant.users.rate_limit import Asks, Tries
from assistant.users.together import Together
from tests.servers import Postgres, kept, own_connections, postgres

__all__ = ["kept", "own_connections", "postgres"]


@pytest.fixture
def replicas(postgres: Postgres) -> Iterator[list[Together]]:
    """Three replicas, each with its own connections, like three processes."""
    url, made = postgres.url(postgres.fresh()), []
    for _ in range(3):
        database._pool.cache_clear()
        made.append(Together(url))
    yield made
    for one in made:
        one.close()


def _soon(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_questions_a_minute_are_counted_over_all(replicas: list[Together]) -> None:
    asks = [Asks(20, 50, one) for one in replicas]
    with ThreadPoolExecutor(12) as pool:

        def ask(n: int) -> bool:
            with asks[n % 3].one("lise") as refused:
                return refused is None

        assert sum(pool.map(ask, range(60))) == 20
    with asks[0].one("lise") as refused, asks[1].one("erik") as other:
        assert refused
        assert refused.said == "too_fast"
        assert 0 < refused.seconds <= 3
        assert other is None


def test_questions_under_way_are_counted_over_all(replicas: list[Together]) -> None:
    asks = [Asks(1000, 3, one) for one in replicas]
    with ExitStack() as held:
        assert [held.enter_context(asks[n].one("lise")) for n in range(3)] == [None, None, None]
        with asks[0].one("lise") as refused, asks[1].one("erik") as other:
            assert refused
            assert (refused.said, refused.count) == ("one_at_a_time", 3)
            assert other is None

    def free() -> bool:
        with asks[2].one("lise") as refused:
            return refused is None

    assert _soon(free)


def test_consecutive_questions_are_never_refused(replicas: list[Together]) -> None:
    """The end of a question is reported late, and still delays nobody, neither here nor at another replica."""
    asks = [Asks(100_000, 1, one) for one in replicas]
    for n in range(60):
        with asks[n // 20].one("lise") as refused:
            assert refused is None, n


def test_open_questions_of_a_lost_replica_count_for_a_while(
    replicas: list[Together], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.users.together.LASTS", 0.5)
    assert replicas[0].take("lise", 1000, 1).given  # this one never ends
    assert not replicas[1].take("lise", 1000, 1).given
    assert _soon(lambda: replicas[1].take("lise", 1000, 1).given)


def test_tries_are_counted_over_all_and_given_back(replicas: list[Together]) -> None:
    tries = [Tries("name", 4, one) for one in replicas]
    assert [tries[n % 3].wait("lise") for n in range(4)] == [0] * 4
    assert 0 < tries[1].wait("lise") <= 15
    tries[2].give_back("lise")
    assert tries[0].wait("lise") == 0
    assert tries[0].wait("lise") > 0
    assert Tries("address", 4, replicas[0]).wait("lise") == 0
    odd = [tries[n % 3].wait("li\0se\ud800") for n in range(5)]  # counting works for any name
    assert odd[:4] == [0] * 4
    assert odd[4] > 0


def test_a_question_costs_one_statement(replicas: list[Together]) -> None:
    asks = Asks(1000, 3, replicas[0])
    with asks.one("lise"):
        pass  # this creates the table
    assert _soon(lambda: not replicas[0]._ended)
    said: list[str] = []
    event.listen(
        replicas[0]._server._pool.engine, "before_cursor_execute", lambda *given: said.append(str(given[2]))
    )
    for name in ("lise", "lise", "erik"):
        with asks.one(name) as refused:
            assert refused is None
            assert len([s for s in said if "insert" in s]) == 1
            said.clear()
        # The end of a question is reported in the background, and nobody waits for it.
        assert _soon(lambda: any("held - " in s for s in said))
        assert len(said) == 1
        said.clear()


def test_without_the_database_each_counts_for_itself(postgres: Postgres, replicas: list[Together]) -> None:
    asks, tries = [Asks(3, 2, one) for one in replicas], Tries("name", 2, replicas[0])
    with asks[0].one("lise") as refused:
        assert refused is None
    postgres.stop()
    try:
        for one in asks[:2]:
            for _ in range(3):
                with one.one("lise") as refused:
                    assert refused is None
            with one.one("lise") as refused:
                assert refused
                assert refused.said == "too_fast"
        with asks[2].one("lise"), asks[2].one("lise"), asks[2].one("lise") as refused:
            assert refused
            assert refused.said == "one_at_a_time"
        assert [tries.wait("lise") > 0 for _ in range(3)] == [False, False, True]
    finally:
        postgres.start()
    asks = [Asks(2, 2, one) for one in replicas]
    for n in range(3):  # counted together again without a restart
        with asks[n].one("erik") as refused:
            assert (refused is None) == (n < 2)


def test_tables_of_another_version_leave_each_to_its_own_count(
    postgres: Postgres, replicas: list[Together]
) -> None:
    url = replicas[0]._server._pool
    name = f"d{postgres._count}"
    asks = [Asks(2, 2, one) for one in replicas[:2]]
    with asks[0].one("lise"):
        pass
    postgres.sql(
        "update alembic_version set version_num = 'people_99' where version_num like 'people%'", on=name
    )
    url._settled = False
    with asks[0].one("lise") as first, asks[1].one("lise") as second:
        assert (first, second) == (None, None)
    postgres.sql(
        "update alembic_version set version_num = 'people_2' where version_num = 'people_99'", on=name
    )
    postgres.sql("drop table limits_1", on=name)  # a table whose content need not be kept
    with asks[1].one("anna") as first:
        assert first is None
    assert postgres.sql("select count(*) from limits_1", on=name) == [(1,)]


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_replica_whose_clock_is_wrong_neither_ends_sessions_nor_prolongs_them(
    kept: Path | str, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    right, wrong = People(kept), People(kept)
    right.add("lise", "reader", "et langt kodeord")
    session = right.log_in("lise", "et langt kodeord", 1)
    assert session

    class Skewed(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.now(tz) + dt.timedelta(hours=hours)

    monkeypatch.setattr(accounts.dt, "datetime", Skewed)
    other = wrong.log_in("lise", "et langt kodeord", 1)
    assert other
    assert wrong.who(session, "session")
    monkeypatch.undo()
    for secret in (session, other):
        assert right.who(secret, "session")
    (ends,) = {row[0] for row in right._db.all(accounts._secrets.select().with_only_columns(
        accounts._secrets.c.expires).where(accounts._secrets.c.hash == accounts._digest(other)))}  # fmt: skip
    left = dt.datetime.fromisoformat(ends) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=50) < left < dt.timedelta(minutes=70)
