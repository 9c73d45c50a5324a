"""Several replicas behind a proxy share a read-only index and a PostgreSQL server."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from assistant.admin.collection import Holdings
from assistant.errors import StorageError
from assistant.settings import Settings
from assistant.users.accounts import People
from assistant.web.entry import TRIES
from tests.conftest import agreement, pdf
from tests.replicas import PROXY, Proxy, Replica, browser
from tests.servers import Postgres, own_connections, postgres

__all__ = ["own_connections", "postgres"]

PASSWORD = "et langt kodeord"
PER_MINUTE = 60
DRAIN, GRACE = 2, 30
ASKED = "Hvad er overheadet i Sjælland 2025-2026?"


@dataclass(slots=True)
class Setup:
    papers: Path
    index: Path
    database: str
    kept: str
    pair: list[Replica]
    proxy: Proxy

    def ingest(self) -> None:
        """Another process builds a new generation beside the ones in use."""
        done = subprocess.run(
            [sys.executable, "-m", "assistant.cli", "ingest", str(self.papers), "--index", str(self.index)],
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]

    def rate(self, percent: int) -> None:
        pdf(self.papers / "b.pdf", agreement("Sjælland", "2025 og 2026", "fire måneder", str(percent)))

    def key(self, name: str) -> dict[str, str]:
        """The header of a program with a key of a new user."""
        people = People(self.kept)
        people.add(name, "reader", None)
        return {"Authorization": f"Bearer {people.key(name)}"}


@pytest.fixture(scope="module")
def setup(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    folder = tmp_path_factory.mktemp("replicas")
    papers, index = folder / "papers", folder / "index"
    papers.mkdir()
    database = postgres.fresh()
    kept = postgres.url(database)
    settings = {
        "ASSISTANT_INDEX": str(index), "ASSISTANT_STATE": str(folder / "state"), "ASSISTANT_DATABASE": kept,
        "ASSISTANT_LOGIN": "adgangskode", "ASSISTANT_TRUSTED_PROXIES": PROXY, "ASSISTANT_READ_ONLY": "1",
        "ASSISTANT_PER_MINUTE": str(PER_MINUTE), "ASSISTANT_DRAIN_SECONDS": str(DRAIN),
        "ASSISTANT_GRACE_SECONDS": str(GRACE), "ASSISTANT_CORPUS": str(papers),
    }  # fmt: skip
    pair = [Replica(name, settings, folder / f"{name}.log") for name in ("a", "b")]
    made = Setup(papers, index, database, kept, pair, Proxy(pair))
    pdf(papers / "c.pdf", agreement("Nordjylland", "2025 og 2026", "90 dage", "7"))
    made.rate(6)
    made.ingest()
    try:
        for one in pair:
            one.start()
        for one in pair:
            one.wait()
        made.proxy.start()
        yield made
    finally:
        made.proxy.stop()
        for one in pair:
            one.stop()


class Page:
    """An open page, speaking to the server as the browser does. `session` is Gradio's session name."""

    def __init__(self, client: httpx.Client, session: str) -> None:
        self._client, self._session = client, session
        dependencies = client.get("/config").json()["dependencies"]
        self._event = next(d["id"] for d in dependencies if len(d["inputs"]) == 7)
        self.thread = ""

    def ask(self, question: str) -> str:
        """The HTML drawn at the end. The next question continues the conversation."""
        data = [question, None, "staff", [], [], "", self.thread]
        body = {"fn_index": self._event, "session_hash": self._session, "data": data}
        joined = self._client.post("/gradio_api/queue/join", json=body)
        assert joined.status_code == 200, joined.text
        told = self._client.get("/gradio_api/queue/data", params={"session_hash": self._session})
        rows = [json.loads(line[6:]) for line in told.text.splitlines() if line.startswith("data: ")]
        (done,) = [row for row in rows if row.get("msg") == "process_completed"]
        assert done["success"], told.text
        drawn = [json.dumps(row["output"]["data"], ensure_ascii=False) for row in rows if row.get("output")]
        self.thread = re.findall(r"data-thread='([\w-]+)'", "".join(drawn))[-1]
        # Intermediate output is sent as differences; only the complete final output is checked here.
        return str(self._client.get(f"/samtale/{self.thread}.md").text)


