"""A database that is down, full, of another version or inaccessible gives one line in Danish, and answers go on."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.admin import doctor
from assistant.admin.backup import backup, restore
from assistant.admin.metrics import Observed
from assistant.admin.moving import move
from assistant.cli import main
from assistant.errors import AwayError, DamagedError, ReadError, SettingsError, StorageError
from assistant.service.assistant import Assistant
from assistant.settings import Settings, as_file
from assistant.users import database, schema
from assistant.users.accounts import People
from assistant.users.audit import Act, Audit
from assistant.users.conversations import Threads
from assistant.users.feedback import Feedback
from assistant.users.judgements import Cell, Judgements
from assistant.users.tables import STORES
from assistant.web import application
from tests.servers import Postgres, kept, own_connections, postgres

__all__ = ["kept", "own_connections", "postgres"]

PASSWORD = "et langt kodeord"
QUESTION = "Hvad er overheadet i Nordjylland 2025-2026?"


def _line(told: object, *secret: str) -> str:
    """An error as it is shown: one line, without anything secret."""
    text = str(told)
    assert "\n" not in text
    assert text.endswith((".", "migrate", "NAVN"))
    assert not any(word in text for word in ("hemmelig", *secret))
    return text


@pytest.fixture
def stopped(postgres: Postgres) -> Iterator[Callable[[], None]]:
    """Stop the server; it runs again afterwards."""
    yield postgres.stop
    if postgres.process.poll() is not None:
        postgres.start()


# --- away and back ---


def test_connections_recover_when_the_server_is_started_anew(
    postgres: Postgres, stopped: Callable[[], None]
) -> None:
    kept = postgres.url(postgres.fresh())
    threads, audit = Threads(kept), Audit(kept)
    mine = threads.append("lise", {"question": "før"})
    audit.note("lise", Act.ADDED)
    stopped()
    postgres.start()
    threads.append("lise", {"question": "efter"}, mine)  # at the first attempt
    audit.note("lise", Act.REMOVED)
    found = threads.get(mine, "lise")
    assert found
    assert [r["question"] for r in found.records] == ["før", "efter"]
    assert [e.what for e in audit.events()] == [str(Act.ADDED), str(Act.REMOVED)]


def test_a_logged_in_user_stays_in_for_a_while(
    postgres: Postgres, stopped: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = People(postgres.url(postgres.fresh()))
    people.add("lise", "editor", PASSWORD)
    seen, gone, unseen = (people.key("lise") for _ in range(3))
    person = people.who(seen, "key")
    assert person
    assert people.who(gone, "key")
    people.revoke(people.keys()[0].id)
    for key in (seen, gone):
        people.who(key, "key")
    ended = [key for key in (seen, gone) if people.who(key, "key") is None]
    stopped()
    assert people.who(seen if seen not in ended else gone, "key") == person
    for key in [unseen, *ended]:
        with pytest.raises(AwayError) as told:
            people.who(key, "key")
        assert "svarer ikke" in _line(told.value)
    with pytest.raises(AwayError):
        people.log_in("lise", PASSWORD, 1)
    monkeypatch.setattr("assistant.users.accounts.AWAY_MINUTES", 0)
    with pytest.raises(AwayError):
        people.who(seen, "key")
    postgres.start()
    assert people.who(unseen, "key") == person


def test_a_server_that_did_not_answer_is_not_waited_for_again_at_once(
    postgres: Postgres, stopped: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "AWAY", 60.0)
    threads = Threads(postgres.url(postgres.fresh()))
    stopped()
    with pytest.raises(AwayError):
        threads.listed("lise")
    postgres.start()
    with pytest.raises(AwayError):  # although the server is there again
        threads.listed("lise")
    threads._db._pool._away = 0.0, ""  # type: ignore[attr-defined]
    assert threads.listed("lise") == []


def _asked_on_the_page(client: TestClient) -> str:
    """The output of the page's own event for a question."""
    config = client.get("/config").json()
    event = next(d["id"] for d in config["dependencies"] if len(d["inputs"]) == 7)
    body = {"fn_index": event, "session_hash": "abcdefgh", "data": [QUESTION, None, "staff", [], [], "", ""]}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "abcdefgh"}) as stream:
        for line in stream.iter_lines():
            told = json.loads(line[6:]) if line.startswith("data: ") else {}
            if told.get("msg") == "process_completed":
                return json.dumps(told["output"]["data"], ensure_ascii=False)
    raise AssertionError


