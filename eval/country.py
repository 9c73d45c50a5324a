"""How answering grows with the corpus: `python -m eval.growth search [PASSAGES …] [--json FILE] [--work DIR]`.

An index of so many passages is written through the project's own builder, then asked. Papers have a hundred passages
each, are of five regions and eight periods, and lie as text files beside their index, so that one of them can change.

Texts   Sentences of `eval/reading`, five to a passage, every fifth word another one (as common as words are in Danish),
        until there are 20,000; beyond those, one of them with its figures and one sentence changed.
Vectors The first 1,000 passages are encoded. The others' vectors are drawn as a smoothed bootstrap: one of those at
        random, drawn towards their mean, and noise with their covariance, so that mean and covariance are the
        encoder's own and its clusters stay (Silverman, Density Estimation, 1986, 6.4). Units likewise.

disk_mb       the index folder
serve_mb      resident memory of the chat's process after eight questions; own_mb without the files it has mapped
cold_s        wall seconds of a fresh process until its first answer
all, scoped   milliseconds of a question's search, nothing composed: p50 and p95, in everything, in one region and period;
              cpu is the median of what it takes of all processors, which other programs disturb less
recall, equal the nearest ten with and without a scope against every vector compared: share found, share the same list
changed_s     seconds until one changed file of the folder is in the index
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.documents import chunking, formats
from assistant.documents.answer_units import units_of
from assistant.documents.worker import Read
from assistant.index import encoders
from assistant.index.builder import Generation
from assistant.index.encoders import Vectors
from assistant.index.ingest import PIPELINE
from assistant.index.unit_vectors import encode
from assistant.language.places import REGIONS
from assistant.models import CleanPage, DocumentEntry, Facts, Page, Passage, Scope, SourceDocument, Span
from assistant.settings import Settings
from eval.bench import QUESTIONS, timed

SIZES = (1000, 10_000, 100_000)
EACH, ON_PAGE = 100, 5  # passages of a paper, and of a page
DIFFERENT, ENCODED = 20_000, 1000
PERIODS = tuple(f"{year}-{year + 1}" for year in range(2011, 2027, 2))
KINDS = ("rammeaftale", "bilag", "notat", "referat", "vejledning", "redegørelse")
SMOOTH = 0.5  # share of a drawn vector's variance that is noise
CHANGED_UP_TO = 100_000  # passages; in larger indexes no changed file is measured
TRUTH = "truth.f32"
ASKED = 8


class Texts:
    """Generated passages, the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        from wordfreq import top_n_list, word_frequency

        self._rng = random.Random(seed)
        papers = (Path(__file__).parent / "reading" / "papers").glob("*.json")
        read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(papers)]
        self._sentences = [
            u for paper in read for p in paper["passages"] for u in p["units"] if len(u.split()) > 5
        ]
        self._words = [w for w in top_n_list("da", 60_000) if w.isalpha() and len(w) > 3]
        weights = np.cumsum([word_frequency(w, "da") for w in self._words])
        self._weights = [float(w) for w in weights]
        self._made: list[str] = []

    def __call__(self) -> str:
        if len(self._made) < DIFFERENT:
            self._made.append(self._new())
            return self._made[-1]
        text = re.sub(r"\d", lambda _: str(self._rng.randint(1, 9)), self._rng.choice(self._made))
        lines = text.split("\n")
        lines[self._rng.randrange(len(lines))] = self._rng.choice(self._rng.choice(self._made).split("\n"))
        return "\n".join(lines)

    def _new(self) -> str:
        rng = self._rng
        lines = []
        for sentence in rng.choices(self._sentences, k=5):
            words = sentence.split()
            places = rng.sample(range(len(words)), len(words) // 5)
            for place, word in zip(
                places, rng.choices(self._words, cum_weights=self._weights, k=len(places)), strict=True
            ):
                words[place] = word
            lines.append(" ".join(words))
        return "\n".join(lines)


class Drawn:
    """Draw unit vectors with the distribution of the given ones, shape (n, dimension)."""

    def __init__(self, like: Vectors, seed: int) -> None:
        self._like = like - like.mean(axis=0)
        self._mean = like.mean(axis=0)
        values, directions = np.linalg.eigh(np.cov(self._like, rowvar=False))
        self._root = (directions * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)
        self._rng = np.random.default_rng(seed)

    def __call__(self, count: int) -> Vectors:
        noise = self._rng.standard_normal((count, len(self._root)), np.float32) @ self._root
        near = self._like[self._rng.integers(len(self._like), size=count)]
        found = self._mean + np.sqrt(1 - SMOOTH) * near + np.sqrt(SMOOTH) * noise
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        unit: Vectors = found.astype(np.float32)
        return unit


@dataclass(frozen=True, slots=True)
class Encoded:
    """The first passages as encoded: their vectors, and the vectors of their units in one array."""

    passages: Vectors
    units: Vectors

    @classmethod
    def kept(cls, file: Path, folder: Path) -> Encoded:
        """Load the vectors from `file`. If it does not exist, write papers in `folder`, encode them and save them
        first."""
        if not file.exists():
            encoder = encoders.piece_encoder(Settings.load({}))
            own = [p for read in _papers(folder, ENCODED) for p in _with_context(read)]
            whole, units = encode(encoder, *zip(*own, strict=True))
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, passages=whole, units=np.concatenate(units).astype(np.float32))
        stored = np.load(file)
        return cls(stored["passages"], stored["units"])


