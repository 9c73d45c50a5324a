"""Permissions: users with roles, their sessions and the keys of their programs.

Passwords are stored as Argon2id hashes, sessions and keys as SHA-256 of a random secret, so that nobody can log in with
the content of the tables.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import ColumnElement, delete, func, insert, select

from assistant.errors import AwayError, PeopleError
from assistant.users import tables
from assistant.users.audit import HERE
from assistant.users.database import Where, changed, database, moment, replacing
from assistant.users.tables import PEOPLE, users

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Role = Literal["reader", "editor", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
Leave = Literal["read", "edit", "metrics"]  # what a program's key permits, within its user's role
LEAVES: tuple[Leave, ...] = get_args(Leave)
CALLED = {"reader": "læser", "editor": "redaktør", "administrator": "administrator"}
PASSWORD_CHARS = 10  # minimum
AT_ONCE = 2  # passwords verified at once; each takes 64 MB
NAME_CHARS = 64
_secrets = tables.secrets
_short: ColumnElement[str] = func.substr(_secrets.c.hash, 1, 8)
_NAME = re.compile(rf"[\w.@-]{{1,{NAME_CHARS}}}")
AWAY_MINUTES = 15  # how long known sessions and keys stay valid while the database does not answer
REMEMBERED = 10_000  # known sessions and keys


@dataclass(frozen=True, slots=True)
class Person:
    """The person behind a request. `owner` is the name under which their conversations are stored; `leaves` is what
    their program's key permits, everything without a key."""

    name: str
    role: Role
    owner: str
    leaves: tuple[Leave, ...] = LEAVES
    by_key: bool = False

    @property
    def called(self) -> str:
        """The name in the audit log."""
        return self.name or ("gæst" if self.owner else HERE)

    def may(self, role: Role) -> bool:
        """Whether the role is at least this one.

        >>> Person("a", "editor", "a").may("reader"), Person("a", "reader", "a").may("editor")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class Key:
    """A program's key, without its secret. Days are ISO 8601; an old key has no `created`."""

    id: str
    name: str
    label: str
    leaves: tuple[str, ...]
    created: str
    expires: str


