"""A full disk and damaged files of user data give a message, and no answer is lost."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from assistant.admin.metrics import Observed
from assistant.errors import DamagedError
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.users.accounts import People
from assistant.users.conversations import Threads
from assistant.web import application

QUESTION = "Hvad er overheadet i Nordjylland 2025-2026?"


def _full() -> None:
    """No file of this process can grow, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _environment(settings: Settings, state: Path, port: int = 7860) -> dict[str, str]:
    given = {"INDEX": settings.index, "STATE": state, "PORT": port}
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        **{f"ASSISTANT_{k}": str(v) for k, v in given.items()},
    }


def test_asking_needs_no_write(settings: Settings, assistant: Assistant, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "ask", QUESTION, "--json"], capture_output=True, text=True,
        timeout=120, env=_environment(settings, tmp_path / "state"), preexec_fn=_full,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "7" in json.loads(done.stdout)["answer"]


@contextmanager
def _served(settings: Settings, state: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=_environment(settings, state, port), preexec_fn=_full,
    )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for _ in range(600):
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, process.stderr.read() if process.stderr else ""
                    time.sleep(0.1)
            yield client, process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _asked_on_the_page(client: httpx.Client) -> list[object]:
    """The output of the page's own event for a question."""
    config = client.get("/config").json()
    event = next(d["id"] for d in config["dependencies"] if len(d["inputs"]) == 7)
    body = {"fn_index": event, "session_hash": "abcdefgh", "data": [QUESTION, None, "staff", [], [], "", ""]}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "abcdefgh"}) as stream:
        for line in stream.iter_lines():
            told = json.loads(line[6:]) if line.startswith("data: ") else {}
            if told.get("msg") == "process_completed":
                data: list[object] = told["output"]["data"]
                return data
    raise AssertionError


@pytest.mark.slow
def test_a_page_starts_and_answers_on_a_full_disk(
    settings: Settings, assistant: Assistant, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    Threads(state).append("", {"question": "gammel"})
    with _served(settings, state) as (client, process):
        answer = client.post("/api/ask", json={"question": QUESTION}).json()
        assert "7" in answer["answer"]
        shown = json.dumps(_asked_on_the_page(client), ensure_ascii=False)
        assert "pct." in shown
        said = client.post("/api/feedback", json={"verdict": "up", "answer": answer})
        assert said.status_code == 503
        assert "frigør plads" in said.json()["detail"]
        taken = client.get("/sammenlign.csv", params={"spm": "Hvad er overheadet?"})
        assert taken.status_code == 503
        assert "kan ikke skrives" in taken.json()["detail"]
    assert "Samtaler" in (process.stderr.read() if process.stderr else "") or "ikke gemt" in shown


@pytest.mark.slow
def test_an_answer_that_cannot_be_kept_is_shown_and_that_is_said(
    settings: Settings, assistant: Assistant, tmp_path: Path
) -> None:
    made = application(replace(settings, state=tmp_path), Observed(False))
    with TestClient(made, base_url="http://127.0.0.1", client=("127.0.0.1", 5000)) as client:
        other = Threads(tmp_path)
        with other._db.changing():  # a transaction that blocks all other writers
            shown = json.dumps(_asked_on_the_page(client), ensure_ascii=False)  # type: ignore[arg-type]
        assert "pct." in shown
        assert "Svaret er ikke gemt i samtalen" in shown
        assert "ikke gemt" not in json.dumps(_asked_on_the_page(client), ensure_ascii=False)  # type: ignore[arg-type]


def _middle(data: bytes) -> bytes:
    return data[:4096] + b"\xa5" * 4096 + data[8192:]


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"x" * 9000, lambda d: d[:5000], _middle, lambda d: b"\0" * len(d)],
    ids=["garbage", "cut", "changed", "zeros"],
)
def test_damaged_conversations_are_set_aside_and_the_page_starts(
    settings: Settings, assistant: Assistant, tmp_path: Path, damage: Callable[[bytes], bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    kept = Threads(tmp_path)
    for n in range(20):
        kept.append("", {"question": f"spørgsmål {n} " * 50})
    kept.close()
    spoilt = damage((tmp_path / "threads.db").read_bytes())
    (tmp_path / "threads.db").write_bytes(spoilt)
    made = application(replace(settings, state=tmp_path), Observed(False))
    assert "lagt til side som threads.db.defekt-" in capsys.readouterr().err
    (aside,) = (p for p in tmp_path.glob("threads.db.defekt-*") if not p.name.endswith(("-wal", "-shm")))
    assert aside.read_bytes() == spoilt
    with TestClient(made, base_url="http://127.0.0.1", client=("127.0.0.1", 5000)) as client:
        assert client.post("/api/ask", json={"question": QUESTION}).json()["status"] == "grounded"
        assert "pct." in json.dumps(_asked_on_the_page(client))  # type: ignore[arg-type]
        assert "Nordjylland" in client.get("/samtaler").text


def test_damaged_users_are_never_set_aside(tmp_path: Path) -> None:
    """Without them everybody, or nobody, could log in."""
    People(tmp_path).close()
    (tmp_path / "people.db").write_bytes(b"x" * 9000)
    with pytest.raises(DamagedError, match="assistant restore"):
        People(tmp_path)
    assert (tmp_path / "people.db").read_bytes() == b"x" * 9000


def test_a_state_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("x", encoding="utf-8")
    kept = Threads.serving(tmp_path / "fil" / "state")
    assert "huskes kun" in kept.told
    thread = kept.append("lise", {"question": "q"})
    assert kept.get(thread, "lise")
