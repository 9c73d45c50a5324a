"""This project beside LlamaIndex's starter, in one run, on one corpus and the same model.

    python -m eval.bench --corpus DIR [--json FILE]
    python -m eval.bench --read DIR      pages a second of reading alone, from bytes to passages, on all cores
    python -m eval.bench --answers DIR   what an answer over DIR costs a replica: processor and memory of the page's process

index_s         wall seconds of the whole indexing process, imports included
question_p50_s  median seconds of a question, models loaded (the middle one of three processes)
cold_ask_s      wall seconds of a fresh process until its first answer
peak_index_mb   peak resident memory of the indexing process
peak_serve_mb   peak resident memory while serving; for the starter, of the process that answers
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.index.encoders import identity
from assistant.index.weights import unpacked
from assistant.settings import Settings

QUESTIONS = (
    "Hvad er opsigelsesvarslet på et botilbud?", "Hvilke fokusområder er der i rammeaftalen?",
    "Hvem er formand for KKR?", "Hvordan beregnes taksten for et ophold?", "Hvad er en central udmelding?",
    "Hvor mange kommuner er med i samarbejdet?", "Hvornår skal taksterne indberettes?",
    "Hvad betyder objektiv finansiering?", "Hvilke tilbud er de mest specialiserede?",
    "Hvordan inddrages brugere og pårørende?", "Hvad sker der med over- og underskud?",
    "Hvad er formålet med task forcen?", "Hvor ofte mødes dialogforum?", "Hvad er adressen på sekretariatet?",
    "Hvilken periode gælder aftalen?", "Hvad viste evalueringen?", "Hvad er NATKO?",
    "Hvem er driftsherre for de sikrede afdelinger?", "Hvordan oprettes et nyt tilbud?",
    "Hvad gælder for specialundervisning efter § 20, stk. 2?",
)  # fmt: skip


# A child process inherits its parent's peak memory. So a small process in between starts the command and measures it.
_BETWEEN = """
import json, os, sys, time
start = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ), 0)
with open(sys.argv[1], "w") as file:
    json.dump([time.perf_counter() - start, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)], file)
