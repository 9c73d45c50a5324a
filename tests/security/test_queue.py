"""What a browser may put into the page's queue, and how much work one person may start."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.admin.metrics import Observed
from assistant.service.assistant import Assistant
from assistant.settings import OPEN, Settings
from assistant.web import application
from assistant.web.guard import Guard

HERE = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 5000)}
ELSEWHERE = {"base_url": "http://127.0.0.1", "client": ("10.1.2.3", 5000)}
PAGES = ("", "/en")


@pytest.fixture(scope="module")
def guard(settings: Settings, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Guard:
    made: Guard = application(replace(settings, state=tmp_path_factory.mktemp("state")), Observed(False))
    return made


@pytest.fixture(scope="module")
def client(guard: Guard) -> Iterator[TestClient]:
    with TestClient(guard, **HERE) as opened:
        yield opened


def _event(number: int, data: list[Any]) -> dict[str, Any]:
    return {
        "data": data,
        "fn_index": number,
        "session_hash": "abcdefgh",
        "event_data": None,
        "trigger_id": None,
    }


def _files(folder: Path) -> list[str]:
    """Paths and addresses that a server must not open when somebody names them."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    kept = folder / "samtaler.db"
    kept.write_text("hemmeligt", encoding="utf-8")
    return ["/dev/zero", "/etc/passwd", str(pipe), str(kept), "http://127.0.0.1:9/fil", "../../etc/passwd"]


@pytest.mark.parametrize("page", PAGES)
def test_no_field_of_the_page_takes_a_file(
    client: TestClient, guard: Guard, page: str, tmp_path: Path
) -> None:
    events = guard._events[page]
    assert len(events) > 8
    before = set(Path("/tmp/gradio").rglob("*")) if Path("/tmp/gradio").exists() else set()
    for path in _files(tmp_path):
        meta = {"_type": "gradio.FileData"}
        for body in (
            {"path": path, "meta": meta}, {"path": path, "url": path, "meta": meta}, {"path": path}, {"url": path},
            [{"path": path, "meta": meta}], [[path]],
        ):  # fmt: skip
            for number, fields in events.items():
                for at in range(fields):
                    data: list[Any] = [None] * fields
                    data[at] = body
                    reply = client.post(f"{page}/gradio_api/queue/join", json=_event(number, data))
                    assert reply.status_code == 400, (number, at, body)
    assert client.get("/healthz").json()["status"] == "ok"
    after = set(Path("/tmp/gradio").rglob("*")) if Path("/tmp/gradio").exists() else set()
    assert after == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": [], "fn_index": 9999, "session_hash": "x"}, 404),
        ({"data": [], "fn_index": -1, "session_hash": "x"}, 404),
        ({"data": [], "fn_index": True, "session_hash": "x"}, 404),
        ({"data": [], "fn_index": None, "session_hash": "x"}, 404),
        ({"data": [], "session_hash": "x"}, 404),
        ({"data": {"path": "/etc/passwd"}, "fn_index": 0, "session_hash": "x"}, 400),
        ([1, 2], 400),
        ("tekst", 400),
        (None, 400),
        ({}, 400),
    ],
)
def test_an_event_that_is_none_is_refused(client: TestClient, body: Any, status: int) -> None:
    assert client.post("/gradio_api/queue/join", json=body).status_code == status


@pytest.mark.parametrize(
    "change",
    [
        {"data": ["x"]},
        {"session_hash": None},
        {"session_hash": "s" * 500},
        {"event_data": {"path": {"path": "/etc/passwd"}}},
        {"event_data": ["/etc/passwd"]},
        {"data": ["\ud800 varsel"] + [None] * 6},
    ],
)
def test_an_event_of_another_form_is_refused(
    client: TestClient, guard: Guard, change: dict[str, Any]
) -> None:
    number, fields = next((n, f) for n, f in guard._events[""].items() if f > 1)
    body = {**_event(number, [None] * fields), **change}
    sent = {"content": json.dumps(body), "headers": {"content-type": "application/json"}}
    assert client.post("/gradio_api/queue/join", **sent).status_code == 400


def test_a_body_that_is_no_json_or_nests_without_end_is_refused(client: TestClient) -> None:
    for body in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"data": [' + b"[" * 50_000):
        assert client.post("/gradio_api/queue/join", content=body).status_code == 400


def test_what_the_page_itself_sends_passes(client: TestClient, guard: Guard) -> None:
    number = next(n for n, fields in guard._events[""].items() if fields == 0)  # opening the page
    reply = client.post("/gradio_api/queue/join", json=_event(number, []))
    assert reply.status_code == 200
    assert "event_id" in reply.json()


@pytest.mark.parametrize("path", ["/sammenlign.csv?spm=Hvad%20er%20varslet%3F", "/indeks", "/mcp"])
def test_another_site_may_open_a_page_and_set_nothing_to_work(client: TestClient, path: str) -> None:
    foreign = {"sec-fetch-site": "cross-site"}
    assert client.get(path, headers=foreign).status_code == 403
    assert client.get("/", headers=foreign).status_code == 200


def test_a_region_that_is_named_fifty_times_is_compared_once(client: TestClient) -> None:
    asked = {"question": "Hvad er opsigelsesvarslet?", "regions": ["Sjælland", "Nordjylland"] * 50}
    rows = client.post("/api/compare", json=asked).json()["rows"]
    assert [row["region"] for row in rows] == ["Sjælland", "Nordjylland"]


def test_one_person_has_so_many_questions_under_way_and_no_more(
    guard: Guard, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Further questions are told to wait, and another person is not kept waiting."""
    own = replace(settings, host="0.0.0.0", open_without_login=OPEN)
    free, inside = threading.Event(), threading.Semaphore(0)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        import anyio

        inside.release()
        await anyio.to_thread.run_sync(free.wait)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    door = Guard(slow, own, None, guard.observed)
    codes: list[int] = []

    def ask(address: str) -> None:
        client = TestClient(door, base_url="http://127.0.0.1", client=(address, 5000))
        codes.append(client.post("/api/ask", json={"question": "x"}).status_code)

    several = [threading.Thread(target=ask, args=("10.0.0.1",)) for _ in range(3)]
    for one in several:
        one.start()
    for _ in several:
        assert inside.acquire(timeout=10)
    ask("10.0.0.1")
    assert codes == [429]
    other = threading.Thread(target=ask, args=("10.0.0.2",))
    other.start()
    assert inside.acquire(timeout=10)
    free.set()
    for one in (*several, other):
        one.join(10)
    assert sorted(codes) == [200, 200, 200, 200, 429]


def test_what_is_refused_is_told_in_words(client: TestClient) -> None:
    reply = client.post("/en/gradio_api/queue/join", content=json.dumps({"data": "x"}))
    assert "Reload the page" in reply.json()["detail"]
    assert "Genindlæs" in client.post("/gradio_api/queue/join", json={"data": "x"}).json()["detail"]
