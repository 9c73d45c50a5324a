"""The index: incremental updates, atomic swap, no loss; both vector stores; one model."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, agreement, pdf

from assistant.documents.answer_units import units_of
from assistant.errors import BusyError, IndexMismatch, IndexMissing, ReadError, StorageError
from assistant.index import builder
from assistant.index.chroma import VectorStore
from assistant.index.encoders import bulk_pieces
from assistant.index.exact import ExactVectors
from assistant.index.generations import pointer
from assistant.index.ingest import ingest
from assistant.index.integrity import STORE
from assistant.index.lexical import LexicalIndex, LexicalWriter
from assistant.index.unit_vectors import VECTORS, UnitVectors, UnitWriter, encode
from assistant.language.expansion import Term
from assistant.language.words import terms
from assistant.messages import say
from assistant.models import Grounded
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from tests.documents.test_cleaning import broken_files


@pytest.fixture
def folder(corpus: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(corpus, tmp_path / "corpus"))


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return Settings.load({}, index=tmp_path / "index")


def test_only_what_changed_is_read_again(folder: Path, own: Settings) -> None:
    first = ingest([folder], own.index, own)
    assert (first.documents, len(first.added)) == (4, 4)
    (folder / "a.pdf").rename(folder / "omdoebt.pdf")
    (folder / "c.pdf").unlink()
    second = ingest([folder], own.index, own)
    assert (second.added, second.removed, second.documents) == ((), ("c.pdf",), 3)
    names = {d.name for d in Assistant(own.index, own).retriever.documents.values()}
    assert names == {"omdoebt.pdf", "b.pdf", "natko.md"}


def test_a_folder_may_be_named_as_seen_from_here(
    folder: Path, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "manifest.csv").write_text("file,title\na.pdf,Den kendte\n", encoding="utf-8")
    monkeypatch.chdir(folder.parent)
    told: list[str] = []
    ingest([Path(folder.name)], own.index, own, told.append)
    assert not [line for line in told if "manifest.csv" in line]
    assert "Den kendte" in {d.title for d in Assistant(own.index, own).retriever.documents.values()}
    assert ingest([folder], own.index, own).added == ()


def test_bad_files_are_named_and_the_others_get_in(folder: Path, own: Settings) -> None:
    broken = broken_files(folder)
    report = ingest([folder], own.index, own)
    assert {name for name, _ in report.failed} == {p.name for p in broken.values()}
    assert "hel.pdf" in report.added
    with pytest.raises(ReadError, match="Ingen af filerne"):
        ingest([broken["tom"]], own.index / "other", own)


def test_nothing_indexed_before_is_lost(folder: Path, own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest([folder], own.index, own)
    pdf(folder / "ny.pdf", agreement("Syddanmark", "2025 og 2026", "8 uger", "4"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(builder, "point", killed)
        with pytest.raises(KeyboardInterrupt):
            ingest([folder], own.index, own)
    assert len(Assistant(own.index, own).retriever.documents) == 4
    assert len(list(own.index.glob("g-*"))) == 1
    assert ingest([folder], own.index, own).documents == 5


def test_a_file_that_went_bad_stays_as_it_was(folder: Path, own: Settings, tmp_path: Path) -> None:
    ingest([folder], own.index, own)
    (folder / "a.pdf").write_bytes((folder / "a.pdf").read_bytes()[:400])
    report = ingest([folder], own.index, own)
    assert [name for name, _ in report.failed] == ["a.pdf"]
    assert (report.documents, report.removed) == (4, ())
    away = tmp_path / "away"
    folder.rename(away)
    folder.mkdir()  # like a drive that is not mounted
    (tmp_path / "more").mkdir()
    pdf(tmp_path / "more" / "d.pdf", agreement("Syddanmark", "2025 og 2026", "8 uger", "4"))
    assert ingest([folder, tmp_path / "more"], own.index, own).documents == 5


def test_another_version_of_the_index_is_built_anew_and_forgets_nothing(
    folder: Path, own: Settings, tmp_path: Path
) -> None:
    ingest([folder], own.index, own)
    path = own.index / "index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 0}))
    (tmp_path / "more").mkdir()
    pdf(tmp_path / "more" / "d.pdf", agreement("Syddanmark", "2025 og 2026", "8 uger", "4"))
    assert ingest([tmp_path / "more"], own.index, own).documents == 5


def test_a_damaged_index_is_one_line(folder: Path, own: Settings) -> None:
    ingest([folder], own.index, own)
    (generation,) = own.index.glob("g-*")
    (generation / "catalog.db").unlink()
    with pytest.raises(IndexMismatch):
        Assistant(own.index, own)
    assert ingest([folder], own.index, own).documents == 4


def test_an_empty_folder_leaves_the_index_alone(folder: Path, own: Settings, tmp_path: Path) -> None:
    ingest([folder], own.index, own)
    (tmp_path / "empty").mkdir()
    report = ingest([tmp_path / "empty"], own.index, own)
    assert report.documents == 4
    with pytest.raises(ReadError, match="ingen dokumenter"):
        ingest([tmp_path / "empty"], tmp_path / "fresh", own)


def test_an_index_refuses_another_model_and_another_form(folder: Path, own: Settings) -> None:
    ingest([folder], own.index, own)
    other = Settings.load({}, index=own.index, model="en-anden")
    with pytest.raises(IndexMismatch, match="en-anden"):
        Assistant(own.index, other)
    path = own.index / "index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(IndexMismatch, match="anden version"):
        Assistant(own.index, own)
    with pytest.raises(IndexMissing):
        Assistant(own.index / "nowhere", own)


def test_two_ingests_at_once_and_a_folder_that_cannot_be_written(
    folder: Path, own: Settings, tmp_path: Path
) -> None:
    from filelock import FileLock

    own.index.mkdir()
    with FileLock(own.index / ".lock"), pytest.raises(BusyError):
        ingest([folder], own.index, own)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        ingest([folder], tmp_path / "file" / "index", own)


class Chroma:
    """A real Chroma server on loopback, which can be stopped and restarted."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        program = Path(sys.executable).with_name("chroma")
        self._process = subprocess.Popen(
            [program, "run", "--path", self._folder, "--port", str(self._port), "--host", "127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
        )  # fmt: skip
        for _ in range(480):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.25)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(20)
            self._process = None


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[Chroma]:
    server = Chroma(tmp_path / "chroma")
    server.start()
    try:
        yield server
    finally:
        server.kill()


