"""Many people on one machine: `python -m eval.crowd [--people 50] [--every 20] [--seconds 120] [--index DIR] [--json FILE]`.

Each asks as the page does, over HTTP on loopback: joins the queue, reads what the page is told, and fetches the source
page that opens beside the answer. Every question is another one: those of the examiner's files, worded and limited in
several ways, none of them twice. The server knows the people by the name that a proxy would send. `--every 0` asks
anew as soon as there is an answer. All cores are shared with the people themselves, whose own seconds are told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import itertools
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.load import ROOT, session

FILES = ("questions.jsonl", "unseen/a/questions.jsonl", "unseen/b/questions.jsonl")
WORDINGS = ("{}", "Kan du fortælle mig dette? {}", "{} Svar gerne kort.", "Jeg er ny her. {}")
REGIONS = ("", "Hovedstaden", "Sjælland", "Syddanmark", "Midtjylland", "Nordjylland")
PATIENCE = 60  # seconds to wait for an answer
TURNS = 3  # questions in a conversation before the page is closed
QUIET = 0.15  # share of a processor that a server at rest uses at most
SAMPLED = 2.0  # seconds between two readings of the server's memory
KEPT = 2.0  # seconds that a connection is reused: less than the server keeps it open
TROUBLE = re.compile(r"role=.{1,2}alert.{1,2}>([^<]{1,60})|\"error\":\"([^\"]{1,60})")
WAITS = "class='ahead'"
SOURCE = re.compile(r"data-source=(?:'([^']*)'|\"([^\"]*)\")")


def questions(seed: int = 7) -> Iterator[tuple[str, list[str]]]:
    """(question, regions the page is limited to): each combination once, in an order set by the seed."""
    rows = [
        json.loads(line)
        for name in FILES
        for line in (ROOT / "eval" / name).read_text(encoding="utf-8").splitlines()
    ]
    asked = sorted({row["question"] for row in rows if not row.get("previous")})
    every = list(itertools.product(asked, WORDINGS, REGIONS))
    random.Random(seed).shuffle(every)
    for question, wording, region in every:
        yield wording.format(question), [region] if region else []


@dataclass(slots=True)
class Seen:
    """What the simulated people saw."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    told_to_wait: int = 0


