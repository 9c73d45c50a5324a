"""Random input gives no server error and no hang, and memory does not grow."""

from __future__ import annotations

import json
import string
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.admin.metrics import Observed
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.web import application
from assistant.web.guard import Guard

SECONDS = 30  # for each of the two tests
GROWTH = 150 * 2**20  # bytes: caches (analysed words, drawn pages) fill up first
SLOWEST = 5.0  # seconds of one request, on a machine that has other work too
fuzzed = settings(
    max_examples=1_500, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

WORDS = st.one_of(
    st.text(max_size=60),
    st.sampled_from([
        "Hvad er overheadet i Sjælland?", "Hvad er opsigelsesvarslet?", "og i Nordjylland?", "§ 107", "", " ", "\x00",
        "'; drop table threads; --", "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "%00", "\ufffe",
        "a" * 1999, "ø" * 2001, "-1", "2026-02-30", "9999-12-31", "0001-01-01", "null", "=cmd|' /C calc'!A0",
    ]),
)  # fmt: skip
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=8,
)
REGIONS = st.lists(st.one_of(st.sampled_from(["Sjælland", "Nordjylland"]), WORDS), max_size=4)


@pytest.fixture(scope="module")
def guard(settings: Settings, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Guard:
    made: Guard = application(replace(settings, state=tmp_path_factory.mktemp("state")), Observed(False))
    return made


@pytest.fixture(scope="module")
def client(guard: Guard) -> Iterator[TestClient]:
    with TestClient(guard, base_url="http://127.0.0.1", client=("127.0.0.1", 5000)) as opened:
        opened.post("/api/ask", json={"question": "Hvad er overheadet i Sjælland?"})
        yield opened


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Bodies that almost fit a schema of the API description: each field is valid, arbitrary or missing."""
    fields = {}
    for name in schema.get("properties", {}):
        fitting = REGIONS if name in ("regions", "periods", "kinds") else WORDS
        fields[name] = st.one_of(fitting, fitting, ANYTHING)
    return st.one_of(st.fixed_dictionaries({}, optional=fields), st.fixed_dictionaries(fields), ANYTHING)


def _requests(description: dict[str, Any]) -> st.SearchStrategy[tuple[str, str, dict[str, Any]]]:
    schemas = description["components"]["schemas"]
    several: list[st.SearchStrategy[tuple[str, str, dict[str, Any]]]] = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = schemas.get(body.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
            sent = st.fixed_dictionaries({"json": _object(schema)}) if schema else st.just({})
            several.append(st.tuples(st.just(method), st.just(path), sent))
    assert len(several) >= 5
    safe = st.text(string.digits + string.ascii_letters + string.punctuation + " æøå", max_size=20)
    ours = st.sampled_from([
        "/samtaler", "/samtale/{}.md", "/samtale/{}", "/delt/{}", "/side/{}/1.png", "/side/{}/-1.html", "/kilde/{}/1",
        "/fil/{}", "/dokumenter", "/dokumenter/{}/fakta", "/dokumenter/indeks", "/sammenlign.{}", "/indeks", "/log-ud",
        "/mcp", "/{}", "/gradio_api/{}", "/gradio_api/queue/data", "/gradio_api/file={}", "/assets/{}", "/config",
    ])  # fmt: skip
    query = st.dictionaries(
        st.sampled_from(["spm", "efter", "regioner", "fra", "til", "ord", "sprog"]), WORDS
    )
    others = st.builds(
        lambda method, path, text, params: (method, path.replace("{}", text), {"params": params}),
        st.sampled_from(["get", "post", "delete", "put"]), ours, safe, query,
    )  # fmt: skip
    return st.one_of(*several, *several, others)


def _bounded(seconds: float) -> Iterator[bool]:
    until = time.monotonic() + seconds
    while True:
        yield time.monotonic() < until


@pytest.mark.slow
def test_the_interface_for_programs_takes_anything(client: TestClient) -> None:
    description = client.get("/api/openapi.json").json()
    process, left, done = psutil.Process(), _bounded(SECONDS), 0
    memory = slowest = 0.0

    @fuzzed
    @given(_requests(description))
    def send(request: tuple[str, str, dict[str, Any]]) -> None:
        nonlocal done, memory, slowest
        if not next(left):
            return
        method, path, sent = request
        if "json" in sent:
            try:
                text = json.dumps(sent.pop("json"))
            except ValueError:
                return
            sent = {
                "content": text.encode("utf-8", "replace"),
                "headers": {"content-type": "application/json"},
            }
        began = time.monotonic()
        try:
            reply = client.request(method, path, **sent)
        except UnicodeEncodeError:
            return  # the client itself cannot send it
        slowest = max(slowest, time.monotonic() - began)
        assert reply.status_code < 500, (request, reply.text[:500])
        done += 1
        if done == 100:
            memory = process.memory_info().rss

    send()
    assert done > 200
    assert slowest < SLOWEST
    assert process.memory_info().rss - memory < GROWTH
    assert client.get("/healthz").json()["status"] == "ok"


@pytest.mark.slow
def test_the_queue_of_the_page_takes_anything(client: TestClient, guard: Guard) -> None:
    events = guard._events[""]
    plain = st.one_of(st.none(), st.booleans(), st.integers(), WORDS, REGIONS)
    number = st.sampled_from(sorted(events))
    data = number.flatmap(
        lambda n: st.tuples(st.just(n), st.lists(plain, min_size=events[n], max_size=events[n]))
    )
    odd = st.tuples(st.one_of(number, ANYTHING), st.one_of(st.lists(ANYTHING, max_size=8), ANYTHING))
    process, left = psutil.Process(), _bounded(SECONDS)
    done = passed = 0
    memory = slowest = 0.0

    @fuzzed
    @given(st.one_of(data, data, odd))
    def send(event: tuple[Any, Any]) -> None:
        nonlocal done, passed, memory, slowest
        if not next(left):
            return
        session = f"s{done}"
        try:
            body = json.dumps({"fn_index": event[0], "data": event[1], "session_hash": session})
        except ValueError:
            return
        began = time.monotonic()
        sent = {"content": body.encode("utf-8", "replace"), "headers": {"content-type": "application/json"}}
        reply = client.post("/gradio_api/queue/join", **sent)  # type: ignore[arg-type]
        assert reply.status_code < 500, event
        if reply.status_code == 200:
            passed += 1
            told = client.get("/gradio_api/queue/data", params={"session_hash": session}).text
            assert "process_completed" in told
        slowest = max(slowest, time.monotonic() - began)
        done += 1
        if done == 100:
            memory = process.memory_info().rss

    send()
    assert passed > 50
    assert done > 150
    assert slowest < SLOWEST
    assert process.memory_info().rss - memory < GROWTH
    assert client.get("/healthz").json()["status"] == "ok"