def test_files_that_change_places_are_all_there(tmp_path: Path) -> None:
    folder = tmp_path / "papirer"
    folder.mkdir()
    (folder / "aftale.md").write_text("# Rammeaftale 2023-2024\nRegion Sjælland. Varslet er tre måneder.\n")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    (folder / "aftale.md").rename(folder / "aftale_2024.md")
    (folder / "aftale.md").write_text("# Rammeaftale 2025-2026\nRegion Sjælland. Varslet er fire måneder.\n")
    report = ingest([folder], own.index, own)
    assert (report.added, report.kept, report.removed) == (("aftale.md",), ("aftale_2024.md",), ())
    other = tmp_path / "andre"
    other.mkdir()
    shutil.copy(folder / "aftale.md", other / "kopi.md")
    (other / "manifest.csv").write_text(
        "file,title,region,period,kind,part,publisher,date\nkopi.md,Ny titel,,,,,,\n"
    )
    assert ingest([other], own.index, own).documents == 2
    assert {d.title for d in Assistant(own.index, own).retriever.documents.values()} >= {"Ny titel"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on files")
def test_a_full_disk_is_one_line_and_costs_nothing(folder: Path, own: Settings) -> None:
    import resource

    ingest([folder], own.index, own)
    pdf(folder / "ny.pdf", agreement("Syddanmark", "2025 og 2026", "8 uger", "4"))
    command = [sys.executable, "-m", "assistant.cli", "ingest", str(folder), "--index", str(own.index)]
    for most in (1_000, 50_000, 150_000):  # largest file in bytes: another part of the index fails each time
        run = subprocess.run(
            # A module compiled under this limit would be cut short, and every later program would stumble over it.
            command, capture_output=True, text=True, timeout=120, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
        )  # fmt: skip
        assert run.returncode == 1
        assert "rigør plads" in run.stderr.splitlines()[-1]
        assert "Traceback" not in run.stderr
        assert len(Assistant(own.index, own).retriever.documents) == 4
        assert len(list(own.index.glob("g-*"))) == 1
    assert ingest([folder], own.index, own).documents == 5


def test_a_chroma_server_holds_the_vectors_and_may_go_away(
    chroma: Chroma, folder: Path, own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.index.chroma.AWAY", 0.5)
    remote = Settings.load({"CHROMA_URL": chroma.url}, index=tmp_path / "remote")
    ingest([folder], own.index, own)
    ingest([folder], remote.index, remote)
    assert not (remote.index / pointer(remote.index).generation / "vectors.f32").exists()
    question = "Hvad er opsigelsesvarslet i Sjælland 2025-2026?"
    here, there = (Assistant(s.index, s) for s in (own, remote))
    asked = there.ask(question)
    assert here.as_json(here.ask(question))["citations"] == there.as_json(asked)["citations"]
    line = say("no_vectors")
    assert line not in asked.answer.notes
    chroma.kill()
    alone = there.ask(question).answer
    assert isinstance(alone, Grounded)
    assert "fire måneder" in alone.statements[0].text
    assert line in alone.notes
    assert line in there.compare("Hvad er opsigelsesvarslet?").notes
    assert line in Assistant(remote.index, remote).ask(question).answer.notes  # opened while it is down
    before = (remote.index / "index.json").read_text()
    (folder / "ny.md").write_text("# Rammeaftale 2025-2026\nRegion Nordjylland. Varslet er ni uger.\n")
    with pytest.raises(StorageError, match="Chroma svarer ikke på") as error:
        ingest([folder], remote.index, remote)
    assert "\n" not in str(error.value)
    assert (remote.index / "index.json").read_text() == before
    chroma.start()
    time.sleep(1)
    assert line not in there.ask(question).answer.notes
    assert len(ingest([folder], remote.index, remote).added) == 1


def test_a_generation_s_collection_goes_with_it(chroma: Chroma, tmp_path: Path) -> None:
    import chromadb

    folder = tmp_path / "papirer"
    folder.mkdir()
    remote = Settings.load({"CHROMA_URL": chroma.url}, index=tmp_path / "remote")
    for days in range(5):
        (folder / "aftale.md").write_text(
            f"# Rammeaftale 2025-2026\nRegion Sjælland. Varslet er {days} dage.\n"
        )
        ingest([folder], remote.index, remote)
    client = chromadb.HttpClient(host="127.0.0.1", port=int(chroma.url.rpartition(":")[2]))
    held = {c.name for c in client.list_collections()}
    assert held == {p.name for p in remote.index.glob("g-*")}
    assert len(held) == 3  # the current one, and two that may still be read


def test_a_server_that_is_not_chroma_is_one_line(folder: Path, tmp_path: Path) -> None:
    class Other(BaseHTTPRequestHandler):
        version = b""

        def do_GET(self) -> None:
            self.send_response(200 if self.version else 404)
            self.end_headers()
            self.wfile.write(self.version)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        remote = Settings.load(
            {"CHROMA_URL": f"http://127.0.0.1:{server.server_port}"}, index=tmp_path / "remote"
        )
        for version in (b"", b'"0.4.24"', b"<html>"):
            Other.version = version
            with pytest.raises(StorageError, match="ikke en Chroma af version 1") as error:
                ingest([folder], remote.index, remote)
            assert "\n" not in str(error.value)
            assert not list(remote.index.glob("g-*"))
        server.shutdown()


def test_llamaindex_opens_the_collection(assistant: Assistant) -> None:
    from llama_index.core.vector_stores.types import VectorStoreQuery
    from llama_index.vector_stores.chroma import ChromaVectorStore

    retriever = assistant.retriever
    vector = retriever.encoder(["Hvad er opsigelsesvarslet?"], "query")[0]
    name = retriever.pointer.generation
    own = VectorStore.open(retriever.settings.index / name / STORE, "", name)
    store = ChromaVectorStore.from_collection(own._collection)
    theirs = store.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=5)).ids
    own.close()
    assert theirs == [i for i, _ in retriever.near(vector, 5)]


