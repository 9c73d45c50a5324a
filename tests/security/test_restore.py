"""A foreign or damaged backup changes nothing."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.admin.backup import CONTENTS, backup, restore
from assistant.errors import AssistantError, ReadError
from assistant.index.generations import pointer
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.users.accounts import People
from assistant.users.audit import Act, Audit
from assistant.users.conversations import Threads
from assistant.users.feedback import Feedback

PASSWORD = "et langt kodeord"
Members = dict[str, bytes]


@pytest.fixture(scope="module")
def whole(settings: Settings, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup with some of every kind of content."""
    folder = tmp_path_factory.mktemp("kopi")
    own = replace(settings, state=folder / "state")
    Threads(own.state).append("lise", {"question": "gammel"})
    People(own.state).add("lise", "reader", PASSWORD)
    Feedback(own.state).keep("lise", "up", {"meant": "x"})
    Audit(own.state).note("lise", Act.ADDED)
    backup(own, folder / "kopi.tar.gz")
    return folder / "kopi.tar.gz"


@pytest.fixture
def there(settings: Settings, tmp_path: Path) -> Settings:
    """An installation that has conversations and no index yet."""
    own = replace(settings, index=tmp_path / "desk" / "index", state=tmp_path / "desk" / "state")
    kept = Threads(own.state)
    kept.append("erik", {"question": "ny"})
    kept.close()
    return own


def _members(archive: Path) -> Members:
    with tarfile.open(archive) as opened:
        return {m.name: opened.extractfile(m).read() for m in opened if m.isfile()}  # type: ignore[union-attr]


