"""One file with everything that cannot be made again: the index, conversations, users, feedback.

Taken while the server runs: an index generation never changes once it counts, and SQLite copies itself.
The documents themselves are not in it; the corpus folder is the secretariat's own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from pathlib import Path

from assistant.errors import IndexError_, ReadError, StorageError
from assistant.index.generations import Pointer, point, pointer
from assistant.settings import Settings
from assistant.users import accounts, conversations, feedback

CONTENTS = "indhold.json"
_STATE = (conversations.FILE, accounts.FILE)


def backup(settings: Settings, target: Path) -> None:
    """Write the archive (.tar.gz) in one rename, for its owner's eyes alone. Raises IndexMissing,
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
            if (settings.index / feedback.FILE).exists():
                files[f"index/{feedback.FILE}"] = settings.index / feedback.FILE
            for name in _STATE:
                if (settings.state / name).exists():
                    _copy(settings.state / name, Path(work) / name)
                    files[f"state/{name}"] = Path(work) / name
            for name, path in files.items():
                archive.add(path, name)
            contents = Path(work) / CONTENTS
            contents.write_text(json.dumps(sorted(files)), encoding="utf-8")
            archive.add(contents, CONTENTS)  # last: an archive that was cut lacks it
        partial.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise StorageError(
            f"{target} kan ikke skrives ({error}). Vælg en anden sti, eller frigør plads."
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def restore(settings: Settings, source: Path) -> Pointer:
    """Put an archive's contents in place; what was there counts until all of it is unpacked, and what is
    replaced is kept beside it, its name ending in `.foer-` and the time. Stop the server first: it holds
    its files open. Raises ReadError, StorageError."""
    index, state = settings.index, settings.state
    unfit = f"{source} er ikke en hel sikkerhedskopi ({{}}). Vælg en anden fil."
    if not source.is_file():
        raise ReadError(f"{source} findes ikke. Ret stien.")
    try:
        index.mkdir(parents=True, exist_ok=True)
        state.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=index) as folder:
            work = Path(folder)
            with tarfile.open(source, "r:gz") as archive:
                archive.extractall(work, filter="data")  # nothing outside the folder, no links out of it
            names = json.loads((work / CONTENTS).read_text(encoding="utf-8"))
            if missing := [name for name in names if not (work / name).is_file()]:
                raise ReadError(unfit.format(f"{missing[0]} mangler"))
            current = pointer(work / "index")
            if not re.fullmatch(r"g-[\w-]+", current.generation):
                raise ReadError(unfit.format("index.json"))
            generation = index / current.generation
            if not generation.exists():
                (work / "index" / current.generation).rename(generation)
            for name in _STATE:
                if (work / "state" / name).exists():
                    _swap(work / "state" / name, state / name)
            if (work / "index" / feedback.FILE).exists():
                _swap(work / "index" / feedback.FILE, index / feedback.FILE)
        point(index, current)
    except (tarfile.TarError, EOFError, zlib.error, ValueError, FileNotFoundError, IndexError_) as error:
        raise ReadError(unfit.format(type(error).__name__)) from None
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"Kopien kan ikke lægges på plads ({error}). Giv skriveadgang.") from None
    return current


def _copy(database: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(database)) as one,
        contextlib.closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)


def _swap(new: Path, old: Path) -> None:
    """The old one, with what its log holds, is kept under another name."""
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