def _log_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/log-ind", data={"navn": name, "kode": password})


def _soon(true: Callable[[], bool], seconds: float = 30) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_a_conversation_goes_on_at_the_other_replica(setup: Setup) -> None:
    people = People(setup.kept)
    people.add("lise", "editor", PASSWORD)
    a, b = setup.pair
    with browser(a.base) as at_a:
        assert _log_in(at_a, "lise").status_code == 303
        session = str(at_a.cookies["samtale_session"])
        with browser(b.base, samtale_session=session) as at_b:  # without logging in there
            here, there = Page(at_a, "side-hos-a"), Page(at_b, "side-hos-b")
            assert "overhead på 6 pct" in here.ask(ASKED)
            there.thread = here.thread
            told = there.ask("Og i Nordjylland?")
            assert there.thread == here.thread
            assert "overhead på 7 pct" in told
            # The first replica has not seen that turn, so it reads the stored state of the conversation.
            told = here.ask("Og opsigelsesvarslet?")
            assert told.count("\n## ") == 3
            assert "90 dage" in told.rpartition("\n## ")[2]
            assert "fire måneder" not in told
            people.add("lise", "editor", PASSWORD)  # a new password ends the session at both replicas
            for client in (at_a, at_b):
                assert client.get("/samtaler", headers={"accept": "*/*"}).status_code == 401


@pytest.mark.slow
def test_a_new_generation_reaches_both_while_they_are_asked(setup: Setup) -> None:
    keys = [setup.key(f"spørger{n}".replace("ø", "o")) for n in range(3)]
    before = setup.pair[0].created()
    ends, answers = threading.Event(), []

    def ask(key: dict[str, str]) -> None:
        with browser(setup.proxy.base) as client:
            while not ends.is_set():
                told = client.post("/api/ask", json={"question": ASKED}, headers=key)
                answers.append(
                    (told.status_code, told.json()["answer"] if told.status_code == 200 else told.text)
                )
                time.sleep(1.0)

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask, key) for key in keys]
        try:
            setup.rate(8)
            setup.ingest()
            changed = _soon(lambda: all(one.created() != before for one in setup.pair), 60)
            time.sleep(2)
        finally:
            ends.set()
        for one in asking:
            one.result(60)
    assert changed
    assert {status for status, _ in answers} == {200}
    assert all("6 pct" in words or "8 pct" in words for _, words in answers)
    assert all("8 pct" in words for _, words in answers[-2:])


@pytest.mark.slow
def test_half_a_generation_is_not_taken_up(setup: Setup) -> None:
    pointer = setup.index / "index.json"
    whole = pointer.read_bytes()
    mine = json.loads(whole)
    half = setup.index / "g-29991231000000-halvt"
    shutil.copytree(setup.index / mine["generation"], half)
    catalog = half / "catalog.db"
    key, created = setup.key("halv"), setup.pair[0].created()
    try:
        for spoil in (
            lambda: catalog.write_bytes(catalog.read_bytes()[:5000]),  # the end of the file is missing
            lambda: catalog.write_bytes(b"\xa5" * 5000),
            lambda: shutil.rmtree(half),
        ):
            spoil()
            (setup.index / "index.json.ny").write_text(
                json.dumps({**mine, "generation": half.name, "created": "x"})
            )
            (setup.index / "index.json.ny").replace(pointer)
            for one in setup.pair:
                told = httpx.post(f"{one.base}/api/ask", json={"question": ASKED}, headers=key, timeout=60)
                assert told.status_code == 200
                assert "pct." in told.json()["answer"]
                assert one.created() == created
    finally:
        (setup.index / "index.json.ny").write_bytes(whole)
        (setup.index / "index.json.ny").replace(pointer)
        shutil.rmtree(half, ignore_errors=True)


