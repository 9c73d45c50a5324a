"""The guard and the interfaces behind it: who may do what, from where, how often; conversations; documents;
programs.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.admin.backup import backup, restore
from assistant.admin.collection import Holdings
from assistant.admin.metrics import Observed
from assistant.cli import main
from assistant.errors import PeopleError, ReadError, SettingsError
from assistant.index.ingest import ingest
from assistant.reports.consistency import Topic
from assistant.reports.suggestions import Suggestions
from assistant.service.assistant import Assistant
from assistant.service.dialogue import converse
from assistant.service.review import Reviewed, mark
from assistant.settings import OPEN, Settings, as_file
from assistant.users.accounts import People
from assistant.users.audit import Act, Audit
from assistant.users.conversations import Thread, Threads, markdown, word
from assistant.users.judgements import Judgements
from assistant.web import application
from assistant.web.asking import Document, Given, SideBySide
from assistant.web.examples import ANSWER
from assistant.web.guard import Guard

HERE = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 5000)}
ELSEWHERE = {"base_url": "http://aftaler.kommune.dk", "client": ("10.1.2.3", 5000)}
QUESTION = {"question": "Hvad er overheadet i Sjælland 2025-2026?"}
PASSWORD = "et langt kodeord"
WORD = re.compile(r"[\w/.-]+")


@pytest.fixture(scope="module")
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
def guard(
    settings: Settings, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory, log: io.StringIO
) -> Guard:
    """The application with log-in. Other guards are put in front of the same application."""
    own = replace(
        settings, login="adgangskode", names="aftaler.kommune.dk", state=tmp_path_factory.mktemp("state")
    )
    made: Guard = application(own, Observed(out=log))
    assert made.people
    for name, role in (("lise", "reader"), ("erik", "editor"), ("anna", "administrator")):
        made.people.add(name, role, PASSWORD)  # type: ignore[arg-type]
    return made


@pytest.fixture(scope="module")
def local(guard: Guard, settings: Settings) -> Iterator[TestClient]:
    """The page as it runs on a user's own machine."""
    own = replace(settings, state=guard.settings.state)
    with TestClient(Guard(guard.app, own, None, guard.observed), **HERE) as client:
        yield client


def entered(guard: Guard, name: str) -> TestClient:
    client = TestClient(guard, **ELSEWHERE)
    reply = client.post(
        "/log-ind?til=/samtaler", data={"navn": name, "kode": PASSWORD}, follow_redirects=False
    )
    assert (reply.status_code, reply.headers["location"]) == (303, "/samtaler")
    return client


def test_without_log_in_only_this_machine_is_served() -> None:
    with pytest.raises(SettingsError, match="login"):
        Settings.load({}, host="0.0.0.0")
    assert Settings.load({}, host="0.0.0.0", open_without_login=OPEN).host == "0.0.0.0"
    with pytest.raises(SettingsError, match="trusted_proxies"):
        Settings.load({}, login="proxy")


def test_settings_are_one_file_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "assistant.toml"
    file.write_text('port = 8123\nlogin = "adgangskode"\nindex = "lager"\n', encoding="utf-8")
    read = Settings.load({"ASSISTANT_SETTINGS": str(file), "ASSISTANT_PORT": "8200"})
    assert (read.port, read.login, read.index) == (8200, "adgangskode", tmp_path / "lager")
    file.write_text(as_file(read), encoding="utf-8")
    again = Settings.load({"ASSISTANT_SETTINGS": str(file)})
    assert again == read
    for bad in ("port = 'x'", "ukendt = 1", "port = "):
        file.write_text(bad, encoding="utf-8")
        with pytest.raises(SettingsError):
            Settings.load({"ASSISTANT_SETTINGS": str(file)})


def test_who_is_not_logged_in_sees_nothing(guard: Guard) -> None:
    client = TestClient(guard, **ELSEWHERE)
    for path in (
        "/samtaler",
        "/dokumenter",
        "/api/documents",
        "/metrics",
        "/",
        "/config",
        "/indeks",
    ):
        assert client.get(path).status_code == 401, path
    assert client.post("/api/ask", json=QUESTION).status_code == 401
    assert client.get("/healthz").json()["status"] == "ok"
    sent = client.get("/", headers={"accept": "text/html"}, follow_redirects=False)
    assert sent.headers["location"] == "/log-ind?til=/"
    assert "password" in client.get("/log-ind").text
    wrong = client.post("/log-ind", data={"navn": "lise", "kode": "forkert"})
    assert (wrong.status_code, "passer ikke" in wrong.text) == (401, True)
    away = client.post(
        "/log-ind?til=//evil.example", data={"navn": "lise", "kode": PASSWORD}, follow_redirects=False
    )
    assert away.headers["location"] == "/"