@pytest.mark.slow
def test_all_runtimes_give_the_same_vectors(settings: Settings) -> None:
    from assistant.index.encoders import bulk_encoder, engine_encoder, light_encoder

    texts = [
        "Hvad er opsigelsesvarslet i Sjælland?", "Taksten er 2.345,50 kr. pr. døgn efter § 107, stk. 2.",
        "De mest specialiserede tilbud – «citat» og “anførsel” …", "Which municipality operates Orions Bælte?",
        "En længere tekst om rammeaftaler, kommuner og regioner. " * 20,
    ]  # fmt: skip
    bulk, light, engine = bulk_encoder(settings), light_encoder(), engine_encoder()
    for role in ("query", "passage"):
        assert ((bulk(texts, role) * light(texts, role)).sum(axis=1) > 0.999).all()
        # 8-bit rounding applies to activations too, and cosines of the tuned model spread five times as wide.
        assert ((bulk(texts, role) * engine(texts, role)).sum(axis=1) > 0.998).all()
    assert np.allclose(np.linalg.norm(light(texts, "query"), axis=1), 1, atol=1e-3)


def test_the_units_of_a_passage_have_vectors_in_their_context(
    assistant: Assistant, settings: Settings
) -> None:
    found = assistant.retriever
    places = range(0, len(found.passages), 3)
    passages = [found.passages[i] for i in places]
    contexts = [f"{found.context(p)}\n" for p in passages]
    _, other = encode(bulk_pieces(settings), contexts, [p.text for p in passages])
    for place, passage, own in zip(places, passages, other, strict=True):
        stored = np.asarray(found.units[place], dtype=np.float32)
        assert len(stored) == len(units_of(passage.text))
        assert np.allclose(np.linalg.norm(stored, axis=1), 1, atol=1e-2)
        cosines = (stored * own.astype(np.float32)).sum(axis=1)
        for cosine, unit in zip(cosines, units_of(passage.text), strict=True):
            # The effect of 8-bit rounding is larger in single words than in a sentence.
            assert cosine > (0.92 if unit.words >= 8 else 0.75), unit.text
    notice = next(i for i, p in enumerate(found.passages) if "Opsigelsesvarslet" in p.text)
    query = found.encoder(["Hvor lang tid før skal man sige en plads op?"], "query")[0]
    near = found.units.cosines(notice, query)
    best = units_of(found.passages[notice].text)[int(np.argmax(near))]
    assert "psig" in best.text


