"""The examiner: cases, measures, comparison, report, gate, and cases from feedback."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SHARED

from assistant.index.ingest import ingest
from assistant.llm.verification import Ruling
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from assistant.users.feedback import Feedback
from eval import metrics, worded
from eval.ablate import STAGES, without
from eval.add import add, candidates, case_of
from eval.cases import Case, CaseError, Gold, load, problems
from eval.compare import chance, compare
from eval.gate import failures, thresholds
from eval.report import page
from eval.run import CASES, run

CORPUS = ROOT / "corpus"


@pytest.fixture(scope="session")
def result(samples: Assistant) -> dict[str, Any]:
    return run(load(CASES), samples)


# --- cases ---


def test_our_cases_stand_on_their_pages_and_cover_the_field() -> None:
    cases = load(CASES)
    assert problems(cases, CORPUS) == []
    assert sum(c.answerable for c in cases) >= 150
    assert sum(not c.answerable for c in cases) >= 40
    types = {c.type for c in cases}
    assert {
        "fact",
        "definition",
        "list",
        "table",
        "number",
        "date",
        "compare",
        "change",
        "follow-up",
    } <= types
    assert len({c.why for c in cases if not c.answerable}) == 6
    documents = " ".join(g.doc for c in cases for g in c.gold)
    assert all(
        r in documents for r in ("hovedstaden", "sjaelland", "syddanmark", "midtjylland", "nordjylland")
    )
    assert {c.user for c in cases} == {"ny medarbejder", "politiker", "sekretariat"}


@pytest.mark.parametrize(
    "line",
    [
        "{", '{"id": "a"}',
        '{"id": "a", "question": "?", "answerable": true, "gold": [], "must_include": []}',
        '{"id": "a", "question": "?", "answerable": true, "gold": [{"doc": "x", "pages": [0]}], '
        '"must_include": [["x"]]}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_case_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text("\n" + line + "\n", encoding="utf-8")
    with pytest.raises(CaseError, match="linje 2"):
        load(file)


def test_words_that_are_elsewhere_are_found_out() -> None:
    case = Case(
        "x",
        "?",
        True,
        user="politiker",
        gold=(Gold("vejledning-for-nye-medarbejdere.pdf", (2,), "punktskrift"),),
    )
    assert problems([case], CORPUS) == [
        "x: ordene står ikke på vejledning-for-nye-medarbejdere.pdf, side (2,)"
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared er der ikke")
def test_the_shared_questions_have_the_same_form() -> None:
    assert len(load(SHARED / "eval" / "questions.jsonl")) == 40


# --- measures ---


def answer(
    pages: list[int], cited: int = 1, text: str = "Varslet er 3 måneder.", **more: Any
) -> dict[str, Any]:
    return {
        "status": "grounded", "answer": text, "statements": [{"text": text, "citations": [1]}],
        "citations": [{"n": 1, "document": "a", "page": cited, "quote": text, "raw": text}],
        "hits": [{"document": "a", "page": p, "score": 1.0} for p in pages],
    } | more  # fmt: skip


CASE = Case("c", "?", True, gold=(Gold("a", (2,)),), must_include=(("tre måneder", "3 måneder"),))


def test_measures_of_a_known_answer() -> None:
    found = answer([1, 1, 2], cited=2)
    assert metrics.hit(found, CASE, 1) == 0
    assert metrics.hit(found, CASE, 2) == 1, "a page counts once"
    assert metrics.reciprocal_rank(found, CASE) == 0.5
    assert metrics.ndcg_at_10(found, CASE) == pytest.approx(1 / math.log2(3))
    assert metrics.wrong_document(found, CASE) == 0
    assert metrics.complete(found, CASE) == 1
    assert metrics.citation_precision(found, CASE) == metrics.citation_recall(found, CASE) == 1
    assert metrics.number_safety(found) == 1
    assert metrics.quote_validity(found, {"a": ["", "Ja. Varslet er 3 måneder."]}) == 1
    assert metrics.coverage(found, {"a": ["", "noget andet"]}) == 0


def test_a_figure_without_ground_is_unsafe() -> None:
    unsafe = answer([2])
    unsafe["statements"] = [{"text": "Varslet er 4 måneder fra 3. maj.", "citations": [1]}]
    assert metrics.number_safety(unsafe) == 0.5


def test_what_does_not_apply_leaves_the_mean() -> None:
    none = Case("n", "?", False)
    refused = answer([], status="abstained", statements=[], citations=[])
    assert metrics.hit(refused, none, 1) is metrics.complete(refused, none) is None
    assert metrics.quote_validity(refused, {}) is metrics.number_safety(refused) is None
    scores = metrics.abstention([refused, answer([2]), refused], [none, none, CASE])
    assert scores == {"refusal_precision": 0.5, "refusal_recall": 0.5, "refusal_f1": 0.5}


def test_a_comparison_needs_every_place() -> None:
    both = Case(
        "b", "?", True, type="compare", gold=(Gold("a", (2,)), Gold("b", (1,))), must_include=(("x",),)
    )
    assert metrics.gold_cited(answer([2], cited=2), both) == 0.5


def test_the_interval_holds_the_mean_and_narrows() -> None:
    few, many = [0.0, 1.0] * 10, [0.0, 1.0] * 400
    low, high = metrics.interval(few)
    assert low < 0.5 < high
    assert metrics.interval(many)[1] - metrics.interval(many)[0] < (high - low) / 3


# --- results ---


def test_the_sample_corpus_passes_the_gate(result: dict[str, Any]) -> None:
    assert failures(result["summary"], thresholds()) == []


@pytest.mark.slow
@pytest.mark.parametrize("stage", sorted(STAGES))
def test_breaking_a_stage_fails_the_gate(stage: str, samples: Assistant, tmp_path: Path) -> None:
    own = Settings.load({}, index=tmp_path / "index")
    with without(stage):
        if STAGES[stage][3]:
            ingest([CORPUS], own.index, own)
            broken = run(load(CASES), Assistant(own.index, own))
        else:
            broken = run(load(CASES), samples)
    assert failures(broken["summary"], thresholds())


def test_a_measure_that_is_missing_is_not_met() -> None:
    assert failures({}, {"complete": {"least": 0.5}, "wrong": {"most": 0.1}}) == [
        "complete: ikke målt, skal være mindst 0.5", "wrong: ikke målt, må højst være 0.1",
    ]  # fmt: skip


def test_comparison_tells_noise_from_gain(result: dict[str, Any]) -> None:
    assert not any(c.real or c.better or c.worse for c in compare(result, result))
    worse = json.loads(json.dumps(result))
    for row in worse["cases"][:60]:
        row["measures"]["complete"] = 0.0
    change = next(c for c in compare(result, worse) if c.name == "complete")
    assert change.real
    assert change.after < change.before
    assert set(change.worse) <= {row["id"] for row in result["cases"][:60]}
    import numpy as np

    assert chance(np.array([1.0, -1.0, 1.0, -1.0])) > 0.5


def test_the_report_stands_alone_and_shows_what_failed(result: dict[str, Any]) -> None:
    html = page(result)
    assert not re.search(r"(?:src|href)=|url\(|https?://", html)
    failed = [r for r in result["cases"] if r["answerable"] and not r["measures"]["complete"]]
    assert failed
    assert all(f"id='{row['id']}'" in html for row in failed)
    assert "95 %-interval" in html


# --- from users ---


def test_a_thumb_down_becomes_a_case(samples: Assistant, tmp_path: Path) -> None:
    told = samples.as_json(samples.ask("Hvad er en rammeaftale?"))
    feedback = Feedback(tmp_path)
    feedback.keep("", "up", told)
    feedback.keep("", "down", told, "mangler noget")
    (entry,) = candidates(tmp_path)
    assert entry["note"] == "mangler noget"
    cases = tmp_path / "cases.jsonl"
    place = {"doc": "vejledning-for-nye-medarbejdere.pdf", "page": 2}
    with pytest.raises(CaseError, match="ordene står ikke"):
        add(case_of(entry, "politiker", **place, words="punktskrift"), cases, CORPUS)
    assert not cases.exists()
    add(
        case_of(entry, "politiker", **place, words="faglig udvikling, styring", must=["styring"]),
        cases,
        CORPUS,
    )
    assert [c.id for c in load(cases)] == [f"bruger-{entry['id']}"]
    with pytest.raises(CaseError, match="allerede"):
        add(case_of(entry, "politiker", **place, words="faglig udvikling"), cases, CORPUS)
    again = candidates(tmp_path)[0] | {"id": "f9"}
    assert add(case_of(again, "politiker", why="false premise"), cases, CORPUS).answerable is False


def test_showing_what_no_quote_carries_fails_the_gate(
    samples: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {k: v for k, v in thresholds("worded").items() if not k.startswith(("attacks", "small"))}
    told = [x for x in worded.lines(samples, 2, every=4) if x.kind in worded.REQUIRED]
    assert failures(worded.summary(worded.run(samples, told)), limits) == []
    monkeypatch.setattr("assistant.llm.wording.rule", lambda sentence, evidence: Ruling(True))
    assert failures(worded.summary(worded.run(samples, told)), limits)
