"""Backup in one file of everything that cannot be recreated: index, conversations, users, feedback, audit.

It can be made while the server runs: an active index generation never changes, and databases are read in one snapshot.
The archive format is the same for SQLite and PostgreSQL: a server's tables are written as SQLite files. The documents
are not included; the secretariat keeps the corpus folder itself.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from pathlib import Path

from assistant.admin import moving
from assistant.errors import IndexError_, ReadError, StorageError, cause
from assistant.index.generations import Pointer, point, pointer
from assistant.index.integrity import broken
from assistant.messages import printable, said
from assistant.settings import Settings
from assistant.users.database import named
from assistant.users.tables import STORES

CONTENTS = "indhold.json"
# Each database file, and one of its tables.
_STATE = {store.file: store.tables[0].name for store in STORES}
_GENERATION = re.compile(r"g-[\w-]+")
_NAME = re.compile(
    rf"{re.escape(CONTENTS)}|index/index\.json|state/[\w-]+\.db|index/{_GENERATION.pattern}/[\w./-]+"
)
MEMBERS = 100_000


def backup(settings: Settings, target: Path) -> None:
    """Write the archive (.tar.gz) atomically, readable only by its owner. Raises IndexMissing,
    IndexMismatch, StorageError."""
    current = pointer(settings.index)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with (
            tempfile.TemporaryDirectory(dir=target.absolute().parent) as work,
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
            tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive,
        ):
            files = {f"index/{p.relative_to(settings.index)}": p
                     for p in (settings.index / current.generation).rglob("*") if p.is_file()}  # fmt: skip
            files["index/index.json"] = settings.index / "index.json"
            if settings.database:
                moving.move(settings.kept, Path(work))
            for name in _STATE:
                if not settings.database and (settings.state / name).exists():
                    _copy(settings.state / name, Path(work) / name)
                if (Path(work) / name).exists():
                    files[f"state/{name}"] = Path(work) / name
            for name, path in files.items():
                archive.add(path, name)
            contents = Path(work) / CONTENTS
            contents.write_text(json.dumps(sorted(files)), encoding="utf-8")
            archive.add(contents, CONTENTS)  # last, so that a truncated archive lacks it
        partial.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise StorageError(
            f"{target} kan ikke skrives ({cause(error)}). Vælg en anden sti, eller frigør plads."
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def restore(settings: Settings, source: Path) -> Pointer:
    """Restore an archive. It is unpacked and verified completely before anything is replaced. Replaced files of
    conversations, users, feedback and audit are kept with the suffix `.foer-` and the time; a PostgreSQL database
    must be empty. Stop the server first, because it holds its files open. Raises ReadError, StorageError."""
    index, state = settings.index, settings.state
    if not source.is_file():
        raise ReadError(f"{source} findes ikke. Ret stien.")
    try:
        index.mkdir(parents=True, exist_ok=True)
        state.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=index) as folder:
            work = Path(folder)
            current = _looked_through(source, work)
            if settings.database and moving.filled(settings.kept):
                raise StorageError(said("restore_filled", where=named(settings.kept)))
            generation, old = index / current.generation, work / "replaced"
            if generation.exists():  # the same generation, or a broken copy of it
                generation.rename(old)
            try:
                (work / "index" / current.generation).rename(generation)
            except OSError:
                if old.exists():
                    old.rename(generation)
                raise
            if settings.database and (work / "state").is_dir():
                moving.move(work / "state", settings.kept)
            for name in _STATE if not settings.database else ():
                if (work / "state" / name).exists():
                    _swap(work / "state" / name, state / name)
        point(index, current)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"Kopien kan ikke lægges på plads ({cause(error)}). Giv skriveadgang, eller frigør plads."
        ) from None
    return current


def _looked_through(source: Path, work: Path) -> Pointer:
    """Unpack and verify an archive; returns its index pointer. Raises ReadError where it is not a complete backup,
    OSError where it cannot be written."""

    def unfit(why: str) -> ReadError:
        return ReadError(f"{source} er ikke en hel sikkerhedskopi ({why}). Vælg en anden fil.")

    try:
        names = _unpacked(source, work)
        if missing := [
            n for n in json.loads((work / CONTENTS).read_text(encoding="utf-8")) if n not in names
        ]:
            raise unfit(f"{missing[0]} mangler")
        current = pointer(work / "index")
    except IndexError_ as error:
        raise unfit(str(error)) from None
    except _Odd as odd:
        raise unfit(f"{odd} hører ikke til i den") from None
    except FileNotFoundError as error:
        raise unfit(f"{Path(error.filename or CONTENTS).name} mangler") from None
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError, TypeError, RecursionError,
            OverflowError) as error:  # fmt: skip
        raise unfit(type(error).__name__) from None
    if not _GENERATION.fullmatch(current.generation):
        raise unfit("index.json")
    if part := broken(work / "index" / current.generation, wholly=True):
        raise unfit(f"{part} mangler eller er ændret")
    for name, table in _STATE.items():
        if (file := work / "state" / name).exists() and not _sound(file, table):
            raise unfit(f"{name} er ødelagt")
    return current


class _Odd(Exception):
    """An archive member that no backup has."""


def _unpacked(source: Path, work: Path) -> set[str]:
    """Unpack an archive's files into a folder; returns their names. Only plain files with a backup's names are
    accepted, and they are written here, because `tarfile` treats links and paths differently between versions
    (CVE-2025-4517)."""
    names: set[str] = set()
    with tarfile.open(source, "r:gz") as archive:
        for member in archive:
            plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
            inside = _NAME.fullmatch(member.name) and ".." not in member.name.split("/")
            if not (plain and inside) or member.name in names or len(names) > MEMBERS:
                raise _Odd(repr(printable(member.name))[:100])
            if member.size > shutil.disk_usage(work).free:
                raise OSError(f"{member.size // 2**20} MB mangler")
            target = work / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            data = archive.extractfile(member)
            assert data is not None  # a plain file
            with data, target.open("xb") as out:
                shutil.copyfileobj(data, out, 2**20)
            names.add(member.name)
    return names


def damaged(state: Path) -> list[str]:
    """The database files in a state folder that are corrupt."""
    return [n for n, table in _STATE.items() if (file := state / n).exists() and not _sound(file, table)]


def _sound(file: Path, table: str) -> bool:
    """Whether a database file passes SQLite's check and has the table."""
    try:
        with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as db:
            whole = db.execute("pragma quick_check(1)").fetchone()[0] == "ok"
            tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    except sqlite3.Error:
        return False
    return whole and table in tables


def _copy(database: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(database)) as one,
        contextlib.closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)


def _swap(new: Path, old: Path) -> None:
    """Replace the old file; it is kept, with the content of its log, under another name."""
    if old.exists():
        kept = old.with_name(f"{old.name}.foer-{dt.datetime.now():%Y%m%d-%H%M%S-%f}")
        if old.suffix == ".db":
            _copy(old, kept)
        else:
            shutil.copy2(old, kept)
        kept.chmod(0o600)
    for suffix in ("-wal", "-shm"):
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    new.chmod(0o600)
    shutil.move(new, old)
