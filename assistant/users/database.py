"""Storage of user data in SQLite files or in one PostgreSQL database, behind one interface.

A file and its log are readable only by their owner (0600), because they hold personal data.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    Executable,
    Insert,
    StaticPool,
    Table,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from assistant.errors import AwayError, DamagedError, SettingsError, StorageError
from assistant.messages import said
from assistant.users import schema
from assistant.users.tables import STORES, Store, Words

Where = Path | str  # a folder of SQLite files, or a server's address
OLDEST = 13  # PostgreSQL version supported
PAUSE = 0.05  # seconds until a locked file is tried again
WAIT = 20  # seconds that SQLite waits for another writer; several may start together on a busy machine
AWAY = 5.0  # seconds that a server is not asked again after it did not answer
CONNECTING, STATEMENT = 5, 10  # timeouts in seconds
CONNECTIONS = 16  # per process
_PRAGMAS = ("journal_mode = wal", "synchronous = normal", "foreign_keys = on")
_NAMES = 0x72616D6D  # id of the lock for creating tables


class Database(ABC):
    """The tables of one store; thread-safe. Raises StorageError; AwayError where a server does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @abstractmethod
    def changing(self, alone: str = "") -> contextlib.AbstractContextManager[Connection]:
        """A write transaction. Transactions with the same `alone` run one after another."""

    @abstractmethod
    def reading(self) -> contextlib.AbstractContextManager[Connection]:
        """A read transaction with a consistent snapshot."""

    @abstractmethod
    def close(self) -> None: ...

    def run(self, statement: Executable) -> int:
        """Run one statement; returns how many rows it changed."""
        with self.changing() as db:
            return changed(db, statement)

    def all(self, statement: Executable) -> Sequence[Any]:
        """The rows that one statement returns."""
        with self.reading() as db:
            return db.execute(statement).all()


def database(where: Where | None, store: Store) -> Database:
    """Open a store; in memory without `where`. A file is opened at once, a server at first use. Raises DamagedError,
    StorageError for a file, SettingsError for an invalid address."""
    if isinstance(where, str):
        return Server(where, store)
    return File(where and where / store.file, store)


class moment(GenericFunction[str]):
    """The current time by the database's clock, in the stored format, so that machines that share a database need not
    have synchronised clocks."""

    type = Words()
    inherit_cache = True


@compiles(moment, "sqlite")
def _moment_in_sqlite(*_: Any, **__: Any) -> str:
    return "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"


@compiles(moment, "postgresql")
def _moment_in_postgresql(*_: Any, **__: Any) -> str:
    return """to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


def changed(db: Connection, statement: Executable) -> int:
    """Run a statement; returns how many rows it changed."""
    found = db.execute(statement)
    assert isinstance(found, CursorResult)
    return found.rowcount


def replacing(db: Connection, table: Table, **values: str | int | None) -> Insert:
    """An insert that replaces the row with the same key, if there is one."""
    kind = postgresql if db.dialect.name == "postgresql" else sqlite
    made: postgresql.Insert | sqlite.Insert = kind.insert(table).values(**values)
    return made.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


class File(Database):
    """A SQLite file, or memory. Raises DamagedError, StorageError on opening."""

    def __init__(self, path: Path | None, store: Store) -> None:
        super().__init__(store)
        self._lock, what = threading.Lock(), store.what
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                for file in path.parent.glob(f"{path.name}*"):
                    with contextlib.suppress(FileNotFoundError):  # another process is done with its journal
                        file.chmod(0o600)
            self._engine = create_engine("sqlite://", creator=partial(_opened, path), poolclass=StaticPool)
            event.listen(self._engine, "begin", _begun)
            with self._engine.begin() as db:  # check before writing anything
                if (found := db.exec_driver_sql("pragma quick_check(1)").scalar()) != "ok":
                    raise sqlite3.DatabaseError(found)
            self._settle()
        except (OSError, sqlite3.Error, DBAPIError) as error:
            why = error.orig if isinstance(error, DBAPIError) else error
            if _damaged(why):
                raise DamagedError(
                    f"{what} i {path} er ødelagt ({why}). Læg en sikkerhedskopi på plads: assistant restore FIL."
                ) from None
            raise StorageError(
                f"{what} i {path} kan ikke åbnes ({why}). Giv skriveadgang, eller frigør plads."
            ) from None

    def _settle(self) -> None:
        """Create the tables, or upgrade older ones. Unlike a server's database, the file belongs to this installation
        alone."""
        stores = [self._store]
        with self._engine.begin() as db:
            if schema.state(db, stores) == "current":
                return
        with self._engine.connect().execution_options(changing=True) as db, db.begin():
            found = schema.state(db, stores)  # again, under the lock: another process may have been quicker
            if found == "empty":
                schema.create(db, stores)
            elif found == "foreign":
                schema.adopt(db, stores)
            if schema.state(db, stores) == "other":
                schema.upgrade(db, stores)

    @contextlib.contextmanager
    def changing(self, alone: str = "") -> Iterator[Connection]:
        with self._used(changing=True) as db:
            yield db

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._used(changing=False) as db:
            yield db

    def close(self) -> None:
        with self._lock:
            self._engine.dispose()

    @contextlib.contextmanager
    def _used(self, changing: bool) -> Iterator[Connection]:
        with self._lock:
            try:
                with self._engine.connect().execution_options(changing=changing) as db, db.begin():
                    yield db
            except (sqlite3.Error, DBAPIError) as error:
                why = error.orig if isinstance(error, DBAPIError) else error
                raise StorageError(
                    f"{self._store.what} kan ikke gemmes eller læses ({why}). Frigør plads, eller prøv igen."
                ) from error


def _opened(path: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=WAIT, isolation_level=None)
    for pragma in _PRAGMAS:
        _patiently(db, f"pragma {pragma}")
    return db


def _patiently(db: sqlite3.Connection, statement: str) -> None:
    """Execute a statement, again for WAIT seconds while the file is locked: SQLite does not wait by itself where
    several processes switch a new file to its write-ahead log."""
    until = time.monotonic() + WAIT
    while True:
        try:
            db.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(PAUSE)


def _begun(db: Connection) -> None:
    """Take the write lock at the start of a write transaction; two that read first would block each other."""
    db.exec_driver_sql("begin immediate" if db.get_execution_options().get("changing") else "begin")


def _damaged(error: BaseException | None) -> bool:
    """Whether the file is corrupt, as opposed to a problem with the disk or permissions."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, (sqlite3.OperationalError, sqlite3.ProgrammingError)
    )