def test_guessing_passwords_is_slowed_down(guard: Guard) -> None:
    client = TestClient(guard, base_url="http://aftaler.kommune.dk", client=("10.9.9.9", 5000))
    codes = [client.post("/log-ind", data={"navn": "lise", "kode": str(n)}).status_code for n in range(12)]
    assert codes[0] == 401
    assert codes[-1] == 429
    assert "Vent" in client.post("/log-ind", data={"navn": "lise", "kode": PASSWORD}).text
    # Behind a trusted proxy the reader's address counts, not the proxy's.
    own = replace(guard.settings, trusted_proxies="10.9.9.9")
    door = TestClient(Guard(guard.app, own, guard.people, guard.observed), base_url=ELSEWHERE["base_url"],
                      client=("10.9.9.9", 5000))  # fmt: skip
    said = {"x-forwarded-for": "9.9.9.9, 10.8.8.8"}
    assert door.post("/log-ind", data={"navn": "lise", "kode": "x"}, headers=said).status_code == 401


def test_a_session_ends_when_one_logs_out_and_its_cookie_is_guarded(guard: Guard) -> None:
    client = entered(guard, "lise")
    assert client.get("/samtaler").status_code == 200
    cookie = client.cookies["samtale_session"]
    raw = TestClient(guard, **ELSEWHERE).post(
        "/log-ind", data={"navn": "lise", "kode": PASSWORD}, follow_redirects=False
    )
    assert {"httponly", "samesite=lax"} <= {p.strip().lower() for p in raw.headers["set-cookie"].split(";")}
    assert guard.people
    assert cookie not in Path(guard.settings.state / "people.db").read_bytes().decode("latin-1")
    odd = f'a={{"k": "v"}}; æ=1; samtale_session={cookie}'.encode()
    assert TestClient(guard, **ELSEWHERE).get("/samtaler", headers={"cookie": odd}).status_code == 200
    client.post("/log-ud", follow_redirects=False)
    client.cookies["samtale_session"] = cookie
    assert client.get("/samtaler").status_code == 401


def test_roles(guard: Guard) -> None:
    reader, editor = entered(guard, "lise"), entered(guard, "erik")
    document = reader.get("/api/documents").json()[0]["id"]
    assert "type='file'" not in reader.get("/dokumenter").text
    assert "type='file'" in editor.get("/dokumenter").text
    for client, method, path, code in (
        (reader, "POST", "/dokumenter", 403), (reader, "POST", f"/dokumenter/{document}/fakta", 403),
        (reader, "DELETE", f"/dokumenter/{document}", 403), (editor, "DELETE", f"/dokumenter/{document}", 403),
        (reader, "GET", "/metrics", 403),
    ):  # fmt: skip
        assert client.request(method, path).status_code == code, (method, path)
    assert editor.post("/dokumenter", files={"fil": ("farlig.exe", b"x")}).status_code == 422


def test_programs_have_keys_that_end_with_the_user(guard: Guard) -> None:
    assert guard.people
    guard.people.add("robot", "reader", None)
    key = guard.people.key("robot")
    client = TestClient(guard, **ELSEWHERE, headers={"authorization": f"Bearer {key}"})
    assert client.post("/api/ask", json=QUESTION).json()["status"] == "grounded"
    assert guard.people.log_in("robot", "", 1) is None
    guard.people.remove("robot")
    assert client.get("/api/documents").status_code == 401
    with pytest.raises(PeopleError):
        guard.people.key("robot")


def test_a_proxys_word_counts_from_its_own_address_alone(guard: Guard) -> None:
    own = replace(guard.settings, login="proxy", proxy_header="X-Remote-User", trusted_proxies="10.0.0.5")
    door = Guard(guard.app, own, guard.people, guard.observed)
    said = {"X-Remote-User": "erik"}
    trusted = TestClient(door, base_url="http://aftaler.kommune.dk", client=("10.0.0.5", 1))
    assert "type='file'" in trusted.get("/dokumenter", headers=said).text
    assert trusted.get("/dokumenter").status_code == 401
    twice = [("X-Remote-User", "anna"), ("X-Remote-User", "erik")]
    assert trusted.get("/dokumenter", headers=twice).status_code == 401
    assert TestClient(door, **ELSEWHERE).get("/dokumenter", headers=said).status_code == 401