def test_tokens_are_those_of_the_library(settings: Settings) -> None:
    from tokenizers import Tokenizer

    from assistant.index.packed_model import packed
    from assistant.index.tokenizer import Unigram

    pieces, scores, special = packed().vocabulary()
    mine = Unigram(pieces, scores, special["<unk>"])
    theirs = Tokenizer.from_str(json.dumps(packed().tokenizer()))
    texts = [
        "query: Hvad er opsigelsesvarslet i Region Sjælland?", "Привет, 你好  hæ\u200bj ᚠᚢ x ᚠ",
        "☃️ ½ ﬁne … «x» 12.345,67 kr. \t\n –x", "", " a  b ", "§ 107, stk. 2 " * 50,
        *(text.read_text(encoding="utf-8") for text in sorted((ROOT / "docs").glob("*.md"))),
    ]  # fmt: skip
    assert [mine(text) for text in texts] == [e.ids[1:-1] for e in theirs.encode_batch(texts)]


def test_unit_vectors_are_read_as_they_were_written(tmp_path: Path) -> None:
    """The file header is written before the number of rows is known, and again afterwards."""
    rng = np.random.default_rng(7)
    passages = [rng.standard_normal((rows, 384)).astype(np.float16) for rows in (3, 0, 1, 1200)]
    writer = UnitWriter(tmp_path)
    writer.add(passages[:2])
    writer.add(passages[2:])
    writer.close()
    read = UnitVectors.load(tmp_path)
    assert all(np.array_equal(read[n], own) for n, own in enumerate(passages))
    empty = tmp_path / "tom"
    empty.mkdir()
    UnitWriter(empty).close()
    assert np.load(empty / VECTORS).shape == (0, 0)


