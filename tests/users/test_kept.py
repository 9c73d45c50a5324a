"""User data is stored in the same way in SQLite files and in a real PostgreSQL: the same tests run over both."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.errors import PeopleError, QuestionError
from assistant.users import database, feedback, judgements
from assistant.users.accounts import People
from assistant.users.audit import Act, Audit
from assistant.users.conversations import Threads
from assistant.users.feedback import Feedback
from assistant.users.judgements import Cell, Judgements
from tests.servers import kept, own_connections, postgres

__all__ = ["kept", "own_connections", "postgres"]

PASSWORD = "et langt kodeord"
WRITERS, EACH = 10, 12


def test_users_sessions_and_keys(kept: Path | str) -> None:
    people = People(kept)
    for name, role in (("Øjvind", "reader"), ("anna", "editor"), ("Bo", None)):
        people.add(name, role, PASSWORD)  # type: ignore[arg-type]
    assert people.listed() == [("Bo", "reader"), ("anna", "editor"), ("Øjvind", "reader")]
    session, key = people.log_in("anna", PASSWORD, 1), people.key("anna", "journal", ("read", "edit"), 30)
    assert session
    assert people.log_in("anna", "forkert", 1) is None
    assert people.log_in("anna\0", PASSWORD, 1) is None
    assert (found := people.who(session, "session"))
    assert (found.name, found.role, found.by_key) == ("anna", "editor", False)
    assert people.who(session, "key") is None
    assert [(k.name, k.label, k.leaves) for k in people.keys("")] == [("anna", "journal", ("read", "edit"))]
    assert people.keys("Bo") == []
    assert People(kept).who(key, "key")  # another process sees it
    people.log_out(session)
    assert people.who(session, "session") is None
    assert people.revoke(people.keys("anna")[0].id)
    assert people.who(key, "key") is None
    key = people.key("anna")
    people.add("anna", None, PASSWORD + "!")
    assert people.role("anna") == "editor"
    assert people.who(key, "key") is None
    assert people.remove("anna")
    assert not people.remove("anna")
    with pytest.raises(PeopleError):
        people.key("anna")
    people.close()


def test_conversations(kept: Path | str) -> None:
    threads = Threads.serving(kept)
    assert threads.told == ""
    mine = threads.append("lise", {"question": "Hvad er TAKSTEN for 100% døgnophold?", "answer": "Ærligt: 5"})
    assert threads.append("lise", {"question": "Og i Århus?", "state": {"x": [1]}}, mine) == mine
    other = threads.append("lise", {"question": "Straße_n"})
    assert threads.append("erik", {"question": "Ikke hendes"}, mine) not in (mine, other)
    assert [t.id for t in threads.listed("lise")] == [other, mine]
    assert [t.id for t in threads.listed("lise", limit=1)] == [other]
    for words, found in (
        ("taksten ÆRLIGT", [mine]), ("århus døgnophold", [mine]), ("100%", [mine]), ("0_%", []), ("STRASSE_N", [other]),
        ("hendes", []), ("100% strasse", []), ("\0", []), ("é", []), ("x" * 60_000, []),
    ):  # fmt: skip
        assert [t.id for t in threads.listed("lise", words)] == found, words
    assert threads.rename(other, "lise", "Én ÆNDRING, ikke to")
    assert [t.id for t in threads.listed("lise", "ændring én")] == [other]
    assert not threads.rename(other, "erik", "nej")
    got = threads.get(mine, "lise")
    assert got
    assert [r["question"] for r in got.records] == ["Hvad er TAKSTEN for 100% døgnophold?", "Og i Århus?"]
    assert got.records[1]["state"] == {"x": [1]}
    last = threads.get(mine, "lise", 1)
    assert last
    assert [r["question"] for r in last.records] == ["Og i Århus?"]
    assert threads.get(mine, "erik") is None
    link = threads.share(mine, "lise")
    assert link
    assert threads.share(mine, "lise") == link
    assert threads.share(mine, "erik") is None
    assert threads.by_link(link) == threads.get(mine, "lise")
    assert threads.unshare(mine, "lise")
    assert threads.by_link(link) is None
    assert threads.delete(mine, "lise")
    assert not threads.delete(mine, "lise")
    assert threads.delete_all("lise") == 1
    assert threads.listed("lise") == []
    assert len(threads.listed("erik")) == 1
    threads.close()


def test_what_no_database_holds_is_kept_as_a_sign(kept: Path | str) -> None:
    threads = Threads(kept)
    mine = threads.append("lise", {"question": "a\0b\ud800c", "answer": "\0"})
    assert (found := threads.get(mine, "lise"))
    assert found.title == "a\ufffdb\ufffdc"
    assert found.records[0] == {"question": "a\0b\ufffdc", "answer": "\0"}


def test_feedback(kept: Path | str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = {
        "time": "2026-11-01T10:00:00Z",
        "verdict": "down",
        "reason": "",
        "note": "n",
        "answer": {"meant": "x"},
    }
    (tmp_path / "feedback.jsonl").write_text(json.dumps(row), encoding="utf-8")
    monkeypatch.setattr(feedback, "A_DAY", 2)
    said = Feedback(kept, tmp_path)
    assert said.keep("lise", "up", {"meant": "æ"}, "note") == "f2"
    assert said.keep("lise", "down", {}, reason="other") == "f3"
    with pytest.raises(QuestionError):
        said.keep("lise", "up", {})
    assert said.keep("erik", "up", {}) == "f4"
    entries = Feedback(kept, tmp_path).entries()
    assert [e["verdict"] for e in entries] == ["down", "up", "down", "up"]
    assert entries[0] == {"id": "f1", **row}
    assert entries[1]["answer"] == {"meant": "æ"}
    assert (tmp_path / "feedback.jsonl.overtaget").is_file()


def test_judgements_and_the_last_report(kept: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgements, "A_DAY", 2)
    said, cell = Judgements(kept), Cell("hvad er varslet", "Sjælland", "2025-2026")
    assert said.of() == {}
    first = said.keep(cell, "confirmed", "lise", True, "Ærligt\0", {"values": [["count", "to", "2"]]})
    said.keep(cell, "corrected", "lise", False, "", {"æ": 1})  # another person, without an account
    said.keep(Cell("x", "", "", "a.pdf"), "silent", "lise", True, "", {})
    with pytest.raises(QuestionError):
        said.keep(cell, "confirmed", "lise", True, "", {})
    found = Judgements(kept).of("hvad er varslet")
    assert [(j.number, j.kind, j.account, j.reason) for j in found[cell]] == [
        (first, "confirmed", True, "Ærligt\ufffd"), (first + 1, "corrected", False, ""),
    ]  # fmt: skip
    assert found[cell][0].basis == {"values": [["count", "to", "2"]]}
    assert said.of().keys() == {cell, Cell("x", "", "", "a.pdf")}
    assert said.forget("lise") == 2
    assert [j.who for j in said.of()[cell]] == ["", "lise"]
    assert said.last_report("[]") is None
    said.keep_report("[]", [{"topic": "ø"}])
    said.keep_report("[1]", [])
    said.keep_report("[]", [{"topic": "å"}])
    last = Judgements(kept).last_report("[]")
    assert last
    assert last[1] == [{"topic": "å"}]
    said.close()


def test_the_audit(kept: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.users.audit.KEPT", 3)
    audit = Audit(kept)
    for n in range(5):
        audit.note("anna\0", Act.ADDED, f"{n}\n\x1b[2J")
    found = audit.events()
    assert [e.about for e in found] == ["2 [2J", "3 [2J", "4 [2J"]
    assert {(e.who, e.what) for e in found} == {("anna", "tilføjet dokument")}
    assert audit.events(1) == found[-1:]


_WRITER = """
import sys
from pathlib import Path
from assistant.users.accounts import People
from assistant.users.audit import Act, Audit
from assistant.users.conversations import Threads
from assistant.users.feedback import Feedback
where, me, each, shared = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
where = where if "://" in where else Path(where)
print("ready", flush=True)
sys.stdin.readline()
threads, audit, said, people = Threads(where), Audit(where), Feedback(where), People(where)
own = None
for n in range(each):
    own = threads.append(me, {"question": f"{me} {n}"}, own)
    if shared:
        assert threads.append("alle", {"question": f"{me} {n}"}, shared) == shared
    audit.note(me, Act.ADDED, str(n))
    said.keep(me, "up", {"meant": f"{me} {n}"})
    people.add(me, "reader", None)
    people.add("alle", "reader", None)
