"""Input that once ended in a traceback, a wrong picture or a line nobody wrote."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import agreement, pdf
from starlette.testclient import TestClient

from assistant.cli import main
from assistant.documents.manifest import manifest
from assistant.errors import BusyError, IndexMismatch, SettingsError
from assistant.index.generations import pointer
from assistant.index.ingest import ingest
from assistant.service.assistant import Assistant
from assistant.settings import OPEN, Settings
from assistant.users.audit import Act, Audit
from assistant.web import application, serve


def test_a_row_of_the_manifest_with_a_separator_too_many(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,region\na.pdf,Sjælland,\n", encoding="utf-8")
    assert manifest(tmp_path)["a.pdf"] == {"file": "a.pdf", "region": "Sjælland"}
    (tmp_path / "manifest.csv").write_text("file,title\na.pdf,Takster, bilag 2\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"a\.pdf: flere felter end kolonner"):
        manifest(tmp_path)


def test_a_name_in_the_audit_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit = Audit(tmp_path)
    audit.note("lise\n2026-01-01 erik\x1b[2J", Act.USER, "a\nb")
    (event,) = audit.events()
    assert (event.who, event.about) == ("lise 2026-01-01 erik[2J", "a b")
    audit.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"asked": 5},
        {"shown": [[1]]},
        {"periods": ["x"]},
        {"years": ["a"]},
        {"regions": 7},
        {"former": "ja"},
        {"on": 3},
    ],
    ids=str,
)
def test_a_state_that_is_none_is_refused(
    settings: Settings, assistant: Assistant, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with TestClient(application(replace(settings, state=tmp_path)), base_url="http://127.0.0.1") as client:
        first = client.post("/api/ask", json={"question": "Hvad er overheadet i Sjælland?"})
        state = first.json()["state"]
        again = {"question": "Og i Nordjylland?", "state": state}
        assert client.post("/api/ask", json=again).status_code == 200
        reply = client.post("/api/ask", json={**again, "state": {**state, **wrong}})
        assert reply.status_code == 422, reply.text


def test_a_file_that_took_anothers_name_is_drawn_anew(tmp_path: Path) -> None:
    own = Settings.load({}, index=tmp_path / "index", state=tmp_path / "state")
    folder = tmp_path / "papers"
    folder.mkdir()
    pictures = []
    with contextlib.ExitStack() as stack:
        for overhead in ("5", "9"):
            pdf(folder / "a.pdf", agreement("Sjælland", "2025 og 2026", "fire måneder", overhead))
            ingest([folder], own.index, own)
            if not pictures:
                client = stack.enter_context(TestClient(application(own), base_url="http://127.0.0.1"))
            (document,) = Assistant(own.index, own).retriever.documents
            client.post("/api/ask", json={"question": "Hvad er overheadet?"})
            pictures.append(client.get(f"/side/{document}/2.png").content)
    assert pictures[0] != pictures[1]


def test_a_generation_named_by_a_number(tmp_path: Path, assistant: Assistant, settings: Settings) -> None:
    told = json.loads((settings.index / "index.json").read_text(encoding="utf-8"))
    (tmp_path / "index.json").write_text(json.dumps({**told, "generation": 5}), encoding="utf-8")
    with pytest.raises(IndexMismatch):
        pointer(tmp_path)


def test_an_address_of_another_machine_is_no_busy_port(settings: Settings, assistant: Assistant) -> None:
    with pytest.raises(BusyError, match=r"192\.0\.2\.1.* kan ikke åbnes"):
        serve(replace(settings, host="192.0.2.1", open_without_login=OPEN))
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BusyError, match="er optaget"):
        serve(replace(settings, port=taken.getsockname()[1]))


@pytest.mark.parametrize(
    "previous", ["Hvad er overheadet i Sjælland?", ["Hvad er overheadet i Sjælland?"], 5, None]
)
def test_a_file_of_questions_may_name_the_one_before_as_text_or_list(
    settings: Settings, assistant: Assistant, tmp_path: Path, previous: Any
) -> None:
    asked = {"question": "Og i Nordjylland?", "previous": previous}
    (tmp_path / "q.jsonl").write_text(json.dumps(asked) + "\n", encoding="utf-8")
    out = tmp_path / "a.jsonl"
    command = [
        "ask",
        "--questions",
        str(tmp_path / "q.jsonl"),
        "--out",
        str(out),
        "--index",
        str(settings.index),
    ]
    assert main(command) == 0
    (answer,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    if previous not in (5, None):
        assert "7 pct." in answer["answer"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ask", "x", "--region"], "--region: skal have en værdi"),
        (["hest"], "'hest' findes ikke; vælg mellem"),
        (["compare"], "mangler: SPØRGSMÅL"),
        (["consistency", "--hest"], "ukendt: --hest"),
    ],
    ids=str,
)
def test_a_command_that_is_typed_wrong_is_told_in_danish(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert not {"usage", "error", "required", "argument"} & set(re.findall(r"\w+", told))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["consistency", "--topics", "{}/nej.toml"], "nej.toml kan ikke læses (findes ikke). Ret filen."),
        (
            ["fetch", "{}/ud", "--sources", "{}/nej.csv"],
            "nej.csv kan ikke læses (findes ikke). Ret stien eller filen.",
        ),
        (["repair", "{}/nej.txt"], "nej.txt kan ikke læses (findes ikke). Ret stien."),
        (["repair", "{}"], "kan ikke læses (er en mappe). Ret stien."),
        (
            ["backup", "{}/nej/a.tar.gz"],
            "a.tar.gz kan ikke skrives (findes ikke). Vælg en anden sti, eller frigør plads.",
        ),
    ],
    ids=str,
)
def test_what_the_system_says_is_said_in_danish(
    settings: Settings, assistant: Assistant, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, words: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("ASSISTANT_INDEX", str(settings.index))
    monkeypatch.setenv("ASSISTANT_STATE", str(tmp_path / "state"))
    assert main([word.format(tmp_path) for word in words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(said)
    assert "Errno" not in line


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nope", "Det findes ikke, eller det er ikke dit."), ("/en/nope", "It does not exist, or it is not yours."),
        ("/delt/xx", "Det findes ikke, eller det er ikke dit."), ("/side/xx/1.png", "Siden findes ikke i indekset."),
        ("/kilde/xx/1", "Siden findes ikke i indekset."),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_a_page_for_people_and_json_for_programs(
    settings: Settings, assistant: Assistant, tmp_path: Path, path: str, said: str
) -> None:
    with TestClient(application(replace(settings, state=tmp_path)), base_url="http://127.0.0.1") as client:
        seen = client.get(path, headers={"Accept": "text/html,application/xhtml+xml"})
        assert (seen.status_code, seen.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert f"<h1>{said}</h1>" in seen.text
        assert "script-src" in seen.headers["content-security-policy"]
        told = client.get(path, headers={"Accept": "application/json"})
        assert told.status_code == 404
        assert "detail" in told.json()