def test_served_to_a_network_without_log_in_everybody_reads_and_has_their_own_conversations(
    guard: Guard,
) -> None:
    own = replace(guard.settings, login="ingen", host="0.0.0.0", open_without_login=OPEN)
    door = Guard(guard.app, own, None, guard.observed)
    one, other = TestClient(door, **ELSEWHERE), TestClient(door, **ELSEWHERE)
    assert one.get("/dokumenter").status_code == 200
    assert one.post("/dokumenter").status_code == 403
    names = [client.cookies["samtale_gaest"] for client in (one, other) if client.get("/samtaler")]
    assert names[0] != names[1]


def test_other_sites_names_and_paths_do_not_pass(
    local: TestClient, settings: Settings, tmp_path: Path
) -> None:
    ask = "/api/ask"
    assert local.post(ask, json=QUESTION, headers={"origin": "https://evil.example"}).status_code == 403
    assert local.post(ask, json=QUESTION, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert local.get("/api/documents", headers={"host": "evil.example"}).status_code == 421
    assert local.get("/api/documents", headers={"host": "["}).status_code == 421
    assert local.post(ask, json=QUESTION, headers={"origin": "http://["}).status_code == 403
    assert local.get("/dokumenter", headers={"x-forwarded-for": "10.1.1.1"}).status_code == 403
    assert local.get("/mcp").status_code == 405
    secret = tmp_path / "hemmelig.txt"
    secret.write_text("hemmelig", encoding="utf-8")
    paths = [f"/gradio_api/file={file}" for file in ("/etc/passwd", settings.index / "index.json", secret)]
    paths += [
        "/gradio_api/upload", "/gradio_api/info", "/gradio_api/proxy=http://evil.example", "/gradio_api/run/predict",
        "/gradio_api/call/asked", "/en/gradio_api/file=/etc/passwd", "/static/../../etc/passwd", "/assets/..%2f..%2fx",
        "/fil/..%2f..%2fetc%2fpasswd", "/kilde/x/1", "/monitoring", "/docs/core.py", "/gradio_api/openapi.json",
        "/docs/redoc.standalone.js", "/filx", "/apix",
    ]  # fmt: skip
    for path in paths:
        assert local.get(path).status_code >= 400, path
        assert local.post(path, content=b"x").status_code >= 400, path
    assert local.post("/api/ask", content=b"x" * (2**20 + 1)).status_code == 413


def test_headers_keep_others_out(local: TestClient) -> None:
    headers = local.get("/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_too_many_questions_wait(guard: Guard) -> None:
    own = replace(guard.settings, login="ingen", per_minute=2, host="0.0.0.0", open_without_login=OPEN)
    client = TestClient(Guard(guard.app, own, None, guard.observed), **ELSEWHERE)
    codes = []
    for _ in range(3):
        client.cookies.clear()  # another name each time, from the same address
        codes.append(client.post("/api/ask", json=QUESTION).status_code)
    assert codes == [200, 200, 429]


def test_a_downloaded_comparison_opens_the_pages_of_the_address_it_came_from(
    local: TestClient, tmp_path: Path
) -> None:
    from docx import Document
    from openpyxl import load_workbook

    for form in ("xlsx", "docx"):
        got = local.get(f"/sammenlign.{form}", params={"spm": "Hvad er overheadet?"})
        (tmp_path / f"s.{form}").write_bytes(got.content)
    cells = [c for line in load_workbook(tmp_path / "s.xlsx")["Hvad er overheadet"].iter_rows() for c in line]
    links = [c.hyperlink.target for c in cells if c.hyperlink and c.hyperlink.target]
    host = str(local.base_url).rstrip("/")
    assert links
    assert all(link.startswith(f"{host}/kilde/") for link in links)
    assert local.get(links[0].removeprefix(host)).status_code == 200
    paper = Document(str(tmp_path / "s.docx"))
    assert paper.paragraphs[0].text == "Bilag: Hvad er overheadet?"
    assert set(links) <= {r.target_ref for r in paper.part.rels.values() if r.is_external}


def test_ask_and_compare_for_programs(local: TestClient) -> None:
    answer = local.post("/api/ask", json=QUESTION).json()
    assert "6 pct." in answer["answer"]
    odd = '{"question": "Hvad er \\u0001overheadet i Sjælland 2025-2026?"}'
    form = {"content-type": "application/json"}
    assert (
        local.post("/api/ask", content=odd.encode(), headers=form).json()["question"] == QUESTION["question"]
    )
    half = b'{"question": "Hvad er \\ud800?"}'
    assert local.post("/api/ask", content=half, headers=form).status_code == 200
    for form in ("xlsx", "docx"):
        path = f"/sammenlign.{form}"
        assert local.get(path, params={"spm": "Hvad er \x01overheadet?"}).status_code == 200
    long = local.post("/api/ask", json={**QUESTION, "previous": "i og " * 1000})
    assert long.status_code == 422
    first = answer["citations"][0]
    assert first["quote"] in local.get(first["link"]).text
    lines = local.post("/api/ask/stream", json=QUESTION).text.splitlines()
    assert json.loads(lines[-1])["statements"] == answer["statements"]
    limited = local.post(
        "/api/ask", json={"question": "Hvad er overheadet?", "regions": ["Nordjylland"]}
    ).json()
    assert "7 pct." in limited["answer"]
    english = local.post("/api/ask", json={"question": "Hvad koster en busbillet?", "language": "en"}).json()
    assert english["answer"].startswith("The documents do not say.")
    assert local.post("/api/ask", json={"question": " "}).json()["detail"].startswith("Spørgsmålet er tomt")
    assert local.post("/api/ask", json={"question": "x", "regions": ["Atlantis"]}).status_code == 422
    found = local.post("/api/compare", json={"question": "Hvad er overheadet?"}).json()
    assert found["verdict"] == "differ"
    assert {d["document"] for d in local.get("/api/documents").json()} == {
        "a.pdf",
        "b.pdf",
        "c.pdf",
        "natko.md",
    }
    kept = local.post(
        "/api/feedback", json={"verdict": "down", "reason": "source", "note": "n", "answer": answer}
    )
    assert kept.status_code == 201
    described = local.get("/api/openapi.json").json()
    assert described == local.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/ask", "/api/ask/stream", "/api/compare", "/api/documents", "/api/feedback", "/healthz", "/metrics",
        "/readyz",
    }  # fmt: skip


def test_every_path_is_described_with_examples_that_are_true(local: TestClient) -> None:
    described = local.get("/openapi.json").json()
    models = {"/api/ask": Given, "/api/compare": SideBySide, "/api/documents": Document}
    for path, ways in described["paths"].items():
        for way, one in ways.items():
            assert one["description"], path
            assert any(s in one["responses"] for s in ("200", "201")), path
            for status, reply in one["responses"].items():
                for kind, content in reply["content"].items():
                    assert content["example"], (path, status, kind)
            if way == "post":
                body = one["requestBody"]["content"]["application/json"]
                for given in body["examples"].values():  # every request example works
                    assert local.post(path, json=given["value"]).status_code in (200, 201), path
    for path, model in models.items():
        reply = described["paths"][path]["get" if path == "/api/documents" else "post"]["responses"]["200"]
        shown = reply["content"]["application/json"]["example"]
        for one in shown if isinstance(shown, list) else [shown]:
            model.model_validate(one)
    asked = {"question": "Hvad er opsigelsesvarslet for døgntilbud i Sjælland?"}
    assert ANSWER.keys() == local.post("/api/ask", json=asked).json().keys()
    for name, schema in described["components"]["schemas"].items():
        assert schema.get("description"), name
    assert described["components"]["securitySchemes"]


def test_logs_and_metrics_say_nothing_of_the_words(local: TestClient, log: io.StringIO) -> None:
    local.post("/api/ask", json={"question": "Hvad er overheadet i Nordjylland? hemmeligtord"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {"request", "answer"} <= {line["event"] for line in lines}
    assert "hemmeligtord" not in log.getvalue()
    metrics = local.get("/metrics").text
    assert "assistant_answers_total" in metrics
    assert 'kind="/api"' in metrics
    loud = io.StringIO()
    Observed(True, loud).answer(local.post("/api/ask", json=QUESTION).json())
    assert "overheadet" in loud.getvalue()


def record(local: TestClient, question: str = QUESTION["question"]) -> dict[str, Any]:
    answer: dict[str, Any] = local.post("/api/ask", json={"question": question}).json()
    return answer


def test_conversations_are_their_owners(guard: Guard, local: TestClient) -> None:
    kept = Threads(guard.settings.state)
    mine = kept.append("erik", record(local))
    assert kept.append("erik", record(local, "Hvad er opsigelsesvarslet i Nordjylland?"), mine) == mine
    other = kept.append("lise", record(local), mine)  # the conversation is not hers, so a new one is started
    assert other != mine
    editor, reader = entered(guard, "erik"), entered(guard, "lise")
    assert QUESTION["question"] in editor.get("/samtaler").text
    assert mine not in reader.get("/samtaler").text
    for method, path in (
        ("GET", f"/samtale/{mine}.md"), ("POST", f"/samtale/{mine}/del"), ("DELETE", f"/samtale/{mine}"),
    ):  # fmt: skip
        assert reader.request(method, path).status_code == 404, path
    assert reader.post(f"/samtale/{mine}/navn", data={"navn": "x"}).status_code == 404
    assert editor.post(f"/samtale/{mine}/navn", data={"navn": "Ønsker til RÅDET"}).status_code == 200
    for words, there in (("ønsker rådet", True), ("90 DAGE", True), ("busbillet", False)):
        assert (mine in editor.get("/samtaler", params={"ord": words}).text) is there, words
    assert editor.get("/samtaler", params={"ord": "a " * 2000}).status_code == 200
    paper = editor.get(f"/samtale/{mine}.md").text
    assert "6 pct." in paper
    assert "b.pdf" in paper
    from docx import Document

    texts = [p.text for p in Document(io.BytesIO(editor.get(f"/samtale/{mine}.docx").content)).paragraphs]
    assert any("90 dage" in text for text in texts)
    assert editor.delete(f"/samtale/{other}").status_code == 404
    assert editor.delete(f"/samtale/{mine}").status_code == 200
    assert kept.get(mine, "erik") is None


def test_an_export_says_whose_each_sentence_is(assistant: Assistant, tmp_path: Path) -> None:
    from docx import Document as Paper

    *_, asked = converse(assistant, "Hvad er overheadet i 2025-2026?", form=None)
    kept = Thread("t", "o", "Overhead", "", "", records=(assistant.as_record(asked, "da"),))
    word(kept, tmp_path / "samtale.docx")
    paper = [p.text for p in Paper(str(tmp_path / "samtale.docx")).paragraphs]
    for region, rate in (("Sjælland", "6 pct."), ("Nordjylland", "7 pct.")):
        assert re.search(rf"> \*\*{region} 2025-2026:\*\* .*{rate}", markdown(kept))
        assert any(line.startswith(f"{region} 2025-2026: ") and rate in line for line in paper)


def test_a_shared_conversation_shows_the_same_quotes_when_the_index_is_another(
    guard: Guard, local: TestClient
) -> None:
    kept = Threads(guard.settings.state)
    gone = record(local)
    gone["citations"][0] |= {"document_id": "0123456789ab", "quote": "Overheadet er 6 pct. <script>"}
    mine = kept.append("", gone)
    link = local.post(f"/samtale/{mine}/del").json()["link"]
    assert local.post(f"/samtale/{mine}/del").json()["link"] == link
    page = local.get(link).text
    assert "Overheadet er 6 pct. &lt;script&gt;" in page
    assert local.get("/kilde/0123456789ab/1").status_code == 404
    assert local.get("/delt/forkert").status_code == 404
    assert 'class="cite"' not in page  # read only: no buttons
    assert local.delete(f"/samtale/{mine}/del").status_code == 200
    assert local.get(link).status_code == 404
    link = local.post(f"/samtale/{mine}/del").json()["link"]
    local.delete(f"/samtale/{mine}")
    assert local.get(link).status_code == 404


@pytest.mark.slow
def test_documents_are_added_corrected_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "papirer"
    folder.mkdir()
    (folder / "en.md").write_text(
        "# Rammeaftale 2025-2026\n\nRegion Sjælland. Overheadet er 6 pct.\n", encoding="utf-8"
    )
    own = Settings.load({}, index=tmp_path / "indeks", corpus=folder, upload_mb=1)
    ingest([folder], own.index, own)

    def documents() -> list[Any]:
        return list(Assistant(own.index, own).retriever.documents.values())

    def finished(holdings: Holdings) -> None:
        for _ in range(600):
            if not holdings.progress.running:
                break
            time.sleep(0.1)
        assert not holdings.progress.why, holdings.progress.lines

    holdings = Holdings(own, documents)
    for name, data in (
        ("en.md", b"andet"), ("../ude.md", b""), (".skjult.md", b"x"), ("x.exe", b"x"), ("stor.md", b"x" * (2**20 + 1)),
    ):  # fmt: skip
        with pytest.raises(ReadError):
            holdings.receive(name, io.BytesIO(data))
    assert [p.name for p in folder.iterdir()] == ["en.md"]
    holdings.receive("../../to.md", io.BytesIO(b"# Rammeaftale\n\nOverheadet er 9 pct.\n"))
    assert sorted(p.name for p in folder.iterdir()) == ["en.md", "to.md"]
    holdings.reindex()
    finished(holdings)
    new = next(d for d in documents() if d.name == "to.md")
    for bad in ({"period": "i fjor"}, {"region": "Atlantis"}, {"kind": "digt"}):
        with pytest.raises(SettingsError):
            holdings.correct(
                new, {"title": new.title, "region": "-", "period": "-", "kind": "-", "part": "-", **bad}
            )
    holdings.correct(new, {"title": "Den nye", "region": "Nordjylland", "period": "2025-2026", "kind": "rammeaftale",
                           "part": "-"})  # fmt: skip
    holdings.reindex()
    finished(holdings)
    answer = Assistant(own.index, own).ask("Hvad er overheadet i Nordjylland?")
    assert "9 pct." in Assistant(own.index, own).as_json(answer)["answer"]
    new = next(d for d in documents() if d.name == "to.md")
    assert (new.title, new.facts.period, new.facts.evidence["region"]) == (
        "Den nye",
        "2025-2026",
        "manifest.csv",
    )
    holdings.correct(new, {"title": "Den nye", "region": "Nordjylland", "period": "", "kind": "rammeaftale",
                           "part": "-"})  # fmt: skip
    holdings.reindex()
    finished(holdings)
    new = next(d for d in documents() if d.name == "to.md")
    assert new.facts.period is None
    holdings.remove(new)
    holdings.reindex()
    finished(holdings)
    assert [d.name for d in documents()] == ["en.md"]
    assert len(list((tmp_path / "fjernet").iterdir())) == 1
    with pytest.raises(ReadError, match="eneste"):
        holdings.remove(documents()[0])
    # Corrections are forgotten together with the file.
    holdings.receive("to.md", io.BytesIO(b"# Rammeaftale\n\nOverheadet er 9 pct.\n"))
    holdings.reindex()
    finished(holdings)
    assert next(d for d in documents() if d.name == "to.md").title != "Den nye"
    # A folder that is emptied on purpose is removed from the index.
    other = tmp_path / "andre"
    other.mkdir()
    (other / "tre.md").write_text(
        "# Rammeaftale\n\nRegion Syddanmark. Overheadet er 3 pct.\n", encoding="utf-8"
    )
    ingest([other], own.index, own)
    for document in documents():
        if document.path.parent == folder:
            holdings.remove(document)
    holdings.reindex()
    finished(holdings)
    assert [d.name for d in documents()] == ["tre.md"]


def test_what_is_sent_in_lies_in_the_folder_that_is_set(tmp_path: Path) -> None:
    for folder in ("papirer", "andre"):
        (tmp_path / folder).mkdir()
    (tmp_path / "papirer" / "en.md").write_text("# Rammeaftale\n\nOverheadet er 6 pct.\n", encoding="utf-8")
    own = Settings.load({"ASSISTANT_CORPUS": str(tmp_path / "andre")}, index=tmp_path / "indeks")
    ingest([tmp_path / "papirer"], own.index, own)
    documents = Assistant(own.index, own).retriever.documents
    assert Holdings(own, documents.values).receive("to.md", io.BytesIO(b"x")) == tmp_path / "andre" / "to.md"
    # Where no folder is set, the project's samples are kept apart.
    unset = Settings.load({}, index=own.index)
    assert (
        Holdings(unset, documents.values).receive("tre.md", io.BytesIO(b"x"))
        == tmp_path / "papirer" / "tre.md"
    )


def test_readers_see_unread_files_and_operators_see_the_machine(
    guard: Guard, local: TestClient, corpus: Path
) -> None:
    reader, anna = entered(guard, "lise"), entered(guard, "anna")
    read, run = reader.get("/indeks").text, anna.get("/drift").text
    assert "ingen aftale for Syddanmark" in read
    assert not {"processor", "tesseract", "disk", str(corpus)} & set(WORD.findall(read))
    assert "processor" in run
    assert "ingen aftale" not in run
    assert reader.get("/drift").status_code == 403
    own = {who: client.get("/dokumenter").text for who, client in (("lise", reader), ("anna", anna))}
    assert ["/drift" in own[who] for who in ("lise", "anna")] == [False, True]
    assert [own[who].count("class='remove'") for who in ("lise", "anna")] == [0, 4]
    assert str(corpus) not in own["anna"] + read


def test_everything_that_is_kept_comes_back(guard: Guard, local: TestClient, tmp_path: Path) -> None:
    kept = Threads(guard.settings.state)
    mine = kept.append("erik", record(local))
    archive = tmp_path / "kopi.tar.gz"
    backup(guard.settings, archive)
    there = replace(guard.settings, index=tmp_path / "nyt" / "indeks", state=tmp_path / "nyt" / "state")
    restore(there, archive)
    assert Assistant(there.index, there).ask(QUESTION["question"]).answer
    found = Threads(there.state).get(mine, "erik")
    assert found
    assert found.records
    assert People(there.state).log_in("erik", PASSWORD, 1)
    newer = Threads(there.state)
    late = newer.append("erik", record(local, "Hvad er opsigelsesvarslet i Nordjylland?"))
    restore(there, archive)  # restored once more over the existing data, all of which is kept
    before = next(p for p in there.state.iterdir() if p.name.startswith("threads.db.foer-"))
    with contextlib.closing(sqlite3.connect(before)) as kept_before:
        assert kept_before.execute("select 1 from threads where id = ?", (late,)).fetchone()
    assert Threads(there.state).get(late, "erik") is None
    modes = [p.stat().st_mode & 0o077 for p in (archive, *there.state.glob("*.db*"))]
    assert set(modes) == {0}
    data = archive.read_bytes()
    (tmp_path / "halv.tar.gz").write_bytes(data[: len(data) // 2])
    with pytest.raises(ReadError, match="ikke en hel"):
        restore(there, tmp_path / "halv.tar.gz")
    with pytest.raises(ReadError, match="findes ikke"):
        restore(there, tmp_path / "væk.tar.gz")
    (tmp_path / "nej.tar.gz").write_bytes(b"ikke en kopi")
    with pytest.raises(ReadError, match="ikke en hel sikkerhedskopi"):
        restore(there, tmp_path / "nej.tar.gz")
    assert Threads(there.state).get(mine, "erik")


def test_users_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_STATE", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO("kort\n" + PASSWORD + "\n"))
    assert main(["users", "add", "lise", "--role", "editor"]) == 1
    assert "mindst 10 tegn" in capsys.readouterr().err
    assert main(["users", "add", "lise", "--role", "editor"]) == 0
    assert main(["users", "list"]) == 0
    assert "redaktør" in capsys.readouterr().out
    assert main(["users", "key", "lise"]) == 0
    assert People(tmp_path).who(capsys.readouterr().out.strip(), "key")
    assert main(["users", "remove", "ukendt"]) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert main(["users", "add", "lise"]) == 0  # a new password only
    assert People(tmp_path).role("lise") == "editor"
    kept = Threads(tmp_path)
    kept.append("lise", {"question": "x", "answer": "y"})
    assert main(["users", "remove", "lise"]) == 0
    assert kept.listed("lise") == []


def test_tools_over_stdio_and_http(local: TestClient, settings: Settings) -> None:
    from mcp.client.session import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client

    async def asked() -> tuple[set[str], Any, Any]:
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "assistant.cli", "mcp", "--index", str(settings.index)]
        )
        async with (
            stdio_client(command, sys.__stderr__) as (read, write),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            names = {tool.name for tool in (await session.list_tools()).tools}
            answer = await session.call_tool("ask", QUESTION)
            wrong = await session.call_tool(
                "compare", {"question": "Hvad er overheadet?", "regions": ["Atlantis"]}
            )
            return names, answer, wrong

    names, answer, wrong = asyncio.run(asyncio.wait_for(asked(), 60))
    assert names == {"ask", "compare"}
    assert "6 pct." in json.dumps(answer.structured_content, ensure_ascii=False)
    assert wrong.is_error
    assert "Ukendt region" in wrong.content[0].text
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": QUESTION},
    }
    reply = local.post("/mcp", json=call, headers={"accept": "application/json, text/event-stream"})
    assert "6 pct." in reply.text


def test_the_index_as_a_llama_index_retriever(settings: Settings, assistant: Assistant) -> None:
    from assistant.service.llama import AgreementRetriever

    nodes = AgreementRetriever(settings).retrieve(QUESTION["question"])
    assert nodes[0].metadata["document"] == "b.pdf"
    assert {n.metadata.get("region") for n in nodes} <= {"Sjælland", None}
    assert "6 pct." in nodes[0].text


def test_what_was_just_answered_is_not_suggested_again(assistant: Assistant) -> None:
    topics = [
        Topic("overhead", "Overhead", "Hvor stort er overheadet?"),
        Topic("opsigelse", "Opsigelse", "Hvad er opsigelsesvarslet for døgntilbud?"),
        Topic("bus", "Bus", "Hvad koster en busbillet?"),
    ]
    suggestions = Suggestions(assistant, topics)
    suggestions.wait(30)
    record = assistant.as_record(assistant.ask("Hvad er overheadet i Nordjylland?"))
    ahead, compare = suggestions.ahead(record, [])
    assert ahead == [
        "Hvor stort er overheadet i Sjælland?",
        "Hvad er opsigelsesvarslet for døgntilbud i Nordjylland?",
    ]
    assert compare == "Hvor stort er overheadet?"
    assert "Hvad koster en busbillet?" not in suggestions.comparisons()
    suggestions.stop()


@pytest.fixture
def reviewed(guard: Guard, assistant: Assistant) -> Reviewed:
    return Reviewed(lambda: assistant, Judgements(guard.settings.state))


def test_who_may_edit_may_answer_for_a_cell(guard: Guard, reviewed: Reviewed) -> None:
    def cell(region: str) -> dict[str, str]:
        row = next(r for r in reviewed.compare("Hvad er overheadet?").rows if r.region == region)
        about = {"region": region, "periode": row.period or "", "set": mark(row)}
        return {"spm": "Hvad er overheadet?", "efter": "region", "regioner": "", **about}

    lise, erik = entered(guard, "lise"), entered(guard, "erik")
    north = cell("Nordjylland")
    for client, status in ((TestClient(guard, **ELSEWHERE), 401), (lise, 403)):
        assert client.get("/vurdering", params=north).status_code == status
        assert client.post("/vurdering", data={**north, "dom": "confirmed"}).status_code == status
    key = guard.people.key("erik", "journal", ("read", "edit"), 30) if guard.people else ""
    program = TestClient(guard, **ELSEWHERE, headers={"authorization": f"Bearer {key}"})
    assert program.post("/vurdering", data={**north, "dom": "confirmed"}).status_code == 403  # no person
    away = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    for method in ("GET", "POST"):
        assert erik.request(method, "/vurdering", params=north, headers=away).status_code == 403
    form = erik.get("/vurdering", params=north)
    assert (form.status_code, "name='navn'" in form.text, "7 pct." in form.text) == (200, False, True)
    for sent, status in (
        ({"dom": "deleted"}, 422), ({"dom": "confirmed", "set": "0"}, 409), ({"dom": "corrected"}, 422),
        ({"dom": "corrected", "sted": "[" * 9999, "grund": "x"}, 422), ({"dom": "corrected", "sted": "intet"}, 422),
        ({"dom": "confirmed", "spm": "?"}, 422), ({"dom": "confirmed", "efter": "x"}, 422),
        ({"dom": "corrected", "sted": "andet", "side": "٣", "ord": "et overhead", "grund": "x"}, 422),
    ):  # fmt: skip
        assert erik.post("/vurdering", data={**north, **sent}).status_code == status, sent
    assert not Judgements(guard.settings.state).of()
    hostile = "<img src=x onerror=alert(1)> ' \"\x1b[2J"
    reply = erik.post("/vurdering", data={**north, "dom": "confirmed", "navn": "Anna", "grund": hostile})
    assert reply.status_code == 200
    shown = reply.json()["html"]
    assert "Bekræftet af erik den" in shown  # whatever name is sent
    assert "<img" not in shown
    assert "\x1b" not in shown
    assert (
        erik.post("/vurdering", data={**north, "dom": "confirmed"}).status_code == 409
    )  # the cell has changed since it was shown
    told = lise.post("/api/compare", json={"question": "Hvad er overheadet?"}).json()
    states = {row["region"]: (row["review"] or {}).get("state") for row in told["rows"]}
    assert states == {"Sjælland": None, "Nordjylland": "confirmed"}
    (last,) = [e for e in Audit(guard.settings.state).events() if e.what == str(Act.JUDGED)]
    assert (last.who, last.about) == ("erik", "Hvad er overheadet? Nordjylland 2025-2026 confirmed erik")
    assert "Bekræftet af erik" in lise.get("/sammenlign.md", params={"spm": "Hvad er overheadet?"}).text
    english = erik.post("/vurdering?sprog=en", data={**cell("Nordjylland"), "dom": "withdrawn"}).json()[
        "html"
    ]
    assert "Withdrawn by erik" in english


def test_without_accounts_a_name_is_written(local: TestClient, reviewed: Reviewed) -> None:
    row = next(r for r in reviewed.compare("Hvad er overheadet?").rows if r.region == "Sjælland")
    cell = {"spm": "Hvad er overheadet?", "region": "Sjælland", "periode": "2025-2026", "set": mark(row)}
    assert "name='navn'" in local.get("/vurdering", params=cell).text
    nobody = local.post("/vurdering", data={**cell, "dom": "confirmed"})
    assert (nobody.status_code, nobody.json()["detail"]) == (422, "Skriv dit navn.")
    named = local.post("/vurdering", data={**cell, "dom": "confirmed", "navn": "Bo"})
    assert "Bekræftet af Bo (uden konto)" in named.json()["html"]
