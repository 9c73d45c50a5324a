"""Keys, log-in, the metrics page, and the audit log."""

from __future__ import annotations

import io
import json
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.admin.metrics import Observed
from assistant.cli import main
from assistant.errors import QuestionError
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.users import feedback
from assistant.users.accounts import LEAVES, People
from assistant.users.audit import Act, Audit
from assistant.users.conversations import Threads
from assistant.users.feedback import Feedback
from assistant.web import application
from assistant.web.guard import Guard

PASSWORD = "et langt kodeord"
QUESTION = {"question": "Hvad er overheadet i Sjælland 2025-2026?"}
NAME = "aftaler.kommune.dk"


@pytest.fixture(scope="module")
def guard(settings: Settings, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Guard:
    own = replace(settings, login="adgangskode", names=NAME, state=tmp_path_factory.mktemp("state"))
    made: Guard = application(own, Observed(False))
    assert made.people
    for name, role in (("lise", "reader"), ("erik", "editor"), ("anna", "administrator")):
        made.people.add(name, role, PASSWORD)  # type: ignore[arg-type]
    return made


def _client(guard: Guard, address: str = "10.1.2.3", key: str = "") -> TestClient:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return TestClient(guard, base_url=f"http://{NAME}", client=(address, 5000), headers=headers)


def test_a_key_has_a_name_days_and_leaves_and_can_be_revoked(tmp_path: Path) -> None:
    people = People(tmp_path)
    people.add("anna", "administrator", PASSWORD)
    first = people.key("anna", "journal", ("read", "edit"), days=30)
    people.key("anna")
    known, other = sorted(people.keys("anna"), key=lambda k: not k.label)
    assert (known.label, known.leaves, other.leaves) == ("journal", ("read", "edit"), ("read",))
    assert known.created < known.expires < other.expires
    assert first not in (known.id, other.id)
    assert (found := people.who(first, "key"))
    assert found.leaves == ("read", "edit")
    assert people.revoke(known.id)
    assert not people.revoke(known.id)
    assert people.who(first, "key") is None
    assert len(people.keys()) == 1


def test_a_new_password_ends_keys_and_sessions(tmp_path: Path) -> None:
    people = People(tmp_path)
    people.add("lise", None, PASSWORD)
    key, session = people.key("lise"), people.log_in("lise", PASSWORD, 1)
    assert session
    assert people.who(session, "session")
    people.add("lise", None, PASSWORD + "!")
    assert people.who(key, "key") is None
    assert people.who(session, "session") is None


def test_keys_of_an_older_file_still_count(tmp_path: Path) -> None:
    import sqlite3

    people = People(tmp_path)
    people.add("lise", None, PASSWORD)
    key = people.key("lise")
    people.close()
    with sqlite3.connect(tmp_path / "people.db") as db:
        for name in ("label", "leaves", "created"):
            db.execute(f"alter table secrets drop column {name}")
        db.execute("drop table alembic_version")
    db.close()
    found = People(tmp_path).who(key, "key")
    assert found
    assert found.leaves == LEAVES


def test_a_key_is_good_for_what_it_was_given_for(guard: Guard) -> None:
    assert guard.people
    read = _client(guard, key=guard.people.key("anna"))
    assert read.post("/api/ask", json=QUESTION).status_code == 200
    assert read.post("/dokumenter/indeks").status_code == 403
    assert read.get("/metrics").status_code == 403
    metrics = _client(guard, key=guard.people.key("lise", leaves=("metrics",)))
    assert metrics.get("/metrics").status_code == 200
    for reply in (
        metrics.post("/api/ask", json=QUESTION), metrics.get("/samtaler"), metrics.get("/api/documents"),
        metrics.post("/dokumenter/indeks"), metrics.get("/"), metrics.post("/mcp", json={}),
    ):  # fmt: skip
        assert reply.status_code == 403
    editing = _client(guard, key=guard.people.key("lise", leaves=("read", "edit")))
    assert editing.post("/dokumenter/indeks").status_code == 403  # a key gives no more than its user has


def test_a_key_changes_no_conversation_and_opens_no_page(guard: Guard) -> None:
    assert guard.people
    kept = Threads(guard.settings.state)
    thread = kept.append("lise", {"question": "q"})
    client = _client(guard, key=guard.people.key("lise", leaves=("read", "edit")))
    for reply in (
        client.post(f"/samtale/{thread}/navn", data={"navn": "x"}), client.post(f"/samtale/{thread}/del"),
        client.delete(f"/samtale/{thread}"), client.get(f"/samtale/{thread}.md"), client.get("/samtaler"),
        client.get("/"), client.get("/config"), client.post("/gradio_api/queue/join", json={}),
    ):  # fmt: skip
        assert reply.status_code == 403
    assert kept.get(thread, "lise")
    assert client.get("/api/documents").status_code == 200


@pytest.mark.parametrize("said", ["[::1", "a:b:c", f"{NAME}:x", "evil.example", "", "x" * 5000, NAME])
def test_a_forwarded_name_is_believed_where_it_is_known(guard: Guard, said: str) -> None:
    client = _client(guard, "10.3.3.3")
    client.post("/log-ind", data={"navn": "erik", "kode": PASSWORD})
    for path in ("/", "/config", "/en/"):
        reply = client.get(path, headers={"x-forwarded-host": said, "x-forwarded-proto": "https"})
        assert reply.status_code == 200
        assert "evil.example" not in reply.text
    assert client.get("/", headers=[("host", "evil.example"), ("host", NAME)]).status_code == 421
    assert "no-store" in client.get("/samtaler").headers["cache-control"]


def test_the_counters_are_shut_though_a_proxy_on_this_machine_asks(guard: Guard) -> None:
    near = TestClient(guard, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))
    assert near.get("/metrics").status_code == 401
    assert near.get("/healthz").status_code == 200


