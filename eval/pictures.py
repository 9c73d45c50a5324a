"""Take pictures of the page in a real browser over the sample corpus: three small ones for the start page
(`assistant/ui/billeder`), and those of the guide (`docs/billeder`).

The pictures show the page as it is when this runs. Nothing is drawn or corrected by hand.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from assistant.errors import ReadError
from assistant.index.ingest import ingest
from assistant.settings import Settings
from assistant.ui.chat import PICTURE

ROOT = Path(__file__).resolve().parent.parent
FIRST, GUIDE = ROOT / "assistant" / "ui" / "billeder", ROOT / "docs" / "billeder"
PATIENCE = 120_000  # milliseconds
NARROW = 400  # width of the page for the small pictures, in pixels
PRINTED = 0.8  # share of a page's width
EDGE = 10  # pixels of margin around a part
LARGEST = 60_000  # bytes; every visitor loads these pictures
QUESTION = "Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026?"
COMPARED = "Hvor stort er overheadet?"
Box = tuple[float, float, float, float]  # left, top, width, height


def take(first: Path = FIRST, guide: Path = GUIDE) -> list[Path]:
    """Take all pictures and return their paths. Raises ReadError without a browser."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise ReadError("Billederne kræver chromium. Installér den: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    first.mkdir(parents=True, exist_ok=True)
    guide.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        own = Settings.load({}, index=Path(folder) / "indeks")
        ingest([ROOT / "corpus"], own.index, own)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with contextlib.closing(browser):
            with serving(own.index, Path(folder) / "en") as base:
                taken = list(_first_visit(browser, base, first))
            with serving(own.index, Path(folder) / "to") as base:  # new state: a first visit
                return [*taken, *_guide(browser, base, guide)]


def _first_visit(browser: Any, base: str, folder: Path) -> Iterator[Path]:
    """Parts of the page in the aspect ratio that the start page shows."""
    page = _page(
        browser, base, NARROW, 900, fine=2
    )  # narrow, so that the words are readable in a small picture
    _ask(page, QUESTION)
    yield _small(page, folder / "ask.webp", _box(page, "#thread .exchange"))
    _compare(page)
    page.set_viewport_size({"width": NARROW + 260, "height": 1400})
    page.wait_for_timeout(600)
    yield _small(page, folder / "compare.webp", _box(page, "#matrix .exchange"))
    page.context.close()
    page = _page(browser, base, 1180, 900, fine=2)
    _ask(page, QUESTION)
    page.locator("button.cite").first.click()
    page.locator("#viewer-page img").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(600)
    # The lower part of the visible page, where the words are marked, without the page's margins.
    left, top, width, _ = _box(page, "#viewer-page")
    within = width * PRINTED
    yield _small(
        page,
        folder / "source.webp",
        (left + (width - within) / 2, max(top, 880 - within * _shape()), within, 0),
    )
    page.context.close()


def _guide(browser: Any, base: str, folder: Path) -> Iterator[Path]:
    page = _page(browser, base, 1280, 860)
    yield _whole(page, folder / "start.png")
    _ask(page, QUESTION)
    page.locator("button.cite").first.click()
    page.locator("#viewer-page img").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(600)
    yield _whole(page, folder / "svar.png")
    _compare(page)
    yield _whole(page, folder / "sammenlign.png")
    page.get_by_role("tab", name="Dokumenter").click()
    page.locator(".documents > li").first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(600)
    yield _whole(page, folder / "dokumenter.png")
    page.context.close()
    page = _page(browser, base, 390, 844)
    _ask(page, QUESTION)
    yield _whole(page, folder / "telefon.png")
    page.context.close()


def _page(browser: Any, base: str, width: int, height: int, fine: int = 1) -> Any:
    """The start page, drawn, in the browser of a new visitor."""
    size = {"width": width, "height": height}
    page = browser.new_context(viewport=size, locale="da-DK", device_scale_factor=fine).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(base)
    page.locator(".way .try").first.wait_for()
    page.wait_for_timeout(600)
    return page


def _ask(page: Any, question: str) -> None:
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    page.locator(".thread[data-state=done]").wait_for()
    page.wait_for_timeout(800)


def _compare(page: Any) -> None:
    page.get_by_role("tab", name="Sammenlign").click()
    page.locator("#compare-question textarea").fill(COMPARED)
    page.locator("#compare-question textarea").press("Enter")
    page.locator("#matrix .verdict").wait_for()
    page.wait_for_timeout(600)


def _shape() -> float:
    return PICTURE[1] / PICTURE[0]


def _box(page: Any, where: str) -> Box:
    box = page.locator(where).first.bounding_box()
    return box["x"], box["y"], box["width"], box["height"]


def _small(page: Any, path: Path, box: Box) -> Path:
    """A part of the page at double resolution, and no larger than `LARGEST`."""
    from PIL import Image

    left, top, width, _ = box
    left, top, width = left - EDGE, top - EDGE, width + 2 * EDGE
    clip = {"x": left, "y": top, "width": width, "height": width * _shape()}
    image = Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")
    image.resize((PICTURE[0] * 2, PICTURE[1] * 2), Image.Resampling.LANCZOS).save(
        path, "WEBP", quality=70, method=6
    )
    if path.stat().st_size > LARGEST:
        raise ReadError(
            f"{path.name} fylder {path.stat().st_size} bytes, højst {LARGEST}. Vælg et mindre udsnit."
        )
    return path


def _whole(page: Any, path: Path) -> Path:
    """The whole visible page, with as many colours as it needs."""
    from PIL import Image

    Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(256).save(path, "PNG", optimize=True)
    return path


@contextlib.contextmanager
def serving(index: Path, state: Path) -> Iterator[str]:
    """Run a server of its own over an index. Yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve", "--index", str(index), "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT), "ASSISTANT_STATE": str(state)},
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(480):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{base}/healthz", timeout=2).read(1)
                break
            time.sleep(0.25)
        yield base
    finally:
        process.terminate()
        process.wait(20)