def _packed(path: Path, members: Members, *more: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as out:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
        for info, data in more:
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


def _everything(folder: Path) -> dict[str, bytes]:
    """All files under a folder, without SQLite's write-ahead log."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.endswith(("-wal", "-shm"))
    }


@contextlib.contextmanager
def _untouched(*folders: Path) -> Iterator[None]:
    before = [_everything(f) for f in folders]
    yield
    assert [_everything(f) for f in folders] == before


def test_a_whole_one_brings_everything_back(whole: Path, there: Settings) -> None:
    found = restore(there, whole)
    assert Assistant(there.index, there).ask("Hvad er overheadet i Nordjylland?").answer
    assert found == pointer(there.index)
    assert Threads(there.state).listed("lise")
    assert not Threads(there.state).listed("erik")
    assert list(there.state.glob("threads.db.foer-*"))
    assert People(there.state).role("lise") == "reader"
    assert len(Feedback(there.state).entries()) == 1
    assert len(Audit(there.state).events()) == 1


def test_a_generation_that_is_broken_is_replaced(whole: Path, there: Settings) -> None:
    generation = there.index / restore(there, whole).generation
    (generation / "catalog.db").write_bytes(b"")
    next((generation / "chroma").glob("*.sqlite3")).unlink()
    restore(there, whole)
    assert Assistant(there.index, there).ask("Hvad er overheadet i Nordjylland?").answer
    assert [p.name for p in there.index.iterdir() if p.is_dir()] == [generation.name]


def _link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def _device(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.devmajor, info.devminor = kind, 1, 5
    return info


ODD: dict[str, list[tuple[tarfile.TarInfo, bytes]]] = {
    "a path that goes up": [(tarfile.TarInfo("../ude.db"), b"x")],
    "a path that goes up further in": [(tarfile.TarInfo("index/g-1/../../../ude"), b"x")],
    "an absolute path": [(tarfile.TarInfo("/tmp/ude"), b"x")],
    "a name of another kind": [(tarfile.TarInfo("state/threads.db.sh"), b"x")],
    "a file beside ours": [(tarfile.TarInfo("app.py"), b"x")],
    "a symbolic link": [(_link("state/link.db", tarfile.SYMTYPE, "/etc/passwd"), b"")],
    "a symbolic link to a folder": [
        (_link("index/g-1", tarfile.SYMTYPE, "/tmp"), b""), (tarfile.TarInfo("index/g-1/ude"), b"x")
    ],
    "a hard link": [(_link("state/link.db", tarfile.LNKTYPE, "state/threads.db"), b"")],
    "a device": [(_device("state/zero.db", tarfile.CHRTYPE), b"")],
    "a pipe": [(_device("state/pipe.db", tarfile.FIFOTYPE), b"")],
    "the same name twice": [(tarfile.TarInfo("state/threads.db"), b"x")],
    "a folder of that name": [(_link("state/threads.db", tarfile.DIRTYPE, ""), b"")],
    # The attack of CVE-2025-4517: a chain of links longer than a path may be, then a file through it.
    "a long chain of links": [
        (_link("a" * 247, tarfile.DIRTYPE, ""), b""),
        (_link("a" * 247 + "/l", tarfile.SYMTYPE, "../" * 60), b""),
        (_link("flag", tarfile.LNKTYPE, "a" * 247 + "/l/etc/passwd"), b""),
        (tarfile.TarInfo("flag"), b"x"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_what_no_backup_has_is_refused_whole(whole: Path, there: Settings, tmp_path: Path, kind: str) -> None:
    archive = _packed(tmp_path / "ond.tar.gz", _members(whole), *ODD[kind])
    with _untouched(tmp_path / "desk"), pytest.raises(ReadError, match="ikke en hel sikkerhedskopi"):
        restore(there, archive)
    assert not (tmp_path / "ude.db").exists()
    assert not Path("/tmp/ude").exists()


def _changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Members], Members]:
    def made(members: Members) -> Members:
        (found,) = [n for n in members if n.endswith(name)]
        return {**members, found: change(members[found])}

    return made


def _other(members: Members) -> Members:
    data = json.loads(members["index/index.json"])
    return {**members, "index/index.json": json.dumps({**data, "format": 1}).encode()}


def _elsewhere(members: Members) -> Members:
    data = json.loads(members["index/index.json"])
    return {**members, "index/index.json": json.dumps({**data, "generation": "../state"}).encode()}


def _without(name: str) -> Callable[[Members], Members]:
    return lambda members: {n: d for n, d in members.items() if not n.endswith(name)}


def _database(statement: str) -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.execute(statement)
        db.commit()
        return db.serialize()


UNFIT: dict[str, Callable[[Members], Members]] = {
    "another version": _other,
    "a generation elsewhere": _elsewhere,
    "no pointer": _without("index.json"),
    "no contents": _without(CONTENTS),
    "no catalogue": _without("catalog.db"),
    "no list of parts": _without("parts.json"),
    "a changed catalogue": _changed("catalog.db", lambda d: d[:-1] + bytes([d[-1] ^ 1])),
    "a cut catalogue": _changed("catalog.db", lambda d: d[: len(d) // 2]),
    "garbage for conversations": _changed("threads.db", lambda _: os.urandom(5000)),
    "a database of other things": _changed("people.db", lambda _: _database("create table x (y)")),
    "conversations cut short": _changed("threads.db", lambda d: d[: len(d) // 2]),
    "contents that are no list": _changed(CONTENTS, lambda _: b"5"),
    "contents that nest": _changed(CONTENTS, lambda _: b"[" * 100_000),
    "a pointer that is no JSON": _changed("index/index.json", lambda _: b"\xff\xfe"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_what_is_not_whole_touches_nothing(whole: Path, there: Settings, tmp_path: Path, kind: str) -> None:
    archive = _packed(tmp_path / "halv.tar.gz", UNFIT[kind](_members(whole)))
    with _untouched(tmp_path / "desk"), pytest.raises(ReadError, match="Vælg en anden fil"):
        restore(there, archive)


@pytest.mark.parametrize(
    "data",
    [b"", b"x" * 3000, gzip.compress(b"x" * 3000), gzip.compress(b""), b"\x1f\x8b" + b"\xff" * 500],
    ids=["empty", "no gzip", "no tar", "empty gzip", "broken gzip"],
)
def test_what_is_no_archive_is_told_in_a_line(there: Settings, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.tar.gz"
    file.write_bytes(data)
    with _untouched(tmp_path / "desk"), pytest.raises(ReadError, match="ikke en hel"):
        restore(there, file)


def test_an_archive_cut_anywhere_is_refused(whole: Path, there: Settings, tmp_path: Path) -> None:
    data, file = whole.read_bytes(), tmp_path / "x.tar.gz"
    for part in range(1, 10):
        file.write_bytes(data[: len(data) * part // 10])
        with _untouched(tmp_path / "desk"), pytest.raises(ReadError, match="ikke en hel"):
            restore(there, file)


def test_a_bomb_is_refused_before_it_is_unpacked(whole: Path, there: Settings, tmp_path: Path) -> None:
    info = tarfile.TarInfo("state/threads.db")
    info.size = 2**45  # more than the disk has; only the header and a part of the file are written
    file = tmp_path / "x.tar.gz"
    with gzip.open(file, "wb") as out:
        out.write(info.tobuf())
        out.write(bytes(2**20))
    with _untouched(tmp_path / "desk"), pytest.raises(AssistantError):
        restore(there, file)