@pytest.mark.slow
def test_documents_are_not_taken_in_where_the_index_is_only_read(setup: Setup) -> None:
    People(setup.kept).add("red", "administrator", PASSWORD)
    with browser(setup.proxy.base) as client:
        _log_in(client, "red")
        sent = client.post("/dokumenter", files={"fil": ("ny.md", b"# Ny\n\nTekst.", "text/markdown")})
        again = client.post("/dokumenter/indeks")
        for told in (sent, again):
            assert told.status_code == 422
            line = told.json()["detail"]
            assert "læser kun indekset" in line
            assert "assistant ingest" in line
            assert "\n" not in line
        shown = client.get("/dokumenter").text
        assert "læser kun indekset" in shown
        assert "type='file'" not in shown
        assert "class='remove'" not in shown
    assert not (setup.papers / "ny.md").exists()


def test_a_folder_that_cannot_be_written_is_only_read(tmp_path: Path) -> None:
    own = Settings.load({}, index=tmp_path / "index", corpus=tmp_path / "papers")
    own.index.mkdir()
    assert not Holdings(own, list).read_only
    assert Holdings(replace(own, read_only=True), list).read_only
    own.index.chmod(0o555)
    for folder in [f for f in tmp_path.parents if f.name.startswith("pytest-")] + [tmp_path]:
        folder.chmod(0o755)
    if not (child := os.fork()):
        if os.geteuid() == 0:  # root may write everywhere
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        os._exit(int(Holdings(own, list).read_only))
    _, status = os.waitpid(child, 0)
    own.index.chmod(0o755)
    assert os.waitstatus_to_exitcode(status) == 1
    with pytest.raises(StorageError, match="læser kun indekset"):
        Holdings(replace(own, read_only=True), list).reindex()


@pytest.mark.slow
def test_limits_hold_for_both_together(setup: Setup) -> None:
    key = setup.key("hurtig")
    clients = [httpx.Client(base_url=one.base, headers=key, timeout=60) for one in setup.pair]
    began, given, status = time.monotonic(), 0, 0
    while status != 429:  # alternating; counted first, then refused for another reason
        told = clients[given % 2].get("/sammenlign.csv", params={"by": "nej"})
        status = told.status_code
        assert status in (422, 429)
        given += status == 422
    assert "Det gik for hurtigt" in told.json()["detail"]
    assert 1 <= int(told.headers["retry-after"]) <= 60
    assert PER_MINUTE <= given <= PER_MINUTE + (time.monotonic() - began) * PER_MINUTE / 60 + 1
    for client in clients:
        client.close()


@pytest.mark.slow
def test_questions_under_way_count_at_both(setup: Setup, postgres: Postgres) -> None:
    key = setup.key("mange")
    a, b = setup.pair

    def asked() -> httpx.Response:
        return httpx.post(f"{b.base}/api/ask", json={"question": ASKED}, headers=key, timeout=60)

    counted = "select count(*) from limits_1, jsonb_object_keys(held) where name = 'asks mange'"
    with _Held(a, key), _Held(b, key), _Held(a, key):
        assert _soon(lambda: postgres.sql(counted, on=setup.database) == [(3,)])
        told = asked()
        assert told.status_code == 429
        assert "3 spørgsmål i gang" in told.json()["detail"]
    assert _soon(lambda: asked().status_code == 200)


