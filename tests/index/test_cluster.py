"""Reading and encoding on the nodes of a Ray cluster gives the same index as on one machine, also when a node dies."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray
from conftest import ROOT, agreement, pdf

from assistant.documents.worker import Read, Wanted, read, read_apart
from assistant.errors import ClusterError, SettingsError
from assistant.index import cluster
from assistant.index.chroma import VectorStore
from assistant.index.generations import pointer
from assistant.index.ingest import ingest
from assistant.index.integrity import STORE
from assistant.settings import Settings

STARTS = 3  # Ray gives a node half a minute to start, which a busy machine may need twice
LATE = 400  # seconds that indexing twenty papers may take on a busy machine


def papers(folder: Path) -> Path:
    """Twenty small papers in several formats. One is damaged, and one takes longer than the time limit."""
    import docx
    import openpyxl

    folder.mkdir()
    regions = ("Sjælland", "Nordjylland", "Syddanmark", "Hovedstaden", "Midtjylland")
    for n, region in enumerate(regions):
        clauses = "".join(
            f"\n\n## Opgave {k}\n\nRegion {region} varetager opgave {k}. Varslet er {n + k} uger, og en plads koster "
            f"{1000 * k + n} kr. pr. døgn.\nPladsen opsiges skriftligt."
            for k in range(1, 150)
        )
        text = f"# Rammeaftale 202{n}\n\nRegion {region} og kommunerne.{clauses}\n"
        (folder / f"{n}-aftale.md").write_text(text, encoding="utf-8")
        (folder / f"{n}-notat.txt").write_text(
            f"Notat til Region {region}\n\nVarslet er {n + 2} uger.\n", "utf-8"
        )
        (folder / f"{n}-side.html").write_text(
            f"<title>Takster</title><h1>Takster</h1><p>Taksten i Region {region} er {n}00 kr. pr. døgn.</p>",
            "utf-8",
        )
    pdf(folder / "pdf.pdf", agreement("Sjælland", "2025 og 2026", "tre uger", "5"))
    (folder / "afkortet.pdf").write_bytes((folder / "pdf.pdf").read_bytes()[:900])
    word = docx.Document()
    word.add_paragraph("Region Nordjylland opsiger med et varsel på 90 dage.")
    word.save(str(folder / "ord.docx"))
    book = openpyxl.Workbook()
    book.active.append(["Tilbud", "Takst"])
    book.active.append(["Botilbud", 1911])
    book.save(folder / "regneark.xlsx")
    with zipfile.ZipFile(folder / "pakke.zip", "w") as archive:
        archive.write(folder / "0-notat.txt", "brev.txt")
    long = "Varslet er 30 dage, og en plads koster 1.234 kr. pr. døgn.\n" * 1_000_000
    (folder / "lang.md").write_text(long, encoding="utf-8")
    return folder


def parts(own: Settings) -> dict[str, bytes]:
    """The content of an index: every file of its generation, and the vectors in Chroma."""
    current = pointer(own.index)
    folder = own.index / current.generation
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.relative_to(folder).parts[0] != STORE)
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}
    store = VectorStore.open(folder / STORE, "", current.generation)
    found["model"] = f"{current.model} {current.documents} {store.count()}".encode()
    store.close()
    return found


def at_work(node: Any) -> bool:
    """Whether a process of this node is reading a file."""
    for (raylet,) in (node.all_processes["raylet"],):
        for process in psutil.Process(raylet.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if process.cmdline()[0].startswith("ray::read_there"):
                    return True
    return False


class Two:
    """A cluster of two nodes with one core each, on this machine. Its gateway is for machines outside the cluster."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self.cluster, self.gate = Cluster(), _free()
        self.head = self._started(ray_client_server_port=self.gate)
        self.other = self._started()
        self.address = str(self.cluster.address)

    def _started(self, **given: Any) -> Any:
        less = {"include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
        for _ in range(STARTS - 1):
            with contextlib.suppress(Exception):
                return self.cluster.add_node(num_cpus=1, object_store_memory=200 * 2**20, **less, **given)
        return self.cluster.add_node(num_cpus=1, object_store_memory=200 * 2**20, **less, **given)

    def kill(self) -> None:
        """Kill the second node in the middle of its work, as if its plug were pulled."""
        end = time.monotonic() + LATE
        while not at_work(self.other):
            assert time.monotonic() < end
            time.sleep(0.02)
        self.cluster.remove_node(self.other, allow_graceful=False)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    sessions = set(Path("/tmp/ray").glob("session_*"))
    try:
        yield Two()
    finally:
        left = [p for p in psutil.Process().children(recursive=True) if p.pid not in before]
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=10)
        for folder in set(Path("/tmp/ray").glob("session_*")) - sessions:
            if not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)