def test_guessing_locks_out_nobody_else_at_the_same_address(guard: Guard) -> None:
    client = _client(guard, "10.5.5.5")
    codes = [client.post("/log-ind", data={"navn": "lise", "kode": str(n)}).status_code for n in range(10)]
    assert codes[:8] == [401] * 8
    assert codes[8:] == [429] * 2
    right = client.post("/log-ind", data={"navn": "erik", "kode": PASSWORD}, follow_redirects=False)
    assert right.status_code == 303
    elsewhere = _client(guard, "10.5.5.6")
    right = elsewhere.post("/log-ind", data={"navn": "lise", "kode": PASSWORD}, follow_redirects=False)
    assert right.status_code == 303


def test_tries_side_by_side_count(guard: Guard) -> None:
    codes: list[int] = []

    def guess(n: int) -> None:
        codes.append(
            _client(guard, "10.6.6.6").post("/log-ind", data={"navn": "anna", "kode": str(n)}).status_code
        )

    several = [threading.Thread(target=guess, args=(n,)) for n in range(24)]
    for one in several:
        one.start()
    for one in several:
        one.join(60)
    assert codes.count(401) == 8
    assert codes.count(429) == 16


def test_a_right_password_is_not_counted(guard: Guard) -> None:
    for _ in range(12):
        reply = _client(guard, "10.7.7.7").post(
            "/log-ind", data={"navn": "erik", "kode": PASSWORD}, follow_redirects=False
        )
        assert reply.status_code == 303


def test_the_events_of_a_page_are_private(guard: Guard) -> None:
    mine, other = _client(guard, "10.4.4.1"), _client(guard, "10.4.4.2")
    for client, name in ((mine, "lise"), (other, "erik")):
        client.post("/log-ind", data={"navn": name, "kode": PASSWORD})
    opened = next(n for n, fields in guard._events[""].items() if fields == 0)
    event = {"fn_index": opened, "data": [], "session_hash": "lises-side"}
    assert mine.post("/gradio_api/queue/join", json=event).status_code == 200
    assert other.post("/gradio_api/queue/join", json=event).status_code == 404
    for path in ("/gradio_api/queue/data?session_hash=lises-side", "/gradio_api/heartbeat/lises-side",
                 "/en/gradio_api/queue/data?session_hash=x&session_hash=lises-side"):  # fmt: skip
        assert other.get(path).status_code == 404
    for path in ("/gradio_api/cancel", "/en/gradio_api/reset"):
        body = {"session_hash": "lises-side", "fn_index": opened, "event_id": "x"}
        assert other.post(path, json=body).status_code == 404
    assert mine.post("/gradio_api/queue/join", json=event).status_code == 200


