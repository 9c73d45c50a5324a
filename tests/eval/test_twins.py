"""The examiner's own parts: the sample corpus, the twins, the calibration."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from pypdf import PdfReader

from assistant.index.ingest import ingest
from assistant.service.assistant import Assistant
from assistant.settings import Settings
from eval import country
from eval.calibrate import fit
from eval.growth import papers
from eval.twins import generate

SEED = 4711  # never tuned on


def test_every_page_of_the_sample_corpus_says_that_it_is_one() -> None:
    files = sorted((ROOT / "corpus").glob("*.pdf"))
    pages = [page.extract_text() for file in files for page in PdfReader(file).pages]
    assert len(files) >= 8
    assert len(pages) >= 60
    assert all("Eksempel" in text for text in pages)


def test_papers_to_grow_on_have_the_pages_asked_for(tmp_path: Path) -> None:
    papers(tmp_path / "papers", 52)
    read = [PdfReader(file).pages for file in sorted((tmp_path / "papers").glob("*.pdf"))]
    assert [len(pages) for pages in read] == [50, 2]
    assert all(len(page.extract_text()) > 800 for pages in read for page in pages)


def test_calibration_finds_the_sign_that_tells() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 3))
    good = (rows[:, 1] + 0.3 * rng.normal(size=400) > 0).astype(float)
    weights = fit(rows, good)
    assert weights[1] > 2
    assert abs(weights[0]) < 0.8


@pytest.mark.slow
def test_twins_are_told_apart(tmp_path: Path) -> None:
    rows = generate(SEED, tmp_path)
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "pdf"], own.index, own)
    assistant = Assistant(own.index, own)
    right = figures = wrong = answerable = refused = refused_rightly = 0
    for row in rows:
        answer = assistant.as_json(assistant.ask(row["question"], today=dt.date(2026, 11, 22)))
        if not row["answerable"]:
            refused_rightly += answer["status"] == "abstained"
            continue
        answerable += 1
        gold = {(g["doc"], p) for g in row["gold"] for p in g["pages"]}
        first = answer["hits"][0] if answer["hits"] else {"document": None, "page": 0}
        right += (first["document"], first["page"]) in gold
        wrong += first["document"] not in {g["doc"] for g in row["gold"]}
        refused += answer["status"] == "abstained"
        text = "".join(answer["answer"].split()).lower()
        figures += all(
            any("".join(x.split()).lower() in text for x in group) for group in row["must_include"]
        )
    unanswerable = len(rows) - answerable
    figure = json.dumps({"right": right / answerable, "figures": figures / answerable})
    assert right / answerable >= 0.95, figure
    assert figures / answerable >= 0.93, figure
    assert wrong / answerable <= 0.02
    assert refused_rightly / unanswerable >= 0.75
    assert refused_rightly / (refused_rightly + refused) >= 0.9


def test_an_index_to_grow_on_is_one_that_answers(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    near = rng.normal(size=(300, 8)).astype(np.float32) * np.arange(1, 9, dtype=np.float32) + 3
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    drawn = country.Drawn(near, 1)(20_000)
    assert np.allclose(drawn.mean(axis=0), near.mean(axis=0), atol=0.03)
    assert np.allclose(np.cov(drawn, rowvar=False), np.cov(near, rowvar=False), atol=0.03)
    units = rng.normal(size=(900, 384)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    like = country.Encoded(units[:100], units)
    country.build(tmp_path, 250, like)
    found = country.searched(tmp_path)
    assert found["equal"] == found["recall"] == 1.0
    own = Settings.load({}, index=tmp_path / "index")
    (tmp_path / "papers" / "papir-00002.txt").write_text(
        "Notat for Region Syddanmark\n\nVarslet er syv dage.\n"
    )
    report = ingest([tmp_path / "papers"], own.index, own)
    assert (report.documents, report.added, len(report.kept)) == (3, ("papir-00002.txt",), 2)