def asked(folder: Path, own: Settings) -> subprocess.Popen[str]:
    """Start `assistant ingest` with these settings."""
    given = {"CLUSTER": own.cluster, "INDEX": str(own.index), "FILE_SECONDS": str(own.file_seconds)}
    env = os.environ | {f"ASSISTANT_{name}": value for name, value in given.items()}
    command = [sys.executable, "-m", "assistant.cli", "ingest", str(folder)]
    return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_the_index_is_that_of_one_machine_also_when_a_node_dies(two: Two, tmp_path: Path) -> None:
    folder = papers(tmp_path / "papirer")
    home = Settings.load({}, index=tmp_path / "hjemme", file_seconds=10)
    own = replace(home, index=tmp_path / "klynge", cluster=two.address)
    process = asked(folder, own)
    two.kill()
    out, err = process.communicate(timeout=LATE)
    assert process.returncode == 0, err
    report = ingest([folder], home.index, home)
    assert (report.documents, len(report.failed)) == (19, 2)
    assert {name for name, _ in report.failed} == {"afkortet.pdf", "lang.md"}
    for _, why in report.failed:
        assert why in err
    assert "19 dokumenter" in out
    assert parts(own) == parts(home)
    assert not list(Path(tempfile.gettempdir()).glob("assistant-*/lang.md"))

    # The remaining node serves a machine outside the cluster, and refuses one whose version differs.
    few = [folder / "0-notat.txt", folder / "pdf.pdf"]
    alone, there = replace(home, index=tmp_path / "faa"), replace(own, cluster=f"ray://127.0.0.1:{two.gate}")
    there = replace(there, index=tmp_path / "port")
    for settings in (alone, there):
        ingest(few, settings.index, settings)
    assert parts(there) == parts(alone)
    for module, name, other, said in (
        (cluster, "fingerprint", lambda _: {"programmet": "0000"}, "har programmet"),
        (ray, "__version__", "2.1.0", "en anden Ray"),
    ):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(module, name, other)
            with pytest.raises(ClusterError, match=said):
                ingest(few, tmp_path / "anden", replace(own, index=tmp_path / "anden"))
    assert not list((tmp_path / "anden").glob("g-*"))


@pytest.mark.slow
def test_a_file_that_takes_too_long_on_a_node_costs_only_itself(tmp_path: Path) -> None:
    """What a node does with a file, without Ray: it gets the bytes at another path than that of the paper."""
    long, lying = tmp_path / "lang.md", tmp_path / "andetsteds.md"
    long.write_text(
        "Varslet er 30 dage, og en plads koster 1.234 kr. pr. døgn.\n" * 1_000_000, encoding="utf-8"
    )
    lying.write_text("# Aftale\n\nVarslet er 30 dage.", encoding="utf-8")
    own = Settings.load({}, file_seconds=5)
    why = read_apart(Wanted(long, {}, "1"), own, long)
    assert isinstance(why, str)
    assert why.startswith("lang.md tog mere end 5 sekunder")
    paper = tmp_path / "Region Sjælland" / "aftale.md"
    found = read_apart(Wanted(paper, {}, "1"), replace(own, file_seconds=60), lying)
    assert isinstance(found, Read)
    paper.parent.mkdir()
    lying.rename(paper)
    assert found == read(Wanted(paper, {}, "1"))


def test_without_ray_one_line_says_so_and_home_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "a.md").write_text("# Aftale\n\nVarslet er 30 dage.", encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    with pytest.raises(ClusterError, match=r"^Ray er ikke installeret\. Skriv make cluster.*\.$"):
        ingest([tmp_path / "a.md"], own.index, replace(own, cluster="auto"))
    assert ingest([tmp_path / "a.md"], own.index, own).documents == 1


@pytest.mark.parametrize("form", ["{}", "ray://{}"])
def test_an_address_where_no_ray_answers_is_one_line_in_seconds(tmp_path: Path, form: str) -> None:
    (tmp_path / "a.md").write_text("# Aftale\n\nVarslet er 30 dage.", encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (_free(), silent.getsockname()[1]):
            address = form.format(f"127.0.0.1:{port}")
            began = time.monotonic()
            with pytest.raises(ClusterError, match=f"^Ray-klyngen på {address} svarer ikke .*ret cluster.$"):
                ingest([tmp_path / "a.md"], own.index, replace(own, cluster=address))
            assert time.monotonic() - began < 30
    assert not list(own.index.glob("g-*"))


@pytest.mark.parametrize(
    "text", ["ja", "maskine", "http://a:1", "ray://a", "a:b", "bruger@a:6379", "a b:6379"]
)
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="cluster skal være auto"):
        Settings.load({"ASSISTANT_CLUSTER": text})


@pytest.mark.parametrize("text", ["", "auto", "10.0.0.1:6379", "ray://maskine:10001", "[fd00::2]:6379"])
def test_an_address_is_taken(text: str) -> None:
    assert Settings.load({"ASSISTANT_CLUSTER": text}).cluster == text
