"""Text from a manifest, a document or a reader is never executed: not as markup, as a formula, or on a terminal."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.cli import main
from assistant.messages import LANGUAGES, printable
from assistant.models import DocumentEntry, Judgement, Review, Unread
from assistant.reports.consistency import Finding, Topic, as_csv, markdown, write
from assistant.reports.since import Change, Since
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.ui.matrix import matrix
from assistant.users.accounts import Person
from assistant.users.feedback import Feedback
from assistant.web.documents import Missed, listing

MARKUP = ("<img src=x onerror=alert(1)>", "'><script>alert(1)</script>", '" onfocus="alert(1)" x="')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", MARKUP)
def test_a_manifest_is_words_in_the_documents_tab(assistant: Assistant, text: str, language: str) -> None:
    entry: DocumentEntry = next(iter(assistant.retriever.documents.values()))
    facts = replace(
        entry.facts, kind=text, part=text, period=text, publisher=text, replaces=text, amends=text,
        evidence={text: text},
    )  # fmt: skip
    missed = Missed([(text, text)], {entry.id: [Unread(text, text, text)]})
    shown = listing(
        [replace(entry, name=text, title=text, facts=facts)],
        missed,
        Person("", "administrator", ""),
        10,
        language,
    )  # type: ignore[arg-type]
    assert text not in shown
    for part in ("<img", "<script", 'onfocus="alert'):
        assert part not in shown


@pytest.mark.parametrize("text", ["=1+1", "\t=1+1", "\r=1+1", " =1+1", "@SUM(A1)", "+1", "-1", "\n=1+1"])
def test_no_cell_is_a_formula(text: str) -> None:
    from assistant.reports.consistency import _safe

    assert _safe(text).startswith("'")
    assert [_safe(words) for words in ("Fire måneder", "")] == ["Fire måneder", ""]


@pytest.mark.parametrize(
    "text", ["a\ufffeb", "a\uffffb", "a\ufdd0b", "a\x00b", "a\x1b[2Jb", "a\ud800b", "a\U0001fffeb"]
)
def test_what_is_no_character_is_left_out(text: str) -> None:
    assert set(printable(text)) <= set("ab[2J")


def test_feedback_is_listed_without_what_a_terminal_obeys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Feedback(tmp_path / "state")
    for n in range(3):
        kept.keep("", "down", {"meant": f"Hvad\x1b[2J\x07 er\r\n varslet {n}?"}, "\x1b]0;x\x07")
    assert main(["feedback", "list", "--index", str(tmp_path / "index")]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\x07" not in told
    assert told.count("\n") == 3
    assert "varslet 2?" in told


def test_markdown_of_a_comparison_is_text(assistant: Assistant) -> None:
    question = "Hvad er overheadet?"
    bad = "varsel [k](javascript:alert(1)) | x |\n# h <script>alert(1)</script>"
    told = markdown([Finding(Topic("t", bad, question), assistant.compare(question))])
    assert "<script" not in told.replace("\\<script", "")
    assert "[k](" not in told.replace("\\[k", "")
    assert "\n# h" not in told
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


@pytest.mark.parametrize(
    "text", [*MARKUP, "=1+1", "a\x1b[2J\ufffe\ud800b", "| x |\n# h [k](javascript:alert(1))"]
)
def test_what_is_said_of_a_cell_is_words_wherever_it_is_shown(
    assistant: Assistant, tmp_path: Path, text: str
) -> None:
    """Names, reasons and quotes come from people and from documents that may be gone."""
    quote = {"document_id": text, "document": text, "title": text, "page": 1, "place": text, "quote": text}
    statement = {"text": text, "kind": "sentence", "bold": [], "quotes": [quote]}
    basis = {
        "question": text,
        "values": [["count", text, text]],
        "statements": [statement],
        "papers": {text: text},
    }
    found = assistant.compare("Hvad er overheadet?")
    last = Judgement(1, "2026-11-01T10:00:00Z", text, False, "corrected", text, basis)
    for why in ((), (text,)):
        rows = tuple(replace(row, review=Review((last,), why, row)) for row in found.rows)
        judged = Finding(Topic("t", "emne", "spørgsmål"), replace(found, rows=rows))
        for language in LANGUAGES:
            shown = matrix(judged.comparison, "region", [], language, True)
            assert not any(part in shown for part in ("<img", "<script", 'onfocus="alert'))
        told = markdown([judged])
        assert "<script" not in told.replace("\\<script", "")
        assert "[k](" not in told.replace("\\[k", "")
        assert "\n# h" not in told
        since = Since("2026-11-01", (Change("emne", text, "ny værdi", text, text),))
        for form in ("xlsx", "docx", "csv", "html", "md"):
            write([judged], tmp_path / f"r.{form}", since=since)
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert not any(part in page for part in ("<img", "<script", "\x1b"))


def test_an_office_file_takes_any_text(assistant: Assistant, settings: Settings, tmp_path: Path) -> None:
    found = Finding(Topic("t", "a\ufffeb", "spørgsmål"), assistant.compare("Hvad er overheadet?"))
    for form in ("xlsx", "docx", "csv", "html", "md"):
        write([found], tmp_path / f"r.{form}")
        assert (tmp_path / f"r.{form}").stat().st_size > 0
    assert json.dumps(as_csv([found]))