"""


def _write_at_once(where: Path | str, shared: str = "") -> None:
    """Start ten processes that write at the same moment."""
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(where), f"w{n}", str(EACH), shared],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for n in range(WRITERS)
    ]  # fmt: skip
    try:
        for w in writers:
            assert w.stdout
            assert w.stdout.readline() == "ready\n"
        for w in writers:
            assert w.stdin
            w.stdin.write("\n")
            w.stdin.flush()
        for w in writers:
            _, err = w.communicate(timeout=300)
            assert w.returncode == 0, err[-2000:]
    finally:
        for w in writers:
            w.kill()


@pytest.mark.slow
def test_ten_writers_at_once_lose_and_double_nothing(kept: Path | str) -> None:
    """Their first use creates the tables too: the store is empty when they begin."""
    _write_at_once(kept)
    threads = Threads(kept)
    shared = threads.append("alle", {"question": "fælles"})
    _write_at_once(kept, shared)
    everyone = [f"w{n}" for n in range(WRITERS)]
    expected = {f"{w} {n}" for w in everyone for n in range(EACH)}
    for w in everyone:
        found = threads.listed(w)
        assert len(found) == 2
        for t in found:
            whole = threads.get(t.id, w)
            assert whole
            assert [r["question"] for r in whole.records] == [f"{w} {n}" for n in range(EACH)]
    both = threads.get(shared, "alle")
    assert both
    assert sorted(r["question"] for r in both.records) == sorted(["fælles", *expected])
    events = [f"{e.who} {e.about}" for e in Audit(kept).events(10_000)]
    assert sorted(events) == sorted([*expected, *expected])
    entries = Feedback(kept).entries()
    assert len({e["id"] for e in entries}) == len(entries) == 2 * WRITERS * EACH
    assert sorted(e["answer"]["meant"] for e in entries) == sorted([*expected, *expected])
    assert [name for name, _ in People(kept).listed()] == ["alle", *everyone]


def test_a_file_that_another_process_makes_ready_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself does not wait where several switch a new file to its write-ahead log."""
    path = tmp_path / "threads.db"
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as first,
        contextlib.closing(sqlite3.connect(path, timeout=0)) as second,
    ):
        first.execute("create table t (n)")
        first.execute("begin exclusive")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            second.execute("pragma journal_mode = wal")
        done = threading.Timer(0.5, first.execute, ("commit",))
        done.start()
        database._patiently(second, "pragma journal_mode = wal")
        done.join()
        assert second.execute("pragma journal_mode").fetchone() == ("wal",)