class Grown(Generation):
    """A generation whose first passages are encoded and whose other vectors are drawn. The file `truth` keeps all
    vectors."""

    def __init__(self, index: Path, settings: Settings, truth: Path, like: Encoded) -> None:
        super().__init__(index, settings)
        self._truth = truth.open("wb")
        self._like, self._taken = like, np.array([0, 0])
        self._drawn = Drawn(like.passages, 1), Drawn(like.units, 2)

    def _encode(self) -> None:
        passages = [passage for _, passage in self._waiting]
        self._waiting = []
        if not passages:
            return
        counts = [len(units_of(p.text)) for p in passages]
        ends = self._taken + np.array((len(passages), sum(counts)))
        if ends[0] <= len(self._like.passages):
            (a, b), (c, d) = self._taken, ends
            vectors, units = self._like.passages[a:c], self._like.units[b:d]
        else:
            vectors, units = (draw(n) for draw, n in zip(self._drawn, ends - self._taken, strict=True))
        self._taken = ends
        self._truth.write(np.ascontiguousarray(vectors, np.float32).tobytes())
        self._keep(vectors, np.split(units.astype(np.float16), np.cumsum(counts)[:-1]))

    def close_truth(self) -> None:
        self._truth.close()


def _with_context(read: Read) -> Iterator[tuple[str, str]]:
    for p in read.passages:
        yield f"{chunking.context(read.title, p.facts, p.section)}\n", p.text


