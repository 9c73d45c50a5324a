"""Which tables a database has, and how they become those of this version.

A new database gets them as they are now, without Alembic, which takes half a second to import; only what is older
goes through the revisions in `migrations`.
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
    """Whether a database has the tables of these stores: none yet, as they are now, of another revision (or from
    before there were any), or some of those names beside no revision at all, which on a server may be anybody's."""
    names = set(inspect(db).get_table_names())
    if versions.name in names:
        return "current" if _revisions(db) >= {s.head for s in stores} else "other"
    return "foreign" if any(t.name in names for s in stores for t in s.tables) else "empty"


def create(db: Connection, stores: Sequence[Store]) -> None:
    """The tables as they are now, in an empty database."""
    for store in stores:
        store.tables[0].metadata.create_all(db, store.tables)
    _mark(db, [s.head for s in stores])


def adopt(db: Connection, stores: Sequence[Store]) -> None:
    """Mark tables from before there were revisions: as of the last one where they have all that it has, else as of
    the first. What a file lacks altogether is created."""
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
    """Take older tables through the revisions that they lack. Raises StorageError for newer ones."""
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
    """Every revision that this version knows of."""
    return {step.revision for step in _script().walk_revisions()}


def behind(db: Connection) -> StorageError:
    """What is said of tables that are of another revision and may not be changed without being asked to."""
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
