"""The queue of waiting questions: fair, bounded, left by clients that disconnect, and shown on the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from assistant.retrieval.search import Retriever
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.ui import turns
from assistant.users.waiting_line import FullError, Line, Place
from assistant.web import waiting
from assistant.web.waiting import InLine
from tests.ui.test_chat import browser, inside, serving

__all__ = ["browser"]
QUESTION = "Hvad er opsigelsesvarslet i Sjælland {}?"


def run(main: Any) -> Any:
    return asyncio.run(asyncio.wait_for(main, 20))


def test_each_person_is_served_once_in_a_round() -> None:
    async def main() -> list[str]:
        line, served = Line(1), []
        with contextlib.ExitStack() as all_:
            held: list[tuple[contextlib.ExitStack, Place]] = []
            for name in ["ti"] * 6 + ["en", "to", "en"]:
                own = all_.enter_context(contextlib.ExitStack())
                held.append((own, own.enter_context(line.place(name))))
            assert [place.ahead for _, place in held] == [0, 2, 4, 5, 6, 7, 0, 1, 3]
            while held:
                own, first = next((own, place) for own, place in held if place.begun)
                served.append(first.name)
                own.close()
                held = [(own, place) for own, place in held if place is not first]
        return served

    assert run(main()) == ["ti", "en", "to", "ti", "en", "ti", "ti", "ti", "ti"]


def test_the_number_ahead_goes_down_to_none() -> None:
    async def main() -> None:
        line = Line(2)
        with line.place("a"), line.place("b"):
            with line.place("c") as first, line.place("d") as second:
                assert (first.ahead, second.ahead) == (0, 1)
                assert not await second.comes(0.01)
            with line.place("e") as only:
                assert only.ahead == 0
        with line.place("f") as free:
            assert await free.comes(0)
            assert only.begun is False

    run(main())


def test_the_queue_is_bounded_in_total_and_per_person() -> None:
    async def main() -> None:
        line = Line(1, holds=3, of_one=2)
        with line.place("a"), line.place("a"):
            with pytest.raises(FullError), line.place("a"):
                pass
            with line.place("b"), line.place("c"), pytest.raises(FullError), line.place("d"):
                pass
            with line.place(""), line.place(""):  # on this machine nobody has a name
                pass

    run(main())


class Program:
    """A hand-made request of a program: what it sends, when it disconnects, what it receives."""

    def __init__(self, goes: float = 60.0) -> None:
        self._left: list[dict[str, Any]] = [{"type": "http.request", "body": b"{}", "more_body": False}]
        self._goes, self.told = goes, list[dict[str, Any]]()

    async def receive(self) -> dict[str, Any]:
        if self._left:
            return self._left.pop()
        await asyncio.sleep(self._goes)
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.told.append(message)

    async def asks(self, door: InLine, name: str) -> None:
        scope = {"type": "http", "path": "/api/ask", "pace": name}
        await door(scope, self.receive, self.send)


def test_a_program_that_is_gone_is_not_answered_and_a_full_line_says_when_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered: list[bytes] = []
    monkeypatch.setattr(waiting, "SECONDS", 0.5)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        answered.append((await receive())["body"])

    async def main() -> None:
        line = Line(1, holds=1)
        door = InLine(app, line)
        gone, full, late = Program(goes=0.05), Program(), Program()
        with line.place("a"):
            waiting = asyncio.create_task(gone.asks(door, "b"))
            await asyncio.sleep(0)
            await full.asks(door, "c")
            assert full.told[0]["status"] == 503
            assert dict(full.told[0]["headers"])[b"retry-after"].isdigit()
            assert "Prøv igen om" in json.loads(full.told[1]["body"])["detail"]
            await waiting
            assert (gone.told, answered) == ([], [])
            await late.asks(door, "d")  # it does not wait for ever
            assert late.told[0]["status"] == 503
        await Program().asks(door, "e")
        assert answered == [b"{}"]

    run(main())


def _desk(line: Line) -> Any:
    return SimpleNamespace(line=line)


def _request(name: str) -> Any:
    return SimpleNamespace(request=SimpleNamespace(scope={"pace": name}))


def test_a_page_that_is_closed_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SOON", 0.01)
    begun: list[str] = []

    def steps(request: Any, refused: str) -> Generator[str, None, None]:
        begun.append(refused)
        yield "answer"

    async def main() -> None:
        line = Line(1, holds=2)
        event = turns.in_turn(_desk(line), "da", steps, str)
        with line.place("a"), line.place("b"):
            closed = event(_request("c"))
            assert await anext(closed) == "Der er 1 foran dig i køen."
            assert [u async for u in event(_request("d"))] == ["answer"]  # it is told why it is refused
            await closed.aclose()
            assert len(line._waiting) == 1
        assert [u async for u in event(_request("c"))] == ["answer"]

    run(main())
    assert len(begun) == 2
    assert "Prøv igen" in begun[0]
    assert begun[1] == ""


def test_an_answer_that_is_stopped_ends_before_the_next_begins() -> None:
    """A thread cannot be stopped, so its place in the queue is held until it ends."""
    inside, free, closed = threading.Event(), threading.Event(), threading.Event()

    def steps(request: Any, refused: str) -> Generator[str, None, None]:
        try:
            inside.set()
            free.wait(10)
            yield "answer"
        finally:
            closed.set()

    async def main() -> None:
        line = Line(1)
        event = turns.in_turn(_desk(line), "da", steps, str)(_request("a"))
        step = asyncio.ensure_future(anext(event))
        await asyncio.to_thread(inside.wait, 10)
        step.cancel()
        with line.place("b") as after:
            assert not await after.comes(0.05)
            free.set()
            assert await after.comes(5)
            assert closed.is_set()

    run(main())


@contextlib.contextmanager
def busy(base: str) -> Iterator[None]:
    """Many programs that keep asking, each with its own name where names are known. When the first of them are
    answered, the others are waiting."""
    ends, answered = threading.Event(), threading.Semaphore(0)

    def asks(number: int) -> None:
        with httpx.Client(base_url=base, timeout=60, headers={"X-Remote-User": f"p{number}"}) as client:
            for n in range(100):
                if ends.is_set():
                    return
                client.post("/api/ask", json={"question": QUESTION.format(1000 * number + n)})
                answered.release()

    with ThreadPoolExecutor(24) as pool:
        for number in range(24):
            pool.submit(asks, number)
        try:
            for _ in range(24):
                assert answered.acquire(timeout=30)
            yield
        finally:
            ends.set()


@pytest.mark.browser
def test_the_page_says_how_many_are_ahead(
    settings: Settings, assistant: Assistant, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playwright.sync_api import expect

    query = Retriever.query
    slowed = lambda self, *given: (time.sleep(0.5), query(self, *given))[1]  # noqa: E731
    monkeypatch.setattr(Retriever, "query", slowed)  # makes the queue visible
    with inside(settings) as base:
        page = browser.new_page()
        page.goto(base)
        expect(page.locator(".way .try").first).to_be_visible(timeout=20_000)
        with busy(base):
            page.locator("#question textarea").fill(QUESTION.format("2025-2026"))
            page.locator("#question textarea").press("Enter")
            ahead = page.locator("#said .ahead")
            expect(ahead).to_have_text(re.compile(r"Der er \d+ foran dig i køen\."), timeout=20_000)
            expect(page.locator(".exchange .busy")).to_be_hidden()  # its search has not started yet
            first = int(re.findall(r"\d+", ahead.inner_text())[0])
            assert 1 <= first < 24
        expect(page.locator(".thread[data-state=done] .statement").first).to_be_visible(timeout=30_000)
        expect(ahead).to_have_count(0)
        page.close()


@pytest.mark.slow
def test_one_with_ten_pages_does_not_keep_another_waiting(
    settings: Settings, assistant: Assistant, tmp_path: Path
) -> None:
    proxy = {
        "ASSISTANT_STATE": str(tmp_path), "ASSISTANT_LOGIN": "proxy", "ASSISTANT_PROXY_HEADER": "X-Remote-User",
        "ASSISTANT_TRUSTED_PROXIES": "127.0.0.1",
    }  # fmt: skip
    with serving(settings.index, **proxy) as base:

        def client(name: str) -> httpx.Client:
            return httpx.Client(base_url=base, timeout=60, headers={"X-Remote-User": name})

        def told(asks: httpx.Client, session: str, end: str) -> str:
            """The events a page receives, until one that contains `end`."""
            seen = ""
            with asks.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
                for line in events.iter_lines():
                    seen += line
                    if end in line:
                        break
            return seen

        with client("ti") as ten, client("en") as one:
            events = ten.get("/config").json()["dependencies"]
            number = next(e["id"] for e in events if len(e["inputs"]) == 7)

            def joins(asks: httpx.Client, session: str) -> None:
                data = [QUESTION.format(session), None, "staff", [], [], "", ""]
                body = {"fn_index": number, "session_hash": session, "data": data}
                asks.post("/gradio_api/queue/join", json=body).raise_for_status()

            with busy(base):
                for n in range(10):
                    joins(ten, f"ti{n}")
                joins(one, "en")
                answered = told(one, "en", "process_completed")
                waits = told(ten, "ti9", "foran dig")
    assert "data-state='done'" in answered
    first = [int(number) for number in re.findall(r"Der er (\d+) foran dig", answered)]
    assert int(re.findall(r"Der er (\d+) foran dig", waits)[0]) > max(first, default=0)
    assert "process_completed" not in waits  # although it came first