"""


def timed(command: list[str], env: dict[str, str]) -> tuple[float, float, str]:
    """(wall seconds, peak resident MB, standard output) of a process. Raises SystemExit when it fails."""
    with tempfile.NamedTemporaryFile("r") as told:
        between = [sys.executable, "-I", "-S", "-c", _BETWEEN, told.name]
        done = subprocess.run([*between, *command], env=env, capture_output=True, text=True, check=True)
        seconds, peak, code = json.load(told)
    if code:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-500:]}")
    return seconds, peak, done.stdout


def project(corpus: Path, work: Path, model: Path) -> dict[str, float]:
    """The figures of this project."""
    env = {**os.environ, "ASSISTANT_INDEX": str(work / "index"), "ASSISTANT_MODELS": str(model.parent)}
    cli = [sys.executable, "-m", "assistant.cli"]
    index_s, index_mb, _ = timed([*cli, "ingest", str(corpus)], env)
    colds = [timed([*cli, "ask", QUESTIONS[0]], env)[0] for _ in range(3)]
    asked = [sys.executable, "-m", "eval.bench", "--only-questions"]
    rounds = [timed(asked, env)[2] for _ in range(3)]
    return {
        "index_s": index_s,
        "question_p50_s": statistics.median(json.loads(out.splitlines()[-1])["p50"] for out in rounds),
        "cold_ask_s": statistics.median(colds),
        "peak_index_mb": index_mb,
        "peak_serve_mb": serving_mb(env),
    }


def starter(corpus: Path, work: Path, model: Path) -> dict[str, float]:
    """The figures of the starter."""
    questions = work / "questions.json"
    questions.write_text(json.dumps(QUESTIONS), encoding="utf-8")
    base = [sys.executable, "-m", "eval.starter"]
    shared = ["--store", str(work / "store"), "--model", str(model), "--questions", str(questions)]
    env = dict(os.environ)
    index_s, index_mb, _ = timed([*base, "index", "--corpus", str(corpus), *shared], env)
    colds = [timed([*base, "cold", *shared], env)[0] for _ in range(3)]
    rounds = [timed([*base, "questions", *shared], env) for _ in range(3)]
    serve_mb = max(mb for _, mb, _ in rounds)
    return {
        "index_s": index_s,
        "question_p50_s": statistics.median(json.loads(out.splitlines()[-1])["p50"] for _, _, out in rounds),
        "cold_ask_s": statistics.median(colds),
        "peak_index_mb": index_mb,
        "peak_serve_mb": serve_mb,
    }


def reading(folder: Path) -> dict[str, float]:
    """Pages, and pages a second, of reading the files below a folder, including the start of the workers."""
    from assistant.documents.folder import look
    from assistant.documents.worker import Wanted, read_all

    wanted = [Wanted(path, {}, "") for path in look([folder]).files]
    start, pages = time.perf_counter(), 0
    for _, read in read_all(wanted, Settings.load()):
        pages += 0 if isinstance(read, str) else len(read.clean)
    return {"pages": pages, "pages_s": round(pages / (time.perf_counter() - start), 1)}


def questions_p50() -> float:
    """Median seconds of a question in this process, after one question that loads the model."""
    from assistant.service.assistant import Assistant

    settings = Settings.load()
    assistant = Assistant(settings.index, settings)
    assistant.ask(QUESTIONS[0])
    return statistics.median(assistant.ask(q).seconds for q in QUESTIONS)


@contextlib.contextmanager
def serving(env: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Serve the page of an index: (address, process id)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port)],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(20)


def serving_mb(env: dict[str, str]) -> float:
    """Peak resident MB of the chat's process, which asks its example questions at the start and then serves a page load
    and a page image."""
    with serving(env) as (base, pid):
        from assistant.index.catalog import Catalog
        from assistant.index.generations import pointer

        index = Path(env["ASSISTANT_INDEX"])
        catalog = Catalog.open(index / pointer(index).generation / "catalog.db")
        first = catalog.documents()[0]
        catalog.close()
        for path in ("/", f"/side/{first.id}/1.png", "/config"):
            urllib.request.urlopen(base + path, timeout=30).read()
        status = Path(f"/proc/{pid}/status")
        if not status.exists():
            return float("nan")
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


def answers(corpus: Path, rounds: int = 3) -> dict[str, float]:
    """Processor milliseconds of an answer over the JSON interface, less what the process uses when idle, and its
    resident MB. No question is asked twice in a row."""
    import psutil

    work = Path(tempfile.mkdtemp(prefix="bench-"))
    env = {**os.environ, "ASSISTANT_INDEX": str(work / "index")}
    try:
        subprocess.run([sys.executable, "-m", "assistant.cli", "ingest", str(corpus)], env=env, check=True,
                       capture_output=True)  # fmt: skip
        with serving(env) as (base, pid):
            process = psutil.Process(pid)

            def taken() -> float:
                times = process.cpu_times()
                return times.user + times.system

            def ask() -> None:
                for question in QUESTIONS:
                    asked = urllib.request.Request(
                        f"{base}/api/ask",
                        json.dumps({"question": question}).encode(),
                        {"Content-Type": "application/json"},
                    )
                    urllib.request.urlopen(asked, timeout=60).read()

            ask()
            idle, began = 1.0, time.monotonic()
            while idle > 0.03 and time.monotonic() - began < 180:  # the suggestions are computed too
                before = taken()
                time.sleep(5)
                idle = (taken() - before) / 5
            before, began = taken(), time.monotonic()
            for _ in range(rounds):
                ask()
            spent = taken() - before - idle * (time.monotonic() - began)
            return {
                "processor_ms": round(1000 * spent / rounds / len(QUESTIONS), 1),
                "idle_share": round(idle, 3),
                "resident_mb": round(process.memory_info().rss / 2**20),
            }
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _wait(base: str) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(base, timeout=2).read(1)
            return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("chatten startede ikke inden for et minut")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=Settings.load().corpus)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only-questions", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--read", type=Path, help="only read the files below this folder")
    parser.add_argument("--answers", type=Path, help="only what an answer over this folder costs")
    given = parser.parse_args()
    if given.answers:
        print(json.dumps(answers(given.answers)))
        return
    if given.read:
        print(json.dumps(reading(given.read)))
        return
    if given.only_questions:
        print(json.dumps({"p50": questions_p50()}))
        return
    model = unpacked(Settings.load().models / identity(Settings.load()))
    work = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        result: dict[str, Any] = {
            "project": project(given.corpus, work, model),
            "starter": starter(given.corpus, work, model),
        }
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for name in result["project"]:
        ours, theirs = result["project"][name], result["starter"][name]
        print(f"{name:15} {ours:9.3f} {theirs:9.3f}   ratio {theirs / ours:.2f}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