@pytest.mark.slow
def test_a_page_starts_and_answers_without_its_database_and_goes_on_with_it(
    postgres: Postgres, stopped: Callable[[], None], settings: Settings, assistant: Assistant,
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    own = replace(settings, state=tmp_path, database=postgres.url(postgres.fresh()))
    stopped()
    made = application(own, Observed(False))
    assert "Samtaler gemmes ikke" in _line(capsys.readouterr().err.strip().splitlines()[0])
    with TestClient(made, base_url="http://127.0.0.1", client=("127.0.0.1", 5000)) as client:
        answer = client.post("/api/ask", json={"question": QUESTION}).json()
        assert "7" in answer["answer"]
        shown = _asked_on_the_page(client)
        assert "pct." in shown
        assert "Svaret er ikke gemt i samtalen" in shown
        assert "hemmelig" not in shown
        said = client.post("/api/feedback", json={"verdict": "up", "answer": answer})
        assert said.status_code == 503
        assert "svarer ikke" in _line(said.json()["detail"])
        for language, words in (("da", "svarer ikke"), ("en", "does not answer")):
            listed = client.get("/samtaler", params={"sprog": language})
            assert listed.status_code == 503
            assert words in _line(listed.json()["detail"])
        assert client.get("/").status_code == 200
        postgres.start()
        assert "ikke gemt" not in _asked_on_the_page(client)
        assert "Nordjylland" in client.get("/samtaler").text
        assert client.post("/api/feedback", json={"verdict": "up", "answer": answer}).status_code == 201
    assert not list(tmp_path.glob("*.db"))  # nothing is written to local files instead


@pytest.mark.slow
def test_logged_in_while_the_database_is_away(
    postgres: Postgres, stopped: Callable[[], None], settings: Settings, assistant: Assistant, tmp_path: Path
) -> None:
    own = replace(settings, state=tmp_path, login="adgangskode", database=postgres.url(postgres.fresh()))
    People(own.kept).add("lise", "reader", PASSWORD)
    made = application(own, Observed(False))
    where: dict[str, Any] = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 5000)}
    client, other = TestClient(made, **where), TestClient(made, **where)
    entry = {"navn": "lise", "kode": PASSWORD}
    assert client.post("/log-ind", data=entry, follow_redirects=False).status_code == 303
    assert client.post("/api/ask", json={"question": QUESTION}).status_code == 200
    stopped()
    assert "7" in client.post("/api/ask", json={"question": QUESTION}).json()["answer"]
    refused = other.post("/log-ind", data=entry, follow_redirects=False)
    assert refused.status_code == 503
    assert "svarer ikke" in refused.text
    assert other.post("/api/ask", json={"question": QUESTION}).status_code == 401
    other.cookies.set("samtale_session", secrets.token_urlsafe(32))
    assert other.post("/api/ask", json={"question": QUESTION}).status_code == 503


# --- not for us ---


def test_a_server_that_refuses_access_is_reported(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgres.fresh()
    postgres.sql(f"create role gaest_{name} login password 'hemmeligt'")
    for url, words in (
        (postgres.url(name, password="hemmelig-forkert"), "afviser brugeren eller adgangskoden"),
        (postgres.url(name, user="ukendt"), "afviser brugeren eller adgangskoden"),
        (postgres.url("findes_ikke"), "findes ikke på serveren"),
        (postgres.url(name).replace("127.0.0.1", "ingen.invalid"), "svarer ikke"),
        (re.sub(r":\d+/", ":1/", postgres.url(name)), "svarer ikke"),
        (postgres.url(name, f"gaest_{name}", "hemmeligt"), "mangler rettigheder"),
        (postgres.url(postgres.fresh("encoding 'LATIN1' template template0")), "kan ikke rumme dansk"),
    ):
        with pytest.raises(StorageError) as told:
            Threads(url).append("lise", {"question": "x"})
        assert words in _line(told.value), url
    monkeypatch.setattr(database, "OLDEST", 99)
    with pytest.raises(StorageError, match=r"kører PostgreSQL 1\d\. Brug 99"):
        Threads(postgres.url(name)).listed("lise")


def test_an_address_that_is_none_is_refused_before_anything_starts() -> None:
    for text in ("mysql://x@y/z", "postgresql:/x", "sqlite:///x.db", "postgresql://x y"):
        with pytest.raises(SettingsError, match="database skal være en adresse"):
            Settings.load({"ASSISTANT_DATABASE": text})
    for text in ("postgresql://bruger@maskine:ikke-en-port/x", "mysql://x@y/z", "://"):
        with pytest.raises(SettingsError, match="database skal være en adresse"):
            Threads(text)


def test_without_the_client_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match="make server"):
        Threads("postgresql://bruger@maskine/x")