def test_who_did_what_is_kept(guard: Guard) -> None:
    client = _client(guard, "10.8.8.8")
    client.post("/log-ind", data={"navn": "erik", "kode": PASSWORD})
    sent = client.post("/dokumenter", files={"fil": ("nyt.exe", io.BytesIO(b"MZ"))})
    assert sent.status_code == 422
    assert client.get("/sammenlign.csv", params={"spm": "Hvad er\noverheadet?"}).status_code == 200
    (document, *_) = client.get("/api/documents").json()
    client.delete(f"/dokumenter/{document['id']}")
    events = Audit(guard.settings.state).events()
    told = [(e.who, e.what, e.about) for e in events]
    assert ("erik", "logget ind", "10.8.8.8") in told
    assert ("erik", "tilføjet dokument", "nyt.exe") in told
    assert ("erik", "hentet sammenligning", "Hvad er overheadet? (csv)") in told
    assert not [e for e in events if e.what == "fjernet dokument"]  # an editor may not remove documents
    assert all(e.time.endswith("Z") for e in events)


def test_the_command_line_lists_keys_and_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = str(tmp_path / "index")
    monkeypatch.setattr("assistant.commands.people._password", lambda: PASSWORD)

    def run(*words: str) -> str:
        code = main([*words, "--index", index])
        told = capsys.readouterr()
        return told.out if code == 0 else told.err

    run("users", "add", "lise", "--role", "editor")
    secret = run("users", "key", "lise", "--label", "esdh\x1b[2J", "--may", "read", "--days", "10").strip()
    listed = run("users", "keys")
    assert secret not in listed
    assert "esdh" in listed
    assert "\x1b" not in listed
    identity = listed.split()[0]
    assert "gælder ikke længere" in run("users", "revoke", identity)
    assert "ingen nøgle" in run("users", "revoke", identity)
    assert "1 til 3650" in run("users", "key", "lise", "--days", "0")
    told = run("audit")
    assert [line.split()[3] for line in told.splitlines()] == [
        "bruger",
        "nøgle",
        "nøgle",
    ]  # a key that is not there is not withdrawn
    assert secret not in told


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("threads.db", lambda folder: Threads(folder).append("a", {"question": "q"})),
        ("people.db", lambda folder: People(folder).add("a", None, PASSWORD)),
        ("feedback.db", lambda folder: Feedback(folder).keep("a", "up", {})),
        ("audit.db", lambda folder: Audit(folder).note("a", Act.ADDED)),
    ],
)
def test_files_of_user_data_are_private(tmp_path: Path, name: str, use: Callable[[Path], object]) -> None:
    (tmp_path / name).touch(mode=0o644)  # as left by an older version
    use(tmp_path)
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_feedback_is_limited_per_person_and_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "A_DAY", 5)
    kept = Feedback(tmp_path)
    for n in range(5):
        kept.keep("lise", "up", {"meant": str(n)})
    with pytest.raises(QuestionError, match="i dag"):
        kept.keep("lise", "up", {})
    assert kept.keep("erik", "down", {}) == "f6"
    assert [e["id"] for e in kept.entries()] == [f"f{n}" for n in range(1, 7)]


def test_what_an_older_version_left_is_taken_over_once(tmp_path: Path) -> None:
    row = {
        "id": "f1",
        "time": "2026-11-01T10:00:00Z",
        "verdict": "down",
        "reason": "",
        "note": "n",
        "answer": {"meant": "x"},
    }
    lines = f'{json.dumps(row)}\n{json.dumps(row)}\n{{"id": "f3", "ti'
    (tmp_path / "feedback.jsonl").write_text(lines, encoding="utf-8")
    for _ in range(2):
        found = Feedback(tmp_path / "state", tmp_path).entries()
        assert [(e["id"], e["time"], e["note"], e["answer"]) for e in found] == [
            (f"f{n}", row["time"], "n", {"meant": "x"}) for n in (1, 2)
        ]
    assert (tmp_path / "feedback.jsonl.overtaget").read_text(encoding="utf-8") == lines


def test_the_audit_forgets_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.users.audit.KEPT", 3)
    audit = Audit(tmp_path)
    for n in range(10):
        audit.note("a", Act.ADDED, str(n))
    assert [e.about for e in audit.events()] == ["7", "8", "9"]
