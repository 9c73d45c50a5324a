"""Who may do what: users with roles, their sessions and the keys of their programs, in one SQLite file.

Passwords are kept as Argon2id hashes, sessions and keys as SHA-256 of a random secret: nobody who
reads the file can log in with what stands there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from assistant.errors import PeopleError, StorageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Role = Literal["reader", "editor", "administrator"]
ROLES: tuple[Role, ...] = ("reader", "editor", "administrator")
CALLED = {"reader": "læser", "editor": "redaktør", "administrator": "administrator"}
FILE = "people.db"
PASSWORD_CHARS = 10  # at least
_NAME = re.compile(r"[\w.@-]{1,64}")
_SCHEMA = """
pragma journal_mode = wal;
create table if not exists users (name text primary key, role text not null, hash text, created text not null);
create table if not exists secrets (hash text primary key, name text not null, use text not null,
    expires text not null);
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks. `owner` is whose conversations are shown to them."""

    name: str
    role: Role
    owner: str

    def may(self, role: Role) -> bool:
        """Whether the role is at least this one.

        >>> Person("a", "editor", "a").may("reader"), Person("a", "reader", "a").may("editor")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)


class People:
    """The file, usable from a server's threads. Raises StorageError on opening."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / FILE
            if not path.exists():
                path.touch(mode=0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=5)
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"Brugerne i {folder} kan ikke åbnes ({error}). Giv skriveadgang.") from None

    def add(self, name: str, role: Role | None, password: str | None) -> None:
        """A user, or a known one's new role and password; sessions of the old password end. Without a
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
        self._run("delete from secrets where name = ? and use = 'session'", (name,))
        self._run("insert or replace into users values (?, ?, ?, ?)", (name, role, hashed, _iso(_now())))

    def remove(self, name: str) -> bool:
        """The user, with sessions and keys."""
        self._run("delete from secrets where name = ?", (name,))
        return self._run("delete from users where name = ?", (name,)) > 0

    def listed(self) -> list[tuple[str, Role]]:
        return [(name, role) for name, role in self._all("select name, role from users order by name")]

    def role(self, name: str) -> Role | None:
        found = self._all("select role from users where name = ?", (name,))
        return found[0][0] if found else None

    def log_in(self, name: str, password: str, hours: int) -> str | None:
        """A new session's secret, or None. Takes as long for a name that is not there."""
        from argon2.exceptions import VerificationError

        found = self._all("select hash from users where name = ? and hash is not null", (name,))
        try:
            _hasher().verify(found[0][0] if found else _nobody(), password)
        except VerificationError:
            return None
        return self._issue(name, "session", dt.timedelta(hours=hours)) if found else None

    def key(self, name: str, days: int = 365) -> str:
        """A key for a user's programs. Raises PeopleError for an unknown user."""
        if self.role(name) is None:
            raise PeopleError(f"Der er ingen bruger {name!r}. Opret den: assistant users add {name}")
        return self._issue(name, "key", dt.timedelta(days=days))

    def who(self, secret: str, use: Literal["session", "key"]) -> Person | None:
        """Whose secret it is, while it lasts."""
        found = self._all(
            "select u.name, u.role from secrets s join users u using (name) "
            "where s.hash = ? and s.use = ? and s.expires > ?",
            (_digest(secret), use, _iso(_now())),
        )
        return Person(found[0][0], found[0][1], found[0][0]) if found else None

    def log_out(self, secret: str) -> None:
        self._run("delete from secrets where hash = ?", (_digest(secret),))

    def save_to(self, path: Path) -> None:
        """A whole copy in another file, taken while the server runs."""
        with self._lock, sqlite3.connect(path) as other:
            self._db.backup(other)

    def close(self) -> None:
        self._db.close()

    def _issue(self, name: str, use: str, lasts: dt.timedelta) -> str:
        secret = secrets.token_urlsafe(32)
        self._run("delete from secrets where expires <= ?", (_iso(_now()),))
        values = (_digest(secret), name, use, _iso(_now() + lasts))
        self._run("insert into secrets values (?, ?, ?, ?)", values)
        return secret

    def _run(self, statement: str, values: Sequence[str | None]) -> int:
        with self._lock:
            try:
                with self._db:
                    return self._db.execute(statement, values).rowcount
            except sqlite3.Error as error:
                raise StorageError(
                    f"Brugerne kan ikke gemmes ({error}). Frigør plads, eller prøv igen."
                ) from None

    def _all(self, statement: str, values: Sequence[str] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()


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
