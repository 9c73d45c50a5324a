"""Ten people asking at once: `python -m eval.load [--people 10] [--rounds 6] [--json FILE]`.

Nine speak the page's own protocol over HTTP; the tenth is a real chromium, in which the first statement is
waited for on the screen. All on loopback, all sent at the same moment, every round other questions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import socket
import statistics
import string
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 20  # seconds to wait for an answer


def session() -> str:
    """A session name in the form that the page's own script makes."""
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=11))


async def person(client: Any, base: str, fn: int, question: str, session: str) -> float:
    """Seconds from sending a question until the page's event stream holds the first statement."""
    start = time.perf_counter()
    body = {
        "data": [question, None, "staff", [], [], "", ""],
        "fn_index": fn,
        "session_hash": session,
        "trigger_id": None,
    }
    (await client.post(f"{base}/gradio_api/queue/join", json=body)).raise_for_status()
    async with client.stream("GET", f"{base}/gradio_api/queue/data?session_hash={session}") as events:
        async for line in events.aiter_lines():
            if '"statement' in line or "refusal" in line or 'class=\\"statement' in line:
                return time.perf_counter() - start
            if "process_completed" in line:
                break
    raise RuntimeError(f"no answer to {question!r}")


async def measure(base: str, questions: list[str], people: int, rounds: int) -> dict[str, float]:
    """The seconds that people wait, one of them in a real browser. One function: the browser
    and the client stay open for all rounds."""
    import httpx
    from playwright.async_api import async_playwright

    chosen = random.Random(7)
    on_wire: list[float] = []
    on_screen: list[float] = []
    images: list[float] = []
    async with httpx.AsyncClient(timeout=SECONDS) as client, async_playwright() as playwright:
        config = (await client.get(f"{base}/config")).json()
        submits = [d for d in config["dependencies"] if any(t[1] == "submit" for t in d["targets"])]
        fn = next(
            d["id"] for d in submits if len(d["inputs"]) == 7
        )  # question, memory, role, three limits, place
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = await browser.new_page()
        await page.goto(base)
        box = page.locator("#question textarea")
        await box.wait_for()
        await page.locator(".way .try").first.wait_for(timeout=SECONDS * 1000)
        sessions = [session() for _ in range(people - 1)]
        # Everybody has the page open before they ask, as real users do.
        await asyncio.gather(*(person(client, base, fn, questions[0], s) for s in sessions))
        for _ in range(rounds):
            asked = chosen.sample(questions, people)
            await box.fill(asked[0])

            async def seen() -> float:
                return float(
                    await page.evaluate(
                        """() => new Promise((done) => {
                          const before = document.querySelectorAll(".exchange").length;
                          const start = performance.now();
                          const there = () => document.querySelectorAll(".exchange .statement, .exchange .refusal");
                          const old = there().length;
                          const wait = new MutationObserver(() => {
                            if (document.querySelectorAll(".exchange").length >= before && there().length > old) {
                              wait.disconnect();
                              requestAnimationFrame(() => done((performance.now() - start) / 1000));
                            }
                          });
                          wait.observe(document.body, {childList: true, subtree: true});
                          document.getElementById("send").click();
                        })"""
                    )
                )

            screen, *wire = await asyncio.gather(
                seen(), *(person(client, base, fn, q, s) for q, s in zip(asked[1:], sessions, strict=True))
            )
            on_screen.append(screen)
            on_wire += wire
            await page.locator("#up").wait_for(timeout=SECONDS * 1000)
            documents = (await client.get(f"{base}/api/documents")).json()
            one = chosen.choice([d for d in documents if d["document"].endswith(".pdf")])
            start = time.perf_counter()
            (
                await client.get(f"{base}/side/{one['id']}/{chosen.randint(1, one['pages'])}.png")
            ).raise_for_status()
            images.append(time.perf_counter() - start)
            await asyncio.sleep(0.5)
        await browser.close()
    return {
        "people": people,
        "all_p50_s": round(statistics.median(on_screen + on_wire), 3),
        "screen_p50_s": round(statistics.median(on_screen), 3),
        "screen_max_s": round(max(on_screen), 3),
        "wire_p50_s": round(statistics.median(on_wire), 3),
        "wire_p95_s": round(sorted(on_wire)[int(0.95 * len(on_wire))], 3),
        "image_p50_s": round(statistics.median(images), 3),
    }


def memory_mb(pid: int) -> float:
    import psutil

    return round(psutil.Process(pid).memory_info().rss / 2**20, 1)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--people", type=int, default=10)
    given.add_argument("--rounds", type=int, default=6)
    given.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    given.add_argument("--json", type=Path)
    options = given.parse_args()
    cases = [
        json.loads(line)
        for line in (ROOT / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    questions = [c["question"] for c in cases if not c.get("previous")]
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        index = Path(folder) / "index"
        cli = [sys.executable, "-m", "assistant.cli"]
        subprocess.run(
            [*cli, "ingest", str(options.corpus), "--index", str(index)], check=True, capture_output=True
        )
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        start = time.perf_counter()
        server = subprocess.Popen(
            [*cli, "serve", "--index", str(index), "--port", str(port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        base = f"http://127.0.0.1:{port}"
        try:
            first = _first_answer(base, questions[0], start)
            found = asyncio.run(
                asyncio.wait_for(measure(base, questions, options.people, options.rounds), 180)
            )
            found |= {"start_to_first_answer_s": round(first, 2), "serve_mb": memory_mb(server.pid)}
        finally:
            server.terminate()
            server.wait(20)
    text = json.dumps(found, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


def _first_answer(base: str, question: str, start: float) -> float:
    """Seconds from the start of the server to its first answer."""
    body = json.dumps({"question": question}).encode()
    while time.perf_counter() - start < 60:
        request = urllib.request.Request(f"{base}/api/ask", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                reply.read()
                return time.perf_counter() - start
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


if __name__ == "__main__":
    main()
