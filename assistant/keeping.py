"""One file with everything that cannot be made again: the index, conversations, users, feedback.

Taken while the server runs: an index generation never changes once it counts, and SQLite copies itself.
The documents themselves are not in it; the corpus folder is the secretariat's own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path

from assistant import feedback, people, threads
from assistant.errors import ReadError, StorageError
from assistant.generation import Pointer, point, pointer
from assistant.settings import Settings

_STATE = (threads.FILE, people.FILE)


def backup(settings: Settings, target: Path) -> None:
    """Write the archive (.tar.gz) in one rename. Raises IndexMissing, IndexMismatch, StorageError."""
    current = pointer(settings.index)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with (
            tempfile.TemporaryDirectory(dir=target.absolute().parent) as work,
            tarfile.open(partial, "w:gz", compresslevel=6) as archive,
        ):
            archive.add(settings.index / current.generation, f"index/{current.generation}")
            archive.add(settings.index / "index.json", "index/index.json")
            if (settings.index / feedback.FILE).exists():
                archive.add(settings.index / feedback.FILE, f"index/{feedback.FILE}")
            for name in _STATE:
                if (settings.state / name).exists():
                    _copy(settings.state / name, Path(work) / name)
                    archive.add(Path(work) / name, f"state/{name}")
        partial.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise StorageError(
            f"{target} kan ikke skrives ({error}). Vælg en anden sti, eller frigør plads."
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def restore(settings: Settings, source: Path) -> Pointer:
    """Put an archive's contents in place; what was there counts until all of it is unpacked, and what is
    replaced is kept beside it under the name `.foer`. Stop the server first: it holds its files open.
    Raises ReadError, StorageError."""
    index, state = settings.index, settings.state
    try:
        index.mkdir(parents=True, exist_ok=True)
        state.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=index) as folder:
            work = Path(folder)
            with tarfile.open(source, "r:gz") as archive:
                archive.extractall(work, filter="data")  # nothing outside the folder, no links out of it
            current = pointer(work / "index")
            generation = index / current.generation
            if not generation.exists():
                (work / "index" / current.generation).rename(generation)
            for name in _STATE:
                if (work / "state" / name).exists():
                    _swap(work / "state" / name, state / name)
            if (work / "index" / feedback.FILE).exists():
                _swap(work / "index" / feedback.FILE, index / feedback.FILE)
        point(index, current)
    except (tarfile.TarError, EOFError) as error:
        raise ReadError(f"{source} er ingen sikkerhedskopi ({error}). Vælg en anden fil.") from None
    except OSError as error:
        raise StorageError(
            f"Kopien kan ikke lægges på plads ({error}). Giv skriveadgang, eller ret stien."
        ) from None
    return current


def _copy(database: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(database)) as one,
        contextlib.closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)


def _swap(new: Path, old: Path) -> None:
    for suffix in ("-wal", "-shm"):
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    if old.exists():
        old.replace(old.with_name(old.name + ".foer"))
    shutil.move(new, old)
