"""Moves user data between databases: everything is copied, counted, and read back for comparison before the commit."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from sqlalchemy import Connection, Table, func, insert, select

from assistant.errors import ReadError, SettingsError, StorageError
from assistant.messages import said
from assistant.users.database import Where, database, named
from assistant.users.tables import STORES, plain

_BY_AND_BY = {"yield_per": 500}  # rows
Counted = dict[str, int]  # table → rows


def move(source: Where, target: Where) -> Counted:
    """Copy everything from `source` into the empty tables of `target`, all or nothing; the source is kept. Stop the
    server first, because later changes are not copied. Raises ReadError where the source is empty, StorageError where
    the target is not empty or differs afterwards, SettingsError where both are the same."""
    if source == target:
        raise SettingsError(said("move_same", where=named(source)))
    if isinstance(source, Path) and not any((source / s.file).is_file() for s in STORES):
        raise ReadError(said("move_nothing", where=source))
    counted: Counted = {}
    with contextlib.ExitStack() as held:
        pairs = []
        for store in STORES:
            there, here = database(source, store), database(target, store)
            held.callback(there.close)
            held.callback(here.close)
            pairs.append(
                (held.enter_context(there.reading()), held.enter_context(here.changing()), store.tables)
            )
        for _, new, tables in pairs:
            if any(new.execute(select(func.count()).select_from(t)).scalar_one() for t in tables):
                raise StorageError(said("move_filled", where=named(target)))
        for old, new, tables in pairs:
            for table in tables:
                counted[table.name] = _copied(old, new, table, named(target))
    return counted


def filled(where: Where) -> bool:
    """Whether a database has any rows. Raises StorageError."""
    for store in STORES:
        with contextlib.closing(database(where, store)) as kept, kept.reading() as db:
            if any(db.execute(select(func.count()).select_from(t)).scalar_one() for t in store.tables):
                return True
    return False


def _copied(old: Connection, new: Connection, table: Table, where: str) -> int:
    """Copy a table, then read it back and compare; returns the number of rows. Raises StorageError."""
    for rows in old.execute(select(table), execution_options=_BY_AND_BY).mappings().partitions():
        new.execute(insert(table), [dict(row) for row in rows])
    if new.dialect.name == "postgresql" and table.autoincrement_column is not None:
        _count_on(new, table)
    before, after = _content(old, table), _content(new, table)
    if before != after:
        raise StorageError(
            said("move_differs", where=where, table=table.name, before=before[0], after=after[0])
        )
    return after[0]


def _content(db: Connection, table: Table) -> tuple[int, int]:
    """(number of rows, order-independent checksum of their content)."""
    count = total = 0
    for row in db.execute(select(table), execution_options=_BY_AND_BY):
        text = json.dumps([plain(v) if isinstance(v, str) else v for v in row], ensure_ascii=False)
        total += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        count += 1
    return count, total % 2**256


def _count_on(db: Connection, table: Table) -> None:
    """Set the sequence so that new rows are numbered after the copied ones."""
    column = table.autoincrement_column
    assert column is not None
    last = db.execute(select(func.max(column))).scalar_one()
    if last is not None:
        db.execute(select(func.setval(func.pg_get_serial_sequence(table.name, column.name), last)))
