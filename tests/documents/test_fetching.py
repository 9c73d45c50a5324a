"""`assistant fetch` against a loopback server that shows the different behaviours of real servers."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import ROOT

from assistant.cli import main
from assistant.documents.fetching import Source, fetch, sources
from assistant.documents.folder import look
from assistant.documents.manifest import manifest
from assistant.errors import ReadError

PAPER = b"%PDF-1.4 a small paper"


class Server(BaseHTTPRequestHandler):
    calls: dict[str, int]

    def do_GET(self) -> None:
        seen = self.calls[self.path] = self.calls.get(self.path, 0) + 1
        if self.path == "/flaky" and seen < 3:
            self.send_error(503)
        elif self.path == "/gone":
            self.send_error(404)
        elif self.path in ("/elsewhere", "/round", "/moved"):
            self.send_response(302)
            to = {"/elsewhere": "http://example.invalid/x.pdf", "/round": "/round", "/moved": "/paper"}
            self.send_header("Location", to[self.path])
            self.end_headers()
        elif self.path == "/webpage":
            self.reply(b"<html>Siden findes ikke</html>", "text/html")
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(PAPER)
        elif self.path == "/huge":
            self.send_response(200)
            self.send_header("Content-Length", str(2**33))
            self.end_headers()
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(50):
                self.wfile.write(PAPER)
                self.wfile.flush()
                time.sleep(0.1)
        else:
            self.reply(PAPER, "application/pdf")

    def reply(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Server.calls = {}
    own = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    own.daemon_threads = True
    threading.Thread(target=own.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{own.server_port}"
    own.shutdown()


def source(address: str, form: str = "pdf") -> Source:
    return Source("T1", "Rammeaftale 2025-2026", "Sjælland", "2025-2026", "rammeaftale", form, address)


def test_a_paper_comes_with_its_facts_and_is_not_written_twice(server: str, tmp_path: Path) -> None:
    own = source(f"{server}/moved")
    assert [f.outcome for f in fetch([own], tmp_path)] == ["ny"]
    assert (tmp_path / own.file).read_bytes() == PAPER
    assert manifest(tmp_path)[own.file]["region"] == "Sjælland"
    (tmp_path / "manifest.csv").write_text(
        (tmp_path / "manifest.csv").read_text(encoding="utf-8") + "egen.pdf,Egen titel,,,,,,\n",
        encoding="utf-8",
    )
    assert [f.outcome for f in fetch([own], tmp_path)] == ["uændret"]
    assert manifest(tmp_path)["egen.pdf"]["title"] == "Egen titel"
    assert [p.name for p in look([tmp_path]).files] == [own.file]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("gone", "404"), ("elsewhere", "example.invalid, som ikke er i listen"), ("round", "for mange gange"),
        ("webpage", "sendte text/html, ikke pdf"), ("short", "Forbindelsen svigtede"), ("huge", "mere end 60 MB"),
        ("slow", "mere end 1 sekunder"),
    ],
)  # fmt: skip
def test_what_a_server_may_do_costs_nothing_that_was_there(
    server: str, tmp_path: Path, path: str, why: str
) -> None:
    own = source(f"{server}/{path}")
    (tmp_path / own.file).write_bytes(b"%PDF-1.4 the former one")
    (found,) = fetch([own], tmp_path, pause=0.01, seconds=1)
    assert found.outcome == "ikke hentet"
    assert why in found.why
    assert "\n" not in found.why
    assert (tmp_path / own.file).read_bytes() == b"%PDF-1.4 the former one"
    assert not list(tmp_path.glob(".*"))


def test_a_server_that_is_busy_is_asked_again(server: str, tmp_path: Path) -> None:
    assert [f.outcome for f in fetch([source(f"{server}/flaky")], tmp_path, pause=0.01)] == ["ny"]
    assert Server.calls["/flaky"] == 3


def test_the_list_that_comes_along_can_be_read_and_a_wrong_one_says_where(tmp_path: Path) -> None:
    found = sources(ROOT / "corpus" / "sources.csv")
    assert {"Hovedstaden", "Sjælland", "Syddanmark", "Midtjylland", "Nordjylland"} <= {
        s.region for s in found
    }
    assert len({s.file for s in found}) == len(found)
    for address in ("file:///etc/passwd", "ftp://x.invalid/a", "http://navn@x.invalid/"):
        (tmp_path / "liste.csv").write_text(
            f"key,title,region,period,kind,form,address\nA,Titel,,,,pdf,{address}\n", encoding="utf-8"
        )
        with pytest.raises(ReadError, match="linje 2"):
            sources(tmp_path / "liste.csv")


def test_the_command(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "liste.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["key", "title", "region", "period", "kind", "form", "address"],
             ["A1", "Aftale", "Sjælland", "", "", "pdf", f"{server}/paper"],
             ["A2", "Væk", "", "", "", "pdf", f"{server}/gone"]]
        )  # fmt: skip
    assert main(["fetch", str(tmp_path / "ud"), "--sources", str(tmp_path / "liste.csv")]) == 0
    out = capsys.readouterr()
    assert "1 ny, 0 uændret, 1 ikke hentet" in out.out
    assert "404" in out.err
