"""Changes to the documents from the page: add, correct, remove, reindex.

Indexing runs in a separate process, so that questions are meanwhile answered from the existing index; a new generation
becomes active when it is complete. Nothing is deleted: removed files are moved.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO

from assistant.documents import formats, manifest
from assistant.errors import BusyError, ReadError, SettingsError, StorageError, cause
from assistant.language.document_names import KINDS
from assistant.language.places import REGIONS
from assistant.messages import said
from assistant.models import DocumentEntry
from assistant.settings import PREFIX, Settings

REMOVED = "fjernet"  # the folder beside the index for removed files
FACTS = ("title", "region", "period", "kind", "part")
CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Progress:
    """State of the indexing. `lines` is its output; `why` is set when it failed."""

    running: bool = False
    lines: tuple[str, ...] = ()
    why: str = ""
    runs: int = 0  # finished since the start


class Holdings:
    """Changes the documents behind an index. `documents` gives those that are currently indexed."""

    def __init__(self, settings: Settings, documents: Callable[[], Iterable[DocumentEntry]]) -> None:
        self._settings, self._documents = settings, documents
        self._lock = threading.Lock()
        self._progress = Progress()
        self._gone: list[Path] = []  # removed, but still in the index

    @property
    def folder(self) -> Path:
        """The folder for new documents: the corpus from the settings. Without one, and if the index comes from
        elsewhere, the folder that most of its documents are in, so that they never mix with the project's samples."""
        parents = Counter(d.path.parent for d in self._documents())
        corpus = self._settings.corpus
        if (
            self._settings.corpus_set
            or not parents
            or any(corpus == p or corpus in p.parents for p in parents)
        ):
            return corpus
        return parents.most_common(1)[0][0]

    def plainly(self, line: str) -> str:
        """A line of indexing output without the server's paths."""
        folders = {self.folder, self._settings.index} | {d.path.parent for d in self._documents()}
        return pathless(line, folders)

    @property
    def read_only(self) -> bool:
        """Whether the index is built elsewhere: by the settings, or because its folder is not writable."""
        return self._settings.read_only or not os.access(self._settings.index, os.W_OK)

    def _writable(self) -> None:
        if self.read_only:
            raise StorageError(said("index_elsewhere"))

    def receive(self, name: str, data: IO[bytes]) -> Path:
        """Save an uploaded file under its name; an existing file is never overwritten. Raises ReadError (name, type,
        size), StorageError."""
        self._writable()
        safe = _safe(name)
        if not formats.readable(Path(safe)):
            raise ReadError(said("unknown_type", known=formats.KNOWN))
        target = self.folder / safe
        partial = target.with_name(f".{safe}.{os.getpid()}.{threading.get_ident()}")
        limit = self._settings.upload_mb * 2**20
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                size = 0
                while block := data.read(CHUNK):
                    size += len(block)
                    if size > limit:
                        raise ReadError(said("too_big", limit=self._settings.upload_mb))
                    out.write(block)
            if size == 0:
                raise ReadError(said("empty_file"))
            if target.exists() and formats.digest(target) != formats.digest(partial):
                raise ReadError(said("already_there"))
            if not target.exists():
                os.link(partial, target)  # atomic, and never overwrites
        except FileExistsError:
            raise ReadError(said("already_there")) from None
        except OSError as error:
            raise StorageError(said("cannot_keep", name=safe, why=cause(error))) from error
        finally:
            partial.unlink(missing_ok=True)
        return target

    def correct(self, document: DocumentEntry, given: Mapping[str, str]) -> None:
        """Write facts into the manifest beside the document. Raises SettingsError, StorageError, BusyError."""
        self._writable()
        self._idle()
        now = {"title": document.title, **{n: getattr(document.facts, n) or "-" for n in FACTS[1:]}}
        kept = {name: " ".join(given.get(name, "").split())[:300] for name in FACTS}
        # An emptied field means "none"; unchanged facts are not written, so that they keep their evidence.
        kept |= {name: "-" for name in FACTS[1:] if not kept[name]}
        kept = {name: value if value != now[name] else "" for name, value in kept.items()}
        if kept["region"] not in ("", "-") and any(r not in REGIONS for r in kept["region"].split("; ")):
            raise SettingsError(said("bad_region", regions=", ".join(REGIONS)))
        if kept["period"] and not re.fullmatch(r"-|(?:19|20)\d\d(?:-(?:19|20)\d\d)?", kept["period"]):
            raise SettingsError(said("bad_period"))
        known = ["", "-", "other", *(kind for kind, _ in KINDS)]
        if kept["kind"] not in known:
            raise SettingsError(said("unknown_kind", name=repr(kept["kind"]), known=", ".join(known[2:])))
        try:
            changed = {name: value for name, value in kept.items() if value}
            manifest.amend(document.path.parent, document.name, changed)
        except OSError as error:
            raise StorageError(said("cannot_write", name="manifest.csv", why=cause(error))) from error

    def remove(self, document: DocumentEntry) -> None:
        """Move a document's file out of the folder and delete its corrections. Raises ReadError for the last document
        (an index cannot be empty), StorageError, BusyError."""
        self._writable()
        self._idle()
        if sum(1 for _ in self._documents()) == 1:
            raise ReadError(said("last_document"))
        away = self._settings.index.parent / REMOVED
        try:
            away.mkdir(parents=True, exist_ok=True)
            stamp = f"{dt.datetime.now():%Y%m%d-%H%M%S-%f}"
            shutil.move(document.path, away / f"{stamp}-{document.name}")
            manifest.forget(document.path.parent, document.name)
        except OSError as error:
            raise StorageError(said("cannot_move", name=document.name, why=cause(error))) from error
        self._gone.append(document.path)

    def reindex(self) -> None:
        """Start indexing the folders of the index. Raises BusyError, StorageError."""
        self._writable()
        roots = self._roots()
        with self._lock:
            self._idle()
            self._progress = Progress(True, (), "", self._progress.runs)
        try:
            threading.Thread(target=self._run, args=(roots,), name="indexing", daemon=True).start()
        except RuntimeError as error:  # the machine has no more threads
            self._progress = Progress(False, (), "", self._progress.runs)
            raise BusyError(said("index_busy")) from error

    def _idle(self) -> None:
        if self._progress.running:
            raise BusyError(said("index_busy"))

    @property
    def progress(self) -> Progress:
        return self._progress

    def _roots(self) -> list[Path]:
        """The folders of the indexed documents, without subfolders of others among them."""
        folders = {self.folder} | {d.path.parent for d in self._documents()}
        return sorted(f for f in folders if f.exists() and not any(o in f.parents for o in folders))

    def _run(self, roots: Sequence[Path]) -> None:
        lines: list[str] = []
        why = ""
        try:
            gone = list(self._gone)
            command = [
                "-m",
                "assistant.cli",
                "ingest",
                *map(str, roots),
                *(f"--gone={path}" for path in gone),
            ]
            command += ["--index", str(self._settings.index)]
            process = subprocess.Popen(
                [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                env=environment(self._settings), errors="replace",
            )  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(self.plainly(line.strip()))
                self._progress = Progress(True, tuple(lines[-200:]), "", self._progress.runs)
            if process.wait() != 0:
                why = lines[-1] if lines else "?"
            else:
                self._gone = [path for path in self._gone if path not in gone]
        except OSError as error:
            why = self.plainly(str(error))
        self._progress = Progress(False, tuple(lines[-200:]), why, self._progress.runs + 1)


# Folders before a name: "/srv/papirer/", "C:\\papirer\\". A slash between two words ("og/eller") does not match.
_FOLDERS = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?[\\/](?:[^\s\\/:*?\"<>|]+[\\/])+")


def pathless(text: str, folders: Iterable[Path] = ()) -> str:
    """A text with every path shortened to its last name; `folders` are known folders, whose names may contain spaces.

    >>> pathless("/srv/mine papirer/a.pdf er tom; se /var/lib/b.pdf og/eller d", [Path("/srv/mine papirer")])
    'a.pdf er tom; se b.pdf og/eller d'
    >>> pathless("/srv/mine papirer er tom", [Path("/srv/mine papirer")])
    'mine papirer er tom'
    """
    for folder in sorted(map(str, folders), key=len, reverse=True):
        text = text.replace(f"{folder}{os.sep}", "").replace(folder, Path(folder).name)
    return _FOLDERS.sub("", text)


def environment(settings: Settings) -> dict[str, str]:
    """The environment that gives a child process the same settings."""
    own = dict(_told(settings))
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(PREFIX)},
        **own,
        "PYTHONUNBUFFERED": "1",
    }


def _told(settings: Settings) -> Iterator[tuple[str, str]]:
    for f in fields(settings):
        value = getattr(settings, f.name)
        told = "" if value == Path() else value  # an unset path
        yield PREFIX + f.name.upper(), str(int(told)) if isinstance(told, bool) else str(told)


def _safe(name: str) -> str:
    """A safe file name without any folder. Raises ReadError."""
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    bare = re.sub(r'[\x00-\x1f\x7f<>:"|?*]', "", bare)
    if not bare or bare.startswith(".") or len(bare.encode()) > 200:
        raise ReadError(said("bad_name"))
    return bare