def _papers(folder: Path, passages: int) -> Iterator[Read]:
    """Papers with this many passages in all. Each is written to a file first."""
    texts = Texts()
    folder.mkdir(parents=True)
    for n in range(-(-passages // EACH)):
        facts = facts_of(n)
        title = f"{(facts.kind or '').capitalize()} {n} for Region {facts.region} {facts.period}"
        own = [texts() for _ in range(min(EACH, passages - n * EACH))]
        raw = ["\n\n".join(own[at : at + ON_PAGE]) for at in range(0, len(own), ON_PAGE)]
        path = (folder / f"papir-{n:05}.txt").absolute()
        path.write_text(f"{title}\n\n" + "\f".join(raw), encoding="utf-8")
        identity = formats.digest(path)
        found = []
        for ordinal, text in enumerate(own):
            page, on_page = divmod(ordinal, ON_PAGE)
            start = sum(len(t) + 2 for t in own[page * ON_PAGE : page * ON_PAGE + on_page])
            spans = (Span(page + 1, start, start + len(text)),)
            section = (f"{page + 1}. {text.split('.')[0][:40]}",)
            found.append(Passage(f"{identity}:{ordinal}", identity, ordinal, text, spans, section, facts))
        pages = tuple(Page(i, text) for i, text in enumerate(raw, start=1))
        clean = tuple(CleanPage.of(p.number, p.raw, ()) for p in pages)
        entry = DocumentEntry(identity, path, path.name, title, facts, len(pages), PIPELINE + "{}")
        yield Read(SourceDocument(identity, path, title, pages), title, clean, tuple(found), entry)


def facts_of(n: int) -> Facts:
    """The facts of the nth paper."""
    group, region = divmod(n, len(REGIONS))
    return Facts(
        region=REGIONS[region],
        period=PERIODS[group % len(PERIODS)],
        kind=KINDS[group // len(PERIODS) % len(KINDS)],
    )


def build(work: Path, passages: int, like: Encoded) -> float:
    """Write an index of this many passages below `work`. Returns the seconds it took."""
    settings = Settings.load({}, index=work / "index")
    settings.index.mkdir(parents=True)
    start = time.perf_counter()
    generation = Grown(settings.index, settings, work / TRUTH, like)
    for read in _papers(work / "papers", passages):
        generation.add(read)
    generation.finish({"failed": [], "duplicates": [], "told": []})
    generation.close_truth()
    return time.perf_counter() - start


def _scopes(passages: int) -> list[Scope]:
    """Scopes of one region and one period each, taken from papers that exist."""
    every = {(f.region, f.period) for f in map(facts_of, range(-(-passages // EACH)))}
    pairs = [(r, p) for r, p in sorted(every, key=str) if r and p]
    return [Scope(regions=(r,), periods=(p,)) for r, p in random.Random(3).choices(pairs, k=len(QUESTIONS))]


@dataclass(frozen=True, slots=True)
class Nearest:
    """Exact search: compares every vector with the question."""

    vectors: Vectors
    sources: Sequence[str]
    ids: Sequence[str]

    def __call__(self, vector: Vectors, documents: set[str] | None, count: int = 10) -> list[str]:
        cosines = self.vectors @ vector
        if documents is not None:
            cosines[[s not in documents for s in self.sources]] = -2
        return [self.ids[i] for i in np.argsort(-cosines, kind="stable")[:count]]


def searched(work: Path) -> dict[str, float]:
    """The figures of searching an index, measured in this process."""
    from assistant.retrieval.search import Retriever

    settings = Settings.load({}, index=work / "index")
    retriever = Retriever(settings.index, settings)
    ids = [p.id for p in retriever.passages]
    scopes = _scopes(len(ids))
    found: dict[str, float] = {}
    for name, own in (("all", [Scope()] * len(QUESTIONS)), ("scoped", scopes)):
        seconds: list[float] = []
        spent: list[float] = []
        for turn in range(4):
            for question, scope in zip(QUESTIONS, own, strict=True):
                start, used = time.perf_counter(), time.process_time()
                retriever.search(retriever.query(question, scope), scope)
                if turn:  # the first round loads the files into memory
                    seconds.append(time.perf_counter() - start)
                    spent.append(time.process_time() - used)
        found |= {f"{name}_cpu": 1000 * statistics.median(spent)}
        found |= {f"{name}_p50": 1000 * statistics.median(seconds)}
        found |= {f"{name}_p95": 1000 * statistics.quantiles(seconds, n=20)[-1]}
    dimension = len(retriever.query(QUESTIONS[0], Scope()).vector)
    truth = np.fromfile(work / TRUTH, np.float32).reshape(-1, dimension)
    nearest = Nearest(truth, [i.partition(":")[0] for i in ids], ids)
    recalls, equal = [], 0
    asked = [*zip(QUESTIONS, scopes, strict=True), *((q, Scope()) for q in QUESTIONS)]
    for question, scope in asked:
        query = retriever.query(question, scope)
        documents = retriever.admitted(scope) if scope else None
        right = nearest(query.vector, set(documents) if documents is not None else None)
        ours = [i for i, _ in retriever.near(query.vector, len(right), documents) or ()]
        recalls.append(len(set(ours) & set(right)) / len(right))
        equal += ours == right
    return {**found, "recall": statistics.mean(recalls), "equal": equal / len(asked)}


def serving(env: dict[str, str]) -> tuple[float, float]:
    """Resident MB of the chat's process after some questions, and the part of it that is not mapped files."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(base + "/healthz", timeout=5).read()
                break
            except OSError:
                time.sleep(0.5)
        for question in QUESTIONS[:ASKED]:
            body = json.dumps({"question": question}).encode()
            request = urllib.request.Request(base + "/api/ask", body, {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=120).read()
        status = Path(f"/proc/{process.pid}/status").read_text()
        rss, own = (
            int(m.group(1)) / 1024 for n in ("VmRSS", "RssAnon") if (m := re.search(rf"{n}:\s+(\d+)", status))
        )
        return rss, own
    finally:
        process.terminate()
        process.wait(30)


def changed(work: Path, env: dict[str, str]) -> float:
    """Seconds of a process that ingests one changed file of the folder. The file and the index are restored
    afterwards."""
    paper = sorted((work / "papers").iterdir())[0]
    was = paper.read_bytes()
    shutil.copytree(work / "index", work / "before")
    try:
        paper.write_bytes(was + f"\n\nVarslet er {time.time_ns() % 997} dage.\n".encode())
        return timed([sys.executable, "-m", "assistant.cli", "ingest", str(work / "papers")], env)[0]
    finally:
        paper.write_bytes(was)
        shutil.rmtree(work / "index")
        (work / "before").rename(work / "index")


def measure(work: Path, passages: int) -> dict[str, float]:
    """All figures of an index of this many passages. The index is written if it does not exist."""
    found: dict[str, float] = {"passages": passages}
    if not (work / "index" / "index.json").exists():
        with tempfile.TemporaryDirectory() as away:
            like = Encoded.kept(work.parent / "encoded.npz", Path(away) / "papers")
        found["build_s"] = build(work, passages, like)
    env = {**os.environ, "ASSISTANT_INDEX": str(work / "index")}
    files = [p for p in (work / "index").rglob("*") if p.is_file()]
    found["disk_mb"] = sum(p.stat().st_size for p in files) / 2**20
    ask = [sys.executable, "-m", "assistant.cli", "ask", QUESTIONS[0]]
    found["cold_s"] = statistics.median(timed(ask, env)[0] for _ in range(3))
    found["serve_mb"], found["own_mb"] = serving(env)
    _, _, told = timed([sys.executable, "-m", "eval.country", "--searched", str(work)], env)
    found |= json.loads(told.splitlines()[-1])
    if passages <= CHANGED_UP_TO:
        found["changed_s"] = changed(work, env)
    return {name: round(value, 3) for name, value in found.items()}


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m eval.growth search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("passages", type=int, nargs="*", default=SIZES)
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--work", type=Path, help="keep the indexes here, and measure those that are there already"
    )
    parser.add_argument("--searched", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    if asked.searched:
        print(json.dumps(searched(asked.searched)))
        return 0
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as away:
        for passages in asked.passages:
            rows.append(measure((asked.work or Path(away)) / str(passages), passages))
            print(json.dumps(rows[-1]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
