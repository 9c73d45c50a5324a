"""The tables of user data, the same in SQLite and PostgreSQL.

Imports SQLAlchemy, which is slow, so nothing that `assistant ask` needs may import this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Column, Dialect, ForeignKey, Index, Integer, MetaData, Table, Text, TypeDecorator
from sqlalchemy.dialects import postgresql

_NOWHERE = re.compile(r"[\0\ud800-\udfff]")


class Words(TypeDecorator[str]):
    """Text that both databases store, compare and sort alike, by code points. What PostgreSQL cannot store (NUL, lone
    surrogates) is replaced by U+FFFD."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> postgresql.TEXT | Text:
        return postgresql.TEXT(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else plain(value)


def plain(text: str) -> str:
    r"""Text as it is stored.

    >>> plain("a\0b\ud800c")
    'a\ufffdb\ufffdc'
    """
    return _NOWHERE.sub("\ufffd", text)


metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("name", Words, primary_key=True),
    Column("role", Words, nullable=False),
    Column("hash", Words),
    Column("created", Words, nullable=False),
)
secrets = Table(
    "secrets",
    metadata,
    Column("hash", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("use", Words, nullable=False),
    Column("expires", Words, nullable=False),
    Column("label", Words, nullable=False, server_default=""),
    Column("leaves", Words, nullable=False, server_default="read edit metrics"),
    Column("created", Words, nullable=False, server_default=""),
)
threads = Table(
    "threads",
    metadata,
    Column("id", Words, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("created", Words, nullable=False),
    Column("changed", Words, nullable=False),
    Column("shared", Words, unique=True),
    Index("of_owner", "owner", "changed"),
)
exchanges = Table(
    "exchanges",
    metadata,
    Column("thread", Words, ForeignKey(threads.c.id, ondelete="cascade"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("words", Words, nullable=False),
    Column("record", Words, nullable=False),
)
entries = Table(
    "entries",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("time", Words, nullable=False),
    Column("owner", Words, nullable=False),
    Column("entry", Words, nullable=False),
    Index("of_day", "owner", "time"),
)
events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("time", Words, nullable=False),
    Column("who", Words, nullable=False),
    Column("what", Words, nullable=False),
    Column("about", Words, nullable=False),
)
judgements = Table(
    "judgements",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("time", Words, nullable=False),
    Column("who", Words, nullable=False),
    Column("account", Integer, nullable=False),
    Column("topic", Words, nullable=False),
    Column("region", Words, nullable=False),
    Column("period", Words, nullable=False),
    Column("paper", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("basis", Words, nullable=False),
    Index("of_topic", "topic"),
)
reports = Table(
    "reports",
    metadata,
    Column("limits", Words, primary_key=True),
    Column("time", Words, nullable=False),
    Column("record", Words, nullable=False),
)
# Alembic's version table; it has one row, the revision, for each store.
versions = Table("alembic_version", MetaData(), Column("version_num", Text, primary_key=True))


@dataclass(frozen=True, slots=True)
class Store:
    """Tables that belong together: one SQLite file, or part of the PostgreSQL database. `what` is the name in error
    messages; `head` is the current revision of the tables (in `migrations`)."""

    file: str
    what: str
    head: str
    tables: tuple[Table, ...]

    @property
    def branch(self) -> str:
        """The prefix of its revisions' names.

        >>> PEOPLE.branch
        'people'
        """
        return self.head.rpartition("_")[0]


PEOPLE = Store("people.db", "Brugerne", "people_2", (users, secrets))
THREADS = Store("threads.db", "Samtalerne", "threads_1", (threads, exchanges))
FEEDBACK = Store("feedback.db", "Tilbagemeldingerne", "feedback_1", (entries,))
AUDIT = Store("audit.db", "Revisionssporet", "audit_1", (events,))
REVIEWS = Store("reviews.db", "Bekræftelserne", "reviews_1", (judgements, reports))
STORES = (PEOPLE, THREADS, FEEDBACK, AUDIT, REVIEWS)