def test_the_address_is_shown_nowhere(tmp_path: Path) -> None:
    own = Settings.load({"ASSISTANT_DATABASE": "postgresql://desk:hemmelig@db/aftaler"})
    assert own.kept == own.database
    assert "hemmelig" not in repr(own) + as_file(own) + database.named(own.kept)
    file = tmp_path / "assistant.toml"
    file.write_text('database = "postgresql://desk:hemmelig@db/aftaler"', encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        Settings.load({"ASSISTANT_SETTINGS": str(file)})
    file.chmod(0o600)
    assert Settings.load({"ASSISTANT_SETTINGS": str(file)}).database == own.database


def test_a_full_disk_of_the_servers(postgres: Postgres) -> None:
    """A process of the server cannot grow a file past its limit, in the middle of a page, so it writes a partial
    page."""
    kept = postgres.url(postgres.fresh())
    threads = Threads(kept)
    mine = threads.append("lise", {"question": "før"})
    with threads._db.reading() as db:
        process = db.exec_driver_sql("select pg_backend_pid()").scalar_one()
    postgres.may_write(process, str(2**21 + 4096))
    with pytest.raises(StorageError) as told:
        threads.append("lise", {"question": "q", "answer": secrets.token_hex(3 * 2**20)}, mine)
    assert "disken hos databasen" in _line(told.value)
    postgres.may_write(process, "unlimited")
    threads.append("lise", {"question": "efter"}, mine)
    found = threads.get(mine, "lise")
    assert found
    assert [r["question"] for r in found.records] == ["før", "efter"]


# --- older and newer ---

BEFORE = {
    "people.db": """create table users (name text primary key, role text not null, hash text, created text not null);
        create table secrets (hash text primary key, name text not null, use text not null, expires text not null);
        insert into users values ('lise', 'editor', null, '2026-01-01T00:00:00Z');
        insert into secrets values ('abc', 'lise', 'key', '2099-01-01T00:00:00Z');""",
    "threads.db": """create table threads (id text primary key, owner text not null, title text not null,
            created text not null, changed text not null, shared text unique);
        create table exchanges (thread text not null references threads(id) on delete cascade,
            number integer not null, words text not null, record text not null, primary key (thread, number));
        insert into threads values ('t', 'lise', 'Én', '2026-01-01T00:00:00.0Z', '2026-01-02T00:00:00.0Z', 'link');
        insert into exchanges values ('t', 1, 'én', '{"question": "Én"}');""",
    "feedback.db": """create table entries (number integer primary key, time text not null, owner text not null,
            entry text not null);
        create index of_day on entries (owner, time);
        insert into entries values (7, '2026-01-01T00:00:00Z', 'lise', '{"verdict": "up"}');""",
    "audit.db": """create table events (number integer primary key, time text not null, who text not null,
            what text not null, about text not null);
        insert into events values (41, '2026-01-01T00:00:00Z', 'lise', 'indekseret', 'a');""",
}
WITH_LABELS = "".join(
    f"alter table secrets add column {name} text not null default {value};"
    for name, value in (("label", "'journal'"), ("leaves", "'read'"), ("created", "''"))
)


def _write_before(folder: Path, more: str = "") -> None:
    folder.mkdir()
    for name, script in BEFORE.items():
        db = sqlite3.connect(folder / name)
        db.executescript("pragma journal_mode = wal;" + script + (more if name == "people.db" else ""))
        db.close()


@pytest.mark.parametrize(
    ("more", "leaves"), [("", "read edit metrics"), (WITH_LABELS, "read")], ids=["first", "last"]
)
def test_files_from_before_are_taken_over_whole(tmp_path: Path, more: str, leaves: str) -> None:
    folder = tmp_path / "state"
    _write_before(folder, more)
    for _ in range(2):
        found = Threads(folder).by_link("link")
        assert found
        assert (found.title, found.records) == ("Én", ({"question": "Én"},))
        assert [(k.id, " ".join(k.leaves)) for k in People(folder).keys("lise")] == [("abc", leaves)]
        assert People(folder).role("lise") == "editor"
        assert [e["id"] for e in Feedback(folder).entries()] == ["f7"]
        assert [e.about for e in Audit(folder).events()] == ["a"]
    assert Feedback(folder).keep("lise", "up", {}) == "f8"
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    for name in BEFORE:
        with sqlite3.connect(folder / name) as db:
            assert db.execute("select count(*) from alembic_version").fetchone() == (1,)
        db.close()


def test_the_revisions_make_the_tables_that_the_program_uses(kept: Path | str) -> None:
    """A new database and one that went through all revisions have the same tables."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import delete

    from assistant.users.tables import metadata, versions

    assert {s.head for s in STORES} <= schema.known()
    for store in STORES:
        db = database.database(kept, store)
        with db.changing() as made:
            for table in reversed(store.tables):
                table.drop(made)
            mine = [r for r in schema.known() if r.startswith(store.branch)]
            made.execute(delete(versions).where(versions.c.version_num.in_(mine)))
            schema.upgrade(made, [store])
            names = {t.name for t in store.tables}

            def own(item: Any, name: str | None, kind: str, *_: Any, names: set[str] = names) -> bool:
                return (name if kind == "table" else item.table.name) in names

            exact = isinstance(kept, str)  # on SQLite, Alembic includes the quotes in default values
            opts = {"include_object": own, "compare_type": True, "compare_server_default": exact}
            context = MigrationContext.configure(made, opts=opts)
            assert compare_metadata(context, metadata) == []
        db.close()


def _made_older(postgres: Postgres, name: str) -> None:
    postgres.sql(
        *(f"alter table secrets drop column {column}" for column in ("label", "leaves", "created")),
        "update alembic_version set version_num = 'people_1' where version_num = 'people_2'",
        on=name,
    )


def test_older_tables_on_a_server_wait_until_they_are_asked_to_change(
    postgres: Postgres,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: Settings,
) -> None:
    name = postgres.fresh()
    kept = postgres.url(name)
    people = People(kept)
    people.add("lise", "editor", None)
    key = people.key("lise")
    _made_older(postgres, name)
    for _ in range(2):  # the first attempt finds it out while it works
        with pytest.raises(StorageError) as told:
            people.who(key, "key")
    assert "fra en ældre udgave" in _line(told.value)
    (found,) = doctor._database(replace(settings, database=kept))
    assert found.severity == "fejl"
    assert "assistant migrate" in found.message
    monkeypatch.setenv("ASSISTANT_DATABASE", kept)
    assert main(["migrate"]) == 0
    assert "har tabellerne til denne udgave" in capsys.readouterr().out
    assert people.who(key, "key")
    postgres.sql(
        "update alembic_version set version_num = 'people_99' where version_num = 'people_2'", on=name
    )
    for command in (["migrate"], ["users", "list"]):
        database._pool.cache_clear()
        assert main(command) == 1
        assert "nyere udgave end denne (people_99)" in _line(capsys.readouterr().err.strip())


def test_a_server_from_before_there_were_judgements_gets_their_tables(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgres.fresh()
    kept = postgres.url(name)
    threads = Threads(kept)
    mine = threads.append("lise", {"question": "før"})
    postgres.sql(
        "drop table judgements, reports",
        "delete from alembic_version where version_num = 'reviews_1'",
        on=name,
    )
    database._pool.cache_clear()
    cell = Cell("hvad er varslet", "Sjælland", "2025-2026")
    with pytest.raises(StorageError, match="ældre udgave"):
        Judgements(kept).of()
    monkeypatch.setenv("ASSISTANT_DATABASE", kept)
    assert main(["migrate"]) == 0
    Judgements(kept).keep(cell, "confirmed", "lise", True, "", {"values": []})
    assert Judgements(kept).of().keys() == {cell}
    assert Threads(kept).get(mine, "lise")


def test_judgements_move_to_a_server_and_come_with_a_backup(
    postgres: Postgres, tmp_path: Path, settings: Settings, assistant: Assistant
) -> None:
    cell = Cell("hvad er varslet", "Sjælland", "2025-2026")
    here = Judgements(tmp_path / "state")
    here.keep(cell, "corrected", "lise", True, "Fordi", {"values": []})
    here.keep_report("[]", [{"topic": "å"}])
    there = postgres.url(postgres.fresh())
    counted = move(tmp_path / "state", there)
    assert (counted["judgements"], counted["reports"]) == (1, 1)
    assert Judgements(there).of() == here.of()
    assert Judgements(there).keep(cell, "confirmed", "lise", True, "", {}) == 2  # numbering continues
    backup(replace(settings, state=tmp_path / "state"), tmp_path / "kopi.tar.gz")
    own = replace(settings, index=tmp_path / "andet", state=tmp_path / "ny")
    restore(own, tmp_path / "kopi.tar.gz")
    assert Judgements(tmp_path / "ny").of() == here.of()


def test_damaged_files_from_before_are_not_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    _write_before(folder)
    whole = (folder / "people.db").read_bytes()
    spoilt = whole[:4096] + b"\xa5" * 4096 + whole[8192:]
    (folder / "people.db").write_bytes(spoilt)
    with pytest.raises(DamagedError, match="assistant restore"):
        People(folder)
    assert (folder / "people.db").read_bytes() == spoilt


def test_newer_files_are_left_alone(tmp_path: Path) -> None:
    Audit(tmp_path).note("lise", Act.ADDED)
    with sqlite3.connect(tmp_path / "audit.db") as db:
        db.execute("update alembic_version set version_num = 'audit_99'")
    db.close()
    with pytest.raises(StorageError, match="nyere udgave end denne"):
        Audit(tmp_path).events()


def test_somebody_elses_tables_are_left_alone(postgres: Postgres) -> None:
    name = postgres.fresh()
    postgres.sql("create table users (id int)", on=name)
    with pytest.raises(StorageError, match="andre tabeller med samme navne"):
        People(postgres.url(name)).listed()
    assert postgres.sql("select count(*) from pg_tables where schemaname = 'public'", on=name) == [(1,)]


# --- there and back ---


def _content(where: Path | str) -> dict[str, list[Any]]:
    found = {}
    for store in STORES:
        db = database.database(where, store)
        for table in store.tables:
            found[table.name] = sorted(map(tuple, db.all(table.select())), key=str)
        db.close()
    return found


def _filled(folder: Path) -> Path:
    people, threads, audit, said = People(folder), Threads(folder), Audit(folder), Feedback(folder)
    for name in ("lise", "Øjvind", "anna"):
        people.add(name, "reader", None)
        people.key(name, "æøå — 漢字 🙂", ("read",))
    for n in range(1200):  # more than one batch
        audit.note("lise", Act.ADDED, f"nr. {n}")
    mine = threads.append("lise", {"question": 'Er "æ\\ø\t" og \x01 \u2028 med?', "answer": "🙂" * 1000})
    for n in range(5):
        threads.append("lise", {"question": f"{n}\r\n"}, mine)
    threads.share(mine, "lise")
    threads.append("Øjvind", {"question": ""})
    for n in range(3):
        said.keep("lise", "up", {"meant": str(n)})
    said._db.run(STORES[2].tables[0].delete().where(STORES[2].tables[0].c.number == 2))
    for one in (people, threads, audit, said):
        one.close()
    return folder


def test_moving_there_and_back_changes_nothing(postgres: Postgres, tmp_path: Path) -> None:
    desk, server, again = _filled(tmp_path / "a"), postgres.url(postgres.fresh()), tmp_path / "b"
    counted = move(desk, server)
    assert counted == {
        "users": 3, "secrets": 3, "threads": 2, "exchanges": 7, "entries": 2, "judgements": 0, "reports": 0,
        "events": 1200,
    }  # fmt: skip
    assert move(server, again) == counted
    before = _content(desk)
    assert _content(server) == before
    assert _content(again) == before
    assert sum(map(len, before.values())) == sum(counted.values())
    assert Feedback(server).keep("lise", "up", {}) == Feedback(again).keep("lise", "up", {}) == "f4"
    Audit(server).note("lise", Act.ADDED, "ny")
    assert Audit(server).events(1)[0].about == "ny"
    assert {stat.S_IMODE(p.stat().st_mode) for p in again.iterdir()} == {0o600}


def test_a_filled_target_is_left_alone(postgres: Postgres, tmp_path: Path) -> None:
    desk, server = _filled(tmp_path / "a"), postgres.url(postgres.fresh())
    Audit(server).note("erik", Act.ADDED)
    Audit(tmp_path / "b").note("erik", Act.ADDED)
    for target in (server, tmp_path / "b"):
        before = _content(target)
        with pytest.raises(StorageError) as told:
            move(desk, target)
        assert "er ikke tom, og intet er ændret" in _line(told.value)
        assert _content(target) == before
    with pytest.raises(ReadError, match="ingen brugere eller samtaler"):
        move(tmp_path / "intet", postgres.url(postgres.fresh()))
    assert not (tmp_path / "intet").exists()
    with pytest.raises(SettingsError, match="både fra og til"):
        move(desk, desk)


def test_what_does_not_arrive_whole_is_not_there_at_all(postgres: Postgres, tmp_path: Path) -> None:
    """One database trigger changes a row on its way, another refuses a row."""
    desk = _filled(tmp_path / "a")
    for trick, words in (
        ("create function x() returns trigger language plpgsql as 'begin new.about = ''x''; return new; end';"
         "create trigger x before insert on events for each row execute function x()", "fik ikke det samme i events"),
        ("alter table entries add check (number < 3)", "kan ikke gemmes eller læses"),
    ):  # fmt: skip
        name = postgres.fresh()
        database.prepare(postgres.url(name))
        postgres.sql(trick, on=name)
        with pytest.raises(StorageError) as told:
            move(desk, postgres.url(name))
        assert words in str(told.value)
        assert "\n" not in str(told.value)
        assert not any(_content(postgres.url(name)).values())


def test_moving_from_the_command_line(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, server = _filled(tmp_path / "a"), postgres.url(postgres.fresh())
    monkeypatch.setenv("ASSISTANT_STATE", str(desk))
    assert main(["migrate", "--to", server]) == 0
    told = capsys.readouterr()
    assert "3 brugere, 3 sessioner og nøgler, 2 samtaler, 7 svar" in told.out
    assert "Sæt nu database" in told.err
    assert "hemmelig" not in told.out + told.err
    monkeypatch.setenv("ASSISTANT_DATABASE", server)
    assert main(["users", "list"]) == 0
    assert "Øjvind" in capsys.readouterr().out
    assert main(["audit", "--last", "1"]) == 0
    assert "samtaler og brugere flyttet" in capsys.readouterr().out
    assert main(["migrate", "--from", str(desk)]) == 1
    assert "er ikke tom" in _line(capsys.readouterr().err.strip())
    assert main(["migrate", "--to", str(tmp_path / "b")]) == 0
    assert len(_content(tmp_path / "b")["threads"]) == 2


@pytest.mark.slow
def test_a_backup_is_the_same_whatever_holds_it(
    postgres: Postgres, settings: Settings, assistant: Assistant, tmp_path: Path
) -> None:
    server, archive = postgres.url(postgres.fresh()), tmp_path / "kopi.tar.gz"
    own = replace(settings, state=tmp_path / "tom", database=server)
    desk = _filled(tmp_path / "a")
    move(desk, server)
    backup(own, archive)
    other = replace(own, index=tmp_path / "i", state=tmp_path / "b", database=postgres.url(postgres.fresh()))
    restore(other, archive)
    assert _content(other.kept) == _content(desk)
    with pytest.raises(StorageError, match="ikke tom, og intet er ændret"):
        restore(other, archive)
    plain = replace(other, database="")
    restore(plain, archive)
    assert _content(plain.kept) == _content(desk)


def test_the_doctor_names_the_database_and_says_whether_it_answers(
    postgres: Postgres, settings: Settings, tmp_path: Path
) -> None:
    name = postgres.fresh()
    own = replace(settings, state=tmp_path, database=postgres.url(name))
    (found,) = doctor._database(own)
    assert found.severity == "ok"
    assert re.search(
        rf"PostgreSQL, {name} på 127.0.0.1:\d+: version 1\d\S* svarer på \d+ ms; tom", found.message
    )
    assert postgres.sql("select count(*) from pg_tables where schemaname = 'public'", on=name) == [(0,)]
    Threads(own.kept).append("lise", {"question": "x"})
    assert "som de skal være" in doctor._database(own)[0].message
    (found,) = doctor._database(replace(own, database=postgres.url("findes_ikke")))
    assert found.severity == "fejl"
    assert "createdb" in found.message
    (found,) = doctor._door(replace(own, login="adgangskode", database=postgres.url("findes_ikke")))
    assert found.severity == "fejl"
    plain = replace(own, database="")
    assert doctor._database(plain)[0].message == f"SQLite i {tmp_path}"
    assert not list(tmp_path.iterdir())  # the doctor creates no files
    (tmp_path / "threads.db").write_bytes(b"x" * 9000)
    assert "threads.db" in doctor._database(plain)[0].message


def test_asking_does_not_wait_for_any_of_this(
    settings: Settings, assistant: Assistant, tmp_path: Path
) -> None:
    script = (
        "import sys; from assistant.cli import main; "
        f"assert main(['ask', {QUESTION!r}, '--index', {str(settings.index)!r}]) == 0; "
        "assert not {'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
