"""Detects which tables a database has and upgrades them to this version.

A new database gets the current tables directly, without Alembic, which takes half a second to import; only older ones
go through the revisions in `migrations`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, insert, inspect, select

from assistant.errors import StorageError
from assistant.messages import said
from assistant.users.tables import Store, versions

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

State = Literal["empty", "current", "other", "foreign"]


def state(db: Connection, stores: Sequence[Store]) -> State:
    """The state of the tables of these stores: "empty" (none yet), "current", "other" (another revision), or "foreign"
    (tables of these names without any revision: older than revisions, or on a server possibly another program's)."""
    names = set(inspect(db).get_table_names())
    if versions.name in names:
        return "current" if _revisions(db) >= {s.head for s in stores} else "other"
    return "foreign" if any(t.name in names for s in stores for t in s.tables) else "empty"


def create(db: Connection, stores: Sequence[Store]) -> None:
    """Create the current tables in an empty database."""
    for store in stores:
        store.tables[0].metadata.create_all(db, store.tables)
    _mark(db, [s.head for s in stores])


def adopt(db: Connection, stores: Sequence[Store]) -> None:
    """Assign a revision to tables older than revisions: the latest where they have all its columns, else the first.
    Missing tables and indexes are created."""
    for store in stores:
        store.tables[0].metadata.create_all(db, store.tables)
        for index in (i for t in store.tables for i in t.indexes):
            index.create(db, checkfirst=True)
        found = inspect(db)
        whole = all(
            {c.name for c in t.columns} <= {c["name"] for c in found.get_columns(t.name)}
            for t in store.tables
        )
        _mark(db, [store.head if whole else f"{store.branch}_1"])


def upgrade(db: Connection, stores: Sequence[Store]) -> None:
    """Upgrade older tables through the missing revisions. Raises StorageError for newer tables."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    script, have = _script(), _revisions(db)
    if unknown := have - known():
        raise StorageError(said("schema_newer", revision=min(unknown)))
    context = MigrationContext.configure(db)
    with Operations.context(context):
        for store in stores:
            at = next((r for r in have if r.rpartition("_")[0] == store.branch), "base")
            for step in reversed(list(script.iterate_revisions(store.head, at))):
                step.module.upgrade()
            context.stamp(script, store.head)


def known() -> set[str]:
    """All revisions that this version knows."""
    return {step.revision for step in _script().walk_revisions()}


def behind(db: Connection) -> StorageError:
    """The error for tables of another revision, which are not changed without being asked to."""
    if unknown := _revisions(db) - known():
        return StorageError(said("schema_newer", revision=min(unknown)))
    return StorageError(said("schema_older"))


@cache
def _script() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    folder = str(Path(__file__).parent / "migrations")
    return ScriptDirectory(folder, version_locations=[folder])


def _revisions(db: Connection) -> set[str]:
    return set(db.scalars(select(versions.c.version_num)))


def _mark(db: Connection, revisions: Sequence[str]) -> None:
    versions.metadata.create_all(db)
    db.execute(insert(versions), [{"version_num": r} for r in revisions])