def test_words_taken_text_by_text_are_weighed_as_all_at_once(tmp_path: Path) -> None:
    """The word index stores numbers for words while it grows. The reference is bm25s over the words themselves."""
    import bm25s

    texts = [
        "Taksten er 5 pct. højere",
        "§ 85 i serviceloven og taksten",
        "...",
        "Varslet er tre måneder, varslet",
    ]
    writer = LexicalWriter(tmp_path)
    for text in texts:
        writer.add(text)
    writer.index().save(tmp_path)
    index = LexicalIndex.load(tmp_path)
    whole = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
    whole.index([terms(text) or ["·"] for text in texts], show_progress=False)
    for token in {token for text in texts for token in terms(text)}:
        own = index.scores([Term(token, {token: 1.0}, 1.0, True, 1.0)])
        assert own == pytest.approx(whole.get_scores([token])), token


def test_every_vector_is_compared_whatever_the_scope() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(500, 16)).astype(np.float32)
    vectors[7] = vectors[3]  # among equals the first one wins
    exact, vector = ExactVectors(vectors), rng.normal(size=16).astype(np.float32)
    every = np.vecdot(vectors, vector)
    right = [int(i) for i in np.argsort(-every, kind="stable")]
    assert [i for i, _ in exact.nearest(vector, 500)] == right
    assert [i for i, _ in exact.nearest(vector, 20)] == right[:20]
    inside = [slice(2, 9), slice(9, 9), slice(300, 420)]
    held = [i for i in right if 2 <= i < 9 or 300 <= i < 420]
    assert [i for i, _ in exact.nearest(vector, 30, inside)] == held[:30]
    assert exact.nearest(vector, 30, []) == []


def test_passages_are_read_where_they_stand(folder: Path, own: Settings) -> None:
    (folder / "to-steder.md").write_text("# Notat 2025\n\nRegion Sjælland. Varslet er ni uger.\n")
    ingest([folder], own.index, own)
    retriever = Assistant(own.index, own).retriever
    passages = list(retriever.passages)
    assert len(passages) == len(retriever.passages) > 5
    assert [p.id for p in passages] == [retriever.passages.identity(i) for i in range(len(passages))]
    assert [retriever.place[p.id] for p in passages] == list(range(len(passages)))
    assert passages[3:7] == retriever.passages[3:7] == [retriever.passages[i] for i in range(3, 7)]
    for document in retriever.documents:
        assert retriever.passages.of(document) == [p for p in passages if p.document_id == document]
    assert "en anden:3" not in retriever.place
    assert f"{passages[0].document_id}:999" not in retriever.place


def test_tokens_and_names_taken_over_are_those_read_anew(folder: Path, own: Settings, tmp_path: Path) -> None:
    ingest([folder], own.index, own)
    (folder / "ny.md").write_text("# Notat 2024\n\nRegion Nordjylland. Klageordningen evalueres i 2026.\n")
    ingest([folder], own.index, own)
    anew = Settings.load({}, index=tmp_path / "anew")
    ingest([folder], anew.index, anew)
    taken, read = (Assistant(s.index, s).retriever for s in (own, anew))
    for word in ("klageordningen", "opsigelsesvarslet", "region"):
        scores = [
            {
                r.passages.identity(i): float(s)
                for i, s in enumerate(r.lexical.scores(r.lexical.terms(word)))
                if s
            }
            for r in (taken, read)
        ]
        assert scores[0] == pytest.approx(scores[1])
        assert scores[0]
    names = [{i: r._named.of(r.place[i]) for i in r.place} for r in (taken, read)]
    assert names[0] == names[1]