class Server(Database):
    """One store in the PostgreSQL database. It connects only when used, so that the server starts and answers without
    the database, and uses it again when it is back."""

    def __init__(self, url: str, store: Store) -> None:
        super().__init__(store)
        self._pool = _pool(url)

    @contextlib.contextmanager
    def changing(self, alone: str = "") -> Iterator[Connection]:
        with self._pool.used(self._store.what, "READ COMMITTED") as db:
            if alone:
                db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(alone, _NAMES))))
            yield db

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._pool.used(self._store.what, "REPEATABLE READ") as db:
            yield db

    def single(self) -> contextlib.AbstractContextManager[Connection]:
        """A connection in autocommit mode."""
        return self._pool.used(self._store.what, "AUTOCOMMIT")

    def close(self) -> None:
        self._pool.engine.dispose()


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of checking a server. `trouble` is why its tables cannot be used, `milliseconds` the time of one
    query."""

    version: str
    empty: bool
    trouble: str
    milliseconds: float


def look(url: str) -> Seen:
    """Check whether a server answers and what it holds; changes nothing. Raises StorageError, SettingsError."""
    return _pool(url).look()


def prepare(where: Where) -> None:
    """Create the tables, or upgrade older ones. Raises StorageError."""
    if isinstance(where, str):
        _pool(where).prepare()
    else:
        for store in STORES:
            database(where, store).close()


def named(where: Where) -> str:
    """A description of the storage without user and password.

    >>> named("postgresql://lise:hemmelig@db.kommune.dk/aftaler")
    'PostgreSQL, aftaler på db.kommune.dk'
    """
    if isinstance(where, Path):
        return f"SQLite i {where}"
    url = _url(where)
    return f"PostgreSQL, {url.database or url.username} på {url.host or 'denne maskine'}" + (
        f":{url.port}" if url.port else ""
    )


def _url(text: str) -> URL:
    """Raises SettingsError."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(said("database_address")) from None
    if url.get_backend_name() != "postgresql":
        raise SettingsError(said("database_address"))
    return url.set(drivername="postgresql+psycopg")


@cache
def _pool(url: str) -> _Pool:
    """This process's connection pool for a server, shared by all stores."""
    return _Pool(url)