async def ask(
    client: Any, base: str, fn: int, question: str, regions: list[str], name: str, seen: Seen
) -> None:
    """Ask one question to its end, and fetch the source page that opens beside it."""
    start, first, waited, last = time.perf_counter(), 0.0, False, ""
    data = [question, None, "staff", regions, [], "", ""]
    body = {"data": data, "fn_index": fn, "session_hash": name, "trigger_id": None}
    joined = await client.post(f"{base}/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        seen.errors[f"status {joined.status_code}"] += 1
        return
    async with client.stream("GET", f"{base}/gradio_api/queue/data", params={"session_hash": name}) as events:
        async for line in events.aiter_lines():
            waited = waited or WAITS in line
            if not first and "class='thread'" in line:
                first = time.perf_counter() - start
            if '"process_completed"' in line:
                last = line
                break
    seen.told_to_wait += waited
    if not first or '"success":true' not in last or "data-state='trouble'" in last:
        why = TROUBLE.search(last)
        seen.errors[f"{why[1] or why[2]}: {question}" if why else f"no answer: {question}"] += 1
        return
    seen.first.append(first)
    seen.whole.append(time.perf_counter() - start)
    if found := SOURCE.search(json.loads(last[len("data: ") :])["output"]["data"][0]):
        one = json.loads(html.unescape(found[1] or found[2]))
        marked = {"fra": one["from"], "til": one["to"]}
        for form in ("json", "png"):
            await client.get(f"{base}/side/{one['document']}/{one['page']}.{form}", params=marked)


async def opened(client: Any, base: str, name: str) -> None:
    """Keep a page open. The server keeps its state for as long."""
    async with client.stream("GET", f"{base}/gradio_api/heartbeat/{name}", timeout=None) as beats:
        async for _ in beats.aiter_raw():
            pass


async def crowd(base: str, people: int, every: float, seconds: float, most: int) -> tuple[Seen, int]:
    """What this many people see, and how many questions they asked."""
    import httpx

    seen, given, asked = Seen(), questions(), 0
    until = time.monotonic() + seconds

    async def person(number: int) -> None:
        nonlocal asked
        chance = random.Random(number)
        await asyncio.sleep(chance.uniform(0, every or 1))
        head = {"X-Remote-User": f"person{number}"}
        limits = httpx.Limits(keepalive_expiry=KEPT)
        async with httpx.AsyncClient(timeout=PATIENCE, headers=head, limits=limits) as client:
            while time.monotonic() < until and asked < most:
                name = session()
                page = asyncio.create_task(opened(client, base, name))
                for _ in range(TURNS):
                    if time.monotonic() > until or asked >= most:
                        break
                    asked, began = asked + 1, time.monotonic()
                    question, regions = next(given)
                    try:
                        await ask(client, base, fn, question, regions, name, seen)
                    except httpx.HTTPError as error:
                        seen.errors[type(error).__name__] += 1
                    await asyncio.sleep(max(0.0, every * chance.uniform(0.7, 1.3) - time.monotonic() + began))
                page.cancel()
                await asyncio.gather(page, return_exceptions=True)

    async with httpx.AsyncClient(headers={"X-Remote-User": "person0"}) as client:
        events = (await client.get(f"{base}/config")).json()["dependencies"]
    submits = [e for e in events if any(t[1] == "submit" for t in e["targets"])]
    fn = next(e["id"] for e in submits if len(e["inputs"]) == 7)
    await asyncio.gather(*(person(n) for n in range(people)))
    return seen, asked


def spent(process: Any) -> float:
    """Processor seconds of a process and of the processes that it started."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


async def watched(process: Any, memory: list[tuple[float, float]]) -> None:
    """Append (monotonic seconds, resident MB) at regular intervals."""
    while True:
        memory.append((time.monotonic(), process.memory_info().rss / 2**20))
        await asyncio.sleep(SAMPLED)


def slope(memory: list[tuple[float, float]]) -> float:
    """MB a second over the second half of the readings, by least squares."""
    late = memory[len(memory) // 2 :]
    if len(late) < 3:
        return 0.0
    return statistics.linear_regression(*zip(*late, strict=True)).slope


async def measure(base: str, pid: int, options: argparse.Namespace) -> dict[str, Any]:
    import psutil

    process, memory = psutil.Process(pid), list[tuple[float, float]]()
    for _ in range(60):  # wait until the server has tried its suggestions
        idle = spent(process)
        await asyncio.sleep(2)
        idle = (spent(process) - idle) / 2
        if idle < QUIET:
            break
    before, own, start = spent(process), time.process_time(), time.monotonic()
    watch = asyncio.create_task(watched(process, memory))
    seen, asked = await crowd(base, options.people, options.every, options.seconds, options.questions)
    watch.cancel()
    took = time.monotonic() - start
    first = sorted(seen.first)
    return {
        "people": options.people,
        "asked": asked,
        "a_second": round(asked / took, 2),
        "first_p50_s": round(statistics.median(first), 3),
        "first_p95_s": round(first[int(0.95 * len(first))], 3),
        "first_max_s": round(first[-1], 3),
        "whole_p50_s": round(statistics.median(seen.whole), 3),
        "errors": dict(seen.errors),
        "told_to_wait": seen.told_to_wait,
        "server_cpu_s_a_question": round((spent(process) - before) / asked, 4),
        "server_cores": round((spent(process) - before) / took, 2),
        "server_cores_idle": round(idle, 3),
        "people_cpu_s_a_question": round((time.process_time() - own) / asked, 4),
        "memory_mb": [round(memory[0][1], 1), round(memory[-1][1], 1), round(max(m for _, m in memory), 1)],
        "memory_mb_a_1000_questions": round(slope(memory) * took / asked * 1000, 2),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--people", type=int, default=50)
    given.add_argument("--every", type=float, default=20.0)
    given.add_argument("--seconds", type=float, default=120.0)
    given.add_argument("--questions", type=int, default=10_000, help="and no more than so many")
    given.add_argument("--index", type=Path, help="an index that is there; else the sample corpus is read")
    given.add_argument("--json", type=Path)
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        index = options.index or Path(folder) / "index"
        cli = [sys.executable, "-m", "assistant.cli"]
        if not options.index:
            subprocess.run([*cli, "ingest", str(ROOT / "corpus"), "--index", str(index)], check=True)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        env = {
            **os.environ, "ASSISTANT_STATE": folder, "ASSISTANT_LOGIN": "proxy",
            "ASSISTANT_PROXY_HEADER": "X-Remote-User", "ASSISTANT_TRUSTED_PROXIES": "127.0.0.1",
        }  # fmt: skip
        server = subprocess.Popen(
            [*cli, "serve", "--index", str(index), "--port", str(port)], env=env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            base = f"http://127.0.0.1:{port}"
            _started(base)
            found = asyncio.run(measure(base, server.pid, options))
        finally:
            server.terminate()
            server.wait(20)
    text = json.dumps(found, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


def _started(base: str) -> None:
    import httpx

    for _ in range(240):
        try:
            httpx.get(f"{base}/healthz", timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.25)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