@pytest.mark.slow
def test_wrong_passwords_count_at_both_by_what_the_proxy_says(setup: Setup) -> None:
    People(setup.kept).add("anna", "reader", PASSWORD)
    with browser(setup.proxy.base) as client:
        began, tried, status = time.monotonic(), 0, 0
        while status != 429:  # each request claims another origin, but only the proxy's header is trusted
            client.cookies.clear()
            told = client.post(
                "/log-ind",
                data={"navn": "anna", "kode": "forkert"},
                headers={"X-Forwarded-For": f"10.0.0.{tried}"},
            )
            status = told.status_code
            assert status in (401, 429)
            tried += status == 401
        assert TRIES <= tried <= TRIES + (time.monotonic() - began) * TRIES / 60 + 1
        assert _log_in(client, "anna").status_code == 429
    for one in setup.pair:  # another address has its own count
        with httpx.Client(base_url=one.base, timeout=60) as other:
            assert _log_in(other, "anna").status_code == 303


class _Held:
    """A question that stays under way until its last bytes are sent."""

    def __init__(self, replica: Replica, key: dict[str, str]) -> None:
        self._body = json.dumps({"question": ASKED}).encode()
        head = (
            f"POST /api/ask HTTP/1.1\r\nHost: {PROXY}:{replica.port}\r\nContent-Type: application/json\r\n"
            f"Authorization: {key['Authorization']}\r\nContent-Length: {len(self._body)}\r\n\r\n"
        )
        self._socket = socket.create_connection((PROXY, replica.port), timeout=60)
        self._socket.sendall(head.encode() + self._body[:-5])

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def finish(self) -> str:
        """Send the rest, and read the reply to its end."""
        self._socket.sendall(self._body[-5:])
        parts = []
        while data := self._socket.recv(2**16):
            parts.append(data)
        return b"".join(parts).decode()


def _takes(replica: Replica) -> bool:
    """Whether the replica accepts connections."""
    try:
        socket.create_connection((PROXY, replica.port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.slow
def test_a_rolling_restart_loses_no_answer(setup: Setup) -> None:
    """Questions keep coming: as requests of programs, as streams, and on open pages."""
    names = [f"flow{n}" for n in range(5)]
    keys = [setup.key(name) for name in names[:3]]
    people = People(setup.kept)
    for name in names[3:]:
        people.add(name, "reader", PASSWORD)
    ends, answers, wrong = threading.Event(), [0] * 5, []

    def ask(number: int) -> None:
        with browser(setup.proxy.base) as client:
            page = None
            if number >= 3:
                assert _log_in(client, names[number]).status_code == 303
                page = Page(client, f"side{number}")
            while not ends.is_set():
                try:
                    if page:
                        page.thread = ""
                        words = page.ask(ASKED)
                    else:
                        path = "/api/ask/stream" if number == 2 else "/api/ask"
                        told = client.post(path, json={"question": ASKED}, headers=keys[number])
                        told.raise_for_status()
                        words = json.loads(told.text.splitlines()[-1])["answer"]
                    assert "pct." in words, words
                    answers[number] += 1
                except Exception as error:  # any exception is a lost answer
                    wrong.append(f"{number}: {error!r}")
                time.sleep(1.2)

    with ThreadPoolExecutor(5) as pool:
        asking = [pool.submit(ask, n) for n in range(5)]
        try:
            time.sleep(3)
            for replica in setup.pair:
                held = _Held(replica, keys[0])
                time.sleep(0.5)
                began = time.monotonic()
                replica.leave()
                assert _soon(lambda one=replica: not one.ready(), 2)  # type: ignore[misc]
                assert _soon(lambda one=replica: not _takes(one), DRAIN + 10)  # type: ignore[misc]
                assert time.monotonic() - began >= DRAIN - 0.2
                assert replica.process.poll() is None
                assert "pct." in held.finish()  # what was under way is completed
                assert replica.process.wait(GRACE) == 0
                assert time.monotonic() - began < DRAIN + 15  # open pages do not delay the stop
                replica.start()
                replica.wait()
                time.sleep(2)
        finally:
            ends.set()
        for one in asking:
            one.result(60)
    assert not wrong
    assert min(answers) >= 5