class _Pool:
    def __init__(self, text: str) -> None:
        url = _url(text)
        own = {} if "options" in url.query else {"options": f"-c statement_timeout={STATEMENT}s"}
        try:
            self.engine: Engine = create_engine(
                url, pool_size=CONNECTIONS // 2, max_overflow=CONNECTIONS // 2, pool_timeout=CONNECTING,
                pool_recycle=1800, pool_pre_ping=True, hide_parameters=True,
                connect_args={"connect_timeout": CONNECTING, "tcp_user_timeout": 1000 * STATEMENT,
                              "application_name": "rammeaftale-assistent", **own},
            )  # fmt: skip
        except ImportError:
            raise SettingsError(said("database_driver")) from None
        self._where, self._settled, self._away = named(text), False, (0.0, "")

    @contextlib.contextmanager
    def used(self, what: str, isolation: Any) -> Iterator[Connection]:
        """A transaction; the tables are created first if needed. Raises StorageError, AwayError."""
        with self._connected(what) as db:
            if not self._settled:
                with db.begin():
                    self._settle(db)
                self._settled = True
            with db.execution_options(isolation_level=isolation).begin():
                yield db

    def look(self) -> Seen:
        with self._connected("") as db, db.begin():
            began = time.perf_counter()
            version = str(db.exec_driver_sql("show server_version").scalar_one()).split()[0]
            took = 1000 * (time.perf_counter() - began)
            found = schema.state(db, STORES)
            trouble = self._unfit(db, found)
            return Seen(version, found == "empty", str(trouble or ""), took)

    def prepare(self) -> None:
        with self._connected("") as db, db.begin():
            db.exec_driver_sql("set local statement_timeout = 0")
            self._settle(db, upgrading=True)

    def _settle(self, db: Connection, upgrading: bool = False) -> None:
        """Create the tables in an empty database. Older tables are upgraded only with `upgrading`, because other
        processes may be using them."""
        if schema.state(db, STORES) == "current":
            return
        db.execute(select(func.pg_advisory_xact_lock(_NAMES)))
        found = schema.state(db, STORES)  # again, under the lock: another process may have been quicker
        if found == "other" and upgrading:
            schema.upgrade(db, STORES)
        elif trouble := self._unfit(db, found):
            raise trouble
        elif found == "empty":
            schema.create(db, STORES)

    def _unfit(self, db: Connection, found: schema.State) -> StorageError | None:
        """Why a database in this state cannot be used as it is; None where it can."""
        encoding = db.exec_driver_sql("show server_encoding").scalar_one()
        if encoding != "UTF8":
            return StorageError(said("database_encoding", where=self._where, encoding=encoding))
        if found == "foreign":
            return StorageError(said("database_foreign", where=self._where))
        return schema.behind(db) if found == "other" else None

    @contextlib.contextmanager
    def _connected(self, what: str) -> Iterator[Connection]:
        until, why = self._away
        if time.monotonic() < until:
            raise AwayError(why)
        try:
            db = self.engine.connect()
        except NoneFree:
            raise AwayError(said("database_busy", where=self._where)) from None
        except DBAPIError as error:
            raise self._unconnected(error) from None
        with db:
            try:
                self._fits(db)
                yield db
            except DBAPIError as error:
                self._settled = False  # the tables may have been changed
                raise self._failed(what, error) from error

    def _fits(self, db: Connection) -> None:
        """Raise StorageError if the server is too old."""
        version = db.dialect.server_version_info or (0,)
        if version < (OLDEST,):
            raise StorageError(said("database_version", where=self._where, version=version[0], oldest=OLDEST))

    def _unconnected(self, error: DBAPIError) -> AwayError:
        """The error for a failed connection; it is remembered for AWAY seconds, in which no new attempt is made."""
        state, why = getattr(error.orig, "sqlstate", None) or "", _line(error.orig)
        key = {"28P01": "database_refused", "28000": "database_refused", "3D000": "database_missing"}.get(
            state
        )
        key = key or next((k for word, k in _SAID_BY_IT if word in why), "database_away")
        told = said(key, where=self._where, why=why)
        self._away = time.monotonic() + AWAY, told
        return AwayError(told)

    def _failed(self, what: str, error: DBAPIError) -> StorageError:
        state = getattr(error.orig, "sqlstate", None) or ""
        if error.connection_invalidated or state in ("57P01", "57P02", "57P03") or state.startswith("08"):
            return AwayError(said("database_away", where=self._where, why=_line(error.orig)))
        key = _BY_CODE.get(state, "database_failed")
        return StorageError(said(key, what=what or self._where, where=self._where, why=_line(error.orig)))


_BY_CODE = {
    "28P01": "database_refused", "28000": "database_refused", "3D000": "database_missing", "53100": "database_full",
    "57014": "database_slow", "42501": "database_rights",
}  # fmt: skip
# Words in the server's refusal, where the client library gives no error code.
_SAID_BY_IT = (
    ("password", "database_refused"),
    ("authentication", "database_refused"),
    ("pg_hba.conf", "database_refused"),
    ("does not exist", "database_missing"),
)


def _line(error: BaseException | None) -> str:
    """An error's message as one line."""
    return " ".join(str(error).split())[:300]
