"""The chat in a real browser, and what its server gives out."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ingest import ingest
from assistant.models import Grounded
from assistant.service import Assistant, Live
from assistant.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def server(settings: Settings, assistant: Assistant) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve", "--index", str(settings.index), "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(base, timeout=2).read(1)
                break
            except OSError:
                time.sleep(0.25)
        yield base
    finally:
        process.terminate()
        process.wait(20)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_only_what_the_index_holds_is_given_out(server: str, assistant: Assistant) -> None:
    document = next(d for d in assistant.retriever.documents.values() if d.name == "a.pdf")
    assert status(f"{server}/side/{document.id}/2.png?fra=0&til=40") == 200
    assert status(f"{server}/fil/{document.id}") == 200
    for path in (
        f"/side/{document.id}/99.png", "/side/../../etc/passwd/1.png", "/fil/..%2f..%2fetc%2fpasswd",
        "/fil/000000000000", "/gradio_api/file=/etc/passwd", f"/gradio_api/file={assistant.settings.index}/index.json",
    ):  # fmt: skip
        assert status(server + path) >= 400, path


def test_the_marked_rectangle_lies_on_the_quote(assistant: Assistant) -> None:
    import pypdfium2 as pdfium

    from assistant.web.pages import quote_boxes

    entry = next(d for d in assistant.retriever.documents.values() if d.name == "a.pdf")
    sheet = pdfium.PdfDocument(entry.path)[1]
    boxes = quote_boxes(sheet, "Opsigelsesvarslet for døgntilbud er tre måneder")
    assert 1 <= len(boxes) <= 2
    inside = " ".join(sheet.get_textpage().get_text_bounded(*box) for box in boxes)
    assert "Opsigelsesvarslet" in inside
    assert "overhead" not in inside.lower()


def test_a_taken_port_is_one_line(server: str, settings: Settings) -> None:
    port = server.rsplit(":", 1)[1]
    run = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "serve", "--index", str(settings.index), "--port", port],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.returncode == 1
    assert "optaget" in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_generation_built_meanwhile_answers_the_next_question(tmp_path: Path) -> None:
    paper = tmp_path / "papirer" / "aftale.md"
    paper.parent.mkdir()
    text = "# Rammeaftale 2025-2026\nRegion Sjælland og kommunerne.\n\nOpsigelsesvarslet er {} måneder.\n"
    paper.write_text(text.format("tre"), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([paper.parent], own.index, own)
    live = Live(own)
    before = live()
    assert live() is before
    paper.write_text(text.format("seks"), encoding="utf-8")
    ingest([paper.parent], own.index, own)
    answers = [a.ask("Hvad er opsigelsesvarslet i Sjælland?").answer for a in (before, live())]
    assert ["tre" in a.statements[0].text for a in answers if isinstance(a, Grounded)] == [True, False]
    (own.index / "index.json").write_text("{", encoding="utf-8")
    assert live().ask("Hvad er opsigelsesvarslet i Sjælland?").answer == answers[1]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_ask_and_open_the_source(server: str, width: int) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": width, "height": 900})
        elsewhere: list[str] = []
        page.on(
            "request",
            lambda r: elsewhere.append(r.url) if not r.url.startswith((server, "data:", "blob:")) else None,
        )
        page.goto(server)
        box = page.locator("#question textarea")
        box.fill(
            "Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026? <img src=x onerror=alert(1)>"
        )
        box.press("Enter")
        expect(page.locator(".answer strong").first).to_have_text("fire måneder", timeout=15_000)
        assert page.locator(".question img").count() == 0
        assert page.locator(".chips li").all_text_contents() == ["Sjælland", "2025-2026"]
        expect(page.locator("#down")).to_be_visible(timeout=10_000)  # the answer is whole
        page.locator("button.cite").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#viewer-page img")).to_be_visible(timeout=10_000)
        expect(page.locator("#viewer-about")).to_contain_text("side 2")
        page.locator("#scope input").first.uncheck()
        expect(page.locator(".exchange")).to_have_count(2, timeout=10_000)
        expect(page.locator(".exchange").last.locator(".answer")).to_be_visible(timeout=10_000)
        box.fill("Hvad koster en busbillet i Odense?")
        box.press("Enter")
        expect(page.locator(".refusal")).to_contain_text("fremgår ikke", timeout=10_000)
        expect(page.locator("#down")).to_be_visible(timeout=10_000)
        page.locator("#down").click()
        page.get_by_label("Ikke fundet, men jeg ved, at det står der").check()
        page.locator("#note textarea").fill("I bilaget om trafik")
        page.locator("#send-why").click()
        expect(page.locator("#said")).to_contain_text("gemt", timeout=10_000)
        box.fill("Og hvad er overheadet i Nordjylland 2025-2026?")
        box.press("Enter")
        expect(page.locator(".exchange").last.locator("strong")).to_have_text("7 pct.", timeout=10_000)
        expect(page.locator("#down")).to_be_visible(timeout=10_000)
        box.fill("Og i Sjælland?")
        box.press("Enter")
        expect(page.locator(".meant").last).to_contain_text("overheadet i Sjælland", timeout=10_000)
        expect(page.locator(".exchange").last.locator("strong")).to_have_text("6 pct.", timeout=10_000)
        page.get_by_role("tab", name="Sammenlign").click()
        compare = page.locator("#compare-question textarea")
        compare.fill("Hvad er overheadet?")
        compare.press("Enter")
        expect(page.locator(".verdict")).to_have_text("De siger ikke det samme.", timeout=15_000)
        assert page.locator(".matrix tbody tr").count() == 2
        assert set(page.locator(".matrix td.value").all_text_contents()) == {"6 pct.", "7 pct."}
        page.locator(".matrix button.cite").last.click()
        expect(page.locator("#viewer-about")).to_contain_text("side 2", timeout=10_000)
        with page.expect_download() as download:
            page.get_by_role("link", name="Excel").click()
        assert download.value.suggested_filename == "sammenligning.xlsx"
        compare.fill("Hvad er overheadet i Region Atlantis?")
        page.locator("#compare-by input").nth(1).check()
        page.locator("#compare-send").click()
        expect(page.locator("#matrix .trouble")).to_contain_text("Nævn én region", timeout=10_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not elsewhere
        browser.close()
