"""The content security policy: what a browser may run of what it receives."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.admin.metrics import Observed
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.web import application
from tests.ui.test_chat import CHROMIUM, inside


@pytest.fixture(scope="module")
def client(settings: Settings, assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    made = application(replace(settings, state=tmp_path_factory.mktemp("state")), Observed(False))
    return TestClient(made, base_url="http://127.0.0.1", client=("127.0.0.1", 5000))


def _rules(client: TestClient, path: str) -> tuple[dict[str, list[str]], str]:
    reply = client.get(path)
    assert reply.status_code == 200
    assert len(reply.headers.get_list("content-security-policy")) == 1
    parts = (rule.split() for rule in reply.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in parts}, reply.text


@pytest.mark.parametrize("path", ["/", "/en/", "/?samtale=x"])
def test_the_page_runs_its_own_scripts_by_hash_and_no_other(client: TestClient, path: str) -> None:
    rules, html = _rules(client, path)
    assert "'unsafe-inline'" not in rules["script-src"] + rules["style-src"] + rules["default-src"]
    scripts = re.findall(r"<script(?![^>]* src=)[^>]*>(.*?)</script>", html, re.S)
    assert len(scripts) > 3
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules["script-src"]
    assert not re.findall(r"\son\w+\s*=\s*[\"']", re.sub(r"<script.*?</script>", "", html, flags=re.S))


def test_our_own_pages_run_no_script_at_all(client: TestClient) -> None:
    document = client.get("/api/documents").json()[0]["id"]
    for path in (
        f"/kilde/{document}/1",
        "/indeks",
        "/samtaler",
        "/dokumenter",
        "/healthz",
        f"/side/{document}/1.html",
    ):
        rules, html = _rules(client, path)
        assert rules["script-src"] == ["'none'"]
        assert "'unsafe-inline'" not in rules["style-src"]
        assert "<script" not in html
        assert not re.search(r"<[^>]+\sstyle\s*=", html)


def test_nothing_comes_from_elsewhere_and_nobody_frames_it(client: TestClient) -> None:
    for path in ("/", "/indeks"):
        rules, html = _rules(client, path)
        assert rules["frame-ancestors"] == rules["object-src"] == ["'none'"]
        assert rules["base-uri"] == rules["form-action"] == rules["connect-src"] == ["'self'"]
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", html)


@pytest.mark.browser
@pytest.mark.slow
def test_in_a_browser_the_page_works_and_what_is_put_into_it_does_not(
    settings: Settings, assistant: Assistant, tmp_path: Path
) -> None:
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    with inside(replace(settings, state=tmp_path)) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        for home in ("/en/", "/"):
            page.goto(base + home)
            page.locator("#question textarea").fill("Hvad er overheadet i Sjælland 2025-2026?")
            page.locator("#question textarea").press("Enter")
            expect(page.locator(".exchange .statement")).to_contain_text("6", timeout=15_000)
        size = page.locator(".exchange .cite").first.evaluate("e => getComputedStyle(e).borderRadius")
        assert size == "6.4px"  # the page's own styles override Gradio's
        page.goto(f"{base}/indeks")
        assert page.locator("h1").inner_text() == "Hvad er i indekset?"
        assert [line for line in told if "Content Security Policy" in line] == []
        page.goto(base)
        page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "window.ran = 1";
              const box = document.createElement("div");
              box.innerHTML = "<img src=x onerror='window.ran = 2'><a id=evil href='javascript:window.ran = 3'>x</a>";
              document.body.append(script, box);
              document.getElementById("evil").click();
              const style = document.createElement("style");
              style.textContent = "body { outline: 7px solid red }";
              document.head.append(style);
            }"""
        )
        page.wait_for_timeout(500)
        assert page.evaluate("window.ran") is None
        assert page.evaluate("getComputedStyle(document.body).outlineWidth") != "7px"
        browser.close()