class People:
    """The tables, usable from a server's threads. Raises StorageError."""

    def __init__(self, where: Where) -> None:
        self._db = database(where, PEOPLE)
        self._looking = threading.BoundedSemaphore(AT_ONCE)
        self._seen: OrderedDict[tuple[str, str], tuple[Person, str, float]] = OrderedDict()

    def add(self, name: str, role: Role | None, password: str | None) -> None:
        """Add a user, or change an existing one's role and password, which ends their sessions and keys. Without
        `role` an existing user keeps theirs and a new one is a reader. Without `password` the user can only log in
        through a proxy. Raises PeopleError."""
        self.checked(name, role, password)
        role = role or self.role(name) or "reader"
        hashed = _hasher().hash(password) if password is not None else None
        with self._db.changing() as db:
            db.execute(delete(_secrets).where(_secrets.c.name == name))
            db.execute(replacing(db, users, name=name, role=role, hash=hashed, created=_iso(_now())))

    @staticmethod
    def checked(name: str, role: str | None, password: str | None) -> None:
        """Raises PeopleError for a name, role or password that no user can have."""
        if not _NAME.fullmatch(name):
            raise PeopleError("Brugernavnet skal være 1 til 64 bogstaver, tal, punktummer, streger eller @.")
        if role is not None and role not in ROLES:
            raise PeopleError(f"Ukendt rolle {role!r}. Brug {', '.join(ROLES)}.")
        if password is not None and len(password) < PASSWORD_CHARS:
            raise PeopleError(f"Adgangskoden skal være på mindst {PASSWORD_CHARS} tegn. Vælg en længere.")

    def remove(self, name: str) -> bool:
        """Remove the user with their sessions and keys; returns whether there was one."""
        with self._db.changing() as db:
            db.execute(delete(_secrets).where(_secrets.c.name == name))
            return changed(db, delete(users).where(users.c.name == name)) > 0

    def listed(self) -> list[tuple[str, Role]]:
        rows = self._db.all(select(users.c.name, users.c.role).order_by(users.c.name))
        return [(name, role) for name, role in rows]

    def role(self, name: str) -> Role | None:
        found = self._db.all(select(users.c.role).where(users.c.name == name))
        return found[0][0] if found else None

    def log_in(self, name: str, password: str, hours: int) -> str | None:
        """A new session's secret, or None. An unknown name takes as long as a wrong password, so that names cannot be
        guessed by timing."""
        from argon2.exceptions import VerificationError

        found = self._db.all(select(users.c.hash).where(users.c.name == name, users.c.hash.is_not(None)))
        try:
            with self._looking:
                _hasher().verify(found[0][0] if found else _nobody(), password)
        except VerificationError:
            return None
        return self._issue(name, "session", dt.timedelta(hours=hours)) if found else None

    def key(self, name: str, label: str = "", leaves: tuple[Leave, ...] = ("read",), days: int = 365) -> str:
        """Make a key for a user's programs; returns its secret, which is not stored. Raises PeopleError for an unknown
        user."""
        if self.role(name) is None:
            raise PeopleError(f"Der er ingen bruger {name!r}. Opret den: assistant users add {name}")
        return self._issue(name, "key", dt.timedelta(days=days), label, leaves)

    def keys(self, name: str = "") -> list[Key]:
        """The valid keys of one user or of everybody."""
        c = _secrets.c
        rows = self._db.all(
            select(_short, c.name, c.label, c.leaves, c.created, c.expires)
            .where(c.use == "key", c.expires > moment(), *([c.name == name] if name else []))
            .order_by(c.name, c.created)
        )
        return [Key(i, owner, label, tuple(can.split()), *days) for i, owner, label, can, *days in rows]

    def revoke(self, identity: str) -> bool:
        """Revoke a key by its id, as listed by `keys`."""
        return self._db.run(delete(_secrets).where(_secrets.c.use == "key", _short == identity)) > 0

    def who(self, secret: str, use: Literal["session", "key"]) -> Person | None:
        """The person whose valid secret this is. While the database does not answer, secrets seen recently stay valid
        (AWAY_MINUTES)."""
        c, mine = _secrets.c, (_digest(secret), use)
        try:
            found = self._db.all(
                select(users.c.name, users.c.role, c.leaves, c.expires)
                .join_from(_secrets, users, users.c.name == c.name)
                .where(c.hash == mine[0], c.use == use, c.expires > moment())
            )
        except AwayError:
            if known := self._known(mine):
                return known
            raise
        if not found:
            self._seen.pop(mine, None)
            return None
        name, role, leaves, expires = found[0]
        person = Person(
            name, role, name, *((LEAVES, False) if use == "session" else (tuple(leaves.split()), True))
        )
        self._seen[mine] = person, expires, time.monotonic()
        self._seen.move_to_end(mine)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return person

    def _known(self, mine: tuple[str, str]) -> Person | None:
        person, expires, at = self._seen.get(mine, (None, "", 0.0))
        return person if expires > _iso(_now()) and time.monotonic() - at < 60 * AWAY_MINUTES else None

    def log_out(self, secret: str) -> None:
        """End a session; in this process also if the database does not answer. Raises StorageError."""
        self._seen.pop((_digest(secret), "session"), None)
        self._db.run(delete(_secrets).where(_secrets.c.hash == _digest(secret)))

    def close(self) -> None:
        self._db.close()

    def _issue(
        self, name: str, use: str, lasts: dt.timedelta, label: str = "", leaves: tuple[str, ...] = ()
    ) -> str:
        secret = secrets.token_urlsafe(32)
        with self._db.changing() as db:
            now = dt.datetime.fromisoformat(db.scalar(select(moment())) or "")
            db.execute(delete(_secrets).where(_secrets.c.expires <= _iso(now)))
            db.execute(
                insert(_secrets).values(
                    hash=_digest(secret), name=name, use=use, expires=_iso(now + lasts), label=label,
                    leaves=" ".join(leaves), created=_iso(now),
                )
            )  # fmt: skip
        return secret


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _iso(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
