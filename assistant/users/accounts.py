"""Who may do what: users with roles, their sessions and the keys of their programs, in one SQLite file.

Passwords are kept as Argon2id hashes, sessions and keys as SHA-256 of a random secret: nobody who
reads the file can log in with what stands there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from assistant.errors import PeopleError
from assistant.users.audit import HERE
from assistant.users.database import Database

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Role = Literal["reader", "editor", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
Leave = Literal["read", "edit", "metrics"]  # what a program's key is good for, within its user's role
LEAVES: tuple[Leave, ...] = get_args(Leave)
CALLED = {"reader": "læser", "editor": "redaktør", "administrator": "administrator"}
FILE = "people.db"
PASSWORD_CHARS = 10  # at least
AT_ONCE = 2  # passwords looked at: each takes 64 MB
NAME_CHARS = 64
_NAME = re.compile(rf"[\w.@-]{{1,{NAME_CHARS}}}")
_SCHEMA = """
create table if not exists users (name text primary key, role text not null, hash text, created text not null);
create table if not exists secrets (hash text primary key, name text not null, use text not null,
    expires text not null);
"""
# Of keys alone; a file from before they were there gets them.
_ADDED = {"label": "''", "leaves": "'read edit metrics'", "created": "''"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks. `owner` is whose conversations are shown to them; `leaves` what their program's key is
    good for, all of it where they come themselves."""

    name: str
    role: Role
    owner: str
    leaves: tuple[Leave, ...] = LEAVES
    by_key: bool = False

    @property
    def called(self) -> str:
        """The name in the audit."""
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
    """The file, usable from a server's threads. Raises StorageError."""

    def __init__(self, folder: Path) -> None:
        self._db = Database(folder / FILE, _SCHEMA, "Brugerne")
        self._looking = threading.BoundedSemaphore(AT_ONCE)
        with self._db.changing() as db:
            have = {row[1] for row in db.execute("pragma table_info(secrets)")}
            for name, otherwise in _ADDED.items():
                if name not in have:
                    db.execute(f"alter table secrets add column {name} text not null default {otherwise}")

    def add(self, name: str, role: Role | None, password: str | None) -> None:
        """A user, or a known one's new role and password; sessions and keys of the old one end. Without a
        role a known one keeps theirs, a new one reads. Without a password only a proxy can say that it is
        this user. Raises PeopleError."""
        if not _NAME.fullmatch(name):
            raise PeopleError("Brugernavnet skal være 1 til 64 bogstaver, tal, punktummer, streger eller @.")
        role = role or self.role(name) or "reader"
        if role not in ROLES:
            raise PeopleError(f"Ukendt rolle {role!r}. Brug {', '.join(ROLES)}.")
        if password is not None and len(password) < PASSWORD_CHARS:
            raise PeopleError(f"Adgangskoden skal være på mindst {PASSWORD_CHARS} tegn. Vælg en længere.")
        hashed = _hasher().hash(password) if password is not None else None
        with self._db.changing() as db:
            db.execute("delete from secrets where name = ?", (name,))
            db.execute("insert or replace into users values (?, ?, ?, ?)", (name, role, hashed, _iso(_now())))

    def remove(self, name: str) -> bool:
        """The user, with sessions and keys."""
        with self._db.changing() as db:
            db.execute("delete from secrets where name = ?", (name,))
            return db.execute("delete from users where name = ?", (name,)).rowcount > 0

    def listed(self) -> list[tuple[str, Role]]:
        return [(name, role) for name, role in self._db.all("select name, role from users order by name")]

    def role(self, name: str) -> Role | None:
        found = self._db.all("select role from users where name = ?", (name,))
        return found[0][0] if found else None

    def log_in(self, name: str, password: str, hours: int) -> str | None:
        """A new session's secret, or None. Takes as long for a name that is not there."""
        from argon2.exceptions import VerificationError

        found = self._db.all("select hash from users where name = ? and hash is not null", (name,))
        try:
            with self._looking:
                _hasher().verify(found[0][0] if found else _nobody(), password)
        except VerificationError:
            return None
        return self._issue(name, "session", dt.timedelta(hours=hours)) if found else None

    def key(self, name: str, label: str = "", leaves: tuple[Leave, ...] = ("read",), days: int = 365) -> str:
        """A key for a user's programs: the secret, told once. Raises PeopleError for an unknown user."""
        if self.role(name) is None:
            raise PeopleError(f"Der er ingen bruger {name!r}. Opret den: assistant users add {name}")
        return self._issue(name, "key", dt.timedelta(days=days), label, leaves)

    def keys(self, name: str = "") -> list[Key]:
        """The keys that count, one user's or everybody's."""
        rows = self._db.all(
            "select substr(hash, 1, 8), name, label, leaves, created, expires from secrets "
            "where use = 'key' and expires > ? and ? in ('', name) order by name, created",
            (_iso(_now()), name),
        )
        return [Key(i, owner, label, tuple(can.split()), *days) for i, owner, label, can, *days in rows]

    def revoke(self, identity: str) -> bool:
        """End a key by its id, as `keys` has it."""
        return (
            self._db.run("delete from secrets where use = 'key' and substr(hash, 1, 8) = ?", (identity,)) > 0
        )

    def who(self, secret: str, use: Literal["session", "key"]) -> Person | None:
        """Whose secret it is, while it lasts."""
        found = self._db.all(
            "select u.name, u.role, s.leaves from secrets s join users u using (name) "
            "where s.hash = ? and s.use = ? and s.expires > ?",
            (_digest(secret), use, _iso(_now())),
        )
        if not found:
            return None
        name, role, leaves = found[0]
        return Person(
            name, role, name, *((LEAVES, False) if use == "session" else (tuple(leaves.split()), True))
        )

    def log_out(self, secret: str) -> None:
        self._db.run("delete from secrets where hash = ?", (_digest(secret),))

    def close(self) -> None:
        self._db.close()

    def _issue(
        self, name: str, use: str, lasts: dt.timedelta, label: str = "", leaves: tuple[str, ...] = ()
    ) -> str:
        secret, now = secrets.token_urlsafe(32), _now()
        with self._db.changing() as db:
            db.execute("delete from secrets where expires <= ?", (_iso(now),))
            db.execute(
                "insert into secrets (hash, name, use, expires, label, leaves, created) values (?, ?, ?, ?, ?, ?, ?)",
                (_digest(secret), name, use, _iso(now + lasts), label, " ".join(leaves), _iso(now)),
            )
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
